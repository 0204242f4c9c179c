import { deliver } from '../src/app/deliver.ts';
import { investigate } from '../src/app/investigate.ts';
import { keepBaseline } from '../src/app/keep-baseline.ts';
import type { BoundSink, DeliverMessage, InvestigateMessage, PoisonMessage } from '../src/app/ports.ts';
import { receiveSignal } from '../src/app/receive-alert.ts';
import { reconcile } from '../src/app/reconcile.ts';
import { sweep } from '../src/app/sweep.ts';
import { GATEWAY_ID } from '../src/causes/case.ts';
import type { Incident } from '../src/core/incident.ts';
import type { LifecyclePolicy } from '../src/core/lifecycle.ts';
import type { Notification } from '../src/core/notification.ts';
import type { Route } from '../src/core/routing.ts';
import type { Signal } from '../src/core/signal.ts';
import type { Silence } from '../src/core/silence.ts';
import type { SendOutcome } from '../src/sinks/sink.ts';
import { type MemoryPorts, memoryPorts, signal } from './memory-ports.ts';

/**
 * A language for the life of an incident. A story says what happens when, and which messages have to arrive between
 * which moments; whatever arrives beside them fails the story. Time is virtual: a night takes milliseconds.
 *
 *     await story()
 *       .at('0s', world(down))
 *       .at('0s', alert())
 *       .expect('0s', '2s', 'slack', 'opened')
 *       .until('10m');
 */
export interface Story {
  readonly at: (time: string, ...steps: readonly Step[]) => Story;
  /** A message that has to arrive at a sink, from one moment up to and including another. */
  readonly expect: (from: string, to: string, sink: string, kind: Notification['kind'], says?: RegExp) => Story;
  /** Plays the story up to a moment. Throws with everything that is missing or too much. */
  readonly until: (time: string) => Promise<Ending>;
  /** Plays it without judging what arrived. */
  readonly play: (time: string) => Promise<Ending>;
}

export interface Ending {
  readonly incidents: readonly Incident[];
  readonly arrivals: readonly Arrival[];
  readonly deadLetters: readonly { readonly message: DeliverMessage; readonly reason: string }[];
}

export interface Arrival {
  readonly atMs: number;
  readonly sink: string;
  readonly notification: Notification;
}

export type Step = (stage: Stage) => void | Promise<void>;

/** Changes the ports of a story before it is played. `handle` runs one piece of work as a process would. */
export type Staging = (ports: MemoryPorts) => {
  readonly handle: (work: () => Promise<void>) => Promise<void>;
};

export interface StoryOptions {
  readonly staging?: Staging;
  readonly sinks?: readonly (Pick<Route, 'name'> & Partial<Route>)[];
  readonly policy?: Partial<LifecyclePolicy>;
  /** Whether gateways without an incident are read, to know what was before. */
  readonly baseline?: boolean;
}

interface Stage {
  readonly ports: MemoryPorts;
  readonly behaviours: Map<string, Behaviour>;
}

/** What a sink does with a message; it is taken where nothing is said. */
export type Behaviour = (notification: Notification) => SendOutcome;

const START_MS = Date.parse('2026-09-14T02:00:00.000Z');
const SWEEP_EVERY_MS = 60_000;
const RECONCILE_EVERY_MS = 10 * 60_000;
const UPKEEP_AFTER_MS = 30_000;

const asItIs: Staging = () => ({ handle: (work) => work() });

