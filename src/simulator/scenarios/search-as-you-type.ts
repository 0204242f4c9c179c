import type { Scenario } from '../scenario.ts';
import { catalogAnswers, catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const RELEASED = -23;
const suggestions = { listener: 'https-shop', host: 'shop.fabrikam.example', method: 'GET', path: '/suggest' } as const;

export const searchAsYouType = {
  name: 'search-as-you-type',
  title: 'People who type fast',
  story:
    'Since 23 minutes ago the search box asks for suggestions at every letter, and forgets the question before it as soon as the next letter is typed. The gateway logs each forgotten question as 499. Nothing fails and nobody is waiting; only the alert on client errors thinks so.',
  expected: {
    established: true,
    anyOf: ['client-closed'],
    at: ['confirmed'],
    notNamed: ['request-timeout', 'waf-blocked'],
  },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts,
      ...catalogHosts.map((host) => ({
        ...host,
        serves: host.serves.map((service) => ({
          ...service,
          answers: [{ path: suggestions.path, status: 200, tookMs: 420, sentBytes: 900 }, ...catalogAnswers],
        })),
      })),
    ],
    demand: [
      ...shop.demand,
      {
        ...suggestions,
        requestsPerMinute: 130,
        receivedBytes: 590,
        patience: { share: 0.6, fromMs: 90, untilMs: 480 },
        fromMinute: RELEASED,
      },
    ],
    alert: {
      kind: 'metric',
      rule: 'shop-client-errors',
      severity: 'Sev3',
      metric: 'ResponseStatus',
      operator: 'GreaterThan',
      threshold: 50,
      aggregation: 'Total',
      dimensions: [{ name: 'HttpStatusGroup', value: '4xx' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
