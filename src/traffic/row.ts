import {
  addMember,
  isFailed,
  type MemberCount,
  type MinuteWindow,
  newOutcome,
  newWindow,
  type Outcome,
  outcomeKey,
  targetKey,
} from './window.ts';

/**
 * One row of the store: the window of one gateway in one minute, as far as one partition of the event hub has brought it.
 *
 * Why these rows. A partition has one reader at a time, so a row has one writer at a time, and readers of different
 * partitions never contend. What a batch touches is bounded: its gateways times its minutes, and minutes reach only from
 * the limit for late records to that for early ones. A row for each pool and setting would have no such bound, and a row
 * for all gateways would grow with them past the size of a row, and make a look at one gateway read all of them.
 *
 * Why a row carries the sequence number. The rows of a batch are written one by one, and the process can die between two
 * writes. What comes again is then folded into the rows that miss it and passed over by those that have it, because each
 * row says itself up to where it has folded: rows do not depend on one another, and no order of writes can lose or double
 * a record. It holds for a reader that lost its partition without noticing as well: its write fails on the ETag, and after
 * reading the row again it finds its messages folded. What it takes is that a reader folds in the order of sequence
 * numbers and writes all rows of a batch before it goes on to the next. The ledger of the partition is written last.
 *
 * How large a row gets: see the bounds below; a row is at most 0.9 MB of text, and typically 5 to 20 KB.
 */
export interface WindowRow extends MinuteWindow {
  /** The partition of the event hub. */
  readonly partition: string;
  /** The last message folded in; undefined where none has been. */
  folded: Position | undefined;
  /** What the names in the row take, in bytes of JSON, and how many outcomes there are. */
  nameBytes: number;
  outcomeCount: number;
}

/** A place in a partition. */
export interface Position {
  readonly sequenceNumber: number;
  /** The latest time of arrival so far, milliseconds since 1970. */
  readonly enqueuedAt: number;
}

/**
 * Whether a message was folded before. Numbers start again where an event hub is deleted and made anew: what arrived
 * later than everything before it, under a lower number, belongs to the new one.
 */
export function isFolded(position: Position | undefined, message: Position): boolean {
  if (position === undefined || message.sequenceNumber > position.sequenceNumber) return false;
  return message.enqueuedAt <= position.enqueuedAt;
}

export function positionAfter(position: Position | undefined, { sequenceNumber, enqueuedAt }: Position): Position {
  return { sequenceNumber, enqueuedAt: Math.max(enqueuedAt, position?.enqueuedAt ?? 0) };
}

/** Each outcome takes up to 3.3 KB, most of it for its latencies. */
const MAX_OUTCOMES = 200;
/** The failures keep some room for themselves, whatever else comes in. */
const MAX_OUTCOMES_THAT_SUCCEEDED = 120;
/** For the names of pools, settings, errors, members and paths together. */
const MAX_NAME_BYTES = 200_000;
/** A page shows three paths, and those that fail most come early. */
const MAX_PATHS = 20;

export function newRow(gateway: string, minute: number, partition: string): WindowRow {
  return { ...newWindow(gateway, minute), partition, folded: undefined, nameBytes: 0, outcomeCount: 0 };
}

/** The outcome of this name; undefined where it has no room. */
export function openOutcome(
  row: WindowRow,
  pool: string,
  setting: string,
  status: number,
  serverStatus: number,
  errorInfo: string,
): Outcome | undefined {
  const key = outcomeKey(status, serverStatus, errorInfo);
  const target = row.targets.get(targetKey(pool, setting));
  const known = target?.outcomes.get(key);
  if (known) return known;
  if (row.outcomeCount >= (isFailed({ status }) ? MAX_OUTCOMES : MAX_OUTCOMES_THAT_SUCCEEDED)) return undefined;
  if (!takeRoom(row, errorInfo, ...(target ? [] : [pool, setting]))) return undefined;
  const opened = target ?? { pool, setting, outcomes: new Map<string, Outcome>() };
  row.targets.set(targetKey(pool, setting), opened);
  const outcome = newOutcome(status, serverStatus, errorInfo);
  opened.outcomes.set(key, outcome);
  row.outcomeCount += 1;
  return outcome;
}

export function countMember(row: WindowRow, outcome: Outcome, member: string, count: MemberCount): void {
  const known = outcome.members.get(member);
  if (known === undefined && !takeRoom(row, member)) outcome.otherMembers += count.requests;
  else outcome.members.set(member, addMember(known, count));
}

export function countPath(row: WindowRow, outcome: Outcome, path: string): void {
  const known = outcome.paths.get(path);
  const hasRoom = known !== undefined || (outcome.paths.size < MAX_PATHS && takeRoom(row, path));
  if (hasRoom) outcome.paths.set(path, (known ?? 0) + 1);
  else outcome.otherPaths += 1;
}

function takeRoom(row: WindowRow, ...names: readonly string[]): boolean {
  const bytes = names.reduce((sum, name) => sum + bytesOf(name), 0);
  if (row.nameBytes + bytes > MAX_NAME_BYTES) return false;
  row.nameBytes += bytes;
  return true;
}

/** What a name takes in JSON at most, with its quotes, commas, count and times. */
export function bytesOf(name: string): number {
  let bytes = 32;
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    bytes += code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c ? 1 : 6;
  }
  return bytes;
}
