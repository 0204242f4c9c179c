import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Incident } from '../core/incident.ts';
import type { Storage } from '../platform/storage.ts';
import { alertFor } from '../simulator/alert.ts';
import { worldOf } from '../simulator/scenarios/index.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { type Azurite, startAzurite } from './azurite.ts';
import { type Child, startChild } from './processes.ts';
import { plainEnvironment } from './stack.ts';

/**
 * Plays an incident's life against the built functions in the local host, kills the host with SIGKILL at a chosen
 * request that it sends or answer that it gets, starts it again on the same storage, and lets the life go on.
 */

const project = join(import.meta.dirname, '../..');
const SCENARIO = 'gateway-stopped';
export const sinksOfLife = ['slack', 'teams', 'pagerduty', 'webhook'] as const;
export type SinkName = (typeof sinksOfLife)[number];

/** The bound on each wait, for the slowest machine imaginable. In milliseconds. */
const BOUND_MS = 300_000;
const LOOK_EVERY_MS = 50;
/** A machine comes back after this time at the earliest: claims of the dead process have run out by then. */
const DOWN_MS = 45_000;
const MINUTE_MS = 60_000;

/** What lives have in common: storage, Azure and receivers. They are emptied between two lives. */
export interface Stage {
  readonly azurite: Azurite;
  readonly simulator: Simulator;
  readonly folder: string;
  /** Milliseconds that the clocks of host and Azure are ahead of this machine's. */
  aheadMs: number;
  readonly stop: () => Promise<void>;
}

