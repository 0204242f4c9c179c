import type { Scenario } from '../scenario.ts';
import { shop, shopGateway } from '../worlds/shop.ts';

const DEPLOYED = -10;

export const emptyPool = {
  name: 'empty-pool',
  title: 'A deployment that left nobody in the pool',
  story:
    'An infrastructure deployment rewrote the gateway ten minutes ago and left the orders pool without a single address. The machines run, but the gateway knows of none and answers 502.',
  expected: { established: true, anyOf: ['empty-pool'], at: ['confirmed'] },
  world: {
    ...shop,
    gateway: {
      ...shopGateway,
      pools: shopGateway.pools.map((pool) =>
        pool.name === 'pool-orders'
          ? { name: pool.name, members: pool.members.map((member) => ({ ...member, untilMinute: DEPLOYED })) }
          : pool,
      ),
    },
  },
} as const satisfies Scenario;
