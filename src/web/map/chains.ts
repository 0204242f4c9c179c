import { type HealthTarget, type Member, quoteOf } from '../../core/backend-health.ts';
import { type Gateway, type Probe, probeOf, type Route, settingNamed } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import { isNamed, type Verdict } from '../../core/verdict.ts';
import { type Place, placeOf } from './places.ts';

/** One way through the gateway, from a listener to the members of a pool. */
export interface Chain {
  readonly listener?: string;
  readonly rule?: string;
  /** Of a path rule. */
  readonly paths: readonly string[];
  readonly setting?: string;
  /** `Https, port 443, waits 20 s` */
  readonly settingSays?: string;
  readonly probe?: string;
  /** `/healthz of shop.example, every 30 s` */
  readonly probeSays?: string;
  readonly pool: string;
  /** Those that fail first. Empty where the pool has none, or nothing was read of them. */
  readonly members: readonly ChainMember[];
  /** How the members stand is known. */
  readonly isRead: boolean;
  /** Where a named cause breaks it; absent where none is named here. */
  readonly broken?: Place;
  readonly standing: 'broken' | 'failing' | 'fine' | 'unread';
}

export interface ChainMember {
  readonly address: string;
  readonly health: Member['health'];
  /** What the gateway says of it, where it is not well. */
  readonly says?: string;
}

const ORDER = ['broken', 'failing', 'unread', 'fine'] as const satisfies readonly Chain['standing'][];
/** Unhealthy before what comes and goes, and what is well last. */
const HEALTH = [
  'unhealthy',
  'partial',
  'unknown',
  'draining',
  'healthy',
] as const satisfies readonly Member['health'][];

/** Every way through the gateway, those that fail first; from backend health alone where there is no configuration. Pure. */
export function chainsOf({ gateway, backendHealth }: Readings, verdicts: readonly Verdict[]): readonly Chain[] {
  const named = verdicts.filter(isNamed);
  const targets = backendHealth?.targets ?? [];
  const routes = (gateway?.routes ?? []).filter(({ pool, redirects }) => pool !== undefined && !redirects);
  const routed = routes.map((route) => chain(gateway, route.pool ?? '', route.setting, route, targets, named));
  const bare = targets
    .filter((target) => !routes.some((route) => leadsTo(route, target)))
    .map(({ pool, setting }) => chain(gateway, pool, setting, undefined, targets, named));
  return [...routed, ...bare].toSorted((left, right) => ORDER.indexOf(left.standing) - ORDER.indexOf(right.standing));
}

function leadsTo({ pool, setting }: Route, target: HealthTarget): boolean {
  return (
    pool !== undefined && sameName(pool, target.pool) && (setting === undefined || sameName(setting, target.setting))
  );
}

function chain(
  gateway: Gateway | undefined,
  pool: string,
  setting: string | undefined,
  route: Route | undefined,
  targets: readonly HealthTarget[],
  named: readonly Verdict[],
): Chain {
  const target = targets.find(
    (each) => sameName(each.pool, pool) && (setting === undefined || sameName(each.setting, setting)),
  );
  const settingConfig = setting === undefined ? undefined : settingNamed(gateway, setting);
  const probe = probeOf(gateway, settingConfig);
  const members = (target?.members ?? [])
    .toSorted((left, right) => HEALTH.indexOf(left.health) - HEALTH.indexOf(right.health))
    .map(toMember);
  const cause = named.find(({ scope }) => covers(scope, pool, setting));
  const isFailing =
    target !== undefined && (members.length === 0 || members.some(({ health }) => health !== 'healthy'));
  const { protocol, port, requestTimeoutSeconds } = settingConfig ?? {};
  const settingSays = [
    protocol,
    port === undefined ? undefined : `port ${port}`,
    requestTimeoutSeconds === undefined ? undefined : `waits ${requestTimeoutSeconds} s`,
  ].filter((part) => part !== undefined);
  return {
    ...(route?.listener === undefined ? {} : { listener: route.listener }),
    ...(route === undefined ? {} : { rule: route.rule }),
    paths: route?.paths ?? [],
    ...(setting === undefined ? {} : { setting }),
    ...(settingSays.length === 0 ? {} : { settingSays: settingSays.join(', ') }),
    ...(settingConfig === undefined ? {} : { probe: probe?.name ?? 'default probe', probeSays: probeWords(probe) }),
    pool,
    members,
    isRead: target !== undefined,
    ...(cause === undefined ? {} : { broken: placeOf(cause.cause) }),
    standing: cause ? 'broken' : isFailing ? 'failing' : target ? 'fine' : 'unread',
  };
}

/** A cause without a pool is about the gateway as a whole, and breaks every chain. */
function covers(scope: Verdict['scope'], pool: string, setting: string | undefined): boolean {
  if (scope.pool === undefined) return true;
  if (!sameName(scope.pool, pool)) return false;
  return scope.setting === undefined || setting === undefined || sameName(scope.setting, setting);
}

function toMember(member: Member): ChainMember {
  const { address, health } = member;
  return { address, health, ...(health === 'healthy' ? {} : { says: quoteOf(member) }) };
}

function probeWords(probe: Probe | undefined): string {
  if (!probe) return 'made by the gateway';
  const { path = '/', host, intervalSeconds } = probe;
  // A query string can hold a key, and a map needs none.
  const bare = path.replace(/\?.*$/s, '?…');
  const where = host === undefined ? bare : `${bare} of ${host}`;
  return intervalSeconds === undefined ? where : `${where}, every ${intervalSeconds} s`;
}

export function healthyIn({ members }: Chain): number {
  return members.filter(({ health }) => health === 'healthy').length;
}
