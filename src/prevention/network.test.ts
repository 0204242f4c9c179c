import { describe, expect, test } from '@jest/globals';
import { judged, shortOf } from '../../test/audited.ts';
import { backendHealthJson, gatewayJson } from '../causes/case.ts';
import { machineId, nicsJson } from '../causes/case-members.ts';
import {
  gatewaySubnet,
  networkJson,
  nsgJson,
  type RouteSketch,
  type RuleSketch,
  routeTableJson,
  subnetId,
} from '../causes/case-network.ts';
import { ANSWERED, CANNOT_CONNECT } from '../reasoning/probe-texts.ts';

const gateway = gatewayJson({
  pools: { 'pool-a': ['10.20.4.4', '10.20.4.5'] },
  settings: { 'http-80': {} },
  routes: [['pool-a', 'http-80']],
  properties: {
    ...gatewaySubnet(),
    frontendIPConfigurations: [{ name: 'fe', properties: { publicIPAddress: { id: '/x/publicIPAddresses/pip' } } }],
  },
});
const privateGateway = gatewayJson({
  pools: { 'pool-a': ['10.20.4.4'] },
  settings: { 'http-80': {} },
  routes: [['pool-a', 'http-80']],
  properties: {
    ...gatewaySubnet(),
    frontendIPConfigurations: [{ name: 'fe', properties: { privateIPAddress: '10.20.0.10' } }],
  },
});
const network = (attached: { readonly nsg?: string; readonly table?: string }) =>
  networkJson({ prefixes: ['10.20.0.0/16'], subnets: { 'snet-agw': { prefix: '10.20.0.0/24', ...attached } } });
const health = (state: string, text: string) =>
  backendHealthJson({
    'pool-a~http-80': [
      ['10.20.4.4', state, text],
      ['10.20.4.5', state, text],
    ],
  });
const up = health('Healthy', ANSWERED);
const down = health('Unhealthy', CANNOT_CONNECT);

describe('gateway-subnet-security', () => {
  const check = 'gateway-subnet-security';
  const MANAGER: RuleSketch = ['AllowManager', 100, 'Allow', 'GatewayManager', '65200-65535'];
  const read = (rules: readonly RuleSketch[], of = gateway, seen = up) => ({
    gateway: of,
    'virtual-network': network({ nsg: 'nsg-agw' }),
    nsg: nsgJson('nsg-agw', [subnetId('snet-agw')], rules),
    'backend-health': seen,
  });

  test('is content with what the service asks for', () => {
    expect(judged(check, read([MANAGER])).outcome).toBe('clean');
  });

  test('finds the gateway manager kept out, wholly or from a part of its ports', () => {
    expect(shortOf(judged(check, read([])))).toEqual([['outage', 'someday']]);
    const part: RuleSketch = ['AllowManager', 100, 'Allow', 'GatewayManager', '65200-65300'];
    const found = judged(check, read([part]));
    expect(found.findings[0]?.fix[0]?.command).toContain('65200-65535');
  });

  test('finds the load balancer and the Internet denied', () => {
    const balancer: RuleSketch = ['DenyLb', 200, 'Deny', 'AzureLoadBalancer', '*', { protocol: '*' }];
    expect(judged(check, read([MANAGER, balancer])).findings.map(({ scope }) => scope.resource)).toEqual([
      'nsg-agw/AzureLoadBalancer',
    ]);
    const internet: RuleSketch = [
      'DenyOut',
      300,
      'Deny',
      '*',
      '*',
      { direction: 'Outbound', destinationAddressPrefix: 'Internet', protocol: '*' },
    ];
    expect(shortOf(judged(check, read([MANAGER, internet])))).toEqual([['pool', 'someday']]);
  });

  test('finds members denied only where they do not answer', () => {
    const members: RuleSketch = [
      'DenyBackends',
      300,
      'Deny',
      '*',
      '80',
      { direction: 'Outbound', destinationAddressPrefix: '10.20.4.0/24' },
    ];
    expect(shortOf(judged(check, read([MANAGER, members], gateway, down)))).toEqual([['outage', 'now']]);
    expect(judged(check, read([MANAGER, members], gateway, up)).outcome).toBe('clean');
  });

  test('asks a private deployment for less, and a subnet without a group for nothing', () => {
    expect(judged(check, read([], privateGateway)).outcome).toBe('clean');
    expect(judged(check, { gateway, 'virtual-network': network({}) }).outcome).toBe('clean');
  });

  test('is not judged without the group, and does not take the group of another subnet for it', () => {
    expect(judged(check, { gateway }).outcome).toBe('not-judged');
    const other = nsgJson('nsg-app', [subnetId('snet-app')], []);
    expect(judged(check, { gateway, 'virtual-network': network({ nsg: 'nsg-agw' }), nsg: other })).toMatchObject({
      outcome: 'not-judged',
      findings: [],
    });
  });
});

