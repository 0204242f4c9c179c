import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const DIED = -16;

export const oneMemberDown = {
  name: 'one-member-down',
  title: 'One machine of three',
  story:
    'The web process on one of the three catalog machines died sixteen minutes ago. The other two carry the load and no client notices, but the next failure would hurt.',
  expected: { established: true, anyOf: ['single-member-unhealthy'], at: ['likely', 'confirmed'] },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts,
      ...catalogHosts.map((host) =>
        host.address === '10.20.5.5'
          ? { ...host, serves: host.serves.map((service) => ({ ...service, untilMinute: DIED })) }
          : host,
      ),
    ],
    alert: {
      kind: 'metric',
      rule: 'shop-catalog-unhealthy-hosts',
      severity: 'Sev2',
      metric: 'UnhealthyHostCount',
      operator: 'GreaterThan',
      threshold: 0,
      aggregation: 'Maximum',
      dimensions: [{ name: 'BackendSettingsPool', value: 'pool-catalog~http-catalog' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
