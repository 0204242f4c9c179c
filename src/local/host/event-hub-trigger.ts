import { setTimeout as sleep } from 'node:timers/promises';
import type {
  EventHubConsumerClient,
  EventPosition,
  PartitionContext,
  ReceivedEventData,
  Subscription,
} from '@azure/event-hubs';
import type { ContainerClient } from '@azure/storage-blob';
import type { EventHubBinding } from './event-hub-trigger-binding.ts';
import type { Ownership } from './event-hub-trigger-ownership.ts';
import type { RetryPolicy } from './event-hub-trigger-retry.ts';
import type { EventHubOptions } from './host-json.ts';
import { describeError, type Log } from './log.ts';
import type { RpcRetryContext } from './rpc.ts';
import { settledWithin } from './settled-within.ts';

export interface EventHubTriggerOptions {
  readonly functionName: string;
  readonly binding: EventHubBinding;
  readonly options: EventHubOptions;
  readonly retry?: RetryPolicy;
  /** Runs the function on a batch; whether it succeeded. Never rejects. */
  readonly handle: (batch: EventBatch) => Promise<boolean>;
  readonly log: Log;
}

export interface EventBatch {
  readonly events: readonly ReceivedEventData[];
  readonly partition: PartitionContext;
  /** Absent in the first run of a batch. */
  readonly retry?: RpcRetryContext;
}

export interface EventHubTrigger {
  /** Begins no more batches, waits for those in work up to `boundMs`, writes their checkpoints and gives the partitions up. */
  readonly stop: (boundMs: number) => Promise<void>;
}

/** The container of the service's own host. */
const CONTAINER = 'azure-webjobs-eventhub';
/** How long a failed look at the storage is followed by none. */
const LOOK_AGAIN_MS = 1_000;
/**
 * A reader that waits for events notices only at the end of its wait that its connection is gone. Shorter waits cost:
 * each empty one lets the client buffer another `prefetchCount` events.
 */
const WAIT_SECONDS = 2;
/** A few quick tries; the loops behind them go on for ever. */
const CLIENT_RETRIES = { maxRetries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000, timeoutInMs: 15_000 };
/** How long closing the connection may take. */
const CLOSE_BOUND_MS = 5_000;

/**
 * Reads an event hub as the service's host does: the partitions are shared among all hosts of the storage account and
 * the consumer group; one batch of a partition is in work at a time, in order; after it a checkpoint is written, whether
 * the function succeeded or not. With a retry policy a batch is run again in its place until it succeeds or the policy
 * ends, and only then comes the checkpoint.
 *
 * Differences: a batch never waits to become larger (`minEventBatchSize`), partitions are claimed greedily, and a batch
 * that ends while the host stops gets its checkpoint whatever `batchCheckpointFrequency` says.
 */
export function startEventHubTrigger(trigger: EventHubTriggerOptions): EventHubTrigger {
  const { functionName, log } = trigger;
  const stopping = new AbortController();
  const givingUp = new AbortController();
  const inWork = new Set<Promise<void>>();
  const listening = listen(trigger, inWork, stopping.signal, givingUp.signal).catch((error: unknown) => {
    const message = 'The event hub trigger could not start.';
    log({ level: 'error', category: 'host', message, function: functionName, error: shortError(error) });
    return undefined;
  });

  return {
    stop: async (boundMs) => {
      stopping.abort();
      const reader = await listening;
      await settledWithin(boundMs, Promise.all(inWork));
      givingUp.abort();
      if (inWork.size > 0) {
        const message = 'Batches were still in work when the host stopped; whoever goes on gets them again.';
        log({ level: 'warning', category: 'host', message, function: functionName, count: inWork.size });
      }
      if (reader) await settledWithin(CLOSE_BOUND_MS, closeReader(reader));
    },
  };
}

interface OpenReader {
  readonly client: EventHubConsumerClient;
  readonly subscription: Subscription;
}

/** Closing the subscription gives the partitions up. */
async function closeReader({ client, subscription }: OpenReader): Promise<void> {
  await subscription.close();
  await client.close();
}

