import type { Readings } from '../../core/readings.ts';
import { accessLogRead, gatewayRead, requestRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import {
  blamesUpstream,
  citeRequests,
  highest,
  isNotable,
  isSameBackend,
  isServed,
  type LogTarget,
  logTargets,
  nameOfLog,
  saysNoError,
  scopeOfLog,
  seconds,
  settingOfLog,
  shortPath,
  wasLogRead,
} from '../../reasoning/from-access-log.ts';
import { endsWellBefore, timeoutOf } from '../../reasoning/timeouts.ts';
import { doubtsOf, handshakeDoubt, isProven } from './proof.ts';

const id = 'backend-generated';

export const backendGenerated = {
  id,
  title: 'The backend itself answers 502, 503 or 504, and the gateway passes it on',
  maturity: 'stable',
  explains: 'outage',
  sign: 'relayed-error',
  isGeneral: true,
  reads: ['access-log', 'gateway'],
  meaning:
    'The backend was reached and answered with the error that the client sees. Behind it there is often another proxy, an ' +
    'ingress or a service whose own backend fails. The gateway and its configuration are not at fault.',
  confirmedBy:
    "The log holds the backend's status and no error of the gateway, the answer came well before the request timeout, and it was a 503, or the same backend answers other requests while these took longer than a refused connection does, or are for other paths.",
  ruledOutBy: 'The failed requests have no status of a backend, or the gateway says that it got no answer.',
  doNot: [
    'Do not change probes, timeouts or the size of the gateway: they have no part in this.',
    'Do not read a green backend health as proof that the application works.',
  ],
  prevention: [
    'Log what the backend answers, with the transaction id that the gateway hands on, so that an error can be followed.',
    'Let the proxy behind the gateway answer in its own words, so that its errors can be told from those of the gateway.',
  ],
  blindSpots: [
    'The gateway can note its own 502 or 504 as the status of the backend when it got no answer; duration and error word tell that apart.',
    'Why the backend fails cannot be seen from the gateway.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  if (!wasLogRead(readings))
    return [{ ...base, verdict: 'inconclusive', because: [], missing: [accessLogRead(readings)] }];
  const verdicts = logTargets(readings).flatMap((target) => judgeTarget(readings, target) ?? []);
  if (verdicts.length > 0) return verdicts;
  const all = readings.traffic?.groups ?? [];
  const failed = all.filter(isFailure);
  const says =
    failed.length === 0
      ? 'No request was answered 502, 503 or 504.'
      : 'None of the failed requests has a status that a backend sent.';
  const because = [
    citeRequests(failed, all, failed.length === 0 ? 'httpStatus 502, 503 or 504' : 'serverStatus empty', says),
  ];
  return [{ ...base, verdict: 'ruled-out', because, missing: [] }];
}

function isFailure({ status }: TrafficGroup): boolean {
  return status === 502 || status === 503 || status === 504;
}

function judgeTarget(readings: Readings, target: LogTarget): Verdict | undefined {
  const failed = target.groups.filter(isFailure);
  const noted = failed.filter((group) => (group.serverStatus ?? 0) >= 500);
  if (noted.length === 0) return undefined;
  const base = { cause: id, scope: scopeOfLog(readings, target) };
  const relayed = noted.filter((group) => !blamesUpstream(group));
  if (relayed.length === 0) {
    const errors = [...new Set(noted.map((group) => group.errorInfo))].join(', ');
    const says = 'The gateway noted a status for the backend, but says itself that it got no answer.';
    return {
      ...base,
      verdict: 'ruled-out',
      because: [citeRequests(noted, failed, `error_info ${errors}`, says)],
      missing: [],
      fix: [],
    };
  }
  const timeout = timeoutOf(readings, target);
  const doubts = [...doubtsOf(target, relayed, timeout), ...handshakeDoubt(readings, target, relayed)];
  const served = target.groups.filter(
    (group) => isServed(group) && relayed.some((other) => isSameBackend(group, other)),
  );
  const because = [
    citeRelayed(target, relayed, failed),
    ...citeLatency(target, relayed, timeout),
    ...citeServed(served, target),
  ];
  const missing = missingReads(readings, target, relayed, timeout);
  const fix = fixFor(relayed);
  const share = requestsIn(relayed) / requestsIn(failed);
  // One or two such answers happen every day, and a tenth of the failures does not explain the rest.
  const isMany = isNotable(readings, requestsIn(relayed), requestsIn(target.groups), { requests: 3, share: 0 });
  if (doubts.length > 0 || !isMany || share < 0.1)
    return { ...base, verdict: 'possible', because: [...because, ...doubts], missing, fix };
  const isConfirmed = share >= 0.5 && requestsIn(relayed) >= 3 && isProven(relayed, served, timeout);
  return {
    ...base,
    verdict: isConfirmed ? 'confirmed' : 'likely',
    because,
    missing: isConfirmed ? [] : missing,
    fix,
    weight: isConfirmed ? 3 : 1 + (share >= 0.5 ? 1 : 0),
  };
}

function citeRelayed(target: LogTarget, relayed: readonly TrafficGroup[], failed: readonly TrafficGroup[]): Citation {
  const statuses = [...new Set(relayed.map((group) => group.serverStatus))].join(', ');
  const word = relayed.every(saysNoError) ? ', error_info ERRORINFO_NO_ERROR' : '';
  const says = `Of the failed requests to ${nameOfLog(target)}, these carry a status that the backend sent.`;
  return citeRequests(relayed, failed, `serverStatus ${statuses}${word}`, says);
}

function citeLatency(
  target: LogTarget,
  relayed: readonly TrafficGroup[],
  timeout: number | undefined,
): readonly Citation[] {
  const longest = highest(relayed, (group) => group.serverLatency);
  if (longest === undefined || timeout === undefined || !endsWellBefore(longest, timeout)) return [];
  const says = `Backend setting ${target.setting ?? ''} would wait ${timeout} s, and these answers came after ${seconds(longest)} s at most.`;
  return [{ evidence: 'gateway', quote: `"requestTimeout": ${timeout}`, says }];
}

function citeServed(served: readonly TrafficGroup[], target: LogTarget): readonly Citation[] {
  if (served.length === 0) return [];
  const says = 'The same backends answered these, so they are reached.';
  return [citeRequests(served, target.groups, 'serverStatus below 500', says)];
}

function missingReads(
  readings: Readings,
  target: LogTarget,
  relayed: readonly TrafficGroup[],
  timeout: number | undefined,
): readonly MissingRead[] {
  const [group] = relayed;
  const protocol = settingOfLog(readings, target)?.protocol?.toLowerCase() === 'https' ? 'https' : 'http';
  const url = `${protocol}://${group?.member ?? '<member>'}${group?.path ?? '/'}`;
  const direct = requestRead(url, group?.host, 'The same request sent straight to the backend, past the gateway.');
  return timeout === undefined ? [direct, gatewayRead(readings)] : [direct];
}

function fixFor(relayed: readonly TrafficGroup[]): readonly FixStep[] {
  const members = [...new Set(relayed.flatMap((group) => group.member ?? []))];
  const [path] = relayed.flatMap((group) => group.path ?? []);
  const where = members.length === 0 ? 'the backend' : members.slice(0, 3).join(', ');
  return [
    {
      text: `Look into the log of ${where} at these times${path === undefined ? '' : ` for ${shortPath(path)}`}: the error was made there or further behind.`,
    },
  ];
}
