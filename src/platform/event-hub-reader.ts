import { setTimeout as sleep } from 'node:timers/promises';
import type {
  EventHubConsumerClient,
  EventPosition,
  PartitionContext,
  PartitionProperties,
  ReceivedEventData,
  Subscription,
} from '@azure/event-hubs';
import type { EventHubPlace } from '../sinks/sink.ts';
import { createCredential } from './azure-clients.ts';
import { type HubProblem, hubProblemOf, isLasting } from './event-hub-problem.ts';
import type { Settings } from './settings.ts';

/** A partition as it was when the reader was opened. */
export interface PartitionEnd {
  readonly id: string;
  /** The last event that it held; undefined where it was empty. */
  readonly last?: { readonly sequenceNumber: number; readonly enqueuedAt: number };
}

export interface HubEventRead {
  readonly sequenceNumber: number;
  /** Milliseconds since 1970. */
  readonly enqueuedAt: number;
  /** Undefined where the event carries no bytes. */
  readonly bytes: Uint8Array | undefined;
}

export interface HubReading {
  /** Events of one partition in their order. An empty list says that the partition is read, and held nothing new. */
  readonly onEvents: (partition: string, events: readonly HubEventRead[], end: number | undefined) => void;
  /** A partition is not read at the moment. Reading goes on by itself as soon as it can. */
  readonly onProblem: (partition: string, problem: HubProblem) => void;
}

export interface HubReader {
  readonly partitions: readonly PartitionEnd[];
  /** Reads all partitions; from their ends as they were at the opening, or what arrived from a time on (ms since 1970). */
  readonly read: (from: number | 'end', reading: HubReading) => void;
  /** Rejects never; a connection that does not close in time is left. */
  readonly close: () => Promise<void>;
}

export interface HubReaderOptions {
  readonly consumerGroup: string;
  /** Ends an opening that is not wanted any more; it rejects then. */
  readonly abort?: AbortSignal;
  /** Events of a batch at most. */
  readonly batchSize?: number;
  /** How long a partition that could not be read is left alone, in milliseconds; longer each time up to the second. */
  readonly waitMs?: readonly [first: number, most: number];
}

/** One attempt; what is tried again is tried again here, where it can be told. */
const RETRY = { maxRetries: 0, retryDelayInMs: 1, timeoutInMs: 15_000 };
/** A reader that waits for events notices only at the end of its wait that its connection is gone. */
const WAIT_SECONDS = 2;
const BATCH_SIZE = 100;
const WAIT_MS = [1_000, 15_000] as const;
const OPENING_ATTEMPTS = 3;
const CLOSE_WITHIN_MS = 3_000;
/** The client's own loop would begin a partition anew at its first position, so it is kept from doing that. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * Opens an event hub for somebody who looks on: no checkpoints, no owner level. So it takes no partition from anybody,
 * and whoever claims the consumer group keeps it out. Rejects with the client's error where the hub cannot be read.
 */
export async function openHubReader(
  place: EventHubPlace,
  settings: Pick<Settings, 'AZURE_CLIENT_ID'>,
  options: HubReaderOptions,
): Promise<HubReader> {
  const { EventHubConsumerClient: Client } = await import('@azure/event-hubs');
  const clientOptions = { retryOptions: RETRY, loadBalancingOptions: { updateIntervalInMs: NEVER_MS } };
  const { consumerGroup } = options;
  const client =
    'connectionString' in place
      ? new Client(consumerGroup, place.connectionString, place.eventHub, clientOptions)
      : new Client(consumerGroup, place.namespace, place.eventHub, await createCredential(settings), clientOptions);
  const stopping = new AbortController();
  const close = async () => {
    stopping.abort();
    const closing = client.close().catch(() => {});
    const waiting = new AbortController();
    await Promise.race([closing, sleep(CLOSE_WITHIN_MS, undefined, { signal: waiting.signal }).catch(() => {})]);
    waiting.abort();
  };
  try {
    const partitions = await withPatience(() => endsOf(client, options.abort), options.abort);
    const read: HubReader['read'] = (from, reading) => {
      for (const partition of partitions) readPartition(client, partition, from, reading, options, stopping.signal);
    };
    return { partitions, read, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function withPatience<Result>(work: () => Promise<Result>, abort: AbortSignal | undefined): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (abort?.aborted || attempt === OPENING_ATTEMPTS || isLasting(hubProblemOf(error))) throw error;
      await sleep(WAIT_MS[0], undefined, { signal: abort });
    }
  }
}

