import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop, shopGateway } from '../worlds/shop.ts';

const MERGED = -15;
const INTERNAL = 'orders.int.fabrikam.example';
const PUBLIC = 'shop.fabrikam.example';

export const probeHostNotServed = {
  name: 'probe-host-not-served',
  title: 'A name that was tidied away',
  story:
    'Fifteen minutes ago two sites of the orders machines were merged into one, and the internal name went with the old site. Clients never used it, but the probe does: it asks for a page that is there, under a name that no longer is, and is told 404.',
  expected: {
    established: true,
    anyOf: ['probe-host-not-served'],
    at: ['confirmed'],
    notNamed: ['probe-path-not-served'],
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
              { path: '/healthz', host: PUBLIC, status: 200, tookMs: 4, sentBytes: 15 },
              { path: '/api/orders*', host: PUBLIC, status: 200, tookMs: 48, sentBytes: 2300 },
              { path: '/healthz', host: INTERNAL, status: 200, tookMs: 4, sentBytes: 15, untilMinute: MERGED },
            ],
          },
        ],
      })),
      ...catalogHosts,
    ],
  },
} as const satisfies Scenario;
