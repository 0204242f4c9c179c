import { azPart } from '../../core/az.ts';
import { isV1 } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import { accessLogRead, backendHealthRead, gatewayRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, targetsOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { endsAtOneTime } from '../../reasoning/constant-latency.ts';
import {
  citeRequests,
  durationsByPathRead,
  foundNoMember,
  hasErrorInfo,
  highest,
  isExcerpt,
  isNotable,
  type LogTarget,
  logTargets,
  scopeOfLog,
  seconds,
  shortPath,
  typical,
  wasLogRead,
} from '../../reasoning/from-access-log.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { endsAtTimeout, endsWellBefore, givenUpJustBefore, timeoutOf } from '../../reasoning/timeouts.ts';
import { citeGivenUp, citeServed, citeTimedOut, citeTimeout, TIMED_OUT } from './citations.ts';
import { countByPath, goesOnUnnoticed, slowPaths } from './slow-paths.ts';

const id = 'request-timeout';
const SLOW_PATHS_READ = 'The access log by path: which paths are slow, and how slow their answers are.';

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
  // Older records have no error word. Without the timeout, their duration cannot be compared with anything.
  const unnamed = groups.filter((group) => group.status === 504 && group.errorInfo === undefined);
  if (unnamed.length > 0 && !readings.gateway && unnamed.every(endsAtOneTime)) {
    const took = seconds(typical(unnamed, (group) => group.timeTaken ?? group.serverLatency) ?? 0);
    const what = `They all end after about ${took} s, as by a timeout: the gateway's, unless the backend has one of that length.`;
    const because = [citeRequests(unnamed, groups, `httpStatus 504, timeTaken typically ${took}`, what)];
    const isMany = isNotable(readings, requestsIn(unnamed), requestsIn(groups), { requests: 3, share: 0.01 });
    const fix = fixFor(readings, { groups }, unnamed, undefined);
    const missing = [gatewayRead(readings)];
    if (isMany) return [{ ...base, verdict: 'likely', because, missing, fix, weight: 1 }];
    return [{ ...base, verdict: 'possible', because, missing }];
  }
  if (unnamed.length > 0 && !readings.gateway) {
    const what = 'The log does not say why, and the request timeout was not read.';
    const because = [citeRequests(unnamed, groups, 'httpStatus 504', what)];
    return [{ ...base, verdict: 'inconclusive', because, missing: [gatewayRead(readings)] }];
  }
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
  const timeout = timeoutOf(readings, target);
  const timedOut = target.groups.filter((group) => isTimedOut(readings, group, timeout));
  if (timedOut.length === 0) return judgeWithout(readings, target, timeout);

  const counted = citeTimedOut(target, timedOut);
  const count = requestsIn(timedOut);
  const base = { cause: id, scope: scopeOfLog(readings, target), fix: fixFor(readings, target, timedOut, timeout) };
  const missing = missingReads(readings, timeout);
  const paths = slowPaths(timedOut, target.groups, readings.traffic?.minutes ?? [], timeout ?? 0);
  const against = doubtsOf(readings, target, timedOut, paths.served, timeout);
  const because = [counted, ...citeTimeout(target, timedOut, timeout), ...citeServed(paths.served, target)];
  // Below three requests, or below one in a hundred for the same paths while they are few, timeouts are everyday noise; a
  // path that is never answered in time is none, however much else is asked for. And where most failures are of another
  // kind, a slow path is true, but not what the outage is about.
  const reached = requestsIn(askedAlike(timedOut, target.groups).filter((group) => !foundNoMember(group)));
  const isMany = isNotable(readings, count, reached, { requests: 3, share: 0 });
  const isNoise = !isMany || (count < 20 && count < reached * 0.01);
  const ofFailures = count / Math.max(1, requestsIn(target.groups.filter(isGatewayError)));
  if (against.length > 0 || isNoise || ofFailures < 0.1)
    return { ...base, verdict: 'possible', because: [...because, ...against].slice(0, 5), missing };
  const signs = citeGivenUp(target, timeout);
  const isAtTimeout = timeout !== undefined && timedOut.every((group) => endsAtTimeout(group, timeout));
  const isExplicit = timedOut.every((group) => hasErrorInfo(group, TIMED_OUT));
  const isOfNote = count >= 20 || count >= requestsIn(target.groups.filter((group) => !foundNoMember(group))) * 0.01;
  if (isAtTimeout && isExplicit && paths.isProven && count >= 3 && isOfNote && ofFailures >= 0.5)
    return { ...base, verdict: 'confirmed', because: [...because, ...signs], missing: [], weight: 3 + signs.length };
  return {
    ...base,
    verdict: 'likely',
    because: [...because, ...signs],
    missing,
    weight: 1 + (isAtTimeout ? 1 : 0) + signs.length,
  };
}

/** The requests for the paths that timed out; all of them where the log does not tell paths. */
function askedAlike(timedOut: readonly TrafficGroup[], all: readonly TrafficGroup[]): readonly TrafficGroup[] {
  if ([...timedOut, ...all].some(({ path }) => path === undefined)) return all;
  const paths = countByPath(timedOut);
  return all.filter(({ path }) => path !== undefined && paths.has(path));
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
    const count = requestsIn(late);
    // Clients that give up one by one do so at any time; this many, just before the timeout, wait for the same thing.
    const isBurst = count >= 20 && count >= requestsIn(target.groups) * 0.05;
    return {
      ...base,
      verdict: isBurst ? 'likely' : 'possible',
      because,
      missing: missingReads(readings, timeout),
      fix: fixFor(readings, target, late, timeout),
      ...(isBurst ? { weight: 1 } : {}),
    };
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
  const { pool, setting } = target;
  const health = targetsOf(readings).find(
    (item) => sameName(item.pool, pool ?? '') && sameName(item.setting, setting ?? ''),
  );
  // A probe that is answered shows as well that the backends are reached.
  const isProbed = health?.members.some((member) => member.health === 'healthy' && member.observed.kind === 'answered');
  // Rows that were picked out do not show what was left out, and a path that is cut shows as no live member in minutes.
  const isPicked = isExcerpt(readings.traffic, 3) || goesOnUnnoticed(timedOut, target.groups);
  if (served.length === 0 && !isProbed && !isPicked) {
    const says =
      'No request is logged that one of these backends answered in that time, so they may not be reached at all.';
    doubts.push(citeRequests([], target.groups, 'answered by these backends in that time', says));
  }
  const isDown = health?.members.every(({ observed }) => ['cannot-connect', 'timed-out'].includes(observed.kind));
  const [member] = health?.members ?? [];
  if (member && isDown && served.length === 0)
    doubts.push(citeMember(member, 'Even the probe does not reach the members of this pool.'));
  return doubts;
}

function missingReads(readings: Readings, timeout: number | undefined): readonly MissingRead[] {
  const latency = durationsByPathRead(readings, SLOW_PATHS_READ, 'ServerStatus > 0 or HttpStatus == 504');
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
