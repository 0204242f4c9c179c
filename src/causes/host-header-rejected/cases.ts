import { ANSWERED, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson, type RecordSketch } from '../case.ts';
import { portsJson, probeResultsJson } from '../case-members.ts';

const app = 'app-shop-weu.azurewebsites.net';
const web = { pool: 'pool-web', setting: 'https-443' };
const green = backendHealthJson({ 'pool-web~https-443': [[app, 'Healthy', ANSWERED]] });

function gatewayWith(setting: Readonly<Record<string, unknown>>, probe: Readonly<Record<string, unknown>>) {
  return gatewayJson({
    pools: { 'pool-web': [app] },
    settings: { 'https-443': { port: 443, protocol: 'Https', probe: 'probe-web', ...setting } },
    probes: { 'probe-web': { protocol: 'Https', path: '/health', ...probe } },
    routes: [['pool-web', 'https-443']],
  });
}

const passesHost = gatewayWith({}, { host: app });

function answers(status: number, times: number, more: Partial<RecordSketch> = {}): RecordSketch {
  return { ...web, status, serverStatus: String(status), routed: '20.50.2.15:443', path: '/products', times, ...more };
}

/** The member as the prober asked it: the probe's own request, and the same under the name of the shop. */
function asked(status: number): unknown {
  return probeResultsJson([
    {
      ...{ member: app, pool: 'pool-web', setting: 'https-443', ports: portsJson(443, { 443: 'open' }) },
      requests: [
        { kind: 'probe', path: '/health', host: app, status: 200, isAccepted: true },
        { kind: 'live-host', path: '/health', host: 'shop.contoso.com', status, isAccepted: status < 400 },
      ],
    },
  ]);
}

/** One internal address, asked under the name that it answers its own health path for. */
const inCluster = gatewayJson({
  pools: { 'pool-aks': ['10.60.0.10'] },
  settings: { 'aks-80': { port: 80, probe: 'probe-aks' } },
  probes: { 'probe-aks': { host: 'health.contoso.local', path: '/healthz' } },
  routes: [['pool-aks', 'aks-80']],
});

export const cases: readonly Case[] = [
  {
    name: 'one page under two names at the same time: one is answered, the other never',
    evidence: {
      'backend-health': green,
      gateway: passesHost,
      'access-log': accessLogJson([
        answers(200, 60, { originalHost: 'www.contoso.com' }),
        answers(404, 90, { originalHost: 'shop.contoso.com' }),
      ]),
    },
    expect: 'confirmed',
    scope: web,
  },
  {
    name: 'every request of clients gets 404 from a web app whose probes are answered',
    evidence: {
      'backend-health': green,
      gateway: passesHost,
      'access-log': accessLogJson([answers(404, 90), answers(404, 30, { path: '/' })]),
    },
    expect: 'likely',
    scope: web,
  },
  {
    name: 'three rows that somebody picked out say the same',
    evidence: { 'backend-health': green, gateway: passesHost, 'access-log': accessLogJson([answers(404, 3)]) },
    expect: 'likely',
  },
  {
    name: 'clients get 502 without a reason and without an answer of the backend',
    evidence: {
      'backend-health': green,
      gateway: passesHost,
      'access-log': accessLogJson([
        { ...web, status: 502, routed: '20.50.2.15:443', path: '/products', times: 70, timeTaken: 0.02 },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the two names were asked for at different hours',
    evidence: {
      'backend-health': green,
      gateway: passesHost,
      'access-log': accessLogJson([
        answers(200, 60, { originalHost: 'www.contoso.com', at: '2026-09-13T20:00:00Z' }),
        answers(404, 90, { originalHost: 'shop.contoso.com' }),
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'machines that answer the default probe, and one prefix that they do not know',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-api~http-80': [['10.20.1.5', 'Healthy', ANSWERED]] }),
      gateway: gatewayJson({
        pools: { 'pool-api': ['10.20.1.5'] },
        settings: { 'http-80': { port: 80 } },
        routes: [['pool-api', 'http-80']],
      }),
      'access-log': accessLogJson([
        {
          pool: 'pool-api',
          setting: 'http-80',
          status: 404,
          serverStatus: '404',
          routed: '10.20.1.5:80',
          path: '/api/orders',
          times: 80,
        },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'the configuration was not read',
    evidence: { 'backend-health': green, 'access-log': accessLogJson([answers(404, 90)]) },
    expect: 'possible',
  },
  {
    name: 'probe and clients send the same name',
    evidence: {
      'backend-health': green,
      gateway: gatewayWith({ pickHostNameFromBackendAddress: true }, { pickHostNameFromBackendHttpSettings: true }),
      'access-log': accessLogJson([answers(404, 90)]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'a scanner asks for foreign names, and everybody else is served',
    evidence: {
      'backend-health': green,
      gateway: passesHost,
      'access-log': accessLogJson([
        answers(200, 500, { originalHost: 'shop.contoso.com' }),
        answers(404, 25, { originalHost: 'example.net' }),
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'no log was read, and the client name goes to a web app as it is',
    evidence: { 'backend-health': green, gateway: passesHost },
    expect: 'possible',
  },
  {
    name: 'the members do not answer the probe either',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-web~https-443': [[app, 'Unhealthy', TIMED_OUT]] }),
      gateway: passesHost,
      'access-log': accessLogJson([{ ...web, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE', times: 70 }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'green health of machines, and no log',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-api~http-80': [['10.20.1.5', 'Healthy', ANSWERED]] }),
    },
    expect: 'inconclusive',
  },
  {
    name: 'the member answers the very request of the probe, and refuses it under the name of the shop',
    evidence: {
      'backend-health': green,
      gateway: passesHost,
      'access-log': accessLogJson([answers(404, 90), answers(404, 30, { path: '/' })]),
      'probe-results': asked(404),
    },
    expect: 'confirmed',
    scope: web,
  },
  {
    name: 'the member answers the request of the probe under the name of the shop as well',
    evidence: {
      'backend-health': green,
      gateway: passesHost,
      'access-log': accessLogJson([answers(404, 90), answers(404, 30, { path: '/' })]),
      'probe-results': asked(200),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the health path alone is refused under the name of the shop, whose clients are served',
    evidence: {
      'backend-health': green,
      gateway: passesHost,
      'access-log': accessLogJson([answers(200, 300), answers(404, 60, { path: '/old' })]),
      'probe-results': asked(404),
    },
    expect: 'possible',
  },
  {
    name: 'two names on one internal address of a cluster: one is answered, the other never',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-aks~aks-80': [['10.60.0.10', 'Healthy', ANSWERED]] }),
      gateway: inCluster,
      'access-log': accessLogJson(
        [
          answers(200, 60, { originalHost: 'www.contoso.com' }),
          answers(404, 90, { originalHost: 'shop.contoso.com' }),
        ].map((record) => ({ ...record, pool: 'pool-aks', setting: 'aks-80', routed: '10.60.0.10:80' })),
      ),
    },
    expect: 'possible',
  },
];
