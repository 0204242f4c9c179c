import {
  ANSWERED,
  CANNOT_CONNECT,
  invalidStatus,
  invalidStatusOnly,
  STATUS_MISMATCH_NAME,
} from '../../reasoning/probe-texts.ts';
import { backendHealthJson, type Case, GATEWAY_ID, gatewayJson } from '../case.ts';
import { portsJson, probeResultsJson } from '../case-members.ts';
import { onDemandJson, type TestSketch } from '../case-on-demand.ts';

const pools = { 'pool-orders': ['10.20.1.5', '10.20.1.6'] };
const allDown = backendHealthJson({
  'pool-orders~http-8080': [
    ['10.20.1.5', 'Unhealthy', invalidStatus(404)],
    ['10.20.1.6', 'Unhealthy', invalidStatus(404)],
  ],
});

/** Two settings that reach the same members on one port; only one of the two is answered. */
function twoSettings(first: Readonly<Record<string, unknown>>, second: Readonly<Record<string, unknown>>) {
  return {
    'backend-health': backendHealthJson({
      'pool-orders~http-orders': [
        ['10.20.1.5', 'Unhealthy', invalidStatus(404)],
        ['10.20.1.6', 'Unhealthy', invalidStatus(404)],
      ],
      'pool-orders~http-reports': [
        ['10.20.1.5', 'Healthy', ANSWERED],
        ['10.20.1.6', 'Healthy', ANSWERED],
      ],
    }),
    gateway: gatewayJson({
      pools,
      settings: {
        'http-orders': { port: 8080, probe: 'probe-orders' },
        'http-reports': { port: 8080, probe: 'probe-reports' },
      },
      probes: { 'probe-orders': first, 'probe-reports': second },
      routes: [
        ['pool-orders', 'http-orders'],
        ['pool-orders', 'http-reports', ['/reports/*']],
      ],
    }),
  };
}

/** A custom probe with a Host and a path, and what the prober was answered by the first member. */
function asked(...requests: readonly Readonly<Record<string, unknown>>[]) {
  return {
    'backend-health': allDown,
    gateway: gatewayJson({
      pools,
      settings: { 'http-8080': { port: 8080, probe: 'probe-orders' } },
      probes: { 'probe-orders': { host: 'orders.contoso.local', path: '/healthz' } },
      routes: [['pool-orders', 'http-8080']],
      listenerHosts: ['orders.contoso.com'],
    }),
    'probe-results': probeResultsJson([
      {
        ...{ member: '10.20.1.5', pool: 'pool-orders', setting: 'http-8080' },
        ports: portsJson(8080, { 8080: 'open' }),
        requests: requests.map((request) => ({
          ...{ path: '/healthz', host: 'orders.contoso.local', isAccepted: request.status === 200 },
          ...request,
        })),
      },
    ]),
  };
}

/** A custom probe that is refused, and what the gateway's own tests were answered by both members. */
function tested(tests: readonly TestSketch[], names: { readonly listener?: string; readonly host?: string } = {}) {
  const { listener = 'orders.contoso.com', host = 'orders.contoso.local' } = names;
  return {
    'backend-health': allDown,
    gateway: gatewayJson({
      pools,
      settings: { 'http-8080': { port: 8080, probe: 'probe-orders' } },
      probes: { 'probe-orders': { host, path: '/healthz' } },
      routes: [['pool-orders', 'http-8080', ['/api/orders/*']]],
      listenerHosts: [listener],
    }),
    'on-demand-health': onDemandJson(
      { pool: 'pool-orders', setting: 'http-8080', members: ['10.20.1.5', '10.20.1.6'] },
      tests,
    ),
  };
}
const otherHost = { changed: 'host', value: 'orders.contoso.com' } as const;
const clientPath = { changed: 'path', value: '/api/orders/' } as const;
const root = { changed: 'path', value: '/' } as const;
const anyStatus = { changed: 'accepted-range', value: '100-599' } as const;

