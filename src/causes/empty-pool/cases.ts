import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';

const settings = { 'http-8080': { port: 8080 } };

export const cases: readonly Case[] = [
  {
    name: 'a rule routes to a pool that configuration and backend health show without members',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-checkout~http-8080': [],
        'pool-catalog~http-8080': [['10.20.1.5', 'Healthy', 'Success. Received 200 status code']],
      }),
      gateway: gatewayJson({
        pools: { 'pool-checkout': [], 'pool-catalog': ['10.20.1.5'] },
        settings,
        routes: [
          ['pool-catalog', 'http-8080'],
          ['pool-checkout', 'http-8080', ['/checkout/*']],
        ],
      }),
    },
    expect: 'confirmed',
    scope: { pool: 'pool-checkout', setting: 'http-8080' },
  },
  {
    name: 'only backend health was read, and it lists no server',
    evidence: { 'backend-health': backendHealthJson({ 'pool-checkout~http-8080': [] }) },
    expect: 'likely',
  },
  {
    name: 'backend health was not read; the configuration lists members for one pool and none for the other',
    evidence: {
      gateway: gatewayJson({
        pools: { 'pool-checkout': [], 'pool-catalog': ['10.20.1.5'] },
        settings,
        routes: [
          ['pool-catalog', 'http-8080'],
          ['pool-checkout', 'http-8080', ['/checkout/*']],
        ],
      }),
    },
    expect: 'likely',
    scope: { pool: 'pool-checkout' },
  },
  {
    name: 'the only pool shows no address, and requests to it find no live member',
    evidence: {
      gateway: gatewayJson({ pools: { 'pool-checkout': [] }, settings, routes: [['pool-checkout', 'http-8080']] }),
      'access-log': accessLogJson([
        { pool: 'pool-checkout', setting: 'http-8080', times: 80, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'a copy of the configuration that shows no address of any pool',
    evidence: {
      gateway: gatewayJson({ pools: { 'pool-checkout': [] }, settings, routes: [['pool-checkout', 'http-8080']] }),
    },
    expect: 'possible',
  },
  {
    name: 'an ingress controller that has written nothing but its last resort',
    evidence: {
      'backend-health': backendHealthJson({ 'defaultaddresspool~defaulthttpsetting': [] }),
      gateway: gatewayJson({
        tags: { 'managed-by-k8s-ingress': '1.7.2' },
        pools: { defaultaddresspool: [] },
        settings: { defaulthttpsetting: { port: 80 } },
        routes: [['defaultaddresspool', 'defaulthttpsetting']],
      }),
    },
    expect: 'likely',
  },
  {
    name: 'the empty pool is a leftover that no rule routes to',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-old~http-8080': [],
        'pool-catalog~http-8080': [['10.20.1.5', 'Healthy', 'Success. Received 200 status code']],
      }),
      gateway: gatewayJson({
        pools: { 'pool-old': [], 'pool-catalog': ['10.20.1.5'] },
        settings,
        routes: [['pool-catalog', 'http-8080']],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'configuration has members that backend health does not show yet',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-checkout~http-8080': [] }),
      gateway: gatewayJson({
        pools: { 'pool-checkout': ['10.20.1.9'] },
        settings,
        routes: [['pool-checkout', 'http-8080']],
      }),
    },
    expect: 'possible',
  },
  {
    name: 'the pool where an ingress controller sends what no ingress claims is empty',
    evidence: {
      'backend-health': backendHealthJson({
        'defaultaddresspool~defaulthttpsetting': [],
        'pool-shop-cart-80-bp-8080~bp-shop-cart-80-8080': [
          ['10.20.1.5', 'Healthy', 'Success. Received 200 status code'],
        ],
      }),
      gateway: gatewayJson({
        tags: { 'managed-by-k8s-ingress': '1.7.2' },
        pools: { defaultaddresspool: [], 'pool-shop-cart-80-bp-8080': ['10.20.1.5'] },
        settings: { defaulthttpsetting: {}, 'bp-shop-cart-80-8080': { port: 8080 } },
        routes: [
          ['defaultaddresspool', 'defaulthttpsetting'],
          ['pool-shop-cart-80-bp-8080', 'bp-shop-cart-80-8080', ['/cart/*']],
        ],
      }),
    },
    expect: 'possible',
  },
  {
    name: 'backend health was refused',
    evidence: {
      gateway: gatewayJson({
        pools: { 'pool-catalog': ['10.20.1.5'] },
        settings,
        routes: [['pool-catalog', 'http-8080']],
      }),
    },
    failed: { 'backend-health': '403 AuthorizationFailed' },
    expect: 'inconclusive',
  },
];
