import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const HARDENED = -14;

export const networkPathBlocked = {
  name: 'network-path-blocked',
  title: 'A wall that Azure does not show',
  story:
    'Fourteen minutes ago an agent switched on the firewall inside the orders machines, with no rule that lets anybody in. Security groups and routes are as they should be and the machines run, but not one of their ports answers, not even to refuse. What Azure shows cannot tell which element it is.',
  // Nothing that Azure shows looks into a machine, so it stays with where to look.
  expected: {
    established: true,
    anyOf: ['network-path-blocked'],
    at: ['likely'],
    waitsFor: 'connect',
    notNamed: ['backend-nsg-blocks', 'route-diverts-traffic', 'backend-not-listening', 'wrong-backend-port'],
  },
  world: {
    ...shop,
    hosts: [...ordersHosts.map((host) => ({ ...host, drops: [{ fromMinute: HARDENED }] })), ...catalogHosts],
  },
} as const satisfies Scenario;
