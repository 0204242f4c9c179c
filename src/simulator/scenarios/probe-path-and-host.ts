import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop, shopGateway } from '../worlds/shop.ts';

const RELEASED = -14;
const INTERNAL = 'orders.int.fabrikam.example';
const PUBLIC = 'shop.fabrikam.example';

export const probePathAndHost = {
  name: 'probe-path-and-host',
  title: 'The fault behind the fault',
  story:
    'A release fourteen minutes ago moved the health page of the orders API, so the probe is told 404. The same release lost the list of names that the application answers to: under the shop’s own name it answers 400 to everything. With no member in use nobody sees that yet; once the probe is mended, every client will.',
  // The second fault has to wait: no client's request reaches a member before the first is mended.
  expected: {
    established: true,
    anyOf: ['probe-path-not-served'],
    at: ['confirmed'],
    notNamed: ['probe-host-not-served'],
  },
  world: {
    ...shop,
    gateway: {
      ...shopGateway,
      probes: shopGateway.probes.map((probe) => (probe.name === 'probe-orders' ? { ...probe, host: INTERNAL } : probe)),
    },
    hosts: [
      ...ordersHosts.map((host) => ({
        ...host,
        serves: [
          {
            port: 8080,
            protocol: 'Http' as const,
            answers: [
              { host: PUBLIC, status: 400, tookMs: 2, sentBytes: 143, fromMinute: RELEASED },
              { path: '/healthz', status: 200, tookMs: 4, sentBytes: 15, untilMinute: RELEASED },
              { path: '/health/ready', status: 200, tookMs: 4, sentBytes: 15, fromMinute: RELEASED },
              { path: '/api/orders*', status: 200, tookMs: 48, sentBytes: 2300 },
              { path: '/', status: 200, tookMs: 5, sentBytes: 310 },
            ],
          },
        ],
      })),
      ...catalogHosts,
    ],
  },
} as const satisfies Scenario;
