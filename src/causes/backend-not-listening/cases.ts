import { ANSWERED, CANNOT_CONNECT, invalidStatus, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, GATEWAY_ID, gatewayJson } from '../case.ts';
import { machineId, nicsJson, portsJson, probeResultsJson } from '../case-members.ts';

const target = { pool: 'pool-api', setting: 'api-8080' };
const sketch = {
  pools: { 'pool-api': ['10.20.7.4'] },
  settings: { 'api-8080': { port: 8080 } },
  routes: [['pool-api', 'api-8080']],
} as const;
const gateway = gatewayJson(sketch);
const health = backendHealthJson({ 'pool-api~api-8080': [['10.20.7.4', 'Unhealthy', CANNOT_CONNECT]] });
const probed = (states: Readonly<Record<number, string>>, member = '10.20.7.4') => ({
  member,
  ...target,
  ports: portsJson(8080, states),
  requests: [],
});
const refused = probeResultsJson([probed({ 80: 'refused', 443: 'refused', 8080: 'refused' })]);
const before = accessLogJson([
  { ...target, times: 80, at: '2026-09-14T01:55:00Z', status: 200, serverStatus: '200', routed: '10.20.7.4:8080' },
  { ...target, times: 60, at: '2026-09-14T02:10:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
]);
const check = (status: string, issues: readonly unknown[] = []) => ({
  connectionStatus: status,
  probesSent: 30,
  probesFailed: status === 'Reachable' ? 0 : 30,
  destination: { address: '10.20.7.4', port: 8080 },
  hops: [
    { id: 'a', type: 'Source', address: '10.20.0.5', resourceId: GATEWAY_ID, nextHopIds: ['b'], issues: [] },
    { id: 'b', type: 'VirtualMachine', address: '10.20.7.4', resourceId: machineId('vm-api'), nextHopIds: [], issues },
  ],
});

export const cases: readonly Case[] = [
  {
    name: 'the machine refuses the port on which it answered a quarter of an hour ago, and has no other open',
    evidence: { 'backend-health': health, gateway, 'access-log': before, 'probe-results': refused },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the machine refuses every port of a long list',
    evidence: {
      'backend-health': health,
      gateway,
      'probe-results': probeResultsJson([
        probed({ 80: 'refused', 443: 'refused', 3000: 'refused', 5000: 'refused', 8000: 'refused', 8080: 'refused' }),
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'the machine refuses the three ports that were tried, and nothing tells of the time before',
    evidence: { 'backend-health': health, gateway, 'probe-results': refused },
    expect: 'likely',
  },
  {
    name: 'a test from the gateway meets no rule on its way, and the machine answered on this port before',
    evidence: { 'backend-health': health, gateway, 'access-log': before, 'connectivity-check': check('Unreachable') },
    expect: 'likely',
  },
  {
    name: 'the machine answered on this port before and still does on another one',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-8080': [['10.20.7.4', 'Unhealthy', CANNOT_CONNECT]],
        'pool-api~admin-80': [['10.20.7.4', 'Healthy', ANSWERED]],
      }),
      gateway: gatewayJson({
        ...sketch,
        settings: { 'api-8080': { port: 8080 }, 'admin-80': { port: 80 } },
        routes: [...sketch.routes, ['pool-api', 'admin-80', ['/admin/*']]],
      }),
      'access-log': before,
    },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'the machine takes connections on another port than the one it refuses',
    evidence: {
      'backend-health': health,
      gateway,
      'probe-results': probeResultsJson([probed({ 80: 'open', 443: 'refused', 8080: 'refused' })]),
    },
    expect: 'possible',
  },
  {
    name: 'no port of the machine answers in any way',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-api~api-8080': [['10.20.7.4', 'Unhealthy', TIMED_OUT]] }),
      gateway,
      'probe-results': probeResultsJson([probed({ 80: 'silent', 443: 'silent', 8080: 'silent' })]),
    },
    expect: 'possible',
  },
  {
    name: 'a firewall on the machine stops the test from the gateway',
    evidence: {
      'backend-health': health,
      gateway,
      'access-log': before,
      nics: nicsJson([{ name: 'vm-api-nic', address: '10.20.7.4', machine: machineId('vm-api') }]),
      'connectivity-check': check('Unreachable', [
        { origin: 'Inbound', severity: 'Error', type: 'GuestFirewall', context: [] },
      ]),
    },
    expect: 'possible',
    alsoConfirmed: ['backend-access-restricted'],
  },
  {
    name: 'the machine cannot be connected to, and nothing else is known',
    evidence: { 'backend-health': health, gateway },
    expect: 'possible',
  },
  {
    name: 'the port takes connections from inside the network',
    evidence: {
      'backend-health': health,
      gateway,
      'probe-results': probeResultsJson([probed({ 8080: 'open' })]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the application answers, though not what the probe wants',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-api~api-8080': [['10.20.7.4', 'Unhealthy', invalidStatus(500)]] }),
      gateway,
    },
    expect: 'ruled-out',
  },
  {
    name: 'backend health did not come in time',
    evidence: { gateway, 'probe-results': refused },
    failed: { 'backend-health': 'No answer within 60 s.' },
    expect: 'inconclusive',
  },
];
