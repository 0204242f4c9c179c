import type { OpenedMessage } from './amqp-message.ts';
import { partitionOfKey } from './partition-key.ts';
import { createPartitionLog, type PartitionCounts, type PartitionLog, type StoredEvent } from './partition-log.ts';
import { createReaderGroup, type ReaderGroup } from './reader-group.ts';

export interface HubOptions {
  readonly name: string;
  readonly partitions: number;
  /** Besides `$Default`, which every hub has. */
  readonly consumerGroups?: readonly string[];
}

export interface Partition {
  readonly id: string;
  readonly log: PartitionLog;
  /** Stores a message and tells every reader. */
  readonly append: (message: OpenedMessage) => StoredEvent;
  /** Undefined where the hub has no such consumer group. */
  readonly readers: (consumerGroup: string) => ReaderGroup | undefined;
}

export interface Hub {
  readonly name: string;
  readonly createdAt: Date;
  readonly partitions: readonly Partition[];
  readonly partition: (id: string) => Partition | undefined;
  /** Where the service puts what is sent to the hub: by key, or in turn. */
  readonly choose: (partitionKey: string | undefined) => Partition;
  readonly counts: () => HubCounts;
}

export interface HubCounts {
  readonly hub: string;
  readonly partitions: readonly PartitionCounts[];
}

/** The service's own bound for a namespace without dedicated capacity. */
const MOST_PARTITIONS = 32;
/** The readers that a consumer group of one partition may have when none of them claims it. */
const MOST_READERS = 5;

/** Throws one sentence where a hub cannot be. */
export function createHub(
  { name, partitions: count, consumerGroups = [] }: HubOptions,
  surroundings: Surroundings,
): Hub {
  const { mostBytesPerPartition, now } = surroundings;
  if (!/^[a-z0-9][a-z0-9._-]{0,255}$/i.test(name)) throw new Error(`"${name}" is no name of an event hub.`);
  if (!Number.isInteger(count) || count < 1 || count > MOST_PARTITIONS) {
    throw new Error(`The event hub "${name}" has to have 1 to ${MOST_PARTITIONS} partitions.`);
  }
  const groupNames = ['$Default', ...consumerGroups].map((group) => group.toLowerCase());
  const partitions = Array.from({ length: count }, (_, index) => {
    const log = createPartitionLog(String(index), mostBytesPerPartition, now);
    const groups = new Map(groupNames.map((group) => [group, createReaderGroup(MOST_READERS)]));
    return {
      id: String(index),
      log,
      append: (message: OpenedMessage) => {
        const event = log.append(message);
        for (const group of groups.values()) group.wake();
        return event;
      },
      readers: (consumerGroup: string) => groups.get(consumerGroup.toLowerCase()),
    } satisfies Partition;
  });
  const byId = new Map(partitions.map((partition) => [partition.id, partition]));
  let turn = 0;
  const at = (index: number): Partition => {
    const partition = partitions[index % count];
    if (!partition) throw new Error('A hub has at least one partition.');
    return partition;
  };

  return {
    name,
    createdAt: now(),
    partitions,
    partition: (id) => byId.get(id),
    choose: (partitionKey) => {
      if (partitionKey !== undefined) return at(partitionOfKey(partitionKey, count));
      turn += 1;
      return at(turn - 1);
    },
    counts: () => ({ hub: name, partitions: partitions.map(({ log }) => log.counts()) }),
  };
}

interface Surroundings {
  readonly mostBytesPerPartition: number;
  readonly now: () => Date;
}
