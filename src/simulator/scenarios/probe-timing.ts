import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersAnswers, ordersHosts, shop, shopGateway } from '../worlds/shop.ts';

const GREW = -13;

export const probeTiming = {
  name: 'probe-timing',
  title: 'An answer that comes a second late',
  story:
    'The health page of the orders machines counts open orders, and since the sale began thirteen minutes ago that takes it more than four seconds. The probe waits three. The machines are reachable and answer every request, yet the gateway takes them all out for being late.',
  expected: {
    established: true,
    anyOf: ['probe-timing'],
    at: ['confirmed'],
    notNamed: ['network-path-blocked', 'backend-not-listening'],
  },
  world: {
    ...shop,
    gateway: {
      ...shopGateway,
      probes: shopGateway.probes.map((probe) =>
        probe.name === 'probe-orders' ? { ...probe, timeoutSeconds: 3 } : probe,
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
              { path: '/healthz', status: 200, tookMs: 4200, sentBytes: 15, fromMinute: GREW },
              ...ordersAnswers,
            ],
          },
        ],
      })),
      ...catalogHosts,
    ],
  },
} as const satisfies Scenario;
