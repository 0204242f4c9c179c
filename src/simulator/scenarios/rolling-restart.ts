import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const BEGAN = -12;

export const rollingRestart = {
  name: 'rolling-restart',
  title: 'One after the other',
  story:
    'A pipeline restarts the instances of the catalog, one every two minutes, to bring in a patch. Two of three always serve, but nobody lets an instance finish what it is working on, and each restart ends some requests as 502. By the time that somebody looks, it is over and everything is healthy.',
  // The restart is in the activity log, and by its scale set it is of all the members.
  expected: {
    established: true,
    anyOf: ['backend-recycling'],
    at: ['likely', 'confirmed'],
    notNamed: ['keepalive-mismatch', 'single-member-unhealthy', 'backend-stopped'],
  },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts,
      ...catalogHosts.map(({ address, serves }, index) => ({
        address,
        serves,
        scaleSet: 'vmss-catalog-prod',
        restarts: [{ atMinute: BEGAN + 2 * index, tookMinutes: 1, by: 'application' as const }],
      })),
    ],
    alert: {
      kind: 'metric',
      rule: 'shop-failed-requests',
      severity: 'Sev2',
      metric: 'FailedRequests',
      operator: 'GreaterThan',
      threshold: 10,
      aggregation: 'Total',
      dimensions: [{ name: 'BackendSettingsPool', value: 'pool-catalog~http-catalog' }],
      windowMinutes: 15,
    },
  },
} as const satisfies Scenario;
