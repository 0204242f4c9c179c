import type { Scenario } from '../scenario.ts';
import { shop, shopNetwork } from '../worlds/shop.ts';

const ROLLED_OUT = -14;

export const backendNsg = {
  name: 'backend-nsg',
  title: 'A baseline for every subnet',
  story:
    'Fourteen minutes ago a pipeline wrote the security baseline into the security group of the orders machines. It denies high ports from everywhere in the network, and stands above the rule that lets the gateway in. The machines run and listen; their packets are dropped on the way.',
  // The winning rule is in the effective rules of the machines' interfaces.
  expected: { established: true, anyOf: ['backend-nsg-blocks'], at: ['confirmed'] },
  world: {
    ...shop,
    network: {
      ...shopNetwork,
      securityGroups: shopNetwork.securityGroups.map((group) =>
        group.name === 'nsg-orders-prod'
          ? {
              name: group.name,
              rules: [
                ...group.rules,
                {
                  name: 'baseline-inbound',
                  priority: 150,
                  direction: 'Inbound' as const,
                  access: 'Deny' as const,
                  protocol: 'Tcp' as const,
                  source: '10.0.0.0/8',
                  destination: '*',
                  ports: ['1024-49151'],
                  fromMinute: ROLLED_OUT,
                  changedBy: 'application' as const,
                },
              ],
            }
          : group,
      ),
    },
  },
} as const satisfies Scenario;
