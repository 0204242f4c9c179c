import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { LOOPBACK } from './listener.ts';
import type { Presented } from './members-certificates.ts';
import { isNameKnown } from './members-handshake.ts';
import { answerOf } from './probing.ts';
import { holds, type Service } from './world.ts';

/** One port of a member, played by a real server on loopback. */
export interface MemberServer {
  readonly port: number;
  /** Cuts every connection, and returns when the port is free. */
  readonly close: () => Promise<void>;
}

/** A service of the port, with what it presents where it speaks TLS. */
export interface Served {
  readonly service: Service;
  readonly presented?: Presented;
}

/** How many bytes of a body are sent where the world only says how many there are. */
const MOST_FILLER_BYTES = 2_000;

/**
 * Listens on any free port. Each connection is taken by the service that holds at its minute; where none does, it is cut
 * right away, because the port cannot be given back while its place is known to others.
 */
export async function openMember(all: readonly Served[], minute: () => number): Promise<MemberServer> {
  const takers = all.map(({ service, presented }) => ({ service, take: takerOf(service, presented, minute) }));
  const sockets = new Set<Socket>();
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    const taker = takers.find(({ service }) => holds(service, minute()));
    if (taker) taker.take(socket);
    else socket.resetAndDestroy();
  });
  await new Promise<void>((resolve, reject) => {
    front.once('error', reject);
    front.listen(0, LOOPBACK, resolve);
  });
  return {
    port: (front.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => front.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Servers that listen nowhere themselves and are handed their connections. */
function takerOf(service: Service, presented: Presented | undefined, minute: () => number): (socket: Socket) => void {
  const answer = (request: IncomingMessage, response: ServerResponse) => respond(service, minute(), request, response);
  if (!presented) {
    const server = createHttpServer(answer);
    return (socket) => void server.emit('connection', socket);
  }
  const { minVersion, maxVersion, ciphers, demandsClientCertificate, serverNames } = service.handshake ?? {};
  const isOld = maxVersion === 'TLSv1' || maxVersion === 'TLSv1.1';
  const identity = {
    key: presented.keyPem,
    cert: presented.certificatePem,
    // OpenSSL counts the ciphers of old versions as too weak unless it is told otherwise.
    ...(ciphers ? { ciphers: ciphers.join(':') } : isOld ? { ciphers: 'DEFAULT:@SECLEVEL=0' } : {}),
    ...(minVersion ? { minVersion } : isOld ? { minVersion: 'TLSv1' as const } : {}),
    ...(maxVersion ? { maxVersion } : {}),
  };
  const byName = {
    SNICallback: (
      name: string,
      done: (error: Error | null, context?: ReturnType<typeof createSecureContext>) => void,
    ) => done(null, createSecureContext(isNameKnown({ serverNames }, name) ? identity : {})),
  };
  const server = createHttpsServer(
    {
      // Without a certificate of its own, it breaks off with an alert where no name, or no known name, is asked for.
      ...(serverNames ? byName : identity),
      ...(demandsClientCertificate ? { requestCert: true, rejectUnauthorized: true } : {}),
    },
    answer,
  );
  server.on('tlsClientError', () => {});
  return (socket) => void server.emit('connection', socket);
}

function respond(service: Service, minute: number, request: IncomingMessage, response: ServerResponse): void {
  const [path = '/'] = (request.url ?? '/').split('?');
  const host = request.headers.host?.replace(/:\d+$/, '');
  const { status, tookMs, location, body, sentBytes = 0 } = answerOf(service, path, minute, host);
  const timer = setTimeout(() => {
    response.writeHead(status, {
      'Content-Type': 'text/plain',
      ...(location === undefined ? {} : { Location: location }),
    });
    response.end(body ?? '.'.repeat(Math.min(sentBytes, MOST_FILLER_BYTES)));
  }, tookMs);
  response.on('close', () => clearTimeout(timer));
}
