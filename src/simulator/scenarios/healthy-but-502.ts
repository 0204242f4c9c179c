import type { Scenario } from '../scenario.ts';
import { catalogAnswers, catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const BROKE = -19;
const search = { listener: 'https-shop', host: 'shop.fabrikam.example', method: 'GET', path: '/search' } as const;

export const healthyBut502 = {
  name: 'healthy-but-502',
  title: 'Somebody else’s 502',
  story:
    'Every member is healthy, and yet the search page answers 502. The catalog machines pass search on to another service, which broke nineteen minutes ago; the 502 is theirs, and the gateway only hands it on.',
  // So quick a 502 could be the gateway's own note of a refused connection, until the backend is asked directly.
  expected: {
    established: true,
    anyOf: ['backend-generated'],
    at: ['likely', 'confirmed'],
    waitsFor: 'straight to the backend',
  },
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
              { path: search.path, status: 200, tookMs: 130, sentBytes: 21_000, untilMinute: BROKE },
              { path: search.path, status: 502, tookMs: 14, sentBytes: 157, fromMinute: BROKE },
              ...catalogAnswers,
            ],
          },
        ],
      })),
    ],
    demand: [...shop.demand, { ...search, requestsPerMinute: 26, receivedBytes: 720 }],
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
