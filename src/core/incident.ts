import type { Signal } from './signal.ts';

/** One gateway's trouble, from the first signal until the recovery has been seen. */
export interface Incident {
  readonly id: string;
  readonly gatewayId: string;
  readonly state: 'open' | 'resolved';
  /** Opened by a portal's test notification: shown as a test, pages nobody. */
  readonly isTest: boolean;
  readonly openedAt: string;
  readonly updatedAt: string;
  readonly resolvedAt?: string;
  /** The signals that opened and joined it, oldest first, bounded. */
  readonly signals: readonly Signal[];
  /** The number of investigations that have been completed. */
  readonly investigations: number;
  /** Rises with every decision to notify. 0 until the first. */
  readonly revision: number;
  /** What the last notification said, to decide whether a new one would say anything new. */
  readonly lastNotified?: { readonly revision: number; readonly kind: string; readonly fingerprint: string };
  /** The folder of the newest snapshot in the snapshot container. */
  readonly snapshot?: string;
  /**
   * Decided notifications that are not yet queued for every sink. Written in the same step as the decision, so that a
   * crash right after it cannot lose one.
   */
  readonly outbox: readonly OutboxEntry[];
  readonly timeline: readonly TimelineEntry[];
}

export interface OutboxEntry {
  readonly revision: number;
  /** Where the notification's content lies in the snapshot store. */
  readonly notification: string;
}

/** "Why was this sent, why not": every decision lands here with its reason. */
export interface TimelineEntry {
  readonly at: string;
  /** A stable name, such as `opened`, `joined`, `investigated`, `notified`, `held`, `delivered`, `delivery-failed`. */
  readonly event: string;
  /** One sentence. */
  readonly reason: string;
}

/** Signals and timeline are bounded: an alert that fires every minute for a month must not grow its incident. */
export const MAX_SIGNALS = 20;
export const MAX_TIMELINE = 200;

/** The incident with one more line on its timeline. */
export function noted(incident: Incident, at: string, event: string, reason: string): Incident {
  return { ...incident, updatedAt: at, timeline: [...incident.timeline, { at, event, reason }].slice(-MAX_TIMELINE) };
}

/** Characters of JSON that the signals of one incident may take: a table row holds 1 MiB, in UTF-16. */
const MAX_SIGNALS_LENGTH = 250_000;

/** The incident with one more signal. The first one is always kept: it says how the trouble began. */
export function withSignal(incident: Incident, signal: Signal): Incident {
  const [first, ...rest] = incident.signals;
  const kept = [...rest.slice(-(MAX_SIGNALS - 2)), signal];
  while (kept.length > 1 && JSON.stringify([first, ...kept]).length > MAX_SIGNALS_LENGTH) kept.shift();
  return { ...incident, signals: first ? [first, ...kept] : kept };
}
