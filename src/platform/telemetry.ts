import type { Log } from '../app/ports.ts';
import type { Environment } from './settings.ts';

/** The spans of our own work. A trace begins with the first three; reads and deliveries are within them. */
export const SPANS = {
  investigation: 'One investigation of one incident, from the queue message to the stored decision.',
  'delivery-message': 'One message of the delivery queue: claim, send, ledger.',
  sweep: 'The sweep of one minute.',
  read: 'One evidence that was read: its name and what came of it.',
  delivery: 'One attempt of one sink to send.',
} as const;
export type SpanName = keyof typeof SPANS;

/** What is counted. Names are never reused for something else. */
export const COUNTERS = {
  'appgw_triage.investigations': 'Investigations, by whether a cause was established and whether it was a recheck.',
  'appgw_triage.verdicts': 'Causes that an investigation named, by cause and verdict.',
  'appgw_triage.deliveries': 'Attempts to send, by sink and outcome.',
  'appgw_triage.arm.calls': 'Calls of Resource Manager, by class of status. Repeats and polls count.',
  'appgw_triage.arm.throttled': 'Calls of Resource Manager that were answered 429.',
} as const;
export type CounterName = keyof typeof COUNTERS;

/** What is measured, in seconds. */
export const HISTOGRAMS = {
  'appgw_triage.investigation.duration': 'How long an investigation took.',
  'appgw_triage.time_to_first_page': 'From the first signal of an incident until a sink took its first message.',
  'appgw_triage.time_to_diagnosis': 'From the first signal of an incident until its first investigation was decided.',
  'appgw_triage.stream.lag': 'From when Event Hubs took a batch of log records in until it was counted.',
} as const;
export type HistogramName = keyof typeof HISTOGRAMS;

/** Names, states and small numbers; never an address, a secret or a resource id. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Work that is over already. */
export interface PastWork {
  /** ISO 8601. */
  readonly endedAt: string;
  readonly tookMs: number;
  readonly isFailed: boolean;
}

/** Traces and metrics of our own work. Nothing here ever rejects or throws, except with what `work` itself throws. */
export interface Telemetry {
  /** Runs `work` as a span; `parent` is a W3C traceparent. Spans that begin within it are its children. */
  readonly span: <Result>(
    name: SpanName,
    attributes: Attributes,
    work: () => Promise<Result>,
    parent?: string,
  ) => Promise<Result>;
  readonly past: (name: SpanName, attributes: Attributes, work: PastWork) => void;
  readonly count: (name: CounterName, attributes?: Attributes) => void;
  /** In seconds. */
  readonly record: (name: HistogramName, seconds: number, attributes?: Attributes) => void;
}

export const noTelemetry: Telemetry = {
  span: (_name, _attributes, work) => work(),
  past: () => {},
  count: () => {},
  record: () => {},
};

export type LoadTelemetry = (options: { readonly endpoint: string; readonly log: Log }) => Promise<Telemetry>;

const loadOpenTelemetry: LoadTelemetry = async (options) => {
  const { startOpenTelemetry } = await import('./telemetry-otel.ts');
  return startOpenTelemetry(options);
};

/**
 * Where OTEL_EXPORTER_OTLP_ENDPOINT is empty, nothing is measured and nothing is loaded. Where it is set, the libraries
 * are loaded at the first use; if that fails, it is logged once and work goes on without them.
 */
export function createTelemetry(
  environment: Environment,
  createLog: () => Log,
  load: LoadTelemetry = loadOpenTelemetry,
): Telemetry {
  const endpoint = environment.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  if (endpoint === '' || /^true$/i.test(environment.OTEL_SDK_DISABLED ?? '')) return noTelemetry;

  let loading: Promise<Telemetry> | undefined;
  const loaded = () => {
    loading ??= (async () => {
      const log = createLog();
      try {
        return await load({ endpoint: endpointOf(endpoint), log });
      } catch (err) {
        log.warn({ event: 'telemetry.unavailable', err }, 'telemetry could not be started');
        return noTelemetry;
      }
    })();
    return loading;
  };
  return {
    span: async (name, attributes, work, parent) => (await loaded()).span(name, attributes, work, parent),
    past: (name, attributes, work) => void loaded().then((telemetry) => telemetry.past(name, attributes, work)),
    count: (name, attributes) => void loaded().then((telemetry) => telemetry.count(name, attributes)),
    record: (name, seconds, attributes) =>
      void loaded().then((telemetry) => telemetry.record(name, seconds, attributes)),
  };
}

/** Throws where it is not an absolute URL; what it is, is not repeated. */
function endpointOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) throw new Error('OTEL_EXPORTER_OTLP_ENDPOINT must be a URL.');
  return text.replace(/\/+$/, '');
}
