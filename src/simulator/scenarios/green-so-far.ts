import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersAnswers, ordersHosts, shop, shopGateway } from '../worlds/shop.ts';

const RELEASED = -4;

export const greenSoFar = {
  name: 'green-so-far',
  title: 'Green, with a reason for red',
  story:
    'The orders API was released four minutes ago and its health page has moved; every probe since then is answered 404. But somebody gave the probe the patience of twenty failures, so the gateway still calls both machines healthy and beside it writes down what is wrong. In a few minutes it will take them out.',
  expected: { established: true, anyOf: ['probe-path-not-served'], at: ['likely', 'confirmed'] },
  world: {
    ...shop,
    gateway: {
      ...shopGateway,
      probes: shopGateway.probes.map((probe) =>
        probe.name === 'probe-orders' ? { ...probe, intervalSeconds: 30, unhealthyThreshold: 20 } : probe,
      ),
    },
    hosts: [
      ...ordersHosts.map((host) => ({
        ...host,
        serves: host.serves.map((service) => ({
          ...service,
          answers: [
            { path: '/healthz', status: 404, tookMs: 3, sentBytes: 153, fromMinute: RELEASED },
            { path: '/api/orders/summary', status: 500, tookMs: 90, sentBytes: 310, fromMinute: RELEASED },
            ...ordersAnswers,
          ],
        })),
      })),
      ...catalogHosts,
    ],
    demand: [
      ...shop.demand,
      {
        listener: 'https-shop',
        host: 'shop.fabrikam.example',
        method: 'GET',
        path: '/api/orders/summary',
        requestsPerMinute: 5,
        receivedBytes: 700,
      },
    ],
    alert: {
      kind: 'metric',
      rule: 'shop-orders-failed-requests',
      severity: 'Sev2',
      metric: 'FailedRequests',
      operator: 'GreaterThan',
      threshold: 5,
      aggregation: 'Total',
      dimensions: [{ name: 'BackendSettingsPool', value: 'pool-orders~http-orders' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
