import { deliver } from '../src/app/deliver.ts';
import { investigate } from '../src/app/investigate.ts';
import type { BoundSink, DeliverMessage, InvestigateMessage } from '../src/app/ports.ts';
import { receiveSignal } from '../src/app/receive-alert.ts';
import { sweep } from '../src/app/sweep.ts';
import { backendHealthJson, GATEWAY_ID, gatewayJson } from '../src/causes/case.ts';
import type { Evidence } from '../src/core/evidence.ts';
import { MAX_SIGNALS, MAX_TIMELINE } from '../src/core/incident.ts';
import { type BucketLimits, paused, type TokenBucket, takeTokens } from '../src/core/token-bucket.ts';
import type { SendOutcome } from '../src/sinks/sink.ts';
import { type MemoryPorts, memoryPorts, signal } from '../test/memory-ports.ts';
import { createQueue, createRandom, createTime, mostWithin, type VirtualTime } from './storm-time.ts';

/**
 * A bad day in virtual time: many gateways alert within a minute; Slack takes a message a second, Resource Manager throttles
 * everything for a while, storage fails for half a minute, and one sink hangs the whole time. The flows, the decisions,
 * the routing and the queues' behaviour are the product's; stores and services are in memory and take their time.
 */
export interface StormPlan {
  readonly gateways: number;
  /** Instances of the app; each works on twelve messages of each queue at once, as host.json says. */
  readonly hosts: number;
  /** Gateways of one subscription share one allowance of Resource Manager calls. */
  readonly subscriptions: number;
  readonly seed: number;
}

export interface StormResult {
  readonly alerts: { readonly posted: number; readonly accepted: number; readonly refusedFirst: number };
  readonly incidents: number;
  readonly resolved: number;
  readonly investigations: number;
  /** Messages that were decided, one for each sink; each is then taken, or overtaken by a later one. */
  readonly decided: number;
  readonly taken: Readonly<Record<string, number>>;
  readonly overtaken: number;
  readonly deadLetters: number;
  readonly poison: number;
  readonly leftInQueues: number;
  /** What must not be; a sentence each. */
  readonly problems: readonly string[];
  /** Seconds from the moment an alert was accepted until the first message about its gateway was taken. */
  readonly firstWordSeconds: Readonly<Record<string, Spread>>;
  /** Seconds from the mending of the gateways until a sink was told of the end. */
  readonly endSeconds: Readonly<Record<string, Spread>>;
  readonly attempts: Readonly<Record<string, number>>;
  readonly arm: { readonly calls: number; readonly throttled: number; readonly mostInTenSeconds: number };
  readonly storageFailures: number;
  readonly mostQueued: number;
  readonly largestIncidentChars: number;
}

export interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const START_MS = Date.parse('2026-09-14T02:00:00.000Z');

const ALERTS_WITHIN_MS = MINUTE;
const STORAGE_FAILS = { fromMs: 40 * SECOND, toMs: 70 * SECOND };
const ARM_THROTTLES = { fromMs: 30 * SECOND, toMs: 90 * SECOND, retryAfterSeconds: 20 };
const MENDED_MS = 25 * MINUTE;
const SINK_BACK_MS = 90 * MINUTE;
const END_MS = 150 * MINUTE;
/** Azure Monitor's waits between its attempts to post an alert that was answered 503, in seconds. */
const ALERT_REPEATS = [5, 20, 5, 40, 5];
/** host.json: batchSize and newBatchThreshold; visibilityTimeout; maxDequeueCount. */
const WORKERS = 12;
const HIDDEN_MS = 30 * SECOND;
const MAX_DEQUEUES = 5;
const SEND_BOUND_MS = 15 * SECOND;
const INVESTIGATION_MS = 120 * SECOND;

/** Resource Manager's own limits for one identity and subscription, and those that the app keeps to. */
const SERVICE: BucketLimits = { capacity: 250, tokensPerSecond: 25 };
const ALLOWANCE: BucketLimits = { capacity: 200, tokensPerSecond: 10 };
/** Slack takes a message a second, and a short burst. */
const SLACK: BucketLimits = { capacity: 10, tokensPerSecond: 1 };

interface Arrival {
  readonly atMs: number;
  readonly sink: string;
  readonly incidentId: string;
  readonly revision: number;
  readonly kind: string;
}

