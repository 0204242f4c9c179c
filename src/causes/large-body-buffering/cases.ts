import { CLOSED } from '../../reasoning/closed-connections.ts';
import { accessLogJson, type Case, gatewayJson } from '../case.ts';

const target = { pool: 'pool-claims', setting: 'claims-8080' };
const member = '10.72.1.4:8080';

const gatewayOf = (tier: string) =>
  gatewayJson({
    tier,
    pools: { 'pool-claims': ['10.72.1.4'] },
    settings: { 'claims-8080': { port: 8080, requestTimeout: 60 } },
    routes: [['pool-claims', 'claims-8080']],
  });
const gateway = gatewayOf('Standard_v2');

const fine = { ...target, times: 400, status: 200, serverStatus: '200', routed: member, latency: '0.030' };
const upload = { ...target, routed: member, path: '/claims/photos', method: 'POST' };
const small = { ...upload, status: 201, serverStatus: '201', latency: '0.090', receivedBytes: 42_000, times: 60 };
const lost = { ...upload, status: 502, error: CLOSED, receivedBytes: 6_300_000, times: 14, timeTaken: 3.1 };

export const cases: readonly Case[] = [
  {
    name: 'photos of some megabytes fail, small ones on the same path pass',
    evidence: { gateway, 'access-log': accessLogJson([fine, small, lost]) },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'the same behind a firewall, and without the small ones',
    evidence: { gateway: gatewayOf('WAF_v2'), 'access-log': accessLogJson([fine, lost]) },
    expect: 'likely',
  },
  {
    name: 'photos as large as those that fail pass as well',
    evidence: {
      gateway,
      'access-log': accessLogJson([fine, small, { ...small, receivedBytes: 7_000_000, times: 30 }, lost]),
    },
    expect: 'possible',
  },
  {
    name: 'small requests fail as often',
    evidence: { gateway, 'access-log': accessLogJson([fine, small, lost, { ...lost, receivedBytes: 900, times: 20 }]) },
    expect: 'possible',
  },
  {
    name: 'nothing passes at all',
    evidence: { gateway, 'access-log': accessLogJson([lost]) },
    expect: 'possible',
  },
  {
    name: 'small requests fail as often on another path',
    evidence: {
      gateway,
      'access-log': accessLogJson([fine, small, lost, { ...lost, path: '/claims', receivedBytes: 900, times: 20 }]),
    },
    expect: 'possible',
  },
  {
    name: 'photos end when the request timeout does',
    evidence: {
      gateway,
      'access-log': accessLogJson([
        fine,
        small,
        { ...lost, status: 504, error: 'ERRORINFO_UPSTREAM_TIMED_OUT', timeTaken: 60.01 },
      ]),
    },
    expect: 'possible',
    alsoConfirmed: ['request-timeout'],
  },
  {
    name: 'photos are refused outright',
    evidence: {
      gateway,
      'access-log': accessLogJson([fine, small, { ...lost, status: 413, error: undefined, times: 40 }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'ordinary requests fail now and then',
    evidence: {
      gateway,
      'access-log': accessLogJson([fine, { ...fine, status: 502, serverStatus: '', error: CLOSED, times: 9 }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'uploads find no live member, like everything else',
    evidence: {
      gateway,
      'access-log': accessLogJson([
        { ...fine, times: 30 },
        { ...lost, error: 'ERRORINFO_UPSTREAM_NO_LIVE', routed: '', times: 40 },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the log was not read',
    evidence: { gateway },
    failed: { 'access-log': '404 WorkspaceNotFound' },
    expect: 'inconclusive',
  },
];
