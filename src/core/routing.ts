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

/** Why a message does not go to the others, a sentence a reason; nothing where it goes to all. Pure. */
export function whyNotTold(
  kind: Told['kind'],
  incident: Pick<Incident, 'severity' | 'openedAt' | 'reached'>,
  routes: readonly Route[],
  at: string,
  isFollowUp = false,
): readonly string[] {
  const told = sinksFor(kind, incident, routes, at, isFollowUp);
  const others = routes.filter(({ name }) => !told.includes(name));
  const reasons = Map.groupBy(others, (route) => {
    if (kind === 'resolved' || isFollowUp) return 'told nothing of it before';
    if (kind === 'page' && !route.takesPages) return 'told once the gateway has been read';
    const { fromSeverity, afterMinutes } = route;
    const later = afterMinutes === undefined ? '' : `, or what lasts ${afterMinutes} minutes`;
    return `kept for ${fromSeverity} and worse${later}`;
  });
  const sentences = [...reasons].map(
    ([reason, left]) => `Not told: ${left.map(({ name }) => name).join(', ')} (${reason}).`,
  );
  if (told.length > 0) return sentences;
  return routes.length === 0 ? ['No sink is configured.'] : ['No sink is told of this yet.', ...sentences];
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
