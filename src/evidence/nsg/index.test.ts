import { describe, expect, test } from '@jest/globals';
import { nsg } from './index.ts';

const NET = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network';
const rule = (name: string, properties: object) => ({
  name,
  id: `${NET}/networkSecurityGroups/nsg-a/securityRules/${name}`,
  properties: {
    provisioningState: 'Succeeded',
    protocol: '*',
    sourcePortRange: '*',
    destinationPortRange: '*',
    sourceAddressPrefix: '*',
    destinationAddressPrefix: '*',
    access: 'Deny',
    priority: 65500,
    direction: 'Inbound',
    sourcePortRanges: [],
    destinationPortRanges: [],
    sourceAddressPrefixes: [],
    destinationAddressPrefixes: [],
    ...properties,
  },
});
const group = (name: string, rules: readonly unknown[], more: object = {}) => ({
  id: `${NET}/networkSecurityGroups/${name}`,
  name,
  type: 'Microsoft.Network/networkSecurityGroups',
  location: 'westeurope',
  properties: {
    securityRules: rules,
    defaultSecurityRules: [rule('DenyAllInBound', {})],
    subnets: [{ id: `${NET}/virtualNetworks/v/subnets/gateway` }],
    networkInterfaces: [{ id: `${NET}/networkInterfaces/nic-a` }],
    ...more,
  },
});
const web = rule('web', {
  protocol: 'Tcp',
  access: 'Allow',
  priority: 100,
  destinationPortRange: undefined,
  destinationPortRanges: ['80', '8000-8100'],
  sourceAddressPrefix: undefined,
  sourceApplicationSecurityGroups: [{ id: `${NET}/applicationSecurityGroups/asg-front` }],
});
const read = (...documents: unknown[]) => nsg.read(documents);

test('a group is read with its own and the default rules, and what it applies to', () => {
  expect(read(group('nsg-a', [web]))).toEqual({
    state: 'ok',
    reading: {
      securityGroups: [
        {
          id: `${NET}/networkSecurityGroups/nsg-a`,
          name: 'nsg-a',
          subnetIds: [`${NET}/virtualNetworks/v/subnets/gateway`],
          nicIds: [`${NET}/networkInterfaces/nic-a`],
          rules: [
            {
              name: 'web',
              direction: 'inbound',
              access: 'allow',
              priority: 100,
              protocol: 'tcp',
              sources: [`asg:${NET}/applicationSecurityGroups/asg-front`],
              destinations: ['*'],
              destinationPorts: ['80', '8000-8100'],
              group: 'nsg-a',
            },
            {
              name: 'DenyAllInBound',
              direction: 'inbound',
              access: 'deny',
              priority: 65500,
              protocol: '*',
              sources: ['*'],
              destinations: ['*'],
              destinationPorts: ['*'],
              group: 'nsg-a',
            },
          ],
        },
      ],
    },
  });
});

test.each([
  ['a list', [group('nsg-a', [web]), group('nsg-b', [])]],
  ['a page', { value: [group('nsg-a', [web]), group('nsg-b', [])] }],
  ['rows of Resource Graph', { count: 2, data: [group('nsg-a', [web]), group('nsg-b', [])], skip_token: null }],
  ['two pages', [{ value: [group('nsg-a', [web])] }, { value: [group('nsg-b', [])] }]],
])('%s of groups is the same', (_name, document) => {
  expect(nsg.recognise(document)).toBe(true);
  expect(read(document)).toEqual(read(group('nsg-a', [web]), group('nsg-b', [])));
});

test('one group in two documents stands once, whatever the case of its id', () => {
  const again = { ...group('nsg-a', []), id: `${NET}/networkSecurityGroups/nsg-a`.toUpperCase() };
  expect(read(group('nsg-a', [web]), again).reading.securityGroups?.map(({ rules }) => rules.length)).toEqual([1]);
});

describe('what cannot be read', () => {
  test('a rule in words that nobody knows costs its group, and the others stay', () => {
    const { state, reason, reading } = read([group('nsg-a', [rule('odd', { access: 'Maybe' })]), group('nsg-b', [])]);
    expect(state).toBe('ok');
    expect(reason).toBe('some rules could not be read, so these groups were left out: nsg-a');
    expect(reading.securityGroups?.map(({ name }) => name)).toEqual(['nsg-b']);
  });

  test('rules that PowerShell cut off at its depth are none', () => {
    const cut = {
      Name: 'nsg-a',
      SecurityRules: ['Microsoft.Azure.Commands.Network.Models.PSSecurityRule'],
      DefaultSecurityRules: [],
    };
    expect(read(cut)).toMatchObject({ state: 'failed', reading: {} });
  });

  test('a page of several tells that it is not all', () => {
    expect(
      read({ value: [group('nsg-a', [])], nextLink: 'https://management.azure.com/x?$skiptoken=y' }),
    ).toMatchObject({
      state: 'ok',
      reason: 'the list goes on after the page that was read',
    });
  });

  test('no group is empty, and something else is failed', () => {
    expect(read({ value: [] })).toEqual({ state: 'empty', reason: 'the answer lists no security group', reading: {} });
    expect(read({ error: { code: 'ResourceNotFound', message: 'x' } }).reason).toBe(
      'the service answered with an error (ResourceNotFound)',
    );
    expect(read({ id: `${NET}/networkSecurityGroups/nsg-a` }).reason).toBe(
      'the answer does not have the shape of a network security group',
    );
  });
});
