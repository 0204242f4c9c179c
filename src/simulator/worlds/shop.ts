import { allowFrom, GATEWAY_RULES, GATEWAY_SUBNET } from '../network.ts';
import type { NetworkPlan } from '../network-plan.ts';
import type { WorldPlan } from '../scenario.ts';
import type { GatewayPlan, Host, ServiceAnswer } from '../world.ts';

export const ordersAnswers: readonly ServiceAnswer[] = [
  { path: '/healthz', status: 200, tookMs: 4, sentBytes: 15 },
  { path: '/api/orders*', status: 200, tookMs: 48, sentBytes: 2300 },
];

export const catalogAnswers: readonly ServiceAnswer[] = [
  { path: '/healthz', status: 200, tookMs: 3, sentBytes: 15 },
  { path: '/missing*', status: 404, tookMs: 5, sentBytes: 900 },
  { status: 200, tookMs: 22, sentBytes: 14_800 },
];

export const ordersHosts: readonly Host[] = ['10.20.4.4', '10.20.4.5'].map((address, index) => ({
  address,
  machine: `vm-orders-${index + 1}`,
  serves: [{ port: 8080, protocol: 'Http', answers: ordersAnswers }],
}));

export const catalogHosts: readonly Host[] = ['10.20.5.4', '10.20.5.5', '10.20.5.6'].map((address, index) => ({
  address,
  machine: `vm-catalog-${index + 1}`,
  serves: [{ port: 8081, protocol: 'Http', answers: catalogAnswers }],
}));

const orders = { pool: 'pool-orders', setting: 'http-orders' } as const;
const catalog = { pool: 'pool-catalog', setting: 'http-catalog' } as const;

export const shopGateway: GatewayPlan = {
  name: 'gw-shop-weu-prod',
  tier: 'Standard_v2',
  minCapacity: 2,
  maxCapacity: 10,
  tags: { env: 'prod', owner: 'team-shop' },
  subnetPrefix: '10.20.1.0/24',
  pools: [
    { name: 'pool-orders', members: ordersHosts.map(({ address }) => ({ address })) },
    { name: 'pool-catalog', members: catalogHosts.map(({ address }) => ({ address })) },
  ],
  settings: [
    { name: 'http-orders', protocol: 'Http', port: 8080, requestTimeoutSeconds: 30, probe: 'probe-orders' },
    { name: 'http-catalog', protocol: 'Http', port: 8081, requestTimeoutSeconds: 20, probe: 'probe-catalog' },
  ],
  probes: [
    {
      name: 'probe-orders',
      protocol: 'Http',
      host: 'shop.fabrikam.example',
      path: '/healthz',
      intervalSeconds: 15,
      timeoutSeconds: 10,
      unhealthyThreshold: 3,
    },
    {
      name: 'probe-catalog',
      protocol: 'Http',
      host: 'shop.fabrikam.example',
      path: '/healthz',
      intervalSeconds: 30,
      timeoutSeconds: 30,
      unhealthyThreshold: 3,
    },
  ],
  listeners: [
    { name: 'https-shop', protocol: 'Https', port: 443, hostNames: ['shop.fabrikam.example'] },
    { name: 'http-shop', protocol: 'Http', port: 80, hostNames: ['shop.fabrikam.example'] },
  ],
  rules: [
    {
      name: 'rule-shop',
      priority: 100,
      listener: 'https-shop',
      target: catalog,
      paths: [{ name: 'orders', paths: ['/api/orders*'], target: orders }],
    },
    { name: 'rule-shop-to-https', priority: 200, listener: 'http-shop', target: { redirectTo: 'https-shop' } },
  ],
  trustedRoots: [],
};

const ALERT_RULE = 'Microsoft.Insights/metricAlerts/shop-orders-healthy-hosts';

/** The network of the shop: a subnet and a security group for each part of it. */
export const shopNetwork = {
  addressSpace: '10.20.0.0/16',
  subnets: [
    { name: GATEWAY_SUBNET, prefix: shopGateway.subnetPrefix, securityGroup: 'nsg-gateway-prod' },
    { name: 'snet-orders', prefix: '10.20.4.0/24', securityGroup: 'nsg-orders-prod' },
    { name: 'snet-catalog', prefix: '10.20.5.0/24', securityGroup: 'nsg-catalog-prod' },
  ],
  securityGroups: [
    { name: 'nsg-gateway-prod', rules: GATEWAY_RULES },
    { name: 'nsg-orders-prod', rules: allowFrom(shopGateway.subnetPrefix) },
    { name: 'nsg-catalog-prod', rules: allowFrom(shopGateway.subnetPrefix) },
  ],
  routeTables: [],
  changes: [
    {
      atMinute: -655,
      operation: 'Microsoft.Compute/virtualMachines/extensions/write',
      resource: 'Microsoft.Compute/virtualMachines/vm-catalog-2/extensions/AzureMonitorLinuxAgent',
      by: 'platform',
    },
    { atMinute: -410, operation: 'Microsoft.Insights/metricAlerts/write', resource: ALERT_RULE, by: 'person' },
  ],
} as const satisfies NetworkPlan;

const fromShop = { listener: 'https-shop', host: 'shop.fabrikam.example' } as const;

/** A small shop behind one gateway, in which nothing is wrong: scenarios change one thing. */
export const shop: WorldPlan = {
  subscription: '5a1f0f7c-6f0e-4a56-9c57-1d2a4be9d101',
  resourceGroup: 'rg-shop-prod',
  location: 'westeurope',
  gateway: shopGateway,
  hosts: [...ordersHosts, ...catalogHosts],
  names: [],
  blocked: [],
  network: shopNetwork,
  demand: [
    { ...fromShop, method: 'GET', path: '/', requestsPerMinute: 140, receivedBytes: 620 },
    { ...fromShop, method: 'GET', path: '/products', requestsPerMinute: 95, receivedBytes: 640 },
    { ...fromShop, method: 'GET', path: '/missing/old-campaign', requestsPerMinute: 2, receivedBytes: 610 },
    { ...fromShop, method: 'GET', path: '/api/orders', requestsPerMinute: 60, receivedBytes: 780 },
    { ...fromShop, method: 'POST', path: '/api/orders', requestsPerMinute: 18, receivedBytes: 2400 },
    { ...fromShop, listener: 'http-shop', method: 'GET', path: '/', requestsPerMinute: 9, receivedBytes: 410 },
  ],
  availability: [],
  logs: { workspaceId: '0d0f2b62-5f2b-4a3a-8e60-3f1f6c0a7b11', tables: 'resource-specific' },
  alert: {
    kind: 'metric',
    rule: 'shop-orders-healthy-hosts',
    severity: 'Sev1',
    metric: 'HealthyHostCount',
    operator: 'LessThan',
    threshold: 1,
    aggregation: 'Minimum',
    dimensions: [{ name: 'BackendSettingsPool', value: 'pool-orders~http-orders' }],
    windowMinutes: 5,
  },
};