/** Undefined where it is stopped before it began. */
async function listen(
  trigger: EventHubTriggerOptions,
  inWork: Set<Promise<void>>,
  stopping: AbortSignal,
  givingUp: AbortSignal,
): Promise<OpenReader | undefined> {
  const { functionName, binding, options, log } = trigger;
  // Loaded here, so that an app without event hubs never waits for the SDK.
  const [{ EventHubConsumerClient }, { ContainerClient }, { createOwnership }] = await Promise.all([
    import('@azure/event-hubs'),
    import('@azure/storage-blob'),
    import('./event-hub-trigger-ownership.ts'),
  ]);
  const container = new ContainerClient(binding.storageConnectionString, CONTAINER);
  await containerExists(container, trigger, stopping);
  if (stopping.aborted) return undefined;

  const ownership = createOwnership(container);
  const client = new EventHubConsumerClient(
    binding.consumerGroup,
    binding.connectionString,
    binding.eventHubName,
    ownership,
    {
      retryOptions: CLIENT_RETRIES,
      loadBalancingOptions: {
        strategy: 'greedy',
        updateIntervalInMs: options.loadBalancingIntervalMs,
        partitionOwnershipExpirationIntervalInMs: options.ownershipExpirationMs,
      },
    },
  );
  const batchesSince = new Map<string, number>();
  const about = (partitionId: string) =>
    ({ category: 'host', function: functionName, partition: partitionId }) as const;

  const subscription = client.subscribe(
    {
      processEvents: async (events, partition) => {
        if (events.length === 0) return;
        if (stopping.aborted) throw surrender();
        const work = workOn(trigger, { events, partition }, ownership, batchesSince, stopping, givingUp);
        // What it rejects with is the client's to hear; here only its end counts.
        const ended: Promise<void> = work.then(
          () => void inWork.delete(ended),
          () => void inWork.delete(ended),
        );
        inWork.add(ended);
        await work;
      },
      processInitialize: async ({ partitionId }) => {
        batchesSince.set(partitionId, 0);
        log({ level: 'debug', message: 'A partition is read from now on.', ...about(partitionId) });
      },
      processClose: async (_, partition) => {
        log({ level: 'debug', message: 'A partition is no longer read.', ...about(partition.partitionId) });
        if (stopping.aborted) return;
        // The client stops at an error without giving the partition up, and nobody would read it until its ownership ends.
        await ownership.abandon(partition).catch((error: unknown) => {
          const message = 'A partition could not be given up; it is free when its ownership ends.';
          log({ level: 'warning', message, ...about(partition.partitionId), error: shortError(error) });
        });
      },
      processError: async (error, { partitionId }) => {
        if (stopping.aborted || error instanceof PartitionSurrendered) return;
        const isTakenOver = 'code' in error && error.code === TAKEN_OVER;
        const message = isTakenOver
          ? 'A partition was taken over by another host.'
          : 'The event hub could not be read; trying again.';
        const level = isTakenOver ? 'information' : 'warning';
        log({ level, message, ...about(partitionId), error: shortError(error) });
      },
    },
    {
      maxBatchSize: options.maxEventBatchSize,
      prefetchCount: options.prefetchCount,
      maxWaitTimeInSeconds: WAIT_SECONDS,
      skipParsingBodyAsJson: true,
      startPosition: startPosition(options),
    },
  );
  return { client, subscription };
}

async function containerExists(
  container: ContainerClient,
  { functionName, log }: EventHubTriggerOptions,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      await container.createIfNotExists({ abortSignal: stopping });
      return;
    } catch (error) {
      if (stopping.aborted) return;
      const message = 'The storage of the checkpoints cannot be reached; trying again.';
      log({ level: 'warning', category: 'host', message, function: functionName, error: shortError(error) });
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal: stopping }).catch(() => {});
  }
}

