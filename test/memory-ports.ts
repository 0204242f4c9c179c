import { createHash } from 'node:crypto';
import type {
  BoundSink,
  DeliverMessage,
  GatewayCheck,
  InvestigateMessage,
  PoisonMessage,
  Ports,
} from '../src/app/ports.ts';
import { GATEWAY_ID } from '../src/causes/case.ts';
import { rules } from '../src/causes/index.ts';
import type { Baseline } from '../src/core/baseline.ts';
import type { Evidence, Snapshot } from '../src/core/evidence.ts';
import type { Incident } from '../src/core/incident.ts';
import { DEFAULT_POLICY } from '../src/core/lifecycle.ts';
import type { Signal } from '../src/core/signal.ts';
import type { Silence } from '../src/core/silence.ts';
import { evidenceKinds } from '../src/evidence/index.ts';

/** Ports in memory, for tests of the flows alone. The stores themselves are tested against a real storage emulator. */
export interface MemoryPorts extends Ports {
  readonly documents: Map<string, unknown>;
  readonly rows: Map<string, Incident>;
  readonly ledgerRows: Map<string, string>;
  readonly claimedAt: Map<string, number>;
  readonly latest: Map<string, { revision: number; receipt: string | undefined }>;
  readonly investigateQueue: InvestigateMessage[];
  readonly deliverQueue: DeliverMessage[];
  /** The delay of each message on the deliver queue, in seconds. */
  readonly delays: number[];
  readonly pauses: Map<string, string>;
  readonly hung: Map<string, number>;
  readonly silenceRows: Silence[];
  /** By gateway, in lower case. */
  readonly baselineRows: Map<string, Baseline>;
  readonly poisonRows: PoisonMessage[];
  /** What was kept of given-up messages, with its reason. */
  readonly keptPoison: { id: string; keep: string }[];
  /** Calls of Resource Manager that could be made at once. */
  room: number;
  check: GatewayCheck;
  readonly fired: Signal[];
  beats: number;
  readonly deadLetters: { message: DeliverMessage; reason: string }[];
  readonly setAside: { reason: string }[];
  /** Runs before the named step and may throw, as a crash at that point would. */
  readonly failAt: Map<string, Error>;
  /** The names of each round's reads. */
  readonly reads: string[][];
  world: Readonly<Record<string, unknown>>;
  clock: Date;
  spent?: string;
}

/** After this time a claim counts as that of a dead process, as in the table. */
const CLAIM_MS = 40_000;

