import type { Evidence, Snapshot } from '../core/evidence.ts';
import type { Readings } from '../core/readings.ts';
import type { GatewayId } from '../core/resource-id.ts';
import {
  type AzureClients,
  type Collector,
  type EvidenceKind,
  NothingToAsk,
  Parts,
  type ProberLimits,
  type ReadStream,
} from './evidence-kind.ts';
import { present } from './json.ts';
import { unreadableAnswer } from './raw-body.ts';
import { reasonOf } from './reasons.ts';

export interface CollectOptions {
  readonly gateway: GatewayId;
  readonly clients: AzureClients;
  /** What to read: all kinds, or those that a diagnosis still misses. Kinds without a collector are passed over. */
  readonly kinds: readonly EvidenceKind[];
  /** What is known already; nothing in the first round. */
  readonly readings?: Readings;
  readonly prober?: ProberLimits;
  readonly readStream?: ReadStream;
  /** The time that logs and metrics are read for. */
  readonly from: Date;
  readonly to: Date;
  /** Ends all reads: what has not been answered by then is `failed`. */
  readonly abort: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back after a time, and returns how to call it off. Tests bring their own. */
  readonly after?: (delayMs: number, callback: () => void) => () => void;
}

/**
 * Reads everything side by side. Each read has its own deadline, and whatever comes of it (an answer, none, a refusal, a
 * read that does not even react to being given up) becomes an evidence with its state and reason. Never throws.
 */
export async function collectSnapshot(options: CollectOptions): Promise<Snapshot> {
  const takenAt = new Date(options.now()).toISOString();
  const evidence = await Promise.all(
    options.kinds.flatMap((kind) => (kind.collector === undefined ? [] : [collectOne(kind, kind.collector, options)])),
  );
  return { gatewayId: options.gateway.id, takenAt, evidence: evidence.flat() };
}

type Outcome =
  | { readonly raw: unknown }
  | { readonly reason: string }
  /** Not asked for, on purpose. */
  | { readonly skipped: string };

async function collectOne(
  kind: EvidenceKind,
  load: () => Promise<Collector>,
  options: CollectOptions,
): Promise<readonly Evidence[]> {
  const startedAt = options.now();
  let asked: string | undefined;
  let outcome: Outcome;
  try {
    const collector = await load();
    asked = collector.asks;
    outcome = await ask(collector, options);
  } catch (error) {
    outcome = { reason: reasonOf(error) };
  }
  const endedAt = options.now();
  const common = {
    asked,
    takenAt: new Date(endedAt).toISOString(),
    tookMs: Math.max(0, Math.round(endedAt - startedAt)),
  };
  return partsOf(outcome).map(({ part, ...one }) =>
    present<Evidence>({ name: kind.name, part, ...judge(kind, one.outcome), ...common }),
  );
}

/** One outcome for each part; a read that has no parts is its own only part. */
function partsOf(outcome: Outcome): readonly { readonly part?: string; readonly outcome: Outcome }[] {
  if (!('raw' in outcome) || !(outcome.raw instanceof Parts)) return [{ outcome }];
  return outcome.raw.parts.map((one) => ({
    part: one.part,
    outcome: 'raw' in one ? { raw: one.raw } : { reason: reasonOf(one.error) },
  }));
}

/** The reader says whether an answer holds anything. The body of an answer that it cannot read is kept with it. */
function judge(kind: EvidenceKind, outcome: Outcome): Pick<Evidence, 'state' | 'reason' | 'raw'> {
  if ('skipped' in outcome) return { state: 'skipped', reason: outcome.skipped };
  if ('reason' in outcome) return { state: 'failed', reason: outcome.reason };
  const { raw } = outcome;
  try {
    const { state, reason } = kind.read([raw]);
    return { state, reason, raw };
  } catch {
    return { state: 'failed', reason: 'the answer could not be read; please report it with the snapshot', raw };
  }
}

/** Settles by the collector's deadline and by the abort, whatever the collector does. */
async function ask(collector: Collector, options: CollectOptions): Promise<Outcome> {
  const {
    gateway,
    clients,
    from,
    to,
    abort,
    prober,
    readStream,
    readings = { evidence: [] },
    after = afterDelay,
  } = options;
  if (abort.aborted) return { reason: ENDED };
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const giveUp = (reason: string) => {
    // First the outcome, then the abort: the collector's own AbortError must not win over the reason.
    resolve({ reason });
    controller.abort();
  };
  const onAbort = () => giveUp(ENDED);
  abort.addEventListener('abort', onAbort, { once: true });
  const callOff = after(collector.deadlineMs, () => giveUp(`not answered within ${seconds(collector.deadlineMs)} s`));
  // Not awaited: a collector that ignores its abort goes on alone, and what becomes of it no longer matters.
  start(collector, { gateway, clients, from, to, readings, prober, readStream, abort: controller.signal }).then(
    resolve,
  );
  try {
    return await promise;
  } finally {
    callOff();
    abort.removeEventListener('abort', onAbort);
  }
}

/** Never rejects, not even where the collector throws before it returns a promise. */
async function start(collector: Collector, context: Parameters<Collector['collect']>[0]): Promise<Outcome> {
  try {
    const raw = await collector.collect(context);
    if (raw === undefined || raw === null) throw unreadableAnswer('the service answered without a body');
    return { raw };
  } catch (error) {
    return error instanceof NothingToAsk ? { skipped: error.message } : { reason: reasonOf(error) };
  }
}

const ENDED = 'not answered before the investigation ended';

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}

function afterDelay(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
