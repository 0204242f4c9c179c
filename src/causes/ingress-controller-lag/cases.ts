import { ANSWERED, CANNOT_CONNECT, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson, type HealthSketch } from '../case.ts';
import { activityLogJson, nicsJson, scaleSetId } from '../case-members.ts';

const pool = 'pool-prod-cart-80-bp-8080';
const setting = 'bp-prod-cart-80-8080-main';
const target = { pool, setting };
const application = '0b0f4b7e-6a1c-4c0f-8f6e-5d1a2b3c4d5e';

function gatewayOf(addresses: readonly string[], tags: Readonly<Record<string, string>> = {}): unknown {
  return gatewayJson({
    tags: { 'managed-by-k8s-ingress': '1.7.2/5b2fd4a/2026-05-02-10:00T+0000', ...tags },
    pools: { [pool]: addresses },
    settings: { [setting]: { port: 8080 } },
    routes: [[pool, setting]],
  });
}
const health = (...members: readonly HealthSketch[]) => backendHealthJson({ [`${pool}~${setting}`]: members });

const now = ['10.244.1.20', '10.244.2.21'];
const bothGone = health([now[0] ?? '', 'Unhealthy', CANNOT_CONNECT], [now[1] ?? '', 'Unhealthy', CANNOT_CONNECT]);
const bothWell = health([now[0] ?? '', 'Healthy', ANSWERED], [now[1] ?? '', 'Healthy', ANSWERED]);

const served = { ...target, status: 200, serverStatus: '200', latency: '0.020', times: 300 };
const noLive = {
  ...{ ...target, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE', times: 400 },
  at: '2026-09-14T02:12:00Z',
};
const lost = { ...target, status: 502, times: 25, at: '2026-09-14T02:12:00Z', timeTaken: 1.2 };

const write = (status: string) =>
  activityLogJson([
    {
      ...{ at: '2026-09-14T02:14:30Z', operation: 'Microsoft.Network/applicationGateways/write', status },
      caller: application,
    },
  ]);

export const cases: readonly Case[] = [
  {
    name: 'members are unreachable since the controller last wrote hours before',
    evidence: {
      'backend-health': bothGone,
      gateway: gatewayOf(now, { 'last-updated-by-k8s-ingress': '2026-09-13 21:40:12.5 +0000 UTC m=+91.2' }),
      'access-log': accessLogJson([noLive]),
    },
    expect: 'possible',
    scope: target,
  },
  {
    name: 'the addresses of the members are not held by any interface of the nodes',
    evidence: {
      'backend-health': bothGone,
      gateway: gatewayOf(now),
      nics: nicsJson([
        { name: 'nic-1', address: '10.244.1.4', machine: `${scaleSetId('aks-pool')}/virtualMachines/0` },
        { name: 'nic-2', address: '10.244.2.4', machine: `${scaleSetId('aks-pool')}/virtualMachines/1` },
      ]),
    },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'members are well, and the log holds others that failed before',
    evidence: {
      'backend-health': bothWell,
      gateway: gatewayOf(now),
      'access-log': accessLogJson([
        { ...served, routed: `${now[0]}:8080`, at: '2026-09-14T02:15:00Z' },
        { ...lost, routed: '10.244.1.9:8080' },
      ]),
      'activity-log': write('Succeeded'),
    },
    expect: 'likely',
  },
  {
    name: 'a write to the gateway failed while members are unreachable',
    evidence: {
      'backend-health': bothGone,
      gateway: gatewayOf(now),
      'access-log': accessLogJson([noLive]),
      'activity-log': write('Failed'),
    },
    expect: 'likely',
  },
  {
    name: 'one of two members is not there',
    evidence: {
      'backend-health': health([now[0] ?? '', 'Unhealthy', TIMED_OUT], [now[1] ?? '', 'Healthy', ANSWERED]),
      gateway: gatewayOf(now),
    },
    expect: 'likely',
    scope: { members: ['10.244.1.20'] },
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'all members are unreachable, and nothing shows that they have moved',
    evidence: { 'backend-health': bothGone, gateway: gatewayOf(now), 'access-log': accessLogJson([noLive]) },
    expect: 'possible',
  },
  {
    name: 'all members are well',
    evidence: {
      'backend-health': bothWell,
      gateway: gatewayOf(now),
      'access-log': accessLogJson([{ ...served, routed: `${now[0]}:8080` }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'machines that a person put into the pool do not answer',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [
          ['10.20.1.4', 'Unhealthy', CANNOT_CONNECT],
          ['10.20.1.5', 'Unhealthy', CANNOT_CONNECT],
        ],
      }),
      gateway: gatewayJson({
        pools: { 'pool-web': ['10.20.1.4', '10.20.1.5'] },
        settings: { 'http-80': { port: 80 } },
        routes: [['pool-web', 'http-80']],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'only backend health was read, of a pool that may be anything',
    evidence: { 'backend-health': backendHealthJson({ 'backend~web': [['10.20.1.4', 'Unhealthy', CANNOT_CONNECT]] }) },
    expect: 'inconclusive',
  },
];
