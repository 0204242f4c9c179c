import { X509Certificate } from 'node:crypto';
import { rootCertificates, type SecureContext } from 'node:tls';
import { handshakeContext } from './handshake.ts';

/** Whose word decides on the certificate of a member. */
export type TrustBasis =
  | { readonly by: 'well-known' }
  /** Certificates in Base64, and whether these are all that the backend setting carries. */
  | { readonly by: 'own-roots'; readonly roots: readonly string[]; readonly isComplete: boolean };

export interface Trust {
  readonly context: SecureContext;
  /** How much is known of the roots that decide. */
  readonly known: 'all' | 'some' | 'none';
}

/** What to make handshakes with, by whose word decides. `wellKnown` are the public authorities, as PEM; Node's unless given. */
export function trustIn(wellKnown: readonly string[] = rootCertificates): (basis: TrustBasis) => Trust {
  const contexts = new Map<string, SecureContext>();
  const contextOf = (roots: readonly string[]) => {
    const key = roots.join('\n');
    const context = contexts.get(key) ?? handshakeContext(roots);
    contexts.set(key, context);
    return context;
  };
  return (basis) => {
    if (basis.by === 'well-known') return { context: contextOf(wellKnown), known: 'all' };
    const roots = basis.roots.flatMap((data) => pemOf(data) ?? []);
    if (roots.length === 0) return { context: contextOf(wellKnown), known: 'none' };
    const areAll = basis.isComplete && roots.length === basis.roots.length;
    return { context: contextOf(roots), known: areAll ? 'all' : 'some' };
  };
}

/** The resource shows the bytes of whatever file was uploaded: DER or PEM. */
function pemOf(data: string): string | undefined {
  try {
    return new X509Certificate(Buffer.from(data, 'base64')).toString();
  } catch {
    // Not a certificate after all.
    return undefined;
  }
}