describe('gateway-subnet-routes', () => {
  const check = 'gateway-subnet-routes';
  const read = (routes: readonly RouteSketch[], of = gateway, seen = up) => ({
    gateway: of,
    'virtual-network': network({ table: 'rt-agw' }),
    'route-table': routeTableJson('rt-agw', [subnetId('snet-agw')], routes),
    'backend-health': seen,
  });

  test.each([
    [['0.0.0.0/0', 'VirtualAppliance', '10.20.9.4']],
    [['0.0.0.0/1', 'VirtualNetworkGateway']],
    [['0.0.0.0/0', 'None']],
  ] as const)('finds the default route %j', (route) => {
    const found = judged(check, read([route]));
    expect(shortOf(found)).toEqual([['outage', 'someday']]);
    expect(found.findings[0]?.fix[0]?.undo).toContain(`--next-hop-type ${route[1]}`);
  });

  test('is content with the Internet, with routes of other ranges, and with a private deployment', () => {
    expect(judged(check, read([['0.0.0.0/0', 'Internet']])).outcome).toBe('clean');
    expect(judged(check, read([['10.50.0.0/16', 'VirtualAppliance', '10.20.9.4']])).outcome).toBe('clean');
    const appliance: RouteSketch = ['0.0.0.0/0', 'VirtualAppliance', '10.20.9.4'];
    expect(judged(check, read([appliance], privateGateway)).outcome).toBe('clean');
    expect(judged(check, { gateway, 'virtual-network': network({}) }).outcome).toBe('clean');
  });

  test('finds members whose packets are dropped, unless they answer', () => {
    const dropped: RouteSketch = ['10.20.4.0/24', 'None'];
    expect(shortOf(judged(check, read([dropped], gateway, down)))).toEqual([['outage', 'now']]);
    expect(judged(check, read([dropped], gateway, up)).outcome).toBe('clean');
    // An appliance may well pass them on.
    const appliance: RouteSketch = ['10.20.4.0/24', 'VirtualAppliance', '10.20.9.4'];
    expect(judged(check, read([appliance], gateway, down)).outcome).toBe('clean');
  });

  test('is not judged without the table', () => {
    expect(judged(check, { gateway, 'virtual-network': network({ table: 'rt-agw' }) }).outcome).toBe('not-judged');
    expect(judged(check, { gateway }).outcome).toBe('not-judged');
  });
});

describe('backend-security', () => {
  const check = 'backend-security';
  const nics = nicsJson([
    { name: 'nic-1', address: '10.20.4.4', machine: machineId('vm-1') },
    { name: 'nic-2', address: '10.20.4.5', machine: machineId('vm-2') },
  ]);
  const read = (rules: readonly RuleSketch[], seen: unknown) => ({
    gateway,
    nics,
    'virtual-network': network({}),
    nsg: nsgJson('nsg-app', [subnetId('snet-app')], rules),
    'backend-health': seen,
  });
  const deny: RuleSketch = ['DenyAll', 4000, 'Deny', '*', '*'];

  test('finds members that let the gateway in by single addresses', () => {
    const single: RuleSketch = ['AllowGw', 100, 'Allow', ['10.20.0.4/32', '10.20.0.5/32'], '80'];
    const found = judged(check, read([single, deny], up));
    expect(shortOf(found)).toEqual([['outage', 'someday']]);
    expect(found.findings[0]?.fix[0]?.command).toContain('10.20.0.0/24');
  });

  test('finds members that deny it, unless they answer', () => {
    expect(shortOf(judged(check, read([deny], down)))).toEqual([['outage', 'now']]);
    expect(judged(check, read([deny], up)).findings).toEqual([]);
  });

  test('is content with the range of the subnet', () => {
    const range: RuleSketch = ['AllowGw', 100, 'Allow', '10.20.0.0/24', '80'];
    expect(judged(check, read([range, deny], up)).outcome).toBe('clean');
    expect(judged(check, { gateway, 'backend-health': up }).outcome).toBe('clean');
  });
});
