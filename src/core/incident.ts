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
  readonly timeline: readonly TimelineEntry[];
}

/** "Why was this sent, why not": every decision lands here with its reason. */
export interface TimelineEntry {
  readonly at: string;
  /** A stable name, such as `opened`, `joined`, `investigated`, `notified`, `held`, `delivered`, `delivery-failed`. */
  readonly event: string;
  /** One sentence. */
  readonly reason: string;
}
