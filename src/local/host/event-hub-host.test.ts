import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EventHubs, startEventHubs } from '../../simulator/event-hubs/event-hubs.ts';
import { type Azurite, startAzurite } from '../azurite.ts';
import { type Child, startChild } from '../processes.ts';

/** The fixture app's event hub function: built, in a host process of its own, through the real @azure/functions. */

const project = join(import.meta.dirname, '../../..');
const HUB = 'logs';

interface Batch {
  readonly partitionContext: { readonly partitionId: string; readonly eventHubName: string };
  readonly systemProperties: readonly { readonly sequenceNumber: number; readonly enqueuedTimeUtc: string }[];
  readonly properties: readonly Readonly<Record<string, unknown>>[];
  readonly texts: readonly string[];
  readonly run: number;
  readonly areBytes: boolean;
}

let root: string;
let azurite: Azurite;
let hubs: EventHubs;
const hosts: Child<unknown>[] = [];
const lines: string[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'appgw-triage-stream-'));
  cpSync(join(project, 'src/local/fixture-app'), join(root, 'functions'), { recursive: true });
  for (const file of ['package.json', 'host.json']) cpSync(join(project, file), join(root, file));
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'), 'junction');
  const built = promisify(execFile)(process.execPath, [join(project, 'scripts/build.ts'), '--root', root]);
  [azurite, hubs] = await Promise.all([
    startAzurite(),
    startEventHubs({ hubs: [{ name: HUB, partitions: 2, consumerGroups: ['first'] }] }),
    built,
  ]);
});

afterAll(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  await hubs?.close();
  await azurite?.stop();
  rmSync(root, { recursive: true, force: true });
});

async function startHost(): Promise<Child<unknown>> {
  const host = await startChild<unknown>({
    name: 'The host',
    entry: join(project, 'src/local/host/main.ts'),
    args: ['--root', join(root, 'dist'), '--port', '0'],
    env: {
      PATH: process.env.PATH,
      AzureWebJobsStorage: azurite.connectionString,
      WORK_QUEUE: 'work',
      STREAM: hubs.connectionString,
      STREAM_HUB: HUB,
      AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:10',
      AzureFunctionsJobHost__extensions__eventHubs__initialOffsetOptions__type: 'fromStart',
      AzureFunctionsJobHost__extensions__eventHubs__maxEventBatchSize: '5',
      AzureFunctionsJobHost__extensions__eventHubs__loadBalancingUpdateInterval: '00:00:00.2',
      AzureFunctionsJobHost__extensions__eventHubs__partitionOwnershipExpirationInterval: '00:00:02',
    },
    readReady: (message) => message,
    readyWithinMs: 60_000,
    stopWithinMs: 30_000,
    onLine: (line) => lines.push(line),
  });
  hosts.push(host);
  return host;
}

const batches: Batch[] = [];

/** Takes what the function reported so far, until it fits. */
async function reported(fits: () => boolean): Promise<void> {
  const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient('batches');
  while (!fits()) {
    const answer = await queue.receiveMessages({ numberOfMessages: 32 }).catch(() => undefined);
    for (const item of answer?.receivedMessageItems ?? []) {
      await queue.deleteMessage(item.messageId, item.popReceipt);
      batches.push(JSON.parse(Buffer.from(item.messageText, 'base64').toString('utf8')));
    }
    await sleep(50);
  }
}

const texts = () => batches.flatMap((batch) => batch.texts);
const sorted = (list: readonly string[]) => [...list].sort();

function send(...bodies: readonly string[]): void {
  for (const [index, body] of bodies.entries()) {
    hubs.append(HUB, String(index % 2), Buffer.from(body), { number: index });
  }
}

test('a function on an event hub: a calm run, a retry, a restart, and a host that is killed', async () => {
  const host = await startHost();
  const calm = Array.from({ length: 24 }, (_, index) => `calm ${index}`);
  send(...calm);
  await reported(() => texts().length >= calm.length);
  expect(sorted(texts())).toEqual(sorted(calm));
  for (const { partitionContext, areBytes, properties, systemProperties, texts: own } of batches) {
    expect([areBytes, partitionContext.eventHubName]).toEqual([true, HUB]);
    expect(properties.map(({ number }) => `calm ${number}`)).toEqual(own);
    expect(
      systemProperties.map(({ sequenceNumber }) => Number(partitionContext.partitionId) + 2 * sequenceNumber),
    ).toEqual(properties.map(({ number }) => number));
    expect(systemProperties.every(({ enqueuedTimeUtc }) => !Number.isNaN(Date.parse(enqueuedTimeUtc)))).toBe(true);
  }

  send('fail 2');
  await reported(() => texts().includes('fail 2'));
  expect(batches.at(-1)).toMatchObject({ texts: ['fail 2'], run: 3 });
  const tries = lines
    .filter((line) => line.includes('batch ') && line.includes('fail 2'))
    .map((line) => JSON.parse(line));
  expect(tries.map(({ message }) => JSON.parse(message.slice('batch '.length)).retryCount)).toEqual([undefined, 1, 2]);

  await host.stop();
  expect(await host.exited).toMatch(/^The host ended with exit code 0\./);
  batches.splice(0);
  send('after the restart 0', 'after the restart 1');
  const second = await startHost();
  await reported(() => texts().length >= 2);
  expect(sorted(texts())).toEqual(['after the restart 0', 'after the restart 1']);

  // It is killed in the middle of a batch; nothing is written, so the next host gets that batch, too.
  hubs.append(HUB, '0', Buffer.from('hang'));
  while (!lines.some((line) => line.includes('hang'))) await sleep(50);
  process.kill(second.pid ?? 0, 'SIGKILL');
  await second.exited;
  const before = lines.length;
  send('behind 0', 'behind 1');
  const third = await startHost();
  await reported(() => texts().includes('behind 1'));
  while (!lines.slice(before).some((line) => line.includes('hang'))) await sleep(50);
  // It would wait for the function that never ends.
  process.kill(third.pid ?? 0, 'SIGKILL');
  await third.exited;
});
