import { azPart } from '../../core/az.ts';
import { seriesOf } from '../../core/metrics.ts';
import { accessLogRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import { trafficOf } from '../../core/targets.ts';
import { requestsIn } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import { citeRequests, durationsByPathRead, seconds } from '../../reasoning/from-access-log.ts';
import { SHORTEST_TIMEOUT_SECONDS } from '../../reasoning/timeouts.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement, notJudged, together } from '../check.ts';
import { citeGateway, scopeIn, type UsedTarget, usedTargets, withGateway } from '../in-use.ts';
import { isTimedOut, longerThan, timedRequests } from '../measured.ts';

/** What lies beyond this part of the timeout has no headroom left for a bad day. */
const NEAR = 0.8;
const MIN_REQUESTS = 100;
/** Three minutes of slow answers are more than one slow request. */
const MIN_MINUTES = 3;

export const requestTimeoutHeadroom = {
  id: 'request-timeout-headroom',
  title: 'The request timeout is close to what requests take',
  costsUpTo: 'requests',
  prevents: ['request-timeout', 'client-closed', 'backend-generated'],
  reads: ['gateway', 'access-log', 'metrics'],
  meaning:
    'One request in a hundred, or more, takes most of the request timeout of its backend setting. A slower day, a larger ' +
    'table or a busy dependency, and these requests end with 504.',
  blindSpots: [
    'The log is read as a summary by status and member, so one slow path among many quick ones can stay below one in a hundred.',
  ],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () => together(usedTargets(readings).map((target) => judgeTarget(readings, target))));
}

function judgeTarget(readings: AuditReadings, target: UsedTarget): Judgement {
  const timeout = target.settingConfig.requestTimeoutSeconds;
  if (timeout === undefined || timeout < SHORTEST_TIMEOUT_SECONDS) return found();
  if (readings.traffic === undefined) return byMetrics(readings, target, timeout);
  const all = trafficOf(readings, target);
  const timed = timedRequests(all);
  const ended = requestsIn(timed.filter(isTimedOut));
  const { atLeast, atMost, total } = longerThan(timed, timeout * NEAR);
  if (total < MIN_REQUESTS) return found();
  if (atLeast * 100 < total) {
    if (atMost * 100 <= total) return found();
    const what = `How many requests of ${target.setting} take more than ${seconds(timeout * NEAR)} s of ${timeout} s.`;
    return notJudged(durationsByPathRead(readings, what, `BackendSettingName == '${kql(target.setting)}'`));
  }
  const quote = `longer than ${seconds(timeout * NEAR)} s at least ${atLeast}, timed out ${ended}`;
  const cited = citeRequests(timed, all, quote, `At least ${percent(atLeast, total)} % of them took that long.`);
  return found(findingFor(readings, target, timeout, cited, ended > 0));
}

/** A name between quotes of a query: names of settings hold none of these. */
function kql(name: string): string {
  return name.replace(/['\\\r\n]/g, '');
}

function percent(part: number, whole: number): string {
  return seconds((part / whole) * 100);
}

/** Without a log: an average over a minute that is close to the timeout means that many requests of it were. */
function byMetrics(readings: AuditReadings, { pool, setting, ...target }: UsedTarget, timeout: number): Judgement {
  const own = seriesOf(readings.metrics, 'BackendLastByteResponseTime').filter(
    ({ dimensions: { backendpool = '', backendhttpsetting = '' } }) =>
      sameName(backendpool, pool) && sameName(backendhttpsetting, setting),
  );
  const points = own.flatMap((series) => series.points);
  const slow = points.filter(({ average }) => average !== undefined && average > timeout * NEAR * 1000);
  if (slow.length >= MIN_MINUTES) {
    const worst = Math.max(...slow.map(({ average = 0 }) => average));
    const cited: Citation = {
      evidence: 'metrics',
      quote: `BackendLastByteResponseTime ${Math.round(worst)} ms, ${slow.length} minutes above ${timeout * NEAR * 1000} ms`,
      says: 'In these minutes the average answer took most of the timeout.',
    };
    return found(findingFor(readings, { pool, setting, ...target }, timeout, cited, false));
  }
  const isQuick =
    points.length > 0 && points.every(({ maximum }) => maximum !== undefined && maximum <= timeout * NEAR * 1000);
  return isQuick
    ? found()
    : notJudged(accessLogRead(readings, 'The access log: how long requests take, against the request timeouts.'));
}

function findingFor(
  readings: AuditReadings,
  { pool, setting }: Pick<UsedTarget, 'pool' | 'setting'>,
  timeout: number,
  cited: Citation,
  isFailing: boolean,
): Finding {
  const update = (value: string) =>
    azPart(readings, ['http-settings', 'update'], '--name', setting, '--timeout', value);
  return {
    cost: 'requests',
    nearness: isFailing ? 'now' : 'soon',
    scope: scopeIn(readings, { pool, setting }),
    says: isFailing
      ? `Requests of ${pool} run into the request timeout of ${timeout} s.`
      : `Requests of ${pool} come close to the request timeout of ${timeout} s.`,
    because: [cited, citeGateway(`"requestTimeout": ${timeout}`, `Backend setting ${setting} gives them that long.`)],
    missing: [durationsByPathRead(readings, 'Which paths are slow.', `BackendSettingName == '${kql(setting)}'`)],
    fix: [
      { text: 'Make the slow requests quicker, or answer them at once and finish in the background.' },
      {
        text: 'Where the time is wanted, give the setting some headroom over the 99th percentile, and no more.',
        command: update('<seconds>'),
        undo: update(String(timeout)),
      },
    ],
  };
}
