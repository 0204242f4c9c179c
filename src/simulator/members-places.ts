import { connect, createConnection, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { LOOPBACK } from './listener.ts';

/** Places on loopback at which nobody can be talked to. */

/** Ports that were given away long ago for services that nobody runs any more: the port multiplexer, compressnet. */
const DEAD_PORTS = [1, 2, 3, 4, 6];

/**
 * A port of loopback that refuses connections. It is one below the ports that the system gives away by itself, so that no
 * other program can come to listen there by chance. Rejects where somebody listens on all of them.
 */
export async function refusedPort(): Promise<number> {
  for (const port of DEAD_PORTS) {
    if (await isRefused(port)) return port;
  }
  throw new Error('No port of this machine was found that refuses connections.');
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}

export interface SilentPort {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** How many connections the queue of the silent port takes: one more than it is asked to hold. */
const BACKLOG = 1;

/**
 * A port of loopback that answers nothing, as if packets to it were dropped. A thread listens there, and sleeps instead of
 * accepting; with the few places of its queue taken, Linux drops the first packet of everybody else who knocks.
 */
export async function openSilentPort(): Promise<SilentPort> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '${LOOPBACK}', backlog: ${BACKLOG} }, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`,
    { eval: true },
  );
  const queued: Socket[] = [];
  const close = async () => {
    for (const socket of queued) socket.destroy();
    await worker.terminate();
  };
  try {
    const port = await new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    for (let place = 0; place <= BACKLOG; place += 1) queued.push(await enqueue(port));
    return { port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function enqueue(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: LOOPBACK, port });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}
