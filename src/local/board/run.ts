import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../app/investigate.ts';
import type { Ports } from '../../app/ports.ts';
import { rules } from '../../causes/index.ts';
import type { Snapshot } from '../../core/evidence.ts';
import type { Incident } from '../../core/incident.ts';
import type { Notification } from '../../core/notification.ts';
import { evidenceKinds } from '../../evidence/index.ts';
import { ENDPOINTS, type Endpoint } from '../../simulator/faults.ts';
import type { Arrival } from '../../simulator/inbox.ts';
import { mendingOf } from '../../simulator/mending.ts';
import { type ScenarioName, scenarioNamed } from '../../simulator/scenarios/index.ts';
import { MINUTE_MS, minuteOf } from '../../simulator/world.ts';
import { loadEvidence, loadManifest } from '../../web/load-incident.ts';
import { postAlert } from '../drill.ts';
import { createSupervisor, type Supervisor } from '../processes.ts';
import { type Stack, type StackPart, startStack } from '../stack.ts';
import { NO_TROUBLE, type Score, scoreOf } from './score.ts';
import { decisiveStep, type Step, stepsOf } from './steps.ts';
import { createWorldView, type WorldMinute } from './world-view.ts';

/**
 * How far a drill has come. `starting`: the parts come up. `reading`: the alert was posted. `named`: the diagnosis is
 * there. `mending`: the world was mended, and its clock catches up. `verifying`: the product has not seen the end yet.
 */
export type Phase = 'starting' | 'reading' | 'named' | 'mending' | 'verifying' | 'resolved' | 'failed' | 'stopped';

export type Mode = 'watch' | 'rehearsal';

/** Everything that a page shows of a drill; plain data, a new one at each change. */
export interface RunState {
  readonly scenario: ScenarioName;
  readonly mode: Mode;
  readonly phase: Phase;
  /** What has come up so far. */
  readonly up: readonly StackPart[];
  /** Why it failed. */
  readonly problem?: string;
  readonly hostUrl?: string;
  readonly gateway?: string;
  readonly alert?: unknown;
  /** What the simulated Azure was asked, in the order of the first question. */
  readonly asked: readonly { readonly endpoint: Endpoint; readonly times: number }[];
  readonly world: readonly WorldMinute[];
  /** Counted from the world's start, as in `world`. */
  readonly mendedAtMinute?: number;
  readonly incident?: Incident;
  readonly report?: Report;
  readonly steps: readonly Step[];
  /** Whether all of them are there. */
  readonly isJudged: boolean;
  /** The number of the step that decided, from 0 on. */
  readonly decisive?: number;
  readonly arrivals: readonly Arrival[];
  readonly told?: Notification;
  /** How many investigations there were when somebody asked for another look: one question is one look. */
  readonly askedAfter?: number;
  /** From the posting of the alert to the stored diagnosis, in milliseconds. */
  readonly toolTookMs?: number;
  /** From the posting of the alert until everybody was told, or it was decided to tell nobody, in milliseconds. */
  readonly toldTookMs?: number;
  readonly rehearsal: Rehearsal;
}

export interface Rehearsal {
  /** How many of the readings the person has looked at. */
  readonly seen: number;
  readonly answer?: string;
  readonly tookMs?: number;
  readonly score?: Score;
}

export interface Run {
  readonly state: () => RunState;
  /** Told after each change; returns how to be told no more. */
  readonly onChange: (listener: () => void) => () => void;
  /** Applies the fix to the world. Does nothing where there is nothing to mend yet, or it was. */
  readonly mend: () => void;
  /** Asks the product to look again, as a person would. */
  readonly lookAgain: () => Promise<void>;
  /** Rehearsal: shows the next reading; and takes the answer. */
  readonly reveal: () => void;
  readonly answer: (cause: string) => void;
  readonly stop: () => Promise<void>;
  /** Resolves once the diagnosis was told to everybody or held, or it failed; with the stack while it still runs. */
  readonly settled: Promise<{ readonly stack?: Stack; readonly state: RunState }>;
}

export interface RunOptions {
  readonly scenario: ScenarioName;
  readonly mode: Mode;
  /** The folder of the built functions. */
  readonly build: Promise<string>;
  /** The port of the functions; 0 takes any free one. */
  readonly port: number;
  readonly onHostLine?: (line: string) => void;
  /** How long each reading is shown before the next, in milliseconds. */
  readonly stepMs?: number;
}

/**
 * The simulated world begins this far behind, and catches up once it is mended: the minutes in which requests have to
 * succeed before the product believes in a recovery pass in seconds, without any clock of the product being touched. It
 * is less than the quarter of an hour after which a log counts as old.
 */
const BEHIND_MINUTES = 7;
const CATCH_UP_EVERY_MS = 400;
const LOOK_EVERY_MS = 200;
/** A reading whose messages never come is told after this time all the same. */
const GIVE_UP_MS = 120_000;
const STEP_MS = 260;