async function endsOf(
  client: EventHubConsumerClient,
  abortSignal: AbortSignal | undefined,
): Promise<readonly PartitionEnd[]> {
  const ids = await client.getPartitionIds({ abortSignal });
  const properties = await Promise.all(ids.map((id) => client.getPartitionProperties(id, { abortSignal })));
  return properties.map(endOf);
}

function endOf({ partitionId, isEmpty, lastEnqueuedSequenceNumber, lastEnqueuedOnUtc }: PartitionProperties) {
  if (isEmpty || lastEnqueuedSequenceNumber < 0) return { id: partitionId };
  return {
    id: partitionId,
    last: { sequenceNumber: lastEnqueuedSequenceNumber, enqueuedAt: lastEnqueuedOnUtc.getTime() },
  };
}

/** Reads one partition until it is stopped, and begins again behind the last event where the client gave up. */
function readPartition(
  client: EventHubConsumerClient,
  { id, last }: PartitionEnd,
  from: number | 'end',
  { onEvents, onProblem }: HubReading,
  { batchSize = BATCH_SIZE, waitMs = WAIT_MS }: HubReaderOptions,
  stopping: AbortSignal,
): void {
  let position: EventPosition =
    from === 'end' ? after(last?.sequenceNumber) : { enqueuedOn: new Date(from), isInclusive: true };
  let failures = 0;
  let subscription: Subscription | undefined;
  const pause = async () => {
    failures += 1;
    const ms = Math.min(waitMs[1], waitMs[0] * 2 ** Math.min(failures - 1, 10));
    await sleep(ms, undefined, { signal: stopping }).catch(() => {});
  };
  const begin = () => {
    let isOver = false;
    const handlers = {
      processEvents: async (events: ReceivedEventData[], { lastEnqueuedEventProperties }: PartitionContext) => {
        if (stopping.aborted) return;
        failures = 0;
        const newest = events.at(-1);
        if (newest) position = after(newest.sequenceNumber);
        onEvents(id, events.map(readEvent), lastEnqueuedEventProperties?.sequenceNumber);
      },
      processError: async (error: Error) => {
        if (stopping.aborted) return;
        onProblem(id, hubProblemOf(error));
        // The client goes on when this ends.
        await pause();
      },
      processClose: async () => {
        if (stopping.aborted || isOver) return;
        isOver = true;
        const ended = subscription;
        setImmediate(() => {
          void ended?.close().catch(() => {});
          if (!stopping.aborted) begin();
        });
      },
    };
    subscription = client.subscribe(id, handlers, {
      startPosition: position,
      maxBatchSize: batchSize,
      maxWaitTimeInSeconds: WAIT_SECONDS,
      skipParsingBodyAsJson: true,
      trackLastEnqueuedEventProperties: true,
    });
  };
  begin();
}

function after(sequenceNumber: number | undefined): EventPosition {
  return sequenceNumber === undefined ? { offset: '-1' } : { sequenceNumber, isInclusive: false };
}

function readEvent({ sequenceNumber, enqueuedTimeUtc, body }: ReceivedEventData): HubEventRead {
  const bytes: unknown = typeof body === 'string' ? Buffer.from(body) : body;
  return {
    sequenceNumber,
    enqueuedAt: enqueuedTimeUtc.getTime(),
    bytes: bytes instanceof Uint8Array ? bytes : undefined,
  };
}