export function story({
  sinks = [{ name: 'slack' }],
  policy = {},
  staging = asItIs,
  baseline = false,
}: StoryOptions = {}): Story {
  const steps: { atMs: number; steps: readonly Step[] }[] = [];
  const wanted: Wanted[] = [];
  const told: Story = {
    at(time, ...more) {
      steps.push({ atMs: msOf(time), steps: more });
      return told;
    },
    expect(from, to, sink, kind, says) {
      wanted.push({ fromMs: msOf(from), toMs: msOf(to), sink, kind, ...(says ? { says } : {}) });
      return told;
    },
    play: (time) => play({ sinks, policy, staging, baseline }, steps, msOf(time)),
    async until(time) {
      const ending = await told.play(time);
      const problems = compare(wanted, ending.arrivals);
      if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${retell(ending)}`);
      return ending;
    },
  };
  return told;
}

interface Wanted {
  readonly fromMs: number;
  readonly toMs: number;
  readonly sink: string;
  readonly kind: Notification['kind'];
  readonly says?: RegExp;
}

/** Something that is due: a step of the story, a queue message, a sweep. Ties go in the order in which they were planned. */
interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

async function play(
  { sinks, policy, staging, baseline }: Required<StoryOptions>,
  steps: readonly { atMs: number; steps: readonly Step[] }[],
  untilMs: number,
): Promise<Ending> {
  const arrivals: Arrival[] = [];
  const behaviours = new Map<string, Behaviour>();
  const due: Due[] = [];
  let nowMs = 0;
  let order = 0;
  const plan = (atMs: number, run: Due['run']) => due.push({ atMs, order: order++, run });

  const bound = sinks.map(
    ({ name }): BoundSink => ({
      name,
      deliver: async (notification) => {
        const outcome = behaviours.get(name)?.(notification) ?? { outcome: 'delivered' };
        if (outcome.outcome === 'delivered') arrivals.push({ atMs: nowMs, sink: name, notification });
        return outcome;
      },
    }),
  );
  const base = memoryPorts(bound);
  const ports: MemoryPorts = Object.assign(base, {
    policy: { ...base.policy, ...policy },
    routes: sinks.map((sink): Route => ({ takesPages: false, ...sink })),
    watchedGateways: baseline ? [GATEWAY_ID] : [],
    baselinePolicy: { configMinutes: baseline ? 5 : 0, healthMinutes: 5 },
    queues: {
      investigate: async (message: InvestigateMessage) => {
        const poison = { queue: 'investigate', investigation: message } as const;
        plan(nowMs, () => run(async () => void (await investigate(ports, message)), poison));
      },
      deliver: async (message: DeliverMessage, delaySeconds = 0) => {
        const poison = { queue: 'deliver', delivery: message } as const;
        plan(nowMs + delaySeconds * 1000, () => run(() => deliver(ports, message), poison));
      },
      look: base.queues.look,
      deadLetterDelivery: async (message: DeliverMessage, reason: string) => {
        base.deadLetters.push({ message, reason });
      },
    },
  });
  const { handle: within } = staging(ports);
  /** The queue repeats a message whose handler failed, up to five times, half a minute apart (host.json), and gives it up. */
  async function run(
    handle: () => Promise<void>,
    poison?: Pick<PoisonMessage, 'queue' | 'investigation' | 'delivery'>,
    attempt = 1,
  ): Promise<void> {
    try {
      await within(handle);
    } catch {
      if (attempt < 5) plan(nowMs + 30_000, () => run(handle, poison, attempt + 1));
      else if (poison) ports.poisonRows.push({ id: `poison-${order++}`, receipt: '', text: '', ...poison });
    }
  }

  for (const { atMs, steps: taken } of steps) {
    for (const step of taken) plan(atMs, () => run(async () => step({ ports, behaviours })));
  }
  for (let atMs = SWEEP_EVERY_MS; atMs <= untilMs; atMs += SWEEP_EVERY_MS) {
    // A sweep that dies is followed by the next.
    plan(atMs, () => within(async () => void (await sweep(ports))).catch(() => {}));
    if (atMs % RECONCILE_EVERY_MS === 0)
      plan(atMs, () => within(async () => void (await reconcile(ports))).catch(() => {}));
    if (baseline) plan(atMs - UPKEEP_AFTER_MS, () => within(async () => void (await keepBaseline(ports))));
  }

  for (;;) {
    const [next] = due.sort((left, right) => left.atMs - right.atMs || left.order - right.order);
    if (!next || next.atMs > untilMs) break;
    due.shift();
    nowMs = next.atMs;
    ports.clock = new Date(START_MS + nowMs);
    await next.run();
  }
  return { incidents: [...ports.rows.values()], arrivals, deadLetters: ports.deadLetters };
}

/** Every wanted message takes the first arrival that fits; what is left on either side is a problem. */
function compare(wanted: readonly Wanted[], arrivals: readonly Arrival[]): readonly string[] {
  const left = [...arrivals];
  const problems: string[] = [];
  for (const want of wanted) {
    const index = left.findIndex((arrival) => fits(want, arrival));
    if (index >= 0) left.splice(index, 1);
    else problems.push(`Missing at ${want.sink}: ${want.kind} between ${clock(want.fromMs)} and ${clock(want.toMs)}`);
  }
  for (const arrival of left) problems.push(`Unexpected: ${describe(arrival)}`);
  return problems;
}

function fits({ fromMs, toMs, sink, kind, says }: Wanted, { atMs, sink: at, notification }: Arrival): boolean {
  if (sink !== at || kind !== notification.kind || atMs < fromMs || atMs > toMs) return false;
  return says?.test(`${notification.headline} ${notification.note ?? ''}`) ?? true;
}

function describe({ atMs, sink, notification }: Arrival): string {
  return `${sink} got "${notification.kind}" ${notification.revision} at ${clock(atMs)}: ${notification.headline} ${notification.note ?? ''}`;
}

function retell({ arrivals, incidents }: Ending): string {
  const lines = incidents.flatMap(({ id, state, timeline }) => [
    `Incident ${id} is ${state}:`,
    ...timeline.map(({ at, event, reason }) => `  ${clock(Date.parse(at) - START_MS)} ${event}: ${reason}`),
  ]);
  return ['What arrived:', ...arrivals.map((arrival) => `  ${describe(arrival)}`), ...lines].join('\n');
}

/** `1h2m3s`, any part of it. */
function msOf(time: string): number {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(time);
  if (!match || time === '') throw new Error(`"${time}" is no time: write 1h2m3s, or any part of it.`);
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m${seconds % 60}s`;
}

/** The gateway from now on. */
export function world(raw: Readonly<Record<string, unknown>>): Step {
  return ({ ports }) => {
    ports.world = raw;
  };
}

/** An alert that arrives now; it fired now, unless `at` says otherwise. */
export function alert(changes: Partial<Signal> & { readonly firedAt?: string } = {}): Step {
  return async ({ ports }) => {
    const { firedAt, ...rest } = changes;
    const at = firedAt === undefined ? ports.clock : new Date(START_MS + msOf(firedAt));
    await receiveSignal(ports, { outcome: 'signal', signal: signal({ at: at.toISOString(), ...rest }) });
  };
}

/** An alert that Azure fires now, and whose webhook gets lost on its way. */
export function lostAlert(changes: Partial<Signal> = {}): Step {
  return ({ ports }) => {
    ports.fired.push(signal({ at: ports.clock.toISOString(), ...changes }));
  };
}

export function resolves(changes: Parameters<typeof alert>[0] = {}): Step {
  return alert({ condition: 'resolved', ...changes });
}

/** A sink behaves like this from now on. */
export function sink(name: string, behaviour: Behaviour): Step {
  return ({ behaviours }) => {
    behaviours.set(name, behaviour);
  };
}

/** From now on until another moment. */
export function silence(until: string, changes: Partial<Silence> = {}): Step {
  return ({ ports }) => {
    ports.silenceRows.push({
      id: `s${ports.silenceRows.length}`,
      from: ports.clock.toISOString(),
      until: new Date(START_MS + msOf(until)).toISOString(),
      author: 'Ada',
      reason: 'planned work.',
      ...changes,
    });
  };
}

/** All silences are taken away. */
export const noSilence: Step = ({ ports }) => {
  ports.silenceRows.length = 0;
};

/** A step of the app fails from now on, as a crash at that point would: `collect`, `incidents.change`, ... */
export function fails(step: string): Step {
  return ({ ports }) => {
    ports.failAt.set(step, new Error('crashed'));
  };
}

export function works(step: string): Step {
  return ({ ports }) => {
    ports.failAt.delete(step);
  };
}