export async function playStorm(plan: StormPlan): Promise<StormResult> {
  const time = createTime();
  const random = createRandom(plan.seed);
  const between = (from: number, to: number) => from + random() * (to - from);
  const arrivals: Arrival[] = [];
  const attempts: Record<string, number> = {};
  const arm = createArm(time, plan.subscriptions);
  let storageFailures = 0;

  const storage = async () => {
    await time.sleep(between(4, 25));
    if (!isWithin(time.nowMs(), STORAGE_FAILS)) return;
    storageFailures += 1;
    await time.sleep(200);
    throw new Error('storage is not available');
  };

  const slack = createLimiter(time, SLACK);
  const behaviours: Readonly<Record<string, () => Promise<SendOutcome>>> = {
    async pagerduty() {
      await time.sleep(between(200, 600));
      return { outcome: 'delivered' };
    },
    async slack() {
      await time.sleep(between(100, 400));
      if (slack.take()) return { outcome: 'delivered' };
      return { outcome: 'retry', reason: 'The service answered 429: too many messages.', retryAfterSeconds: 10 };
    },
    async webhook() {
      await time.sleep(between(20, 200));
      return random() < 0.02
        ? { outcome: 'retry', reason: 'The service answered 500.' }
        : { outcome: 'delivered', receipt: 'a receipt' };
    },
    async teams() {
      if (time.nowMs() < SINK_BACK_MS) {
        await time.sleep(SEND_BOUND_MS);
        return { outcome: 'retry', reason: 'No answer before the deadline of the attempt.' };
      }
      await time.sleep(between(200, 900));
      return { outcome: 'delivered' };
    },
  };
  const sinks = Object.entries(behaviours).map(
    ([name, behave]): BoundSink => ({
      name,
      deliver: async ({ incidentId, revision, kind }) => {
        attempts[name] = (attempts[name] ?? 0) + 1;
        const outcome = await behave();
        if (outcome.outcome === 'delivered')
          arrivals.push({ atMs: time.nowMs(), sink: name, incidentId, revision, kind });
        return outcome;
      },
    }),
  );

  const ports = memoryPorts(sinks);
  time.onTick((nowMs) => {
    ports.clock = new Date(START_MS + nowMs);
  });
  const decided = new Set<string>();
  const poison: unknown[] = [];
  let investigations = 0;
  const queueOf = <Message>(handle: (message: Message) => Promise<void>) =>
    createQueue<Message>(time, {
      workers: WORKERS * plan.hosts,
      hiddenMs: HIDDEN_MS,
      maxDequeues: MAX_DEQUEUES,
      isDown: () => isWithin(time.nowMs(), STORAGE_FAILS),
      handle,
      onPoison: (message) => poison.push(message),
    });
  const toInvestigate = queueOf<InvestigateMessage>(async (message) => {
    await investigate(ports, message);
    investigations += 1;
  });
  const toDeliver = queueOf<DeliverMessage>((message) => deliver(ports, message));
  slowStores(ports, storage);
  Object.assign(ports, {
    chance: random,
    sleep: time.sleep,
    queues: {
      investigate: async (message: InvestigateMessage) => {
        await storage();
        toInvestigate.send(message, 0);
      },
      deliver: async (message: DeliverMessage, delaySeconds = 0) => {
        await storage();
        decided.add(`${message.incidentId}|${message.revision}|${message.sink}`);
        toDeliver.send(message, Math.ceil(delaySeconds) * SECOND);
      },
      look: ports.queues.look,
      deadLetterDelivery: ports.queues.deadLetterDelivery,
    },
    openReader: async (gatewayId: string) => {
      const deadlineMs = time.nowMs() + INVESTIGATION_MS;
      return {
        read: async (names: readonly string[]) => {
          const evidence = await Promise.all(
            names.map((name) => readOne(name, gatewayId, time.nowMs() >= MENDED_MS, arm, deadlineMs)),
          );
          return { gatewayId, takenAt: ports.clock.toISOString(), evidence: evidence.flat() };
        },
        spent: () => (time.nowMs() >= deadlineMs ? 'The time of 120 s is over.' : undefined),
      };
    },
  });

  // The alerts: one for each gateway, for some of them another rule as well, and some of them twice.
  const acceptedAt = new Map<string, number>();
  const accepted = new Set<string>();
  const posted = new Set<string>();
  let refusedFirst = 0;
  const post = async (gateway: string, id: string, condition: 'fired' | 'resolved') => {
    posted.add(`${gateway} ${id} ${condition}`);
    for (const [attempt, waitSeconds] of [...ALERT_REPEATS, undefined].entries()) {
      const at = ports.clock.toISOString();
      const alert = signal({
        id: `${gateway}-${id}`,
        at: firedAt.get(`${gateway}-${id}-${condition}`) ?? at,
        condition,
        gatewayId: gatewayIdOf(gateway),
      });
      firedAt.set(`${gateway}-${id}-${condition}`, alert.at ?? at);
      const receipt = await receiveSignal(ports, { outcome: 'signal', signal: alert });
      if (receipt.status === 202) {
        accepted.add(`${gateway} ${id} ${condition}`);
        const incidentId = String(receipt.body.incidentId);
        if (!acceptedAt.has(incidentId)) acceptedAt.set(incidentId, time.nowMs());
        return;
      }
      if (attempt === 0) refusedFirst += 1;
      if (waitSeconds === undefined) return;
      await time.sleep(waitSeconds * SECOND);
    }
  };
  const firedAt = new Map<string, string>();
  for (let index = 0; index < plan.gateways; index += 1) {
    const gateway = nameOf(index, plan.subscriptions);
    const atMs = between(0, ALERTS_WITHIN_MS);
    time.at(atMs, () => post(gateway, 'hosts', 'fired'));
    if (index % 5 === 0) time.at(atMs + between(0, 3 * SECOND), () => post(gateway, 'hosts', 'fired'));
    if (index % 3 === 0) time.at(atMs + between(0, 20 * SECOND), () => post(gateway, 'requests', 'fired'));
    if (index % 2 === 0) time.at(MENDED_MS + between(0, 5 * MINUTE), () => post(gateway, 'hosts', 'resolved'));
  }
  for (let atMs = MINUTE; atMs < END_MS; atMs += MINUTE) {
    // A sweep that dies is followed by the next.
    time.at(atMs, async () => void (await sweep(ports).catch(() => {})));
  }
  await time.runUntil(END_MS);

  const incidents = [...ports.rows.values()];
  const taken = Object.fromEntries(
    sinks.map(({ name }) => [name, arrivals.filter((arrival) => arrival.sink === name).length]),
  );
  const overtaken = [...decided].filter((key) => !arrivals.some((arrival) => keyOf(arrival) === key)).length;
  return {
    alerts: { posted: posted.size, accepted: accepted.size, refusedFirst },
    incidents: incidents.length,
    resolved: incidents.filter(({ state, outbox }) => state === 'resolved' && outbox.length === 0).length,
    investigations,
    decided: decided.size,
    taken,
    overtaken,
    deadLetters: ports.deadLetters.length,
    poison: poison.length,
    leftInQueues: toInvestigate.size() + toDeliver.size(),
    problems: [
      ...[...posted].filter((alert) => !accepted.has(alert)).map((alert) => `The alert ${alert} was never accepted.`),
      ...judge(
        ports,
        arrivals,
        decided,
        sinks.map(({ name }) => name),
      ),
    ],
    firstWordSeconds: spreads(
      sinks,
      arrivals,
      (own) => (own[0]?.atMs ?? 0) - (acceptedAt.get(own[0]?.incidentId ?? '') ?? 0),
    ),
    endSeconds: spreads(sinks, arrivals, (own) => (own.at(-1)?.atMs ?? 0) - MENDED_MS),
    attempts,
    arm: arm.figures(),
    storageFailures,
    mostQueued: toDeliver.most() + toInvestigate.most(),
    largestIncidentChars: Math.max(0, ...incidents.map((incident) => JSON.stringify(incident).length)),
  };
}

