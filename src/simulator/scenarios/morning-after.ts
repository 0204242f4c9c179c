import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop, shopGateway } from '../worlds/shop.ts';

const OFF = -44;
const ON_AGAIN = -17;
const [first] = ordersHosts;
const address = '10.20.4.4';

export const morningAfter = {
  name: 'morning-after',
  title: 'The morning after',
  story:
    'The orders run on one machine for the time being, and a schedule switched it off for the last half hour of the night. It was started again seventeen minutes ago, and everything is healthy when somebody comes to look; the alert is on the requests that failed meanwhile.',
  // The machine, the stop and the start are in the activity log and the list of interfaces.
  expected: {
    established: true,
    anyOf: ['backend-stopped'],
    at: ['likely'],
    notNamed: ['backend-recycling', 'network-path-blocked'],
  },
  world: {
    ...shop,
    gateway: {
      ...shopGateway,
      pools: shopGateway.pools.map((pool) =>
        pool.name === 'pool-orders' ? { ...pool, members: [{ address }] } : pool,
      ),
    },
    hosts: [
      {
        ...first,
        address,
        serves: first?.serves ?? [],
        untilMinute: OFF,
        afterwards: 'deallocated',
        changedBy: 'application',
      },
      { ...first, address, serves: first?.serves ?? [], fromMinute: ON_AGAIN, changedBy: 'application' },
      ...catalogHosts,
    ],
    alert: {
      kind: 'metric',
      rule: 'shop-orders-failed-requests',
      severity: 'Sev2',
      metric: 'FailedRequests',
      operator: 'GreaterThan',
      threshold: 200,
      aggregation: 'Total',
      dimensions: [{ name: 'BackendSettingsPool', value: 'pool-orders~http-orders' }],
      windowMinutes: 60,
    },
  },
} as const satisfies Scenario;
