import type { Finding } from './findings.ts';
import { sameName } from './resource-id.ts';

/** A person's decision that something is not to be told for a while. Absent parts mean "all of it". */
export interface Silence {
  readonly id: string;
  /** A gateway's resource id, or the beginning of it: a resource group or a subscription. */
  readonly gateway?: string;
  readonly pool?: string;
  readonly cause?: string;
  /** ISO 8601. */
  readonly from: string;
  readonly until: string;
  readonly author: string;
  readonly reason: string;
}

/**
 * The silence that covers everything an incident would say; undefined where any of it is not covered. Pure. A silence of
 * one cause covers an incident only while that is all that is named.
 */
export function silenceOf(
  gatewayId: string,
  findings: readonly Finding[],
  silences: readonly Silence[],
  at: string,
): Silence | undefined {
  const active = silences.filter(
    (silence) => Date.parse(silence.from) <= Date.parse(at) && Date.parse(at) < Date.parse(silence.until),
  );
  const here = active.filter(({ gateway }) => gateway === undefined || isWithin(gatewayId, gateway));
  const standing = findings.filter((finding) => finding.endedAt === undefined);
  const whole = here.find(({ pool, cause }) => pool === undefined && cause === undefined);
  if (whole) return whole;
  if (standing.length === 0) return undefined;
  const covering = standing.map((finding) => here.find((silence) => covers(silence, finding)));
  return covering.includes(undefined) ? undefined : covering[0];
}

function isWithin(gatewayId: string, scope: string): boolean {
  const [id, beginning] = [gatewayId.toLowerCase(), scope.toLowerCase().replace(/\/+$/, '')];
  return id === beginning || id.startsWith(`${beginning}/`);
}

function covers({ pool, cause }: Silence, finding: Finding): boolean {
  if (pool !== undefined && (finding.pool === undefined || !sameName(pool, finding.pool))) return false;
  if (cause === undefined) return true;
  return finding.causes.length > 0 && finding.causes.every((item) => item.cause === cause);
}
