import { azPart } from '../../core/az.ts';
import { isV1 } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import { accessLogRead, backendHealthRead, gatewayRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, targetsOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import {
  citeRequests,
  hasErrorInfo,
  highest,
  type LogTarget,
  logTargets,
  nameOfLog,
  scopeOfLog,
  seconds,
  settingOfLog,
  shortPath,
  typical,
  wasLogRead,
} from '../from-access-log.ts';
import { citeMember } from '../from-health.ts';
import { endsAtTimeout, endsWellBefore, givenUpJustBefore, typicalLatency } from '../timeouts.ts';
import { countByPath, slowPaths } from './slow-paths.ts';

const id = 'request-timeout';
const TIMED_OUT = 'ERRORINFO_UPSTREAM_TIMED_OUT';

export const requestTimeout = {
  id,
  title: 'The backend takes longer than the request timeout for some requests',
  maturity: 'stable',
  explains: 'outage',
  reads: ['access-log', 'gateway', 'backend-health'],
  meaning:
    'The gateway gives a backend the seconds of the backend setting to answer. Some requests need more, so the gateway ' +
    'gives up: 504 on v2 (after a second try on another member, where there is one), 502 on v1. Probes stay green, ' +
    'because they ask for something quick.',
  confirmedBy:
    'Requests end at the request timeout as configured, on a few paths, while the same backend answers other requests quickly in the same minutes.',
  ruledOutBy:
    'No request is logged as timed out, or the failing ones end well before the request timeout: that is a timeout of the backend itself.',
  doNot: [
    'Do not raise the timeout to an enormous value: slow requests then pile up until the backend fails for everybody.',
    'Do not raise the timeout of the probe: it has nothing to do with these requests.',
    'Do not scale the gateway: it waits, it is not busy.',
  ],
  prevention: [
    'Set the request timeout with headroom over the high percentile of the slowest path, and watch that percentile.',
    'Give long work its own path, setting and timeout, or answer it at once and finish it in the background.',
  ],
  blindSpots: [
    'A path that breaks while requests are under way ends in the same timeouts; only answers from the same backend in the same minutes tell it apart.',
    'A summary of the log that gathers successes without their paths shows less of which paths are quick.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  if (!wasLogRead(readings))
    return [{ ...base, verdict: 'inconclusive', because: [], missing: [accessLogRead(readings)] }];
  const verdicts = logTargets(readings).flatMap((target) => judgeTarget(readings, target) ?? []);
  if (verdicts.length > 0) return verdicts;
  const groups = readings.traffic?.groups ?? [];
  const says = 'No request is logged as timed out, and none failed at the request timeout.';
  return [
    {
      ...base,
      verdict: 'ruled-out',
      because: [citeRequests([], groups, `error_info ${TIMED_OUT}`, says)],
      missing: [],
    },
  ];
}

function judgeTarget(readings: Readings, target: LogTarget): Verdict | undefined {
  const timeout = settingOfLog(readings, target)?.requestTimeoutSeconds;
  const timedOut = target.groups.filter((group) => isTimedOut(readings, group, timeout));
  if (timedOut.length === 0) return judgeWithout(readings, target, timeout);

  const counted = citeTimedOut(target, timedOut);
  const count = requestsIn(timedOut);
  const base = { cause: id, scope: scopeOfLog(readings, target), fix: fixFor(readings, target, timedOut, timeout) };
  const missing = missingReads(readings, timeout);
  const paths = slowPaths(timedOut, target.groups, readings.traffic?.minutes ?? [], timeout ?? 0);
  const against = doubtsOf(readings, target, timedOut, paths.served, timeout);
  const because = [counted, ...citeTimeout(target, timedOut, timeout), ...citeServed(paths.served, target)];
  // Below three requests, or below one in a hundred while they are few, timeouts are everyday noise.
  const isNoise = count < 3 || (count < 20 && count < requestsIn(target.groups) * 0.01);
  if (against.length > 0 || isNoise)
    return { ...base, verdict: 'possible', because: [...because, ...against].slice(0, 5), missing };
  const signs = citeGivenUp(target, timeout);
  const isAtTimeout = timeout !== undefined && timedOut.every((group) => endsAtTimeout(group, timeout));
  const isExplicit = timedOut.every((group) => hasErrorInfo(group, TIMED_OUT));
  if (isAtTimeout && isExplicit && paths.isProven)
    return { ...base, verdict: 'confirmed', because: [...because, ...signs], missing: [], weight: 3 + signs.length };
  return {
    ...base,
    verdict: 'likely',
    because: [...because, ...signs],
    missing,
    weight: 1 + (isAtTimeout ? 1 : 0) + signs.length,
  };
}

/** By the gateway's own word; older records have none, and there the duration has to say it. */
function isTimedOut(readings: Readings, group: TrafficGroup, timeout: number | undefined): boolean {
  const failed = group.status === 504 || group.status === 502;
  if (hasErrorInfo(group, TIMED_OUT)) return failed;
  if (group.errorInfo !== undefined || timeout === undefined || !endsAtTimeout(group, timeout)) return false;
  const isOwn = group.serverStatus === undefined || group.serverStatus === group.status;
  return isOwn && group.status === (isV1(readings.gateway) ? 502 : 504);
}

/** Nothing timed out: either clients gave up first, or the backend's own timeout answered, or nothing is to be said. */
function judgeWithout(readings: Readings, target: LogTarget, timeout: number | undefined): Verdict | undefined {
  if (timeout === undefined) return undefined;
  const base = { cause: id, scope: scopeOfLog(readings, target) };
  const late = givenUpJustBefore(target.groups, timeout);
  if (late.length > 0) {
    const because = citeGivenUp(target, timeout);
    return { ...base, verdict: 'possible', because, missing: missingReads(readings, timeout), fix: [] };
  }
  const own = target.groups.filter((group) => group.status === 504 && group.serverStatus === 504);
  const longest = highest(own, (group) => group.serverLatency ?? group.timeTaken);
  if (own.length === 0 || longest === undefined || !endsWellBefore(longest, timeout)) return undefined;
  const says = `They end after ${seconds(longest)} s at most, before the request timeout of ${timeout} s: a timeout of the backend itself.`;
  const because = [citeRequests(own, target.groups, 'httpStatus 504, serverStatus 504', says)];
  return { ...base, verdict: 'ruled-out', because, missing: [], fix: [] };
}

/** What speaks against a backend that is merely slow. */
function doubtsOf(
  readings: Readings,
  target: LogTarget,
  timedOut: readonly TrafficGroup[],
  served: readonly TrafficGroup[],
  timeout: number | undefined,
): readonly Citation[] {
  const doubts: Citation[] = [];
  if (timeout !== undefined && !timedOut.some((group) => endsAtTimeout(group, timeout))) {
    const median = typical(timedOut, (group) => group.timeTaken);
    const says =
      median === undefined
        ? `The log does not say how long they took, so they cannot be compared with the ${timeout} s configured.`
        : `They typically end after ${seconds(median)} s, not at the ${timeout} s configured: the setting was changed, or something else ended them.`;
    doubts.push({ evidence: 'gateway', quote: `"requestTimeout": ${timeout}`, says });
  }
  if (served.length === 0) {
    const says =
      'No request is logged that one of these backends answered in that time, so they may not be reached at all.';
    doubts.push(citeRequests([], target.groups, 'answered by these backends in that time', says));
  }
  const { pool, setting } = target;
  const health = targetsOf(readings).find(
    (item) => sameName(item.pool, pool ?? '') && sameName(item.setting, setting ?? ''),
  );
  const isDown = health?.members.every(({ observed }) => ['cannot-connect', 'timed-out'].includes(observed.kind));
  const [member] = health?.members ?? [];
  if (member && isDown && served.length === 0)
    doubts.push(citeMember(member, 'Even the probe does not reach the members of this pool.'));
  return doubts;
}

function citeTimedOut(target: LogTarget, timedOut: readonly TrafficGroup[]): Citation {
  const status = [...new Set(timedOut.map((group) => group.status))].join(' or ');
  const named = timedOut.every((group) => group.errorInfo !== undefined) ? `, error_info ${TIMED_OUT}` : '';
  const paths = [...countByPath(timedOut)].sort(([, left], [, right]) => right - left).slice(0, 3);
  const where = paths.length === 0 ? '' : `, most often ${paths.map(([path]) => shortPath(path)).join(', ')}`;
  const says = `Requests to ${nameOfLog(target)} timed out${where}.`;
  return citeRequests(timedOut, target.groups, `httpStatus ${status}${named}`, says);
}

function citeTimeout(
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

function citeServed(served: readonly TrafficGroup[], target: LogTarget): readonly Citation[] {
  if (served.length === 0) return [];
  const latency = typicalLatency(served);
  const quick = latency === undefined ? '' : `, typically after ${seconds(latency)} s`;
  const says = `The same backends answered these in the same time${quick}, so they are reached.`;
  return [citeRequests(served, target.groups, 'serverStatus below 500', says)];
}

function citeGivenUp(target: LogTarget, timeout: number | undefined): readonly Citation[] {
  const late = timeout === undefined ? [] : givenUpJustBefore(target.groups, timeout);
  if (late.length === 0) return [];
  const says = `Clients gave these up shortly before the ${timeout} s of the request timeout: slow answers in another guise.`;
  return [citeRequests(late, target.groups, 'httpStatus 499', says)];
}

function missingReads(readings: Readings, timeout: number | undefined): readonly MissingRead[] {
  const latency = accessLogRead(
    readings,
    'The access log by path: which paths are slow, and how slow their answers are.',
  );
  const reads = timeout === undefined ? [gatewayRead(readings), latency] : [latency];
  return readings.backendHealth ? reads : [...reads, backendHealthRead(readings)];
}

function fixFor(
  readings: Readings,
  target: LogTarget,
  timedOut: readonly TrafficGroup[],
  timeout: number | undefined,
): readonly FixStep[] {
  const [path] = [...countByPath(timedOut)].sort(([, left], [, right]) => right - left)[0] ?? [];
  const update = (value: string) =>
    azPart(readings, ['http-settings', 'update'], '--name', target.setting ?? '<setting>', '--timeout', value);
  return [
    {
      text: `Find out what ${path === undefined ? 'the slow requests' : shortPath(path)} waits for in the application or its dependencies, and make it quicker.`,
    },
    {
      text: 'Where the slow answers are wanted, give the setting a timeout with some headroom over their high percentile, and no more.',
      command: update('<seconds>'),
      ...(timeout === undefined ? {} : { undo: update(String(timeout)) }),
    },
  ];
}
