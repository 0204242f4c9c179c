import { CLOSED } from '../../reasoning/closed-connections.ts';
import { ANSWERED } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { activityLogJson, machineId, metricsJson, nicsJson } from '../case-members.ts';

const target = { pool: 'pool-tickets', setting: 'tickets-8080' };

const gateway = gatewayJson({
  pools: { 'pool-tickets': ['10.71.1.4', '10.71.1.5'] },
  settings: { 'tickets-8080': { port: 8080 } },
  routes: [['pool-tickets', 'tickets-8080']],
});

const well = backendHealthJson({
  'pool-tickets~tickets-8080': [
    ['10.71.1.4', 'Healthy', ANSWERED],
    ['10.71.1.5', 'Healthy', ANSWERED],
  ],
});

const fine = { ...target, times: 1500, at: '2026-09-14T02:00:00Z', status: 200, serverStatus: '200', latency: '0.030' };
const failed = { ...target, status: 502, error: CLOSED, timeTaken: 0.4, path: '/seats' };

/** Half an hour of traffic, of which the first member closes a minute's worth. */
const oneMinute = accessLogJson([
  { ...fine, routed: '10.71.1.4:8080' },
  { ...fine, routed: '10.71.1.5:8080' },
  { ...failed, times: 40, at: '2026-09-14T02:12:10Z', routed: '10.71.1.4:8080' },
]);

const nics = nicsJson([
  { name: 'nic-a', address: '10.71.1.4', machine: machineId('vm-tickets-a') },
  { name: 'nic-b', address: '10.71.1.5', machine: machineId('vm-tickets-b') },
]);

function done(machine: string, action = 'restart', at = '2026-09-14T02:12:40Z'): unknown {
  const operation = `Microsoft.Compute/virtualMachines/${action}/action`;
  return activityLogJson([{ at, operation, resourceId: machineId(machine) }]);
}

/** Ten quiet minutes, then ten busy ones that end badly. */
const busy = accessLogJson([
  ...Array.from({ length: 10 }, (_, minute) => ({
    ...{ ...fine, times: 20, routed: '10.71.1.4:8080' },
    at: `2026-09-14T02:0${minute}:00Z`,
  })),
  ...Array.from({ length: 10 }, (_, minute) => ({
    ...{ ...fine, times: 60, routed: '10.71.1.5:8080' },
    at: `2026-09-14T02:1${minute}:00Z`,
  })),
  ...Array.from({ length: 10 }, (_, minute) => ({
    ...{ ...failed, times: 6, routed: minute % 2 ? '10.71.1.5:8080' : '10.71.1.4:8080' },
    at: `2026-09-14T02:1${minute}:00Z`,
  })),
]);

/** Three failures at a time on both members, all through the half hour. */
const nowAndThen = accessLogJson([
  { ...fine, routed: '10.71.1.4:8080' },
  { ...fine, routed: '10.71.1.5:8080' },
  ...['02:02:00', '02:09:00', '02:15:00', '02:23:00'].map((clock, index) => ({
    ...{ ...failed, times: 3, timeTaken: 0.004 },
    ...{ at: `2026-09-14T${clock}Z`, routed: index % 2 ? '10.71.1.5:8080' : '10.71.1.4:8080' },
  })),
]);

const hosts = (averages: readonly number[]) =>
  metricsJson([
    { metric: 'HealthyHostCount', dimensions: { BackendSettingsPool: 'pool-tickets~tickets-8080' }, averages },
  ]);

export const cases: readonly Case[] = [
  {
    name: 'one machine was restarted within the minute in which it closed connections',
    evidence: { 'backend-health': well, gateway, 'access-log': oneMinute, nics, 'activity-log': done('vm-tickets-a') },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the other machine was restarted within the minute in which this one closed connections',
    evidence: { 'backend-health': well, gateway, 'access-log': oneMinute, nics, 'activity-log': done('vm-tickets-b') },
    expect: 'likely',
  },
  {
    name: 'the machine was restarted in answer to it, ten minutes later',
    evidence: {
      ...{ 'backend-health': well, gateway, 'access-log': oneMinute, nics },
      'activity-log': done('vm-tickets-a', 'restart', '2026-09-14T02:24:00Z'),
    },
    expect: 'likely',
  },
  {
    name: 'everything falls within one minute, and nothing else is known',
    evidence: { 'backend-health': well, gateway, 'access-log': oneMinute },
    expect: 'likely',
  },
  {
    name: 'the busy half of the time fails, the quiet half does not',
    evidence: { 'backend-health': well, gateway, 'access-log': busy },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'a member goes and comes back several times, and connections are closed throughout',
    evidence: {
      ...{ 'backend-health': well, gateway, 'access-log': nowAndThen },
      metrics: hosts(Array.from({ length: 28 }, (_, minute) => ([3, 10, 16, 24].includes(minute) ? 1 : 2))),
    },
    expect: 'likely',
  },
  {
    name: 'now and then a request fails at once, on either member',
    evidence: { 'backend-health': well, gateway, 'access-log': nowAndThen, metrics: hosts([2, 2, 2, 2, 2, 2]) },
    expect: 'possible',
  },
  {
    name: 'a member was out for a while, at another time than the failures',
    evidence: {
      ...{ 'backend-health': well, gateway, 'access-log': nowAndThen },
      metrics: hosts(Array.from({ length: 28 }, (_, minute) => (minute === 19 ? 1 : 2))),
    },
    expect: 'possible',
  },
  {
    name: 'the requests of one bad minute all carry files',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        { ...fine, routed: '10.71.1.4:8080' },
        {
          ...{ ...failed, times: 30, at: '2026-09-14T02:12:10Z', routed: '10.71.1.4:8080' },
          ...{ method: 'POST', receivedBytes: 9_000_000 },
        },
      ]),
      nics,
      'activity-log': done('vm-tickets-a'),
    },
    expect: 'possible',
  },
  {
    name: 'slow requests end at the timeout',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        { ...fine, routed: '10.71.1.4:8080' },
        {
          ...{ ...target, times: 9, status: 504, error: 'ERRORINFO_UPSTREAM_TIMED_OUT', timeTaken: 20.0 },
          ...{ routed: '10.71.1.4:8080', path: '/export' },
        },
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
