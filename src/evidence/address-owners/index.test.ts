import { describe, expect, test } from '@jest/globals';
import { addressOwners } from './index.ts';
import { ownersQuery } from './query.ts';

const RG = '/subscriptions/s1/resourceGroups/rg/providers';
const read = (...documents: readonly unknown[]) => addressOwners.read(documents);

test('of each type what it holds and what it answers to', () => {
  const documents = [
    {
      id: `${RG}/Microsoft.Network/loadBalancers/kubernetes-internal`,
      type: 'Microsoft.Network/loadBalancers',
      properties: { frontendIPConfigurations: [{ properties: { privateIPAddress: '10.1.0.9' } }, { name: 'public' }] },
    },
    {
      id: `${RG}/Microsoft.Network/azureFirewalls/fw`,
      type: 'microsoft.network/azurefirewalls',
      properties: { ipConfigurations: [{ properties: { privateIPAddress: '10.1.0.68' } }] },
    },
    {
      id: `${RG}/Microsoft.Network/publicIPAddresses/pip`,
      type: 'Microsoft.Network/publicIPAddresses',
      ipAddress: '203.0.113.7',
      dnsSettings: { fqdn: 'Shop.westeurope.cloudapp.azure.com' },
    },
    {
      id: `${RG}/Microsoft.Web/sites/shop`,
      type: 'Microsoft.Web/sites',
      state: 'Stopped',
      defaultHostName: 'shop.azurewebsites.net',
      hostNames: ['shop.azurewebsites.net', 'shop.contoso.com'],
      publicNetworkAccess: 'Disabled',
    },
    {
      id: `${RG}/Microsoft.Storage/storageAccounts/shopfiles`,
      type: 'Microsoft.Storage/storageAccounts',
      primaryEndpoints: {
        blob: 'https://shopfiles.blob.core.windows.net/',
        web: 'https://shopfiles.z6.web.core.windows.net/',
      },
    },
    {
      id: `${RG}/Microsoft.ContainerInstance/containerGroups/aci`,
      type: 'Microsoft.ContainerInstance/containerGroups',
      ipAddress: { ip: '10.1.3.4', type: 'Private' },
    },
  ];
  const owners = read(documents).reading.addressOwners ?? [];
  expect(owners.map(({ kind, addresses, names }) => [kind, ...addresses, ...names])).toEqual([
    ['load-balancer', '10.1.0.9'],
    ['firewall', '10.1.0.68'],
    ['public-address', '203.0.113.7', 'shop.westeurope.cloudapp.azure.com'],
    ['app', 'shop.azurewebsites.net', 'shop.contoso.com'],
    ['storage', 'shopfiles.blob.core.windows.net', 'shopfiles.z6.web.core.windows.net'],
    ['containers', '10.1.3.4'],
  ]);
  expect(owners[3]).toMatchObject({ state: 'Stopped', hasPublicAccess: false });
});

test('a reference to a load balancer is not one, and an empty answer is an answer', () => {
  const reference = { id: `${RG}/Microsoft.Network/loadBalancers/lb` };
  expect(addressOwners.recognise([reference])).toBe(false);
  expect(read({ data: [] })).toMatchObject({ state: 'empty', reading: { addressOwners: [] } });
  expect(read([reference])).toMatchObject({ state: 'failed', reading: {} });
});

describe('the query', () => {
  test('begins with its marker, and takes in nothing but addresses and names', () => {
    const clean = ownersQuery(['10.1.0.9'], ['shop.example']);
    expect(clean.split('\n')[0]).toBe('// appgw-triage: address-owners v1');
    expect(ownersQuery(["10.1.0.9'", '10.1.0.9', '10.1.0.999'], ["x' or true", 'shop.example', 'a b'])).toBe(clean);
    expect(clean).toContain(`text contains '"10.1.0.9"'`);
    expect(clean).toContain("text contains '//shop.example/'");
  });

  test('is bounded', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `10.${index >> 8}.${index & 255}.4`);
    expect(ownersQuery(many, []).length).toBeLessThan(20_000);
  });
});
