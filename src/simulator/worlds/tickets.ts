import type { WorldPlan } from '../scenario.ts';
import type { GatewayPlan, Host, PoolPlan, ServiceAnswer } from '../world.ts';

const ticketAnswers: readonly ServiceAnswer[] = [
  { path: '/ready', status: 200, tookMs: 3, sentBytes: 12 },
  { status: 200, tookMs: 39, sentBytes: 6400 },
];

/** As the controller names what it writes: namespace, service, port of the service, port of the pods. */
export const POOL = 'pool-live-tickets-80-bp-8080';
const SETTING = 'bp-live-tickets-80-8080-tickets';

/** Pods of the ticket service, there from one minute until another. */
export function pods(addresses: readonly string[], period: Pick<Host, 'fromMinute' | 'untilMinute'>): readonly Host[] {
  return addresses.map((address) => ({
    address,
    isInCluster: true,
    serves: [{ port: 8080, protocol: 'Http' as const, answers: ticketAnswers }],
    ...period,
  }));
}

/** The gateway with these pods in its pool; the controller is the one that changes it. */
export function ticketsGateway(members: PoolPlan['members']): GatewayPlan {
  return {
    name: 'gw-tickets-frc-prod',
    tier: 'Standard_v2',
    minCapacity: 2,
    maxCapacity: 8,
    tags: {
      env: 'prod',
      'managed-by-k8s-ingress': '1.8.1/7a1c9d0/2026-03-02-10:15T+0000',
      'ingress-for-aks-cluster-id':
        '/subscriptions/2d6f7a1b-7c5e-4a90-b2c4-6e9f0b1d8404/resourcegroups/rg-tickets-prod/providers/Microsoft.ContainerService/managedClusters/aks-tickets-prod',
    },
    subnetPrefix: '10.60.0.0/24',
    pools: [{ name: POOL, members, changedBy: 'application' }],
    settings: [{ name: SETTING, protocol: 'Http', port: 8080, requestTimeoutSeconds: 30, probe: 'pb-live-tickets' }],
    probes: [
      {
        name: 'pb-live-tickets',
        protocol: 'Http',
        host: 'localhost',
        path: '/ready',
        intervalSeconds: 15,
        timeoutSeconds: 5,
        unhealthyThreshold: 3,
      },
    ],
    listeners: [{ name: 'fl-tickets', protocol: 'Https', port: 443, hostNames: ['tickets.fabrikam.example'] }],
    rules: [{ name: 'rr-tickets', priority: 19_000, listener: 'fl-tickets', target: { pool: POOL, setting: SETTING } }],
    trustedRoots: [],
  };
}

const fromFans = { listener: 'fl-tickets', host: 'tickets.fabrikam.example', receivedBytes: 680 } as const;

/** A ticket shop whose gateway is written by an ingress controller. Scenarios bring the pods and the pool. */
export const tickets: Omit<WorldPlan, 'gateway' | 'hosts'> = {
  subscription: '2d6f7a1b-7c5e-4a90-b2c4-6e9f0b1d8404',
  resourceGroup: 'rg-tickets-prod',
  location: 'francecentral',
  names: [],
  blocked: [],
  demand: [
    { ...fromFans, method: 'GET', path: '/', requestsPerMinute: 70 },
    { ...fromFans, method: 'GET', path: '/events', requestsPerMinute: 52 },
    { ...fromFans, method: 'POST', path: '/basket', requestsPerMinute: 16, receivedBytes: 1500 },
  ],
  availability: [],
  logs: { workspaceId: '4f1e7d92-8a36-4f0c-a1d7-7e6b2c3f6e44', tables: 'resource-specific' },
  alert: {
    kind: 'metric',
    rule: 'tickets-failed-requests',
    severity: 'Sev1',
    metric: 'FailedRequests',
    operator: 'GreaterThan',
    threshold: 50,
    aggregation: 'Total',
    dimensions: [{ name: 'BackendSettingsPool', value: `${POOL}~${SETTING}` }],
    windowMinutes: 15,
  },
};
