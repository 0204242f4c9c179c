import type { Member } from '../core/backend-health.ts';
import {
  type BackendPool,
  type BackendSetting,
  type Gateway,
  poolNamed,
  probeOf,
  type Route,
  settingNamed,
} from '../core/gateway.ts';
import type { Readings } from '../core/readings.ts';
import { gatewayRead } from '../core/reads.ts';
import { sameName } from '../core/resource-id.ts';
import { gatewayScope, type Target } from '../core/targets.ts';
import type { Citation } from '../core/verdict.ts';
import { type Cost, type FindingScope, type Judgement, notJudged } from './check.ts';

/** What of the gateway gets requests: only that is audited, because nothing else can cost any. */

/** A pool and a setting that a route leads to, with everything that is known of them. */
export interface UsedTarget extends Target {
  readonly poolConfig: BackendPool;
  readonly settingConfig: BackendSetting;
  readonly routes: readonly Route[];
}

/** Every pool and setting that a route leads to, each pair once, in the order of the routes. */
export function usedTargets(readings: Readings): readonly UsedTarget[] {
  const { gateway } = readings;
  if (!gateway) return [];
  const targets = new Map<string, UsedTarget>();
  for (const route of gateway.routes) {
    const poolConfig = route.pool === undefined || route.redirects ? undefined : poolNamed(gateway, route.pool);
    const settingConfig = route.setting === undefined ? undefined : settingNamed(gateway, route.setting);
    if (!poolConfig || !settingConfig) continue;
    const key = `${poolConfig.name}\n${settingConfig.name}`.toLowerCase();
    const known = targets.get(key);
    targets.set(key, {
      pool: poolConfig.name,
      setting: settingConfig.name,
      members: membersOf(readings, poolConfig.name, settingConfig.name),
      poolConfig,
      settingConfig,
      probe: probeOf(gateway, settingConfig),
      inUse: true,
      routes: [...(known?.routes ?? []), route],
    });
  }
  return [...targets.values()];
}

/** The members as backend health has them; none where it was not read. */
function membersOf({ backendHealth }: Readings, pool: string, setting: string): readonly Member[] {
  const target = backendHealth?.targets.find((one) => sameName(one.pool, pool) && sameName(one.setting, setting));
  return target?.members ?? [];
}

/** The pools that a route leads to. A pool without a setting of its own in the route counts, too. */
export function usedPools({ gateway }: Readings): readonly BackendPool[] {
  return (gateway?.pools ?? []).filter((pool) => isRouted(gateway, pool.name));
}

export function isRouted(gateway: Gateway | undefined, pool: string): boolean {
  return (
    gateway?.routes.some((route) => !route.redirects && route.pool !== undefined && sameName(route.pool, pool)) ?? false
  );
}

/** The settings that a route leads to. */
export function usedSettings(readings: Readings): readonly BackendSetting[] {
  return [...new Map(usedTargets(readings).map(({ settingConfig }) => [settingConfig.name, settingConfig])).values()];
}

/** What the loss of a pool costs: everything, where there is no other that requests go to. */
export function costOfPool(readings: Readings, pool: string): Cost {
  return usedPools(readings).every(({ name }) => sameName(name, pool)) ? 'outage' : 'pool';
}

/** Judges what is in use, where the configuration was read. */
export function withGateway(readings: Readings, judge: (gateway: Gateway) => Judgement): Judgement {
  return readings.gateway ? judge(readings.gateway) : notJudged(gatewayRead(readings));
}

export function scopeIn(readings: Readings, scope: FindingScope): FindingScope {
  return { ...gatewayScope(readings), ...scope };
}

export function citeGateway(quote: string, says: string): Citation {
  return { evidence: 'gateway', quote, says };
}

/** Whether anything was answered by the members of a target: then what the configuration seems to say is not the whole of it. */
export function isHealthy(members: readonly Member[]): boolean {
  return members.some((member) => member.health === 'healthy' && member.observed.kind === 'answered');
}

/** The time of the readings in milliseconds since 1970; undefined where nobody knows it. */
export function readAtMs({ takenAt, evidence }: Readings): number | undefined {
  const at = takenAt ?? evidence.find(({ name }) => name === 'gateway')?.takenAt;
  const time = Date.parse(at ?? '');
  return Number.isNaN(time) ? undefined : time;
}

const DAY_MS = 86_400_000;

/** Whole days from the readings to a time; negative where it is over. */
export function daysUntil(readings: Readings, timeMs: number): number | undefined {
  const now = readAtMs(readings);
  return now === undefined ? undefined : Math.floor((timeMs - now) / DAY_MS);
}
