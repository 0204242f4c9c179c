import type { WorldPlan } from '../scenario.ts';
import type { Certificate, GatewayPlan, Host, ServiceAnswer } from '../world.ts';

export const portalCertificate: Certificate = {
  names: ['portal.fabrikam.example'],
  validFromDay: -200,
  validUntilDay: 165,
  signedBy: 'public',
};

export const portalAnswers: readonly ServiceAnswer[] = [
  { path: '/status', status: 200, tookMs: 6, sentBytes: 40 },
  { path: '/signin*', status: 200, tookMs: 31, sentBytes: 5100 },
  { status: 200, tookMs: 37, sentBytes: 9200 },
];

const portalAddresses = ['10.31.6.10', '10.31.6.11'] as const;

/** The portal's two machines, alike: what they answer, and with which certificate, is what scenarios change. */
export function portalHosts(serves: Host['serves']): readonly Host[] {
  return portalAddresses.map((address) => ({ address, serves }));
}

export const portalGateway: GatewayPlan = {
  name: 'gw-portal-neu-prod',
  tier: 'Standard_v2',
  minCapacity: 1,
  maxCapacity: 4,
  tags: { env: 'prod', costCenter: '4711' },
  subnetPrefix: '10.31.1.0/24',
  pools: [{ name: 'pool-portal', members: portalAddresses.map((address) => ({ address })) }],
  settings: [
    {
      name: 'https-portal',
      protocol: 'Https',
      port: 443,
      requestTimeoutSeconds: 20,
      hostName: 'portal.fabrikam.example',
      probe: 'probe-portal',
    },
  ],
  probes: [
    {
      name: 'probe-portal',
      protocol: 'Https',
      path: '/status',
      intervalSeconds: 30,
      timeoutSeconds: 30,
      unhealthyThreshold: 3,
      pickHostNameFromBackendSetting: true,
    },
  ],
  listeners: [{ name: 'https-portal', protocol: 'Https', port: 443, hostNames: ['portal.fabrikam.example'] }],
  rules: [
    {
      name: 'rule-portal',
      priority: 10,
      listener: 'https-portal',
      target: { pool: 'pool-portal', setting: 'https-portal' },
    },
  ],
  trustedRoots: [],
};

const fromPortal = { listener: 'https-portal', host: 'portal.fabrikam.example' } as const;

/** A customer portal with TLS to the backend, in which nothing is wrong: scenarios change one thing. */
export const portal: WorldPlan = {
  subscription: 'c4b7a3de-0f83-4f65-8c0a-77a0a5c0e202',
  resourceGroup: 'rg-portal-prod',
  location: 'northeurope',
  gateway: portalGateway,
  hosts: portalHosts([{ port: 443, protocol: 'Https', certificate: portalCertificate, answers: portalAnswers }]),
  names: [],
  blocked: [],
  demand: [
    { ...fromPortal, method: 'GET', path: '/', requestsPerMinute: 44, receivedBytes: 700 },
    { ...fromPortal, method: 'GET', path: '/signin', requestsPerMinute: 12, receivedBytes: 690 },
    { ...fromPortal, method: 'POST', path: '/documents', requestsPerMinute: 5, receivedBytes: 84_000 },
  ],
  availability: [],
  logs: { workspaceId: '7f6f3ad1-91d4-4b42-9d0f-0c7d2a7d9c22', tables: 'azure-diagnostics' },
  alert: {
    kind: 'metric',
    rule: 'portal-backends',
    severity: 'Sev1',
    metric: 'HealthyHostCount',
    operator: 'LessThan',
    threshold: 1,
    aggregation: 'Minimum',
    dimensions: [{ name: 'BackendSettingsPool', value: 'pool-portal~https-portal' }],
    windowMinutes: 5,
  },
};
