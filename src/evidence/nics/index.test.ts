import { describe, expect, test } from '@jest/globals';
import { nics } from './index.ts';

const RG = '/subscriptions/s1/resourceGroups/rg/providers';
const SUBNET = `${RG}/Microsoft.Network/virtualNetworks/v/subnets/backend`;
const VM = `${RG}/Microsoft.Compute/virtualMachines/vm-a`;
const nic = (name: string, addresses: readonly string[], more: object = {}) => ({
  id: `${RG}/Microsoft.Network/networkInterfaces/${name}`,
  name,
  type: 'Microsoft.Network/networkInterfaces',
  properties: {
    ipConfigurations: addresses.map((privateIPAddress, index) => ({
      name: `ip${index}`,
      properties: { privateIPAddress, subnet: { id: SUBNET } },
    })),
    ...more,
  },
});
const attached = nic('nic-a', ['10.1.0.4', '10.1.0.5'], {
  virtualMachine: { id: VM },
  networkSecurityGroup: { id: `${RG}/Microsoft.Network/networkSecurityGroups/nsg-a` },
});
const read = (...documents: unknown[]) => nics.read(documents);
const only = (document: unknown) => read(document).reading.interfaces?.[0];

test('an interface is read with its addresses and what it belongs to', () => {
  expect(read([attached])).toEqual({
    state: 'ok',
    reading: {
      interfaces: [
        {
          id: attached.id,
          name: 'nic-a',
          addresses: ['10.1.0.4', '10.1.0.5'],
          subnetIds: [SUBNET],
          securityGroupId: `${RG}/Microsoft.Network/networkSecurityGroups/nsg-a`,
          machineId: VM,
        },
      ],
    },
  });
});

test('one that is attached to nothing has no machine', () => {
  expect(only(nic('nic-b', ['10.1.0.9']))).not.toHaveProperty('machineId');
});

test('one of a private endpoint says so', () => {
  const id = `${RG}/Microsoft.Network/privateEndpoints/pe`;
  expect(only(nic('pe.nic', ['10.1.0.7'], { privateEndpoint: { id } }))?.privateEndpointId).toBe(id);
});

test('one of a private endpoint stands for the names of its configurations, and tells its region', () => {
  const properties = (fqdns: readonly string[]) => ({
    privateIPAddress: '10.1.0.7',
    privateLinkConnectionProperties: { groupId: 'sites', fqdns },
  });
  const shown = {
    ...nic('pe.nic', []),
    location: 'westeurope',
    properties: {
      ipConfigurations: [
        { name: 'a', properties: properties(['shop.azurewebsites.net', 'shop.scm.azurewebsites.net']) },
        { name: 'b', ...properties(['shop.azurewebsites.net']) },
      ],
    },
  };
  expect(only(shown)).toMatchObject({
    addresses: ['10.1.0.7'],
    fqdns: ['shop.azurewebsites.net', 'shop.scm.azurewebsites.net'],
    location: 'westeurope',
  });
  expect(only(nic('nic-b', ['10.1.0.9']))).not.toHaveProperty('fqdns');
});

test('one of a scale-set instance belongs to the instance, also where no type and no machine are shown', () => {
  const instance = `${RG}/Microsoft.Compute/virtualMachineScaleSets/set/virtualMachines/3`;
  const { type: _type, ...shown } = { ...nic('nic-a', ['10.1.0.6']), id: `${instance}/networkInterfaces/nic-a` };
  expect(nics.recognise({ value: [shown] })).toBe(true);
  expect(only({ value: [shown] })?.machineId).toBe(instance);
});

test('rows of Resource Graph are read among rows of other kinds', () => {
  const row = { ...attached, type: 'microsoft.network/networkinterfaces', resourceGroup: 'rg' };
  const machine = { id: VM, name: 'vm-a', type: 'microsoft.compute/virtualmachines', properties: {} };
  for (const document of [
    { totalRecords: 2, count: 2, data: [machine, row] },
    { Data: [machine, row] },
    [machine, row],
    [{ data: [machine] }, { data: [row] }],
  ]) {
    expect(nics.recognise(document)).toBe(true);
    expect(read(document)).toEqual(read([attached]));
  }
});

test('more rows than were read are told', () => {
  expect(read({ count: 1, data: [attached], skip_token: 'abc', total_records: 2_000 }).reason).toBe(
    'the list goes on after the page that was read',
  );
});

describe('the power state', () => {
  test.each([
    [{ powerState: 'VM deallocated' }, 'deallocated'],
    [{ powerState: 'PowerState/Running' }, 'running'],
    [
      { instanceView: { statuses: [{ code: 'ProvisioningState/succeeded' }, { code: 'PowerState/stopped' }] } },
      'stopped',
    ],
    [{ extended: { instanceView: { powerState: { code: 'PowerState/deallocated' } } } }, 'deallocated'],
    [{ instanceView: { statuses: [{ code: 'ProvisioningState/succeeded' }] } }, undefined],
    [{ powerState: '<b>' }, undefined],
    [{}, undefined],
  ])('of %j is %s', (more, expected) => {
    expect(only({ ...attached, properties: { ...attached.properties, ...more } })?.powerState).toBe(expected);
    expect(only({ ...attached, ...more })?.powerState).toBe(expected);
  });

  test('is kept where the interface is read again without it', () => {
    const again = { ...attached, id: attached.id.toUpperCase() };
    const { interfaces } = read([{ ...attached, powerState: 'VM running' }], [again]).reading;
    expect(interfaces?.map(({ powerState }) => powerState)).toEqual(['running']);
  });
});

test('what has IP configurations and is no interface is left alone', () => {
  const gateway = {
    id: `${RG}/Microsoft.Network/virtualNetworkGateways/g`,
    type: 'Microsoft.Network/virtualNetworkGateways',
    properties: { ipConfigurations: [{}] },
  };
  const configuration = { id: `${attached.id}/ipConfigurations/ip0`, properties: { privateIPAddress: '10.1.0.4' } };
  const reference = { id: attached.id };
  expect([gateway, configuration, reference, [reference]].map((document) => nics.recognise(document))).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(read(gateway).reason).toBe('the answer does not have the shape of a network interface');
  expect(read({ value: [] })).toEqual({ state: 'empty', reason: 'the answer lists no network interface', reading: {} });
});
