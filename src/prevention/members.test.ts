import { describe, expect, test } from '@jest/globals';
import { judged, shortOf } from '../../test/audited.ts';
import { backendHealthJson, gatewayJson, SUBSCRIPTION } from '../causes/case.ts';
import { machineId, nicsJson, scaleSetId } from '../causes/case-members.ts';
import { gatewaySubnet, networkJson, privateDnsJson } from '../causes/case-network.ts';
import { ANSWERED, CANNOT_CONNECT } from '../reasoning/probe-texts.ts';

const settings = { 'http-80': {} };
const gatewayWith = (pools: Readonly<Record<string, readonly string[]>>, tags = {}) =>
  gatewayJson({
    pools,
    settings,
    tags,
    routes: Object.keys(pools).map((pool) => [pool, 'http-80'] as const),
    properties: gatewaySubnet(),
  });
const network = networkJson({ prefixes: ['10.20.0.0/16'], subnets: { 'snet-agw': '10.20.0.0/24' } });
const noOwners = { data: [], count: 0 };
const vm = (name: string, address: string) => ({ name: `nic-${name}`, address, machine: machineId(name) });
const balancer = (name: string, address: string) => ({
  data: [
    {
      id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.Network/loadBalancers/${name}`,
      name,
      type: 'microsoft.network/loadbalancers',
      properties: { frontendIPConfigurations: [{ name: 'fe', properties: { privateIPAddress: address } }] },
    },
  ],
  count: 1,
});

describe('pool-without-members', () => {
  const check = 'pool-without-members';
  const full = { 'pool-a': ['10.20.4.4', '10.20.4.5'] };

  test('finds an empty pool that a rule leads to', () => {
    const found = judged(check, { gateway: gatewayWith({ ...full, 'pool-b': [] }) });
    expect(shortOf(found)).toEqual([['pool', 'now']]);
    expect(found.findings[0]?.scope.pool).toBe('pool-b');
  });

  test('is an outage where there is no other pool, once backend health shows that it is not a shortened copy', () => {
    const gateway = gatewayWith({ 'pool-b': [] });
    expect(judged(check, { gateway }).outcome).toBe('not-judged');
    const health = backendHealthJson({ 'pool-b~http-80': [] });
    expect(shortOf(judged(check, { gateway, 'backend-health': health }))).toEqual([['outage', 'now']]);
  });

  test('is content with members in backend health, with a pool nobody routes to, and with the last resort of a controller', () => {
    const filled = backendHealthJson({ 'pool-b~http-80': [['10.20.4.4', 'Healthy', ANSWERED]] });
    expect(judged(check, { gateway: gatewayWith({ 'pool-b': [] }), 'backend-health': filled }).outcome).toBe('clean');
    const unused = gatewayJson({ pools: { ...full, spare: [] }, settings, routes: [['pool-a', 'http-80']] });
    expect(judged(check, { gateway: unused }).outcome).toBe('clean');
    expect(judged(check, { gateway: gatewayWith({ ...full, defaultaddresspool: [] }) }).outcome).toBe('clean');
  });

  test('is not judged without the configuration', () => {
    expect(judged(check, {}, { failed: ['gateway'] })).toMatchObject({ outcome: 'not-judged', findings: [] });
  });
});

describe('single-member', () => {
  const check = 'single-member';
  const gateway = gatewayWith({ 'pool-a': ['10.20.4.4'] });

  test('finds the one machine of a pool', () => {
    const found = judged(check, { gateway, nics: nicsJson([vm('orders-1', '10.20.4.4')]) });
    expect(shortOf(found)).toEqual([['outage', 'someday']]);
    expect(found.findings[0]?.fix[0]?.undo).toContain('--servers 10.20.4.4');
  });

  test('is content with two machines, with a load balancer, a name and a public address', () => {
    const two = gatewayWith({ 'pool-a': ['10.20.4.4', '10.20.4.5'] });
    expect(judged(check, { gateway: two }).outcome).toBe('clean');
    expect(judged(check, { gateway, 'address-owners': balancer('lb-orders', '10.20.4.4') }).outcome).toBe('clean');
    for (const address of ['app-orders.azurewebsites.net', '20.50.60.70'])
      expect(judged(check, { gateway: gatewayWith({ 'pool-a': [address] }) }).outcome).toBe('clean');
  });

  test('does not take an address for a machine that nobody was asked about', () => {
    expect(judged(check, { gateway })).toMatchObject({ outcome: 'not-judged', findings: [] });
    const endpoint = nicsJson([{ name: 'pe-nic', address: '10.20.4.4', endpoint: 'pe-orders' }]);
    expect(judged(check, { gateway, nics: endpoint }).outcome).toBe('clean');
  });
});

describe('fixed-member-address', () => {
  const check = 'fixed-member-address';
  const gateway = gatewayWith({ 'pool-a': ['10.20.4.4', '10.20.4.5'] });
  const instances = nicsJson(
    ['10.20.4.4', '10.20.4.5'].map((address, index) => ({
      name: 'nic',
      address,
      machine: `${scaleSetId('vmss-orders')}/virtualMachines/${index}`,
    })),
  );

  test('finds instances of a scale set that are listed by hand', () => {
    const found = judged(check, { gateway, nics: instances });
    expect(shortOf(found)).toEqual([['outage', 'someday']]);
    expect(found.findings[0]?.scope.members).toEqual(['10.20.4.4', '10.20.4.5']);
  });

  test('finds the address of a private endpoint and of a cluster service', () => {
    const endpoint = nicsJson([
      { name: 'pe', address: '10.20.4.4', endpoint: 'pe-orders' },
      vm('orders-2', '10.20.4.5'),
    ]);
    expect(shortOf(judged(check, { gateway, nics: endpoint }))).toEqual([['requests', 'someday']]);
    const cluster = { gateway, 'address-owners': balancer('kubernetes-internal', '10.20.4.4') };
    expect(shortOf(judged(check, cluster))).toEqual([['hygiene', 'someday']]);
  });

  test('finds an address that nobody has, where everything around it was read and the gateway does not reach it', () => {
    const around = { gateway, 'virtual-network': network, 'address-owners': noOwners };
    const others = nicsJson([vm('orders-3', '10.20.4.6')]);
    const down = backendHealthJson({
      'pool-a~http-80': [
        ['10.20.4.4', 'Unhealthy', CANNOT_CONNECT],
        ['10.20.4.5', 'Unhealthy', CANNOT_CONNECT],
      ],
    });
    const found = judged(check, { ...around, nics: others, 'backend-health': down });
    expect(shortOf(found)).toEqual([['outage', 'now']]);
    // Somebody answers there, so the list of interfaces is not the whole truth: another subscription, a cluster.
    const up = backendHealthJson({ 'pool-a~http-80': [['10.20.4.4', 'Healthy', ANSWERED]] });
    expect(judged(check, { ...around, nics: others, 'backend-health': up }).findings).toEqual([]);
    expect(judged(check, { ...around, 'backend-health': down }).findings).toEqual([]);
  });

  test('is content with machines, and with what an ingress controller writes', () => {
    const machines = nicsJson([vm('orders-1', '10.20.4.4'), vm('orders-2', '10.20.4.5')]);
    expect(judged(check, { gateway, nics: machines }).outcome).toBe('clean');
    const pods = gatewayWith({ 'pool-shop-api-80-bp-8080': ['10.20.4.4'] });
    expect(judged(check, { gateway: pods, nics: instances }).outcome).toBe('clean');
  });

  test('is not judged where nobody was asked who has the addresses', () => {
    const { outcome, missing } = judged(check, { gateway });
    expect(outcome).toBe('not-judged');
    expect(missing.map(({ evidence }) => evidence)).toEqual(['nics', 'nics', 'address-owners']);
  });
});

describe('member-names', () => {
  const check = 'member-names';
  const zone = 'internal.contoso.com';
  const name = `orders.${zone}`;
  const gateway = gatewayWith({ 'pool-a': [name] });
  const read = (zones: Parameters<typeof privateDnsJson>[0]) => ({
    gateway,
    'virtual-network': network,
    'private-dns': privateDnsJson(zones),
  });

  test('finds a name without a record in the zone that decides about it', () => {
    expect(shortOf(judged(check, read({ [zone]: { links: ['vnet-app'] } })))).toEqual([['outage', 'soon']]);
  });

  test('is content with a record, with a zone that falls back, and with a zone for others', () => {
    for (const zones of [
      { [zone]: { links: ['vnet-app'], records: { orders: '10.20.9.4' } } },
      { [zone]: { links: ['vnet-app'], fallsBack: true } },
      { [zone]: { links: ['vnet-core'], records: { orders: '10.20.9.4' } } },
    ])
      expect(judged(check, read(zones)).findings).toEqual([]);
  });

  test('is not judged without zones or network; DNS servers of one’s own are not second-guessed', () => {
    expect(judged(check, { gateway }).outcome).toBe('not-judged');
    expect(judged(check, { gateway, 'virtual-network': network }).outcome).toBe('not-judged');
    const own = networkJson({
      prefixes: ['10.20.0.0/16'],
      subnets: { 'snet-agw': '10.20.0.0/24' },
      dnsServers: ['10.9.0.10'],
    });
    const asked = { ...read({ [zone]: { links: ['vnet-app'] } }), 'virtual-network': own };
    expect(judged(check, asked).outcome).toBe('clean');
  });
});
