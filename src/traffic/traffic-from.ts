import { isGatewayError, type Traffic, type TrafficGroup, type TrafficMinute } from '../core/traffic.ts';
import { type Latency, mergeLatencies, spreadOf } from './latency.ts';
import { lostBetween, type PartitionLedger } from './ledger.ts';
import { addMember, isFailed, type MemberCount, type MinuteWindow, mergeRows, type Outcome } from './window.ts';

const MINUTE_MS = 60_000;
/** As many as the reading of a whole log keeps. */
const MAX_GROUPS = 2_000;

/**
 * What the windows of one gateway say, in the terms in which a reading of the access log says it, so that rules and the
 * count of who is affected need not know where it comes from.
 *
 * Windows hold less than a log: a group has no listener, host, method, path or transaction id, the sizes of requests are
 * not known one by one, and its `timeTaken` is that of all members with the same outcome. `unread` counts what found no
 * room in a row and, of the ledgers, at least what these minutes miss: where it is not 0, counts are a lower bound.
 */
export function trafficFrom(rows: readonly MinuteWindow[], ledgers: readonly PartitionLedger[] = []): Traffic {
  const windows = mergeRows(rows);
  const groups = [...groupsOf(windows)].toSorted(failuresFirst);
  const leftOut = groups.slice(MAX_GROUPS).reduce((sum, group) => sum + group.count, 0);
  const [first, last] = [windows[0], windows.at(-1)];
  const lost = first && last ? lostBetween(ledgers, first.minute, last.minute + 1) : lostBetween(ledgers, 0, Infinity);
  const noRoom = windows.reduce((sum, window) => sum + withoutRoom(window), 0);
  const times = groups.flatMap(({ firstAt, lastAt }) => [firstAt ?? [], lastAt ?? []].flat()).toSorted();
  const [from, to] = [times[0], times.at(-1)];
  return {
    ...(from === undefined || to === undefined ? {} : { from, to }),
    groups: groups.slice(0, MAX_GROUPS),
    unread: lost + noRoom + leftOut,
    minutes: minutesOf(windows),
  };
}

/** The paths that failed most, without their queries, and how many failures were on others. */
export function failingPaths(
  rows: readonly MinuteWindow[],
  limit: number,
): { readonly paths: readonly { readonly path: string; readonly failed: number }[]; readonly others: number } {
  const counts = new Map<string, number>();
  let others = 0;
  for (const { outcome } of outcomesOf(rows)) {
    others += outcome.otherPaths;
    for (const [path, count] of outcome.paths) counts.set(path, (counts.get(path) ?? 0) + count);
  }
  // A record without a path says that a request failed, and not where.
  others += counts.get('') ?? 0;
  counts.delete('');
  const sorted = [...counts].toSorted(
    ([leftPath, left], [rightPath, right]) => right - left || (leftPath < rightPath ? -1 : 1),
  );
  return {
    paths: sorted.slice(0, limit).map(([path, failed]) => ({ path, failed })),
    others: others + sorted.slice(limit).reduce((sum, [, count]) => sum + count, 0),
  };
}

interface OpenGroup {
  readonly pool: string;
  readonly setting: string;
  readonly outcome: Outcome;
  readonly members: Map<string, MemberCount>;
  timeTaken: Latency;
}

function* groupsOf(windows: readonly MinuteWindow[]): Generator<TrafficGroup> {
  const open = new Map<string, OpenGroup>();
  for (const { pool, setting, key, outcome } of outcomesOf(windows)) {
    const known = open.get(key);
    const group = known ?? { pool, setting, outcome, members: new Map(), timeTaken: outcome.timeTaken };
    if (known) known.timeTaken = mergeLatencies(known.timeTaken, outcome.timeTaken);
    open.set(key, group);
    for (const [member, count] of outcome.members)
      group.members.set(member, addMember(group.members.get(member), count));
  }
  for (const { pool, setting, outcome, members, timeTaken } of open.values()) {
    const spread = spreadOf(timeTaken);
    for (const [member, { requests, firstAt, lastAt }] of members) {
      yield {
        ...(pool === '' ? {} : { pool }),
        ...(setting === '' ? {} : { setting }),
        ...(member === '' ? {} : { member }),
        status: outcome.status,
        ...(outcome.serverStatus === 0 ? {} : { serverStatus: outcome.serverStatus }),
        ...(outcome.errorInfo === '' ? {} : { errorInfo: outcome.errorInfo }),
        count: requests,
        ...(spread ? { timeTaken: spread } : {}),
        ...(Number.isFinite(firstAt) ? { firstAt: isoOf(firstAt), lastAt: isoOf(lastAt) } : {}),
        transactionIds: [],
      };
    }
  }
}

function* outcomesOf(windows: readonly MinuteWindow[]) {
  for (const { targets } of windows)
    for (const [targetKey, { pool, setting, outcomes }] of targets)
      for (const [outcomeKey, outcome] of outcomes)
        yield { pool, setting, key: `${targetKey}\n${outcomeKey}`, outcome };
}

/** Requests that are counted by no group, because they found no room or went to a member that found none. */
function withoutRoom(window: MinuteWindow): number {
  let requests = window.rest.requests;
  for (const { outcome } of outcomesOf([window])) requests += outcome.otherMembers;
  return requests;
}

function minutesOf(windows: readonly MinuteWindow[]): readonly TrafficMinute[] {
  const minutes = new Map<number, { requests: number; failed: number }>();
  for (const window of windows) {
    const minute = minutes.get(window.minute) ?? { requests: 0, failed: 0 };
    minutes.set(window.minute, minute);
    minute.requests += window.rest.requests;
    minute.failed += window.rest.failed;
    for (const { outcome } of outcomesOf([window])) {
      minute.requests += outcome.count;
      if (isFailed(outcome)) minute.failed += outcome.count;
    }
  }
  return [...minutes].map(([minute, counts]) => ({ at: isoOf(minute * MINUTE_MS), ...counts }));
}

/** Where groups have to be left out, the failures stay, and then the largest. */
function failuresFirst(left: TrafficGroup, right: TrafficGroup): number {
  return Number(isGatewayError(right)) - Number(isGatewayError(left)) || right.count - left.count;
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}
