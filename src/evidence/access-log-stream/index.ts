import { requestsIn, type StreamGaps, type StreamTraffic, type TrafficGroup } from '../../core/traffic.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { isObject, numberOf, present, textOf } from '../json.ts';
import { isoOf, timeOf } from '../time.ts';

/** What the event hub has brought of the access log, counted as it came. Written by this program alone. */
export const accessLogStream = {
  name: 'access-log-stream',
  title: 'Access log by stream',
  isFirst: true,
  recognise: (document) => isObject(document) && document.schema === SCHEMA,
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

const SCHEMA = 'appgw-triage/access-log-stream@1';
/** What is written is smaller; a file from elsewhere may hold anything. */
const MAX_GROUPS = 2_000;
const MAX_MINUTES = 2_880;
const MAX_PATHS = 20;
const MAX_SILENT = 100;
const MAX_NAME_LENGTH = 253;

type Json = Readonly<Record<string, unknown>>;

function read(documents: readonly unknown[]): ReadResult {
  const document = documents.filter(isObject).find(({ schema }) => schema === SCHEMA);
  if (!document)
    return { state: 'failed', reason: 'the document does not have the shape of counts of a stream', reading: {} };
  const stream = streamIn(document);
  if (stream.minutes.length === 0 && requestsIn(stream.groups) === 0)
    return { state: 'empty', reason: 'the stream has brought no request of the gateway in the time read', reading: {} };
  return { state: 'ok', reading: { stream } };
}

function streamIn(document: Json): StreamTraffic {
  const gaps = gapsIn(document.gaps);
  const { silent: _silent, ...counts } = gaps;
  const minutes = objectsIn(document.minutes, MAX_MINUTES)
    .flatMap(({ at, requests, failed }) => {
      const time = timeOf(at);
      return time === undefined ? [] : [{ at: isoOf(time), requests: countOf(requests), failed: countOf(failed) }];
    })
    .toSorted((left, right) => (left.at < right.at ? -1 : 1));
  return {
    ...present({ from: timeIn(document.from), to: timeIn(document.to) }),
    groups: objectsIn(document.groups, MAX_GROUPS).flatMap(groupIn),
    minutes,
    unread: Object.values(counts).reduce((sum, count) => sum + count, 0),
    failingPaths: objectsIn(document.paths, MAX_PATHS).flatMap(({ path, failed }) =>
      typeof path === 'string' && path !== '' ? [{ path, failed: countOf(failed) }] : [],
    ),
    failedElsewhere: countOf(document.otherPaths),
    gaps,
  };
}

function groupIn(group: Json): readonly TrafficGroup[] {
  const status = numberOf(group.status);
  if (status === undefined || !Number.isInteger(status)) return [];
  return [
    present<TrafficGroup>({
      pool: nameIn(group.pool),
      setting: nameIn(group.setting),
      member: nameIn(group.member),
      status,
      serverStatus: numberOf(group.serverStatus),
      errorInfo: nameIn(group.errorInfo),
      count: countOf(group.count),
      timeTaken: spreadIn(group.timeTaken),
      firstAt: timeIn(group.firstAt),
      lastAt: timeIn(group.lastAt),
      transactionIds: [],
    }),
  ];
}

function spreadIn(value: unknown): TrafficGroup['timeTaken'] {
  if (!isObject(value)) return undefined;
  const [min, p50, p95, max] = [value.min, value.p50, value.p95, value.max].map(numberOf);
  if (min === undefined || p50 === undefined || p95 === undefined || max === undefined) return undefined;
  return { min, p50, p95, max };
}

function gapsIn(value: unknown): StreamGaps {
  const gaps = isObject(value) ? value : {};
  const silent = Array.isArray(gaps.silent) ? gaps.silent : [];
  return {
    missing: countOf(gaps.missing),
    unreadable: countOf(gaps.unreadable),
    unread: countOf(gaps.unread),
    late: countOf(gaps.late),
    noRoom: countOf(gaps.noRoom),
    silent: silent.slice(0, MAX_SILENT).flatMap((partition) => nameIn(partition) ?? []),
  };
}

function objectsIn(value: unknown, most: number): readonly Json[] {
  return Array.isArray(value) ? value.slice(0, most).filter(isObject) : [];
}

function countOf(value: unknown): number {
  const count = numberOf(value);
  return count === undefined || !(count > 0) ? 0 : Math.min(Math.floor(count), Number.MAX_SAFE_INTEGER);
}

function nameIn(value: unknown): string | undefined {
  return textOf(value)?.slice(0, MAX_NAME_LENGTH);
}

function timeIn(value: unknown): string | undefined {
  const time = timeOf(value);
  return time === undefined ? undefined : isoOf(time);
}
