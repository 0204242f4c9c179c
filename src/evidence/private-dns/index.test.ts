import { describe, expect, test } from '@jest/globals';
import { privateDns } from './index.ts';
import { privateDnsQuery, zonesFor } from './query.ts';

const NET = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network';
const ZONE = `${NET}/privateDnsZones/corp.example`;
const NETWORK = `${NET}/virtualNetworks/v`;
const zone = { id: ZONE, name: 'corp.example', type: 'Microsoft.Network/privateDnsZones', numberOfRecordSets: 3 };
const link = (resolutionPolicy?: string) => ({
  id: `${ZONE}/virtualNetworkLinks/l`,
  type: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
  virtualNetwork: { id: NETWORK },
  ...(resolutionPolicy === undefined ? {} : { resolutionPolicy }),
});
const read = (...documents: readonly unknown[]) => privateDns.read(documents);
const zonesOf = (...documents: readonly unknown[]) => read(...documents).reading.privateDns?.zones;

describe('what the command line prints, a file for each list', () => {
  test('zones alone tell of no links and no records', () => {
    expect(zonesOf([zone])).toEqual([{ id: ZONE, name: 'corp.example' }]);
  });

  test('links and records are put to their zone, whatever the case of its id', () => {
    const records = [
      { id: `${ZONE}/A/API`, name: 'API', aRecords: [{ ipv4Address: '10.0.0.4' }, { ipv4Address: '10.0.0.5' }] },
      { id: `${ZONE}/AAAA/six`, name: 'six', aaaaRecords: [{ ipv6Address: 'fd00::4' }] },
      { id: `${ZONE}/CNAME/www`, name: 'www', cnameRecord: { cname: 'api.corp.example' } },
      { id: `${ZONE}/SOA/@`, name: '@', soaRecord: {} },
    ];
    expect(zonesOf([{ ...zone, id: ZONE.toLowerCase() }], [link('NxDomainRedirect')], records)).toMatchObject([
      {
        name: 'corp.example',
        links: [{ networkId: NETWORK, fallsBack: true }],
        records: [
          { name: 'api', type: 'A', values: ['10.0.0.4', '10.0.0.5'] },
          { name: 'six', type: 'AAAA', values: ['fd00::4'] },
          { name: 'www', type: 'CNAME', values: ['api.corp.example'] },
        ],
      },
    ]);
  });

  test('a zone of which only a link was sent is known by it', () => {
    expect(zonesOf(link())).toMatchObject([{ name: 'corp.example', links: [{ fallsBack: false }] }]);
  });
});

describe('what Resource Graph answered', () => {
  const whole = (data: readonly unknown[]) => ({ data, asked: { isWhole: true } });

  test('a zone that shows no link and no record has none', () => {
    expect(zonesOf(whole([zone]))).toMatchObject([{ links: [], records: [] }]);
  });

  test('that there is nothing is an answer', () => {
    expect(read(whole([]))).toMatchObject({ state: 'empty', reading: { privateDns: { zones: [], endpoints: [] } } });
    expect(read({ data: [] })).toMatchObject({ state: 'empty', reading: {} });
  });

  test('an endpoint has the names of its configuration, its target, and the state of its connection', () => {
    const endpoint = {
      id: `${NET}/privateEndpoints/pe`,
      type: 'microsoft.network/privateendpoints',
      properties: {
        customDnsConfigs: [{ fqdn: 'shop.azurewebsites.net', ipAddresses: ['10.0.0.7'] }],
        networkInterfaces: [{ id: `${NET}/networkInterfaces/pe.nic` }],
        manualPrivateLinkServiceConnections: [
          { properties: { privateLinkServiceId: 'target', privateLinkServiceConnectionState: { status: 'Pending' } } },
        ],
      },
    };
    expect(read(whole([endpoint])).reading.privateDns?.endpoints).toEqual([
      {
        id: endpoint.id,
        name: 'pe',
        fqdns: ['shop.azurewebsites.net'],
        addresses: ['10.0.0.7'],
        interfaceIds: [`${NET}/networkInterfaces/pe.nic`],
        targetId: 'target',
        state: 'Pending',
      },
    ]);
  });
});

describe('the query', () => {
  test('asks for every zone that can hold a name, that of private endpoints included', () => {
    expect(zonesFor('a.b.example.net')).toEqual([
      'a.b.example.net',
      'b.example.net',
      'privatelink.b.example.net',
      'example.net',
      'privatelink.example.net',
    ]);
    expect(zonesFor('shop.privatelink.example.net')).not.toContain('privatelink.privatelink.example.net');
  });

  test('begins with its marker, and takes in nothing but names and ids', () => {
    const clean = privateDnsQuery(['shop.example'], [NETWORK]);
    expect(clean.split('\n')[0]).toBe('// appgw-triage: private-dns v1');
    const hostile = ["x' or true", 'a b.example', '10.0.0.4', "shop.example'", 'a\\b.example', ''];
    expect(privateDnsQuery([...hostile, 'shop.example'], [`${NETWORK}' or true`, NETWORK])).toBe(clean);
    expect(clean).toContain(`networkId in ('${NETWORK.toLowerCase()}')`);
  });

  test('is whole where there is nothing to ask, and bounded where there is much', () => {
    expect(privateDnsQuery([], [])).toContain("zone in ('')");
    const many = Array.from({ length: 2_000 }, (_, index) => `host-${index}.a.b.c.example`);
    expect(privateDnsQuery(many, []).length).toBeLessThan(30_000);
  });
});
