import type { Condition } from './condition.ts';
import type { Incident, IncidentState } from './incident.ts';
import type { Severity } from './severity.ts';

/** The settings of an incident's life. Every duration is in minutes. */
export interface LifecyclePolicy {
  /** How long a gateway must be well before its incident is resolved. */
  readonly holdDownMinutes: number;
  /** A signal within this time after the end reopens the incident. */
  readonly reopenMinutes: number;
  /** An incident that is still open is said again after this time; 0 means never. */
  readonly repeatMinutes: number;
  /** Signals of at least this severity are paged at once, before anything is read. */
  readonly pageFirstFrom: Severity;
  /** An incident that nobody was told of within this time is told without a diagnosis. */
  readonly pageWithinMinutes: number;
}

export const DEFAULT_POLICY: LifecyclePolicy = {
  holdDownMinutes: 5,
  reopenMinutes: 30,
  repeatMinutes: 240,
  pageFirstFrom: 'error',
  pageWithinMinutes: 3,
};

export interface Transition {
  readonly state: IncidentState;
  /** One sentence, for the timeline; empty where nothing changed. */
  readonly reason: string;
}

/** Pure. The state after a reading. A reading that says nothing changes nothing. */
export function decideState(
  { state, recoveringSince }: Pick<Incident, 'state' | 'recoveringSince'>,
  { is, reason }: Condition,
  at: string,
  { holdDownMinutes }: Pick<LifecyclePolicy, 'holdDownMinutes'>,
): Transition {
  if (state === 'resolved' || is === 'unknown') return { state, reason: '' };
  if (is === 'troubled') {
    return state === 'open' ? { state, reason: '' } : { state: 'open', reason: `The trouble is back. ${reason}` };
  }
  if (is === 'mitigated') return state === 'mitigated' ? { state, reason: '' } : { state: 'mitigated', reason };
  if (state !== 'recovering') {
    return { state: 'recovering', reason: `${reason} It is resolved when that lasts ${holdDownMinutes} minutes.` };
  }
  const wellMinutes = minutesBetween(recoveringSince ?? at, at);
  if (wellMinutes < holdDownMinutes) return { state, reason: '' };
  return { state: 'resolved', reason: `${reason} That has lasted ${Math.floor(wellMinutes)} minutes.` };
}

/** Pure. When an incident is read again: often at first and while it recovers, then less and less. */
export function nextLookAt({ state, openedAt }: Pick<Incident, 'state' | 'openedAt'>, at: string): string | undefined {
  if (state === 'resolved') return undefined;
  const ageMinutes = minutesBetween(openedAt, at);
  const minutes = state === 'recovering' ? 1 : ageMinutes < 30 ? 2 : ageMinutes < 6 * 60 ? 5 : 15;
  return plusMinutes(at, minutes);
}

export function minutesBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 60_000;
}

export function plusMinutes(at: string, minutes: number): string {
  return new Date(Date.parse(at) + minutes * 60_000).toISOString();
}
