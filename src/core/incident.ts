import type { Before } from './baseline-before.ts';
import type { Finding } from './findings.ts';
import type { Severity } from './severity.ts';
import type { Signal } from './signal.ts';

/**
 * `open`: in trouble. `mitigated`: requests succeed, and the cause is still there. `recovering`: well, and not yet for
 * long enough. `resolved`: the recovery has been seen.
 */
export type IncidentState = 'open' | 'mitigated' | 'recovering' | 'resolved';

/** One gateway's trouble, from the first signal until the recovery has been seen. */
export interface Incident {
  readonly id: string;
  readonly gatewayId: string;
  readonly state: IncidentState;
  /** The worst that any signal said. */
  readonly severity: Severity;
  /** Opened by a portal's test notification: shown as a test, pages nobody. */
  readonly isTest: boolean;
  /** Azure did not answer when it was opened: nobody knows yet whether the gateway exists. */
  readonly isUnchecked?: boolean;
  readonly openedAt: string;
  readonly updatedAt: string;
  readonly resolvedAt?: string;
  /** Since when every reading has been well; only while it recovers. */
  readonly recoveringSince?: string;
  /** What is wrong and was wrong, by place. */
  readonly findings: readonly Finding[];
  /** When it is read again without anybody asking; absent once resolved. */
  readonly nextLookAt?: string;
  /** The signals that opened and joined it, oldest first, bounded. */
  readonly signals: readonly Signal[];
  /** The number of investigations that have been completed. */
  readonly investigations: number;
  /** Rises with every decision to notify. 0 until the first. */
  readonly revision: number;
  /** What people know, to decide whether there is anything new to say. Absent until they were told of it. */
  readonly told?: Told;
  /** How the gateway stood before, frozen with the first investigation; absent where no regular reading knows. */
  readonly before?: Before;
  /** Set while its investigations crash: how often in a row one was given up, and which message was the last. */
  readonly abandoned?: { readonly times: number; readonly message: string };
  /** The folder of the newest snapshot in the snapshot container. */
  readonly snapshot?: string;
  /**
   * Decided notifications that are not yet queued for every sink. Written in the same step as the decision, so that a
   * crash right after it cannot lose one.
   */
  readonly outbox: readonly OutboxEntry[];
  /** The sinks that were sent anything of it: they are told of its end. */
  readonly reached: readonly string[];
  readonly timeline: readonly TimelineEntry[];
}

export interface Told {
  readonly revision: number;
  /** `page` is the short one, before anything was read. */
  readonly kind: 'page' | 'opened' | 'updated' | 'reminder' | 'resolved' | 'test';
  readonly at: string;
  readonly severity: Severity;
  readonly findings: readonly Finding[];
  /** Where the message's content lies in the snapshot store: a sink that joins later is sent the same. */
  readonly notification: string;
}

export interface OutboxEntry {
  readonly revision: number;
  /** Where the notification's content lies in the snapshot store. */
  readonly notification: string;
  /** The names of the sinks that are sent it. */
  readonly sinks: readonly string[];
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

/**
 * The incident with one more line on its timeline. The first line always stays: it says how it began. A line that only
 * repeats the last one renews its time, so that a look every two minutes for a night is one line.
 */
export function noted(incident: Incident, at: string, event: string, reason: string): Incident {
  const { timeline } = incident;
  const last = timeline.at(-1);
  const isRepeat = last?.event === event && last.reason === reason && timeline.length > 1;
  const lines = isRepeat ? timeline.slice(0, -1) : timeline;
  const [first, ...rest] = [...lines, { at, event, reason }];
  return { ...incident, updatedAt: at, timeline: first ? [first, ...rest.slice(-(MAX_TIMELINE - 1))] : [] };
}

/**
 * The incident with one more line, unless its timeline has this very line already: for a reason that holds at every sweep,
 * while other things happen in between.
 */
export function notedOnce(incident: Incident, at: string, event: string, reason: string): Incident {
  const isKnown = incident.timeline.some((line) => line.event === event && line.reason === reason);
  return isKnown ? incident : noted(incident, at, event, reason);
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
