import type { Incident } from './incident.ts';
import { minutesBetween } from './lifecycle.ts';

/** What the program can see of its own work. */
export interface Workload {
  readonly incidents: readonly Pick<Incident, 'id' | 'updatedAt' | 'outbox'>[];
  /** Incidents that the sweep itself could not handle. */
  readonly failed: number;
  /** Messages that the queue of investigations gave up. */
  readonly abandonedInvestigations: number;
  /** The age of the oldest message that waits on each queue, in minutes; absent where nothing waits. */
  readonly oldestMinutes: Readonly<Record<string, number | undefined>>;
}

/** An open incident is looked at every quarter of an hour at the latest (see nextLookAt); twice that is a stop. */
const MOVED_WITHIN_MINUTES = 35;
/** A visible message is taken within seconds while a worker runs. */
const WAITING_MINUTES = 15;

/** What is wrong with our own work, a sentence each; empty where everything moves. Pure. */
export function auditOf(
  { incidents, failed, abandonedInvestigations, oldestMinutes }: Workload,
  at: string,
): readonly string[] {
  const stuck = incidents.filter(({ updatedAt }) => minutesBetween(updatedAt, at) > MOVED_WITHIN_MINUTES).length;
  const waiting = Object.entries(oldestMinutes).filter(([, minutes]) => (minutes ?? 0) > WAITING_MINUTES);
  return [
    ...(failed > 0 ? [`${failed} incidents could not be swept.`] : []),
    ...(stuck > 0 ? [`${stuck} open incidents have not moved for ${MOVED_WITHIN_MINUTES} minutes.`] : []),
    ...(abandonedInvestigations > 0 ? [`${abandonedInvestigations} investigations were given up.`] : []),
    ...waiting.map(
      ([queue, minutes]) => `A message has waited on the queue ${queue} for ${Math.floor(minutes ?? 0)} minutes.`,
    ),
  ];
}
