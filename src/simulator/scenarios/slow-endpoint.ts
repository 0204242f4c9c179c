import type { Scenario } from '../scenario.ts';
import { catalogAnswers, catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const GREW = -26;
const reports = {
  listener: 'https-shop',
  host: 'shop.fabrikam.example',
  method: 'GET',
  path: '/reports/monthly',
} as const;

export const slowEndpoint = {
  name: 'slow-endpoint',
  title: 'One report that takes too long',
  story:
    'All members are healthy and the shop is quick, but one report has outgrown the twenty seconds that the gateway waits for an answer. Since 26 minutes ago, whoever opens that report gets a 504 after exactly that time.',
  expected: { established: true, anyOf: ['request-timeout'], at: ['likely', 'confirmed'] },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts,
      ...catalogHosts.map((host) => ({
        ...host,
        serves: [
          {
            port: 8081,
            protocol: 'Http' as const,
            answers: [
              { path: reports.path, status: 200, tookMs: 6400, sentBytes: 48_000, untilMinute: GREW },
              { path: reports.path, status: 200, tookMs: 34_000, sentBytes: 61_000, fromMinute: GREW },
              ...catalogAnswers,
            ],
          },
        ],
      })),
    ],
    demand: [...shop.demand, { ...reports, requestsPerMinute: 6, receivedBytes: 690 }],
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
