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

/** What can be wrong with our own work. Alert rules and the runbook go by these names. */
export const AUDIT_PROBLEMS = [
  'incidents-not-swept',
  'incidents-stuck',
  'investigations-abandoned',
  'queue-waiting',
] as const;

export interface AuditFinding {
  readonly problem: (typeof AUDIT_PROBLEMS)[number];
  readonly sentence: string;
}

/** What is wrong with our own work; empty where everything moves. Pure. */
export function auditOf(
  { incidents, failed, abandonedInvestigations, oldestMinutes }: Workload,
  at: string,
): readonly AuditFinding[] {
  const stuck = incidents.filter(({ updatedAt }) => minutesBetween(updatedAt, at) > MOVED_WITHIN_MINUTES).length;
  const waiting = Object.entries(oldestMinutes).filter(([, minutes]) => (minutes ?? 0) > WAITING_MINUTES);
  return [
    ...(failed > 0 ? [found('incidents-not-swept', `${failed} incidents could not be swept.`)] : []),
    ...(stuck > 0
      ? [found('incidents-stuck', `${stuck} open incidents have not moved for ${MOVED_WITHIN_MINUTES} minutes.`)]
      : []),
    ...(abandonedInvestigations > 0
      ? [found('investigations-abandoned', `${abandonedInvestigations} investigations were given up.`)]
      : []),
    ...waiting.map(([queue, minutes]) =>
      found('queue-waiting', `A message has waited on the queue ${queue} for ${Math.floor(minutes ?? 0)} minutes.`),
    ),
  ];
}

function found(problem: AuditFinding['problem'], sentence: string): AuditFinding {
  return { problem, sentence };
}
