import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Checkpoint,
  type CheckpointStore,
  EventHubBufferedProducerClient,
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventPosition,
  earliestEventPosition,
  latestEventPosition,
  MessagingError,
  type PartitionOwnership,
  type ReceivedEventData,
  type RetryOptions,
  type SubscribeOptions,
} from '@azure/event-hubs';
import { afterEach, describe, expect, test } from '@jest/globals';
import rhea, { type EventContext, type Receiver } from 'rhea';
import { type EventHubs, type EventHubsOptions, startEventHubs } from './event-hubs.ts';

/** The unmodified clients against the endpoint. */

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: Partial<EventHubsOptions> = {}): Promise<EventHubs> {
  const hubs = await startEventHubs({ hubs: [{ name: 'logs', partitions: 4, consumerGroups: ['tail'] }], ...options });
  closers.push(hubs.close);
  return hubs;
}

// A send that is under way when its connection breaks ends with this timeout, and is then repeated.
const retryOptions: RetryOptions = { maxRetries: 20, retryDelayInMs: 20, maxRetryDelayInMs: 100, timeoutInMs: 15_000 };
const atOnce = { retryOptions: { maxRetries: 0, retryDelayInMs: 1 } };

function producer(
  { connectionString }: EventHubs,
  hub = 'logs',
  options: { retryOptions: RetryOptions } = { retryOptions },
) {
  const client = new EventHubProducerClient(connectionString, hub, options);
  closers.push(() => client.close());
  return client;
}

function consumer({ connectionString }: EventHubs, store?: CheckpointStore, group = 'tail') {
  const loadBalancingOptions = { updateIntervalInMs: 50, partitionOwnershipExpirationIntervalInMs: 600_000 };
  // What a consumer asks for while its connection breaks ends with this timeout, and is asked again.
  const options = { retryOptions: { ...retryOptions, timeoutInMs: 1_000 }, loadBalancingOptions };
  const client = store
    ? new EventHubConsumerClient(group, connectionString, 'logs', store, options)
    : new EventHubConsumerClient(group, connectionString, 'logs', options);
  closers.push(() => client.close());
  return client;
}

