import { type Issued, issue } from './certificates.ts';
import { type Certificate, MINUTE_MS, type World } from './world.ts';

/** The authorities of a world, and the certificates that they sign for its members. */

interface Authority {
  readonly root: Issued;
  readonly intermediate: Issued;
}

/** The well-known authority first, then those of the world's private roots, by the names that the world has for them. */
export type Authorities = ReadonlyMap<string, Authority>;

/** What a server presents: its certificate, and what it sends of the chain, one after another. */
export interface Presented {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const WELL_KNOWN = 'public';
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Authorities hold far longer than anything that happens in a drill. */
const AUTHORITY_DAYS = { before: 1500, after: 3000 };

/** Makes the authorities that a world needs; none where nobody in it speaks TLS. */
export async function createAuthorities(world: World): Promise<Authorities> {
  const signers = certificatesIn(world).map(({ signedBy }) => signedBy);
  const names = new Set([...signers, ...world.gateway.trustedRoots]);
  return new Map(
    await Promise.all([...names].map(async (name) => [name, await createAuthority(world, name)] as const)),
  );
}

function certificatesIn({ hosts }: World): readonly Certificate[] {
  return hosts.flatMap(({ serves }) => serves.flatMap(({ certificate }) => certificate ?? []));
}

async function createAuthority({ startedAt }: World, name: string): Promise<Authority> {
  const startMs = Date.parse(startedAt);
  const dates = {
    notBefore: new Date(startMs - AUTHORITY_DAYS.before * DAY_MS),
    notAfter: new Date(startMs + AUTHORITY_DAYS.after * DAY_MS),
  };
  const own = name === WELL_KNOWN ? 'Trey Research Global' : `Fabrikam ${name}`;
  const root = await issue({ subject: `CN=${own} Root, O=${own}`, isAuthority: true, ...dates });
  const intermediate = await issue({
    subject: `CN=${own} Issuing 1, O=${own}`,
    issuer: root,
    isAuthority: true,
    ...dates,
  });
  return { root, intermediate };
}

/** The well-known authorities, as PEM. */
export function wellKnownRoots(authorities: Authorities): readonly string[] {
  const known = authorities.get(WELL_KNOWN);
  return known ? [known.root.pem] : [];
}

/** The private roots as Resource Manager shows them, by name. */
export function privateRootData(authorities: Authorities): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...authorities].filter(([name]) => name !== WELL_KNOWN).map(([name, { root }]) => [name, root.data]),
  );
}

export async function present(world: World, authorities: Authorities, certificate: Certificate): Promise<Presented> {
  const { names, validFromDay, validUntilDay, signedBy, sends } = certificate;
  const authority = authorities.get(signedBy);
  if (!authority) throw new Error('The certificate is signed by an authority that was not made.');
  const startMs = Date.parse(world.startedAt);
  const leaf = await issue({
    subject: `CN=${names[0]}`,
    issuer: authority.intermediate,
    names: names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
    notBefore: new Date(startMs + validFromDay * DAY_MS),
    notAfter: new Date(startMs + validUntilDay * DAY_MS),
  });
  const { intermediate, root } = authority;
  const sent = sends === 'leaf' ? [leaf] : sends === 'with-root' ? [leaf, intermediate, root] : [leaf, intermediate];
  return { certificatePem: sent.map(({ pem }) => pem).join('\n'), keyPem: leaf.keyPem };
}
