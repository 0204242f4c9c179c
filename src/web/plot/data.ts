import { type MetricPoint, type MetricSeries, type Metrics, seriesOf } from '../../core/metrics.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';

/** What the plot shows, by minute. Pure data: the drawing knows nothing of readings. */
export interface PlotData {
  readonly hosts?: Panel;
  readonly failures?: Panel;
  readonly backendTime?: Panel;
  /** First and last minute that a reading tells of, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly marks: readonly Mark[];
}

export interface Panel {
  readonly title: string;
  /** The pool and setting, where it is about one. */
  readonly place?: string;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly name: string;
  /** `[milliseconds since 1970, value]`, in order; a minute without a value is a gap and no zero. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Mark {
  readonly kind: 'failure' | 'alert' | 'change' | 'recovery';
  readonly label: string;
  readonly at: number;
}

export interface Moments {
  readonly failure?: string;
  readonly alert?: string;
  readonly change?: string;
  readonly recovery?: string;
}

export interface Focus {
  readonly pool?: string;
  readonly setting?: string;
}

/** A day of minutes; the service answers no more than that of one-minute grains here. */
const MOST_POINTS = 1_440;
const MINUTE_MS = 60_000;

/**
 * The plot of an incident from its readings, the older ones first: where two tell of one minute, the later one counts.
 * Undefined where none of them holds a value to draw. Pure.
 */
export function plotData(readings: readonly Readings[], focus: Focus, moments: Moments): PlotData | undefined {
  const all = readings.map(({ metrics }) => metrics).filter((metrics) => metrics !== undefined);
  const hosts = hostsPanel(all, focus);
  const failures = failuresPanel(readings, all);
  const backendTime = timePanel(all, focus);
  const panels = [hosts, failures, backendTime].filter((panel) => panel !== undefined);
  const times = panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(([time]) => time)));
  if (times.length === 0) return undefined;
  const from = times.reduce((least, time) => Math.min(least, time));
  const to = times.reduce((most, time) => Math.max(most, time), from + MINUTE_MS);
  return {
    ...(hosts ? { hosts } : {}),
    ...(failures ? { failures } : {}),
    ...(backendTime ? { backendTime } : {}),
    from,
    to,
    marks: marksOf(moments),
  };
}

function marksOf({ change, failure, alert, recovery }: Moments): readonly Mark[] {
  const mark = (kind: Mark['kind'], label: string, at: string | undefined): readonly Mark[] => {
    const time = Date.parse(at ?? '');
    return Number.isNaN(time) ? [] : [{ kind, label, at: time }];
  };
  return [
    ...mark('change', 'change', change),
    ...mark('failure', 'first failure', failure),
    ...mark('alert', 'alert', alert),
    ...mark('recovery', 'recovery', recovery),
  ].toSorted((left, right) => left.at - right.at);
}

/** Marks within the plot, and a little beside it, where the readings end before the alert came. */
export function marksWithin({ marks, from, to }: PlotData): readonly Mark[] {
  const beside = 10 * MINUTE_MS;
  return marks.filter(({ at }) => at >= from - beside && at <= to + beside);
}

function hostsPanel(all: readonly Metrics[], focus: Focus): Panel | undefined {
  const pick = (metric: string, value: (point: MetricPoint) => number | undefined, join: Join) =>
    line(
      all.flatMap((metrics) => inFocus(seriesOf(metrics, metric), focus)),
      value,
      join,
    );
  // The least of the healthy and the most of the unhealthy count: an average over instances hides a member that is down.
  const healthy = pick('HealthyHostCount', ({ minimum, average }) => minimum ?? average, 'sum');
  const unhealthy = pick('UnhealthyHostCount', ({ maximum, average }) => maximum ?? average, 'sum');
  const lines = [
    { name: 'healthy', points: healthy },
    { name: 'unhealthy', points: unhealthy },
  ].filter(({ points }) => points.length > 0);
  const where = focus.pool === undefined ? 'all pools' : [focus.pool, focus.setting].filter(Boolean).join('~');
  return lines.length === 0 ? undefined : { title: 'Healthy hosts, and unhealthy (dashed)', place: where, lines };
}

function failuresPanel(readings: readonly Readings[], all: readonly Metrics[]): Panel | undefined {
  const byMinute = new Map<number, number>();
  for (const { traffic } of readings) {
    for (const { at, failed } of traffic?.minutes ?? []) {
      const time = Date.parse(at);
      if (Number.isFinite(time)) byMinute.set(time, failed);
    }
  }
  if (byMinute.size > 0) {
    return {
      title: 'Requests answered 502 or 504, a minute',
      lines: [{ name: '502 or 504', points: inOrder(byMinute) }],
    };
  }
  const series = all.flatMap((metrics) =>
    seriesOf(metrics, 'ResponseStatus').filter(({ dimensions }) => dimensions.httpstatusgroup?.toLowerCase() === '5xx'),
  );
  const points = line(series, ({ total }) => total, 'sum');
  return points.length === 0
    ? undefined
    : { title: 'Requests answered 5xx, a minute', lines: [{ name: '5xx', points }] };
}

function timePanel(all: readonly Metrics[], focus: Focus): Panel | undefined {
  const backend = all.flatMap((metrics) => inFocus(seriesOf(metrics, 'BackendLastByteResponseTime'), focus));
  const points = line(backend, ({ average }) => average, 'most');
  if (points.length > 0) return { title: 'Backend time, ms', lines: [{ name: 'backend time', points }] };
  const whole = line(
    all.flatMap((metrics) => seriesOf(metrics, 'ApplicationGatewayTotalTime')),
    ({ average }) => average,
    'most',
  );
  return whole.length === 0 ? undefined : { title: 'Total time, ms', lines: [{ name: 'total time', points: whole }] };
}

/** The series of the place in focus; all of them where none is, or none fits. */
function inFocus(series: readonly MetricSeries[], { pool, setting }: Focus): readonly MetricSeries[] {
  if (pool === undefined) return series;
  const fitting = series.filter(({ dimensions }) => {
    const { backendsettingspool, backendpool, backendhttpsetting } = dimensions;
    const [ofPool = backendpool, ofSetting = backendhttpsetting] = backendsettingspool?.split('~') ?? [];
    if (ofPool === undefined || !sameName(ofPool, pool)) return false;
    return setting === undefined || ofSetting === undefined || sameName(ofSetting, setting);
  });
  return fitting.length > 0 ? fitting : series;
}

/** How series of one metric become one line. */
type Join = 'sum' | 'most';

function line(
  series: readonly MetricSeries[],
  value: (point: MetricPoint) => number | undefined,
  join: Join,
): Line['points'] {
  const joined = new Map<number, number>();
  // One series read twice, an older and a newer time, is still one series.
  const byDimensions = Map.groupBy(series, ({ dimensions }) => JSON.stringify(Object.entries(dimensions).sort()));
  for (const same of byDimensions.values()) {
    const points = new Map<number, number>();
    for (const point of same.flatMap((each) => each.points)) {
      const [time, number] = [Date.parse(point.at), value(point)];
      if (Number.isFinite(time) && number !== undefined && Number.isFinite(number)) points.set(time, number);
    }
    for (const [time, number] of points) {
      const known = joined.get(time);
      joined.set(time, known === undefined ? number : join === 'sum' ? known + number : Math.max(known, number));
    }
  }
  return inOrder(joined);
}

function inOrder(byTime: ReadonlyMap<number, number>): Line['points'] {
  return [...byTime].toSorted(([left], [right]) => left - right).slice(-MOST_POINTS);
}
