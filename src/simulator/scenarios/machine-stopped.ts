import { allowFrom } from '../network.ts';
import type { Scenario } from '../scenario.ts';
import type { Host } from '../world.ts';
import { shop, shopGateway, shopNetwork } from '../worlds/shop.ts';

const OFF_HOURS = -17;
const reports = { pool: 'pool-reports', setting: 'http-reports' } as const;
const host: Host = {
  address: '10.20.6.4',
  machine: 'vm-reports-1',
  untilMinute: OFF_HOURS,
  afterwards: 'deallocated',
  changedBy: 'application',
  serves: [{ port: 8090, protocol: 'Http', answers: [{ status: 200, tookMs: 61, sentBytes: 9100 }] }],
};

export const machineStopped = {
  name: 'machine-stopped',
  title: 'Everybody has gone home',
  story:
    'The reports run on a single machine, and somebody put that machine on the schedule that saves money at night. Seventeen minutes ago it was deallocated as planned; the pool has no other member, and whoever still opens a report gets a 502.',
  // The power state comes with the interface, and who did it is in the activity log.
  expected: {
    established: true,
    anyOf: ['backend-stopped'],
    at: ['likely', 'confirmed'],
    unread: ['effective-nsg', 'effective-routes'],
  },
  world: {
    ...shop,
    gateway: {
      ...shopGateway,
      pools: [...shopGateway.pools, { name: reports.pool, members: [{ address: host.address }] }],
      settings: [
        ...shopGateway.settings,
        { name: reports.setting, protocol: 'Http', port: 8090, requestTimeoutSeconds: 60, probe: 'probe-reports' },
      ],
      probes: [
        ...shopGateway.probes,
        {
          name: 'probe-reports',
          protocol: 'Http',
          host: 'shop.fabrikam.example',
          path: '/ready',
          intervalSeconds: 30,
          timeoutSeconds: 30,
          unhealthyThreshold: 3,
        },
      ],
      rules: shopGateway.rules.map((rule) =>
        rule.paths
          ? { ...rule, paths: [...rule.paths, { name: 'reports', paths: ['/reports*'], target: reports }] }
          : rule,
      ),
    },
    hosts: [...shop.hosts, host],
    network: {
      ...shopNetwork,
      subnets: [
        ...shopNetwork.subnets,
        { name: 'snet-reports', prefix: '10.20.6.0/24', securityGroup: 'nsg-reports-prod' },
      ],
      securityGroups: [
        ...shopNetwork.securityGroups,
        { name: 'nsg-reports-prod', rules: allowFrom(shopGateway.subnetPrefix) },
      ],
    },
    demand: [
      ...shop.demand,
      {
        listener: 'https-shop',
        host: 'shop.fabrikam.example',
        method: 'GET',
        path: '/reports/daily',
        requestsPerMinute: 11,
        receivedBytes: 660,
      },
    ],
    alert: {
      kind: 'metric',
      rule: 'shop-reports-backends',
      severity: 'Sev2',
      metric: 'HealthyHostCount',
      operator: 'LessThan',
      threshold: 1,
      aggregation: 'Minimum',
      dimensions: [{ name: 'BackendSettingsPool', value: 'pool-reports~http-reports' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
