import type { IncidentState } from './incident.ts';

/** The shortest time for which anything is kept: far longer than an incident can be reopened (a day at most). */
export const MIN_RETENTION_DAYS = 7;
export const DEFAULT_RETENTION_DAYS = 90;

const DAY_MS = 86_400_000;

/** Pure. What is older than this is deleted, ISO 8601; undefined where everything is kept (0 days). */
export function retentionEnd(at: string, days: number): string | undefined {
  if (days <= 0) return undefined;
  return new Date(Date.parse(at) - Math.max(MIN_RETENTION_DAYS, days) * DAY_MS).toISOString();
}

export interface IncidentAge {
  readonly state: IncidentState;
  /** It has decided messages that are not handed over yet. */
  readonly isWaiting: boolean;
  /** Of the last line on its timeline. */
  readonly updatedAt: string;
}

/** Pure. Whether an incident is over for so long that nobody needs it. What has anything left to say stays. */
export function isForgettable({ state, isWaiting, updatedAt }: IncidentAge, before: string): boolean {
  return state === 'resolved' && !isWaiting && Date.parse(updatedAt) < Date.parse(before);
}
