import { METRICS } from '../../simulator/metric-samples.ts';
import { trafficBetween } from '../../simulator/traffic.ts';
import { type World, worldAt } from '../../simulator/world.ts';

/** What really happened in a minute of the simulated world, whatever anybody has read of it. */
export interface WorldMinute {
  /** From the world's start on; negative before it. */
  readonly minute: number;
  readonly requests: number;
  /** Answered 4xx or 5xx, or left before the answer. */
  readonly failed: number;
  readonly healthy: number;
  readonly members: number;
}

/** The minutes that are shown. */
const SHOWN_MINUTES = 30;

/** Looks at a world up to a minute. What is past does not change, so each minute is looked at once. */
export function createWorldView(): (world: World, minute: number) => readonly WorldMinute[] {
  const seen = new Map<number, WorldMinute>();
  return (world, until) => {
    const minutes: WorldMinute[] = [];
    for (let minute = until - SHOWN_MINUTES; minute < until; minute += 1) {
      const known = seen.get(minute) ?? look(world, minute);
      seen.set(minute, known);
      minutes.push(known);
    }
    return minutes;
  };
}

function look(now: World, minute: number): WorldMinute {
  const world = worldAt(now, minute);
  const slices = trafficBetween(world, minute, minute + 1);
  const count = (counts: (status: number) => boolean) =>
    slices.reduce((sum, slice) => sum + (counts(slice.status) ? slice.count : 0), 0);
  const hosts = (name: string) =>
    (METRICS.find((metric) => metric.name === name)?.samples(world, minute) ?? []).reduce(
      (sum, { value }) => sum + value,
      0,
    );
  const healthy = hosts('HealthyHostCount');
  return {
    minute,
    requests: count(() => true),
    failed: count((status) => status >= 400),
    healthy,
    members: healthy + hosts('UnhealthyHostCount'),
  };
}