/** What makes the product resolve at its second look instead of minutes later. */
const SETTINGS = { HOLD_DOWN_MINUTES: '0', BASELINE_MINUTES: '0', AUDIT_HOUR: 'off' } as const;

export function startRun({ scenario, mode, build, port, onHostLine, stepMs = STEP_MS }: RunOptions): Run {
  const listeners = new Set<() => void>();
  const supervisor: Supervisor = createSupervisor();
  const abort = new AbortController();
  let behindMs = BEHIND_MINUTES * MINUTE_MS;
  let state: RunState = {
    scenario,
    mode,
    phase: 'starting',
    up: [],
    asked: [],
    world: [],
    steps: [],
    isJudged: false,
    arrivals: [],
    rehearsal: { seen: 0 },
  };
  let stack: Stack | undefined;
  let alertAtMs = 0;
  let isJudging = false;
  const settled = Promise.withResolvers<{ readonly stack?: Stack; readonly state: RunState }>();
  const now = () => new Date(Date.now() - behindMs);
  const change = (next: Partial<RunState>) => {
    state = { ...state, ...next };
    for (const listener of [...listeners]) listener();
  };
  const isOver = () => abort.signal.aborted || state.phase === 'failed' || state.phase === 'stopped';

  const fail = (reason: string) => {
    if (isOver()) return;
    change({ phase: 'failed', problem: reason });
    settled.resolve({ state });
    abort.abort();
    void supervisor.stop();
  };

  void supervisor.ended.then((end) => fail(end.cause === 'lost' ? end.reason : 'The drill was stopped.'));

  async function play(): Promise<void> {
    const folder = await build;
    const started = await startStack(supervisor, {
      scenario,
      port,
      build: folder,
      now,
      settings: () => SETTINGS,
      ...(onHostLine ? { onHostLine } : {}),
      onUp: (part) => change({ up: [...state.up, part] }),
    });
    if (isOver()) return;
    stack = started;
    const { simulator } = started;
    const view = createWorldView();
    change({
      hostUrl: started.hostUrl,
      gateway: simulator.world.gateway.name,
      world: view(simulator.world, minuteOf(simulator.world, now())),
    });
    const { createPorts } = await import('../../platform/ports.ts');
    const ports = createPorts({ ...started.settings, LOG_LEVEL: 'error' });
    change({ alert: simulator.alert(), phase: 'reading' });
    alertAtMs = performance.now();
    const incidentId = await postAlert(started);
    void watchWorld(view).catch(onError);
    await watchIncident(ports, incidentId);
  }

  /** What only this process knows: the world's minutes, what was asked, and what arrived. */
  async function watchWorld(view: ReturnType<typeof createWorldView>): Promise<void> {
    while (!isOver() && stack) {
      const { simulator } = stack;
      const world = view(simulator.world, minuteOf(simulator.world, now()));
      const asked = askedOf(stack, state.asked);
      const arrivals = simulator.inbox.all();
      const isNew =
        asked !== state.asked || arrivals.length !== state.arrivals.length || world.length !== state.world.length;
      if (isNew || world.at(-1)?.minute !== state.world.at(-1)?.minute) change({ world, asked, arrivals });
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** What the product wrote down. */
  async function watchIncident(ports: Ports, incidentId: string): Promise<void> {
    const giveUpAt = performance.now() + GIVE_UP_MS;
    while (!isOver()) {
      const incident = await ports.incidents.get(incidentId);
      if (incident && incident.updatedAt !== state.incident?.updatedAt) change({ incident });
      if (incident?.snapshot !== undefined && !isJudging) {
        isJudging = true;
        void judge(ports, incident).catch(onError);
      }
      if (incident && state.report && state.toldTookMs === undefined && (await isTold(ports, incident))) {
        change({ incident, toldTookMs: performance.now() - alertAtMs });
        settled.resolve({ ...(stack ? { stack } : {}), state });
      }
      if (!state.isJudged && performance.now() > giveUpAt) {
        return fail(`No diagnosis came within ${GIVE_UP_MS / 1_000} s.`);
      }
      if (incident?.state === 'resolved' && state.phase !== 'resolved' && state.isJudged) {
        const told = (await ports.snapshots.loadDocument(`${incident.id}/notification-${incident.revision}.json`)) as
          | Notification
          | undefined;
        change({ phase: 'resolved', incident, ...(told ? { told } : {}) });
      }
      // Somebody asked once more after the end, and it goes on.
      if (incident && incident.state !== 'resolved' && state.phase === 'resolved')
        change({ phase: 'verifying', incident });
      await sleep(LOOK_EVERY_MS);
    }
  }

  async function isTold({ sinks }: Ports, incident: Incident): Promise<boolean> {
    const { isSettled } = await import('../drill.ts');
    return isSettled(incident, sinks.size);
  }

  /** Reads what was kept, and judges it again reading by reading. */
  async function judge(ports: Ports, incident: Incident): Promise<void> {
    const folder = incident.snapshot ?? '';
    const report = (await ports.snapshots.loadDocument(`${folder}/diagnosis.json`)) as Report | undefined;
    const store = { ...ports.snapshots, readings: async () => [] };
    const manifest = await loadManifest(store, folder);
    if (!report || !manifest) throw new Error('What was read of the gateway is not there.');
    const evidence = await Promise.all(manifest.evidence.map((entry) => loadEvidence(store, folder, entry)));
    change({ incident, report, toolTookMs: performance.now() - alertAtMs });
    const snapshot: Snapshot = { ...manifest, evidence };
    for (const step of stepsOf(snapshot, evidenceKinds, rules)) {
      if (isOver()) return;
      change({ steps: [...state.steps, step] });
      if (mode === 'watch' && stepMs > 0) await sleep(stepMs);
      else await nextTurn();
    }
    const decisive = decisiveStep(state.steps);
    change({ isJudged: true, phase: 'named', ...(decisive === undefined ? {} : { decisive }) });
  }

  /** Mends the world, lets its clock catch up, and has Azure Monitor say that the alert is over. */
  async function mendNow(running: Stack): Promise<void> {
    const mendedAtMinute = running.simulator.mend(mendingOf(scenario).mend);
    change({ phase: 'mending', mendedAtMinute });
    while (behindMs > 0 && !isOver()) {
      await sleep(CATCH_UP_EVERY_MS);
      behindMs = Math.max(0, behindMs - MINUTE_MS);
    }
    if (isOver()) return;
    await postAlert(running, 'Resolved').catch((error: unknown) => {
      // The incident may have ended by itself meanwhile, and then takes no more alerts.
      if (state.incident?.state !== 'resolved') throw error;
    });
    if (state.phase === 'mending') change({ phase: 'verifying' });
  }

  const onError = (error: unknown) => fail(error instanceof Error ? error.message : String(error));
  const isHidden = () => mode === 'rehearsal' && state.rehearsal.answer === undefined;
  void play().catch(onError);

  return {
    state: () => state,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    mend: () => {
      if (state.phase === 'named' && stack && !isHidden()) void mendNow(stack).catch(onError);
    },
    lookAgain: async () => {
      // A question that comes after the end would open the incident again, as it should.
      if (state.phase !== 'verifying' || !stack || isLookAsked(state)) return;
      change({ askedAfter: state.incident?.investigations ?? 0 });
      const { hostUrl, functionKey } = stack;
      const body = { gatewayId: state.incident?.gatewayId, reason: 'Is it over? Asked from the drill board' };
      await fetch(`${hostUrl}/api/investigations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-functions-key': functionKey },
        body: JSON.stringify(body),
      }).catch(onError);
    },
    reveal: () => {
      const { seen } = state.rehearsal;
      if (isHidden() && seen < state.steps.length) change({ rehearsal: { ...state.rehearsal, seen: seen + 1 } });
    },
    answer: (cause) => {
      if (!isHidden() || !state.isJudged) return;
      const { seen } = state.rehearsal;
      const tookMs = performance.now() - alertAtMs;
      const { toolTookMs = 0, decisive } = state;
      const attempt = { answer: cause, right: rightAnswers(scenario), seen, tookMs, toolTookMs };
      const score = scoreOf({ ...attempt, ...(decisive === undefined ? {} : { decisive: decisive + 1 }) });
      change({ rehearsal: { seen, answer: cause, tookMs, score } });
    },
    stop: async () => {
      if (!isOver()) change({ phase: 'stopped' });
      settled.resolve({ state });
      abort.abort();
      await supervisor.stop();
    },
    settled: settled.promise,
  };
}

/** Whether somebody has asked for a look that has not been taken yet. */
export function isLookAsked({ askedAfter, incident }: RunState): boolean {
  return askedAfter !== undefined && askedAfter >= (incident?.investigations ?? 0);
}

/** What the drill is about; where several things are true, each of them. */
function rightAnswers(name: ScenarioName): readonly string[] {
  const { established, anyOf, alsoNamed = [], mayBeConfirmed = [] } = scenarioNamed(name).expected;
  return established ? [...anyOf, ...alsoNamed.flatMap((named) => named.anyOf), ...mayBeConfirmed] : [NO_TROUBLE];
}

const RECEIVERS: readonly Endpoint[] = ['token', 'slack', 'teams', 'pagerduty', 'webhook'];

/** The same list where nothing more was asked. */
function askedOf({ simulator }: Stack, known: RunState['asked']): RunState['asked'] {
  const count = (endpoint: Endpoint) => simulator.requests(endpoint);
  const kept = known.map(({ endpoint, times }) => ({ endpoint, times: Math.max(times, count(endpoint)) }));
  const fresh = ENDPOINTS.filter(
    (endpoint) =>
      !RECEIVERS.includes(endpoint) && count(endpoint) > 0 && !known.some((each) => each.endpoint === endpoint),
  ).map((endpoint) => ({ endpoint, times: count(endpoint) }));
  const isSame = fresh.length === 0 && kept.every(({ times }, index) => times === known[index]?.times);
  return isSame ? known : [...kept, ...fresh];
}
