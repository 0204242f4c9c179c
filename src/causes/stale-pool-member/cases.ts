import { ANSWERED, CANNOT_CONNECT, invalidStatus, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { activityLogJson, machineId, nicsJson, portsJson, probeResultsJson, scaleSetId } from '../case-members.ts';
import { balancersJson } from '../case-network.ts';

const target = { pool: 'pool-web', setting: 'web-80' };
const sketch = {
  pools: { 'pool-web': ['10.20.5.4', '10.20.5.5'] },
  settings: { 'web-80': { port: 80 } },
  routes: [['pool-web', 'web-80']],
} as const;
const gateway = gatewayJson(sketch);
const health = backendHealthJson({
  'pool-web~web-80': [
    ['10.20.5.4', 'Unhealthy', TIMED_OUT],
    ['10.20.5.5', 'Unhealthy', TIMED_OUT],
  ],
});
const alone = backendHealthJson({ 'pool-web~web-80': [['10.20.5.4', 'Unhealthy', CANNOT_CONNECT]] });
const instance = (number: number) => `${scaleSetId('vmss-web')}/virtualMachines/${number}`;
const rebuiltSet = nicsJson([
  { name: 'nic-web', address: '10.20.5.8', machine: instance(2) },
  { name: 'nic-web', address: '10.20.5.9', machine: instance(3) },
]);
const noAnswer = (member: string) => ({
  member,
  ...target,
  ports: portsJson(80, { 80: 'silent', 443: 'silent', 8080: 'silent' }),
  requests: [],
});
const deleteSet = {
  at: '2026-09-14T01:52:00Z',
  operation: 'Microsoft.Compute/virtualMachineScaleSets/delete',
  resourceId: scaleSetId('vmss-web'),
};
const failing = accessLogJson([
  { ...target, times: 60, at: '2026-09-14T01:56:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
]);

export const cases: readonly Case[] = [
  {
    name: 'the scale set was deleted and made anew, and its instances have addresses that the pool does not hold',
    evidence: { 'backend-health': health, gateway, nics: rebuiltSet, 'activity-log': activityLogJson([deleteSet]) },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'nothing answers at the two addresses, and two instances stand beside them that no pool holds',
    evidence: {
      'backend-health': health,
      gateway,
      nics: rebuiltSet,
      'probe-results': probeResultsJson([noAnswer('10.20.5.4'), noAnswer('10.20.5.5')]),
    },
    expect: 'confirmed',
  },
  {
    name: 'a machine was deployed again under its name and came up with another address',
    evidence: {
      'backend-health': alone,
      gateway: gatewayJson({ ...sketch, pools: { 'pool-web': ['10.20.5.4'] } }),
      nics: nicsJson([{ name: 'vm-web-1-nic', address: '10.20.5.7', machine: machineId('vm-web-1') }]),
      'activity-log': activityLogJson([
        {
          at: '2026-09-14T01:40:00Z',
          operation: 'Microsoft.Compute/virtualMachines/delete',
          resourceId: machineId('vm-web-1'),
        },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the interfaces of the range are known, and nobody has the two addresses',
    evidence: { 'backend-health': health, gateway, nics: rebuiltSet },
    expect: 'likely',
  },
  {
    name: 'one address is nobody’s, among the nodes of a cluster, whose load balancer would not be listed',
    evidence: {
      'backend-health': alone,
      gateway,
      nics: nicsJson([
        { name: 'nic', address: '10.20.5.20', machine: `${scaleSetId('aks-nodes')}/virtualMachines/0` },
        { name: 'nic', address: '10.20.5.21', machine: `${scaleSetId('aks-nodes')}/virtualMachines/1` },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'machines were deleted a few minutes before the first failure, and no interface was read',
    evidence: {
      'backend-health': health,
      gateway,
      'access-log': failing,
      'activity-log': activityLogJson([deleteSet]),
    },
    expect: 'likely',
  },
  {
    name: 'the address is still kept by an interface that no machine uses',
    evidence: {
      'backend-health': alone,
      gateway,
      nics: nicsJson([{ name: 'vm-old-nic', address: '10.20.5.4' }]),
    },
    expect: 'likely',
  },
  {
    name: 'one of two machines was taken away for good, and the other one still answers',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~web-80': [
          ['10.20.5.4', 'Healthy', ANSWERED],
          ['10.20.5.5', 'Unhealthy', TIMED_OUT],
        ],
      }),
      gateway,
      nics: nicsJson([{ name: 'vm-web-1-nic', address: '10.20.5.4', machine: machineId('vm-web-1') }]),
    },
    expect: 'likely',
    scope: { members: ['10.20.5.5'] },
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'an ingress controller writes the pool',
    evidence: {
      'backend-health': health,
      gateway: gatewayJson({ ...sketch, tags: { 'managed-by-k8s-ingress': 'ingress-azure-1.7' } }),
      nics: rebuiltSet,
    },
    expect: 'possible',
  },
  {
    name: 'only interfaces of another range are known',
    evidence: {
      'backend-health': health,
      gateway,
      nics: nicsJson([{ name: 'vm-ops-nic', address: '10.99.0.4', machine: machineId('vm-ops') }]),
    },
    expect: 'possible',
  },
  {
    name: 'the members are silent, and nothing else was read',
    evidence: { 'backend-health': health, gateway },
    expect: 'possible',
  },
  {
    name: 'both addresses belong to machines',
    evidence: {
      'backend-health': health,
      gateway,
      nics: nicsJson([
        { name: 'vm-web-1-nic', address: '10.20.5.4', machine: machineId('vm-web-1') },
        { name: 'vm-web-2-nic', address: '10.20.5.5', machine: machineId('vm-web-2') },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the scale set was rebuilt and the pool followed it, but the machines serve on another port',
    evidence: {
      'backend-health': health,
      gateway,
      nics: nicsJson([
        { name: 'nic-web', address: '10.20.5.4', machine: instance(2) },
        { name: 'nic-web', address: '10.20.5.5', machine: instance(3) },
      ]),
      'activity-log': activityLogJson([deleteSet]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the members answer, with the wrong status',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~web-80': [
          ['10.20.5.4', 'Unhealthy', invalidStatus(500)],
          ['10.20.5.5', 'Healthy', ANSWERED],
        ],
      }),
      nics: rebuiltSet,
    },
    expect: 'ruled-out',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'backend health did not come in time',
    evidence: { gateway, nics: rebuiltSet },
    failed: { 'backend-health': 'No answer within 60 s.' },
    expect: 'inconclusive',
  },
  {
    name: 'the address is the frontend of a load balancer, among machines that no pool holds',
    evidence: {
      'backend-health': alone,
      gateway,
      nics: rebuiltSet,
      'address-owners': balancersJson({ 'kubernetes-internal': '10.20.5.4' }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'a load balancer of the network has another address',
    evidence: {
      'backend-health': alone,
      gateway,
      nics: rebuiltSet,
      'address-owners': balancersJson({ 'lb-web': '10.20.5.40' }),
    },
    expect: 'likely',
  },
  {
    name: 'one of the two addresses is that of a load balancer, and the other one is nobody’s',
    evidence: {
      'backend-health': health,
      gateway,
      nics: rebuiltSet,
      'address-owners': balancersJson({ 'lb-web': '10.20.5.4' }),
    },
    expect: 'likely',
    scope: { ...target, members: ['10.20.5.5'] },
  },
];
