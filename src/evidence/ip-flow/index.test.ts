import { expect, test } from '@jest/globals';
import { ipFlow } from './index.ts';

const NIC = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/n';
const read = (...documents: readonly unknown[]) => ipFlow.read(documents);

test('a verdict with what was asked beside it', () => {
  const asked = {
    targetResourceId: 'vm',
    targetNicResourceId: NIC,
    direction: 'Inbound',
    localIPAddress: '10.1.0.4',
    localPort: '8080',
    remoteIPAddress: '10.0.1.4',
    gatewaySubnetId: 'subnet',
  };
  expect(read({ access: 'Deny', ruleName: 'securityRules/web', asked }).reading.pathTests).toEqual({
    flows: [
      {
        nicId: NIC,
        machineId: 'vm',
        localAddress: '10.1.0.4',
        remoteAddress: '10.0.1.4',
        gatewaySubnetId: 'subnet',
        direction: 'inbound',
        localPort: 8080,
        access: 'deny',
        rule: 'web',
      },
    ],
    hops: [],
  });
});

test('a verdict as the command line prints it says nothing of what was asked', () => {
  expect(read({ access: 'Allow', ruleName: 'defaultSecurityRules/AllowVnetInBound' }).reading.pathTests?.flows).toEqual(
    [{ access: 'allow', rule: 'AllowVnetInBound' }],
  );
});

test('a next hop has a table only where a route of one took it', () => {
  const hops = read(
    { nextHopType: 'VirtualAppliance', nextHopIpAddress: '10.9.0.4', routeTableId: '/subscriptions/s1/rt' },
    { nextHopType: 'VnetLocal', routeTableId: 'System Route' },
  ).reading.pathTests?.hops;
  expect(hops).toEqual([
    { nextHopType: 'VirtualAppliance', nextHopAddress: '10.9.0.4', routeTableId: '/subscriptions/s1/rt' },
    { nextHopType: 'VnetLocal' },
  ]);
});

test('rules and routes are not taken for it', () => {
  const others = [
    { name: 'web', access: 'Deny', priority: 100, direction: 'Inbound', ruleName: 'x' },
    { name: 'r', nextHopType: 'None', addressPrefix: '10.0.0.0/8' },
    { source: 'User', state: 'Active', nextHopType: 'None', addressPrefix: ['10.0.0.0/8'] },
    { access: 'Deny' },
    { access: 'Perhaps', ruleName: 'x' },
  ];
  expect(others.map((document) => ipFlow.recognise(document))).toEqual([false, false, false, false, false]);
  expect(read(...others)).toMatchObject({ state: 'failed', reading: {} });
});
