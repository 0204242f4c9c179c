import { setTimeout as sleep } from 'node:timers/promises';
import type { EventDataBatch, EventHubProducerClient } from '@azure/event-hubs';
import type { EventHubPlace } from '../sinks/sink.ts';
import { createCredential } from './azure-clients.ts';
import { hubProblemOf, isLasting } from './event-hub-problem.ts';
import type { Settings } from './settings.ts';

/** Messages that go out together, as many as one transfer takes. */
export interface HubBatch {
  /** Adds a message; false where it has no room, which for an empty batch means that it is too large for the hub. */
  readonly tryAdd: (bytes: Uint8Array) => boolean;
  /**
   * Rejects where the hub did not confirm. Then it can hold the batch or not: a connection that breaks behind the
   * transfer takes the confirmation with it.
   */
  readonly send: () => Promise<void>;
}

export interface HubWriter {
  readonly openBatch: () => Promise<HubBatch>;
  /** Rejects never; a connection that does not close in time is left. */
  readonly close: () => Promise<void>;
}

/** One attempt each; it is repeated here, and only where nothing can have arrived. */
const RETRY = { maxRetries: 0, retryDelayInMs: 1, timeoutInMs: 30_000 };
const CLOSE_WITHIN_MS = 3_000;
/** A throttled namespace takes more again within a second: its units are counted by it. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000] as const;

/** Rejects with the client's error where the hub cannot be written to. */
export async function openHubWriter(
  place: EventHubPlace,
  settings: Pick<Settings, 'AZURE_CLIENT_ID'>,
  pausesMs: readonly number[] = PAUSES_MS,
): Promise<HubWriter> {
  const { EventHubProducerClient: Client } = await import('@azure/event-hubs');
  const options = { retryOptions: RETRY };
  const client: EventHubProducerClient =
    'connectionString' in place
      ? new Client(place.connectionString, place.eventHub, options)
      : new Client(place.namespace, place.eventHub, await createCredential(settings), options);
  const withPauses = async <Result>(work: () => Promise<Result>, mayRepeat: (error: unknown) => boolean) => {
    for (const pauseMs of pausesMs) {
      try {
        return await work();
      } catch (error) {
        if (!mayRepeat(error)) throw error;
        await sleep(pauseMs);
      }
    }
    return work();
  };
  return {
    openBatch: async () => {
      const batch = await withPauses(
        () => client.createBatch(),
        (error) => !isLasting(hubProblemOf(error)),
      );
      return {
        tryAdd: (bytes) => batch.tryAdd({ body: toBuffer(bytes) }),
        send: () => withPauses(() => sendBatch(client, batch), isRefusedForNow),
      };
    },
    close: async () => {
      const waiting = new AbortController();
      const closing = client.close().catch(() => {});
      await Promise.race([closing, sleep(CLOSE_WITHIN_MS, undefined, { signal: waiting.signal }).catch(() => {})]);
      waiting.abort();
    },
  };
}

function sendBatch(client: EventHubProducerClient, batch: EventDataBatch): Promise<void> {
  return client.sendBatch(batch);
}

/** A throttled hub says that it did not take the batch. After a broken connection nobody knows. */
function isRefusedForNow(error: unknown): boolean {
  return hubProblemOf(error) === 'throttled';
}

/** The client sends anything but a buffer as a value of another kind, which readers see as something else. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