export const cases: readonly Case[] = [
  {
    name: 'a second setting probes the same members on the same port and host with another path, and is answered',
    evidence: twoSettings(
      { host: 'orders.contoso.local', path: '/healthz' },
      { host: 'orders.contoso.local', path: '/api/ping' },
    ),
    expect: 'confirmed',
    scope: { pool: 'pool-orders', setting: 'http-orders' },
  },
  {
    name: 'a second setting probes the same path with another host, and is answered',
    evidence: twoSettings(
      { host: 'orders.contoso.com', path: '/healthz' },
      { host: 'orders.contoso.local', path: '/healthz' },
    ),
    expect: 'ruled-out',
    alsoConfirmed: ['probe-host-not-served'],
  },
  {
    name: 'a second setting differs from the failing one in both path and host',
    evidence: twoSettings(
      { host: 'orders.contoso.com', path: '/healthz' },
      { host: 'orders.contoso.local', path: '/api/ping' },
    ),
    expect: 'likely',
  },
  {
    name: 'only backend health was read',
    evidence: { 'backend-health': allDown },
    expect: 'likely',
    scope: { pool: 'pool-orders', setting: 'http-8080' },
  },
  {
    name: 'the custom probe asks for a path and carries a host',
    evidence: {
      'backend-health': allDown,
      gateway: gatewayJson({
        pools,
        settings: { 'http-8080': { port: 8080, probe: 'probe-orders' } },
        probes: { 'probe-orders': { host: 'orders.contoso.com', path: '/actuator/health' } },
        routes: [['pool-orders', 'http-8080']],
      }),
    },
    expect: 'likely',
  },
  {
    name: 'the default probe asks an interface for its root',
    evidence: {
      'backend-health': allDown,
      gateway: gatewayJson({
        pools,
        settings: { 'http-8080': { port: 8080 } },
        routes: [['pool-orders', 'http-8080']],
      }),
    },
    expect: 'likely',
  },
  {
    name: 'the default probe reaches a web app under Host 127.0.0.1',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~https-443': [['app-shop-weu.azurewebsites.net', 'Unhealthy', invalidStatus(404)]],
      }),
      gateway: gatewayJson({
        pools: { 'pool-web': ['app-shop-weu.azurewebsites.net'] },
        settings: { 'https-443': { port: 443, protocol: 'Https' } },
        routes: [['pool-web', 'https-443']],
      }),
    },
    expect: 'possible',
  },
  {
    name: 'the newer interface names the error and one of three members has it',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-orders~http-8080': [
          ['10.20.1.5', 'Healthy', ANSWERED, 'SuccessWithStatusCode'],
          ['10.20.1.6', 'Healthy', ANSWERED, 'SuccessWithStatusCode'],
          ['10.20.1.7', 'Unhealthy', invalidStatusOnly(404), STATUS_MISMATCH_NAME],
        ],
      }),
    },
    expect: 'possible',
    scope: { members: ['10.20.1.7'] },
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'the error is named without any status',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-orders~http-8080': [['10.20.1.5', 'Unhealthy', undefined, STATUS_MISMATCH_NAME]],
      }),
    },
    expect: 'inconclusive',
  },
  {
    name: 'the members cannot be connected to at all',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-orders~http-8080': [
          ['10.20.1.5', 'Unhealthy', CANNOT_CONNECT],
          ['10.20.1.6', 'Unhealthy', CANNOT_CONNECT],
        ],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'asked directly, the member knows another path, and this one under no name',
    evidence: asked(
      { kind: 'probe', status: 404 },
      { kind: 'other-path', path: '/', status: 200 },
      { kind: 'live-host', host: 'orders.contoso.com', status: 404 },
    ),
    expect: 'confirmed',
    scope: { pool: 'pool-orders', setting: 'http-8080' },
  },
  {
    name: 'asked directly, the member knows another path, and nobody tried the name of the site',
    evidence: asked({ kind: 'probe', status: 404 }, { kind: 'other-path', path: '/', status: 200 }),
    expect: 'likely',
  },
  {
    name: 'asked directly, the member knows this path under the name of the site',
    evidence: asked(
      { kind: 'probe', status: 404 },
      { kind: 'other-path', path: '/', status: 200 },
      { kind: 'live-host', host: 'orders.contoso.com', status: 200 },
    ),
    expect: 'ruled-out',
    alsoConfirmed: ['probe-host-not-served'],
  },
  {
    name: 'asked directly, the member answers',
    evidence: asked({ kind: 'probe', status: 200 }),
    expect: 'possible',
  },
  {
    name: 'the gateway is answered on another path, and under another name with the same 404',
    evidence: tested([
      { ...otherHost, answer: 404 },
      { ...clientPath, answer: 200 },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'confirmed',
    scope: { pool: 'pool-orders', setting: 'http-8080' },
  },
  {
    name: 'the gateway is answered on another path, and clients can carry no other name than the probe',
    evidence: tested(
      [
        { ...root, answer: 204 },
        { ...anyStatus, answer: 404 },
      ],
      { listener: 'orders.contoso.local' },
    ),
    expect: 'confirmed',
  },
  {
    name: 'the gateway is answered on another path, and the test with another name was throttled',
    evidence: tested([
      { ...otherHost, error: '429: throttled' },
      { ...clientPath, answer: 200 },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'likely',
  },
  {
    name: 'the gateway is answered on another path, but was not asked once more for the first one',
    evidence: tested([
      { ...otherHost, answer: 404 },
      { ...clientPath, answer: 200 },
      { ...anyStatus, error: 'the time for tests was over' },
    ]),
    expect: 'likely',
  },
  {
    name: 'one of the two members is answered on another path',
    evidence: tested([
      { ...otherHost, answer: 404 },
      { ...clientPath, answer: { '10.20.1.5': 200, '10.20.1.6': 404 } },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'likely',
  },
  {
    name: 'the root redirects to a sign-in, and the path is unknown under both names',
    evidence: tested([
      { ...otherHost, answer: 404 },
      { ...root, answer: 302 },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'likely',
  },
  {
    name: 'a default site has a root page, while the path lives under the name of the site',
    evidence: tested([
      { ...otherHost, answer: 200 },
      { ...root, answer: 200 },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'ruled-out',
    alsoConfirmed: ['probe-host-not-served'],
  },
  {
    name: 'every path and every name is answered 404',
    evidence: tested([
      { ...otherHost, answer: 404 },
      { ...clientPath, answer: 404 },
      { ...root, answer: 404 },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'possible',
  },
  {
    name: 'the path itself is answered by the time of the tests',
    evidence: tested([
      { ...otherHost, answer: 404 },
      { ...clientPath, answer: 200 },
      { ...anyStatus, answer: 200 },
    ]),
    expect: 'possible',
  },
  {
    name: 'a test was made by hand, and its answer does not say what was asked',
    evidence: {
      ...tested([]),
      'on-demand-health': {
        backendAddressPool: { id: `${GATEWAY_ID}/backendAddressPools/pool-orders` },
        backendHealthHttpSettings: {
          backendHttpSettings: { id: `${GATEWAY_ID}/backendHttpSettingsCollection/http-8080` },
          servers: ['10.20.1.5', '10.20.1.6'].map((address) => ({
            address,
            health: 'Healthy',
            healthProbeLog: ANSWERED,
          })),
        },
      },
    },
    expect: 'likely',
  },
  {
    name: 'the probe has a port of its own, which the tests did not go to',
    evidence: {
      ...tested([
        { ...otherHost, answer: 404 },
        { ...root, answer: 200 },
        { ...anyStatus, answer: 404 },
      ]),
      gateway: gatewayJson({
        pools,
        settings: { 'http-8080': { port: 8080, probe: 'probe-orders' } },
        probes: { 'probe-orders': { host: 'orders.contoso.local', path: '/healthz', port: 9090 } },
        routes: [['pool-orders', 'http-8080']],
        listenerHosts: ['orders.contoso.com'],
      }),
    },
    expect: 'likely',
  },
];
