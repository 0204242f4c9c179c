import type { Signal } from '../core/signal.ts';
import { TIME_LIMITS } from '../traffic/fold.ts';
import { decideTrouble } from '../traffic/trouble.ts';
import type { TroubleSettings } from '../traffic/trouble-settings.ts';
import {
  newTroubleState,
  openTargets,
  stepTrouble,
  type TroubleState,
  wantsIncident,
  withoutSignals,
} from '../traffic/trouble-signals.ts';
import type { MinuteWindow } from '../traffic/window.ts';
import type { Ports } from './ports.ts';
import { type BatchReport, forEachOf, type Stored, type TrafficStore } from './read-traffic.ts';
import { receiveSignal } from './receive-alert.ts';

/** What is found at each gateway, kept so that all instances agree. */
export interface TroubleStore {
  readonly loadTrouble: (gateway: string) => Promise<Stored<TroubleState> | undefined>;
  /** False where somebody else has written in between. */
  readonly saveTrouble: (state: TroubleState, version: string | undefined) => Promise<boolean>;
  /** Notes that requests of the gateway fail, so that the sweep looks at it as well. */
  readonly noteFailing: (gateway: string, at: Date) => Promise<void>;
  /** Gateways that were noted since then, and those whose signals wait to be handed over. */
  readonly troubledSince: (since: Date) => Promise<readonly string[]>;
}

export interface WatchPorts {
  readonly store: TrafficStore & TroubleStore;
  readonly settings: TroubleSettings;
  /** The request timeouts of a gateway's backend settings in seconds, by the setting's name in lower case; empty where unknown. */
  readonly requestTimeouts: (gateway: string) => Promise<ReadonlyMap<string, number>>;
}

/** The usual is told from the minutes before. */
const LOOK_BACK_MINUTES = 30;
/** Signals of a sweep go back this far: what began and was passed over by a look that came too early is seen by then. */
const SWEEP_BACK_MINUTES = 10;
/** Two instances can look at one gateway at once, and each decides anew when the other was faster. */
const MAX_TRIES = 8;

/** When this process looked at each gateway last, milliseconds since 1970. */
export interface LookMemory {
  /** Because requests fail there, and because trouble there may be over. */
  readonly failing: Map<string, number>;
  readonly calm: Map<string, number>;
  /** When it was noted that requests fail. */
  readonly noted: Map<string, number>;
  /** Gateways at which somebody is about to look. */
  readonly awaited: Set<string>;
  /** The looks that are being made: one at a time at each gateway. */
  readonly running: Map<string, Promise<void>>;
}

export function newLookMemory(): LookMemory {
  return { failing: new Map(), calm: new Map(), noted: new Map(), awaited: new Set(), running: new Map() };
}

/** Failures are looked at again after this time at the earliest: a busy hub brings many batches a second. */
const FAILING_EVERY_MS = 5_000;
/** A gateway without failures can only have recovered, and nobody waits for that as for an alarm. */
const CALM_EVERY_MS = 15_000;
const NOTE_EVERY_MS = 60_000;
const MAX_REMEMBERED = 5_000;

/**
 * Looks at the gateways that a batch has touched, as often as it is worth. Trouble can only begin where something failed.
 * Where failures were looked at a moment ago, one batch waits for its turn, and what the others bring meanwhile is seen
 * with it. Rejects where the storage does.
 */
export async function watchBatch(
  ports: Ports,
  watch: WatchPorts,
  { gateways }: Pick<BatchReport, 'gateways'>,
  memory: LookMemory,
): Promise<void> {
  const oldest = Math.floor(ports.now().getTime() / 60_000) - LOOK_BACK_MINUTES;
  await forEachOf(gateways, async ({ gateway, failingMinute }) => {
    if (gateway === '') return;
    if (failingMinute !== undefined && failingMinute >= oldest) await watchFailing(ports, watch, gateway, memory);
    else await watchCalm(ports, watch, gateway, memory);
  });
}

async function watchFailing(ports: Ports, watch: WatchPorts, gateway: string, memory: LookMemory): Promise<void> {
  const now = ports.now().getTime();
  if (waitMs(memory.noted, gateway, now, NOTE_EVERY_MS) === 0) {
    await watch.store.noteFailing(gateway, new Date(now));
    remember(memory.noted, gateway, now);
  }
  // Whoever waits looks after this batch was stored.
  if (memory.awaited.has(gateway)) return;
  memory.awaited.add(gateway);
  try {
    const pause = waitMs(memory.failing, gateway, ports.now().getTime(), FAILING_EVERY_MS);
    if (pause > 0) await ports.sleep(pause);
    await memory.running.get(gateway)?.catch(() => {});
  } finally {
    memory.awaited.delete(gateway);
  }
  remember(memory.failing, gateway, ports.now().getTime());
  await look(ports, watch, gateway, true, memory);
}

async function look(ports: Ports, watch: WatchPorts, gateway: string, isFailing: boolean, { running }: LookMemory) {
  const looking = lookAtGateway(ports, watch, gateway, isFailing);
  running.set(gateway, looking);
  try {
    await looking;
  } finally {
    if (running.get(gateway) === looking) running.delete(gateway);
  }
}

