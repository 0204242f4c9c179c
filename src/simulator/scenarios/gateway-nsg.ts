import type { Scenario } from '../scenario.ts';
import { shop, shopNetwork } from '../worlds/shop.ts';

const SEGMENTED = -19;

export const gatewayNsg = {
  name: 'gateway-nsg',
  title: 'Segments that forgot somebody',
  story:
    'Nineteen minutes ago the network team split the virtual network into segments: nothing in the edge may speak to the range of the orders machines. The rule stands in the security group of the gateway itself, where nobody looks who only knows that the orders machines cannot be reached.',
  expected: {
    established: true,
    anyOf: ['gateway-subnet-nsg-blocks'],
    at: ['confirmed'],
    notNamed: ['backend-nsg-blocks'],
  },
  world: {
    ...shop,
    network: {
      ...shopNetwork,
      securityGroups: shopNetwork.securityGroups.map((group) =>
        group.name === 'nsg-gateway-prod'
          ? {
              name: group.name,
              rules: [
                ...group.rules,
                {
                  name: 'segment-edge-outbound',
                  priority: 300,
                  direction: 'Outbound' as const,
                  access: 'Deny' as const,
                  protocol: '*' as const,
                  source: '*',
                  destination: '10.20.4.0/24',
                  ports: ['*'],
                  fromMinute: SEGMENTED,
                },
              ],
            }
          : group,
      ),
    },
  },
} as const satisfies Scenario;
