import { expect, test } from '@jest/globals';
import { routeTable } from './index.ts';

const NET = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network';
const table = (name: string, routes: readonly unknown[]) => ({
  id: `${NET}/routeTables/${name}`,
  name,
  type: 'Microsoft.Network/routeTables',
  properties: {
    disableBgpRoutePropagation: true,
    routes,
    subnets: [{ id: `${NET}/virtualNetworks/v/subnets/gateway` }],
  },
});
const toFirewall = {
  name: 'all-to-firewall',
  properties: { addressPrefix: '0.0.0.0/0', nextHopType: 'VirtualAppliance', nextHopIpAddress: '10.9.0.4' },
};
const dropped = {
  name: 'drop',
  properties: { addressPrefix: '10.4.0.0/16', nextHopType: 'None', nextHopIpAddress: '' },
};
const read = (...documents: unknown[]) => routeTable.read(documents);

test('a table is read with its routes, its subnets and whether it keeps learned routes out', () => {
  expect(read(table('rt-a', [toFirewall, dropped]))).toEqual({
    state: 'ok',
    reading: {
      routeTables: [
        {
          id: `${NET}/routeTables/rt-a`,
          name: 'rt-a',
          subnetIds: [`${NET}/virtualNetworks/v/subnets/gateway`],
          disablesBgpPropagation: true,
          routes: [
            {
              name: 'all-to-firewall',
              prefixes: ['0.0.0.0/0'],
              nextHopType: 'VirtualAppliance',
              nextHopAddresses: ['10.9.0.4'],
              isActive: true,
            },
            { name: 'drop', prefixes: ['10.4.0.0/16'], nextHopType: 'None', nextHopAddresses: [], isActive: true },
          ],
        },
      ],
    },
  });
});

test.each([
  ['a list', [table('rt-a', [toFirewall]), table('rt-b', [])]],
  ['a page', { value: [table('rt-a', [toFirewall]), table('rt-b', [])] }],
  [
    'the names that PowerShell gives',
    [
      {
        Name: 'rt-a',
        Id: `${NET}/routeTables/rt-a`,
        DisableBgpRoutePropagation: true,
        Subnets: [{ Id: `${NET}/virtualNetworks/v/subnets/gateway` }],
        Routes: [
          {
            Name: 'all-to-firewall',
            AddressPrefix: '0.0.0.0/0',
            NextHopType: 'VirtualAppliance',
            NextHopIpAddress: '10.9.0.4',
          },
        ],
      },
      table('rt-b', []),
    ],
  ],
])('%s is the same', (_name, document) => {
  expect(routeTable.recognise(document)).toBe(true);
  expect(read(document)).toEqual(read(table('rt-a', [toFirewall]), table('rt-b', [])));
});

test('tables of other services, whose routes are made otherwise, are none', () => {
  const hub = {
    id: `${NET}/virtualHubs/h/hubRouteTables/t`,
    properties: { routes: [{ destinations: ['0.0.0.0/0'] }] },
  };
  const front = { id: `${NET}/frontDoors/f`, properties: { routes: [] } };
  expect([hub, front, { routes: [] }].map((document) => routeTable.recognise(document))).toEqual([false, false, false]);
});

test('a route that cannot be read costs its table', () => {
  const broken = { name: 'odd', properties: { nextHopType: 'VirtualAppliance' } };
  expect(read([table('rt-a', [toFirewall, broken]), table('rt-b', [])])).toMatchObject({
    state: 'ok',
    reason: 'some routes could not be read, so these tables were left out: rt-a',
    reading: { routeTables: [{ name: 'rt-b' }] },
  });
  expect(read(table('rt-a', [broken])).state).toBe('failed');
  expect(read([])).toEqual({ state: 'empty', reason: 'the answer lists no route table', reading: {} });
});
