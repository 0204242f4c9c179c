import { ANSWERED, invalidStatus } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';

const target = { pool: 'pool-front', setting: 'front-80' };
const address = '10.60.8.250';

const gatewayOf = (addresses: readonly string[], path: string) =>
  gatewayJson({
    pools: { 'pool-front': addresses },
    settings: { 'front-80': { port: 80, probe: 'probe-front' } },
    probes: { 'probe-front': { host: 'front.contoso.local', path } },
    routes: [['pool-front', 'front-80']],
  });
const gateway = gatewayOf([address], '/healthz');
const well = backendHealthJson({ 'pool-front~front-80': [[address, 'Healthy', ANSWERED]] });

const base = { ...target, routed: `${address}:80`, latency: '0.004' };
const served = {
  ...base,
  status: 200,
  serverStatus: '200',
  originalHost: 'www.contoso.com',
  path: '/news',
  times: 200,
};
const unknown = { ...base, status: 404, serverStatus: '404', sentBytes: 548 };
const ofHost = ['/', '/login', '/offers'].map((path) => ({
  ...{ ...unknown, originalHost: 'shop.contoso.com', path, times: 30 },
}));
const ofPath = ['/v2/items', '/v2/users'].map((path) => ({
  ...{ ...unknown, originalHost: 'www.contoso.com', path, times: 30 },
}));

const written = gatewayJson({
  tags: {
    'managed-by-k8s-ingress': '1.7.2/5b2fd4a/2026-05-02-10:00T+0000',
    'ingress-for-aks-cluster-id':
      '/subscriptions/0/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c1',
  },
  pools: { defaultaddresspool: [], 'pool-web-store-80-bp-8080': ['10.244.1.7'] },
  settings: { defaulthttpsetting: { port: 80 }, 'bp-web-store-80-8080-store': { port: 8080 } },
  routes: [
    ['defaultaddresspool', 'defaulthttpsetting'],
    ['pool-web-store-80-bp-8080', 'bp-web-store-80-8080-store', ['/store/*']],
  ],
});

export const cases: readonly Case[] = [
  {
    name: 'one of two sites behind an internal address is never answered',
    evidence: { 'backend-health': well, gateway, 'access-log': accessLogJson([served, ...ofHost]) },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'one part of a site is never answered, always with the same page',
    evidence: { 'backend-health': well, gateway, 'access-log': accessLogJson([served, ...ofPath]) },
    expect: 'likely',
  },
  {
    name: 'one part of a site is never answered, with pages of many sizes',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        served,
        ...ofPath.map((record, index) => ({ ...record, sentBytes: 4000 + 900 * index })),
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'requests that the controller of the gateway knows no place for',
    evidence: {
      gateway: written,
      'access-log': accessLogJson([
        {
          ...{ pool: 'defaultaddresspool', setting: 'defaulthttpsetting', status: 502, times: 60 },
          ...{ error: 'ERRORINFO_UPSTREAM_NO_LIVE', originalHost: 'shop.contoso.com', path: '/store' },
        },
      ]),
    },
    expect: 'likely',
    scope: { pool: 'defaultaddresspool' },
  },
  {
    name: 'an internal address that nothing marks as that of a cluster',
    evidence: {
      'backend-health': well,
      gateway: gatewayOf([address], '/status'),
      'access-log': accessLogJson([served, ...ofHost.map((record) => ({ ...record, at: '2026-09-14T04:10:00Z' }))]),
    },
    expect: 'possible',
  },
  {
    name: 'two machines of which neither knows the site',
    evidence: {
      gateway: gatewayOf(['10.60.8.4', '10.60.8.5'], '/status'),
      'access-log': accessLogJson([served, ...ofHost.map((record) => ({ ...record, routed: '10.60.8.4:80' }))]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'a scanner asks for what is not there',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([served, { ...unknown, originalHost: 'www.contoso.com', path: '/.env', times: 12 }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the probe itself is answered with 404',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-front~front-80': [[address, 'Unhealthy', invalidStatus(404)]] }),
      gateway: gatewayOf([address], '/ping'),
    },
    expect: 'possible',
  },
  {
    name: 'only the log: requests end in the last resort of a controller that names its other pools in full',
    evidence: {
      'access-log': accessLogJson([
        ...[{ pool: 'pool-shop-cart-80-bp-8080', setting: 'bp-shop-cart-80-8080-cart' }].map((other) => ({
          ...other,
          ...{ times: 300, status: 200, serverStatus: '200', routed: '10.241.0.9:8080', path: '/cart' },
        })),
        {
          ...{ pool: 'defaultaddresspool', setting: 'defaulthttpsetting', times: 120, status: 502, path: '/pay' },
          error: 'ERRORINFO_UPSTREAM_NO_LIVE',
        },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'no log is kept',
    evidence: { 'backend-health': well, gateway },
    failed: { 'access-log': '404 WorkspaceNotFound' },
    expect: 'inconclusive',
  },
];
