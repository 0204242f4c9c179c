import type { WorldPlan } from '../scenario.ts';
import type { Demand, GatewayPlan, Host, ServiceAnswer } from '../world.ts';

const HOSTS = ['learn.fabrikam.example', 'exams.fabrikam.example'] as const;

/** What an ingress answers to a host or path that none of its rules names: its own small page. */
export const ingressDefault: ServiceAnswer = { status: 404, tookMs: 1, sentBytes: 548 };

/** The rules of the ingress, each leading to pods; the health path is its own. */
export const academyRules: readonly ServiceAnswer[] = [
  { path: '/healthz', status: 200, tookMs: 1, sentBytes: 2 },
  { host: 'learn.fabrikam.example', path: '/api/*', status: 200, tookMs: 44, sentBytes: 3100 },
  { host: 'learn.fabrikam.example', status: 200, tookMs: 26, sentBytes: 17_400 },
];

/** The inner load balancer of the ingress, with these rules. */
export function academyHosts(answers: readonly ServiceAnswer[]): readonly Host[] {
  return [
    {
      address: '10.44.2.250',
      isInCluster: true,
      serves: [{ port: 80, protocol: 'Http', answers: [...answers, ingressDefault] }],
    },
  ];
}

export const academyGateway: GatewayPlan = {
  name: 'gw-academy-sdc-prod',
  tier: 'Standard_v2',
  minCapacity: 1,
  maxCapacity: 6,
  tags: { env: 'prod', owner: 'team-academy' },
  subnetPrefix: '10.44.0.0/24',
  pools: [{ name: 'pool-academy', members: [{ address: '10.44.2.250' }] }],
  settings: [{ name: 'http-academy', protocol: 'Http', port: 80, requestTimeoutSeconds: 30, probe: 'probe-academy' }],
  probes: [
    {
      name: 'probe-academy',
      protocol: 'Http',
      host: 'learn.fabrikam.example',
      path: '/healthz',
      intervalSeconds: 30,
      timeoutSeconds: 10,
      unhealthyThreshold: 3,
    },
  ],
  listeners: [{ name: 'https-academy', protocol: 'Https', port: 443, hostNames: HOSTS }],
  rules: [
    {
      name: 'rule-academy',
      priority: 10,
      listener: 'https-academy',
      target: { pool: 'pool-academy', setting: 'http-academy' },
    },
  ],
  trustedRoots: [],
};

const fromLearners = { listener: 'https-academy', host: 'learn.fabrikam.example', receivedBytes: 720 } as const;

export const academyDemand: readonly Demand[] = [
  { ...fromLearners, method: 'GET', path: '/', requestsPerMinute: 48 },
  { ...fromLearners, method: 'GET', path: '/courses', requestsPerMinute: 33 },
  { ...fromLearners, method: 'GET', path: '/api/progress', requestsPerMinute: 27 },
  { ...fromLearners, method: 'POST', path: '/api/answers', requestsPerMinute: 21, receivedBytes: 1900 },
];

/** A cluster whose ingress is the one member of an ordinary pool. Nothing is wrong in it: scenarios change one thing. */
export const academy: WorldPlan = {
  subscription: '91e0c5b2-64a7-4d5e-8f6b-1f0a3c9d7303',
  resourceGroup: 'rg-academy-prod',
  location: 'swedencentral',
  gateway: academyGateway,
  hosts: academyHosts(academyRules),
  names: [],
  blocked: [],
  demand: academyDemand,
  availability: [],
  logs: { workspaceId: 'b3c7b1de-2f53-4b8a-93a6-5f3e0b8f5d33', tables: 'resource-specific' },
  alert: {
    kind: 'metric',
    rule: 'academy-failed-requests',
    severity: 'Sev2',
    metric: 'FailedRequests',
    operator: 'GreaterThan',
    threshold: 20,
    aggregation: 'Total',
    dimensions: [{ name: 'BackendSettingsPool', value: 'pool-academy~http-academy' }],
    windowMinutes: 5,
  },
};