/** One batch from receipt to its checkpoint. Rejects with a surrender where its partition is not this host's any more. */
async function workOn(
  trigger: EventHubTriggerOptions,
  batch: EventBatch,
  ownership: Ownership,
  batchesSince: Map<string, number>,
  stopping: AbortSignal,
  givingUp: AbortSignal,
): Promise<void> {
  const { partition, events } = batch;
  const { partitionId } = partition;
  const isOurs = () => stillOwns(trigger, ownership, partition);
  const isDone = await runToTheEnd(trigger, batch, isOurs, stopping);
  // A host that has given up waiting has left the partition to others, and must not move their checkpoint.
  if (!isDone || givingUp.aborted) throw surrender();
  if (!(await isOurs())) throw surrender();

  const batches = (batchesSince.get(partitionId) ?? 0) + 1;
  const last = events.at(-1);
  if (!last || (batches < trigger.options.batchCheckpointFrequency && !stopping.aborted)) {
    batchesSince.set(partitionId, batches);
    return;
  }
  try {
    await partition.updateCheckpoint(last);
    batchesSince.set(partitionId, 0);
  } catch (error) {
    batchesSince.set(partitionId, batches);
    const message = 'A checkpoint could not be written; a later one makes up for it.';
    const about = { category: 'host', function: trigger.functionName, partition: partitionId } as const;
    trigger.log({ level: 'error', message, ...about, error: shortError(error) });
  }
}

/** Runs the function, again as its policy says. Whether the batch is done with; not where that was cut short. */
async function runToTheEnd(
  { functionName, retry, handle, log }: EventHubTriggerOptions,
  batch: EventBatch,
  isOurs: () => Promise<boolean>,
  stopping: AbortSignal,
): Promise<boolean> {
  const about = { category: 'host', function: functionName, partition: batch.partition.partitionId } as const;
  for (let retryCount = 0; ; retryCount += 1) {
    const context = retry && retryCount > 0 ? { retryCount, maxRetryCount: retry.maxRetryCount } : undefined;
    if (await handle(context ? { ...batch, retry: context } : batch)) return true;
    if (!retry) return true;
    if (retry.maxRetryCount !== -1 && retryCount >= retry.maxRetryCount) {
      const message = 'A batch failed as often as its policy allows, and is passed over.';
      log({ level: 'error', message, ...about, count: batch.events.length });
      return true;
    }
    await sleep(retry.delayMs(retryCount + 1), undefined, { signal: stopping }).catch(() => {});
    // Another host that has the partition now runs this batch itself.
    if (stopping.aborted || !(await isOurs())) return false;
  }
}

/**
 * The client does not notice that another host took its partition over while the function ran; it would take it back,
 * and both would go on like that. So the storage is asked. Where it does not answer, the partition is kept.
 */
async function stillOwns(
  { functionName, log }: EventHubTriggerOptions,
  ownership: Ownership,
  partition: PartitionContext,
): Promise<boolean> {
  try {
    return await ownership.owns(partition);
  } catch (error) {
    const message = 'The ownership of a partition could not be read.';
    const about = { category: 'host', function: functionName, partition: partition.partitionId } as const;
    log({ level: 'warning', message, ...about, error: shortError(error) });
    return true;
  }
}

/** The client's own code for a reader that was displaced. */
const TAKEN_OVER = 'ReceiverDisconnectedError';

/** What makes the client stop reading a partition. */
class PartitionSurrendered extends Error {
  readonly code = TAKEN_OVER;
  readonly retryable = false;
}

function surrender(): PartitionSurrendered {
  return new PartitionSurrendered('The partition is left to others.');
}

/** Where a partition begins that has no checkpoint yet. */
function startPosition({ initialOffset }: EventHubOptions): EventPosition {
  switch (initialOffset.type) {
    case 'fromStart':
      return { offset: '-1' };
    case 'fromEnd':
      return { offset: '@latest' };
    case 'fromEnqueuedTime':
      return { enqueuedOn: initialOffset.at };
  }
}

/** One line, without what the SDK adds about the request. */
function shortError(error: unknown): string {
  return (describeError(error).split('\n')[0] ?? '').slice(0, 300);
}
