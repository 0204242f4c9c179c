import type { Scenario } from '../scenario.ts';
import { shop, shopNetwork } from '../worlds/shop.ts';

const ROUTED = -21;

export const routeToAppliance = {
  name: 'route-to-appliance',
  title: 'Answers that take another way',
  story:
    'Since 21 minutes ago the orders subnet sends what is meant for the gateway to a firewall, which never saw the connection begin and drops the answer. Security rules are as they were, and the machines themselves are fine. From the gateway it looks as if nobody were there.',
  // The route is in the effective routes of the machines' interfaces.
  expected: { established: true, anyOf: ['route-diverts-traffic'], at: ['likely', 'confirmed'] },
  world: {
    ...shop,
    network: {
      ...shopNetwork,
      subnets: shopNetwork.subnets.map((subnet) =>
        subnet.name === 'snet-orders' ? { ...subnet, routeTable: 'rt-orders-prod' } : subnet,
      ),
      routeTables: [
        {
          name: 'rt-orders-prod',
          disablesBgp: true,
          routes: [
            {
              name: 'edge-to-inspection',
              prefix: '10.20.1.0/24',
              nextHopType: 'VirtualAppliance',
              nextHopAddress: '10.20.0.68',
              loses: true,
              fromMinute: ROUTED,
            },
          ],
        },
      ],
    },
  },
} as const satisfies Scenario;
