import type { Criterion, Signal } from '../../core/signal.ts';

/** What an alert says, whichever schema it came in, before it is decided whether it is ours. */
export interface Alert {
  readonly kind: 'metric' | 'log-search' | 'resource-health' | 'activity-log';
  /** What raised it, by its name in lower-case letters and digits only: `platform`, `logalertsv2`, `servicehealth`. */
  readonly service: string;
  readonly condition?: Signal['condition'];
  readonly isTest: boolean;
  /** Printable and bounded. */
  readonly title: string;
  readonly severity?: number;
  readonly at?: string;
  /** The resources that the alert is about. */
  readonly targetIds: readonly string[];
  /** Ids that occur elsewhere in the alert, in dimensions and results. */
  readonly mentionedIds: readonly string[];
  readonly criteria: readonly Criterion[];
  readonly alertId?: string;
  /** What tells this event from others where the alert has no id of its own. */
  readonly identity: readonly (string | undefined)[];
}

export interface Illegible {
  readonly outcome: 'invalid';
  readonly code: string;
  readonly message: string;
}

/** `Sev3`, `3` and 3 are one severity. */
export function readSeverity(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.slice(0, 16).trim() : '';
  const digit = /^(?:sev\s?)?([0-4])$/i.exec(text)?.[1];
  return digit === undefined ? undefined : Number(digit);
}

/** The common schema fires and resolves; the older ones activate and deactivate. */
export function readCondition(value: unknown): Signal['condition'] | undefined {
  if (typeof value !== 'string') return undefined;
  const word = value.slice(0, 32).trim().toLowerCase();
  if (word === 'fired' || word === 'activated') return 'fired';
  if (word === 'resolved' || word === 'deactivated') return 'resolved';
  return undefined;
}
