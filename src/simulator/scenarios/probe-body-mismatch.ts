import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersAnswers, ordersHosts, shop, shopGateway } from '../worlds/shop.ts';

const RELEASED = -16;

export const probeBodyMismatch = {
  name: 'probe-body-mismatch',
  title: 'Well, but in other words',
  story:
    'The probe of the orders machines looks for a text in the body of the health page. A release sixteen minutes ago brought a new health library, which says the same in capitals. The status is 200 as before, and the gateway, which compares letter by letter, takes every member out.',
  expected: { established: true, anyOf: ['probe-body-mismatch'], at: ['confirmed'] },
  world: {
    ...shop,
    gateway: {
      ...shopGateway,
      probes: shopGateway.probes.map((probe) =>
        probe.name === 'probe-orders' ? { ...probe, matchBody: '"status":"up"' } : probe,
      ),
    },
    hosts: [
      ...ordersHosts.map((host) => ({
        ...host,
        serves: [
          {
            port: 8080,
            protocol: 'Http' as const,
            answers: [
              { path: '/healthz', status: 200, tookMs: 4, body: '{"status":"up"}', untilMinute: RELEASED },
              { path: '/healthz', status: 200, tookMs: 4, body: '{"status":"UP","groups":[]}', fromMinute: RELEASED },
              ...ordersAnswers,
            ],
          },
        ],
      })),
      ...catalogHosts,
    ],
  },
} as const satisfies Scenario;