export function memoryPorts(sinks: readonly BoundSink[] = []): MemoryPorts {
  const digest = (text: string, length: number) => createHash('sha256').update(text).digest('hex').slice(0, length);
  const step = (name: string) => {
    const error = ports.failAt.get(name);
    if (error) throw error;
  };
  const rowOf = (slot: { gatewayId: string; isTest: boolean }) => `${slot.gatewayId.toLowerCase()}|${slot.isTest}`;
  const ports: MemoryPorts = {
    documents: new Map(),
    rows: new Map(),
    ledgerRows: new Map(),
    claimedAt: new Map(),
    latest: new Map(),
    investigateQueue: [],
    deliverQueue: [],
    delays: [],
    pauses: new Map(),
    hung: new Map(),
    silenceRows: [],
    baselineRows: new Map(),
    poisonRows: [],
    keptPoison: [],
    room: 200,
    check: 'found',
    fired: [],
    beats: 0,
    deadLetters: [],
    setAside: [],
    failAt: new Map(),
    reads: [],
    world: {},
    clock: new Date('2026-09-14T02:30:00.000Z'),
    now: () => ports.clock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    incidents: {
      change: async (slot, change) => {
        step('incidents.change');
        const { incident, result } = change(ports.rows.get(rowOf(slot)));
        if (incident) ports.rows.set(rowOf(slot), structuredClone(incident));
        return result;
      },
      get: async (id) => [...ports.rows.values()].find((incident) => incident.id === id),
      subscriptions: async () => [],
      gateways: async () =>
        [...ports.rows.values()]
          .filter(({ isTest }) => !isTest)
          .map(({ gatewayId, state }) => ({ gatewayId, isOpen: state !== 'resolved' })),
      unresolved: async function* () {
        for (const incident of [...ports.rows.values()]) {
          if (incident.state !== 'resolved' || incident.outbox.length > 0) yield structuredClone(incident);
        }
      },
    },
    snapshots: {
      save: async (folder, snapshot) => {
        step('snapshots.save');
        ports.documents.set(folder, snapshot);
      },
      saveDocument: async (path, document) => {
        step('snapshots.saveDocument');
        ports.documents.set(path, structuredClone(document));
      },
      loadDocument: async (path) => ports.documents.get(path),
    },
    queues: {
      investigate: async (message) => {
        step('queues.investigate');
        ports.investigateQueue.push(message);
      },
      deliver: async (message, delaySeconds = 0) => {
        step('queues.deliver');
        ports.deliverQueue.push(message);
        ports.delays.push(delaySeconds);
      },
      look: async () => ({
        abandonedInvestigations: ports.poisonRows.filter(({ queue }) => queue === 'investigate').length,
        oldestMinutes: {},
      }),
      deadLetterDelivery: async (message, reason) => {
        ports.deadLetters.push({ message, reason });
      },
    },
    checkGateway: async () => ports.check,
    firedAlerts: async () => ports.fired,
    heartbeat: async () => {
      ports.beats += 1;
    },
    silences: { list: async () => ports.silenceRows },
    baselines: {
      get: async (gatewayId) => {
        step('baselines.get');
        return ports.baselineRows.get(gatewayId.toLowerCase());
      },
      list: async () => [...ports.baselineRows.values()],
      change: async (gatewayId, change) => {
        const key = gatewayId.toLowerCase();
        ports.baselineRows.set(key, structuredClone(change(ports.baselineRows.get(key))));
      },
    },
    baselinePolicy: { configMinutes: 0, healthMinutes: 30 },
    watchedGateways: [],
    armRoom: async () => ports.room,
    poison: {
      take: async (queue) => {
        step('poison.take');
        return ports.poisonRows.filter((message) => message.queue === queue);
      },
      settle: async (message, keep) => {
        step('poison.settle');
        const index = ports.poisonRows.findIndex(({ id }) => id === message.id);
        if (index >= 0) ports.poisonRows.splice(index, 1);
        if (keep !== undefined) ports.keptPoison.push({ id: message.id, keep });
      },
    },
    policy: DEFAULT_POLICY,
    chance: () => 0.5,
    sleep: async () => {},
    ledger: {
      standing: async (sink) => {
        const until = ports.pauses.get(sink);
        const hung = ports.hung.get(sink) ?? 0;
        return until !== undefined && until > ports.clock.toISOString() ? { pausedUntil: until, hung } : { hung };
      },
      pause: async (sink, until, hung = 0) => {
        ports.pauses.set(sink, until);
        ports.hung.set(sink, hung);
      },
      resume: async (sink) => {
        ports.pauses.delete(sink);
        ports.hung.delete(sink);
      },
      claim: async ({ incidentId, revision, sink, isResent = false }) => {
        const key = `${incidentId}|${revision}|${sink}`;
        const state = ports.ledgerRows.get(key);
        if (state === 'delivered' || (state === 'rejected' && !isResent)) return { state: 'done' };
        const latest = ports.latest.get(`${incidentId}|${sink}`);
        if (latest && latest.revision > revision) return { state: 'overtaken' };
        // Of one incident, a sink is sent one message at a time.
        const lane = `${incidentId}|${sink}`;
        const isBusy = ports.clock.getTime() - (ports.claimedAt.get(lane) ?? 0) < CLAIM_MS;
        if (isBusy) return { state: 'busy' };
        ports.ledgerRows.set(key, 'claimed');
        ports.claimedAt.set(lane, ports.clock.getTime());
        return {
          state: 'claimed',
          receipt: latest?.receipt,
          complete: async (outcome, receipt = latest?.receipt) => {
            step('ledger.complete');
            ports.ledgerRows.set(key, outcome);
            ports.claimedAt.delete(lane);
            if (outcome === 'delivered') ports.latest.set(`${incidentId}|${sink}`, { revision, receipt });
          },
          release: async () => {
            ports.ledgerRows.set(key, 'released');
            ports.claimedAt.delete(lane);
          },
        };
      },
    },
    intake: {
      record: async (entry) => {
        step('intake.record');
        ports.setAside.push(entry);
      },
    },
    rules,
    evidenceKinds,
    openReader: async (gatewayId) => ({
      read: async (names): Promise<Snapshot> => {
        step('collect');
        const evidence: Evidence[] = Object.entries(ports.world)
          .filter(([name]) => names.includes(name))
          .map(([name, raw]) => ({ name, state: 'ok', raw }));
        ports.reads.push([...names]);
        return { gatewayId, takenAt: ports.clock.toISOString(), evidence };
      },
      spent: () => ports.spent,
    }),
    sinks: new Map(sinks.map((sink) => [sink.name, sink])),
    routes: sinks.map(({ name }) => ({ name, takesPages: name === 'pagerduty' })),
    portalUrl: 'https://portal.azure.com',
    digest,
  };
  return ports;
}

export function signal(changes: Partial<Signal> = {}): Signal {
  return {
    id: 'a7d1c0de-4f1e-4a53-9a5b-0d2f8f1a9b11',
    source: 'azure-monitor',
    kind: 'metric',
    condition: 'fired',
    isTest: false,
    gatewayId: GATEWAY_ID,
    title: 'healthy-hosts-below-one',
    severity: 1,
    at: '2026-09-14T02:29:31.000Z',
    criteria: [
      {
        measure: 'HealthyHostCount',
        comparison: 'below',
        threshold: 1,
        value: 0,
        aggregation: 'Minimum',
        dimensions: { BackendSettingsPool: 'pool-checkout~http-8080' },
      },
    ],
    targets: [{ pool: 'pool-checkout', setting: 'http-8080' }],
    ...changes,
  };
}