/** `dist` is where the built functions are; `folder` takes the traces and may be shared by stages of different names. */
export async function openStage({ dist, name }: { dist: string; name: string }): Promise<Stage & { dist: string }> {
  const { startSimulator } = await import('../simulator/simulator.ts');
  const folder = join(project, '.local', `run-${process.pid}`, `kill-${name}`);
  mkdirSync(folder, { recursive: true });
  const stage = { aheadMs: 0 };
  const now = () => new Date(Date.now() + stage.aheadMs);
  const azurite = await startAzurite();
  const simulator = await startSimulator({ scenario: SCENARIO, pendingPolls: 0, now });
  writeFileSync(join(folder, 'authority.pem'), simulator.caPem);
  return Object.assign(stage, {
    azurite,
    simulator,
    folder,
    dist,
    stop: async () => {
      await azurite.stop();
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** One message that a receiver took. */
export interface Delivery {
  readonly sink: SinkName;
  /** Equal for two deliveries of one message: what is posted is made from the stored notification alone. */
  readonly content: string;
  readonly isEnd: boolean;
}

export interface Life {
  readonly incident: Incident;
  readonly deliveries: readonly Delivery[];
  /** Boundaries of the first process, in the order in which it passed them: `before POST slack #1`. */
  readonly trace: readonly string[];
  /** Whether the process died where it was to. */
  readonly died: boolean;
  /** Messages that a receiver took more than once. */
  readonly repeated: readonly { readonly sink: SinkName; readonly isExplained: boolean }[];
  readonly deadLetters: number;
  readonly tookMs: number;
}

/**
 * One life: an alert, a page, the diagnosis; a throttled and a refused message; a second, more severe alert; the recovery
 * and its end, seen by two looks. Rejects with one sentence where the life does not come to its end.
 */
export async function live(stage: Stage & { dist: string }, killAt?: string): Promise<Life> {
  const startedAt = performance.now();
  const storage = await openEmptyStorage(stage);
  const { simulator } = stage;
  simulator.inbox.clear();
  simulator.clearFaults();
  Object.assign(simulator.world, { ...worldOf(SCENARIO, new Date(simulator.world.startedAt)) });
  simulator.setFault({ endpoint: 'slack', kind: 'throttled', times: 1, retryAfterSeconds: 1 });
  simulator.setFault({ endpoint: 'teams', kind: 'forbidden', times: 1 });
  stage.aheadMs = aheadUntil(stage, 1);

  const host = keepHost(stage, killAt);
  try {
    const first = await post(host, JSON.stringify(simulator.alert()));
    await quiet(storage, host, first);
    await post(host, secondAlert(simulator));
    await quiet(storage, host, first);
    // Somebody mends it.
    Object.assign(simulator.world, worldOf('all-healthy', new Date(simulator.world.startedAt)));
    const end = performance.now() + BOUND_MS;
    let incident = await quiet(storage, host, first);
    while (incident.state !== 'resolved' || incident.outbox.length > 0) {
      if (performance.now() > end) throw new Error(`The incident is ${incident.state} and does not end.`);
      await host.passMinutes();
      incident = await quiet(storage, host, first);
    }
    const deliveries = simulator.inbox.all().flatMap(deliveryOf);
    const trace = host.trace();
    return {
      incident,
      deliveries,
      trace,
      died: host.died(),
      repeated: repeatsIn(deliveries).map((sink) => ({
        sink,
        isExplained: isBetween(trace, sink) || isAnswerLost(incident, sink),
      })),
      deadLetters: await countOf(storage, 'deliver-poison'),
      tookMs: performance.now() - startedAt,
    };
  } finally {
    await host.stop();
  }
}

interface KeptHost {
  readonly url: () => Promise<string>;
  /** Sets the clocks ahead by a minute or two, and waits until the sweep has come by. */
  readonly passMinutes: () => Promise<void>;
  readonly trace: () => readonly string[];
  readonly died: () => boolean;
  readonly deaths: () => number;
  readonly stop: () => Promise<void>;
}

/** Keeps one host running: where it dies it is started again, some time later by its clock. */
function keepHost(stage: Stage & { dist: string }, killAt: string | undefined): KeptHost {
  const traceOf = (number: number) => join(stage.folder, `trace-${number}`);
  const clock = join(stage.folder, 'clock');
  let deaths = 0;
  let sweeps = 0;
  let isStopped = false;
  let failure: Error | undefined;
  let child: Child<{ url: string }> | undefined;
  rmSync(traceOf(0), { force: true });

  const start = async (): Promise<Child<{ url: string }>> => {
    writeFileSync(clock, String(stage.aheadMs));
    const started = await startChild({
      name: 'The local host',
      entry: join(import.meta.dirname, 'host/main.ts'),
      args: ['--root', stage.dist, '--port', '0'],
      env: {
        ...plainEnvironment(),
        ...settingsOf(stage),
        NODE_EXTRA_CA_CERTS: join(stage.folder, 'authority.pem'),
        NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'kill-at-preload.ts'))}`,
        KILL_AT_TRACE: traceOf(deaths),
        KILL_AT_CLOCK: clock,
        ...(killAt !== undefined && deaths === 0 ? { KILL_AT: killAt } : {}),
      },
      cwd: stage.folder,
      readReady: (message) => message as { url: string },
      readyWithinMs: BOUND_MS,
      onLine: (line) => {
        if (line.includes('"msg":"swept"')) sweeps += 1;
      },
    });
    void started.exited.then(() => {
      if (isStopped) return;
      deaths += 1;
      stage.aheadMs += DOWN_MS;
      stage.aheadMs = aheadUntil(stage, 1);
      if (deaths > 1) failure = new Error('The host died more often than it was killed.');
      else running = start();
    });
    child = started;
    return started;
  };
  let running = start();

  return {
    url: async () => {
      if (failure) throw failure;
      return (await running).ready.url;
    },
    async passMinutes() {
      const before = sweeps;
      const { pid } = await running;
      stage.aheadMs = aheadUntil(stage, 2);
      writeFileSync(clock, String(stage.aheadMs));
      if (pid !== undefined && child?.pid === pid) signal(pid);
      const end = performance.now() + BOUND_MS;
      while (sweeps === before && performance.now() < end && (await running).pid === pid) await sleep(LOOK_EVERY_MS);
    },
    trace: () => (existsSync(traceOf(0)) ? readFileSync(traceOf(0), 'utf8').trim().split('\n') : []),
    died: () => deaths > 0,
    deaths: () => deaths,
    stop: async () => {
      isStopped = true;
      await (await running.catch(() => undefined))?.stop();
    },
  };
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGUSR2');
  } catch {
    // It has just died.
  }
}

/** So far ahead that the clock shows one second past a minute, so many minutes from now. */
function aheadUntil({ aheadMs }: Stage, minutes: number): number {
  const minute = Math.floor((Date.now() + aheadMs) / MINUTE_MS) + minutes;
  return minute * MINUTE_MS + 1_000 - Date.now();
}

function settingsOf({ azurite, simulator }: Stage): Record<string, string> {
  const { httpsUrl, httpUrl, identity } = simulator;
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: azurite.connectionString,
    ARM_ENDPOINT: httpsUrl,
    LOGS_ENDPOINT: httpsUrl,
    ...identity,
    HOLD_DOWN_MINUTES: '1',
    BASELINE_MINUTES: '0',
    // As long as may be: an attempt that a busy machine gives up may have been taken.
    SEND_SECONDS: '25',
    SLACK_WEBHOOK_URL: `${httpUrl}/slack/services/T000/B000/XXXX`,
    TEAMS_WEBHOOK_URL: `${httpUrl}/teams/workflows/drill`,
    PAGERDUTY_ROUTING_KEY: '0'.repeat(32),
    PAGERDUTY_EVENTS_URL: `${httpUrl}/pagerduty/v2/enqueue`,
    WEBHOOK_URL: `${httpUrl}/webhook`,
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.2',
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:01',
    LOCAL_HOST_QUEUE_LEASE_SECONDS: '4',
  };
}

/** Everything that a life left is deleted, so that the next begins as on its first day. */
async function openEmptyStorage({ azurite: { connectionString } }: Stage): Promise<Storage> {
  const [{ TableServiceClient }, { QueueServiceClient }, { BlobServiceClient }, { openStorage }, { readSettings }] =
    await Promise.all([
      import('@azure/data-tables'),
      import('@azure/storage-queue'),
      import('@azure/storage-blob'),
      import('../platform/storage.ts'),
      import('../platform/settings.ts'),
    ]);
  const tables = TableServiceClient.fromConnectionString(connectionString, { allowInsecureConnection: true });
  for await (const { name } of tables.listTables()) if (name) await tables.deleteTable(name);
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  for await (const { name } of queues.listQueues()) await queues.deleteQueue(name);
  const blobs = BlobServiceClient.fromConnectionString(connectionString);
  for await (const { name } of blobs.listContainers()) await blobs.deleteContainer(name);
  return openStorage(readSettings({ AzureWebJobsStorage: connectionString }));
}

/** Another rule fires for the same gateway, and more severe: people are told of that. */
function secondAlert({ world }: Simulator): string {
  const another = { ...worldOf('all-healthy', new Date(world.startedAt)) };
  return JSON.stringify(alertFor({ ...another, alert: { ...another.alert, severity: 'Sev0' } }));
}

/** Sends an alert until it is accepted, as Azure Monitor does. Returns the incident's id. */
async function post(host: KeptHost, body: string): Promise<string> {
  const end = performance.now() + BOUND_MS;
  for (;;) {
    const answer = await fetch(`${await host.url()}/api/alerts/azure-monitor`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }).catch(() => undefined);
    const { incidentId } = ((await answer?.json().catch(() => ({}))) ?? {}) as { incidentId?: unknown };
    if (answer?.status === 202 && typeof incidentId === 'string') return incidentId;
    if (performance.now() > end) throw new Error(`The alert was not accepted; the last answer was ${answer?.status}.`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Waits until no queue holds anything, hidden messages included. */
async function quiet(storage: Storage, host: KeptHost, incidentId: string): Promise<Incident> {
  const { createIncidentTable } = await import('../platform/incident-table.ts');
  const { digest } = await import('../platform/ports.ts');
  const incidents = createIncidentTable(storage, digest);
  const end = performance.now() + BOUND_MS;
  for (;;) {
    await host.url();
    const left = (await countOf(storage, 'investigate')) + (await countOf(storage, 'deliver'));
    const incident = left === 0 ? await incidents.get(incidentId) : undefined;
    if (incident) return incident;
    if (performance.now() > end) throw new Error(`${left} messages are left, and nobody works on them.`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function countOf(storage: Storage, queue: string): Promise<number> {
  const { approximateMessagesCount = 0 } = await (await storage.queue(queue)).getProperties();
  return approximateMessagesCount;
}

/** The event's action, the notification's kind, and how the messages for people begin. */
const IS_END = /"event_action":"resolve"|"kind":"resolved"|✅ Resolved/;

function deliveryOf({ receiver, outcome, body }: ReturnType<Simulator['inbox']['all']>[number]): readonly Delivery[] {
  const content = JSON.stringify(body);
  // PagerDuty is told of changes as well, beside the incident.
  if (outcome !== 'accepted' || (receiver === 'pagerduty' && !content.includes('"event_action"'))) return [];
  return [{ sink: receiver as SinkName, content, isEnd: IS_END.test(content) }];
}

/** The sink of each delivery that an equal one went before. */
function repeatsIn(deliveries: readonly Delivery[]): readonly SinkName[] {
  const seen = new Set<string>();
  return deliveries.flatMap(({ sink, content }) => {
    const key = `${sink} ${content}`;
    if (seen.has(key)) return [sink];
    seen.add(key);
    return [];
  });
}

/** Whether the process died after it had begun to send to a sink and before the ledger's entry about that was answered. */
function isBetween(trace: readonly string[], sink: SinkName): boolean {
  const sent = trace.findLastIndex((line) => line.startsWith(`before POST ${sink} `));
  if (sent < 0) return false;
  const entry = new RegExp(`^after PUT table deliveries latest-${sink} `);
  return !trace.slice(sent).some((line) => entry.test(line));
}

/** Whether an attempt was given up without an answer: on a busy machine the receiver may have taken it all the same. */
function isAnswerLost({ timeline }: Incident, sink: SinkName): boolean {
  const lost = new RegExp(`was not taken by ${sink} yet.*(No answer before|could not be sent|\\(E[A-Z]+\\))`);
  return timeline.some(({ event, reason }) => event === 'delivery-postponed' && lost.test(reason));
}

/** Whether a boundary is at a request that only reads: dying there leaves what dying at its neighbours leaves. */
export function isRead(boundary: string): boolean {
  return / (GET|HEAD|POST arm) /.test(boundary);
}

/** The kind of a boundary: without how many went before it. */
export function kindOf(boundary: string): string {
  return boundary.replace(/ #\d+$/, '');
}

/** The first boundary of each kind, in the order of the trace. */
export function firstOfEachKind(trace: readonly string[]): readonly string[] {
  const kinds = new Set<string>();
  return trace.filter((boundary) => {
    const kind = kindOf(boundary);
    return !kinds.has(kind) && kinds.add(kind);
  });
}

/** What a life with a death came to that one without did not, or the other way round; a sentence each. */
export function differences(life: Life, calm: Life): readonly string[] {
  const { incident, deliveries, repeated, deadLetters } = life;
  const unexplained = repeated.filter((repeat) => !repeat.isExplained);
  return [
    ...(incident.state === calm.incident.state ? [] : [`The incident is ${incident.state}.`]),
    ...(incident.outbox.length === 0 ? [] : ['A decided message was not handed over.']),
    ...(alertsOf(incident) === alertsOf(calm.incident) ? [] : [`It holds the alerts ${alertsOf(incident)}.`]),
    ...(causesOf(incident) === causesOf(calm.incident) ? [] : [`Its causes are ${causesOf(incident)}.`]),
    ...(incident.severity === calm.incident.severity ? [] : [`Its severity is ${incident.severity}.`]),
    ...sinksOfLife.flatMap((sink) => problemsOf(sink, deliveries)),
    ...(deadLetters === 0 ? [] : [`${deadLetters} messages were given up.`]),
    ...unexplained.map(
      ({ sink }) => `${sink} was told twice although its ledger was written. ${storyOf(incident, sink)}`,
    ),
  ];
}

/** What the incident's timeline has about a sink, to see how it came. */
function storyOf({ timeline }: Incident, sink: SinkName): string {
  return timeline
    .filter(({ reason }) => reason.includes(sink))
    .map(({ at, event, reason }) => `${at.slice(11, 23)} ${event}: ${reason}`)
    .join(' ');
}

/** A later message holds what an earlier one does, so each is told of the end, and of something before it. */
function problemsOf(sink: SinkName, deliveries: readonly Delivery[]): readonly string[] {
  const heard = deliveries.filter((delivery) => delivery.sink === sink);
  if (heard.length === 0) return [`${sink} was told nothing.`];
  const firstEnd = heard.findIndex(({ isEnd }) => isEnd);
  return [
    ...(firstEnd === 0 ? [`${sink} was told of the end alone.`] : []),
    ...(heard.at(-1)?.isEnd ? [] : [`${sink} was not told of the end.`]),
    ...(firstEnd >= 0 && heard.slice(firstEnd).some(({ isEnd }) => !isEnd)
      ? [`${sink} was told of it after its end.`]
      : []),
  ];
}

function alertsOf({ signals }: Incident): string {
  return [...new Set(signals.map(({ title }) => title))].sort().join(', ');
}

function causesOf({ findings }: Incident): string {
  return [...new Set(findings.flatMap(({ causes }) => causes.map(({ cause }) => cause)))].sort().join(', ');
}
