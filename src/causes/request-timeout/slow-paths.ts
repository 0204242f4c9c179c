import { requestsIn, type TrafficGroup, type TrafficMinute } from '../../core/traffic.ts';
import { foundNoMember, isSameBackend, isServed, spanOf } from '../../reasoning/from-access-log.ts';
import { typicalLatency } from '../../reasoning/timeouts.ts';

/**
 * What tells a slow answer from an answer that could not arrive. The gateway logs both as a timeout, so there has to be
 * proof that the same backend, over the same path, answered other requests in the same time.
 */
export interface SlowPaths {
  /** Requests that the backends of the timed-out ones answered in the time of the timeouts. */
  readonly served: readonly TrafficGroup[];
  /** Whether the timeouts concern few paths, while the backend goes on answering the rest. */
  readonly isProven: boolean;
}

/**
 * A hard cut shows in the probes within two or three minutes with the usual interval and threshold, and requests then
 * fail at once for want of a live member. Timeouts that go on for longer without that are no cut.
 */
const LONGER_THAN_PROBES_MS = 5 * 60_000;

export function slowPaths(
  timedOut: readonly TrafficGroup[],
  all: readonly TrafficGroup[],
  minutes: readonly TrafficMinute[],
  timeoutSeconds: number,
): SlowPaths {
  const window = spanOf(timedOut);
  const served = all.filter(
    (group) => isServed(group) && timedOut.some((slow) => isSameBackend(slow, group)) && overlaps(group, window),
  );
  const enough = requestsIn(served) >= Math.max(10, requestsIn(timedOut));
  const areQuick = (typicalLatency(served) ?? Number.POSITIVE_INFINITY) < timeoutSeconds / 2;
  const isGoingOn = goesOnUnnoticed(timedOut, all);
  const isProven =
    enough &&
    areQuick &&
    timedOut.every((group) => group.member !== undefined) &&
    areFewPaths(timedOut) &&
    mostlySucceed(minutes) &&
    (isGoingOn || answersOtherPaths(served, timedOut, timeoutSeconds));
  return { served, isProven };
}

/** Whether requests time out for longer than probes take to notice a cut, and the gateway still finds live members. */
export function goesOnUnnoticed(timedOut: readonly TrafficGroup[], all: readonly TrafficGroup[]): boolean {
  const window = spanOf(timedOut);
  return window !== undefined && window.to - window.from >= LONGER_THAN_PROBES_MS && !all.some(foundNoMember);
}

/** Answered both before the last and after the first timeout: not only before something broke. */
function overlaps(group: TrafficGroup, window: { from: number; to: number } | undefined): boolean {
  const span = spanOf([group]);
  return span !== undefined && window !== undefined && span.from <= window.to && span.to >= window.from;
}

/** Three paths hold four fifths of the timeouts. A short cut of the network would hit whatever was asked for. */
function areFewPaths(timedOut: readonly TrafficGroup[]): boolean {
  const counts = [...countByPath(timedOut).values()].sort((left, right) => right - left);
  const top = counts.slice(0, 3).reduce((sum, count) => sum + count, 0);
  return timedOut.every((group) => group.path !== undefined) && top >= 0.8 * requestsIn(timedOut);
}

export function countByPath(groups: readonly TrafficGroup[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { path, count } of groups) {
    if (path !== undefined) counts.set(path, (counts.get(path) ?? 0) + count);
  }
  return counts;
}

/** In the minutes with failures, most requests were answered all the same. */
function mostlySucceed(minutes: readonly TrafficMinute[]): boolean {
  const failing = minutes.filter((minute) => minute.failed > 0);
  const failed = failing.reduce((sum, minute) => sum + minute.failed, 0);
  const requests = failing.reduce((sum, minute) => sum + minute.requests, 0);
  return failing.length > 0 && failed < requests / 2;
}

/** Other paths of the same backend were answered quickly, and at least as often as these timed out. */
function answersOtherPaths(
  served: readonly TrafficGroup[],
  timedOut: readonly TrafficGroup[],
  timeoutSeconds: number,
): boolean {
  const slow = countByPath(timedOut);
  const others = served.filter(({ path }) => path !== undefined && !slow.has(path));
  const slowest = Math.max(...others.map((group) => group.serverLatency?.p95 ?? group.timeTaken?.p95 ?? 0));
  return requestsIn(others) >= Math.max(10, requestsIn(timedOut)) && slowest < timeoutSeconds / 2;
}
