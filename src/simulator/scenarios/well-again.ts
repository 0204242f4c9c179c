import type { Scenario } from '../scenario.ts';
import { catalogHosts, ordersHosts, shop } from '../worlds/shop.ts';

const HUNG = -11;
const STARTED = -3;

export const wellAgain = {
  name: 'well-again',
  title: 'Too late to see anything',
  story:
    'The web process of one catalog machine hung eleven minutes ago, its supervisor started it anew, and for three minutes now it has been healthy. The others carried the load and no request failed. The alert comes when everything is over, and there is nothing left to find.',
  expected: { established: false, anyOf: [], at: [] },
  world: {
    ...shop,
    hosts: [
      ...ordersHosts,
      ...catalogHosts.map((host) =>
        host.address === '10.20.5.6'
          ? {
              ...host,
              serves: host.serves.flatMap((service) => [
                { ...service, untilMinute: HUNG },
                { ...service, fromMinute: STARTED },
              ]),
            }
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