/** Everything that a consumer is sent. */
function collect(client: EventHubConsumerClient, options: SubscribeOptions = {}, partition?: string) {
  const events: (ReceivedEventData & { readonly partition: string })[] = [];
  const errors: (string | undefined)[] = [];
  const owned = new Set<string>();
  const handlers = {
    processInitialize: async ({ partitionId }: { partitionId: string }) => {
      owned.add(partitionId);
    },
    processClose: async (_: unknown, { partitionId }: { partitionId: string }) => {
      owned.delete(partitionId);
    },
    processEvents: async (received: ReceivedEventData[], context: { partitionId: string }) => {
      events.push(...received.map((event) => ({ ...event, partition: context.partitionId })));
    },
    processError: async (error: Error | MessagingError) => {
      errors.push(error instanceof MessagingError ? error.code : error.message);
    },
  };
  // A reader that waits for events notices the end of its connection when the wait is over.
  const maxWaitTimeInSeconds = 0.2;
  const fixed = { startPosition: earliestEventPosition, skipParsingBodyAsJson: true, maxBatchSize: 100 };
  const all = { ...fixed, maxWaitTimeInSeconds, ...options };
  const subscription =
    partition === undefined ? client.subscribe(handlers, all) : client.subscribe(partition, handlers, all);
  return { events, errors, owned, subscription };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

const text = (event: { readonly body: unknown }) => String(event.body);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const storedIn = (hubs: EventHubs) => hubs.counts()[0]?.partitions.map(({ events }) => events) ?? [];
const numbered = (count: number, prefix = '') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const sorted = (texts: readonly string[]) => [...texts].sort();

/** What one partition holds from a position on. Something is sent behind it, so that its end is seen. */
async function readFrom(hubs: EventHubs, startPosition: EventPosition, partition = '0'): Promise<readonly string[]> {
  const client = consumer(hubs);
  const { events, subscription } = collect(client, { startPosition }, partition);
  const before = hubs.totals().delivered;
  const isLatest = startPosition.offset === '@latest';
  // Where nothing comes, a mark is sent until it arrives: a link that begins at the end has to be attached first.
  while (!events.some((event) => text(event) === 'mark')) {
    if (hubs.totals().delivered === before || !isLatest) hubs.append('logs', partition, Buffer.from('mark'));
    await sleep(30);
  }
  await subscription.close();
  return events.map(text).filter((body) => body !== 'mark');
}

describe('what a client publishes', () => {
  test('arrives with its bytes, properties and what the service assigns', async () => {
    const at = new Date('2026-03-10T10:00:00.123Z');
    const hubs = await start({ now: () => at });
    const body = Buffer.from(Array.from({ length: 2_000 }, (_, index) => index % 256));
    const properties = { text: 'grüße', count: 7, share: 0.25, yes: true };
    await producer(hubs).sendBatch(
      [{ body, properties, messageId: 'id', correlationId: 'other', contentType: 'application/octet-stream' }],
      { partitionKey: 'key' },
    );
    const { events } = collect(consumer(hubs), { trackLastEnqueuedEventProperties: true });
    await until(() => events.length === 1);
    const [event] = events;
    expect(event).toMatchObject({
      body,
      properties,
      messageId: 'id',
      correlationId: 'other',
      contentType: 'application/octet-stream',
      partitionKey: 'key',
      sequenceNumber: 0,
      offset: '0',
      enqueuedTimeUtc: at,
    });
    expect(Buffer.isBuffer(event?.body)).toBe(true);
  });

  test('in batches keeps its order within a partition', async () => {
    const hubs = await start();
    const client = producer(hubs);
    for (const partitionId of ['1', '3']) {
      const batch = await client.createBatch({ partitionId });
      for (const body of numbered(700, `${partitionId}-`)) expect(batch.tryAdd({ body: Buffer.from(body) })).toBe(true);
      await client.sendBatch(batch);
    }
    expect(storedIn(hubs)).toEqual([0, 700, 0, 700]);
    const { events } = collect(consumer(hubs), { maxBatchSize: 300 });
    await until(() => events.length >= 1_400);
    for (const partition of ['1', '3']) {
      const mine = events.filter((event) => event.partition === partition);
      expect(mine.map(text)).toEqual(numbered(700, `${partition}-`));
      expect(mine.map(({ sequenceNumber }) => sequenceNumber)).toEqual(numbered(700).map(Number));
    }
    expect(hubs.totals()).toMatchObject({ events: 1_400, batches: 2, delivered: 1_400, dropped: 0 });
  });

  test('with a key lands where the client itself would put that key', async () => {
    const hubs = await start({ hubs: [{ name: 'logs', partitions: 7 }] });
    const keys = [
      '',
      'a',
      'gateway',
      'exactly12by..',
      'grüße aus dem Norden',
      'k'.repeat(24),
      'k'.repeat(25),
      ...numbered(60, 'key'),
    ];
    const direct = producer(hubs);
    await Promise.all(keys.map((key) => direct.sendBatch([{ body: Buffer.from(key) }], { partitionKey: key })));
    const byService = storedIn(hubs);
    expect(sum(byService)).toBe(keys.length);

    const failures: unknown[] = [];
    const buffered = new EventHubBufferedProducerClient(hubs.connectionString, 'logs', {
      maxWaitTimeInMs: 20,
      onSendEventsErrorHandler: async (context) => {
        failures.push(context.error);
      },
    });
    for (const key of keys) await buffered.enqueueEvent({ body: Buffer.from(key) }, { partitionKey: key });
    await buffered.close({ flush: true });
    expect(failures).toEqual([]);
    const { events } = collect(consumer(hubs, undefined, '$Default'));
    await until(() => events.length === keys.length * 2);
    for (const key of keys) {
      const places = events.filter((event) => text(event) === key).map(({ partition }) => partition);
      expect([key, new Set(places).size, places.length]).toEqual([key, 1, 2]);
    }
  });

  test('without a key takes turns over the partitions', async () => {
    const hubs = await start();
    const client = producer(hubs);
    for (const body of numbered(8)) await client.sendBatch([{ body }]);
    expect(storedIn(hubs)).toEqual([2, 2, 2, 2]);
  });

  test('is refused where it is larger than the link takes', async () => {
    const hubs = await start({ mostMessageBytes: 5_000 });
    const client = producer(hubs, 'logs', atOnce);
    const batch = await client.createBatch();
    expect(batch.maxSizeInBytes).toBe(5_000);
    expect(batch.tryAdd({ body: Buffer.alloc(6_000) })).toBe(false);
    await expect(client.sendBatch([{ body: Buffer.alloc(6_000) }])).rejects.toMatchObject({
      code: 'MessageTooLargeError',
    });
    expect(hubs.totals()).toMatchObject({ events: 0, refusedBatches: 1 });
  });
});

describe('who may do what', () => {
  test('a wrong key opens nothing', async () => {
    const hubs = await start();
    const wrong = hubs.connectionString.replace(/SharedAccessKey=[^;]+/, `SharedAccessKey=${'x'.repeat(43)}=`);
    const client = new EventHubProducerClient(wrong, 'logs', atOnce);
    closers.push(() => client.close());
    await expect(client.getPartitionIds()).rejects.toMatchObject({ code: 'UnauthorizedError' });
    await expect(client.sendBatch([{ body: 'x' }])).rejects.toMatchObject({ code: 'UnauthorizedError' });
    expect(hubs.totals()).toMatchObject({ events: 0, refusedTokens: 2 });
  });

  test('a hub, a partition or a consumer group that does not exist is not found', async () => {
    const hubs = await start();
    const missing = producer(hubs, 'other', atOnce);
    await expect(missing.getEventHubProperties()).rejects.toMatchObject({ code: 'MessagingEntityNotFoundError' });
    await expect(missing.sendBatch([{ body: 'x' }])).rejects.toMatchObject({ code: 'MessagingEntityNotFoundError' });
    const client = producer(hubs, 'logs', atOnce);
    await expect(client.getPartitionProperties('4')).rejects.toMatchObject({ code: 'ArgumentOutOfRangeError' });
    await expect(client.sendBatch([{ body: 'x' }], { partitionId: '4' })).rejects.toMatchObject({
      code: 'ArgumentOutOfRangeError',
    });
    const { errors } = collect(consumer(hubs, undefined, 'nobody'), {}, '0');
    await until(() => errors.length > 0);
    expect(errors[0]).toBe('MessagingEntityNotFoundError');
  });
});

describe('what is told about a hub', () => {
  test('are its partitions, and how far each goes', async () => {
    const at = new Date('2026-03-10T10:00:00.000Z');
    const hubs = await start({ now: () => at });
    const client = producer(hubs);
    expect(await client.getEventHubProperties()).toMatchObject({
      name: 'logs',
      createdOn: at,
      partitionIds: ['0', '1', '2', '3'],
    });
    expect(await client.getPartitionProperties('2')).toMatchObject({
      isEmpty: true,
      lastEnqueuedSequenceNumber: -1,
      lastEnqueuedOffset: '-1',
    });
    hubs.append('logs', '2', Buffer.from('one'));
    const { offset } = hubs.append('logs', '2', Buffer.from('two'), { kind: 'second' });
    expect(await client.getPartitionProperties('2')).toMatchObject({
      isEmpty: false,
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: 1,
      lastEnqueuedOffset: offset,
      lastEnqueuedOnUtc: at,
    });
  });

  test('comes with every event to a reader that asks for it', async () => {
    const hubs = await start();
    for (const body of numbered(5)) hubs.append('logs', '0', Buffer.from(body));
    const seen = Promise.withResolvers<number | undefined>();
    consumer(hubs).subscribe(
      '0',
      {
        processEvents: async (events, { lastEnqueuedEventProperties }) => {
          if (events.length > 0) seen.resolve(lastEnqueuedEventProperties?.sequenceNumber);
        },
        processError: async () => {},
      },
      { startPosition: earliestEventPosition, trackLastEnqueuedEventProperties: true, maxBatchSize: 1 },
    );
    expect(await seen.promise).toBe(4);
  });
});

describe('a reader', () => {
  test('begins where it asks to', async () => {
    let at = 1_000_000;
    const hubs = await start({ now: () => new Date(at) });
    const stored = numbered(6).map((body) => {
      at += 1_000;
      return { ...hubs.append('logs', '0', Buffer.from(body)), at };
    });
    const third = stored[3];
    if (!third) throw new Error('Six events were stored.');
    const { offset, sequenceNumber } = third;
    expect(await readFrom(hubs, earliestEventPosition)).toEqual(numbered(6));
    expect(await readFrom(hubs, { offset })).toEqual(['4', '5']);
    expect(await readFrom(hubs, { offset, isInclusive: true })).toEqual(['3', '4', '5']);
    expect(await readFrom(hubs, { sequenceNumber })).toEqual(['4', '5']);
    expect(await readFrom(hubs, { sequenceNumber, isInclusive: true })).toEqual(['3', '4', '5']);
    expect(await readFrom(hubs, { enqueuedOn: third.at })).toEqual(['4', '5']);
    expect(await readFrom(hubs, { enqueuedOn: third.at - 1 })).toEqual(['3', '4', '5']);
    expect(await readFrom(hubs, latestEventPosition)).toEqual([]);
    expect(await readFrom(hubs, { offset: '99999999' })).toEqual([]);
  });

  test('is told when its position cannot be read', async () => {
    const hubs = await start();
    const { errors } = collect(consumer(hubs), { startPosition: { offset: 'nonsense' } }, '0');
    await until(() => errors.length > 0);
    expect(errors[0]).toBe('InvalidFieldError');
  });

  test('with an owner level keeps out those with a lower one, and gives way to an equal one', async () => {
    const hubs = await start();
    const first = collect(consumer(hubs), { ownerLevel: 2 }, '0');
    hubs.append('logs', '0', Buffer.from('one'));
    await until(() => first.events.length === 1);
    const lower = collect(consumer(hubs), { ownerLevel: 1 }, '0');
    const without = collect(consumer(hubs), {}, '0');
    await until(() => lower.errors.length > 0 && without.errors.length > 0);
    expect([lower.errors[0], without.errors[0]]).toEqual(['ReceiverDisconnectedError', 'ReceiverDisconnectedError']);
    await Promise.all([lower.subscription.close(), without.subscription.close()]);
    const equal = collect(consumer(hubs), { ownerLevel: 2 }, '0');
    await until(() => first.errors.length > 0 && equal.events.length > 0);
    expect(first.errors[0]).toBe('ReceiverDisconnectedError');
    // Another consumer group is another world.
    const other = collect(consumer(hubs, undefined, '$Default'), {}, '0');
    await until(() => other.events.length === 1);
  });

  test('is one of five at most where none has an owner level', async () => {
    const hubs = await start();
    hubs.append('logs', '0', Buffer.from('one'));
    const five = numbered(5).map(() => collect(consumer(hubs), {}, '0'));
    await until(() => five.every(({ events }) => events.length === 1));
    const sixth = collect(consumer(hubs), {}, '0');
    await until(() => sixth.errors.length > 0);
    expect(sixth.errors[0]).toBe('QuotaExceededError');
  });

  test('sees a hole in the numbers, and how many events a full partition dropped', async () => {
    const hubs = await start({ mostBytesPerPartition: 10_000 });
    for (const body of numbered(100)) hubs.append('logs', '0', Buffer.from(body.padStart(900, '.')));
    hubs.faults.skipSequenceNumbers('logs', '0', 7);
    hubs.append('logs', '0', Buffer.from('behind the hole'));
    const [counts] = hubs.counts()[0]?.partitions ?? [];
    expect(counts).toMatchObject({ events: 101, lastSequenceNumber: 107, firstSequenceNumber: counts?.dropped });
    expect(hubs.totals().dropped).toBe(counts?.dropped);
    const { events } = collect(consumer(hubs), {}, '0');
    await until(() => events.at(-1)?.sequenceNumber === 107);
    expect(events.at(-2)?.sequenceNumber).toBe(99);
    expect(events).toHaveLength(101 - (counts?.dropped ?? 0));
  });
});

/** A checkpoint store for consumers in one process, as strict with etags as blobs are. */
function memoryStore(): CheckpointStore & { readonly checkpoints: Map<string, Checkpoint> } {
  const owners = new Map<string, PartitionOwnership>();
  const checkpoints = new Map<string, Checkpoint>();
  let etag = 0;
  return {
    checkpoints,
    listOwnership: async () => [...owners.values()].map((ownership) => ({ ...ownership })),
    claimOwnership: async (claims) =>
      claims.flatMap((claim) => {
        if (owners.get(claim.partitionId)?.etag !== claim.etag) return [];
        etag += 1;
        const ownership = { ...claim, etag: String(etag), lastModifiedTimeInMs: Date.now() };
        owners.set(claim.partitionId, ownership);
        return [{ ...ownership }];
      }),
    updateCheckpoint: async (checkpoint) => {
      checkpoints.set(checkpoint.partitionId, checkpoint);
    },
    listCheckpoints: async () => [...checkpoints.values()],
  };
}

describe('two consumers', () => {
  test('share the partitions, and one takes over what the other leaves', async () => {
    const hubs = await start();
    const store = memoryStore();
    // A client that is displaced between two waits does not notice, and takes the partition back.
    const patient = { maxWaitTimeInSeconds: 600 };
    const left = collect(consumer(hubs, store), patient);
    for (const partition of numbered(4)) hubs.append('logs', partition, Buffer.from('first'));
    // Now it is attached everywhere, and nothing that it still attaches displaces the other one.
    await until(() => left.events.length === 4);
    left.events.splice(0);
    const right = collect(consumer(hubs, store), patient);
    await until(() => left.owned.size === 2 && right.owned.size === 2 && right.events.length === 2);
    right.events.splice(0);
    const send = async (bodies: readonly string[]) => {
      for (const [index, body] of bodies.entries()) hubs.append('logs', String(index % 4), Buffer.from(body));
      await until(() => left.events.length + right.events.length >= sent.length);
    };
    const sent = numbered(400);
    await send(sent);
    expect(sorted([...left.events, ...right.events].map(text))).toEqual(sorted(sent));
    expect([left.events.length, right.events.length]).toEqual([200, 200]);

    await left.subscription.close();
    await until(() => right.owned.size === 4);
    // No checkpoint was ever written, so what was taken over is read again from the beginning.
    await until(() => right.events.length >= 402);
    expect(sorted([...new Set(right.events.map(text))])).toEqual(sorted([...sent, 'first']));
    expect([left.events.length, right.events.length]).toEqual([200, 402]);
  });
});

/** Long enough for a client to notice that its connection is gone; where it is not, its next send takes a timeout longer. */
const NOTICED_MS = 50;

describe('when things go wrong', () => {
  test('dropped connections lose nothing and double nothing', async () => {
    const hubs = await start();
    const { events } = collect(consumer(hubs));
    const client = producer(hubs);
    const sent: string[] = [];
    for (const round of numbered(12)) {
      const bodies = numbered(10, `${round}-`);
      await client.sendBatch(bodies.map((body) => ({ body: Buffer.from(body) })));
      sent.push(...bodies);
      if (Number(round) % 4 === 3) {
        await until(() => events.length >= sent.length - 15);
        expect(hubs.faults.dropConnections()).toBe(2);
        await sleep(NOTICED_MS);
      }
    }
    await until(() => new Set(events.map(text)).size === sent.length);
    expect(sum(storedIn(hubs))).toBe(120);
    expect(sorted([...new Set(events.map(text))])).toEqual(sorted(sent));
    expect(hubs.totals().droppedConnections).toBe(6);
  });

  test('a publisher waits while it is refused, and gets through afterwards', async () => {
    const hubs = await start();
    const client = producer(hubs);
    await client.sendBatch([{ body: 'before' }]);
    hubs.faults.refuseConnections();
    hubs.faults.dropConnections();
    await sleep(NOTICED_MS);
    const sending = client.sendBatch([{ body: 'after' }]);
    await sleep(NOTICED_MS);
    expect(hubs.totals().events).toBe(1);
    await hubs.faults.acceptConnections();
    await sending;
    expect(hubs.totals().events).toBe(2);
  });

  test('a publisher that is not told sends again, and its events are there twice', async () => {
    const hubs = await start();
    hubs.faults.loseAcknowledgements(1);
    const impatient = producer(hubs, 'logs', { retryOptions: { ...retryOptions, timeoutInMs: 1_500 } });
    await impatient.sendBatch([{ body: 'a' }, { body: 'b' }]);
    const { events, batches } = hubs.totals();
    expect(batches).toBeGreaterThanOrEqual(2);
    expect(events).toBe(batches * 2);
  });

  test('events are repeated to a reader that attaches again', async () => {
    const hubs = await start();
    for (const body of numbered(10)) hubs.append('logs', '0', Buffer.from(body));
    const { events } = collect(consumer(hubs), {}, '0');
    await until(() => events.length === 10);
    hubs.faults.repeatOnAttach(3);
    hubs.faults.dropConnections();
    await until(() => events.length === 13);
    expect(events.slice(10).map(text)).toEqual(['7', '8', '9']);
  });

  test('a delay holds everything back, and changes nothing', async () => {
    const hubs = await start();
    hubs.faults.delay(20);
    await producer(hubs).sendBatch(
      numbered(5).map((body) => ({ body: Buffer.from(body) })),
      { partitionId: '0' },
    );
    const { events } = collect(consumer(hubs), {}, '0');
    await until(() => events.length === 5);
    expect(events.map(text)).toEqual(numbered(5));
  });
});

/** A client of its own, for what the SDK never does. */
async function rawClient(hubs: EventHubs, { withToken = true } = {}) {
  const container = rhea.create_container();
  for (const event of ['receiver_error', 'sender_error', 'disconnected', 'error']) container.on(event, () => {});
  const { hostname, port } = new URL(hubs.url);
  const connection = container.connect({ host: hostname, port: Number(port), username: 'raw', reconnect: false });
  closers.push(async () => connection.close());
  if (withToken) {
    const [, key = ''] = /SharedAccessKey=([^;]+)/.exec(hubs.connectionString) ?? [];
    const resource = encodeURIComponent(`sb://${hostname}:${port}/logs`);
    const expiry = Math.floor(Date.now() / 1_000) + 600;
    const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64');
    const replies = connection.open_receiver({ name: 'replies', source: '$cbs' });
    const sender = connection.open_sender('$cbs');
    await once(sender, 'sendable');
    sender.send({
      message_id: '1',
      reply_to: 'replies',
      application_properties: {
        operation: 'put-token',
        name: `sb://${hostname}:${port}/logs`,
        type: 'servicebus.windows.net:sastoken',
      },
      body: `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=RootManageSharedAccessKey`,
    });
    const [{ message }] = (await once(replies, 'message')) as [EventContext];
    expect(message?.application_properties).toMatchObject({ 'status-code': 202 });
  }
  return connection;
}

describe('a client that is none of the SDK', () => {
  test('sends a plain message, of which every type is kept', async () => {
    const hubs = await start();
    const connection = await rawClient(hubs);
    const sender = connection.open_sender('logs/Partitions/1');
    await once(sender, 'sendable');
    const { types } = rhea;
    sender.send({
      durable: true,
      message_annotations: { 'x-opt-sequence-number': 99, 'x-opt-mine': types.wrap_ulong(5) },
      application_properties: { small: types.wrap_short(3), big: types.wrap_ulong(7), precise: types.wrap_float(0.5) },
      body: rhea.message.data_section(Buffer.from('plain')),
    });
    await once(sender, 'accepted');
    // A reader with a format of its own would see the bytes; the types show in how rhea reads them.
    const receiver: Receiver = connection.open_receiver({ source: 'logs/ConsumerGroups/tail/Partitions/1' });
    const [{ message }] = (await once(receiver, 'message')) as [EventContext];
    expect(message).toMatchObject({ durable: true, application_properties: { small: 3, big: 7, precise: 0.5 } });
    expect(message?.message_annotations).toMatchObject({
      'x-opt-sequence-number': 0,
      'x-opt-offset': '0',
      'x-opt-mine': 5,
    });
    expect(String(message?.body.content)).toBe('plain');
  });

  test('gets nowhere without a token', async () => {
    const hubs = await start();
    const connection = await rawClient(hubs, { withToken: false });
    const sender = connection.open_sender('logs');
    await once(sender, 'sender_close');
    expect(sender.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
    const receiver = connection.open_receiver('logs/ConsumerGroups/tail/Partitions/1');
    await once(receiver, 'receiver_close');
    expect(receiver.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  });

  test('is told when a batch cannot be read', async () => {
    const hubs = await start();
    const connection = await rawClient(hubs);
    const sender = connection.open_sender('logs');
    await once(sender, 'sendable');
    sender.send(Buffer.from('0053750a', 'hex'), undefined, 0x8001_3700);
    const [{ delivery }] = (await once(sender, 'rejected')) as [EventContext];
    expect(delivery?.remote_state).toMatchObject({ error: { condition: 'amqp:decode-error' } });
    expect(hubs.totals()).toMatchObject({ events: 0, refusedBatches: 1 });
  });
});

test('a taken port, a hub without partitions and two hubs of one name are one sentence', async () => {
  const hubs = await start();
  const port = Number(new URL(hubs.url).port);
  await expect(startEventHubs({ port, hubs: [] })).rejects.toThrow('EADDRINUSE');
  await expect(startEventHubs({ hubs: [{ name: 'logs', partitions: 0 }] })).rejects.toThrow(
    'has to have 1 to 32 partitions',
  );
  const one = { name: 'logs', partitions: 1 };
  await expect(startEventHubs({ hubs: [one, { ...one, name: 'LOGS' }] })).rejects.toThrow('Two event hubs are named');
  expect(() => hubs.append('logs', '9', Buffer.from('x'))).toThrow('There is no partition "9"');
});
