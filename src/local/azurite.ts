import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Child, type Stoppable, startChild } from './processes.ts';

export interface AzuriteOptions {
  /** Where its data stays; in memory where absent. */
  readonly folder?: string;
  /** 0, the default, takes any free port. */
  readonly blobPort?: number;
  readonly queuePort?: number;
  readonly tablePort?: number;
  readonly abort?: AbortSignal;
}

export interface Azurite extends Stoppable {
  readonly connectionString: string;
  readonly pid: number | undefined;
  readonly exited: Promise<string>;
}

interface Ports {
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

/** The account that development tools look for. Its key is made anew for every start, as nothing else needs to know it. */
const ACCOUNT = 'devstoreaccount1';
/** It takes under a second; the bound is for the slowest machine imaginable. */
const READY_WITHIN_MS = 60_000;

/**
 * Starts Azure Storage on loopback: blobs, queues and tables. Rejects with one sentence where it cannot start, such as
 * when a port is taken. Ends with this process, however that ends.
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const { folder, blobPort = 0, queuePort = 0, tablePort = 0, abort } = options;
  const key = randomBytes(64).toString('base64');
  const child: Child<Ports> = await startChild({
    name: 'Azurite',
    entry: join(import.meta.dirname, 'azurite-child.ts'),
    args: [
      ...['--blobHost', '127.0.0.1', '--blobPort', String(blobPort)],
      ...['--queueHost', '127.0.0.1', '--queuePort', String(queuePort)],
      ...['--tableHost', '127.0.0.1', '--tablePort', String(tablePort)],
      ...(folder === undefined ? ['--inMemoryPersistence'] : ['--location', folder]),
      // The SDKs can be newer than the newest API version that Azurite knows.
      '--skipApiVersionCheck',
      '--disableTelemetry',
      '--silent',
    ],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
    readReady: readPorts,
    readyWithinMs: READY_WITHIN_MS,
    abort,
  });
  const endpoint = (service: keyof Ports) => `http://127.0.0.1:${child.ready[service]}/${ACCOUNT}`;
  const parts = [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${key}`,
    `BlobEndpoint=${endpoint('blob')}`,
    `QueueEndpoint=${endpoint('queue')}`,
    `TableEndpoint=${endpoint('table')}`,
  ];
  return { connectionString: `${parts.join(';')};`, pid: child.pid, exited: child.exited, stop: child.stop };
}

function readPorts(message: unknown): Ports | undefined {
  const { blob, queue, table } = (message ?? {}) as Partial<Ports>;
  return blob !== undefined && queue !== undefined && table !== undefined ? { blob, queue, table } : undefined;
}
