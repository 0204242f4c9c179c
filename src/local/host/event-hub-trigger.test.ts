import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { ContainerClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type EventHubs, startEventHubs } from '../../simulator/event-hubs/event-hubs.ts';
import { type Azurite, startAzurite } from '../azurite.ts';
import {
  type EventBatch,
  type EventHubTrigger,
  type EventHubTriggerOptions,
  startEventHubTrigger,
} from './event-hub-trigger.ts';
import { eventHubOf } from './event-hub-trigger-binding.ts';
import { batchData, batchMetadata } from './event-hub-trigger-data.ts';
import { createOwnership } from './event-hub-trigger-ownership.ts';
import { readRetryPolicy } from './event-hub-trigger-retry.ts';
import type { EventHubOptions } from './host-json.ts';
import type { LogEntry } from './log.ts';

const PARTITIONS = ['0', '1', '2', '3'];
const CONTAINER = 'azure-webjobs-eventhub';

let azurite: Azurite;
let hubs: EventHubs;
/** Every test has a hub of its own, and so checkpoints of its own. */
let hub = '';
let count = 0;
const triggers: EventHubTrigger[] = [];

beforeAll(async () => {
  azurite = await startAzurite();
});
beforeEach(async () => {
  count += 1;
  hub = `logs-${count}`;
  hubs = await startEventHubs({ hubs: [{ name: hub, partitions: 4, consumerGroups: ['mine'] }] });
});
afterEach(async () => {
  await Promise.all(triggers.splice(0).map((trigger) => trigger.stop(1)));
  await hubs.close();
});
afterAll(() => azurite?.stop());

const options: EventHubOptions = {
  maxEventBatchSize: 10,
  prefetchCount: 30,
  batchCheckpointFrequency: 1,
  initialOffset: { type: 'fromStart' },
  loadBalancingIntervalMs: 100,
  ownershipExpirationMs: 600_000,
};

interface Seen {
  readonly partition: string;
  readonly texts: readonly string[];
}

function listenTo(trigger: Partial<EventHubTriggerOptions> = {}) {
  const seen: Seen[] = [];
  const log: LogEntry[] = [];
  const running = startEventHubTrigger({
    functionName: 'fixture',
    binding: {
      connectionString: hubs.connectionString,
      eventHubName: hub,
      consumerGroup: 'mine',
      dataType: 'binary',
      storageConnectionString: azurite.connectionString,
    },
    options,
    log: (entry) => log.push(entry),
    ...trigger,
    handle: async (batch) => {
      seen.push({ partition: batch.partition.partitionId, texts: textsOf(batch) });
      return (await trigger.handle?.(batch)) ?? true;
    },
  });
  triggers.push(running);
  const texts = () => seen.flatMap((batch) => batch.texts);
  return { seen, texts, log, running };
}

function textsOf({ events }: EventBatch): readonly string[] {
  return events.map(({ body }) => String(body));
}

