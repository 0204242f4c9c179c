import type { Readings } from './readings.ts';
import { sameName } from './resource-id.ts';

/**
 * Older access logs name neither pool nor backend setting. Where the gateway has one of each in use, there is nothing
 * else that its requests can have gone to, so the log is read as if it said so. A log that names pools at all is left as
 * it is: what has no pool there was turned away before any was chosen.
 */
export function withNamedTraffic(readings: Readings): Readings {
  const { traffic } = readings;
  if (!traffic || traffic.groups.length === 0 || traffic.groups.some(({ pool }) => pool !== undefined)) return readings;
  const target = onlyTarget(readings);
  if (!target) return readings;
  return { ...readings, traffic: { ...traffic, groups: traffic.groups.map((group) => ({ ...group, ...target })) } };
}

interface Named {
  readonly pool: string;
  readonly setting: string;
}

/** Backend health lists what is in use, whatever else is configured; only without it the routes have to tell. */
function onlyTarget({ backendHealth, gateway }: Readings): Named | undefined {
  const inHealth = backendHealth?.targets ?? [];
  const routed = (gateway?.routes ?? []).flatMap(({ pool, setting }) =>
    pool === undefined || setting === undefined ? [] : [{ pool, setting }],
  );
  const [first, ...others] = inHealth.length > 0 ? inHealth : routed;
  if (!first || !others.every((other) => isSame(other, first))) return undefined;
  return { pool: first.pool, setting: first.setting };
}

function isSame(left: Named, right: Named): boolean {
  return sameName(left.pool, right.pool) && sameName(left.setting, right.setting);
}