async function watchCalm(ports: Ports, watch: WatchPorts, gateway: string, memory: LookMemory): Promise<void> {
  const now = ports.now().getTime();
  if (memory.running.has(gateway) || waitMs(memory.calm, gateway, now, CALM_EVERY_MS) > 0) return;
  remember(memory.calm, gateway, now);
  try {
    await look(ports, watch, gateway, false, memory);
  } catch (error) {
    // The batch is delivered again, and then looked at.
    memory.calm.delete(gateway);
    throw error;
  }
}

/** How long it is until the gateway's turn, in milliseconds; 0 where it is its turn. */
function waitMs(times: ReadonlyMap<string, number>, gateway: string, now: number, everyMs: number): number {
  const last = times.get(gateway);
  // A clock that was set back must not keep anybody waiting.
  return last === undefined || now < last ? 0 : Math.max(0, last + everyMs - now);
}

function remember(times: Map<string, number>, gateway: string, now: number): void {
  times.delete(gateway);
  times.set(gateway, now);
  const [oldest] = times.keys();
  if (times.size > MAX_REMEMBERED && oldest !== undefined) times.delete(oldest);
}

/** From the sweep, once a minute: what no batch has looked at, and what a process that died has left behind. */
export async function sweepTraffic(ports: Ports, watch: WatchPorts): Promise<number> {
  const since = new Date(ports.now().getTime() - SWEEP_BACK_MINUTES * 60_000);
  let looks = 0;
  for (const gateway of await watch.store.troubledSince(since)) {
    try {
      await lookAtGateway(ports, watch, gateway, true);
      looks += 1;
    } catch (error) {
      ports.log.error({ event: 'stream.look-failed', err: error }, 'the traffic of a gateway could not be judged');
    }
  }
  return looks;
}

/** Decides whether the gateway is in trouble, and hands over the signals that come of it. */
export async function lookAtGateway(
  ports: Ports,
  watch: WatchPorts,
  gateway: string,
  isFailing: boolean,
): Promise<void> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const stored = await watch.store.loadTrouble(gateway);
    const state = stored?.value ?? newTroubleState(gateway);
    if (!isFailing && state.open.length === 0 && state.outbox.length === 0) return;
    const next = await decide(ports, watch, state);
    if (next !== state && !(await watch.store.saveTrouble(next, stored?.version))) continue;
    return handOver(ports, watch, next);
  }
  throw new Error('What is known of a gateway changes faster than it can be written.');
}

async function decide(ports: Ports, { store, settings, requestTimeouts }: WatchPorts, state: TroubleState) {
  const now = ports.now();
  const at = now.toISOString();
  const minute = Math.floor(now.getTime() / 60_000);
  const { gateway } = state;
  const rows = await store.rowsBetween(gateway, minute - LOOK_BACK_MINUTES, minute + TIME_LIMITS.earlyMinutes);
  const timeouts = hasGivenUp(rows, settings.givenUp) ? await requestTimeouts(gateway) : new Map<string, number>();
  const decisions = decideTrouble(rows, settings, now.getTime(), {
    open: openTargets(state),
    requestTimeoutSeconds: ({ setting }) => timeouts.get(setting.toLowerCase()),
  });
  const slot = { gatewayId: gateway, isTest: false };
  const hasIncident = wantsIncident(state, at)
    ? await ports.incidents.change(slot, (current) => ({
        result: current !== undefined && current.state !== 'resolved',
      }))
    : undefined;
  const digest = (text: string) => ports.digest(text, 24);
  const step = { at, digest, ...(hasIncident === undefined ? {} : { hasIncident }) };
  return stepTrouble(state, decisions, step);
}

/** Whether so many clients gave up that it matters how long requests may take. */
function hasGivenUp(rows: readonly MinuteWindow[], atLeast: number): boolean {
  let count = 0;
  for (const { targets } of rows) {
    for (const { outcomes } of targets.values()) {
      for (const outcome of outcomes.values()) if (outcome.status === 499) count += outcome.count;
    }
  }
  return count >= atLeast;
}

/** Takes the waiting signals in, oldest first, and only then strikes them off. A repeat of one is known by its id. */
async function handOver(ports: Ports, { store }: WatchPorts, { gateway, outbox }: TroubleState): Promise<void> {
  if (outbox.length === 0) return;
  for (const signal of outbox) await takeIn(ports, signal);
  const sent = new Set(outbox.map(({ id }) => id));
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const stored = await store.loadTrouble(gateway);
    if (!stored) return;
    const rest = withoutSignals(stored.value, sent);
    if (rest === stored.value || (await store.saveTrouble(rest, stored.version))) return;
  }
}

async function takeIn(ports: Ports, signal: Signal): Promise<void> {
  const { status, body } = await receiveSignal(ports, { outcome: 'signal', signal });
  if (status === 503) throw new Error('A signal of the stream could not be stored.');
  const { condition } = signal;
  const { outcome, incidentId } = body;
  ports.log.info({ event: 'stream.signal', condition, outcome, incidentId }, 'signal of the stream');
}