/** Every store takes its time, and fails while storage does. What is kept is what the flows need again. */
function slowStores(ports: MemoryPorts, storage: () => Promise<void>): void {
  const slow =
    <Args extends readonly unknown[], Result>(run: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await storage();
      return run(...args);
    };
  const { incidents, snapshots, ledger, intake, silences } = { ...ports };
  Object.assign(ports, {
    incidents: {
      ...incidents,
      change: slow(incidents.change as (...args: readonly never[]) => Promise<unknown>),
      get: slow(incidents.get),
      async *unresolved() {
        await storage();
        yield* incidents.unresolved();
      },
    },
    snapshots: {
      save: slow(async () => {}),
      saveDocument: slow(async (path: string, document: unknown) => {
        if (/notification-\d+\.json$/.test(path)) await snapshots.saveDocument(path, document);
      }),
      loadDocument: slow(snapshots.loadDocument),
    },
    ledger: {
      ...ledger,
      standing: slow(ledger.standing),
      pause: slow(ledger.pause),
      resume: slow(ledger.resume),
      claim: slow(async (message: DeliverMessage) => {
        const claim = await ledger.claim(message);
        if (claim.state !== 'claimed') return claim;
        return { ...claim, complete: slow(claim.complete), release: slow(claim.release) };
      }),
    },
    intake: { record: slow(intake.record) },
    silences: { list: slow(silences.list) },
  });
}

