import { describe, expect, test } from '@jest/globals';
import { backendHealth } from './backend-health.ts';
import { mendingOf } from './mending.ts';
import { METRICS } from './metric-samples.ts';
import { resourceHealth } from './resource-health.ts';
import { scenarios, worldOf } from './scenarios/index.ts';
import { startSimulator } from './simulator.ts';
import { trafficBetween } from './traffic.ts';
import { isStopped, type World, worldAt } from './world.ts';

const NOW = new Date('2026-11-23T10:30:20Z');
const MENDED_AT = 3;

function mended(name: (typeof scenarios)[number]['name']): World {
  const world = worldOf(name, NOW);
  const { mend } = mendingOf(name);
  return { ...mend(world, MENDED_AT), startedAt: world.startedAt, former: { untilMinute: MENDED_AT, world } };
}

function unhealthyIn(world: World, minute: number): number {
  const samples = METRICS.find(({ name }) => name === 'UnhealthyHostCount')?.samples(worldAt(world, minute), minute);
  return (samples ?? []).reduce((sum, { value }) => sum + value, 0);
}

describe('every drill, mended', () => {
  test.each(scenarios.map(({ name }) => [name]))('%s: members are healthy and requests succeed', (name) => {
    const world = mended(name);
    expect(isStopped(world, MENDED_AT)).toBe(false);
    const health = JSON.stringify(backendHealth(world, MENDED_AT));
    expect(health).not.toMatch(/"health":"(?!Healthy)/);
    expect(unhealthyIn(world, MENDED_AT)).toBe(0);
    expect(JSON.stringify(resourceHealth(world, MENDED_AT))).toContain('"availabilityState":"Available"');
    const after = trafficBetween(world, MENDED_AT, MENDED_AT + 7);
    expect(after.length).toBeGreaterThan(0);
    // One old address is asked for in a shop in which nothing is wrong.
    expect(after.filter(({ status, demand }) => status >= 400 && !demand.path.startsWith('/missing'))).toEqual([]);
  });

  test.each(scenarios.map(({ name }) => [name]))('%s: what was before stays as it was', (name) => {
    const world = mended(name);
    const former = worldOf(name, NOW);
    expect(trafficBetween(world, -5, MENDED_AT)).toEqual(trafficBetween(former, -5, MENDED_AT));
    expect(mendingOf(name).done).toMatch(/^[A-Z].+\.$/);
  });
});

test('a running simulator is mended from its next whole minute on', async () => {
  const simulator = await startSimulator({ scenario: 'wrong-port', now: () => NOW });
  try {
    const before = simulator.world;
    expect(simulator.mend(mendingOf('wrong-port').mend)).toBe(1);
    expect(simulator.world.former?.world).toBe(before);
    expect(simulator.world.startedAt).toBe(before.startedAt);
    const { world } = (await (await fetch(`${simulator.httpUrl}/sim/state`)).json()) as { world: World };
    expect(world.gateway.settings.find(({ name }) => name === 'http-orders')?.port).toBe(80);
  } finally {
    await simulator.close();
  }
});
