import type { EvidenceSummary } from './evidence.ts';
import type { Readings } from './readings.ts';
import { isGatewayError, requestsIn, type StreamGaps, type StreamTraffic, type Traffic } from './traffic.ts';

/** How many clients saw errors. */
export interface Impact {
  /** One sentence or two with their numbers, or why they are not known. */
  readonly sentence: string;
  readonly failed?: number;
  readonly requests?: number;
  /** First and last failure, ISO 8601. */
  readonly since?: string;
  readonly until?: string;
  /** Whether requests still fail as far as the newest record tells; absent where it tells neither. */
  readonly isGoingOn?: boolean;
  /** The paths on which most of them failed; empty where they are not known. */
  readonly paths?: readonly FailingPath[];
}

export interface FailingPath {
  readonly path: string;
  readonly failed: number;
}

/** How many paths a message names. */
const MAX_PATHS = 3;
/** The stream is as good a witness of the beginning where it begins no later than this after the log's first failure. */
const LATER_START_MS = 60_000;
/** Requests that fail in this time before the newest record fail still. */
const STILL_MINUTES = 2;
/** A newest record that is older than this, seen from the reading, says nothing about now. */
const FRESH_MINUTES = 15;

/**
 * The stream counts up to the minute and every request once, so it is believed first; the log of the workspace where
 * there is no stream, or where the stream began after the trouble did. Never both: they count the same requests.
 */
export function impactOf(readings: Readings): Impact {
  const { traffic, stream, evidence, takenAt } = readings;
  const counted = stream && tellsMore(stream, traffic) ? stream : traffic;
  if (!counted) return { sentence: `How many clients see errors is not known: ${whyNoTraffic(evidence)}` };
  const lowerBound = counted === stream ? gapsOf(stream.gaps) : unreadOf(counted);
  const requests = requestsCounted(counted);
  const failing = counted.groups.filter(isGatewayError);
  const failed = failuresCounted(counted);
  const span = counted.from && counted.to ? ` between ${clock(counted.from)} and ${clock(counted.to)} UTC` : '';
  if (failed === 0) {
    return { sentence: `None of ${requests} requests${span} was answered 502 or 504${lowerBound}.`, failed, requests };
  }
  const since = earliest(failing.map((group) => group.firstAt));
  const until = latest(failing.map((group) => group.lastAt));
  const period = since && until ? `, the first at ${clock(since)}, the last at ${clock(until)}` : '';
  const share = requests === 0 ? '' : ` (${percent(failed / requests)})`;
  const paths = counted === stream ? stream.failingPaths : pathsOf(failing);
  const isGoingOn = goesOn(counted, takenAt);
  const sentence = [
    `${failed} of ${requests} requests${share}${span} were answered 502 or 504${period}${lowerBound}.`,
    ...wordsOfPaths(paths, failed),
    ...(isGoingOn === undefined ? [] : [isGoingOn ? 'It goes on.' : 'Requests fail no more.']),
  ].join(' ');
  return { sentence, failed, requests, since, until, ...(isGoingOn === undefined ? {} : { isGoingOn }), paths };
}

function tellsMore(stream: StreamTraffic, log: Traffic | undefined): boolean {
  if (requestsCounted(stream) === 0) return false;
  const firstLogged = earliest((log?.groups ?? []).filter(isGatewayError).map((group) => group.firstAt));
  const begins = stream.minutes[0]?.at ?? stream.from;
  if (firstLogged === undefined || begins === undefined) return true;
  return Date.parse(begins) <= Date.parse(firstLogged) + LATER_START_MS;
}

/** By the minutes where they are known: they count what groups have no room for as well. */
function requestsCounted({ groups, minutes }: Traffic): number {
  return Math.max(
    requestsIn(groups),
    minutes.reduce((sum, minute) => sum + minute.requests, 0),
  );
}

function failuresCounted({ groups, minutes }: Traffic): number {
  return Math.max(
    requestsIn(groups.filter(isGatewayError)),
    minutes.reduce((sum, minute) => sum + minute.failed, 0),
  );
}

function unreadOf({ unread }: Traffic): string {
  return unread > 0 ? ` (a lower bound: ${unread} records could not be read)` : '';
}

/** What is missing from the counts of a stream, so that nobody takes them for more than they are. */
function gapsOf({ missing, unreadable, unread, late, noRoom, silent }: StreamGaps): string {
  const parts = [
    counted(missing, 'message never came', 'messages never came'),
    counted(unreadable, 'message could not be read', 'messages could not be read'),
    counted(unread, 'record could not be read', 'records could not be read'),
    counted(late, 'record came too late', 'records came too late'),
    counted(noRoom, 'request found no room in the details', 'requests found no room in the details'),
    counted(silent.length, 'partition brings nothing', 'partitions bring nothing'),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (a lower bound: ${parts.join(', ')})`;
}

function counted(count: number, one: string, many: string): string {
  if (count === 0) return '';
  return `${count} ${count === 1 ? one : many}`;
}

function pathsOf(failing: Traffic['groups']): readonly FailingPath[] {
  const counts = new Map<string, number>();
  for (const { path, count } of failing) if (path !== undefined) counts.set(path, (counts.get(path) ?? 0) + count);
  return [...counts]
    .map(([path, failed]) => ({ path, failed }))
    .toSorted((left, right) => right.failed - left.failed || (left.path < right.path ? -1 : 1));
}

function wordsOfPaths(paths: readonly FailingPath[], failed: number): readonly string[] {
  const named = paths.slice(0, MAX_PATHS);
  if (named.length === 0) return [];
  const rest = failed - named.reduce((sum, path) => sum + path.failed, 0);
  const others = rest > 0 ? [`${rest} elsewhere`] : [];
  return [`By path: ${[...named.map((path) => `${path.path} ${path.failed}`), ...others].join(', ')}.`];
}

/** Only a record that is fresh tells of now, and only minutes in which something was asked tell that all is well again. */
function goesOn({ minutes }: Traffic, takenAt: string | undefined): boolean | undefined {
  const newest = latest(minutes.filter(({ requests }) => requests > 0).map(({ at }) => at));
  const lastFailing = latest(minutes.filter(({ failed }) => failed > 0).map(({ at }) => at));
  if (newest === undefined || lastFailing === undefined || takenAt === undefined) return undefined;
  if (minutesBetween(newest, takenAt) > FRESH_MINUTES) return undefined;
  return minutesBetween(lastFailing, newest) < STILL_MINUTES;
}

function minutesBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 60_000;
}

function whyNoTraffic(evidence: readonly EvidenceSummary[]): string {
  const log = evidence.find((item) => item.name === 'access-log');
  if (!log) return 'the access log was not read.';
  if (log.state === 'empty')
    return `the access log holds no request of that time${log.reason ? ` (${log.reason})` : ''}.`;
  return `the access log could not be read${log.reason ? ` (${log.reason})` : ''}.`;
}

function percent(share: number): string {
  const value = share * 100;
  return value > 0 && value < 1 ? 'under 1 %' : `${Math.floor(value)} %`;
}

/** `2026-09-14T02:10:31.000Z` as `02:10`. */
function clock(at: string): string {
  return at.slice(11, 16);
}

function earliest(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).sort()[0];
}

function latest(times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}
