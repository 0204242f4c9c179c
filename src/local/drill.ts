import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../app/investigate.ts';
import type { Incident, TimelineEntry } from '../core/incident.ts';
import type { Stack } from './stack.ts';

export interface DrillOutcome {
  readonly incident: Incident;
  /** What the newest investigation concluded, as the functions stored it. */
  readonly report: Report;
  /** From the alert to the last delivery, in milliseconds. */
  readonly tookMs: number;
}

/** How often the incident is looked at, and for how long, in milliseconds. */
const LOOK_EVERY_MS = 100;
const SETTLED_WITHIN_MS = 90_000;

/**
 * Posts the scenario's alert to the running stack, as Azure Monitor would, and waits until the incident has been told
 * to every sink, or held. Rejects with one sentence where that does not happen.
 */
export async function playDrill(stack: Stack): Promise<DrillOutcome> {
  // Loaded while nothing else has to wait: the stores bring the storage SDKs.
  const ports = import('../platform/ports.ts').then(({ createPorts }) =>
    createPorts({ ...stack.settings, LOG_LEVEL: 'error' }),
  );
  const postedAt = performance.now();
  const incidentId = await postAlert(stack);
  const { incidents, sinks, snapshots } = await ports;

  const giveUpAt = performance.now() + SETTLED_WITHIN_MS;
  let incident: Incident | undefined;
  while (performance.now() < giveUpAt) {
    incident = await incidents.get(incidentId);
    if (incident && isSettled(incident, sinks.size)) {
      const report = await snapshots.loadDocument(`${incident.snapshot}/diagnosis.json`);
      return { incident, report: report as Report, tookMs: performance.now() - postedAt };
    }
    await sleep(LOOK_EVERY_MS);
  }
  const last = incident?.timeline.at(-1);
  const where = last ? `Its last step was "${last.event}": ${last.reason}` : 'It was never stored.';
  throw new Error(`The incident was not told to everybody within ${SETTLED_WITHIN_MS / 1_000} s. ${where}`);
}

/** Posts the world's alert as Azure Monitor would; returns the id of the incident that it opened or joined. */
export async function postAlert(
  { hostUrl, functionKey, simulator }: Stack,
  condition: 'Fired' | 'Resolved' = 'Fired',
): Promise<string> {
  const answer = await fetch(`${hostUrl}/api/alerts/azure-monitor`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': functionKey },
    body: JSON.stringify(simulator.alert(condition)),
  });
  const body = (await answer.json().catch(() => ({}))) as { incidentId?: unknown; reason?: unknown };
  if (answer.status === 202 && typeof body.incidentId === 'string') return body.incidentId;
  const why = typeof body.reason === 'string' ? `: ${body.reason}` : '.';
  throw new Error(`The alert was answered ${answer.status} and opened no incident${why}`);
}

/** Whether an incident has come to rest: everything decided was sent or given up, or it was decided to send nothing. */
export function isSettled({ outbox, revision, timeline, told }: Incident, sinks: number): boolean {
  const last = lastDecision(timeline);
  if (last === undefined || outbox.length > 0) return false;
  // A second look that has nothing new to say does not end the deliveries of what the first one said.
  if (last.event === 'held' && (told === undefined || told.kind === 'page')) return true;
  const ended = timeline.filter(
    ({ event, reason }) => /^delivered$|^delivery-failed$/.test(event) && reason.startsWith(`Message ${revision} `),
  );
  return ended.length >= sinks;
}

function lastDecision(timeline: readonly TimelineEntry[]): TimelineEntry | undefined {
  return timeline.findLast(({ event }) => event === 'held' || event === 'notified');
}
