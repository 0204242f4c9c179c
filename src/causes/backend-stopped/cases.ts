import { ANSWERED, CANNOT_CONNECT, invalidStatus, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import {
  activityLogJson,
  machineId,
  nicsJson,
  portsJson,
  probeResultsJson,
  scaleSetId,
  siteId,
} from '../case-members.ts';
import { appJson } from '../case-network.ts';

const target = { pool: 'pool-orders', setting: 'orders-8080' };
const gateway = gatewayJson({
  pools: { 'pool-orders': ['10.20.2.10', '10.20.2.11'] },
  settings: { 'orders-8080': { port: 8080 } },
  routes: [['pool-orders', 'orders-8080']],
});
const silent = backendHealthJson({
  'pool-orders~orders-8080': [
    ['10.20.2.10', 'Unhealthy', TIMED_OUT],
    ['10.20.2.11', 'Unhealthy', TIMED_OUT],
  ],
});
const alone = backendHealthJson({ 'pool-orders~orders-8080': [['10.20.2.10', 'Unhealthy', CANNOT_CONNECT]] });
const nics = (powerState?: string) =>
  nicsJson([
    { name: 'vm-ord-1-nic', address: '10.20.2.10', machine: machineId('vm-ord-1'), powerState },
    { name: 'vm-ord-2-nic', address: '10.20.2.11', machine: machineId('vm-ord-2'), powerState },
  ]);
const deallocate = 'Microsoft.Compute/virtualMachines/deallocate/action';
const startMachine = 'Microsoft.Compute/virtualMachines/start/action';
const scheduler = '8d1c2b7e-1b1f-4b53-9a44-5c0d9e3a7f10';
const webApp = 'orders-weu.azurewebsites.net';

export const cases: readonly Case[] = [
  {
    name: 'the machines of both members are deallocated by their power state',
    evidence: { 'backend-health': silent, gateway, nics: nics('VM deallocated') },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'a schedule deallocated the only machine of a pool in the evening, and its interface ties it to the member',
    evidence: {
      'backend-health': alone,
      nics: nics(),
      'activity-log': activityLogJson([
        { at: '2026-09-13T06:00:10Z', operation: startMachine, resourceId: machineId('vm-ord-1'), caller: scheduler },
        { at: '2026-09-13T21:00:40Z', operation: deallocate, resourceId: machineId('VM-ORD-1'), caller: scheduler },
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'Azure will not show the effective rules of the interface that holds the address',
    evidence: {
      'backend-health': alone,
      nics: nics(),
      'effective-nsg': {
        error: {
          code: 'NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups',
          message: `Network Interface /subscriptions/0/resourceGroups/rg-app-weu/providers/Microsoft.Network/networkInterfaces/vm-ord-1-nic must be attached to a running VM to get effective security groups.`,
          details: [],
        },
      },
    },
    expect: 'confirmed',
  },
  {
    name: 'somebody stopped the web app that the pool names',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-site~https-443': [['app-shop-weu.azurewebsites.net', 'Unhealthy', invalidStatus(403)]],
      }),
      'activity-log': activityLogJson([
        {
          at: '2026-09-14T02:01:00Z',
          operation: 'Microsoft.Web/sites/stop/Action',
          resourceId: siteId('app-shop-weu'),
        },
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'a machine was deallocated just before the failures, and nothing says whose address it had',
    evidence: {
      'backend-health': alone,
      'access-log': accessLogJson([
        { ...target, times: 60, at: '2026-09-14T02:10:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
      ]),
      'activity-log': activityLogJson([
        { at: '2026-09-14T02:07:30Z', operation: deallocate, resourceId: machineId('vm-ord-1'), caller: scheduler },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'a scale set was stopped that holds the only member',
    evidence: {
      'backend-health': alone,
      nics: nicsJson([{ name: 'nic', address: '10.20.2.10', machine: `${scaleSetId('vmss-ord')}/virtualMachines/3` }]),
      'activity-log': activityLogJson([
        {
          at: '2026-09-14T02:07:30Z',
          operation: 'Microsoft.Compute/virtualMachineScaleSets/deallocate/action',
          resourceId: scaleSetId('vmss-ord'),
        },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the only machine was off for an hour, and by now everything is well again',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~orders-8080': [['10.20.2.10', 'Healthy', ANSWERED]] }),
      gateway,
      nics: nics(),
      'access-log': accessLogJson([
        { ...target, times: 90, at: '2026-09-14T00:31:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
        {
          ...target,
          times: 50,
          at: '2026-09-14T02:00:00Z',
          status: 200,
          serverStatus: '200',
          routed: '10.20.2.10:8080',
        },
      ]),
      'activity-log': activityLogJson([
        { at: '2026-09-14T00:30:20Z', operation: deallocate, resourceId: machineId('vm-ord-1'), caller: scheduler },
        { at: '2026-09-14T01:30:10Z', operation: startMachine, resourceId: machineId('vm-ord-1'), caller: scheduler },
      ]),
    },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'the machine was deallocated for the night and started again in the morning',
    evidence: {
      'backend-health': alone,
      nics: nics(),
      'activity-log': activityLogJson([
        { at: '2026-09-13T19:00:40Z', operation: deallocate, resourceId: machineId('vm-ord-1') },
        { at: '2026-09-14T01:30:10Z', operation: startMachine, resourceId: machineId('vm-ord-1') },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'another machine of the same network was deallocated',
    evidence: {
      'backend-health': alone,
      nics: nicsJson([
        { name: 'vm-ord-1-nic', address: '10.20.2.10', machine: machineId('vm-ord-1') },
        { name: 'vm-batch-nic', address: '10.20.2.40', machine: machineId('vm-batch') },
      ]),
      'activity-log': activityLogJson([
        { at: '2026-09-14T02:07:30Z', operation: deallocate, resourceId: machineId('vm-batch') },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'two networks use the same range, and only one of the two machines is off',
    evidence: {
      'backend-health': alone,
      nics: nicsJson([
        { name: 'vm-ord-1-nic', address: '10.20.2.10', machine: machineId('vm-ord-1'), powerState: 'VM running' },
        { name: 'vm-lab-nic', address: '10.20.2.10', machine: machineId('vm-lab'), powerState: 'VM deallocated' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'nothing is known but that the members are silent',
    evidence: { 'backend-health': silent, gateway },
    expect: 'possible',
  },
  {
    name: 'both machines run',
    evidence: { 'backend-health': silent, gateway, nics: nics('VM running') },
    expect: 'ruled-out',
  },
  {
    name: 'the member refuses connections from inside the network on one port and takes them on another',
    evidence: {
      'backend-health': alone,
      'probe-results': probeResultsJson([
        { member: '10.20.2.10', ...target, ports: portsJson(8080, { 22: 'open', 8080: 'refused' }), requests: [] },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the members answer their probes, though a machine of the group is off',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~orders-8080': [['10.20.2.10', 'Healthy', ANSWERED]] }),
      nics: nics('VM deallocated'),
    },
    expect: 'ruled-out',
  },
  {
    name: 'backend health did not come in time',
    evidence: { gateway, nics: nics('VM deallocated') },
    failed: { 'backend-health': 'No answer within 60 s.' },
    expect: 'inconclusive',
  },
  {
    name: 'the app that the pool names is stopped by its own state',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~orders-8080': [[webApp, 'Unhealthy', invalidStatus(403)]] }),
      'address-owners': appJson('orders-weu', 'Stopped'),
    },
    expect: 'confirmed',
  },
  {
    name: 'the app that the pool names is running, and forbids the probe',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~orders-8080': [[webApp, 'Unhealthy', invalidStatus(403)]] }),
      'address-owners': appJson('orders-weu', 'Running'),
    },
    expect: 'ruled-out',
  },
  {
    name: 'another app is stopped',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~orders-8080': [[webApp, 'Unhealthy', invalidStatus(403)]] }),
      'address-owners': appJson('orders-neu', 'Stopped'),
    },
    expect: 'possible',
  },
];
