import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../app/investigate.ts';
import type { Ports } from '../app/ports.ts';
import type { Incident } from '../core/incident.ts';
import type { Published } from '../simulator/access-log-stream.ts';
import { gatewayId, timeOf } from '../simulator/world.ts';
import { BACK, OFF, shopOutage } from '../simulator/worlds/shop-outage.ts';
import { isSettled } from './drill.ts';
import type { Stack, StackOptions } from './stack.ts';

/**
 * The drill of the access-log stream: requests fail, the stream opens the incident before the metric alert arrives, the
 * alert joins it, the traffic recovers, and the incident is resolved. It is played in the recent past, so that nobody
 * waits for minutes to pass: the simulator's clock first stands still in the middle of the outage, and then goes on in
 * the present.
 */
export interface StreamDrill {
  readonly options: Pick<StackOptions, 'scenario' | 'world' | 'stream' | 'now' | 'settings'>;
  readonly play: (stack: Stack) => Promise<StreamDrillOutcome>;
}

export interface StreamDrillOutcome {
  /** As the stream opened it, before any alert. */
  readonly opened: Incident;
  /** After the alert came by event hub. */
  readonly joined: Incident;
  readonly ended: Incident;
  /** What was concluded while the requests failed. */
  readonly report: Report;
  readonly published: Published;
  /** From the publishing to the end of the incident, in milliseconds. */
  readonly tookMs: number;
  /** From the moment in which the failing requests reached the hub until the incident was there, in milliseconds. */
  readonly openedAfterMs: number;
}

/** In minutes before the start of the simulator. */
const HISTORY = 30;
const MIDST = 11;
const LOOK_EVERY_MS = 100;
const STEP_WITHIN_MS = 90_000;

export function createStreamDrill(): StreamDrill {
  let stopped: Date | undefined;
  return {
    options: {
      // Its name only; the world is this drill's own.
      scenario: 'well-again',
      world: shopOutage,
      stream: true,
      now: () => stopped ?? new Date(),
      // What was well for any time is well: a drill is not kept waiting.
      // The members run in the present, and are no witnesses of the past.
      settings: () => ({ HOLD_DOWN_MINUTES: '0', PROBER_ENABLED: 'false' }),
    },
    play: (stack) =>
      play(stack, (moment) => {
        stopped = moment;
      }),
  };
}

async function play(stack: Stack, stopClock: (moment: Date | undefined) => void): Promise<StreamDrillOutcome> {
  const { stream, world } = stack.simulator;
  if (!stream) throw new Error('The drill of the stream needs a simulator with event hubs.');
  const { createPorts } = await import('../platform/ports.ts');
  const ports = createPorts({ ...stack.settings, LOG_LEVEL: 'error' });
  const current = () => incidentOf(ports, gatewayId(world));

  // Stopped, so that the outage is not over before a slow machine has looked at it.
  stopClock(timeOf(world, 0.5 - MIDST));
  const before = stream.publish(-HISTORY, -MIDST);
  const publishedAt = performance.now();
  const opened = await until('The stream opened no incident', current, (incident) => incident !== undefined);
  const openedAfterMs = performance.now() - publishedAt;

  stream.sendAlert();
  const joined = await until('The alert did not join the incident', current, ({ signals }) =>
    signals.some(({ source }) => source === 'azure-monitor'),
  );
  const told = await until('The incident was not told to everybody', current, (incident) =>
    isSettled(incident, ports.sinks.size),
  );
  const report = (await ports.snapshots.loadDocument(`${told.snapshot}/diagnosis.json`)) as Report;

  stopClock(undefined);
  const after = stream.publish(-MIDST, 0);
  await until('The stream did not see the recovery', current, ({ signals }) =>
    signals.some(({ source, condition }) => source === 'access-log-stream' && condition === 'resolved'),
  );
  const ended = await until(
    'The incident was not resolved',
    async () => {
      const incident = await current();
      // The next look would come with a sweep, within a minute.
      if (incident?.state === 'recovering' || incident?.state === 'mitigated')
        await ports.queues.investigate({ incidentId: incident.id, isRecheck: true });
      if (incident?.state !== 'resolved') await sleep(500);
      return incident;
    },
    ({ state, outbox }) => state === 'resolved' && outbox.length === 0,
  );
  const tookMs = performance.now() - publishedAt;
  return { opened, joined, ended, report, published: sum(before, after), tookMs, openedAfterMs };
}

/** As a drill among others is told of. */
export const STREAM_DRILL = {
  name: 'stream',
  title: 'Seen on the stream',
  story:
    'The access log comes by event hub. Both machines of the orders are switched off for six minutes; the stream opens the incident, the metric alert joins it a little later, and the stream sees the traffic recover.',
} as const;

/** What the drill's world makes of time: for whoever judges what was found. */
export const OUTAGE = { fromMinute: OFF, untilMinute: BACK } as const;

function incidentOf(ports: Ports, id: string): Promise<Incident | undefined> {
  return ports.incidents.change({ gatewayId: id, isTest: false }, (incident) => ({ result: incident }));
}

async function until(
  otherwise: string,
  look: () => Promise<Incident | undefined>,
  isThere: (incident: Incident) => boolean,
): Promise<Incident> {
  const giveUpAt = performance.now() + STEP_WITHIN_MS;
  let last: Incident | undefined;
  while (performance.now() < giveUpAt) {
    last = await look();
    if (last && isThere(last)) return last;
    await sleep(LOOK_EVERY_MS);
  }
  const step = last?.timeline.at(-1);
  const where = step ? ` Its last step was "${step.event}": ${step.reason}` : '';
  throw new Error(`${otherwise} within ${STEP_WITHIN_MS / 1_000} s.${where}`);
}

function sum(left: Published, right: Published): Published {
  return {
    messages: left.messages + right.messages,
    requests: left.requests + right.requests,
    failed: left.failed + right.failed,
  };
}
