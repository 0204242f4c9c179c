import type { Batch } from './batch.ts';
import { addLatency } from './latency.ts';
import type { Records } from './records.ts';
import { countMember, countPath, isFolded, openOutcome, positionAfter, type WindowRow } from './row.ts';
import { TIME_LIMITS, type TimeLimits } from './time-limits.ts';
import { isFailed, type Outcome } from './window.ts';

export { TIME_LIMITS, type TimeLimits };

const MINUTE_MS = 60_000;

/** A batch, sorted by the rows it touches. */
export interface RowPlan {
  readonly rows: readonly PlannedRow[];
  /** Records by row: row `n` has those from `from` to `to` of this list, in the order in which they came. */
  readonly order: Int32Array;
  /** Records that are too late or too early, by message. */
  readonly late: Int32Array;
}

export interface PlannedRow {
  readonly gateway: string;
  readonly minute: number;
  readonly from: number;
  readonly to: number;
}

/** Says which rows a batch touches, so that they can be read before anything is folded. A record without a time counts
 * in the minute in which its message arrived. */
export function planRows(batch: Batch, { lateMinutes, earlyMinutes }: TimeLimits = TIME_LIMITS): RowPlan {
  const { records, messages } = batch;
  const rowOf = new Int32Array(records.length);
  const late = new Int32Array(messages.length);
  const keys = new Map<number, number>();
  const found: { readonly gateway: number; readonly minute: number; count: number }[] = [];
  let [lastKey, lastRow] = [Number.NaN, 0];
  for (let index = 0; index < records.length; index += 1) {
    const message = records.message[index] as number;
    const arrived = Math.floor((messages[message]?.enqueuedAt ?? 0) / MINUTE_MS);
    const at = records.at[index] as number;
    const minute = Number.isNaN(at) ? arrived : Math.floor(at / MINUTE_MS);
    if (arrived - minute > lateMinutes || minute - arrived > earlyMinutes) {
      late[message] = (late[message] as number) + 1;
      rowOf[index] = -1;
      continue;
    }
    const gateway = records.gateway[index] as number;
    // Minutes since 1970 stay below 2^27 until the year 2225.
    const key = gateway * 2 ** 27 + minute;
    if (key !== lastKey) {
      lastKey = key;
      lastRow = keys.get(key) ?? found.length;
      if (lastRow === found.length) {
        keys.set(key, lastRow);
        found.push({ gateway, minute, count: 0 });
      }
    }
    rowOf[index] = lastRow;
    (found[lastRow] as { count: number }).count += 1;
  }

  const next = new Int32Array(found.length);
  const rows: PlannedRow[] = [];
  let from = 0;
  for (const [row, { gateway, minute, count }] of found.entries()) {
    rows.push({ gateway: records.gateways.name(gateway), minute, from, to: from + count });
    next[row] = from;
    from += count;
  }
  const order = new Int32Array(from);
  for (let index = 0; index < records.length; index += 1) {
    const row = rowOf[index] as number;
    if (row < 0) continue;
    const place = next[row] as number;
    order[place] = index;
    next[row] = place + 1;
  }
  return { rows, order, late };
}

/**
 * Folds the records that a batch has for a row into the row, except those of messages that it holds already. Returns
 * how many were folded: where that is none, the row need not be written.
 */
export function foldRow(row: WindowRow, batch: Batch, { order }: RowPlan, { from, to }: PlannedRow): number {
  const { records, messages } = batch;
  const tallies: (Tally | undefined)[] = new Array(TALLIES);
  let { folded } = row;
  let count = 0;
  let [message, isKnown] = [-1, false];
  for (let place = from; place < to; place += 1) {
    const index = order[place] as number;
    if (records.message[index] !== message) {
      message = records.message[index] as number;
      const position = messages[message];
      isKnown = position === undefined || isFolded(folded, position);
      if (position && !isKnown) folded = positionAfter(folded, position);
    }
    if (isKnown) continue;
    count += 1;
    addRecord(row, records, index, tallies);
  }
  for (const tally of tallies) if (tally) flush(row, records, tally);
  row.folded = folded;
  return count;
}

/**
 * Requests that agree in everything counted. Names are still numbers here: the texts, and the maps by text, come in only
 * where a tally ends. Tallies lie in a small table by their hash, and one that is in the way of another ends.
 */
interface Tally {
  readonly pool: number;
  readonly setting: number;
  readonly status: number;
  readonly serverStatus: number;
  readonly error: number;
  readonly member: number;
  readonly outcome: Outcome | undefined;
  count: number;
  firstAt: number;
  lastAt: number;
}

const TALLIES = 256;

function addRecord(row: WindowRow, records: Records, index: number, tallies: (Tally | undefined)[]): void {
  const tally = tallyOf(row, records, index, tallies);
  tally.count += 1;
  const at = records.at[index] as number;
  if (at < tally.firstAt) tally.firstAt = at;
  if (at > tally.lastAt) tally.lastAt = at;
  const { outcome } = tally;
  if (!outcome) return;
  const timeTaken = records.timeTaken[index] as number;
  if (timeTaken >= 0) addLatency(outcome.timeTaken, timeTaken);
  const sentBytes = records.sentBytes[index] as number;
  if (sentBytes > 0) outcome.sentBytes += sentBytes;
  const receivedBytes = records.receivedBytes[index] as number;
  if (receivedBytes > 0) outcome.receivedBytes += receivedBytes;
  if (isFailed(tally)) countPath(row, outcome, records.paths.name(records.path[index] as number));
}

function tallyOf(row: WindowRow, records: Records, index: number, tallies: (Tally | undefined)[]): Tally {
  const pool = records.pool[index] as number;
  const setting = records.setting[index] as number;
  const status = records.status[index] as number;
  const serverStatus = records.serverStatus[index] as number;
  const error = records.error[index] as number;
  const member = records.member[index] as number;
  const hash = Math.imul(pool * 31 + setting * 7 + status * 5 + serverStatus * 3 + error * 13 + member, 0x9e3779b1);
  const place = hash >>> 24;
  const known = tallies[place];
  if (
    known !== undefined &&
    known.member === member &&
    known.pool === pool &&
    known.setting === setting &&
    known.status === status &&
    known.serverStatus === serverStatus &&
    known.error === error
  )
    return known;
  if (known) flush(row, records, known);
  const [poolName, settingName] = [records.pools.name(pool), records.settings.name(setting)];
  const outcome = openOutcome(row, poolName, settingName, status, serverStatus, records.errors.name(error));
  const tally: Tally = {
    pool,
    setting,
    status,
    serverStatus,
    error,
    member,
    outcome,
    count: 0,
    firstAt: Number.POSITIVE_INFINITY,
    lastAt: Number.NEGATIVE_INFINITY,
  };
  tallies[place] = tally;
  return tally;
}

function flush(row: WindowRow, records: Records, tally: Tally): void {
  const { outcome, count, member, status, firstAt, lastAt } = tally;
  if (outcome) {
    outcome.count += count;
    countMember(row, outcome, records.members.name(member), { requests: count, firstAt, lastAt });
    return;
  }
  const { requests, failed } = row.rest;
  row.rest = { requests: requests + count, failed: failed + (isFailed({ status }) ? count : 0) };
}
