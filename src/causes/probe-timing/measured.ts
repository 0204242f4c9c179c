import type { MetricSeries } from '../../core/metrics.ts';
import { seriesOf } from '../../core/metrics.ts';
import type { RequestObservation } from '../../core/prober.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import { type Target, trafficOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import {
  citeRequests,
  highest,
  isServed,
  seconds,
  shortPath,
  spanOf,
  typical,
} from '../../reasoning/from-access-log.ts';
import type { Sighting } from '../../reasoning/from-health.ts';
import { probeRequestOf } from '../../reasoning/probe-request.ts';
import { observationsOfMember } from '../../reasoning/probed-ports.ts';
import { requestsOfKind } from '../../reasoning/prober-observations.ts';

/** How long the backend takes to answer, measured by somebody else than the probe that gave up. */

/** The probe's own request as the prober sent it, with the time to its answer. */
export interface TimedRequest {
  readonly request: RequestObservation;
  readonly takenSeconds: number;
  readonly member: string;
}

export function timedProbes(readings: Readings, { target, members }: Sighting): readonly TimedRequest[] {
  return members.flatMap((member) =>
    observationsOfMember(readings, member)
      .filter(
        ({ pool, setting }) =>
          sameName(pool ?? target.pool, target.pool) && sameName(setting ?? target.setting, target.setting),
      )
      .flatMap((observation) => requestsOfKind(observation, 'probe'))
      .flatMap((request) =>
        request.status === undefined || request.seconds === undefined
          ? []
          : [{ request, takenSeconds: request.seconds, member: member.address }],
      ),
  );
}

export function citeTimed({ request, takenSeconds, member }: TimedRequest, says: string): Citation {
  const quote = `"status": ${request.status}, "seconds": ${takenSeconds}`;
  return { evidence: 'probe-results', quote, says: `${member} ${says}` };
}

/** Fewer live requests than these may be chance. */
const MIN_REQUESTS = 5;

/**
 * Live requests of the target that a backend answered, but typically later than the probe would have waited. Answers from
 * before the first failure do not count: since then the way may have been cut.
 */
export function slowTraffic(readings: Readings, target: Target, timeoutSeconds: number): readonly Citation[] {
  const served = trafficOf(readings, target).filter((group) => isServed(group) && group.serverLatency !== undefined);
  const failed = spanOf(trafficOf(readings, target).filter(isGatewayError));
  const isCutOff = failed !== undefined && (spanOf(served)?.to ?? 0) < failed.from;
  if (isCutOff) return [];
  const path = probeRequestOf(target)?.path;
  const onPath = served.filter((group) => group.path !== undefined && group.path === path);
  const latency = (group: TrafficGroup) => group.serverLatency;
  // What the probe itself asks for says most; the rest of the application stands in for it where nobody asks for that.
  const groups = requestsIn(onPath) >= MIN_REQUESTS ? onPath : served;
  const usual = typical(groups, latency);
  if (requestsIn(groups) < MIN_REQUESTS || usual === undefined || usual <= timeoutSeconds) return [];
  const where = groups === onPath && path !== undefined ? ` on ${shortPath(path)}` : '';
  const says = `Clients are answered${where}, but half of them later than the ${timeoutSeconds} s that the probe waits.`;
  const what = `serverResponseLatency ${seconds(usual)} s by the median, up to ${seconds(highest(groups, latency) ?? usual)} s`;
  return [citeRequests(groups, trafficOf(readings, target), what, says)];
}

/** Live requests that are answered far sooner than the probe gives up: then it is not the application as a whole. */
export function quickTraffic(readings: Readings, target: Target, timeoutSeconds: number): readonly Citation[] {
  const served = trafficOf(readings, target).filter((group) => isServed(group) && group.serverLatency !== undefined);
  const most = highest(served, (group) => group.serverLatency);
  if (requestsIn(served) < MIN_REQUESTS || most === undefined || most > timeoutSeconds / 2) return [];
  const says = `Clients of ${target.pool} are answered within half the time that the probe waits.`;
  return [citeRequests(served, trafficOf(readings, target), `serverResponseLatency up to ${seconds(most)} s`, says)];
}

/** Three minutes of slow answers are more than one slow request. */
const MIN_MINUTES = 3;

/** Minutes in which the average answer came later than the probe waits, by the gateway's own metric. */
export function slowMetric(
  { metrics }: Readings,
  { pool, setting }: Target,
  timeoutSeconds: number,
): readonly Citation[] {
  for (const metric of ['BackendFirstByteResponseTime', 'BackendLastByteResponseTime']) {
    for (const series of seriesOf(metrics, metric).filter((one) => isOf(one, pool, setting))) {
      const slow = series.points.filter(({ average }) => average !== undefined && average > timeoutSeconds * 1000);
      const worst = Math.max(...slow.map(({ average = 0 }) => average));
      if (slow.length < MIN_MINUTES) continue;
      const quote = `${metric} ${Math.round(worst)} ms, ${slow.length} minutes above ${timeoutSeconds * 1000} ms`;
      const says = `The backends took longer on average than the ${timeoutSeconds} s that the probe waits.`;
      return [{ evidence: 'metrics', quote, says }];
    }
  }
  return [];
}

/** Series that are split name what they are of; one that is not split is of the whole gateway, and proves nothing here. */
function isOf({ dimensions }: MetricSeries, pool: string, setting: string): boolean {
  const { backendpool, backendhttpsetting } = dimensions;
  if (backendpool === undefined || !sameName(backendpool, pool)) return false;
  return backendhttpsetting === undefined || sameName(backendhttpsetting, setting);
}

/** Members that went down and came back several times: a probe that just misses its time does that. */
export function flapping({ metrics }: Readings, { pool, setting }: Target): readonly Citation[] {
  const [series] = seriesOf(metrics, 'UnhealthyHostCount').filter(({ dimensions }) =>
    sameName(dimensions.backendsettingspool ?? '', `${pool}~${setting}`),
  );
  const states = (series?.points ?? []).flatMap(({ maximum, average }) => {
    const count = maximum ?? average;
    return count === undefined ? [] : [count > 0];
  });
  const changes = states.filter((state, index) => index > 0 && state !== states[index - 1]).length;
  if (changes < 4) return [];
  const says = `Members of ${pool} went down and came back again and again.`;
  return [{ evidence: 'metrics', quote: `UnhealthyHostCount changed ${changes} times between 0 and more`, says }];
}
