import type { Member } from './backend-health.ts';

/**
 * Backend health on demand: the gateway itself as the test bench. It probes the members of one target once, with a probe
 * that differs from the configured one, and says what they answered.
 */
export interface OnDemandHealth {
  readonly tests: readonly OnDemandTest[];
}

/** The one thing in which a test differs from the configured probe. */
export type ChangedInProbe = 'path' | 'host' | 'accepted-range' | 'timeout';

export interface OnDemandTest {
  readonly pool: string;
  readonly setting: string;
  /** Absent where the answer alone is at hand: the service does not repeat what it was asked, so it proves nothing. */
  readonly changed?: ChangedInProbe;
  /** What stood in the place of the configured value; a timeout is in seconds. */
  readonly value?: string;
  /** What each member answered; empty where the test was not answered. */
  readonly members: readonly Member[];
  /** Why the test was not answered. */
  readonly error?: string;
}

/** Whether every member answered the test with 2xx, and its answer was accepted. */
export function isServedByAll({ members }: OnDemandTest): boolean {
  return members.length > 0 && members.every(isServed);
}

/** Answered with 2xx and accepted. `Healthy` without a legible status is not enough: a redirect is accepted by default. */
export function isServed(member: Member): boolean {
  const status = statusOf(member);
  return member.health === 'healthy' && status !== undefined && status >= 200 && status <= 299;
}

/** The status that a member answered with, accepted or not; undefined where the answer does not tell. */
export function statusOf({ health, observed }: Member): number | undefined {
  if (observed.kind === 'status-mismatch') return observed.received;
  return observed.kind === 'answered' && health === 'healthy' ? observed.status : undefined;
}
