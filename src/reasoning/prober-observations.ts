import type { Member } from '../core/backend-health.ts';
import { poolNamed, probeOf, settingNamed } from '../core/gateway.ts';
import type { ProbeObservation, RequestObservation } from '../core/prober.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import type { Target } from '../core/targets.ts';
import type { Citation } from '../core/verdict.ts';

/** What the prober met at a member of a target, from inside the virtual network. */

/** The observation of one member through one backend setting; one that names no pool or setting stands for any. */
export function observationOf(
  readings: Readings,
  { pool, setting }: Pick<Target, 'pool' | 'setting'>,
  { address }: Pick<Member, 'address'>,
): ProbeObservation | undefined {
  const fits = (name: string | undefined, wanted: string) => name === undefined || sameName(name, wanted);
  return readings.probeResults?.observations.find(
    (seen) => sameName(seen.member, address) && fits(seen.pool, pool) && fits(seen.setting, setting),
  );
}

/** The target and member that an observation is about, where backend health, which lists them, was not read. */
export function targetOfObservation(
  { gateway }: Readings,
  { member: address, pool, setting }: ProbeObservation,
): { readonly target: Target; readonly member: Member } | undefined {
  if (pool === undefined || setting === undefined) return undefined;
  const member: Member = { address, health: 'unknown', healthAsWritten: 'not read', observed: { kind: 'silent' } };
  const settingConfig = settingNamed(gateway, setting);
  const probe = probeOf(gateway, settingConfig);
  const target = { pool, setting, members: [member], poolConfig: poolNamed(gateway, pool), settingConfig, probe };
  return { target, member };
}

/** The requests of one kind; each differs from the probe in one thing only. */
export function requestsOfKind(
  observation: ProbeObservation | undefined,
  kind: RequestObservation['kind'],
): readonly RequestObservation[] {
  return observation?.requests.filter((request) => request.kind === kind) ?? [];
}

/** Answered with 2xx, and not with anything that the probe would turn down. */
export function isWellAnswered({ status, isAccepted }: RequestObservation): boolean {
  return status !== undefined && status >= 200 && status <= 299 && isAccepted !== false;
}

/** Quotes one request of the prober: its path and Host, and what came of it. */
export function citeRequest(request: RequestObservation, says: string): Citation {
  const { kind, path, host, status, error } = request;
  const asked = `${kind} ${bare(path)}${host === undefined ? '' : ` with Host ${host}`}`;
  return { evidence: 'probe-results', quote: `${asked}: ${status ?? error ?? 'no answer'}`, says };
}

/** A path without its query, and no longer than a sentence bears. */
function bare(path: string): string {
  return (path.split('?')[0] ?? '').slice(0, 80);
}
