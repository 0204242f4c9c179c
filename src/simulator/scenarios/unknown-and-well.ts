import type { Scenario } from '../scenario.ts';
import { shop, shopGateway } from '../worlds/shop.ts';

const LOST = -35;

export const unknownAndWell = {
  name: 'unknown-and-well',
  title: 'Unknown, and serving',
  story:
    'Since 35 minutes ago the platform cannot ask the gateway how its members are, and backend health says Unknown of each of them. Unknown is not down: every request is answered, as it was before.',
  expected: {
    established: true,
    anyOf: ['health-not-readable'],
    at: ['confirmed'],
    notNamed: ['network-path-blocked', 'gateway-subnet-nsg-blocks', 'unresolved-backend-name', 'route-diverts-traffic'],
  },
  world: {
    ...shop,
    gateway: { ...shopGateway, healthLost: { fromMinute: LOST } },
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
