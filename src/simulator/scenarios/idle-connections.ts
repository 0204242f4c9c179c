import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

/** One request in seventy meets a connection that is just being closed. */
const SHARE = 0.014;

export const idleConnections = {
  name: 'idle-connections',
  title: 'Now and then, for no reason',
  story:
    'The catalog runs on a server that closes an idle connection after five seconds, and the gateway keeps its own for longer. Every now and then a request is sent into a connection that is just being closed, and its client gets a 502 at once. All members are healthy, and whoever tries again is served.',
  // How long the backend keeps connections is in its own configuration, or in a header of its answers.
  expected: {
    established: true,
    anyOf: ['keepalive-mismatch'],
    at: ['likely'],
    waitsFor: 'keep-alive time',
    notNamed: ['backend-recycling', 'large-body-buffering'],
  },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts,
      ...catalogHosts.map((host) => ({
        ...host,
        serves: host.serves.map((service) => ({ ...service, closes: [{ share: SHARE, tookMs: 3 }] })),
      })),
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
