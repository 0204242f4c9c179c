import { describe, expect, test } from '@jest/globals';
import { effectiveRoutes } from './index.ts';

const NIC = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/nic-a';
const local = {
  source: 'Default',
  state: 'Active',
  addressPrefix: ['10.0.0.0/16'],
  nextHopType: 'VnetLocal',
  nextHopIpAddress: [],
};
const toFirewall = {
  name: 'all-to-firewall',
  source: 'User',
  state: 'Active',
  addressPrefix: ['0.0.0.0/0'],
  nextHopType: 'VirtualAppliance',
  nextHopIpAddress: ['10.9.0.4'],
  disableBgpRoutePropagation: false,
};
const overridden = { ...local, state: 'Invalid', addressPrefix: ['0.0.0.0/0'], nextHopType: 'Internet' };
const read = (...documents: unknown[]) => effectiveRoutes.read(documents);
const refusal = {
  error: { code: 'NicMustBeAttachedToRunningVmToGetEffectiveRoutes', message: `The interface ${NIC}.` },
};

const ROUTES = [
  { prefixes: ['10.0.0.0/16'], nextHopType: 'VnetLocal', nextHopAddresses: [], source: 'Default', isActive: true },
  { prefixes: ['0.0.0.0/0'], nextHopType: 'Internet', nextHopAddresses: [], source: 'Default', isActive: false },
  {
    name: 'all-to-firewall',
    prefixes: ['0.0.0.0/0'],
    nextHopType: 'VirtualAppliance',
    nextHopAddresses: ['10.9.0.4'],
    source: 'User',
    isActive: true,
  },
];

test('every route is kept, also one that another overrides', () => {
  expect(read({ value: [local, overridden, toFirewall] })).toEqual({
    state: 'ok',
    reading: { effectiveRoutes: [{ routes: ROUTES }] },
  });
});

test.each([
  ['a bare list', [local, overridden, toFirewall]],
  [
    'PowerShell',
    [local, overridden, toFirewall].map((route) =>
      Object.fromEntries(Object.entries(route).map(([key, value]) => [key[0]?.toUpperCase() + key.slice(1), value])),
    ),
  ],
  [
    'a text for a list of one',
    [local, overridden, { ...toFirewall, addressPrefix: '0.0.0.0/0', nextHopIpAddress: '10.9.0.4' }],
  ],
])('%s is the same', (_name, document) => {
  expect(effectiveRoutes.recognise(document)).toBe(true);
  expect(read(document).reading.effectiveRoutes).toEqual([{ routes: ROUTES }]);
});

test('a lone route is a table of one', () => {
  expect(effectiveRoutes.recognise(toFirewall)).toBe(true);
  expect(read(toFirewall).reading.effectiveRoutes).toEqual([{ routes: [ROUTES[2]] }]);
});

test('the interface is told where it was noted beside the answer, and its last answer stands', () => {
  const { reading } = read(
    [
      { nicId: NIC, value: [local] },
      { nicId: `${NIC}-b`, value: [local] },
    ],
    {
      nicId: NIC.toUpperCase(),
      value: [local, toFirewall],
    },
  );
  expect(reading.effectiveRoutes?.map(({ nicId, routes }) => [nicId, routes.length])).toEqual([
    [NIC.toUpperCase(), 2],
    [`${NIC}-b`, 1],
  ]);
});

describe('what cannot be read', () => {
  test('spoils its table, since that route may be the one that decides', () => {
    for (const broken of [{ addressPrefix: [] }, { nextHopType: null }, { addressPrefix: 7, nextHopType: {} }]) {
      const { state, reading } = read({ value: [local, { ...toFirewall, ...broken }] });
      expect({ state, reading }).toEqual({ state: 'failed', reading: {} });
    }
    expect(read({ value: [local] }, { value: [local, 'torn'] })).toMatchObject({
      state: 'ok',
      reason: '1 of 2 answers hold entries that could not be read',
      reading: { effectiveRoutes: [{ routes: [{}] }] },
    });
  });

  test('says why: the machine is stopped', () => {
    expect(effectiveRoutes.recognise(refusal)).toBe(true);
    expect(read(refusal)).toEqual({
      state: 'failed',
      reason:
        'NicMustBeAttachedToRunningVmToGetEffectiveRoutes: the network interface nic-a is not attached to a running virtual machine',
      reading: {},
    });
  });

  test('an empty table is empty, and no reading', () => {
    expect(read({ value: [] })).toEqual({ state: 'empty', reason: 'the answer lists no route', reading: {} });
    expect(read({ routes: 1 }).reason).toBe('the answer does not have the shape of effective routes');
  });
});
