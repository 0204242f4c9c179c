import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const MAILED = -17;
/** What one machine stands. Beyond it, its process runs out of memory and takes what it works on with it. */
const STANDS_PER_MINUTE = 150;

export const outOfBreath = {
  name: 'out-of-breath',
  title: 'A newsletter and three machines',
  story:
    'A newsletter went out seventeen minutes ago, and many people look at its offers. The catalog machines cannot bear that many: a process that runs out of memory is killed and started anew, and every request that it works on ends as a 502. Whenever the crowd thins out, all is well.',
  // Why the processes end is in their own log and memory.
  expected: {
    established: true,
    anyOf: ['backend-recycling'],
    at: ['likely'],
    waitsFor: 'log and the memory',
    notNamed: ['keepalive-mismatch', 'gateway-saturated'],
  },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts,
      ...catalogHosts.map((host, index) => ({
        ...host,
        restarts: [{ atMinute: -14 + 4 * index, tookMinutes: 1 }],
        serves: host.serves.map((service) => ({
          ...service,
          closes: [{ share: 0.3, beyondPerMinute: STANDS_PER_MINUTE, tookMs: 2600 }],
        })),
      })),
    ],
    demand: [
      ...shop.demand,
      {
        listener: 'https-shop',
        host: 'shop.fabrikam.example',
        method: 'GET',
        path: '/products/offers',
        requestsPerMinute: 760,
        receivedBytes: 650,
        fromMinute: MAILED,
      },
    ],
    alert: {
      kind: 'metric',
      rule: 'shop-failed-requests',
      severity: 'Sev2',
      metric: 'FailedRequests',
      operator: 'GreaterThan',
      threshold: 10,
      aggregation: 'Total',
      dimensions: [{ name: 'BackendSettingsPool', value: 'pool-catalog~http-catalog' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
