import type { Incident, OutboxEntry, Told } from './incident.ts';
import { minutesBetween } from './lifecycle.ts';
import { isAtLeast, type Severity } from './severity.ts';

/** When a sink is told. */
export interface Route {
  readonly name: string;
  /** Whether it wants the short first message: it wakes somebody, or it can edit what it has posted. */
  readonly takesPages: boolean;
  /** Told only from this severity on; absent where it is told of everything. */
  readonly fromSeverity?: Severity;
  /** Told of lesser severities after all when an incident lasts this long. */
  readonly afterMinutes?: number;
}

/** The sinks that a message goes to. Pure. The end is told to whoever was told anything, and to nobody else. */
export function sinksFor(
  kind: Told['kind'],
  incident: Pick<Incident, 'severity' | 'openedAt' | 'reached'>,
  routes: readonly Route[],
  at: string,
  isFollowUp = false,
): readonly string[] {
  const wanted = routes.filter((route) => {
    if (kind === 'test') return true;
    if (kind === 'resolved' || isFollowUp) return incident.reached.includes(route.name);
    if (kind === 'page' && !route.takesPages) return false;
    return incident.reached.includes(route.name) || isDue(route, incident, at);
  });
  return wanted.map((route) => route.name);
}

/** The sinks that an incident has come to concern since its last message. Pure. */
export function sinksToEscalateTo(incident: Incident, routes: readonly Route[], at: string): readonly string[] {
  const { told, state, isTest } = incident;
  if (!told || isTest || told.kind === 'page' || told.kind === 'resolved' || state !== 'open') return [];
  return routes
    .filter((route) => route.afterMinutes !== undefined && !incident.reached.includes(route.name))
    .filter((route) => isDue(route, incident, at))
    .map((route) => route.name);
}

function isDue(
  { fromSeverity, afterMinutes }: Route,
  { severity, openedAt }: Pick<Incident, 'severity' | 'openedAt'>,
  at: string,
): boolean {
  if (fromSeverity === undefined || isAtLeast(severity, fromSeverity)) return true;
  return afterMinutes !== undefined && minutesBetween(openedAt, at) >= afterMinutes;
}

/** The incident with one more message on its way. */
export function sending(incident: Incident, entry: OutboxEntry): Incident {
  if (entry.sinks.length === 0) return incident;
  const reached = [...new Set([...incident.reached, ...entry.sinks])];
  return { ...incident, outbox: [...incident.outbox, entry], reached };
}
