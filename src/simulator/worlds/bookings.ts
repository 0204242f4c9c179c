import { allowFrom, GATEWAY_RULES, GATEWAY_SUBNET } from '../network.ts';
import type { NetworkPlan } from '../network-plan.ts';
import type { WorldPlan } from '../scenario.ts';
import type { Certificate, GatewayPlan, Host, ServiceAnswer } from '../world.ts';

/** The app's name on the platform, and the address that the whole world knows for it. */
export const bookingsApp = 'app-bookings-weu.azurewebsites.net';
export const bookingsPublicAddress = '20.50.2.15';

export const bookingsAnswers: readonly ServiceAnswer[] = [
  { path: '/health', status: 200, tookMs: 9, sentBytes: 22 },
  { path: '/api/bookings*', status: 200, tookMs: 64, sentBytes: 3100 },
  { path: '/', status: 200, tookMs: 41, sentBytes: 12_400 },
];

/** The platform's own certificate, which covers every app of it. */
export const platformCertificate: Certificate = {
  names: ['*.azurewebsites.net'],
  validFromDay: -140,
  validUntilDay: 225,
  signedBy: 'public',
};

/** The web app at one of its addresses. Both kinds of address lead to the same front ends of the platform. */
export function bookingsAt(address: string, answers: readonly ServiceAnswer[]): Host {
  return {
    address,
    isPlatform: true,
    serves: [
      { port: 443, protocol: 'Https', certificate: platformCertificate, answers },
      { port: 80, protocol: 'Http', answers: [{ status: 301, tookMs: 4, location: `https://${bookingsApp}/` }] },
    ],
  };
}

export const bookingsGateway: GatewayPlan = {
  name: 'gw-bookings-weu-prod',
  tier: 'Standard_v2',
  minCapacity: 1,
  maxCapacity: 5,
  tags: { env: 'prod', product: 'bookings' },
  subnetPrefix: '10.40.1.0/24',
  pools: [{ name: 'pool-bookings', members: [{ address: bookingsApp }] }],
  settings: [
    {
      name: 'https-bookings',
      protocol: 'Https',
      port: 443,
      requestTimeoutSeconds: 30,
      pickHostNameFromBackendAddress: true,
      probe: 'probe-bookings',
    },
  ],
  probes: [
    {
      name: 'probe-bookings',
      protocol: 'Https',
      path: '/health',
      intervalSeconds: 30,
      timeoutSeconds: 20,
      unhealthyThreshold: 3,
      pickHostNameFromBackendSetting: true,
    },
  ],
  listeners: [{ name: 'https-bookings', protocol: 'Https', port: 443, hostNames: ['bookings.fabrikam.example'] }],
  rules: [
    {
      name: 'rule-bookings',
      priority: 10,
      listener: 'https-bookings',
      target: { pool: 'pool-bookings', setting: 'https-bookings' },
    },
  ],
  trustedRoots: [],
};

/** The network of the bookings: the gateway, and a subnet for private endpoints. */
export const bookingsNetwork = {
  addressSpace: '10.40.0.0/16',
  subnets: [
    { name: GATEWAY_SUBNET, prefix: bookingsGateway.subnetPrefix, securityGroup: 'nsg-bookings-gateway' },
    { name: 'snet-endpoints', prefix: '10.40.3.0/24', securityGroup: 'nsg-bookings-endpoints' },
  ],
  securityGroups: [
    { name: 'nsg-bookings-gateway', rules: GATEWAY_RULES },
    { name: 'nsg-bookings-endpoints', rules: allowFrom(bookingsGateway.subnetPrefix) },
  ],
  routeTables: [],
  apps: [{ name: 'app-bookings-weu', hostNames: [bookingsApp] }],
} as const satisfies NetworkPlan;

const fromBookings = { listener: 'https-bookings', host: 'bookings.fabrikam.example' } as const;

/** Bookings in a web app of the platform behind one gateway, in which nothing is wrong: scenarios change one thing. */
export const bookings: WorldPlan = {
  subscription: '8d6e3c52-4d2b-4b0f-8f6a-2f1c9be0e303',
  resourceGroup: 'rg-bookings-prod',
  location: 'westeurope',
  gateway: bookingsGateway,
  hosts: [bookingsAt(bookingsPublicAddress, bookingsAnswers)],
  names: [{ name: bookingsApp, addresses: [bookingsPublicAddress] }],
  blocked: [],
  network: bookingsNetwork,
  demand: [
    { ...fromBookings, method: 'GET', path: '/', requestsPerMinute: 52, receivedBytes: 640 },
    { ...fromBookings, method: 'GET', path: '/api/bookings', requestsPerMinute: 31, receivedBytes: 720 },
    { ...fromBookings, method: 'POST', path: '/api/bookings', requestsPerMinute: 6, receivedBytes: 1900 },
  ],
  availability: [],
  logs: { workspaceId: '3b7a54c0-9f0d-4c35-8a3e-6c4f5e1b0d33', tables: 'resource-specific' },
  alert: {
    kind: 'metric',
    rule: 'bookings-backends',
    severity: 'Sev1',
    metric: 'HealthyHostCount',
    operator: 'LessThan',
    threshold: 1,
    aggregation: 'Minimum',
    dimensions: [{ name: 'BackendSettingsPool', value: 'pool-bookings~https-bookings' }],
    windowMinutes: 5,
  },
};