/** What must not be: a message lost or told twice, one out of order, an incident that did not end, or that grew. */
function judge(
  ports: MemoryPorts,
  arrivals: readonly Arrival[],
  decided: ReadonlySet<string>,
  sinks: readonly string[],
): readonly string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const newest = new Map<string, Arrival>();
  for (const arrival of arrivals) {
    const [key, lane] = [keyOf(arrival), `${arrival.incidentId}|${arrival.sink}`];
    if (seen.has(key)) problems.push(`${key} was told twice.`);
    if (!decided.has(key)) problems.push(`${key} was never decided.`);
    if ((newest.get(lane)?.revision ?? 0) > arrival.revision) problems.push(`${key} came after a later message.`);
    seen.add(key);
    newest.set(lane, arrival);
  }
  for (const key of decided) {
    const [incidentId, revision, sink] = key.split('|');
    if (!seen.has(key) && !((newest.get(`${incidentId}|${sink}`)?.revision ?? 0) > Number(revision))) {
      problems.push(`${key} was lost.`);
    }
  }
  for (const { id, state, outbox, revision, timeline, signals } of ports.rows.values()) {
    if (state !== 'resolved' || outbox.length > 0) problems.push(`Incident ${id} is ${state}.`);
    if (timeline.length > MAX_TIMELINE || signals.length > MAX_SIGNALS) problems.push(`Incident ${id} grew.`);
    for (const sink of sinks) {
      const last = newest.get(`${id}|${sink}`);
      if (last?.revision !== revision || last.kind !== 'resolved')
        problems.push(`${sink} was not told of the end of ${id}.`);
    }
  }
  return problems;
}

function keyOf({ incidentId, revision, sink }: Arrival): string {
  return `${incidentId}|${revision}|${sink}`;
}

function spreads(
  sinks: readonly BoundSink[],
  arrivals: readonly Arrival[],
  measure: (own: readonly Arrival[]) => number,
): Readonly<Record<string, Spread>> {
  return Object.fromEntries(
    sinks.map(({ name }) => {
      const own = Map.groupBy(
        arrivals.filter((arrival) => arrival.sink === name),
        ({ incidentId }) => incidentId,
      );
      const seconds = [...own.values()].map((each) => Math.round(measure(each) / SECOND)).sort((a, b) => a - b);
      const at = (share: number) => seconds[Math.min(seconds.length - 1, Math.floor(seconds.length * share))] ?? 0;
      return [name, { median: at(0.5), p99: at(0.99), max: seconds.at(-1) ?? 0 }];
    }),
  );
}

// Resource Manager.

interface Arm {
  /** One call of a gateway's subscription. Resolves with whether it was answered; false where the deadline came first. */
  readonly call: (gatewayId: string, deadlineMs: number) => Promise<boolean>;
  readonly figures: () => StormResult['arm'];
}

