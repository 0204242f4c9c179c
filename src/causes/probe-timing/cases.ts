import { ANSWERED, CANNOT_CONNECT, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { metricsJson, portsJson, probeResultsJson } from '../case-members.ts';
import { onDemandJson, type TestSketch } from '../case-on-demand.ts';

const target = { pool: 'pool-shop', setting: 'shop-80' };
const probed = (timeout: number) =>
  gatewayJson({
    pools: { 'pool-shop': ['10.20.6.4', '10.20.6.5'] },
    settings: { 'shop-80': { port: 80, probe: 'probe-shop' } },
    probes: { 'probe-shop': { host: 'shop.contoso.com', path: '/healthz', timeout, interval: 10 } },
    routes: [['pool-shop', 'shop-80']],
  });
const gateway = probed(5);
const health = backendHealthJson({
  'pool-shop~shop-80': [
    ['10.20.6.4', 'Unhealthy', TIMED_OUT],
    ['10.20.6.5', 'Unhealthy', TIMED_OUT],
  ],
});
const measured = (member: string, seconds: number, status = 200) => ({
  member,
  ...target,
  ports: portsJson(80, { 80: 'open' }),
  requests: [{ kind: 'probe', path: '/healthz', host: 'shop.contoso.com', status, seconds, isAccepted: status < 400 }],
});
const live = (latency: string, path: string) =>
  accessLogJson([
    {
      ...{ ...target, times: 40, at: '2026-09-14T02:12:00Z', status: 200, serverStatus: '200', path },
      ...{ routed: '10.20.6.4:80', latency, timeTaken: Number(latency) },
    },
    { ...target, times: 20, at: '2026-09-14T02:11:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
  ]);

const tested = (tests: readonly TestSketch[]) => ({
  'backend-health': health,
  gateway,
  'on-demand-health': onDemandJson({ ...target, members: ['10.20.6.4', '10.20.6.5'] }, tests),
});
const longer = { changed: 'timeout', value: '30' } as const;
const anyStatus = { changed: 'accepted-range', value: '100-599' } as const;

export const cases: readonly Case[] = [
  {
    name: 'the health path answers from inside the network after nine seconds, and the probe waits five',
    evidence: {
      'backend-health': health,
      gateway,
      'probe-results': probeResultsJson([measured('10.20.6.4', 9.2), measured('10.20.6.5', 8.7)]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'clients are answered, half of them later than the probe waits',
    evidence: { 'backend-health': health, gateway, 'access-log': live('7.4', '/catalog') },
    expect: 'likely',
  },
  {
    name: 'the first byte comes after six seconds for minutes on end',
    evidence: {
      'backend-health': health,
      gateway,
      metrics: metricsJson([
        {
          metric: 'BackendFirstByteResponseTime',
          unit: 'MilliSeconds',
          dimensions: { BackendPool: 'pool-shop', BackendHttpSetting: 'shop-80' },
          averages: [400, 900, 5600, 6100, 6900, 7200],
        },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the health path fails, and late at that',
    evidence: {
      'backend-health': health,
      gateway,
      'probe-results': probeResultsJson([measured('10.20.6.4', 9.2, 503), measured('10.20.6.5', 9.1, 503)]),
    },
    expect: 'likely',
  },
  {
    name: 'the health path is quick when it is measured',
    evidence: {
      'backend-health': health,
      gateway,
      'probe-results': probeResultsJson([measured('10.20.6.4', 0.03), measured('10.20.6.5', 0.04)]),
    },
    expect: 'possible',
  },
  {
    name: 'clients are answered at once, and the probe is not',
    evidence: { 'backend-health': health, gateway, 'access-log': live('0.020', '/') },
    expect: 'possible',
  },
  {
    name: 'the text is all there is',
    evidence: { 'backend-health': health, gateway },
    expect: 'possible',
  },
  {
    name: 'nothing answers on the probed port from inside the network',
    evidence: {
      'backend-health': health,
      gateway,
      'probe-results': probeResultsJson(
        ['10.20.6.4', '10.20.6.5'].map((member) => ({
          member,
          ...target,
          ports: portsJson(80, { 80: 'silent', 443: 'silent' }),
          requests: [],
        })),
      ),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the members cannot be connected to',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-shop~shop-80': [
          ['10.20.6.4', 'Unhealthy', CANNOT_CONNECT],
          ['10.20.6.5', 'Healthy', ANSWERED],
        ],
      }),
      gateway,
    },
    expect: 'ruled-out',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'backend health did not come in time',
    evidence: { gateway },
    failed: { 'backend-health': 'No answer within 60 s.' },
    expect: 'inconclusive',
  },
  {
    name: 'the gateway passes its own test when it waits thirty seconds, and not when it waits five',
    evidence: tested([
      { ...longer, answer: 200 },
      { ...anyStatus, answer: 'silent' },
    ]),
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the gateway passes its own test when it waits thirty seconds, and when it waits five',
    evidence: tested([
      { ...longer, answer: 200 },
      { ...anyStatus, answer: 200 },
    ]),
    expect: 'likely',
  },
  {
    name: 'one of two members passes when the gateway waits longer',
    evidence: tested([
      { ...longer, answer: { '10.20.6.4': 200, '10.20.6.5': 'silent' } },
      { ...anyStatus, answer: 'silent' },
    ]),
    expect: 'possible',
  },
  {
    name: 'with more time an error comes',
    evidence: tested([
      { ...longer, answer: 503 },
      { ...anyStatus, answer: 'silent' },
    ]),
    expect: 'likely',
  },
  {
    name: 'another path is answered at once while the health path hangs',
    evidence: tested([
      { ...longer, answer: 'silent' },
      { changed: 'path', value: '/', answer: 200 },
    ]),
    expect: 'likely',
  },
  {
    name: 'nothing answers, however long the gateway waits and whatever it asks for',
    evidence: tested([
      { ...longer, answer: 'silent' },
      { changed: 'path', value: '/', answer: 'silent' },
    ]),
    expect: 'ruled-out',
  },
  {
    name: 'eight seconds instead of five bring no answer either',
    evidence: tested([{ changed: 'timeout', value: '8', answer: 'silent' }]),
    expect: 'possible',
  },
];
