import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersAnswers, ordersHosts, shop } from '../worlds/shop.ts';

const GONE = -15;
const BACK = -13;
const scaleSet = 'vmss-orders-prod';

export const staleMembers = {
  name: 'stale-members',
  title: 'Old addresses',
  story:
    'The scale set of the orders API was deleted and made anew a quarter of an hour ago. Its instances serve on the right port, but they got other addresses, and the pool still lists those of before. Nobody has these any more.',
  // That no interface has the addresses, and which instances stand beside them, is what the lists of interfaces tell.
  expected: { established: true, anyOf: ['stale-pool-member'], at: ['likely', 'confirmed'] },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts.map(({ address, serves }) => ({
        address,
        serves,
        scaleSet,
        untilMinute: GONE,
        changedBy: 'application' as const,
      })),
      ...['10.20.4.9', '10.20.4.10'].map((address) => ({
        address,
        scaleSet,
        fromMinute: BACK,
        changedBy: 'application' as const,
        serves: [{ port: 8080, protocol: 'Http' as const, answers: ordersAnswers }],
      })),
      ...catalogHosts,
    ],
  },
} as const satisfies Scenario;
