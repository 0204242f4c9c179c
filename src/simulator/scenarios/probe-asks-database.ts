import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersAnswers, ordersHosts, shop } from '../worlds/shop.ts';

const FAILED_OVER = -12;
const payments = { path: '/api/orders/payments', status: 500, tookMs: 310, sentBytes: 420, fromMinute: FAILED_OVER };

export const probeAsksDatabase = {
  name: 'probe-asks-database',
  title: 'A health page that asks too much',
  story:
    'The database of the payments went down twelve minutes ago. Only paying needs it, but the health page of the orders API asks it as well and answers 500, so the gateway takes every member out and nobody can even look at an order.',
  expected: { established: true, anyOf: ['backend-answers-errors'], at: ['confirmed'] },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts.map((host) => ({
        ...host,
        serves: host.serves.map((service) => ({
          ...service,
          answers: [payments, { ...payments, path: '/healthz' }, ...ordersAnswers],
        })),
      })),
      ...catalogHosts,
    ],
    demand: [
      ...shop.demand,
      {
        listener: 'https-shop',
        host: 'shop.fabrikam.example',
        method: 'POST',
        path: payments.path,
        requestsPerMinute: 14,
        receivedBytes: 1800,
      },
    ],
  },
} as const satisfies Scenario;
