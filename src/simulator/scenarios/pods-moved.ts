import type { Scenario } from '../scenario.ts';
import { pods, tickets, ticketsGateway } from '../worlds/tickets.ts';

const ROLLED_OUT = -13;
const WRITTEN = -8;
const before = ['10.60.4.17', '10.60.4.31', '10.60.4.48'] as const;
const after = ['10.60.4.20', '10.60.4.36', '10.60.4.53'] as const;

export const podsMoved = {
  name: 'pods-moved',
  title: 'A release that outran its gateway',
  story:
    'Thirteen minutes ago the ticket service was rolled out, and within seconds its pods had other addresses. The ingress controller needed five minutes until it had written them into the pool, and for as long every visitor got a 502. Now all is well again, until the next release.',
  // When the pods moved is known in the cluster only.
  expected: {
    established: true,
    anyOf: ['ingress-controller-lag'],
    at: ['likely'],
    waitsFor: 'get endpoints',
    notNamed: ['backend-stopped', 'gateway-update-rejected'],
  },
  world: {
    ...tickets,
    gateway: ticketsGateway([
      ...before.map((address) => ({ address, untilMinute: WRITTEN })),
      ...after.map((address) => ({ address, fromMinute: WRITTEN })),
    ]),
    hosts: [...pods(before, { untilMinute: ROLLED_OUT }), ...pods(after, { fromMinute: ROLLED_OUT })],
  },
} as const satisfies Scenario;
