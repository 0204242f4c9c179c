import type { Storage } from './storage.ts';
import { DEAD_LETTER_CONTAINER } from './traffic-table.ts';

/** A message of the access-log stream that could not be read, as it lies in the storage. */
export interface StreamLetter {
  readonly name: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly enqueuedAt?: string;
  readonly sizeBytes: number;
}

export interface StreamLetters {
  /** Those of the hub, oldest first in each partition. */
  readonly letters: readonly StreamLetter[];
  /** How many are of other hubs. */
  readonly ofOthers: number;
  /** Whether there are more than were listed. */
  readonly isCut: boolean;
}

/** A list of this length is a few megabytes; the next run takes the rest. */
const MAX_LISTED = 10_000;

/**
 * The letters of an event hub. They are listed before any is sent, because a message that still cannot be read comes back
 * as a new letter, and would be sent round and round.
 */
export async function listStreamLetters(storage: Storage, hub: string): Promise<StreamLetters> {
  const container = await storage.container(DEAD_LETTER_CONTAINER);
  const letters: StreamLetter[] = [];
  let ofOthers = 0;
  for await (const { name, metadata = {}, properties } of container.listBlobsFlat({ includeMetadata: true })) {
    if (metadata.hub?.toLowerCase() !== hub.toLowerCase()) {
      ofOthers += 1;
      continue;
    }
    if (letters.length === MAX_LISTED) return { letters, ofOthers, isCut: true };
    const { reason = 'unknown', enqueuedat: enqueuedAt } = metadata;
    letters.push({ name, reason, enqueuedAt, sizeBytes: properties.contentLength ?? 0 });
  }
  return { letters, ofOthers, isCut: false };
}

/** Undefined where somebody else has taken it meanwhile. */
export async function readStreamLetter(storage: Storage, name: string): Promise<Uint8Array | undefined> {
  const container = await storage.container(DEAD_LETTER_CONTAINER);
  try {
    return await container.getBlobClient(name).downloadToBuffer();
  } catch (error) {
    if ((error as { statusCode?: unknown }).statusCode === 404) return undefined;
    throw error;
  }
}

export async function deleteStreamLetter(storage: Storage, name: string): Promise<void> {
  const container = await storage.container(DEAD_LETTER_CONTAINER);
  await container.getBlobClient(name).deleteIfExists();
}
