import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Probe, TrustedRoot } from '../../../core/gateway.ts';
import type { ProbeObservation } from '../../../core/prober.ts';
import type { Readings } from '../../../core/readings.ts';
import { type ProberOptions, probe } from './prober.ts';

/** Real servers on loopback that play members, and a gateway that has them in its pool. */

const running: (() => Promise<void>)[] = [];

/** Ends every server that was started since the last call. */
export async function closeMembers(): Promise<void> {
  await Promise.all(running.splice(0).map((close) => close()));
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

export function httpMember(answer: RequestListener): Promise<number> {
  return listening(createHttpServer(answer));
}

export function httpsMember(options: ServerOptions, answer: RequestListener = ok): Promise<number> {
  const server = createHttpsServer(options, answer);
  server.on('tlsClientError', () => {});
  return listening(server);
}

/** A server that does with a connection whatever the test wants. */
export function tcpMember(accept: (socket: Socket) => void): Promise<number> {
  return listening(createTcpServer(accept));
}

export const ok: RequestListener = (_request, response) => {
  response.end('ok');
};

/** A port that nobody listens on: it was somebody's a moment ago, so that it is nobody's now. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/**
 * A port that does not answer at all. A thread listens and then never accepts; once the few places of its queue are taken,
 * the system drops whoever else knocks.
 */
export async function silentPort(): Promise<number> {
  const source = `
    const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const worker = new Worker(source, { eval: true });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const sockets: Socket[] = [];
  running.push(async () => {
    for (const socket of sockets) socket.destroy();
    await worker.terminate();
  });
  for (;;) {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => {});
    sockets.push(socket);
    // The immediate lets a connection that was made meanwhile be seen first.
    const isTaken = await Promise.race([
      new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true))),
      new Promise<boolean>((resolve) => setTimeout(() => setImmediate(() => resolve(false)), 500)),
    ]);
    if (!isTaken) return port;
  }
}

export interface GatewaySketch {
  readonly address?: string;
  readonly members?: readonly string[];
  readonly protocol?: 'Http' | 'Https' | 'Tcp' | 'Tls';
  readonly port?: number;
  readonly hostName?: string;
  readonly pickHostNameFromBackendAddress?: boolean;
  readonly sniName?: string;
  readonly trustedRootNames?: readonly string[];
  readonly trustedRoots?: readonly TrustedRoot[];
  readonly tier?: string;
  /** The default probe where absent. */
  readonly probe?: Partial<Probe>;
  readonly listenerHosts?: readonly string[];
  /** Hosts in the access log, with how many requests of them failed. */
  readonly asked?: Readonly<Record<string, number>>;
}

/** Readings of a gateway with one pool, one backend setting and one route. */
export function gatewaySketch(sketch: GatewaySketch = {}): Readings {
  const {
    address = '10.0.0.4',
    members = [address],
    protocol = 'Http',
    port = 80,
    listenerHosts = [],
    asked = {},
  } = sketch;
  const { hostName, pickHostNameFromBackendAddress, sniName, trustedRootNames = [], tier = 'Standard_v2' } = sketch;
  return {
    evidence: [],
    gateway: {
      tier,
      tags: {},
      subnetIds: [],
      pools: [{ name: 'pool', addresses: members, nicIpConfigurationIds: [] }],
      settings: [
        {
          ...{ name: 'setting', protocol, port, trustedRootNames },
          ...(hostName === undefined ? {} : { hostName }),
          ...(pickHostNameFromBackendAddress === undefined ? {} : { pickHostNameFromBackendAddress }),
          ...(sniName === undefined ? {} : { sniName }),
          ...(sketch.probe === undefined ? {} : { probeName: 'probe' }),
        },
      ],
      probes: sketch.probe === undefined ? [] : [{ name: 'probe', acceptedStatusCodes: [], ...sketch.probe }],
      listeners: [{ name: 'listener', hostNames: listenerHosts }],
      routes: [{ rule: 'rule', listener: 'listener', paths: [], pool: 'pool', setting: 'setting', redirects: false }],
      trustedRootNames,
      ...(sketch.trustedRoots ? { trustedRoots: sketch.trustedRoots } : {}),
    },
    backendHealth: {
      targets: [
        {
          pool: 'pool',
          setting: 'setting',
          members: members.map((one) => ({
            ...{ address: one, health: 'unhealthy', healthAsWritten: 'Unhealthy' },
            observed: { kind: 'cannot-connect' },
          })),
        },
      ],
    },
    traffic: {
      unread: 0,
      minutes: [],
      groups: Object.entries(asked).map(([host, count]) => ({
        ...{ pool: 'pool', setting: 'setting', status: 502, originalHost: host, count, transactionIds: [] },
      })),
    },
  };
}

/** Where the ports of every member really are; others are closed. Bounds are wide, for the slowest machine imaginable. */
export async function probeLocally(
  readings: Readings,
  places: Readonly<Record<number, number>>,
  options: Partial<ProberOptions> = {},
): Promise<readonly ProbeObservation[]> {
  const nowhere = await closedPort();
  const { observations } = await probe({
    readings,
    limits: { drill: { placeOf: (_address, port) => ({ host: '127.0.0.1', port: places[port] ?? nowhere }) } },
    abort: new AbortController().signal,
    ...options,
    bounds: { connectionMs: 60_000, answerMs: 60_000, totalMs: 90_000, ...options.bounds },
  });
  return observations;
}
