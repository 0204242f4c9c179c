import type { Scenario } from '../scenario.ts';
import { catalogAnswers, catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const GREW = -24;
const reports = {
  listener: 'https-shop',
  host: 'shop.fabrikam.example',
  method: 'GET',
  path: '/reports/stock',
} as const;

export const clientsGiveUp = {
  name: 'clients-give-up',
  title: 'An app with less patience than the gateway',
  story:
    'The stock report has outgrown the twenty seconds of the gateway since 24 minutes ago, but nobody sees a 504: the app that asks for it hangs up after eighteen or nineteen. The log is full of 499, as if the clients were at fault, and it is the report that is slow.',
  // How slow the report really is, nobody waited long enough to see.
  expected: {
    established: true,
    anyOf: ['request-timeout'],
    at: ['likely'],
    waitsFor: 'by path',
    notNamed: ['client-closed'],
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
            { path: reports.path, status: 200, tookMs: 5200, sentBytes: 48_000, untilMinute: GREW },
            { path: reports.path, status: 200, tookMs: 34_000, sentBytes: 61_000, fromMinute: GREW },
            ...catalogAnswers,
          ],
        })),
      })),
    ],
    demand: [
      ...shop.demand,
      {
        ...reports,
        requestsPerMinute: 46,
        receivedBytes: 690,
        patience: { share: 1, fromMs: 17_800, untilMs: 19_200 },
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
