import type { OnDemandTest } from '../core/on-demand-health.ts';
import type { Readings } from '../core/readings.ts';
import { requestsIn, type TrafficGroup } from '../core/traffic.ts';
import type { Citation } from '../core/verdict.ts';
import { type LogTarget, settingOfLog, typical } from './from-access-log.ts';
import { probeRequestOf } from './probe-request.ts';
import { citeTrial, type MembersOf, type Trial, trialsOf } from './tried-on-demand.ts';

/** How a duration compares with the request timeout of a backend setting, or with that of its probe, in seconds. */

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

/** What came of the gateway's own probe with a longer timeout, or of another path within the same time. */
export interface LongerWait {
  /**
   * `in-time`: with more time every member passes. `late-error`: each answers, but with what the probe turns down.
   * `path`: another path is answered in time, so the way is open. `silent`: no member answers, however long the probe waits.
   */
  readonly outcome: 'in-time' | 'late-error' | 'path' | 'silent';
  /** The longer timeout, in seconds; absent where only another path was tried. */
  readonly waitedSeconds?: number;
  /** Whether the configured time was shown at the same moment to be too short, so that nothing else has changed since. */
  readonly isSettled: boolean;
  readonly because: readonly Citation[];
}

/** Silence counts only after this time and a good multiple of the configured one: before it, an answer may just be late. */
const SILENT_SECONDS = 30;
const SILENT_MULTIPLE = 2;

export function longerWait(readings: Readings, of: MembersOf): LongerWait | undefined {
  const configured = probeRequestOf(of.target)?.timeoutSeconds;
  const [longest] = trialsOf(readings, of, 'timeout').toSorted(
    (left, right) => Number(right.value) - Number(left.value),
  );
  const [again] = trialsOf(readings, of, 'accepted-range');
  const isStillLate = again !== undefined && isAll(again, isTimedOut);
  const control =
    again && isStillLate ? [citeTrial(again, "Within the probe's own time there is still no answer.")] : [];
  const waitedSeconds = longest && Number(longest.value);
  if (longest && isAll(longest, ({ health, observed }) => health === 'healthy' && observed.kind === 'answered')) {
    const says = `Asked by the gateway to wait ${waitedSeconds} s, every one of these members passes the probe.`;
    const because = [citeTrial(longest, says), ...control];
    return { outcome: 'in-time', waitedSeconds, isSettled: isStillLate, because };
  }
  if (longest && isAll(longest, ({ observed }) => /^(status|body)-mismatch$/.test(observed.kind))) {
    const says = `With ${waitedSeconds} s to answer there is an answer, but not one that the probe accepts.`;
    return {
      outcome: 'late-error',
      waitedSeconds,
      isSettled: isStillLate,
      because: [citeTrial(longest, says), ...control],
    };
  }
  const quick = trialsOf(readings, of, 'path').find((trial) => isAll(trial, isAnAnswer));
  if (quick) {
    const says = `Asked for ${quick.value} instead, every one of these members answers in time: the way is open.`;
    return { outcome: 'path', waitedSeconds, isSettled: false, because: [citeTrial(quick, says), ...control] };
  }
  if (!longest || waitedSeconds === undefined || configured === undefined || !isAll(longest, isTimedOut))
    return undefined;
  if (waitedSeconds < SILENT_SECONDS || waitedSeconds < SILENT_MULTIPLE * configured) return undefined;
  const says = `After ${waitedSeconds} s there is still no answer, so it is not late: the way is blocked, or the page hangs.`;
  return { outcome: 'silent', waitedSeconds, isSettled: true, because: [citeTrial(longest, says)] };
}

type Shown = OnDemandTest['members'][number];

function isAll({ answers }: Trial, fits: (shown: Shown) => boolean): boolean {
  return answers.length > 0 && answers.every((shown) => shown !== undefined && fits(shown));
}

function isTimedOut({ observed }: Shown): boolean {
  return observed.kind === 'timed-out';
}

function isAnAnswer({ health, observed }: Shown): boolean {
  if (observed.kind === 'status-mismatch' || observed.kind === 'body-mismatch') return true;
  return observed.kind === 'answered' && health === 'healthy';
}
