import type { Citation, FixStep, MissingRead, Scope, VerdictLevel } from './verdict.ts';

/**
 * What people are told, before any service's own format. Sinks render this and nothing else, so that every channel says
 * the same. All strings are untrusted (resource names, hosts and paths come from outside): each sink escapes them.
 */
export interface Notification {
  readonly incidentId: string;
  /** Rises with every message of one incident; with the sink's name it identifies a delivery. */
  readonly revision: number;
  readonly kind: 'opened' | 'updated' | 'resolved' | 'test' | 'digest';
  readonly severity: 'critical' | 'error' | 'warning' | 'info';
  readonly gateway: {
    readonly id: string;
    readonly name: string;
    readonly resourceGroup?: string;
    readonly subscription?: string;
    /** The gateway in the Azure portal. */
    readonly portalUrl?: string;
  };
  readonly headline: string;
  /**
   * PagerDuty's own incident, where it has one for this trouble: what is said there becomes a note on it, and no second
   * incident.
   */
  readonly pagerdutyIncidentId?: string;
  /** Why this message is sent: what is new, or that it is still there. */
  readonly note?: string;
  /** Where the incident can be looked at, and a picture of how it went: links that are signed and end. */
  readonly pageUrl?: string;
  readonly imageUrl?: string;
  /** Only in the message that says it is over. */
  readonly recovery?: Recovery;
  /** Only in a digest, which is about no incident. */
  readonly digest?: Digest;
  /** What fired, a line each: "Minimum HealthyHostCount is 0, below 1, for pool-orders~https-orders". */
  readonly fired: readonly string[];
  /** The named causes, best first: several where several stand at several scopes. Empty where none is established. */
  readonly causes: readonly NotifiedCause[];
  /** What else still stands, named and not, each with the read that would settle it. */
  readonly alternatives: readonly {
    readonly cause: string;
    readonly title: string;
    readonly verdict: VerdictLevel;
    readonly missing: readonly MissingRead[];
  }[];
  readonly affected: readonly AffectedTarget[];
  /** How many clients saw errors, as one sentence with its numbers, or why that is not known. */
  readonly impact: string;
  /** What changed before the failure, where that is known: a correlation, whatever the causes are. */
  readonly nearestChange?: NotifiedChange;
  /** Evidence that could not be read, with the reason. */
  readonly unreadable: readonly { readonly evidence: string; readonly reason: string }[];
  /** The one read to do next, where no cause is confirmed. */
  readonly nextRead?: MissingRead;
  readonly openedAt: string;
  readonly at: string;
}

export interface NotifiedCause {
  readonly cause: string;
  readonly title: string;
  readonly verdict: VerdictLevel;
  readonly scope: Scope;
  readonly because: readonly Citation[];
  readonly fix: readonly FixStep[];
  readonly doNot: readonly string[];
}

/** The change nearest before the first failure. People on call are told who made it, by the name that the record has. */
export interface NotifiedChange {
  readonly at: string;
  /** `Security rule baseline-inbound of network security group nsg-orders was written` */
  readonly what: string;
  readonly by?: string;
  readonly property?: string;
  readonly before?: string;
  readonly after?: string;
  readonly minutesBefore: number;
  /** How it stands to the failure, saying that this is no proof. */
  readonly sentence: string;
}

export interface AffectedTarget {
  readonly pool: string;
  readonly setting: string;
  readonly unhealthy: readonly string[];
  readonly total: number;
  /** `2 of 2 members healthy at 2026-09-14 01:55 UTC`: before the trouble, where a regular reading knows. */
  readonly before?: string;
}

/** Before and after, side by side. */
export interface Recovery {
  /** From the first signal until the recovery was seen, in whole minutes. */
  readonly minutes: number;
  readonly places: readonly RecoveredPlace[];
}

export interface RecoveredPlace {
  /** `pool-orders~http-8080`, or `the gateway`. */
  readonly place: string;
  /** `0 of 2 members healthy; wrong-backend-port (confirmed)` */
  readonly before: string;
  /** `2 of 2 members healthy` */
  readonly after: string;
}

/** What a regular audit found that was not there before. */
export interface Digest {
  /** How many gateways were audited. */
  readonly audited: number;
  /** What is new or worse, what costs most first. */
  readonly items: readonly DigestItem[];
  /** Gateways that could be audited before and cannot any more. */
  readonly unread: readonly { readonly gateway: string; readonly reason: string }[];
}

export interface DigestItem {
  readonly gateway: string;
  /** The check's id and title. */
  readonly check: string;
  readonly title: string;
  readonly news: 'new' | 'worse';
  /** What it would cost and how near it is, in words: "every request fails; it is close". */
  readonly costs: string;
  readonly says: string;
  readonly because: Citation;
  readonly fix: FixStep;
}
