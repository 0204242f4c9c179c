import { describe, expect, test } from '@jest/globals';
import { interfacesQuery, networkOfSubnet, scaleSetsQuery } from './query.ts';

const NETWORK = '/subscriptions/5a1f/resourcegroups/rg-net/providers/microsoft.network/virtualnetworks/vnet-1';
const HOSTILE = [
  "10.0.0.4'",
  "') | project secret //",
  '10.0.0.256',
  '10.0.0',
  '010.0.0.4',
  'fe80::1',
  'a.example',
  '',
  '10.0.0.4\n',
];

describe('the query for interfaces', () => {
  test('begins with its marker, names the members and their ranges, and is bounded', () => {
    const query = interfacesQuery(['10.0.1.4', '10.0.1.5', '10.0.2.6'], [], [NETWORK]);
    expect(query.split('\n')[0]).toBe('// appgw-triage: nics v1');
    expect(query).toContain("address in ('10.0.1.4', '10.0.1.5', '10.0.2.6')");
    expect(query.match(/startswith '10\.0\.1\.'/g)).toHaveLength(1);
    expect(query).toContain("startswith '10.0.2.'");
    expect(query).toContain('| limit 200');
    expect(query.match(/\bjoin\b/g)?.length).toBeLessThanOrEqual(3);
  });

  test('takes in nothing but addresses and ids', () => {
    const clean = interfacesQuery(['10.0.1.4'], ['shop.example'], [NETWORK]);
    const names = ["shop.example' or true", 'shop.example"', 'shop .example', '10.0.1.4', 'shop.example'];
    expect(interfacesQuery([...HOSTILE, '10.0.1.4'], names, [`${NETWORK}' or true`, "x'", NETWORK])).toBe(clean);
    expect(scaleSetsQuery([`${NETWORK}'`, NETWORK])).toBe(scaleSetsQuery([NETWORK]));
  });

  test('names a bounded number of addresses', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `10.${index >> 8}.${index & 255}.4`);
    expect(interfacesQuery(many, many, []).length).toBeLessThan(20_000);
  });

  test('a network that is peered is named to its end', () => {
    expect(interfacesQuery(['10.0.1.4'], [], [NETWORK])).toContain(`contains '${NETWORK}"'`);
  });
});

test('the interfaces of private endpoints are found by the names they stand for', () => {
  const query = interfacesQuery([], ['Shop-API.azurewebsites.net'], []);
  expect(query).toContain(`fqdns contains '"shop-api.azurewebsites.net"'`);
});

test('the network of a subnet', () => {
  expect(networkOfSubnet(`${NETWORK.toUpperCase()}/subnets/a`)).toBe(NETWORK);
  expect(networkOfSubnet('snet-1')).toBeUndefined();
});
