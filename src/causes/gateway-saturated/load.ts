import { type MetricPoint, seriesOf } from '../../core/metrics.ts';
import type { Readings } from '../../core/readings.ts';
import { isGatewayError, requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import { foundNoMember, isServed, spanOf } from '../../reasoning/from-access-log.ts';

/** How much of its capacity the gateway uses, and which errors can come of that. */

/** An instance carries about 10 capacity units, by the service's documentation: at least, so this is no hard wall. */
export const UNITS_PER_INSTANCE = 10;

const NEAR = 0.9;
/** Below this share of the most that autoscale allows the gateway has room. */
const ROOMY = 0.7;
/** Autoscale itself takes three to five minutes, and a shorter peak is its everyday work. */
const SUSTAINED_MINUTES = 5;

export interface Load {
  readonly metric: string;
  readonly limit: number;
  readonly peak: number;
  /** The minutes near the limit, in milliseconds since 1970, oldest first. */
  readonly nearMs: readonly number[];
  readonly isSustained: boolean;
  readonly isRoomy: boolean;
}

/** The load in capacity or compute units; the one that comes nearest to its limit. Undefined where limit or metric is not known. */
export function loadOf(readings: Readings): Load | undefined {
  const instances = readings.gateway?.autoscaleMaxCapacity;
  if (instances === undefined || instances <= 0) return undefined;
  const limit = instances * UNITS_PER_INSTANCE;
  const loads = ['CapacityUnits', 'ComputeUnits'].flatMap((metric) => {
    const points = seriesOf(readings.metrics, metric).flatMap((series) => series.points);
    return points.length === 0 ? [] : [measure(metric, points, limit)];
  });
  return loads.toSorted((left, right) => right.peak - left.peak)[0];
}

function measure(metric: string, points: readonly MetricPoint[], limit: number): Load {
  const values = points.flatMap(({ at, average, maximum }) => {
    const value = average ?? maximum;
    return value === undefined ? [] : [{ time: Date.parse(at), value }];
  });
  const peak = Math.max(0, ...values.map(({ value }) => value));
  const nearMs = values
    .filter(({ value, time }) => value >= limit * NEAR && Number.isFinite(time))
    .map(({ time }) => time)
    .toSorted((left, right) => left - right);
  return {
    metric,
    limit,
    peak,
    nearMs,
    isSustained: nearMs.length * grainOf(values) >= SUSTAINED_MINUTES,
    isRoomy: values.length * grainOf(values) >= SUSTAINED_MINUTES && peak < limit * ROOMY,
  };
}

/** How many minutes a point stands for: the least distance between two of them. */
function grainOf(values: readonly { readonly time: number }[]): number {
  const gaps = values.flatMap(({ time }, index) =>
    index === 0 ? [] : [(time - (values[index - 1]?.time ?? time)) / 60_000],
  );
  const positive = gaps.filter((gap) => gap > 0);
  return positive.length === 0 ? 1 : Math.min(...positive);
}

export function citeLoad({ metric, peak, limit, nearMs }: Load): readonly Citation[] {
  const instances = limit / UNITS_PER_INSTANCE;
  const quote = `${metric} up to ${Math.round(peak * 10) / 10}, ${nearMs.length} values of ${Math.round(limit * NEAR)} or more`;
  const says = `Autoscale allows ${instances} instances, which carry about ${limit} units.`;
  return [
    { evidence: 'metrics', quote, says },
    { evidence: 'gateway', quote: `"maxCapacity": ${instances}`, says: 'The gateway does not grow beyond this.' },
  ];
}

/**
 * Errors of the gateway's own making that no backend explains: no status from a backend, no live member missed, none that
 * closed or timed out.
 */
export function ownErrors({ traffic }: Readings): readonly TrafficGroup[] {
  return (traffic?.groups ?? []).filter(
    (group) =>
      (group.status === 502 || group.status === 503) &&
      group.serverStatus === undefined &&
      !foundNoMember(group) &&
      !/^errorinfo_upstream_/i.test(group.errorInfo ?? ''),
  );
}

/** Minutes before and after the peak that still belong to it: metrics and log round their times differently. */
const LEEWAY_MS = 2 * 60_000;
/** Requests outside the peak that show what the gateway does then; fewer could all have been lucky. */
const MIN_OUTSIDE = 20;

/**
 * Whether the errors fall into the peak and nowhere else, while requests before or after it were answered and some were
 * answered during it: load, and not a fault that is there at any load.
 */
export function followsLoad({ traffic }: Readings, { nearMs }: Load, errors: readonly TrafficGroup[]): boolean {
  const [from, to] = [nearMs[0], nearMs.at(-1)];
  const failed = spanOf(errors);
  if (from === undefined || to === undefined || !failed || !traffic) return false;
  if (failed.from < from - LEEWAY_MS || failed.to > to + LEEWAY_MS + 60_000) return false;
  const outside = traffic.minutes.filter(({ at }) => {
    const time = Date.parse(at);
    return time < from - LEEWAY_MS || time > to + LEEWAY_MS;
  });
  const requests = outside.reduce((sum, minute) => sum + minute.requests, 0);
  const failures = outside.reduce((sum, minute) => sum + minute.failed, 0);
  const during = traffic.groups.filter((group) => isServed(group) && (spanOf([group])?.to ?? 0) >= failed.from);
  const others = traffic.groups.filter((group) => isGatewayError(group) && !errors.includes(group));
  return (
    requests >= MIN_OUTSIDE && failures === 0 && requestsIn(during) > 0 && requestsIn(others) * 2 < requestsIn(errors)
  );
}

/** Server errors that the gateway returned beyond those that backends made, in the minutes near the limit. */
export function errorsByMetric({ metrics }: Readings, { nearMs }: Load): number {
  const near = new Set(nearMs);
  const total = (metric: string) =>
    seriesOf(metrics, metric)
      .filter(({ dimensions }) => /^5/.test(dimensions.httpstatusgroup ?? ''))
      .flatMap(({ points }) => points)
      .filter(({ at }) => near.has(Date.parse(at)))
      .reduce((sum, point) => sum + (point.total ?? 0), 0);
  return total('ResponseStatus') - total('BackendResponseStatus');
}
