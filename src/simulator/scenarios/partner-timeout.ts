import type { Scenario } from '../scenario.ts';
import { catalogAnswers, catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const HUNG = -20;
const delivery = {
  listener: 'https-shop',
  host: 'shop.fabrikam.example',
  method: 'GET',
  path: '/delivery-dates',
} as const;

export const partnerTimeout = {
  name: 'partner-timeout',
  title: 'A 504 that is not the gateway’s',
  story:
    'Twenty minutes ago the partner who knows the delivery dates stopped answering. The catalog machines wait eight seconds for him and then answer 504 themselves; the gateway would have waited for twenty, and hands their answer on. Whoever raises its timeout changes nothing.',
  expected: { established: true, anyOf: ['backend-generated'], at: ['confirmed'], notNamed: ['request-timeout'] },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts,
      ...catalogHosts.map((host) => ({
        ...host,
        serves: host.serves.map((service) => ({
          ...service,
          answers: [
            { path: delivery.path, status: 200, tookMs: 240, sentBytes: 1300, untilMinute: HUNG },
            { path: delivery.path, status: 504, tookMs: 8000, isTimeout: true, sentBytes: 210, fromMinute: HUNG },
            ...catalogAnswers,
          ],
        })),
      })),
    ],
    demand: [...shop.demand, { ...delivery, requestsPerMinute: 22, receivedBytes: 700 }],
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
