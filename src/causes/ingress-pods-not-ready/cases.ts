import { ANSWERED } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';

const target = { pool: 'pool-edge', setting: 'edge-443' };
const address = '10.61.0.12';

const gatewayOf = (addresses: readonly string[], path: string) =>
  gatewayJson({
    pools: { 'pool-edge': addresses },
    settings: { 'edge-443': { port: 443, protocol: 'Https', hostName: 'www.contoso.com', probe: 'probe-edge' } },
    probes: { 'probe-edge': { protocol: 'Https', path, pickHostNameFromBackendHttpSettings: true } },
    routes: [['pool-edge', 'edge-443']],
  });
const gateway = gatewayOf([address], '/healthz');
const well = backendHealthJson({ 'pool-edge~edge-443': [[address, 'Healthy', ANSWERED]] });

const base = { ...target, routed: `${address}:443`, originalHost: 'www.contoso.com' };
const served = { ...base, status: 200, serverStatus: '200', path: '/', latency: '0.050', times: 300 };
const empty = {
  ...base,
  status: 503,
  serverStatus: '503',
  path: '/basket/items',
  latency: '0.002',
  times: 80,
  sentBytes: 190,
};

export const cases: readonly Case[] = [
  {
    name: 'one part of the site is answered 503 at once, the rest is served',
    evidence: { 'backend-health': well, gateway, 'access-log': accessLogJson([served, empty]) },
    expect: 'likely',
    scope: target,
    alsoConfirmed: ['backend-generated'],
  },
  {
    name: 'one part of the site is answered 502 at once',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([served, { ...empty, status: 502, serverStatus: '502' }]),
    },
    expect: 'likely',
    alsoConfirmed: ['backend-generated'],
  },
  {
    name: 'the answers take their time',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([served, { ...empty, latency: '5.010', timeTaken: 5.02 }]),
    },
    expect: 'possible',
    alsoConfirmed: ['backend-generated'],
  },
  {
    name: 'an internal address that nothing marks as that of a cluster',
    evidence: {
      'backend-health': well,
      gateway: gatewayOf([address], '/status'),
      'access-log': accessLogJson([served, empty]),
    },
    expect: 'possible',
    alsoConfirmed: ['backend-generated'],
  },
  {
    name: 'a pool that a controller fills is empty',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-shop-basket-80-bp-8080~bp-shop-basket-80-8080-main': [] }),
    },
    expect: 'possible',
  },
  {
    name: 'one of several machines is out of breath',
    evidence: {
      gateway: gatewayOf(['10.61.0.4', '10.61.0.5'], '/status'),
      'access-log': accessLogJson([served, { ...empty, routed: '10.61.0.4:443' }]),
    },
    expect: 'ruled-out',
    alsoConfirmed: ['backend-generated'],
  },
  {
    name: 'the gateway itself found nobody to ask',
    evidence: {
      gateway,
      'access-log': accessLogJson([
        { ...base, status: 502, routed: '', error: 'ERRORINFO_UPSTREAM_NO_LIVE', path: '/basket/items', times: 90 },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'no log is kept',
    evidence: { 'backend-health': well, gateway },
    failed: { 'access-log': '404 WorkspaceNotFound' },
    expect: 'inconclusive',
  },
];
