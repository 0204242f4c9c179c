/** Platform metrics over the time around the failure. A minute without a value is not a zero, and is left out. */
export interface Metrics {
  readonly series: readonly MetricSeries[];
}

export interface MetricSeries {
  /** The REST name, such as `HealthyHostCount`. */
  readonly metric: string;
  /** `Count`, `MilliSeconds`, `BytesPerSecond`, `Percent`. */
  readonly unit?: string;
  /** Dimension values by lower-cased dimension name; `backendsettingspool` is `pool~setting`. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly points: readonly MetricPoint[];
}

export interface MetricPoint {
  readonly at: string;
  readonly average?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly total?: number;
}

export function seriesOf(metrics: Metrics | undefined, metric: string): readonly MetricSeries[] {
  const wanted = metric.toLowerCase();
  return metrics?.series.filter((series) => series.metric.toLowerCase() === wanted) ?? [];
}
