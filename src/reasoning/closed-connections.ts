import { seriesOf } from '../core/metrics.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { isGatewayError, requestsIn, type TrafficGroup } from '../core/traffic.ts';
import type { Citation } from '../core/verdict.ts';
import { citeRequests, hasErrorInfo, isServed, type LogTarget, spanOf, typical } from './from-access-log.ts';

/**
 * A backend closes connections that it was asked over for three reasons: they were idle for too long, it is going down or
 * out of breath, or it does not take the body. Time, load and size of the failing requests set the three apart.
 */

export const CLOSED = 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION';

export function closedUpon({ groups }: LogTarget): readonly TrafficGroup[] {
  return groups.filter((group) => group.status >= 500 && hasErrorInfo(group, CLOSED));
}

/** All failures within a small part of a longer time: a restart or a crash. */
export function burstOf(readings: Readings, target: LogTarget, closed: readonly TrafficGroup[]): Citation | undefined {
  const failed = spanOf(closed);
  const all = spanOf(readings.traffic?.groups ?? []);
  if (!failed || !all || requestsIn(closed) < 5 || all.to - all.from < 10 * 60_000) return undefined;
  if (failed.to - failed.from > (all.to - all.from) * 0.2) return undefined;
  const lasted = Math.max(1, Math.round((failed.to - failed.from) / 60_000));
  const says = `All of them fall within ${lasted} min of the ${Math.round((all.to - all.from) / 60_000)} min read, as with a restart.`;
  return citeRequests(closed, target.groups, `error_info ${CLOSED}`, says);
}

/** Four times the usual size, and above what headers alone can make up. */
export function largeBodies(target: LogTarget, failing: readonly TrafficGroup[]): Citation | undefined {
  const large = typical(failing, (group) => group.receivedBytes);
  const usual = typical(target.groups.filter(isServed), (group) => group.receivedBytes);
  if (large === undefined || usual === undefined || large <= 16_384 || large <= usual * 4) return undefined;
  const says = `Failing requests are large, passing ones have ${Math.round(usual)} bytes: the backend may refuse large bodies.`;
  return citeRequests(failing, target.groups, `receivedBytes typically ${Math.round(large)}`, says);
}

/** A backend out of breath fails a larger share the more it is asked; an idle connection fails when it is asked little. */
const BUSY_FACTOR = 2;
const SHARE_FACTOR = 3;

/**
 * The busier half of the minutes fails a far larger share of its requests than the quieter half. The minutes count all
 * failures of the gateway, so they speak for closed connections only where those are most of them.
 */
export function tracksLoad({ traffic }: Readings, closed: readonly TrafficGroup[]): Citation | undefined {
  const failures = traffic?.groups.filter(isGatewayError) ?? [];
  if (!traffic || traffic.minutes.length < 10 || requestsIn(closed) * 2 < requestsIn(failures)) return undefined;
  const minutes = traffic.minutes.toSorted((left, right) => left.requests - right.requests);
  const half = Math.floor(minutes.length / 2);
  const sum = (part: typeof minutes) => ({
    requests: part.reduce((total, { requests }) => total + requests, 0) / part.length,
    failed: part.reduce((total, { failed }) => total + failed, 0) / part.length,
  });
  const [quiet, busy] = [sum(minutes.slice(0, half)), sum(minutes.slice(-half))];
  if (busy.requests < quiet.requests * BUSY_FACTOR || busy.failed * half < 10) return undefined;
  if (busy.failed / busy.requests < (SHARE_FACTOR * quiet.failed) / Math.max(quiet.requests, 1)) return undefined;
  const rate = ({ requests, failed }: { requests: number; failed: number }) =>
    `${failed.toFixed(1)} of ${requests.toFixed(0)} a minute`;
  return {
    evidence: 'access-log',
    quote: `failed requests: ${rate(busy)} when busy, ${rate(quiet)} when quiet`,
    says: 'The failures grow faster than the load does.',
  };
}

/** A member counts as down only after several failed probes, so failures come up to minutes before it is counted out. */
const NEAR_MS = 2 * 60_000;

/**
 * Members that went and came back, at the very minutes of the failures: fewer were healthy than before and after. A
 * member that was out at another time has nothing to do with them.
 */
export function dips(readings: Readings, target: LogTarget): Citation | undefined {
  for (const { dimensions, points } of seriesOf(readings.metrics, 'HealthyHostCount')) {
    const of = dimensions.backendsettingspool;
    if (of !== undefined && !sameName(of, `${target.pool ?? ''}~${target.setting ?? ''}`)) continue;
    const counts = points
      .flatMap((point) => {
        const value = point.minimum ?? point.average;
        return value === undefined ? [] : [{ at: point.at, time: Date.parse(point.at), value }];
      })
      .toSorted((left, right) => left.time - right.time);
    const most = Math.max(...counts.map(({ value }) => value));
    const [first, last] = [counts.find(({ value }) => value === most), counts.findLast(({ value }) => value === most)];
    const low = counts.filter(
      ({ time, value }) => value < most && first && last && time > first.time && time < last.time,
    );
    const [dip] = low;
    const failures = (readings.traffic?.minutes ?? []).filter(({ failed }) => failed > 0);
    const near = failures.filter(({ at }) => low.some(({ time }) => Math.abs(Date.parse(at) - time) <= NEAR_MS));
    const count = (minutes: typeof failures) => minutes.reduce((sum, { failed }) => sum + failed, 0);
    if (!dip || count(near) < 5 || count(near) * 2 < count(failures)) continue;
    const says = `Healthy members fell below ${most} in ${low.length} of ${counts.length} minutes and came back; ${count(near)} of ${count(failures)} failed requests lie close to these minutes.`;
    return { evidence: 'metrics', quote: `HealthyHostCount ${dip.value} at ${dip.at}`, says };
  }
  return undefined;
}