/** Puts so many events on every partition, and returns what they say. */
function send(each: number, prefix: string): readonly string[] {
  const sent: string[] = [];
  for (let index = 0; index < each; index += 1) {
    for (const partition of PARTITIONS) {
      const text = `${prefix}-${partition}-${index}`;
      hubs.append(hub, partition, Buffer.from(text));
      sent.push(text);
    }
  }
  return sent;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** The last sequence number of every partition that has a checkpoint. */
async function checkpoints(): Promise<Readonly<Record<string, number>>> {
  const store = new BlobCheckpointStore(new ContainerClient(azurite.connectionString, CONTAINER));
  const all = await store.listCheckpoints('127.0.0.1', hub, 'mine');
  return Object.fromEntries(all.map(({ partitionId, sequenceNumber }) => [partitionId, sequenceNumber]));
}

const sorted = (texts: readonly string[]) => [...texts].sort();

describe('an event hub trigger', () => {
  test('hands every event over once, in order, one batch of a partition at a time', async () => {
    const sent = send(40, 'calm');
    const inWork = new Set<string>();
    const { seen, texts, running, log } = listenTo({
      handle: async ({ events, partition: { partitionId } }) => {
        expect(inWork.has(partitionId)).toBe(false);
        inWork.add(partitionId);
        await sleep(1);
        expect(events.length).toBeLessThanOrEqual(10);
        inWork.delete(partitionId);
        return true;
      },
    });
    await until(() => texts().length >= sent.length);
    await running.stop(600_000);
    expect(sorted(texts())).toEqual(sorted(sent));
    for (const partition of PARTITIONS) {
      const mine = seen.filter((batch) => batch.partition === partition).flatMap((batch) => batch.texts);
      expect(mine).toEqual(sent.filter((text) => text.startsWith(`calm-${partition}-`)));
    }
    expect(await checkpoints()).toEqual({ 0: 39, 1: 39, 2: 39, 3: 39 });
    expect(log.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  test('goes on from its checkpoints after a stop', async () => {
    const first = send(5, 'before');
    const before = listenTo();
    await until(() => before.texts().length >= first.length);
    await before.running.stop(600_000);
    const second = send(5, 'after');
    const after = listenTo();
    await until(() => after.texts().length >= second.length);
    await after.running.stop(600_000);
    expect(sorted(after.texts())).toEqual(sorted(second));
  });

  test('goes on past a batch that failed where it has no retry policy', async () => {
    const sent = send(30, 'failing');
    const { texts, running } = listenTo({ handle: async () => false });
    await until(() => texts().length >= sent.length);
    await running.stop(600_000);
    expect(sorted(texts())).toEqual(sorted(sent));
    expect(await checkpoints()).toEqual({ 0: 29, 1: 29, 2: 29, 3: 29 });
  });

  test('runs a failed batch again in its place, as its policy says', async () => {
    for (let index = 0; index < 15; index += 1) hubs.append(hub, '0', Buffer.from(String(index)));
    const runs: {
      readonly texts: readonly string[];
      readonly retryCount: number | undefined;
      readonly checkpoint: unknown;
    }[] = [];
    const { running, log } = listenTo({
      retry: { maxRetryCount: 2, delayMs: () => 1 },
      handle: async (batch) => {
        runs.push({ texts: textsOf(batch), retryCount: batch.retry?.retryCount, checkpoint: await checkpoints() });
        // The first batch succeeds at its last retry, the second never does.
        return batch.retry?.retryCount === 2 && runs.length === 3;
      },
    });
    await until(async () => (await checkpoints())['0'] === 14);
    await running.stop(600_000);
    const [one, two] = [runs[0]?.texts, runs[3]?.texts];
    expect([...(one ?? []), ...(two ?? [])]).toEqual(Array.from({ length: 15 }, (_, index) => String(index)));
    const last = (one?.length ?? 0) - 1;
    expect(runs).toEqual([
      { texts: one, retryCount: undefined, checkpoint: {} },
      { texts: one, retryCount: 1, checkpoint: {} },
      { texts: one, retryCount: 2, checkpoint: {} },
      { texts: two, retryCount: undefined, checkpoint: { 0: last } },
      { texts: two, retryCount: 1, checkpoint: { 0: last } },
      { texts: two, retryCount: 2, checkpoint: { 0: last } },
    ]);
    expect(log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'A batch failed as often as its policy allows, and is passed over.',
    ]);
  });

  test('writes a checkpoint after so many batches, and when it stops', async () => {
    const seenAt: unknown[] = [];
    const { running } = listenTo({
      options: { ...options, maxEventBatchSize: 1, batchCheckpointFrequency: 3 },
      handle: async () => {
        seenAt.push(await checkpoints());
        return true;
      },
    });
    for (let index = 0; index < 7; index += 1) hubs.append(hub, '2', Buffer.from(String(index)));
    await until(() => seenAt.length === 7);
    expect(seenAt).toEqual([{}, {}, {}, { 2: 2 }, { 2: 2 }, { 2: 2 }, { 2: 5 }]);
    await running.stop(600_000);
  });

  test('lets a running batch finish when it stops, writes its checkpoint and begins no other', async () => {
    const held = Promise.withResolvers<boolean>();
    const { texts, running } = listenTo({ options: { ...options, maxEventBatchSize: 1 }, handle: () => held.promise });
    hubs.append(hub, '1', Buffer.from('running'));
    hubs.append(hub, '1', Buffer.from('waiting'));
    await until(() => texts().length === 1);
    const stopping = running.stop(600_000);
    held.resolve(true);
    await stopping;
    expect(texts()).toEqual(['running']);
    expect(await checkpoints()).toEqual({ 1: 0 });
  });

  test('leaves a batch that never ends to whoever comes next', async () => {
    const first = listenTo({ handle: () => new Promise(() => {}) });
    hubs.append(hub, '3', Buffer.from('stuck'));
    await until(() => first.texts().length === 1);
    await first.running.stop(1);
    expect(first.log.filter(({ level }) => level === 'warning')).toMatchObject([{ count: 1 }]);
    expect(await checkpoints()).toEqual({});
    const second = listenTo();
    await until(() => second.texts().length === 1);
    expect(second.texts()).toEqual(['stuck']);
  });

  test('does not go on with a batch whose host stopped between two tries', async () => {
    const first = listenTo({ retry: { maxRetryCount: -1, delayMs: () => 600_000 }, handle: async () => false });
    hubs.append(hub, '0', Buffer.from('failing'));
    await until(() => first.texts().length === 1);
    await first.running.stop(600_000);
    expect(await checkpoints()).toEqual({});
  });

  test.each([
    ['fromEnqueuedTime', { type: 'fromEnqueuedTime', at: new Date(0) } as const, ['old', 'new']],
    ['fromEnd', { type: 'fromEnd' } as const, ['new']],
  ])('begins where %s says', async (_, initialOffset, expected) => {
    hubs.append(hub, '0', Buffer.from('old'));
    const { texts, log } = listenTo({ options: { ...options, initialOffset } });
    // A mark is sent until it arrives, because a reader that begins at the end has to be there first.
    await until(() => log.filter(({ message }) => message === 'A partition is read from now on.').length === 4);
    await until(() => {
      if (texts().includes('new')) return true;
      hubs.append(hub, '0', Buffer.from('new'));
      return false;
    });
    expect([...new Set(texts())]).toEqual(expected);
  });

  test('reads on after every connection was dropped, and loses nothing', async () => {
    const first = send(10, 'first');
    const { texts } = listenTo();
    await until(() => texts().length >= first.length);
    expect(hubs.faults.dropConnections()).toBe(1);
    const second = send(10, 'second');
    await until(() => new Set(texts()).size === first.length + second.length);
    expect(sorted([...new Set(texts())])).toEqual(sorted([...first, ...second]));
  });

  test('waits for a storage that cannot be reached', async () => {
    const broken = createServer((_, response) => {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('nonsense');
    });
    await new Promise<void>((resolve) => {
      broken.listen(0, '127.0.0.1', resolve);
    });
    const { port } = broken.address() as AddressInfo;
    const { connectionString } = hubs;
    const storageConnectionString = azurite.connectionString.replace(
      /(BlobEndpoint=http:\/\/127\.0\.0\.1:)\d+/,
      `$1${port}`,
    );
    const binding = {
      connectionString,
      eventHubName: hub,
      consumerGroup: 'mine',
      dataType: 'binary',
      storageConnectionString,
    } as const;
    const { log, running } = listenTo({ binding });
    await until(() => log.length >= 2);
    expect(log[0]).toMatchObject({ message: 'The storage of the checkpoints cannot be reached; trying again.' });
    expect(JSON.stringify(log)).not.toContain(String(port));
    await running.stop(600_000);
    await new Promise((resolve) => broken.close(resolve));
  });
});

/**
 * Two processors balance partitions by time, and a machine that stands still for seconds disturbs that. A run that was
 * disturbed says so, and is made once more.
 */
jest.retryTimes(2, { logErrorsBeforeRetry: true });

describe('two hosts', () => {
  test('that start together share the partitions, and one goes on where the other stops', async () => {
    const sent = [...send(20, 'start')];
    const [left, right] = [listenTo(), listenTo()];
    const readers = ({ log }: typeof left) => {
      const of = (message: string) => log.filter((entry) => entry.message === message).length;
      return of('A partition is read from now on.') - of('A partition is no longer read.');
    };
    await until(() => readers(left) === 2 && readers(right) === 2);
    const all = () => [...left.texts(), ...right.texts()];
    await until(() => new Set(all()).size === sent.length);

    // From here on it is calm, and what is sent comes once; what was sent before may be on its way a second time.
    sent.push(...send(20, 'calm'));
    await until(() => new Set(all()).size === sent.length);
    expect(all().filter((text) => text.startsWith('calm'))).toHaveLength(80);

    await left.running.stop(600_000);
    const leftSaw = left.texts().length;
    sent.push(...send(20, 'alone'));
    await until(() => new Set(all()).size === sent.length);
    expect(sorted([...new Set(all())])).toEqual(sorted(sent));
    expect(left.texts()).toHaveLength(leftSaw);
    expect(right.texts().filter((text) => text.startsWith('alone'))).toHaveLength(80);
  }, 60_000);

  test('never both get a partition that nobody had before', async () => {
    const container = new ContainerClient(azurite.connectionString, CONTAINER);
    await container.createIfNotExists();
    const claim = { fullyQualifiedNamespace: '127.0.0.1', eventHubName: hub, consumerGroup: 'mine', partitionId: '0' };
    const stores = Array.from({ length: 5 }, () => createOwnership(container));
    const claims = await Promise.all(
      stores.map((store, index) => store.claimOwnership([{ ...claim, ownerId: `host ${index}` }])),
    );
    expect(claims.flat()).toHaveLength(1);
    const owners = await Promise.all(stores.map((store) => store.owns(claim)));
    expect(owners.filter(Boolean)).toHaveLength(1);
    await stores[owners.indexOf(false)]?.abandon(claim);
    expect(await stores[owners.indexOf(true)]?.owns(claim)).toBe(true);
    await stores[owners.indexOf(true)]?.abandon(claim);
    expect(await stores[owners.indexOf(true)]?.owns(claim)).toBe(false);
  });

  test('do not take a partition back that was claimed while the function ran', async () => {
    const held = Promise.withResolvers<boolean>();
    const first = listenTo({ options: { ...options, loadBalancingIntervalMs: 600_000 }, handle: () => held.promise });
    hubs.append(hub, '0', Buffer.from('slow'));
    await until(() => first.texts().length === 1);
    const container = new ContainerClient(azurite.connectionString, CONTAINER);
    const thief = createOwnership(container);
    const [ownership] = (await thief.listOwnership('127.0.0.1', hub, 'mine')).filter(
      ({ partitionId }) => partitionId === '0',
    );
    if (!ownership) throw new Error('Somebody owns the partition.');
    await thief.claimOwnership([{ ...ownership, ownerId: 'thief' }]);
    held.resolve(true);
    await until(() => first.log.some(({ message }) => message === 'A partition is no longer read.'));
    // The thief reads the batch itself, from the checkpoint that was there before.
    expect(await checkpoints()).toEqual({});
    expect(await thief.owns({ ...ownership })).toBe(true);
  });
});

describe('what a function gets', () => {
  const event = {
    body: Buffer.from('{"a":1}'),
    offset: '7',
    sequenceNumber: 3,
    enqueuedTimeUtc: new Date('2026-03-10T10:00:00Z'),
    partitionKey: null,
    properties: { kind: 'log' },
  };

  test('are bytes or texts, with the names of the service', () => {
    expect(batchData([event], 'binary')).toEqual({ collectionBytes: { bytes: [event.body] } });
    expect(batchData([event], 'string')).toEqual({ collectionString: { string: ['{"a":1}'] } });
    expect(batchData([{ ...event, body: { b: 2 } }], 'string')).toEqual({ collectionString: { string: ['{"b":2}'] } });
    const scope = { fullyQualifiedNamespace: 'ns', eventHubName: 'hub', consumerGroup: 'group', partitionId: '5' };
    const metadata = Object.entries(batchMetadata([event], scope));
    expect(Object.fromEntries(metadata.map(([name, data]) => [name, JSON.parse(data.json ?? '')]))).toEqual({
      PartitionContext: {
        FullyQualifiedNamespace: 'ns',
        EventHubName: 'hub',
        ConsumerGroup: 'group',
        PartitionId: '5',
      },
      PartitionKeyArray: [null],
      OffsetArray: ['7'],
      SequenceNumberArray: [3],
      EnqueuedTimeUtcArray: ['2026-03-10T10:00:00.000Z'],
      PropertiesArray: [{ kind: 'log' }],
      SystemPropertiesArray: [
        { SequenceNumber: 3, Offset: '7', PartitionKey: null, EnqueuedTimeUtc: '2026-03-10T10:00:00.000Z' },
      ],
    });
  });
});

describe('a binding', () => {
  const info = { type: 'eventHubTrigger', cardinality: 'many', connection: 'HUB', eventHubName: '%NAME%' };
  const settings = { HUB: 'Endpoint=sb://host/;SharedAccessKey=x', NAME: 'logs', AzureWebJobsStorage: 'storage' };

  test('is filled in with the settings', () => {
    expect(eventHubOf({ ...info, dataType: 'Binary' }, settings)).toEqual({
      connectionString: settings.HUB,
      eventHubName: 'logs',
      consumerGroup: '$Default',
      dataType: 'binary',
      storageConnectionString: 'storage',
    });
    const named = { ...settings, AzureWebJobsHUB: `${settings.HUB};EntityPath=other` };
    expect(eventHubOf(info, named)).toMatchObject({ eventHubName: 'other', dataType: 'string' });
  });

  test.each([
    ['another cardinality', { ...info, cardinality: 'one' }, settings, '"cardinality" "many" only'],
    ['no connection', info, { ...settings, HUB: '' }, 'The connection string in the setting "HUB" is missing.'],
    ['an identity', info, { ...settings, HUB: undefined, HUB__fullyQualifiedNamespace: 'x' }, 'identity-based'],
    ['no hub', { ...info, eventHubName: '' }, settings, 'The trigger names no event hub.'],
    ['no storage', info, { ...settings, AzureWebJobsStorage: undefined }, '"AzureWebJobsStorage"'],
  ])('is refused in one sentence for %s', (_, binding, given, sentence) => {
    expect(() => eventHubOf(binding, given)).toThrow(sentence);
  });
});

describe('a retry policy', () => {
  test('waits as it says', () => {
    expect(readRetryPolicy(undefined)).toBeUndefined();
    const fixed = readRetryPolicy({ strategy: 'fixedDelay', maxRetryCount: 3, delayInterval: { seconds: 2 } });
    expect([fixed?.maxRetryCount, fixed?.delayMs(1), fixed?.delayMs(3)]).toEqual([3, 2_000, 2_000]);
    const growing = readRetryPolicy({
      strategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 5 },
    });
    expect([1, 2, 3, 4, 1_000].map((retry) => growing?.delayMs(retry))).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  test.each([
    [{ strategy: 'never', maxRetryCount: 1 }, '"retry.strategy"'],
    [{ strategy: 'fixedDelay', maxRetryCount: 0.5 }, '"retry.maxRetryCount"'],
  ])('is refused in one sentence', (policy, sentence) => {
    expect(() => readRetryPolicy(policy)).toThrow(sentence);
  });
});
