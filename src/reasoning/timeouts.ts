import type { Readings } from '../core/readings.ts';
import { requestsIn, type TrafficGroup } from '../core/traffic.ts';
import { type LogTarget, settingOfLog, typical } from './from-access-log.ts';

/** How a request's duration compares with the request timeout of its backend setting, in seconds. */

/** The shortest request timeout that the service allows: what is quicker cannot have run into any. */
export const SHORTEST_TIMEOUT_SECONDS = 1;

/** The request timeout that holds for a target, in seconds. A value that the service would not take is not one. */
export function timeoutOf(readings: Readings, target: LogTarget): number | undefined {
  const timeoutSeconds = settingOfLog(readings, target)?.requestTimeoutSeconds;
  return timeoutSeconds !== undefined && timeoutSeconds >= SHORTEST_TIMEOUT_SECONDS ? timeoutSeconds : undefined;
}

/** A second of leeway, or a twentieth of a long timeout: the gateway's own work and the way to the client are on top. */
function leewayOf(timeoutSeconds: number): number {
  return Math.max(1, timeoutSeconds * 0.05);
}

/**
 * Whether requests ended when the timeout did. v2 tries a second member after the first timeout, so twice the timeout
 * counts as well.
 */
export function endsAtTimeout({ timeTaken }: TrafficGroup, timeoutSeconds: number): boolean {
  if (!timeTaken) return false;
  const leeway = leewayOf(timeoutSeconds);
  if (timeTaken.min < timeoutSeconds * 0.95) return false;
  return [timeoutSeconds, 2 * timeoutSeconds].some((end) => Math.abs(timeTaken.p50 - end) <= leeway);
}

/** Whether all of these requests ended clearly before the timeout. */
export function endsWellBefore(longestSeconds: number, timeoutSeconds: number): boolean {
  return longestSeconds < timeoutSeconds * 0.9;
}

/**
 * Requests that clients gave up (499) in the last quarter of the timeout: the client, or a proxy before it, waits a
 * little less than the gateway. Fewer than five are chance.
 */
export function givenUpJustBefore(groups: readonly TrafficGroup[], timeoutSeconds: number): readonly TrafficGroup[] {
  const closed = groups.filter((group) => group.status === 499 && group.timeTaken !== undefined);
  const late = closed.filter(
    ({ timeTaken }) =>
      timeTaken !== undefined && timeTaken.p50 >= timeoutSeconds * 0.75 && timeTaken.p50 <= timeoutSeconds + 0.5,
  );
  return requestsIn(late) >= 5 ? late : [];
}

/** What an answered request typically takes, in seconds. */
export function typicalLatency(groups: readonly TrafficGroup[]): number | undefined {
  return typical(groups, (group) => group.serverLatency ?? group.timeTaken);
}
