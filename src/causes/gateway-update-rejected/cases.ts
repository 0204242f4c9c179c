import { ANSWERED, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { activityLogJson } from '../case-members.ts';

const target = { pool: 'pool-web', setting: 'web-8080' };
const sketch = {
  pools: { 'pool-web': ['10.20.3.4', '10.20.3.5'] },
  settings: { 'web-8080': { port: 8080 } },
  routes: [['pool-web', 'web-8080']],
} as const;
const gateway = gatewayJson(sketch);
const down = backendHealthJson({
  'pool-web~web-8080': [
    ['10.20.3.4', 'Unhealthy', TIMED_OUT],
    ['10.20.3.5', 'Unhealthy', TIMED_OUT],
  ],
});
const well = backendHealthJson({
  'pool-web~web-8080': [
    ['10.20.3.4', 'Healthy', ANSWERED],
    ['10.20.3.5', 'Healthy', ANSWERED],
  ],
});
const write = 'Microsoft.Network/applicationGateways/write';
const controller = '3f0d3a86-72de-4c2c-9f25-8a1f6c1b7d90';
const denied = (at: string) => ({
  ...{ at, operation: write, status: 'Failed', caller: controller, errorCode: 'LinkedAuthorizationFailed' },
  errorMessage: 'The client has permission to perform the write, but lacks the join action on the linked subnet.',
});
const good = (at: string) => ({ at, operation: write, caller: controller });
const failing = accessLogJson([
  { ...target, times: 60, at: '2026-09-14T02:10:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
]);

export const cases: readonly Case[] = [
  {
    name: 'the controller that fills the pools has been refused since before the pods went away',
    evidence: {
      'backend-health': down,
      gateway: gatewayJson({ ...sketch, tags: { 'managed-by-k8s-ingress': '1.7.2' } }),
      'access-log': failing,
      'activity-log': activityLogJson([
        good('2026-09-13T16:00:00Z'),
        denied('2026-09-14T01:50:00Z'),
        denied('2026-09-14T02:05:00Z'),
        denied('2026-09-14T02:20:00Z'),
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'a release was refused, and everything else is well',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        { ...target, times: 60, status: 200, serverStatus: '200', routed: '10.20.3.4:8080' },
      ]),
      'activity-log': activityLogJson([good('2026-09-12T10:00:00Z'), denied('2026-09-14T01:50:00Z')]),
    },
    expect: 'confirmed',
  },
  {
    name: 'a release was refused the evening before, and the members do not answer',
    evidence: {
      'backend-health': down,
      gateway,
      'access-log': failing,
      'activity-log': activityLogJson([good('2026-09-12T10:00:00Z'), denied('2026-09-13T20:30:00Z')]),
    },
    expect: 'likely',
  },
  {
    name: 'a release was refused, every member is well, and a quarter of the requests is forbidden',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        { ...target, times: 300, status: 200, serverStatus: '200', routed: '10.20.3.4:8080' },
        { ...target, times: 100, status: 403, path: '/comments', wafMode: 'Prevention' },
      ]),
      'activity-log': activityLogJson([denied('2026-09-13T20:00:00Z')]),
    },
    expect: 'possible',
  },
  {
    name: 'only the activity log is at hand',
    evidence: { 'activity-log': activityLogJson([denied('2026-09-14T01:50:00Z')]) },
    expect: 'likely',
  },
  {
    name: 'somebody tried to repair the gateway during the failures, and was refused',
    evidence: {
      'backend-health': down,
      gateway,
      'access-log': failing,
      'activity-log': activityLogJson([good('2026-09-12T10:00:00Z'), denied('2026-09-14T02:22:00Z')]),
    },
    expect: 'possible',
  },
  {
    name: 'a change met another one that was still under way',
    evidence: {
      'backend-health': down,
      gateway,
      'activity-log': activityLogJson([
        {
          at: '2026-09-14T01:50:00Z',
          operation: write,
          status: 'Failed',
          errorCode: 'AnotherOperationInProgress',
          errorMessage: 'Another operation on this or dependent resource is in progress.',
        },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'a change was refused, and has begun anew',
    evidence: {
      'backend-health': down,
      'activity-log': activityLogJson([
        denied('2026-09-14T01:50:00Z'),
        { at: '2026-09-14T02:28:00Z', operation: write, status: 'Started' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'a change was refused, and the next one succeeded',
    evidence: {
      'backend-health': down,
      gateway,
      'activity-log': activityLogJson([denied('2026-09-14T01:20:00Z'), good('2026-09-14T01:40:00Z')]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'a change to the gateway next door was refused',
    evidence: {
      'backend-health': down,
      gateway,
      'activity-log': activityLogJson([
        {
          ...denied('2026-09-14T01:50:00Z'),
          resourceId: '/subscriptions/0/resourceGroups/rg-b/providers/Microsoft.Network/applicationGateways/agw-b',
        },
        good('2026-09-13T16:00:00Z'),
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the activity log may not be read',
    evidence: { 'backend-health': down, gateway },
    failed: { 'activity-log': '403 AuthorizationFailed' },
    expect: 'inconclusive',
  },
];
