import type { Readings } from '../../core/readings.ts';
import { accessLogRead, gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, Verdict } from '../../core/verdict.ts';
import {
  citeRequests,
  durationsByPathRead,
  hasErrorInfo,
  highest,
  isNotable,
  type LogTarget,
  logTargets,
  nameOfLog,
  scopeOfLog,
  seconds,
  typical,
  wasLogRead,
} from '../../reasoning/from-access-log.ts';
import { givenUpJustBefore, SHORTEST_TIMEOUT_SECONDS, timeoutOf } from '../../reasoning/timeouts.ts';

const id = 'client-closed';
const CLOSED = 'ERRORINFO_CLIENT_CLOSED_REQUEST';

export const clientClosed = {
  id,
  title: 'Clients hang up before they are answered',
  maturity: 'stable',
  explains: 'aside',
  reads: ['access-log', 'gateway'],
  meaning:
    'The client, or a proxy before the gateway, closed the connection while its request was under way; v2 logs that as ' +
    '499. Some of it is ordinary: people leave a page. It is no 502, but it can hide a slow backend that clients tire of.',
  confirmedBy:
    'A notable share of requests is logged as 499, closed by the client, and they end early and not shortly before a timeout.',
  ruledOutBy: 'No request is logged as 499.',
  doNot: [
    'Do not take 499 for a failure of the gateway or add it to the 502.',
    'Do not raise the request timeout for it: the client does not wait that long.',
  ],
  prevention: ['Have clients and proxies before the gateway wait a little longer than its request timeout.'],
  blindSpots: [
    'Why a client leaves is not in the log.',
    'The same error word also stands on requests that were answered 200; only the status counts here.',
  ],
  judge,
} satisfies Rule;

/** People and monitors break off a few requests all day; a twentieth, and no fewer than twenty, is worth a word. */
const FLOOR_REQUESTS = 20;
const FLOOR_SHARE = 0.05;
/** What people wait before they leave. Later than this, it is more likely the answer that is late. */
const PATIENCE_SECONDS = 5;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), missing: [], fix: [] };
  if (!wasLogRead(readings))
    return [{ ...base, verdict: 'inconclusive', because: [], missing: [accessLogRead(readings)] }];
  const verdicts = logTargets(readings).flatMap((target) => judgeTarget(readings, target) ?? []);
  if (verdicts.length > 0) return verdicts;
  const because = [citeRequests([], readings.traffic?.groups ?? [], 'httpStatus 499', 'No client hung up early.')];
  return [{ ...base, verdict: 'ruled-out', because }];
}

function judgeTarget(readings: Readings, target: LogTarget): Verdict | undefined {
  const closed = target.groups.filter((group) => group.status === 499);
  if (closed.length === 0) return undefined;
  const count = requestsIn(closed);
  const named = closed.filter((group) => hasErrorInfo(group, CLOSED));
  const word = requestsIn(named) === count ? `, error_info ${CLOSED}` : '';
  const says = `Clients closed these requests to ${nameOfLog(target)} before the answer.`;
  const counted = citeRequests(closed, target.groups, `httpStatus 499${word}`, says);
  const timeout = timeoutOf(readings, target);
  const base = { cause: id, scope: scopeOfLog(readings, target) };
  const missing = [
    ...(timeout === undefined ? [gatewayRead(readings)] : []),
    durationsByPathRead(
      readings,
      'The access log by path: where clients hang up, and after how long.',
      'HttpStatus == 499',
    ),
  ];
  const slow = citeSlow(target, closed, timeout);
  const floor = { requests: FLOOR_REQUESTS, share: FLOOR_SHARE };
  if (slow || !isNotable(readings, count, requestsIn(target.groups), floor))
    return { ...base, verdict: 'possible', because: slow ? [counted, slow] : [counted], missing, fix: [] };

  // Without the timeout of the setting, only what is quicker than the shortest timeout there is cannot be shortly before it.
  const longest = highest(closed, (group) => group.timeTaken);
  const isEarly = longest !== undefined && longest < 0.75 * (timeout ?? SHORTEST_TIMEOUT_SECONDS);
  if (word !== '' && isEarly && count >= FLOOR_REQUESTS) {
    const early = `They left after ${seconds(longest)} s at most, long before any timeout.`;
    const because = [counted, citeRequests(closed, target.groups, `timeTaken up to ${seconds(longest)}`, early)];
    return { ...base, verdict: 'confirmed', because, missing: [], fix: fixFor(), weight: 2 };
  }
  return { ...base, verdict: 'likely', because: [counted], missing, fix: fixFor(), weight: 1 };
}

/** Whether the clients waited so long that the late answer is the matter, not the client. */
function citeSlow(
  target: LogTarget,
  closed: readonly TrafficGroup[],
  timeout: number | undefined,
): Citation | undefined {
  const late = timeout === undefined ? [] : givenUpJustBefore(closed, timeout);
  if (requestsIn(late) * 2 >= requestsIn(closed)) {
    const says = `They gave up shortly before the ${timeout} s of the request timeout: a slow backend in another guise.`;
    return citeRequests(late, target.groups, 'httpStatus 499', says);
  }
  const median = typical(closed, (group) => group.timeTaken);
  if (median === undefined || median < PATIENCE_SECONDS) return undefined;
  const says = `They waited ${seconds(median)} s, so the late answer is more likely the matter than the client.`;
  return citeRequests(closed, target.groups, `timeTaken typically ${seconds(median)}`, says);
}

function fixFor(): readonly FixStep[] {
  return [
    { text: 'Nothing is to be repaired at the gateway. If it is one client or one proxy, look at its own timeout.' },
  ];
}
