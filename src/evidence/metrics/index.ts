import type { MetricPoint, MetricSeries } from '../../core/metrics.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type Fields, fieldsOf, first, isObject, listOf, numberOf, present, textOf } from '../json.ts';
import { isOtherResource } from '../one-gateway.ts';
import { isoOf, timeOf } from '../time.ts';

/** Azure Monitor's platform metrics of the gateway. */
export const metrics = {
  name: 'metrics',
  title: 'Metrics',
  isFirst: true,
  recognise: (document) => metricsIn(document).length > 0,
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** A list that is longer holds something else: log records by the thousand, for one. */
const MAX_LISTED = 1_000;
const MAX_SERIES = 500;
/** A day and a half of minutes for each series. The newest are kept. */
const MAX_POINTS = 2_160;

function metricsIn(document: unknown): readonly Fields[] {
  const value = Array.isArray(document) ? document : fieldsOf(document).get('value');
  return (Array.isArray(value) ? value.slice(0, MAX_LISTED) : [])
    .filter(isObject)
    .map(fieldsOf)
    .filter((metric) => metric.has('timeseries') && !isOtherResource(metric.get('id')));
}

/** Whether this is an answer about metrics that holds none: `value` is an empty list beside a time span. */
function isEmptyAnswer(document: unknown): boolean {
  const fields = fieldsOf(document);
  const value = fields.get('value');
  return Array.isArray(value) && value.length === 0 && fields.has('timespan');
}

function read(documents: readonly unknown[]): ReadResult {
  const found = documents.flatMap(metricsIn);
  if (found.length === 0 && !documents.some(isEmptyAnswer))
    return { state: 'failed', reason: 'the answer does not have the shape of metrics', reading: {} };
  const reasons = documents.flatMap((document) =>
    listOf(fieldsOf(document).get('unread')).flatMap(
      (item) => textOf(fieldsOf(item).get('reason'))?.slice(0, 200) ?? [],
    ),
  );
  const reason = reasons.length === 0 ? undefined : `some metrics were not read: ${[...new Set(reasons)].join('; ')}`;
  const series = merge(found.flatMap(readMetric));
  if (series.length > 0) return present<ReadResult>({ state: 'ok', reason, reading: { metrics: { series } } });
  return { state: 'empty', reason: reason ?? 'the metrics hold no value in the time that was read', reading: {} };
}

function readMetric(metric: Fields): readonly MetricSeries[] {
  const name = nameOf(metric.get('name'));
  if (name === undefined) return [];
  return listOf(metric.get('timeseries')).map((series) => {
    const fields = fieldsOf(series);
    return present<MetricSeries>({
      metric: name,
      unit: textOf(metric.get('unit')),
      dimensions: dimensionsOf(fields.get('metadatavalues')),
      points: listOf(fields.get('data')).flatMap(readPoint),
    });
  });
}

/** `{"value": "HealthyHostCount", "localizedValue": ...}`, or the bare name. */
function nameOf(name: unknown): string | undefined {
  return textOf(isObject(name) ? fieldsOf(name).get('value') : name);
}

function dimensionsOf(values: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listOf(values).flatMap((item) => {
      const fields = fieldsOf(item);
      const name = nameOf(fields.get('name'));
      const value = textOf(fields.get('value'));
      return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
    }),
  );
}

/** A point that holds only its time says nothing, and is not a zero. */
function readPoint(value: unknown): readonly MetricPoint[] {
  const fields = fieldsOf(value);
  const at = timeOf(first(fields, 'timestamp', 'time'));
  if (at === undefined) return [];
  const point = present<MetricPoint>({
    at: isoOf(at),
    average: numberOf(fields.get('average')),
    minimum: numberOf(fields.get('minimum')),
    maximum: numberOf(fields.get('maximum')),
    total: numberOf(fields.get('total')),
  });
  return Object.keys(point).length > 1 ? [point] : [];
}

/** One series for each metric and dimension, whichever documents its points came in. Points are in order of time. */
function merge(all: readonly MetricSeries[]): readonly MetricSeries[] {
  const merged = new Map<string, MetricSeries & { readonly byTime: Map<string, MetricPoint> }>();
  for (const series of all) {
    if (series.points.length === 0) continue;
    const dimensions = Object.entries(series.dimensions).toSorted(([left], [right]) => (left < right ? -1 : 1));
    const key = JSON.stringify([series.metric, dimensions]).toLowerCase();
    const known = merged.get(key);
    if (!known && merged.size >= MAX_SERIES) continue;
    const byTime = known?.byTime ?? new Map<string, MetricPoint>();
    for (const point of series.points) byTime.set(point.at, { ...byTime.get(point.at), ...point });
    merged.set(key, known ?? { ...series, byTime });
  }
  return [...merged.values()].map(({ byTime, ...series }) => ({
    ...series,
    points: [...byTime.values()].toSorted((left, right) => (left.at < right.at ? -1 : 1)).slice(-MAX_POINTS),
  }));
}