/** The calls of the app, held back by its allowance, and the service with limits of its own. */
function createArm(time: VirtualTime, subscriptions: number): Arm {
  const buckets = new Map<string, TokenBucket>();
  const services = Array.from({ length: subscriptions }, () => createLimiter(time, SERVICE));
  const calls = new Map<string, number[]>();
  let throttled = 0;

  async function acquire(subscription: string, deadlineMs: number): Promise<boolean> {
    while (time.nowMs() < deadlineMs) {
      const { bucket, granted, waitMs } = takeTokens(buckets.get(subscription), 1, time.nowMs(), ALLOWANCE);
      buckets.set(subscription, bucket);
      if (granted > 0) return true;
      await time.sleep(Math.min(waitMs, deadlineMs - time.nowMs()));
    }
    return false;
  }

  return {
    async call(gatewayId, deadlineMs) {
      const [, , subscription = ''] = gatewayId.split('/');
      // The SDK repeats twice what was throttled.
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        if (!(await acquire(subscription, deadlineMs))) return false;
        const own = calls.get(subscription) ?? [];
        calls.set(subscription, own);
        own.push(time.nowMs());
        await time.sleep(250);
        const isOver = !services[Number(subscription.slice(-3))]?.take();
        if (!isOver && !isWithin(time.nowMs(), ARM_THROTTLES)) return true;
        throttled += 1;
        const untilMs = time.nowMs() + ARM_THROTTLES.retryAfterSeconds * SECOND;
        buckets.set(subscription, paused(buckets.get(subscription), untilMs, time.nowMs(), ALLOWANCE));
      }
      return false;
    },
    figures: () => ({
      calls: [...calls.values()].reduce((sum, own) => sum + own.length, 0),
      throttled,
      mostInTenSeconds: Math.max(0, ...[...calls.values()].map((own) => mostWithin(own, 10 * SECOND))),
    }),
  };
}

function createLimiter(time: VirtualTime, limits: BucketLimits): { readonly take: () => boolean } {
  let bucket: TokenBucket | undefined;
  return {
    take: () => {
      const taken = takeTokens(bucket, 1, time.nowMs(), limits);
      bucket = taken.bucket;
      return taken.granted === 1;
    },
  };
}

function isWithin(atMs: number, { fromMs, toMs }: { fromMs: number; toMs: number }): boolean {
  return atMs >= fromMs && atMs < toMs;
}

// The gateways.

const [GATEWAY = ''] = GATEWAY_ID.split('/').slice(-1);
const [, , SUBSCRIPTION = ''] = GATEWAY_ID.split('/');

/** `sub-003/gw-042` */
function nameOf(index: number, subscriptions: number): string {
  return `${String(index % subscriptions).padStart(3, '0')}/gw-${String(index).padStart(4, '0')}`;
}

function gatewayIdOf(name: string): string {
  const [subscription = '', gateway = ''] = name.split('/');
  return GATEWAY_ID.replace(SUBSCRIPTION, `${SUBSCRIPTION.slice(0, -3)}${subscription}`).replace(GATEWAY, gateway);
}

const healthOf = (word: string, text: string) =>
  backendHealthJson({
    'pool-checkout~http-8080': ['10.0.0.4', '10.0.0.5'].map((address) => [address, word, text] as const),
  });
const worlds = [
  healthOf('Unhealthy', 'Received invalid status code: 404 in the backend server response.'),
  healthOf('Healthy', 'Success. Received 200 status code'),
].map((health) => ({
  gateway: JSON.stringify(
    gatewayJson({
      pools: { 'pool-checkout': ['10.0.0.4', '10.0.0.5'] },
      settings: { 'http-8080': { port: 8080 } },
      routes: [['pool-checkout', 'http-8080']],
    }),
  ),
  'backend-health': JSON.stringify(health),
}));

/** One piece of evidence, which is one call; what the storm's gateways do not have is answered empty-handed. */
async function readOne(
  name: string,
  gatewayId: string,
  isMended: boolean,
  arm: Arm,
  deadlineMs: number,
): Promise<readonly Evidence[]> {
  const isAnswered = await arm.call(gatewayId, deadlineMs);
  const raw = Object.entries(worlds[isMended ? 1 : 0] ?? {}).find(([known]) => known === name)?.[1];
  if (!isAnswered) return [{ name, state: 'failed', reason: '429 TooManyRequests' }];
  if (raw === undefined) return [];
  return [{ name, state: 'ok', raw: JSON.parse(raw.replaceAll(GATEWAY, gatewayId.split('/').at(-1) ?? '')) }];
}
