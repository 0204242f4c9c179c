import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersAnswers, ordersHosts, shop, shopGateway } from '../worlds/shop.ts';

const REBUILT = -12;
const rebuilt = ['10.20.4.7', '10.20.4.8'] as const;

export const wrongPort = {
  name: 'wrong-port',
  title: 'A rebuilt scale set',
  story:
    'The scale set behind the orders API was rebuilt from a new image twelve minutes ago. Its instances run and answer on port 80, but the gateway still connects to 8080, so it has no live member and answers 502. From the gateway alone, a wrong port and a blocked path look the same.',
  // Telling the two apart takes a look from inside the network, where the configured port is refused and another is open.
  expected: { established: true, anyOf: ['wrong-backend-port'], at: ['confirmed'] },
  world: {
    ...shop,
    gateway: {
      ...shopGateway,
      pools: shopGateway.pools.map((pool) =>
        pool.name === 'pool-orders'
          ? {
              name: pool.name,
              members: [
                ...pool.members.map((member) => ({ ...member, untilMinute: REBUILT })),
                ...rebuilt.map((address) => ({ address, fromMinute: REBUILT })),
              ],
            }
          : pool,
      ),
    },
    hosts: [
      ...ordersHosts.map((host) => ({ ...host, untilMinute: REBUILT })),
      ...rebuilt.map((address) => ({
        address,
        fromMinute: REBUILT,
        serves: [{ port: 80, protocol: 'Http' as const, answers: ordersAnswers }],
      })),
      ...catalogHosts,
    ],
  },
} as const satisfies Scenario;
