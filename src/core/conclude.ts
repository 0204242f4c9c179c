import { type Announcement, decideAnnouncement } from './announce.ts';
import { type Before, describeBefore } from './baseline-before.ts';
import type { Condition } from './condition.ts';
import { type Finding, knownAfter, mergeFindings } from './findings.ts';
import { type Incident, noted, notedOnce } from './incident.ts';
import { decideState, type LifecyclePolicy, nextLookAt, type Transition } from './lifecycle.ts';
import { type Route, sending, sinksFor, whyNotTold } from './routing.ts';
import type { Silence } from './silence.ts';

/** What one reading of a gateway came to. */
export interface Look {
  readonly at: string;
  readonly condition: Condition;
  readonly findings: readonly Finding[];
  /** Nothing wrong was found in the whole time that was read. */
  readonly isClean: boolean;
  readonly headline: string;
  /** What was read on for, a line for each round after the first. */
  readonly rounds: readonly string[];
  /** The snapshot's folder. */
  readonly folder: string;
  readonly silences: readonly Silence[];
  /** How it stood before; it counts where the incident does not know that yet. */
  readonly before?: Before;
}

export interface Conclusion {
  readonly incident: Incident;
  readonly announcement: Announcement;
}

/** Pure. The incident after a reading: its findings, its state, whether anybody is told, and why. */
export function conclude(current: Incident, look: Look, policy: LifecyclePolicy, routes: readonly Route[]): Conclusion {
  const { at, folder } = look;
  const findings = mergeFindings(current.findings, look.findings, at);
  const transition = stateAfter(current, look, policy);
  const announcement = decideAnnouncement(current, { ...look, findings, transition }, policy);

  const { abandoned: _over, ...known } = current;
  let incident: Incident = { ...known, findings, snapshot: folder, investigations: current.investigations + 1 };
  if (look.before && !current.before) {
    incident = noted({ ...incident, before: look.before }, at, 'before', describeBefore(look.before));
  }
  for (const line of look.rounds) incident = noted(incident, at, 'read-on', line);
  incident = noted(incident, at, 'investigated', look.headline);
  incident = moved(incident, transition, at);
  incident =
    announcement.action === 'hold'
      ? noted(incident, at, 'held', announcement.reason)
      : told(incident, announcement, routes, at);
  return { incident: { ...incident, nextLookAt: nextLookAt(incident, at) }, announcement };
}

/** Where nothing was wrong and nobody was told, there is nothing to watch; a test ends when it was shown. */
function stateAfter(current: Incident, { condition, isClean, at }: Look, policy: LifecyclePolicy): Transition {
  if (current.isTest) return { state: 'resolved', reason: 'A test ends when it was shown.' };
  if (isClean && !current.told) return { state: 'resolved', reason: condition.reason };
  return decideState(current, condition, at, policy);
}

function moved(incident: Incident, { state, reason }: Transition, at: string): Incident {
  if (state === incident.state) return incident;
  const { recoveringSince: _since, ...rest } = incident;
  return noted(
    {
      ...rest,
      state,
      ...(state === 'recovering' ? { recoveringSince: at } : {}),
      ...(state === 'resolved' ? { resolvedAt: at } : {}),
    },
    at,
    state,
    reason,
  );
}

function told(
  incident: Incident,
  { kind, reason, isFollowUp }: Extract<Announcement, { action: 'notify' }>,
  routes: readonly Route[],
  at: string,
): Incident {
  const revision = incident.revision + 1;
  const notification = notificationPath(incident.id, revision);
  const sinks = sinksFor(kind, incident, routes, at, isFollowUp);
  const { severity } = incident;
  const findings = knownAfter(incident.told?.findings ?? [], incident.findings);
  const told = { revision, kind, at, severity, findings, notification };
  return noted(
    sending({ ...incident, revision, told }, { revision, notification, sinks }),
    at,
    'notified',
    [reason, ...whyNotTold(kind, incident, routes, at, isFollowUp)].join(' '),
  );
}

/** The incident with a short message on its way, before anything was read. */
export function paged(incident: Incident, routes: readonly Route[], at: string, reason: string): Incident {
  const sinks = sinksFor('page', incident, routes, at);
  if (sinks.length === 0) {
    return notedOnce(incident, at, 'not-paged', [reason, ...whyNotTold('page', incident, routes, at)].join(' '));
  }
  const revision = incident.revision + 1;
  const notification = notificationPath(incident.id, revision);
  const { severity } = incident;
  const told = { revision, kind: 'page' as const, at, severity, findings: [], notification };
  const line = [reason, ...whyNotTold('page', incident, routes, at)].join(' ');
  return noted(sending({ ...incident, revision, told }, { revision, notification, sinks }), at, 'paged', line);
}

/** Where the content of a message lies in the snapshot store. */
export function notificationPath(incidentId: string, revision: number): string {
  return `${incidentId}/notification-${revision}.json`;
}
