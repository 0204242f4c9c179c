import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop, shopGateway } from '../worlds/shop.ts';

const OPENED = -14;

export const flashSale = {
  name: 'flash-sale',
  title: 'A sale that everybody heard of',
  story:
    'A sale began fourteen minutes ago, and far more people came than anybody had planned for. The gateway may grow to two instances and no further, and what these cannot carry it turns away with 503. The machines behind it could bear more; they are all healthy.',
  expected: {
    established: true,
    anyOf: ['gateway-saturated'],
    at: ['confirmed'],
    notNamed: ['backend-generated', 'backend-recycling'],
  },
  world: {
    ...shop,
    gateway: { ...shopGateway, minCapacity: 1, maxCapacity: 2 },
    hosts: [...ordersHosts, ...catalogHosts],
    demand: [
      ...shop.demand,
      {
        listener: 'https-shop',
        host: 'shop.fabrikam.example',
        method: 'GET',
        path: '/sale',
        requestsPerMinute: 74_000,
        receivedBytes: 640,
        fromMinute: OPENED,
      },
    ],
    alert: {
      kind: 'metric',
      rule: 'shop-server-errors',
      severity: 'Sev1',
      metric: 'ResponseStatus',
      operator: 'GreaterThan',
      threshold: 100,
      aggregation: 'Total',
      dimensions: [{ name: 'HttpStatusGroup', value: '5xx' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
