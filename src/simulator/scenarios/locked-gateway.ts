import type { Scenario } from '../scenario.ts';
import { shop, shopGateway } from '../worlds/shop.ts';

const LOCKED = -60 * 26;

export const lockedGateway = {
  name: 'locked-gateway',
  title: 'A lock against accidents',
  story:
    'After an accident somebody put a ReadOnly lock on the gateway yesterday. It keeps people from changing it, and also from asking it how its backends are, because that question is a POST. The alert rule wants more orders machines than there are; nothing is wrong with those that are there.',
  // Whether the members pass their probes cannot be read, and that clients are served can.
  expected: { established: true, anyOf: ['health-not-readable'], at: ['confirmed'], unread: ['backend-health'] },
  world: {
    ...shop,
    gateway: { ...shopGateway, locked: { fromMinute: LOCKED } },
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
