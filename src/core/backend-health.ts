/** What backend health says of every member, by pool and backend setting. */
export interface BackendHealth {
  /** The gateway that the answer's own ids name. */
  readonly gatewayId?: string;
  readonly targets: readonly HealthTarget[];
}

/** One pool seen through one backend setting: the unit that the gateway probes. */
export interface HealthTarget {
  readonly pool: string;
  readonly setting: string;
  readonly members: readonly Member[];
}

/**
 * `healthy` and `unhealthy` stand for both vocabularies (Healthy/Unhealthy on the wire, Up/Down in the
 * specification). `partial` is a name of which only some addresses answer.
 */
export type MemberHealth = 'healthy' | 'unhealthy' | 'partial' | 'draining' | 'unknown';

export interface Member {
  /** IP address or FQDN, as backend health shows it. */
  readonly address: string;
  readonly health: MemberHealth;
  /** The health word as the service wrote it. */
  readonly healthAsWritten: string;
  /** `healthProbeLog`, verbatim; absent where the service sent none. */
  readonly text?: string;
  /** `healthProbeErrorName`, verbatim; only newer API versions send it. */
  readonly errorName?: string;
  readonly observed: Observation;
}

/**
 * What the probe met, read from `healthProbeErrorName` and the text. The service has worded each of these in several
 * ways over the years; `src/evidence/backend-health` knows the fragments. An observation is what was seen, not a cause:
 * a blocked path and a slow application are both `timed-out`.
 */
export type Observation =
  | { readonly kind: 'answered'; readonly status?: number }
  | { readonly kind: 'status-mismatch'; readonly received?: number; readonly accepted?: string }
  | { readonly kind: 'body-mismatch'; readonly expected?: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cannot-connect' }
  | { readonly kind: 'name-unresolved' }
  | { readonly kind: 'certificate-name' }
  | { readonly kind: 'certificate-dates' }
  | {
      readonly kind: 'certificate-untrusted';
      readonly about: 'server' | 'intermediate' | 'root-mismatch' | 'no-root-matches';
    }
  | { readonly kind: 'certificate-chain'; readonly about: 'intermediate-missing' | 'leaf-missing' | 'order' }
  | { readonly kind: 'certificate-unverified'; readonly opensslCode?: number }
  | { readonly kind: 'tls-failed' }
  | { readonly kind: 'proxy-protocol' }
  | { readonly kind: 'not-retrievable' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'unclassified' };

/** Whether the member's own reading speaks of a failure, whatever its health word: `Healthy` can carry a failure text. */
export function isFailing(member: Member): boolean {
  return member.health === 'unhealthy' || member.health === 'partial';
}

/** The words to quote for a member: the service's own text, or its health word where it sent no text. */
export function quoteOf(member: Member): string {
  return member.text ?? member.healthAsWritten;
}
