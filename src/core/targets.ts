import type { HealthTarget, Member } from './backend-health.ts';
import {
  type BackendPool,
  type BackendSetting,
  type Probe,
  poolNamed,
  probeOf,
  routesTo,
  settingNamed,
} from './gateway.ts';
import type { Readings } from './readings.ts';
import { parseGatewayId, sameName } from './resource-id.ts';
import type { TrafficGroup } from './traffic.ts';
import type { Scope } from './verdict.ts';

/** A pool and a setting with everything the readings hold on them: what most rules go through one by one. */
export interface Target {
  readonly pool: string;
  readonly setting: string;
  readonly members: readonly Member[];
  readonly poolConfig?: BackendPool;
  readonly settingConfig?: BackendSetting;
  /** The custom probe; absent where the default probe is in use, or the configuration was not read. */
  readonly probe?: Probe;
  /** Whether a route ends here; undefined where the configuration was not read. */
  readonly inUse?: boolean;
}

/** The targets of backend health, joined with the configuration where that was read too. */
export function targetsOf(readings: Readings): readonly Target[] {
  return (readings.backendHealth?.targets ?? []).map((target) => join(readings, target));
}

function join({ gateway }: Readings, target: HealthTarget): Target {
  const settingConfig = settingNamed(gateway, target.setting);
  return {
    ...target,
    poolConfig: poolNamed(gateway, target.pool),
    settingConfig,
    probe: probeOf(gateway, settingConfig),
    inUse: gateway ? routesTo(gateway, target.pool, target.setting).length > 0 : undefined,
  };
}

/** The access-log groups of a target. Records without a pool name (v1, older schemas) belong to no target. */
export function trafficOf(readings: Readings, target: { pool: string; setting?: string }): readonly TrafficGroup[] {
  return (readings.traffic?.groups ?? []).filter(
    (group) =>
      group.pool !== undefined &&
      sameName(group.pool, target.pool) &&
      (target.setting === undefined || (group.setting !== undefined && sameName(group.setting, target.setting))),
  );
}

/** The port that the gateway connects to: the probe's own port where it sets one, else the setting's. */
export function probedPort(target: Target): number | undefined {
  return target.probe?.port ?? target.settingConfig?.port;
}

/** The scope of some members of a target (all of them where none are named). */
export function scopeOf(
  readings: Readings,
  target: { pool: string; setting?: string },
  members?: readonly Member[],
): Scope {
  return {
    ...gatewayScope(readings),
    pool: target.pool,
    ...(target.setting === undefined ? {} : { setting: target.setting }),
    ...(members ? { members: members.map((member) => member.address) } : {}),
  };
}

export function gatewayScope(readings: Readings): Scope {
  const name = gatewayNames(readings).name;
  return name === undefined ? {} : { gateway: name };
}

/** The gateway's name and resource group, from whichever reading shows them. */
export function gatewayNames(readings: Readings): {
  readonly name?: string;
  readonly resourceGroup?: string;
  readonly id?: string;
} {
  const id = readings.gatewayId ?? readings.gateway?.id ?? readings.backendHealth?.gatewayId;
  const parsed = id === undefined ? undefined : parseGatewayId(id);
  return { id: parsed?.id, name: parsed?.name ?? readings.gateway?.name, resourceGroup: parsed?.resourceGroup };
}
