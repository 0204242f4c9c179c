import { setTimeout as sleep } from 'node:timers/promises';
import { EventHubConsumerClient, type EventPosition, type ReceivedEventData } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { ContainerClient } from '@azure/storage-blob';
import { readAccessLogBatch, type TrafficStore } from '../src/app/read-traffic.ts';
import { digest } from '../src/platform/ports.ts';
import { readSettings } from '../src/platform/settings.ts';
import { openStorage } from '../src/platform/storage.ts';
import { createTrafficTable } from '../src/platform/traffic-table.ts';

/**
 * One consumer of the access-log stream, in a process of its own: it shares the partitions with the others through blobs,
 * counts with the product's own function and table, and prints a line of JSON for whatever happens. Where it is told to
 * die, it kills itself with SIGKILL between two writes of one batch, the hardest place there is.
 */
export interface WorkerTask {
  readonly hubs: string;
  readonly storage: string;
  readonly hub: string;
  readonly container: string;
  /** Dies in the first batch with a message of at least this number, once one of several rows is written. */
  readonly dieFrom?: number;
}

export type WorkerNews =
  | { readonly kind: 'owns'; readonly partition: string }
  | { readonly kind: 'lost'; readonly partition: string }
  | {
      readonly kind: 'batch';
      readonly partition: string;
      readonly last: number;
      readonly messages: number;
      readonly records: number;
      readonly rowsWritten: number;
      readonly conflicts: number;
    }
  | { readonly kind: 'problem'; readonly text: string };

/** An owner that is gone is replaced after this time. The service's own default is a minute. */
const OWNERSHIP_EXPIRES_MS = 5_000;
const BALANCE_EVERY_MS = 400;
const MAX_BATCH = 100;
const EARLIEST: EventPosition = { offset: '-1' };

function say(news: WorkerNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

/** The table, but for the death that is asked for. */
function mortal(store: TrafficStore, isDying: () => boolean): TrafficStore {
  return {
    ...store,
    saveRow: async (row, version) => {
      const isSaved = await store.saveRow(row, version);
      if (isSaved && isDying()) process.kill(process.pid, 'SIGKILL');
      return isSaved;
    },
  };
}

async function work({ hubs, storage, hub, container, dieFrom }: WorkerTask): Promise<void> {
  const table = createTrafficTable(openStorage(readSettings({ AzureWebJobsStorage: storage })), digest);
  let isDying = false;
  const store = mortal(table, () => isDying);
  const blobs = new ContainerClient(storage, container);
  await blobs.createIfNotExists();
  const client = new EventHubConsumerClient('$Default', hubs, hub, new BlobCheckpointStore(blobs), {
    retryOptions: { maxRetries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1_000, timeoutInMs: 15_000 },
    loadBalancingOptions: {
      strategy: 'balanced',
      updateIntervalInMs: BALANCE_EVERY_MS,
      partitionOwnershipExpirationIntervalInMs: OWNERSHIP_EXPIRES_MS,
    },
  });

  const count = async (events: readonly ReceivedEventData[], partition: string) => {
    const messages = events.map(({ body, sequenceNumber, enqueuedTimeUtc }) => ({
      body: body as Uint8Array,
      sequenceNumber,
      enqueuedAt: enqueuedTimeUtc.getTime(),
    }));
    // A batch that fails is done again: the next one must not come before it.
    for (;;) {
      try {
        return await readAccessLogBatch(store, messages, { hub, id: partition });
      } catch (error) {
        say({ kind: 'problem', text: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
        await sleep(200);
      }
    }
  };
  const subscription = client.subscribe(
    {
      processInitialize: async ({ partitionId }) => say({ kind: 'owns', partition: partitionId }),
      processClose: async (_reason, { partitionId }) => say({ kind: 'lost', partition: partitionId }),
      processError: async () => {
        // Taken over, or cut off: the client goes on by itself, and the counts tell whether it did.
      },
      processEvents: async (events, context) => {
        const last = events.at(-1);
        if (!last) return;
        isDying = dieFrom !== undefined && last.sequenceNumber >= dieFrom;
        const { messages, records, rowsWritten, conflicts } = await count(events, context.partitionId);
        await context.updateCheckpoint(last);
        const counts = { messages, records, rowsWritten, conflicts };
        say({ kind: 'batch', partition: context.partitionId, last: last.sequenceNumber, ...counts });
      },
    },
    { startPosition: EARLIEST, maxBatchSize: MAX_BATCH, maxWaitTimeInSeconds: 1, skipParsingBodyAsJson: true },
  );

  const leave = async () => {
    await subscription.close();
    await client.close();
    process.exit(0);
  };
  process.once('SIGTERM', () => void leave());
  process.once('disconnect', () => process.exit(0));
  process.send?.('ready');
}

if (import.meta.main) await work(JSON.parse(process.argv[2] ?? '{}') as WorkerTask);
