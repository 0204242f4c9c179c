import { ANSWERED, CANNOT_CONNECT, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { portsJson, probeResultsJson } from '../case-members.ts';

const orders = gatewayJson({
  pools: { 'pool-orders': ['10.20.2.10', '10.20.2.11'], 'pool-web': ['10.20.1.5'] },
  settings: { 'orders-8080': { port: 8080 }, 'web-80': { port: 80 } },
  routes: [
    ['pool-web', 'web-80'],
    ['pool-orders', 'orders-8080'],
  ],
});

const bothDown = backendHealthJson({
  'pool-orders~orders-8080': [
    ['10.20.2.10', 'Unhealthy', CANNOT_CONNECT],
    ['10.20.2.11', 'Unhealthy', CANNOT_CONNECT],
  ],
  'pool-web~web-80': [['10.20.1.5', 'Healthy', ANSWERED]],
});

const twoPorts = {
  pools: { 'pool-app': ['10.20.4.4', '10.20.4.5'] },
  settings: { 'app-8080': { port: 8080 }, 'app-80': { port: 80 } },
  routes: [
    ['pool-app', 'app-80'],
    ['pool-app', 'app-8080'],
  ],
} as const;

const target = { pool: 'pool-orders', setting: 'orders-8080' };

/** What the prober met at both members of the pool. */
const knocked = (states: Readonly<Record<number, string>>) =>
  probeResultsJson(
    ['10.20.2.10', '10.20.2.11'].map((member) => ({ member, ...target, ports: portsJson(8080, states), requests: [] })),
  );
const replaced = accessLogJson([
  { ...target, times: 40, at: '2026-09-14T01:50:00Z', status: 200, serverStatus: '200', routed: '10.20.2.7:8080' },
  { ...target, times: 40, at: '2026-09-14T01:50:00Z', status: 200, serverStatus: '200', routed: '10.20.2.8:8080' },
  { ...target, times: 90, at: '2026-09-14T02:10:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
]);

export const cases: readonly Case[] = [
  {
    name: 'both members of a rebuilt scale set refuse this port and have another one open',
    evidence: {
      'backend-health': bothDown,
      gateway: orders,
      'access-log': replaced,
      'probe-results': knocked({ 22: 'open', 80: 'open', 443: 'refused', 8080: 'refused' }),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'both members refuse this port and have another one open, and no log tells of the time before',
    evidence: {
      'backend-health': bothDown,
      gateway: orders,
      'probe-results': knocked({ 80: 'open', 443: 'refused', 8080: 'refused' }),
    },
    expect: 'likely',
  },
  {
    name: 'both members refuse this port, on which they answered before, and have another one open',
    evidence: {
      'backend-health': bothDown,
      gateway: orders,
      'access-log': accessLogJson([
        {
          ...target,
          times: 40,
          at: '2026-09-14T01:50:00Z',
          status: 200,
          serverStatus: '200',
          routed: '10.20.2.10:8080',
        },
        { ...target, times: 90, at: '2026-09-14T02:10:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
      ]),
      'probe-results': knocked({ 80: 'open', 443: 'refused', 8080: 'refused' }),
    },
    expect: 'possible',
  },
  {
    name: 'the port takes connections from inside the network',
    evidence: { 'backend-health': bothDown, gateway: orders, 'probe-results': knocked({ 80: 'open', 8080: 'open' }) },
    expect: 'ruled-out',
  },
  {
    name: 'both members of a rebuilt scale set are down, and the log knows other addresses on this port',
    evidence: {
      'backend-health': bothDown,
      gateway: orders,
      'access-log': replaced,
    },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'the same two machines pass the probe of another backend setting',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-app~app-8080': [
          ['10.20.4.4', 'Unhealthy', CANNOT_CONNECT],
          ['10.20.4.5', 'Unhealthy', CANNOT_CONNECT],
        ],
        'pool-app~app-80': [
          ['10.20.4.4', 'Healthy', ANSWERED],
          ['10.20.4.5', 'Healthy', ANSWERED],
        ],
      }),
      gateway: gatewayJson(twoPorts),
    },
    expect: 'likely',
    scope: { pool: 'pool-app', setting: 'app-8080' },
  },
  {
    name: 'a web app behind a setting for its container port does not answer in time',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-site~site-3000': [['shop-prod.azurewebsites.net', 'Unhealthy', TIMED_OUT]],
      }),
      gateway: gatewayJson({
        pools: { 'pool-site': ['shop-prod.azurewebsites.net'] },
        settings: { 'site-3000': { port: 3000, protocol: 'Https', pickHostNameFromBackendAddress: true } },
        routes: [['pool-site', 'site-3000']],
      }),
    },
    expect: 'likely',
  },
  {
    name: 'two machines cannot be connected to, and nothing else is known of them',
    evidence: { 'backend-health': bothDown, gateway: orders },
    expect: 'possible',
  },
  {
    name: 'the machines that cannot be connected to answered on this port a quarter of an hour ago',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-app~app-8080': [
          ['10.20.4.4', 'Unhealthy', CANNOT_CONNECT],
          ['10.20.4.5', 'Unhealthy', CANNOT_CONNECT],
        ],
        'pool-app~app-80': [
          ['10.20.4.4', 'Healthy', ANSWERED],
          ['10.20.4.5', 'Healthy', ANSWERED],
        ],
      }),
      gateway: gatewayJson(twoPorts),
      'access-log': accessLogJson([
        {
          ...{ pool: 'pool-app', setting: 'app-8080', times: 60, at: '2026-09-14T01:50:00Z' },
          ...{ status: 200, serverStatus: '200', routed: '10.20.4.4:8080' },
        },
        {
          ...{ pool: 'pool-app', setting: 'app-8080', times: 60, at: '2026-09-14T02:10:00Z' },
          ...{ status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
        },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'one of two members cannot be connected to',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-orders~orders-8080': [
          ['10.20.2.10', 'Unhealthy', CANNOT_CONNECT],
          ['10.20.2.11', 'Healthy', ANSWERED],
        ],
      }),
      gateway: orders,
    },
    expect: 'ruled-out',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'the members answer the probe with a page that is not found',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-orders~orders-8080': [
          ['10.20.2.10', 'Unhealthy', "Received invalid status code: 404 in the backend server's HTTP response."],
        ],
      }),
      gateway: orders,
    },
    expect: 'ruled-out',
  },
  {
    name: 'backend health did not come in time',
    evidence: { gateway: orders },
    failed: { 'backend-health': 'No answer within 60 s.' },
    expect: 'inconclusive',
  },
];
