import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersAnswers, ordersHosts, shop } from '../worlds/shop.ts';

const CRASHED = -11;

export const backendNotListening = {
  name: 'backend-not-listening',
  title: 'Machines without their application',
  story:
    'Eleven minutes ago a new configuration reached the orders machines, and the application, which cannot read it, ends as soon as it is started. The machines run and the way to them is open, yet nothing takes connections on their port.',
  expected: { established: true, anyOf: ['backend-not-listening'], at: ['confirmed'] },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts.map((host) => ({
        ...host,
        serves: [{ port: 8080, protocol: 'Http' as const, answers: ordersAnswers, untilMinute: CRASHED }],
      })),
      ...catalogHosts,
    ],
  },
} as const satisfies Scenario;
