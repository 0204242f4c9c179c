import type { Scenario } from '../scenario.ts';
import { catalogAnswers, catalogHosts, ordersHosts, shop, shopNetwork } from '../worlds/shop.ts';

const ROLLED_OUT = -14;
const RELEASED = -11;

export const twoAtOnce = {
  name: 'two-at-once',
  title: 'Two teams, one morning',
  story:
    'The network team rolled out a baseline fourteen minutes ago that shuts the gateway out of the orders machines. Three minutes later the catalog team released a version whose health page wants a login. Nothing works any more, for two reasons that have nothing to do with each other; whoever repairs one finds the other.',
  expected: {
    established: true,
    anyOf: ['backend-nsg-blocks', 'probe-needs-auth'],
    at: ['likely', 'confirmed'],
    alsoNamed: [
      { anyOf: ['backend-nsg-blocks', 'network-path-blocked'], at: ['likely', 'confirmed'], pool: 'pool-orders' },
      { anyOf: ['probe-needs-auth'], at: ['likely', 'confirmed'], pool: 'pool-catalog' },
    ],
  },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts,
      ...catalogHosts.map((host) => ({
        ...host,
        serves: host.serves.map((service) => ({
          ...service,
          answers: [
            { path: '/healthz', status: 401, tookMs: 4, sentBytes: 188, fromMinute: RELEASED },
            ...catalogAnswers,
          ],
        })),
      })),
    ],
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
                  priority: 120,
                  direction: 'Inbound' as const,
                  access: 'Deny' as const,
                  protocol: '*' as const,
                  source: '10.20.1.0/24',
                  destination: '*',
                  ports: ['8000-8999'],
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
