import { describe, expect, test } from '@jest/globals';
import { resourceIn, subnetIn } from './resource-ids.ts';

const GROUP = '/subscriptions/5a1f0f7c-6f0e-4a56-9c57-1d2a4be9d101/resourceGroups/rg-App_(1)';
const NIC = `${GROUP}/providers/Microsoft.Network/networkInterfaces/nic-1`;
const SET = `${GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-1`;

describe('resourceIn', () => {
  test('reads the resource out of the id of something inside it', () => {
    expect(resourceIn(`${NIC}/ipConfigurations/ipconfig1`, 'networkInterfaces')).toEqual({
      id: NIC,
      subscription: '5a1f0f7c-6f0e-4a56-9c57-1d2a4be9d101',
      resourceGroup: 'rg-App_(1)',
      name: 'nic-1',
    });
    expect(resourceIn(NIC.toUpperCase(), 'networkInterfaces')?.name).toBe('NIC-1');
  });

  test('an interface of a scale-set instance is one of the set, and no interface of its own', () => {
    const inside = `${SET}/virtualMachines/0/networkInterfaces/nic`;
    expect(resourceIn(inside, 'networkInterfaces')).toBeUndefined();
    expect(resourceIn(inside, 'virtualMachineScaleSets')).toMatchObject({ id: SET, name: 'vmss-1' });
  });

  test.each([
    '',
    'nic-1',
    GROUP,
    `${NIC}'`,
    `${NIC} or 1`,
    `/subscriptions/a'b${NIC.slice(15)}`,
    `${GROUP}/providers/x/y`,
  ])('%j is none', (id) => {
    expect(resourceIn(id, 'networkInterfaces')).toBeUndefined();
  });
});

describe('subnetIn', () => {
  test('reads network and subnet', () => {
    const id = `${GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-1/subnets/snet-1`;
    expect(subnetIn(id)).toMatchObject({ id, network: 'vnet-1', name: 'snet-1', resourceGroup: 'rg-App_(1)' });
    expect(subnetIn(`${id}/ipConfigurations/x`)?.id).toBe(id);
  });

  test.each([NIC, `${GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-1`, 'snet-1'])('%j is none', (id) => {
    expect(subnetIn(id)).toBeUndefined();
  });
});
