import type { TrafficGroup } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import {
  citeRequests,
  type LogTarget,
  nameOfLog,
  seconds,
  shortPath,
  typical,
} from '../../reasoning/from-access-log.ts';
import { endsAtTimeout, givenUpJustBefore, typicalLatency } from '../../reasoning/timeouts.ts';
import { countByPath } from './slow-paths.ts';

export const TIMED_OUT = 'ERRORINFO_UPSTREAM_TIMED_OUT';

export function citeTimedOut(target: LogTarget, timedOut: readonly TrafficGroup[]): Citation {
  const status = [...new Set(timedOut.map((group) => group.status))].join(' or ');
  const named = timedOut.every((group) => group.errorInfo !== undefined) ? `, error_info ${TIMED_OUT}` : '';
  const paths = [...countByPath(timedOut)].sort(([, left], [, right]) => right - left).slice(0, 3);
  const where = paths.length === 0 ? '' : `, most often ${paths.map(([path]) => shortPath(path)).join(', ')}`;
  const says = `Requests to ${nameOfLog(target)} timed out${where}.`;
  return citeRequests(timedOut, target.groups, `httpStatus ${status}${named}`, says);
}

export function citeTimeout(
  target: LogTarget,
  timedOut: readonly TrafficGroup[],
  timeout: number | undefined,
): readonly Citation[] {
  const median = typical(timedOut, (group) => group.timeTaken);
  if (timeout === undefined || !timedOut.some((group) => endsAtTimeout(group, timeout)) || median === undefined)
    return [];
  const says = `Backend setting ${target.setting ?? ''} waits ${timeout} s, and the failed requests typically end after ${seconds(median)} s.`;
  return [{ evidence: 'gateway', quote: `"requestTimeout": ${timeout}`, says }];
}

export function citeServed(served: readonly TrafficGroup[], target: LogTarget): readonly Citation[] {
  if (served.length === 0) return [];
  const latency = typicalLatency(served);
  const quick = latency === undefined ? '' : `, typically after ${seconds(latency)} s`;
  const says = `The same backends answered these in the same time${quick}, so they are reached.`;
  return [citeRequests(served, target.groups, 'serverStatus below 500', says)];
}

export function citeGivenUp(target: LogTarget, timeout: number | undefined): readonly Citation[] {
  const late = timeout === undefined ? [] : givenUpJustBefore(target.groups, timeout);
  if (late.length === 0) return [];
  const says = `Clients gave these up shortly before the ${timeout} s of the request timeout: slow answers in another guise.`;
  return [citeRequests(late, target.groups, 'httpStatus 499', says)];
}
