import type { Batch } from './batch.ts';
import type { RowPlan } from './fold.ts';
import { isFolded, type Position, positionAfter } from './row.ts';

/**
 * What one partition of the event hub has brought and what it has not: one row of the store a partition, written after
 * the windows of a batch. Where the process dies before, the batch comes again, and each part is passed over that
 * has it.
 */
export interface PartitionLedger {
  readonly partition: string;
  /** The last message seen. */
  readonly seen: Position | undefined;
  /** How many messages there were, and when numbers began anew because the hub did. */
  readonly messages: number;
  readonly restarts: number;
  /** By the minute in which the messages arrived, oldest first; minutes without a loss have no entry. */
  readonly losses: readonly MinuteLoss[];
}

/** What keeps the counts of about this minute from being complete. */
export interface MinuteLoss {
  /** Minutes since 1970. */
  readonly minute: number;
  /** Messages whose numbers were passed over. */
  readonly missing: number;
  /** Messages that could not be read at all: they are with the dead letters. */
  readonly unreadable: number;
  /** Records that could not be read. */
  readonly unread: number;
  /** Records that came too late, or with a time that cannot be, to be counted by their minute. */
  readonly late: number;
}

/** Incidents look back an hour or two. */
const MAX_LOSSES = 240;

export function newLedger(partition: string): PartitionLedger {
  return { partition, seen: undefined, messages: 0, restarts: 0, losses: [] };
}

/** Enters a batch, except the messages that were entered before. */
export function foldLedger(ledger: PartitionLedger, { messages }: Batch, { late }: RowPlan): PartitionLedger {
  let { seen, restarts } = ledger;
  let count = 0;
  const losses = new Map(ledger.losses.map((loss) => [loss.minute, loss]));
  for (const [index, message] of messages.entries()) {
    if (isFolded(seen, message)) continue;
    const step = seen === undefined ? 1 : message.sequenceNumber - seen.sequenceNumber;
    if (step < 1) restarts += 1;
    addLoss(losses, {
      minute: Math.floor(message.enqueuedAt / 60_000),
      missing: Math.max(0, step - 1),
      unreadable: message.unreadable === undefined ? 0 : 1,
      unread: message.unread,
      late: late[index] ?? 0,
    });
    seen = positionAfter(seen, message);
    count += 1;
  }
  const kept = [...losses.values()].toSorted((left, right) => left.minute - right.minute).slice(-MAX_LOSSES);
  return { ...ledger, seen, restarts, messages: ledger.messages + count, losses: kept };
}

function addLoss(losses: Map<number, MinuteLoss>, loss: MinuteLoss): void {
  if (sumOf(loss) === 0) return;
  const known = losses.get(loss.minute);
  losses.set(loss.minute, known ? add(known, loss) : loss);
}

function add(left: MinuteLoss, right: MinuteLoss): MinuteLoss {
  return {
    minute: left.minute,
    missing: left.missing + right.missing,
    unreadable: left.unreadable + right.unreadable,
    unread: left.unread + right.unread,
    late: left.late + right.late,
  };
}

/** At least how many records are not counted: a message holds at least one. */
function sumOf({ missing, unreadable, unread, late }: MinuteLoss): number {
  return missing + unreadable + unread + late;
}

/** At least how many records these minutes miss, both included. Whose they were is not known. */
export function lostBetween(ledgers: readonly PartitionLedger[], fromMinute: number, toMinute: number): number {
  return ledgers
    .flatMap(({ losses }) => losses)
    .filter(({ minute }) => minute >= fromMinute && minute <= toMinute)
    .reduce((sum, loss) => sum + sumOf(loss), 0);
}

/** Partitions whose last message is this much older than that of another: logs are spread over all of them. */
export function silentPartitions(ledgers: readonly PartitionLedger[], quietMs: number): readonly string[] {
  const latest = Math.max(...ledgers.map(({ seen }) => seen?.enqueuedAt ?? 0));
  return ledgers
    .filter(({ seen }) => latest - (seen?.enqueuedAt ?? 0) > quietMs && latest > 0)
    .map(({ partition }) => partition);
}
