import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, connect as startTls, type TLSSocket } from 'node:tls';
import type { TlsObservation } from '../../../core/prober.ts';
import { present } from '../../json.ts';
import { codeOf, type Patience, settled, withCode } from './connection.ts';
import { describeChain, followHandshake } from './served-certificates.ts';
import type { Trust } from './trust.ts';

/** The TLS handshake, as the gateway makes it. */

/**
 * The suites that a gateway of the second generation is documented to know: ECDHE or RSA key exchange with AES. Level 0
 * keeps a weak key or an old signature from ending the handshake here, because it is not known where the gateway draws
 * that line: a handshake that fails only for the prober would be a false witness.
 */
const CIPHERS = [
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-SHA384', 'ECDHE-RSA-AES256-SHA384', 'ECDHE-ECDSA-AES128-SHA256', 'ECDHE-RSA-AES128-SHA256'],
  ...['ECDHE-ECDSA-AES256-SHA', 'ECDHE-RSA-AES256-SHA', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA'],
  ...['AES256-GCM-SHA384', 'AES128-GCM-SHA256', 'AES256-SHA256', 'AES128-SHA256', 'AES256-SHA', 'AES128-SHA'],
  '@SECLEVEL=0',
].join(':');

/**
 * How handshakes are made. The gateway offers its backends TLS 1.2: older versions ended in August 2025, and TLS 1.3 is
 * documented for clients only. `roots` are the authorities to trust, as PEM.
 */
export function handshakeContext(roots: readonly string[]): SecureContext {
  return createSecureContext({
    ca: [...roots],
    ciphers: CIPHERS,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    // Old servers without secure renegotiation are let pass, for the same reason as old signatures.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
}

export interface Handshake {
  readonly context: SecureContext;
  /** Sent as it is; nothing is sent where it is absent, as for an IP address. */
  readonly serverName?: string;
}

/** Makes the handshake over a socket that is connected. The certificate is not judged: it is what is asked about. */
export async function secure(socket: Socket | Duplex, handshake: Handshake, patience: Patience): Promise<TLSSocket> {
  // Reset between two turns of the event loop: nobody would tell any more.
  if (socket.destroyed) throw withCode('ECONNRESET');
  const tls = startTls({
    socket,
    secureContext: handshake.context,
    // Where Node finds no name, it would take that of the place.
    servername: handshake.serverName ?? '',
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  await settled(tls, 'secureConnect', patience);
  return tls;
}

/**
 * Makes a handshake and says what was met. Of trust nothing is said where the roots that decide are not known: a chain
 * that leads to one of those that are known is trusted all the same.
 */
export async function observeHandshake(
  socket: Socket,
  { port, serverName, trust }: { readonly port: number; readonly serverName?: string; readonly trust: Trust },
  patience: Patience,
): Promise<TlsObservation> {
  const handshake = present<Handshake>({ context: trust.context, serverName });
  const bytes = followHandshake();
  try {
    const tls = await secure(overheard(socket, bytes.add), handshake, patience);
    const version = tls.getProtocol() ?? undefined;
    const flaw = tls.authorized ? undefined : codeOf({ code: tls.authorizationError });
    tls.destroy();
    return present<TlsObservation>({
      port,
      serverName,
      isHandshakeDone: true,
      version,
      // A server that asks for a certificate and goes on without one does not demand it; what it answers then is open.
      demandsClientCertificate: bytes.asksForClientCertificate() ? undefined : false,
      chain: describeChain(bytes.certificates() ?? []),
      ...judgeTrust(trust, flaw),
    });
  } catch (error) {
    patience.signal.throwIfAborted();
    return present<TlsObservation>({
      port,
      serverName,
      isHandshakeDone: false,
      error: codeOf(error),
      demandsClientCertificate: bytes.asksForClientCertificate() ? true : undefined,
      chain: describeChain(bytes.certificates() ?? []),
    });
  } finally {
    socket.destroy();
  }
}

function judgeTrust({ known }: Trust, flaw: string | undefined): Pick<TlsObservation, 'isTrusted' | 'trustError'> {
  if (known === 'none') return {};
  if (flaw === undefined) return { isTrusted: true };
  return known === 'all' ? { isTrusted: false, trustError: flaw } : {};
}

/** A handshake that did not begin, because the connection was reset right after it had been made. */
export function resetHandshake({ port, serverName }: Pick<TlsObservation, 'port' | 'serverName'>): TlsObservation {
  return present({ port, serverName, isHandshakeDone: false, error: 'ECONNRESET', chain: [] });
}

/** The same stream, with everything that is received shown to `hear` before anybody else sees it. */
function overheard(socket: Socket, hear: (bytes: Buffer) => void): Duplex {
  const stream = new Duplex({
    read: () => {
      socket.resume();
    },
    write: (chunk: Buffer, _encoding, done) => {
      socket.write(chunk, done);
    },
    final: (done) => {
      socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (bytes: Buffer) => {
    hear(bytes);
    if (!stream.push(bytes)) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => stream.destroy());
  if (socket.destroyed) stream.destroy();
  return stream;
}
