import { connect as connectSocket, isIP, type Socket } from 'node:net';
import type { PortObservation } from '../../../core/prober.ts';

/** One place on the network, checked and final: an address, never a name. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Patience {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How a connection is made. Tests bring their own for what no local machine can be made to do. */
export type Connect = (place: Place, patience: Patience) => Promise<Socket>;

/** Connects, and rejects with the code of the system, with `ETIMEDOUT`, or with the reason of the abort. */
export const connect: Connect = async ({ host, port }, { timeoutMs, signal }) => {
  // A name would be resolved here once more, and could then be another address than the one that was checked.
  if (isIP(host) === 0) throw withCode('ERR_NOT_AN_ADDRESS');
  signal.throwIfAborted();
  const socket = connectSocket({ host, port });
  await settled(socket, 'connect', { timeoutMs, signal });
  return socket;
};

/**
 * Waits for an event of a socket. Whatever else comes first (an error, the end, the time, the abort) destroys the socket
 * and rejects. Later errors are swallowed, because somebody has to listen for them.
 */
export function settled(socket: Socket, event: 'connect' | 'secureConnect', patience: Patience): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { timeoutMs, signal } = patience;
  const fail = (error: unknown) => {
    finish();
    socket.destroy();
    reject(error);
  };
  const timer = setTimeout(() => fail(withCode('ETIMEDOUT')), timeoutMs);
  const onAbort = () => fail(signal.reason);
  // An end without an error is how some stacks break off a handshake.
  const onClose = () => fail(withCode('ECONNRESET'));
  const onEvent = () => {
    finish();
    resolve();
  };
  const finish = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.off('error', fail).off('close', onClose).off(event, onEvent);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('error', ignore).on('error', fail).on('close', onClose).on(event, onEvent);
  if (signal.aborted) onAbort();
  return promise;
}

function ignore(): void {}

export function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/**
 * The code of an error, which is a word in capitals: `ECONNREFUSED`, `ERR_SSL_WRONG_VERSION_NUMBER`, `HPE_INVALID_CONSTANT`.
 * Where the system only says that the protocol failed, OpenSSL's reason is put in its place. Never a message: those repeat
 * what the other side sent.
 */
export function codeOf(error: unknown): string {
  const { code, reason } = (error ?? {}) as { readonly code?: unknown; readonly reason?: unknown };
  if (code === 'EPROTO' && typeof reason === 'string' && /^[\w /-]{1,80}$/.test(reason))
    return `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
  // OpenSSL's newer reasons have a slash: ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE.
  return typeof code === 'string' && /^[A-Z][A-Z0-9_/]{1,80}$/.test(code) ? code : 'ERR_UNKNOWN';
}

/**
 * What a failed connection says of the port; undefined where it says something of this machine only: no sockets left, no
 * permission, no IPv6 of its own.
 */
export function stateOf(code: string, host: string): PortObservation['state'] | undefined {
  if (code === 'ECONNREFUSED') return 'refused';
  // A reset in answer to the first packet is a refusal. This one came once the connection was made.
  if (code === 'ECONNRESET') return 'open';
  if (code === 'ETIMEDOUT') return 'silent';
  if (code === 'EHOSTUNREACH' || code === 'EHOSTDOWN') return 'unreachable';
  return code === 'ENETUNREACH' && isIP(host) === 4 ? 'unreachable' : undefined;
}
