import type { Scenario } from '../scenario.ts';
import { shop, shopGateway } from '../worlds/shop.ts';

const STOPPED = -9;

export const gatewayStopped = {
  name: 'gateway-stopped',
  title: 'The gateway itself is off',
  story:
    'Somebody stopped the gateway nine minutes ago, meaning another one. The machines behind it are fine, but no request reaches them, and there are no metrics and no log records since then.',
  expected: { established: true, anyOf: ['gateway-not-running'], at: ['confirmed'] },
  world: {
    ...shop,
    gateway: { ...shopGateway, stopped: { fromMinute: STOPPED } },
    availability: [
      {
        fromMinute: -60 * 24 * 20,
        state: 'Available',
        title: 'Available',
        summary: "There aren't any known Azure platform problems affecting this application gateway.",
      },
      {
        fromMinute: STOPPED + 2,
        state: 'Unavailable',
        reasonType: 'UserInitiated',
        title: 'Stopped',
        summary: 'This application gateway is stopped, as requested by an authorized user or process.',
      },
    ],
    alert: { kind: 'resource-health', rule: 'shop-gateway-resource-health', severity: 'Sev1' },
  },
} as const satisfies Scenario;
