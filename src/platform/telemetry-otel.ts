import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { AlwaysOnSampler, BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Log } from '../app/ports.ts';
import { COUNTERS, type CounterName, HISTOGRAMS, type HistogramName, type Telemetry } from './telemetry.ts';

/** An instance may be gone a moment after its last message, so spans are sent soon and metrics four times a minute. */
const SPANS_EVERY_MS = 1_000;
const METRICS_EVERY_MS = 15_000;
/** A collector that hangs must cost nothing but its own telemetry. */
const EXPORT_TIMEOUT_MS = 5_000;
/** A collector that is down is said once in this time. */
const COMPLAIN_EVERY_MS = 10 * 60_000;
/** From a read that takes a tenth of a second to an incident that nobody was told of for hours. */
const BOUNDARIES_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 1_800, 3_600, 14_400];

export interface Exporters {
  readonly spans: SpanExporter;
  readonly metrics: PushMetricExporter;
}

export interface OpenTelemetry extends Telemetry {
  /** Hands over what was collected so far. */
  readonly flush: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Sends to a collector by OTLP over HTTP. Further OTEL_EXPORTER_OTLP_* variables, such as headers, are the SDK's own. */
export function startOpenTelemetry({
  endpoint,
  log,
  serviceName = process.env.OTEL_SERVICE_NAME || 'appgw-triage',
}: {
  readonly endpoint: string;
  readonly log: Log;
  readonly serviceName?: string;
}): OpenTelemetry {
  const complain = createComplaint(log);
  const spans = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: EXPORT_TIMEOUT_MS });
  const metrics = new OTLPMetricExporter({ url: `${endpoint}/v1/metrics`, timeoutMillis: EXPORT_TIMEOUT_MS });
  watch(spans, complain);
  watch(metrics, complain);
  return collectInto({ spans, metrics }, serviceName);
}

/** Builds the providers of this program alone: nothing is registered globally, so nothing else is traced by accident. */
export function collectInto({ spans, metrics }: Exporters, serviceName: string): OpenTelemetry {
  const resource = resourceFromAttributes({ 'service.name': serviceName });
  const spanProcessor = new BatchSpanProcessor({
    exporter: spans,
    scheduledDelayMillis: SPANS_EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: metrics,
    exportIntervalMillis: METRICS_EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  // The host marks its traceparent as not sampled where it does not trace itself; our spans are wanted all the same.
  const sampler = new AlwaysOnSampler();
  const traces = new TracerProvider({ resource, sampler, spanProcessors: [spanProcessor] });
  const meters = new MeterProvider({ resource, readers: [reader] });
  const tracer = traces.getTracer('appgw-triage');
  const meter = meters.getMeter('appgw-triage');
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, description]) => [name, meter.createCounter(name, { description })]),
  );
  const advice = { explicitBucketBoundaries: BOUNDARIES_SECONDS };
  const histograms = new Map(
    Object.entries(HISTOGRAMS).map(([name, description]) => [
      name,
      meter.createHistogram(name, { description, unit: 's', advice }),
    ]),
  );
  const active = new AsyncLocalStorage<Context>();

  return {
    async span(name, attributes, work, parent) {
      const context = active.getStore() ?? contextOf(parent);
      const span = tracer.startSpan(name, { attributes: { ...attributes } }, context);
      try {
        return await active.run(trace.setSpan(context, span), work);
      } catch (error) {
        // The name alone: messages of errors may hold addresses.
        span.setAttribute('error.type', error instanceof Error ? error.name : 'NotAnError');
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
    past(name, attributes, { endedAt, tookMs, isFailed }) {
      const endMs = Date.parse(endedAt);
      if (Number.isNaN(endMs)) return;
      const options = { attributes: { ...attributes }, startTime: endMs - Math.max(0, tookMs) };
      const span = tracer.startSpan(name, options, active.getStore() ?? ROOT_CONTEXT);
      if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endMs);
    },
    count: (name: CounterName, attributes = {}) => counters.get(name)?.add(1, { ...attributes }),
    record: (name: HistogramName, seconds, attributes = {}) => {
      if (Number.isFinite(seconds) && seconds >= 0) histograms.get(name)?.record(seconds, { ...attributes });
    },
    flush: async () => {
      await Promise.all([traces.forceFlush(), meters.forceFlush()]);
    },
    stop: async () => {
      await Promise.all([traces.shutdown(), meters.shutdown()]);
    },
  };
}

/** A W3C traceparent, as the Functions host hands it to an invocation; anything else begins a trace of its own. */
function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags ?? '0', 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

interface Exporting<Items> {
  export: (items: Items, done: (result: { code: number; error?: Error }) => void) => void;
}

/** Reports what the exporter could not hand over; ExportResultCode.SUCCESS is 0. */
function watch<Items>(exporter: Exporting<Items>, complain: () => void): void {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    send(items, (result) => {
      if (result.code !== 0) complain();
      done(result);
    });
}

function createComplaint(log: Log): () => void {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (nowMs - saidAtMs < COMPLAIN_EVERY_MS) return;
    saidAtMs = nowMs;
    log.warn({ event: 'telemetry.not-exported' }, 'telemetry was not taken by its collector');
  };
}
