import { isGatewayError, requestsIn, type Spread, type TrafficGroup } from '../core/traffic.ts';
import { hasErrorInfo, isServed } from '../reasoning/from-access-log.ts';

/** How long the members of a target take to answer, by the access log: what is certain of it, and nothing guessed. */

const TIMED_OUT = 'ERRORINFO_UPSTREAM_TIMED_OUT';

/** The requests that reached a backend and tell how long it took: those that it answered, and those that ran out of time. */
export function timedRequests(groups: readonly TrafficGroup[]): readonly TrafficGroup[] {
  return groups.filter((group) => (isServed(group) || isTimedOut(group)) && durationOf(group) !== undefined);
}

export function isTimedOut(group: TrafficGroup): boolean {
  return isGatewayError(group) && hasErrorInfo(group, TIMED_OUT);
}

/** The backend's own time where the log has it. A request that timed out has none. */
export function durationOf({ serverLatency, timeTaken }: TrafficGroup): Spread | undefined {
  return serverLatency ?? timeTaken;
}

export interface Share {
  /** So many requests certainly took longer. */
  readonly atLeast: number;
  /** And no more than so many can have. */
  readonly atMost: number;
  readonly total: number;
}

/**
 * How many requests took longer than so many seconds. The log is summarised: of each group only the least, the median, the
 * 95th percentile and the most are known, so there is a lower and an upper bound, and the truth is between them.
 */
export function longerThan(groups: readonly TrafficGroup[], seconds: number): Share {
  let [atLeast, atMost] = [0, 0];
  for (const group of groups) {
    const spread = durationOf(group);
    if (!spread) continue;
    atLeast += group.count * certainShare(spread, seconds, group.count);
    atMost += group.count * possibleShare(spread, seconds);
  }
  return { atLeast: Math.floor(atLeast), atMost: Math.ceil(atMost), total: requestsIn(groups) };
}

function certainShare({ min, p50, p95, max }: Spread, seconds: number, count: number): number {
  if (min > seconds) return 1;
  if (p50 > seconds) return 0.5;
  if (p95 > seconds) return 0.05;
  return max > seconds ? 1 / Math.max(1, count) : 0;
}

function possibleShare({ p50, p95, max }: Spread, seconds: number): number {
  if (max <= seconds) return 0;
  if (p95 <= seconds) return 0.05;
  return p50 <= seconds ? 0.5 : 1;
}
