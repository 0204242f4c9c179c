import type { Scenario } from '../scenario.ts';
import { shop } from '../worlds/shop.ts';

const BEGAN = -13;

export const platformTrouble = {
  name: 'platform-trouble',
  title: 'Nothing of yours',
  story:
    'Part of the hardware that the gateway runs on failed thirteen minutes ago. One request in eight is lost inside the gateway, on every listener and every path, while all the machines behind it are healthy. Azure says so itself, and moves the instances by and by.',
  expected: { established: true, anyOf: ['platform-degraded'], at: ['confirmed'] },
  world: {
    ...shop,
    availability: [
      {
        fromMinute: -60 * 24 * 20,
        state: 'Available',
        title: 'Available',
        summary: "There aren't any known Azure platform problems affecting this application gateway.",
      },
      {
        fromMinute: BEGAN,
        state: 'Degraded',
        reasonType: 'Unplanned',
        title: 'Degraded',
        summary: 'Some instances of this application gateway have a problem with the hardware they run on.',
        losesShare: 0.12,
      },
    ],
    alert: { kind: 'resource-health', rule: 'shop-gateway-resource-health', severity: 'Sev1' },
  },
} as const satisfies Scenario;
