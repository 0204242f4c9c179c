import { expect, test } from '@jest/globals';
import { virtualNetwork } from './index.ts';

const NET = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network';
const ID = `${NET}/virtualNetworks/v`;
const read = (...documents: readonly unknown[]) => virtualNetwork.read(documents);
const network = (properties: Readonly<Record<string, unknown>>) => ({
  id: ID,
  name: 'v',
  type: 'Microsoft.Network/virtualNetworks',
  properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] }, ...properties },
});

test('a subnet has one range, or several in a list, and what hangs on it', () => {
  const { reading } = read(
    network({
      subnets: [
        { id: `${ID}/subnets/a`, properties: { addressPrefix: '10.0.1.0/24', routeTable: { id: 'rt' } } },
        { id: `${ID}/subnets/b`, name: 'b', properties: { addressPrefixes: ['10.0.2.0/24', 'fd00::/64'] } },
        { name: 'without an id' },
      ],
    }),
  );
  expect(reading.networks?.[0]?.subnets).toEqual([
    { id: `${ID}/subnets/a`, name: 'a', prefixes: ['10.0.1.0/24'], routeTableId: 'rt' },
    { id: `${ID}/subnets/b`, name: 'b', prefixes: ['10.0.2.0/24', 'fd00::/64'] },
  ]);
});

test('a network without DNS servers of its own has none', () => {
  for (const dhcpOptions of [undefined, null, {}, { dnsServers: [] }]) {
    expect(read(network({ dhcpOptions })).reading.networks?.[0]?.dnsServers).toEqual([]);
  }
});

test('the ranges that a peering routes are told from those that the other network has by now', () => {
  const peering = (properties: Readonly<Record<string, unknown>>) =>
    read(network({ virtualNetworkPeerings: [{ name: 'p', properties }] })).reading.networks?.[0]?.peerings[0];
  const [old, grown] = [{ addressPrefixes: ['10.8.0.0/16'] }, { addressPrefixes: ['10.8.0.0/16', '10.9.0.0/16'] }];
  expect(
    peering({
      peeringState: 'Connected',
      peeringSyncLevel: 'RemoteNotInSync',
      allowVirtualNetworkAccess: true,
      useRemoteGateways: false,
      remoteAddressSpace: old,
      remoteVirtualNetworkAddressSpace: grown,
    }),
  ).toEqual({
    name: 'p',
    state: 'Connected',
    syncLevel: 'RemoteNotInSync',
    remotePrefixes: ['10.8.0.0/16'],
    remotePrefixesNow: ['10.8.0.0/16', '10.9.0.0/16'],
    allowsAccess: true,
    usesRemoteGateways: false,
  });
  expect(peering({ remoteAddressSpace: old })?.remotePrefixesNow).toEqual(['10.8.0.0/16']);
});

test('a network twice is one network, and a page that is not the last says so', () => {
  const { state, reason, reading } = read({ value: [network({}), network({})], nextLink: 'https://example' });
  expect([state, reading.networks?.length]).toEqual(['ok', 1]);
  expect(reason).toBe('the list goes on after the page that was read');
});

test('what is no network is told from a list without one', () => {
  expect(read({ value: [] })).toMatchObject({ state: 'empty', reading: {} });
  expect(read({ id: ID, type: 'Microsoft.Network/virtualNetworks' })).toMatchObject({ state: 'failed', reading: {} });
  expect(virtualNetwork.recognise([{ id: `${ID}/subnets/a`, addressPrefix: '10.0.1.0/24' }])).toBe(false);
});
