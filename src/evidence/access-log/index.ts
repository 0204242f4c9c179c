import type { Traffic, TrafficMinute } from '../../core/traffic.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { present } from '../json.ts';
import { holdsRows, partialErrorIn, rowsIn } from '../log-rows.ts';
import { isoOf } from '../time.ts';
import { addRow, closeGroups, type Groups, greatest, least, newGroups } from './groups.ts';
import { SUMMARY_ROWS } from './query.ts';
import { isInternal, type MinuteRow, readAccessRow, readMinuteRow } from './row.ts';

/** What clients asked for and what they were answered. Query strings and client addresses are never kept. */
export const accessLog = {
  name: 'access-log',
  title: 'Access log',
  isFirst: true,
  recognise: (document) => holdsRows(document, 'access'),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

const MINUTE_MS = 60_000;
/** A fortnight of minutes. Requests beyond it still count, but not by the minute. */
const MAX_MINUTES = 20_160;

/** What is known while the rows go by. */
interface Tally {
  readonly groups: Groups;
  readonly minutes: Map<number, { requests: number; failed: number }>;
  rows: number;
  summaryRows: number;
  unread: number;
  from?: number;
  to?: number;
}

function read(documents: readonly unknown[]): ReadResult {
  const tally: Tally = { groups: newGroups(), minutes: new Map(), rows: 0, summaryRows: 0, unread: 0 };
  for (const document of documents) {
    const before = tally.summaryRows;
    const minutes = readDocument(document, tally);
    // Where the query cut the summary off, the minutes (which are complete) tell how many requests are missing.
    if (tally.summaryRows - before >= SUMMARY_ROWS) tally.unread += cutOff(tally, minutes);
  }
  const error = documents.map(partialErrorIn).find((code) => code !== undefined);
  if (error !== undefined) tally.unread += 1;
  if (!documents.some((document) => holdsRows(document, 'access')))
    return { state: 'failed', reason: 'the answer does not have the shape of an access log', reading: {} };
  const partly = error === undefined ? undefined : `the log query was answered only in part (${error})`;
  if (tally.rows === 0)
    return tally.unread > 0
      ? { state: 'failed', reason: partly ?? 'none of the access-log records could be read', reading: {} }
      : { state: 'empty', reason: 'the access log holds no request in the time that was read', reading: {} };
  return present<ReadResult>({ state: 'ok', reason: partly, reading: { traffic: close(tally) } });
}

/** Reads one document's rows into the tally, and returns those of its minutes' summary. */
function readDocument(document: unknown, tally: Tally): readonly MinuteRow[] {
  const minuteRows: MinuteRow[] = [];
  for (const fields of rowsIn(document, 'access')) {
    if (fields !== undefined && isInternal(fields)) continue;
    const minute = fields && readMinuteRow(fields);
    if (minute) {
      minuteRows.push(minute);
      addMinute(tally, minute.at, minute.requests, minute.failed);
      continue;
    }
    const row = fields && readAccessRow(fields);
    if (!row) {
      tally.unread += 1;
      continue;
    }
    tally.rows += 1;
    if (row.spreads) tally.summaryRows += 1;
    else if (row.lastAt !== undefined)
      addMinute(tally, row.lastAt, row.count, row.key.status === 502 || row.key.status === 504 ? row.count : 0);
    tally.from = least(tally.from, row.firstAt);
    tally.to = greatest(tally.to, row.lastAt);
    addRow(tally.groups, row);
  }
  return minuteRows;
}

function cutOff(tally: Tally, minutes: readonly MinuteRow[]): number {
  const total = minutes.reduce((sum, minute) => sum + minute.requests, 0);
  const counted = [...tally.groups.open.values()].reduce((sum, group) => sum + group.count, 0);
  // At the bound, "nothing is missing" would be a claim; without the minutes' help at least one request is.
  return Math.max(1, total - counted);
}

function addMinute(tally: Tally, time: number, requests: number, failed: number): void {
  const at = Math.floor(time / MINUTE_MS) * MINUTE_MS;
  const minute = tally.minutes.get(at);
  if (minute) {
    minute.requests += requests;
    minute.failed += failed;
    return;
  }
  if (tally.minutes.size < MAX_MINUTES) tally.minutes.set(at, { requests, failed });
}

function close(tally: Tally): Traffic {
  const minutes: readonly TrafficMinute[] = [...tally.minutes]
    .toSorted(([left], [right]) => left - right)
    .map(([at, minute]) => ({ at: isoOf(at), ...minute }));
  return present<Traffic>({
    from: tally.from === undefined ? undefined : isoOf(tally.from),
    to: tally.to === undefined ? undefined : isoOf(tally.to),
    groups: closeGroups(tally.groups),
    unread: tally.unread + tally.groups.leftOut,
    minutes,
  });
}
