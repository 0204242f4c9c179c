import { expect, test } from '@jest/globals';
import { probe } from '../probing.ts';
import { trafficBetween } from '../traffic.ts';
import type { World } from '../world.ts';
import { worldOf } from './index.ts';

const orders = { pool: 'pool-orders', setting: 'http-orders' } as const;
const MEMBER = '10.20.4.4';

/** What clients of the orders API are answered in the last minutes. */
function statusesOf(world: World): readonly (number | undefined)[] {
  const slices = trafficBetween(world, -5, 0).filter(({ target }) => target?.pool === orders.pool);
  return [...new Set(slices.map(({ status, serverStatus }) => serverStatus ?? status))];
}

/** The same world, with the probe of the orders API pointed at the page that the release brought. */
function mended(world: World): World {
  const { gateway } = world;
  const probes = gateway.probes.map((plan) =>
    plan.name === 'probe-orders' ? { ...plan, path: '/health/ready' } : plan,
  );
  return { ...world, gateway: { ...gateway, probes } };
}

test('the first fault hides the second: once the probe is mended, members are healthy and clients still fail', () => {
  const world = worldOf('probe-path-and-host', new Date());
  expect(probe(world, orders, MEMBER, 0)).toMatchObject({ healthy: false, text: expect.stringContaining('404') });
  expect(statusesOf(world)).toEqual([502]);

  const after = mended(world);
  expect(probe(after, orders, MEMBER, 0).healthy).toBe(true);
  expect(statusesOf(after)).toEqual([400]);
});

test('before the release there was neither', () => {
  const world = worldOf('probe-path-and-host', new Date());
  expect(probe(world, orders, MEMBER, -30).healthy).toBe(true);
  const slices = trafficBetween(world, -40, -20).filter(({ target }) => target?.pool === orders.pool);
  expect(new Set(slices.map(({ serverStatus }) => serverStatus))).toEqual(new Set([200]));
});
