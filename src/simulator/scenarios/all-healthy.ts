import type { Scenario } from '../scenario.ts';
import { shop } from '../worlds/shop.ts';

export const allHealthy = {
  name: 'all-healthy',
  title: 'An alert about nothing',
  story:
    'The alert rule wants three healthy members, but the orders pool has had two ever since it was made smaller. Both are healthy and no request fails: there is nothing to repair but the rule.',
  expected: { established: false, anyOf: [], at: [] },
  world: {
    ...shop,
    alert: {
      kind: 'metric',
      rule: 'shop-orders-capacity',
      severity: 'Sev3',
      metric: 'HealthyHostCount',
      operator: 'LessThan',
      threshold: 3,
      aggregation: 'Minimum',
      dimensions: [{ name: 'BackendSettingsPool', value: 'pool-orders~http-orders' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
