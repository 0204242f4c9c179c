import { type Answer, bareError, ok } from './answer.ts';
import { METRICS, type MetricDefinition, type Sample } from './metric-samples.ts';
import { gatewayId, isoSeconds, MINUTE_MS, type World, worldAt } from './world.ts';

const INTERVAL_MINUTES: Readonly<Record<string, number>> = {
  PT1M: 1,
  PT5M: 5,
  PT15M: 15,
  PT30M: 30,
  PT1H: 60,
  PT6H: 360,
  PT12H: 720,
  P1D: 1440,
};
const AGGREGATIONS = ['average', 'minimum', 'maximum', 'total', 'count'] as const;
type Aggregation = (typeof AGGREGATIONS)[number];
/** The service answers at most this many metrics a call. */
const METRICS_PER_CALL = 20;
/** A bound for the simulator's own sake: a week of minutes. */
const LONGEST_SPAN_MINUTES = 7 * 1440;

/** Answers `GET .../providers/Microsoft.Insights/metrics`. */
export function answerMetrics(world: World, query: URLSearchParams, now: Date): Answer {
  const names = (query.get('metricnames') ?? 'HealthyHostCount').split(',').map((name) => name.trim());
  if (names.length > METRICS_PER_CALL) return refuse(`The number of metrics requested exceeds ${METRICS_PER_CALL}.`);
  const definitions: MetricDefinition[] = [];
  for (const name of names) {
    const definition = METRICS.find((metric) => metric.name.toLowerCase() === name.toLowerCase());
    if (!definition) return refuse(unknownMetric(name));
    definitions.push(definition);
  }
  const interval = query.get('interval') ?? 'PT1M';
  const intervalMinutes = INTERVAL_MINUTES[interval];
  if (intervalMinutes === undefined) {
    return refuse(
      `Detected invalid time grain input: ${interval}, supported ones are: ${Object.keys(INTERVAL_MINUTES).join(', ')}`,
    );
  }
  const span = readTimespan(query.get('timespan'), now);
  if (!span) return refuse('Detected invalid time interval input: the timespan must be start/end in ISO 8601.');
  const aggregations = readAggregations(query.get('aggregation'));
  if (!aggregations) return refuse('Detected invalid aggregation input.');
  const filter = readFilter(query.get('$filter'));
  if (!filter) return refuse('The filter could not be parsed.');
  for (const definition of definitions) {
    const unsupported = filter.filter((clause) => !supports(definition, clause.dimension));
    if (unsupported.length > 0) {
      return refuse(
        `Metric: ${definition.name} does not support requested dimension combination: ${unsupported
          .map(({ dimension }) => dimension.toLowerCase())
          .join(',')}, supported ones are: ${definition.dimensions.join(',')}`,
      );
    }
  }
  const request = { ...span, intervalMinutes, aggregations, filter, now };
  return ok({
    cost: Math.max(1, Math.round((span.until - span.from) / MINUTE_MS)) - 1,
    timespan: `${isoSeconds(new Date(span.from))}/${isoSeconds(new Date(span.until))}`,
    interval,
    value: definitions.map((definition) => ({
      id: `${gatewayId(world)}/providers/Microsoft.Insights/metrics/${definition.name}`,
      type: 'Microsoft.Insights/metrics',
      name: { value: definition.name, localizedValue: definition.title },
      displayDescription: definition.title,
      unit: definition.unit,
      timeseries: timeseries(world, definition, request),
      errorCode: 'Success',
    })),
    namespace: 'Microsoft.Network/applicationGateways',
    resourceregion: world.location,
  });
}

/** The value that an alert rule computes over the minutes [from, until), or undefined where there is no data. */
export function aggregate(
  world: World,
  metric: string,
  aggregation: Aggregation,
  dimensions: Readonly<Record<string, string>>,
  from: number,
  until: number,
): number | undefined {
  const definition = METRICS.find(({ name }) => name === metric);
  if (!definition) return undefined;
  const samples: Sample[] = [];
  for (let minute = from; minute < until; minute++) {
    for (const sample of definition.samples(worldAt(world, minute), minute)) {
      if (Object.entries(dimensions).every(([name, value]) => sample.dimensions[name] === value)) samples.push(sample);
    }
  }
  return summarise(samples)?.[aggregation];
}

interface MetricsRequest {
  readonly from: number;
  readonly until: number;
  readonly intervalMinutes: number;
  readonly aggregations: readonly Aggregation[];
  readonly filter: readonly Clause[];
  readonly now: Date;
}

interface Clause {
  readonly dimension: string;
  readonly value: string;
}

