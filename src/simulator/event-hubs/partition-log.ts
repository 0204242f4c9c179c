import { type Assigned, type OpenedMessage, type StampedMessage, stamp } from './amqp-message.ts';

/** Where a reader begins, as it asks for it. Offsets are texts that only this endpoint reads. */
export type StartPosition =
  | { readonly from: 'earliest' | 'latest' }
  | { readonly from: 'offset' | 'sequence-number'; readonly value: number; readonly isInclusive: boolean }
  | { readonly from: 'enqueued-time'; readonly atMs: number; readonly isInclusive: boolean };

export interface StoredEvent extends Assigned, StampedMessage {}

export interface PartitionCounts {
  readonly partition: string;
  /** Ever stored. */
  readonly events: number;
  readonly bytes: number;
  /** Gone because the partition was full, the oldest first. */
  readonly dropped: number;
  /** Of the oldest event that is still there; where there is none, of the next one. */
  readonly firstSequenceNumber: number;
  /** Of the newest event ever; -1 where there was none. */
  readonly lastSequenceNumber: number;
}

/**
 * One partition's events in memory, the newest that fit. Its events are counted by ordinals without gaps, which hold
 * through drops and through holes in the sequence numbers.
 */
export interface PartitionLog {
  readonly append: (message: OpenedMessage) => StoredEvent;
  /** Leaves a hole in the numbering, as if so many events had been lost. */
  readonly skipSequenceNumbers: (count: number) => void;
  readonly ordinalOf: (position: StartPosition) => number;
  /** Undefined where it is not stored yet, or dropped. */
  readonly at: (ordinal: number) => StoredEvent | undefined;
  readonly firstOrdinal: () => number;
  readonly last: () => Assigned | undefined;
  readonly counts: () => PartitionCounts;
}

export function createPartitionLog(partition: string, mostBytes: number, now: () => Date): PartitionLog {
  let kept: (StoredEvent | undefined)[] = [];
  /** Places of dropped events at the beginning of `kept`, which are cut off now and then rather than one by one. */
  let hidden = 0;
  let dropped = 0;
  let keptBytes = 0;
  let bytes = 0;
  let nextSequenceNumber = 0;
  let nextOffset = 0;
  let last: Assigned | undefined;

  const sizeOf = ({ head, rest }: StampedMessage) => head.length + rest.length;

  const dropOldest = () => {
    const oldest = kept[hidden];
    if (!oldest) return;
    keptBytes -= sizeOf(oldest);
    kept[hidden] = undefined;
    hidden += 1;
    dropped += 1;
    if (hidden < 1_024 || hidden * 2 < kept.length) return;
    kept = kept.slice(hidden);
    hidden = 0;
  };

  /** The first ordinal whose event fits; events fit from some point on. */
  const firstThat = (fits: (event: StoredEvent) => boolean): number => {
    let low = hidden;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const event = kept[middle];
      if (event && fits(event)) high = middle;
      else low = middle + 1;
    }
    return dropped - hidden + low;
  };

  const firstFrom = (read: (event: StoredEvent) => number, value: number, isInclusive: boolean) =>
    firstThat((event) => (isInclusive ? read(event) >= value : read(event) > value));

  return {
    append: (message) => {
      // A clock that is set back must not make times run backwards within a partition.
      const enqueuedAtMs = Math.max(now().getTime(), last?.enqueuedAtMs ?? 0);
      const assigned = { sequenceNumber: nextSequenceNumber, offset: String(nextOffset), enqueuedAtMs };
      const event = { ...assigned, ...stamp(message, assigned) };
      kept.push(event);
      last = assigned;
      nextSequenceNumber += 1;
      nextOffset += sizeOf(event);
      bytes += sizeOf(event);
      keptBytes += sizeOf(event);
      while (keptBytes > mostBytes && kept.length - hidden > 1) dropOldest();
      return event;
    },
    skipSequenceNumbers: (count) => {
      nextSequenceNumber += count;
    },
    ordinalOf: (position) => {
      switch (position.from) {
        case 'earliest':
          return dropped;
        case 'latest':
          return dropped - hidden + kept.length;
        // A position past the end begins at the end. The service refuses it, and can: it does not forget its events
        // when it restarts while the checkpoints of its readers stay.
        case 'offset':
          return firstFrom(({ offset }) => Number(offset), position.value, position.isInclusive);
        case 'sequence-number':
          return firstFrom(({ sequenceNumber }) => sequenceNumber, position.value, position.isInclusive);
        case 'enqueued-time':
          return firstFrom(({ enqueuedAtMs }) => enqueuedAtMs, position.atMs, position.isInclusive);
      }
    },
    at: (ordinal) => (ordinal < dropped ? undefined : kept[ordinal - dropped + hidden]),
    firstOrdinal: () => dropped,
    last: () => last,
    counts: () => ({
      partition,
      events: dropped - hidden + kept.length,
      bytes,
      dropped,
      firstSequenceNumber: kept[hidden]?.sequenceNumber ?? nextSequenceNumber,
      lastSequenceNumber: last?.sequenceNumber ?? -1,
    }),
  };
}
