import type { CheckpointStore, PartitionOwnership } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import type { ContainerClient } from '@azure/storage-blob';
import type { PartitionScope } from './event-hub-trigger-data.ts';

/** Checkpoints and ownership in blobs, laid out as every Event Hubs client does. */
export interface Ownership extends CheckpointStore {
  /** Whether this host is the one that a partition belongs to. Rejects where the storage cannot be asked. */
  readonly owns: (scope: PartitionScope) => Promise<boolean>;
  /** Gives a partition up where it is this host's, so that anybody can claim it at once. */
  readonly abandon: (scope: PartitionScope) => Promise<void>;
}

/**
 * The checkpoint store of the Event Hubs client with one thing mended: it makes the first claim of a partition without
 * a condition, so that two hosts that start together would both get it.
 */
export function createOwnership(container: ContainerClient): Ownership {
  const blobs = new BlobCheckpointStore(container);
  let ownerId: string | undefined;

  const find = async ({ fullyQualifiedNamespace, eventHubName, consumerGroup, partitionId }: PartitionScope) => {
    const all = await blobs.listOwnership(fullyQualifiedNamespace, eventHubName, consumerGroup);
    return all.find((ownership) => ownership.partitionId === partitionId);
  };

  return {
    listOwnership: (...scope) => blobs.listOwnership(...scope),
    listCheckpoints: (...scope) => blobs.listCheckpoints(...scope),
    updateCheckpoint: (...checkpoint) => blobs.updateCheckpoint(...checkpoint),
    claimOwnership: async (claims, options) => {
      const claimed: PartitionOwnership[] = [];
      for (const claim of claims) {
        if (claim.ownerId !== '') ownerId = claim.ownerId;
        if (claim.etag === undefined) claimed.push(...(await claimFirst(container, claim)));
        else claimed.push(...(await blobs.claimOwnership([claim], options)));
      }
      return claimed;
    },
    owns: async (scope) => {
      const ownership = await find(scope);
      return ownerId !== undefined && ownership?.ownerId === ownerId;
    },
    abandon: async (scope) => {
      const ownership = await find(scope);
      if (ownerId === undefined || ownership?.ownerId !== ownerId) return;
      await blobs.claimOwnership([{ ...ownership, ownerId: '' }]);
    },
  };
}

/** Claims a partition that nobody owned before; nothing where somebody was faster. */
async function claimFirst(
  container: ContainerClient,
  claim: PartitionOwnership,
): Promise<readonly PartitionOwnership[]> {
  const path = [claim.fullyQualifiedNamespace, claim.eventHubName, claim.consumerGroup, 'ownership'].join('/');
  const blob = container.getBlockBlobClient(`${path.toLowerCase()}/${claim.partitionId}`);
  try {
    const { etag, lastModified } = await blob.upload('', 0, {
      metadata: { ownerid: claim.ownerId },
      conditions: { ifNoneMatch: '*' },
    });
    return [{ ...claim, etag, lastModifiedTimeInMs: lastModified?.getTime() }];
  } catch (error) {
    const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
    if (status === 409 || status === 412) return [];
    throw error;
  }
}