function timeseries(world: World, definition: MetricDefinition, request: MetricsRequest) {
  const stepMs = request.intervalMinutes * MINUTE_MS;
  const series = new Map<string, { values: readonly [string, string][]; buckets: Map<number, Sample[]> }>();
  const starts: number[] = [];
  for (let start = Math.floor(request.from / stepMs) * stepMs; start < request.until; start += stepMs)
    starts.push(start);
  const zero = Date.parse(world.startedAt);
  for (const start of starts) {
    for (let at = start; at < start + stepMs; at += MINUTE_MS) {
      // A minute that is not over has no value yet.
      if (at + MINUTE_MS > request.now.getTime()) break;
      const minute = Math.round((at - zero) / MINUTE_MS);
      for (const sample of definition.samples(worldAt(world, minute), minute)) {
        const values = splitBy(definition, request.filter, sample);
        if (!values) continue;
        const key = JSON.stringify(values);
        const entry = series.get(key) ?? { values, buckets: new Map<number, Sample[]>() };
        series.set(key, entry);
        const bucket = entry.buckets.get(start) ?? [];
        entry.buckets.set(start, bucket);
        bucket.push(sample);
      }
    }
  }
  return [...series.values()].map(({ values, buckets }) => ({
    // The service writes the names of dimensions in lower case here, however they were asked for.
    metadatavalues: values.map(([name, value]) => ({
      name: { value: name.toLowerCase(), localizedValue: name.toLowerCase() },
      value,
    })),
    data: starts.map((start) => {
      const summary = summarise(buckets.get(start) ?? []);
      const wanted = request.aggregations.flatMap((name) => (summary ? [[name, summary[name]] as const] : []));
      return { timeStamp: isoSeconds(new Date(start)), ...Object.fromEntries(wanted) };
    }),
  }));
}

/** The values of the dimensions that the filter names; undefined where the filter leaves the sample out. */
function splitBy(
  definition: MetricDefinition,
  filter: readonly Clause[],
  sample: Sample,
): readonly [string, string][] | undefined {
  const values = new Map<string, string>();
  for (const dimension of definition.dimensions) {
    const clauses = filter.filter((clause) => clause.dimension.toLowerCase() === dimension.toLowerCase());
    if (clauses.length === 0) continue;
    const value = sample.dimensions[dimension] ?? '';
    if (!clauses.some((clause) => clause.value === '*' || clause.value.toLowerCase() === value.toLowerCase())) {
      return undefined;
    }
    values.set(dimension, value);
  }
  return [...values];
}

function summarise(samples: readonly Sample[]): Readonly<Record<Aggregation, number>> | undefined {
  if (samples.length === 0) return undefined;
  const count = samples.reduce((sum, { weight }) => sum + weight, 0);
  const total = samples.reduce((sum, { value, weight }) => sum + value * weight, 0);
  return {
    average: count === 0 ? 0 : Math.round((total / count) * 1000) / 1000,
    minimum: Math.min(...samples.map(({ value }) => value)),
    maximum: Math.max(...samples.map(({ value, maximum }) => maximum ?? value)),
    total: Math.round(total * 1000) / 1000,
    count,
  };
}

function supports(definition: MetricDefinition, dimension: string): boolean {
  return definition.dimensions.some((name) => name.toLowerCase() === dimension.toLowerCase());
}

/** Reads `A eq '*' and (B eq 'x' or B eq 'y')`; undefined where it is something else. */
function readFilter(text: string | null): readonly Clause[] | undefined {
  if (text === null || text.trim() === '') return [];
  const clauses: Clause[] = [];
  for (const part of text.replace(/[()]/g, ' ').split(/\s+(?:and|or)\s+/i)) {
    const [, dimension, value] = /^\s*([\w-]+)\s+eq\s+'([^']*)'\s*$/i.exec(part) ?? [];
    if (dimension === undefined || value === undefined) return undefined;
    clauses.push({ dimension, value });
  }
  return clauses;
}

function readAggregations(text: string | null): readonly Aggregation[] | undefined {
  const names = (text ?? 'average').split(',').map((name) => name.trim().toLowerCase());
  const known = AGGREGATIONS.filter((name) => names.includes(name));
  return known.length === names.length ? known : undefined;
}

/** Reads `start/end`; the last hour where there is none. */
function readTimespan(text: string | null, now: Date): { from: number; until: number } | undefined {
  if (text === null) return { from: now.getTime() - 60 * MINUTE_MS, until: now.getTime() };
  const [start, end, ...rest] = text.split('/');
  const from = Date.parse(start ?? '');
  const until = Date.parse(end ?? '');
  if (rest.length > 0 || Number.isNaN(from) || Number.isNaN(until) || from >= until) return undefined;
  return until - from > LONGEST_SPAN_MINUTES * MINUTE_MS ? undefined : { from, until };
}

function unknownMetric(name: string): string {
  return `Failed to find metric configuration for provider: Microsoft.Network, resource Type: applicationGateways, metric: ${name}, Valid metrics: ${METRICS.map((metric) => metric.name).join(',')}`;
}

/** Metrics refuse without the `error` wrapper that the rest of Resource Manager uses. */
function refuse(message: string): Answer {
  return bareError(400, 'BadRequest', message);
}
