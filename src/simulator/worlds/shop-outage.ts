import type { WorldPlan } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop } from './shop.ts';

/** When the machines of the orders are switched off, and when they are back. */
export const OFF = -16;
export const BACK = -10;

/**
 * The orders of the shop are down for a few minutes: somebody's schedule switches both machines off, and somebody else
 * starts them again. The catalog goes on all the while. It is over when the simulator starts, so that whoever plays it
 * from before has no minute to wait for.
 */
export const shopOutage = {
  ...shop,
  hosts: [
    ...ordersHosts.flatMap((host) => [
      { ...host, untilMinute: OFF, afterwards: 'deallocated' as const, changedBy: 'application' as const },
      { ...host, fromMinute: BACK, changedBy: 'application' as const },
    ]),
    ...catalogHosts,
  ],
  alert: {
    kind: 'metric',
    rule: 'shop-orders-healthy-hosts',
    severity: 'Sev1',
    metric: 'HealthyHostCount',
    operator: 'LessThan',
    threshold: 1,
    aggregation: 'Minimum',
    dimensions: [{ name: 'BackendSettingsPool', value: 'pool-orders~http-orders' }],
    windowMinutes: 5,
  },
} as const satisfies WorldPlan;
