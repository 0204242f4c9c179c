import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Evidence } from '../core/evidence.ts';
import { evidenceKinds } from './index.ts';
import { readSnapshot } from './read-snapshot.ts';
import { recogniseDocuments } from './recognise.ts';

const RG = '/subscriptions/s1/resourceGroups/rg/providers';
const NET = `${RG}/Microsoft.Network`;
const GATEWAY = `${NET}/applicationGateways/gw`;
const SUBNET = `${NET}/virtualNetworks/v/subnets/backend`;

const rule = {
  name: 'web',
  id: `${NET}/networkSecurityGroups/nsg/securityRules/web`,
  properties: {
    protocol: 'Tcp',
    sourcePortRange: '*',
    destinationPortRange: '8080',
    sourceAddressPrefix: '10.0.0.0/24',
    destinationAddressPrefix: '*',
    access: 'Deny',
    priority: 200,
    direction: 'Inbound',
  },
};

/** One real-looking answer of every kind, as ARM sends it. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  'access-log-stream': {
    schema: 'appgw-triage/access-log-stream@1',
    resourceId: GATEWAY,
    minutes: [{ at: '2026-09-14T02:10:00.000Z', requests: 7, failed: 2 }],
    groups: [{ pool: 'p', setting: 's', status: 502, count: 2 }],
  },
  'backend-health': {
    backendAddressPools: [
      {
        backendAddressPool: { id: `${GATEWAY}/backendAddressPools/p` },
        backendHttpSettingsCollection: [
          {
            backendHttpSettings: { id: `${GATEWAY}/backendHttpSettingsCollection/s` },
            servers: [{ address: '10.1.0.4', health: 'Unhealthy', healthProbeLog: 'x' }],
          },
        ],
      },
    ],
  },
  gateway: {
    id: GATEWAY,
    name: 'gw',
    type: 'Microsoft.Network/applicationGateways',
    properties: {
      sku: { name: 'Standard_v2', tier: 'Standard_v2' },
      gatewayIPConfigurations: [{ name: 'ip', properties: { subnet: { id: SUBNET } } }],
      backendAddressPools: [{ name: 'p', properties: { backendAddresses: [{ ipAddress: '10.1.0.4' }] } }],
    },
  },
  'access-log': {
    records: [
      {
        resourceId: GATEWAY.toUpperCase(),
        time: '2026-09-14T02:10:11Z',
        category: 'ApplicationGatewayAccessLog',
        operationName: 'ApplicationGatewayAccess',
        properties: { httpStatus: 502, timeTaken: 1, serverRouted: '10.1.0.4:8080' },
      },
    ],
  },
  'firewall-log': {
    records: [
      {
        resourceId: GATEWAY.toUpperCase(),
        time: '2026-09-14T02:10:11Z',
        category: 'ApplicationGatewayFirewallLog',
        operationName: 'ApplicationGatewayFirewall',
        properties: { action: 'Blocked', ruleId: '942100' },
      },
    ],
  },
  metrics: {
    timespan: '2026-09-14T01:30:00Z/2026-09-14T02:30:00Z',
    value: [
      {
        id: `${GATEWAY}/providers/Microsoft.Insights/metrics/UnhealthyHostCount`,
        type: 'Microsoft.Insights/metrics',
        name: { value: 'UnhealthyHostCount' },
        timeseries: [{ data: [{ timeStamp: '2026-09-14T02:00:00Z', average: 1 }] }],
      },
    ],
  },
  'resource-health': {
    id: `${GATEWAY}/providers/Microsoft.ResourceHealth/availabilityStatuses/current`,
    name: 'current',
    type: 'Microsoft.ResourceHealth/AvailabilityStatuses',
    properties: { availabilityState: 'Available', summary: 'x' },
  },
  nics: {
    value: [
      {
        id: `${NET}/networkInterfaces/nic`,
        name: 'nic',
        type: 'Microsoft.Network/networkInterfaces',
        properties: {
          networkSecurityGroup: { id: `${NET}/networkSecurityGroups/nsg` },
          virtualMachine: { id: `${RG}/Microsoft.Compute/virtualMachines/vm` },
          ipConfigurations: [{ name: 'ip', properties: { privateIPAddress: '10.1.0.4', subnet: { id: SUBNET } } }],
        },
      },
    ],
  },
  'effective-nsg': {
    value: [
      {
        networkSecurityGroup: { id: `${NET}/networkSecurityGroups/nsg` },
        association: { networkInterface: { id: `${NET}/networkInterfaces/nic` } },
        effectiveSecurityRules: [{ ...rule.properties, name: 'securityRules/web' }],
      },
    ],
  },
  'effective-routes': {
    value: [
      {
        name: 'r',
        source: 'User',
        state: 'Active',
        addressPrefix: ['0.0.0.0/0'],
        nextHopIpAddress: ['10.9.0.4'],
        nextHopType: 'VirtualAppliance',
      },
    ],
  },
  nsg: {
    id: `${NET}/networkSecurityGroups/nsg`,
    name: 'nsg',
    type: 'Microsoft.Network/networkSecurityGroups',
    properties: {
      securityRules: [rule],
      defaultSecurityRules: [],
      subnets: [{ id: SUBNET }],
      networkInterfaces: [{ id: `${NET}/networkInterfaces/nic` }],
    },
  },
  'route-table': {
    id: `${NET}/routeTables/rt`,
    name: 'rt',
    type: 'Microsoft.Network/routeTables',
    properties: {
      disableBgpRoutePropagation: false,
      subnets: [{ id: SUBNET }],
      routes: [
        {
          name: 'r',
          properties: { addressPrefix: '0.0.0.0/0', nextHopType: 'VirtualAppliance', nextHopIpAddress: '10.9.0.4' },
        },
      ],
    },
  },
  'address-owners': {
    value: [
      {
        id: `${NET}/loadBalancers/lb`,
        name: 'lb',
        type: 'Microsoft.Network/loadBalancers',
        properties: {
          frontendIPConfigurations: [{ name: 'f', properties: { privateIPAddress: '10.1.0.9' } }],
          backendAddressPools: [],
        },
      },
      {
        id: `${RG}/Microsoft.Web/sites/shop-api`,
        name: 'shop-api',
        type: 'Microsoft.Web/sites',
        properties: { state: 'Running', defaultHostName: 'shop-api.azurewebsites.net', hostNames: [] },
      },
    ],
  },
  'virtual-network': {
    id: `${NET}/virtualNetworks/v`,
    name: 'v',
    type: 'Microsoft.Network/virtualNetworks',
    location: 'westeurope',
    properties: {
      addressSpace: { addressPrefixes: ['10.0.0.0/15'] },
      dhcpOptions: { dnsServers: ['10.0.0.4'] },
      subnets: [
        {
          id: SUBNET,
          name: 'backend',
          properties: {
            addressPrefix: '10.1.0.0/24',
            networkSecurityGroup: { id: `${NET}/networkSecurityGroups/nsg` },
          },
        },
      ],
      virtualNetworkPeerings: [
        {
          id: `${NET}/virtualNetworks/v/virtualNetworkPeerings/p`,
          name: 'p',
          properties: {
            peeringState: 'Connected',
            remoteVirtualNetwork: { id: `${NET}/virtualNetworks/w` },
            remoteAddressSpace: { addressPrefixes: ['10.8.0.0/16'] },
          },
        },
      ],
    },
  },
  'private-dns': {
    value: [
      {
        id: `${NET}/privateDnsZones/corp.example`,
        name: 'corp.example',
        type: 'Microsoft.Network/privateDnsZones',
        properties: { numberOfRecordSets: 2 },
      },
      {
        id: `${NET}/privateDnsZones/corp.example/virtualNetworkLinks/l`,
        name: 'l',
        type: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
        properties: { virtualNetwork: { id: `${NET}/virtualNetworks/v` }, virtualNetworkLinkState: 'Completed' },
      },
      {
        id: `${NET}/privateDnsZones/corp.example/A/api`,
        name: 'api',
        type: 'Microsoft.Network/privateDnsZones/A',
        properties: { ttl: 10, aRecords: [{ ipv4Address: '10.1.0.9' }] },
      },
      {
        id: `${NET}/privateEndpoints/pe`,
        name: 'pe',
        type: 'Microsoft.Network/privateEndpoints',
        properties: {
          subnet: { id: SUBNET },
          customDnsConfigs: [{ fqdn: 'shop-api.azurewebsites.net', ipAddresses: ['10.1.0.7'] }],
          privateLinkServiceConnections: [
            {
              properties: {
                privateLinkServiceId: `${RG}/Microsoft.Web/sites/shop-api`,
                privateLinkServiceConnectionState: { status: 'Approved' },
              },
            },
          ],
        },
      },
    ],
  },
  'ip-flow': { access: 'Deny', ruleName: 'securityRules/web' },
  'connectivity-check': {
    connectionStatus: 'Unreachable',
    probesSent: 30,
    probesFailed: 30,
    hops: [{ type: 'Source', id: 'a', resourceId: GATEWAY, nextHopIds: [], issues: [{ type: 'NetworkSecurityRule' }] }],
  },
  'probe-results': {
    schema: 'appgw-triage/probe-results@1',
    observations: [{ member: '10.1.0.4', ports: [{ port: 80, state: 'open', isConfigured: true }], requests: [] }],
  },
  'on-demand-health': {
    schema: 'appgw-triage/on-demand-health@1',
    tests: [
      { pool: 'p', setting: 's', changed: 'path', value: '/', body: { backendHealthHttpSettings: { servers: [] } } },
    ],
  },
  'resource-changes': {
    data: [
      {
        id: `${NET}/networkSecurityGroups/nsg/providers/Microsoft.Resources/changes/c`,
        properties: {
          targetResourceId: `${NET}/networkSecurityGroups/nsg`,
          targetResourceType: 'microsoft.network/networksecuritygroups',
          changeType: 'Update',
          changeAttributes: { timestamp: '2026-09-14T01:58:03Z', changedBy: 'kim@contoso.com' },
          changes: { 'properties.securityRules[0].properties.access': { previousValue: 'Allow', newValue: 'Deny' } },
        },
      },
    ],
  },
  'activity-log': {
    value: [
      {
        category: { value: 'Administrative' },
        eventTimestamp: '2026-09-14T01:58:03Z',
        id: `${NET}/networkSecurityGroups/nsg/events/e/ticks/1`,
        operationName: { value: 'Microsoft.Network/networkSecurityGroups/write' },
        resourceId: `${NET}/networkSecurityGroups/nsg`,
        status: { value: 'Failed' },
        properties: { statusMessage: '{"error":{"code":"InUse","message":"It is in use."}}' },
      },
    ],
  },
};

const namesOf = (...documents: unknown[]) => recogniseDocuments(documents, evidenceKinds).map(({ name }) => name);
const readOf = (name: string, raw: unknown) => evidenceKinds.find((kind) => kind.name === name)?.read([raw]);

/** What the command line prints of an ARM answer: no `properties`, and the list without its page. */
function flatten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flatten);
  if (typeof value !== 'object' || value === null) return value;
  const { properties, ...rest } = value as Record<string, unknown>;
  const own = typeof properties === 'object' && properties !== null ? { ...rest, ...properties } : value;
  return Object.fromEntries(Object.entries(own).map(([key, item]) => [key, flatten(item)]));
}

describe('one answer of every kind', () => {
  test('there is a sample of every kind', () => {
    expect(Object.keys(SAMPLES).toSorted()).toEqual(evidenceKinds.map(({ name }) => name).toSorted());
  });

  test.each(Object.entries(SAMPLES))('%s is taken for itself alone, and read', (name, sample) => {
    expect(namesOf(sample)).toEqual([name]);
    expect(readOf(name, sample)?.state).toBe('ok');
  });

  test.each(Object.entries(SAMPLES))('%s is the same as the command line prints it', (name, sample) => {
    const flat = flatten(sample);
    const { value } = flat as { readonly value?: unknown };
    const printed = value === undefined || name === 'metrics' ? flat : value;
    expect(namesOf(flat)).toEqual([name]);
    expect(namesOf(printed)).toEqual([name]);
    expect(readOf(name, flat)).toEqual(readOf(name, sample));
    expect(readOf(name, printed)).toEqual(readOf(name, sample));
  });

  test.each(Object.entries(SAMPLES))('%s is recognised whatever the case of its ids', (name, sample) => {
    const shouted = JSON.parse(
      JSON.stringify(sample, (key, item: unknown) =>
        /^(id|resourceId|type)$/.test(key) && typeof item === 'string' && item.includes('/')
          ? item.toUpperCase()
          : item,
      ),
    ) as unknown;
    expect(namesOf(shouted)).toEqual([name]);
    expect(readOf(name, shouted)?.state).toBe('ok');
  });

  test.each(Object.entries(SAMPLES))('no other reader takes %s for an answer', (name, sample) => {
    for (const kind of evidenceKinds) {
      if (kind.name === name) continue;
      const { state, reading } = kind.read([sample]);
      expect({ kind: kind.name, state, reading }).toEqual({ kind: kind.name, state: 'failed', reading: {} });
    }
  });

  test('any of them together are told apart', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.keys(SAMPLES), { minLength: 2 }), (names) => {
        const documents = names.map((name) => SAMPLES[name]);
        expect(namesOf(...documents).toSorted()).toEqual(names.toSorted());
      }),
    );
  });
});

describe('what is of no kind', () => {
  test.each([
    ['an empty list', []],
    ['an empty page', { value: [] }],
    ['empty records', { records: [] }],
    ['machines', [{ id: `${RG}/Microsoft.Compute/virtualMachines/vm`, powerState: 'VM running', networkProfile: {} }]],
    ['subnets', { value: [{ id: SUBNET, properties: { addressPrefix: '10.1.0.0/24', routeTable: { id: 'x' } } }] }],
    ['rules without their group', [rule]],
    ['routes without their table', [{ name: 'r', addressPrefix: '0.0.0.0/0', nextHopType: 'Internet' }]],
    ['references', [{ id: `${NET}/networkInterfaces/nic` }, { id: `${NET}/networkSecurityGroups/nsg` }]],
    ['an error', { error: { code: 'AuthorizationFailed', message: 'x' } }],
    ['other logs', { records: [{ category: 'AuditLogs', operationName: 'Add user', time: '2026-09-14T02:10:11Z' }] }],
  ])('%s', (_name, document) => {
    expect(namesOf(document)).toEqual([]);
  });
});

test('one envelope can hold the records of three logs', () => {
  const administrative = {
    category: 'Administrative',
    time: '2026-09-14T01:58:03Z',
    operationName: 'MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WRITE',
    resourceId: `${NET}/networkSecurityGroups/nsg`.toUpperCase(),
    resultType: 'Start',
  };
  const records = [SAMPLES['access-log'], SAMPLES['firewall-log'], { records: [administrative] }].flatMap(
    (sample) => (sample as { readonly records: readonly unknown[] }).records,
  );
  const evidence = recogniseDocuments([{ records }], evidenceKinds);
  expect(evidence.map(({ name }) => name)).toEqual(['access-log', 'firewall-log', 'activity-log']);
  const { traffic, firewall, activity } = readSnapshot({ evidence }, evidenceKinds);
  expect([traffic?.groups.length, firewall?.records.length, activity?.length]).toEqual([1, 1, 1]);
});

describe('beside a gateway', () => {
  const all: readonly Evidence[] = Object.entries(SAMPLES).map(([name, raw]) => ({ name, state: 'ok', raw }));

  test('what is about a network and names no gateway belongs to it', () => {
    const readings = readSnapshot({ gatewayId: GATEWAY, evidence: all }, evidenceKinds);
    expect(readings.evidence.filter(({ state }) => state !== 'ok')).toEqual([]);
  });

  test("of another gateway, only that gateway's own is left out", () => {
    const meant = `${GATEWAY}-other`;
    const { evidence } = readSnapshot({ gatewayId: meant, evidence: all }, evidenceKinds);
    const foreign = evidence.filter(({ state }) => state === 'failed').map(({ name }) => name);
    const logs = ['access-log', 'access-log-stream', 'firewall-log'];
    const own = ['backend-health', 'connectivity-check', 'gateway', 'metrics', 'resource-health', ...logs];
    expect(foreign.toSorted()).toEqual(own.toSorted());
  });

  test('the activity log is read without what was done to another gateway', () => {
    const { value } = SAMPLES['activity-log'] as { readonly value: readonly object[] };
    const raw = [...value, { ...value[0], resourceId: `${GATEWAY}-other` }, { ...value[0], resourceId: GATEWAY }];
    const { activity } = readSnapshot(
      { gatewayId: GATEWAY, evidence: [{ name: 'activity-log', state: 'ok', raw }] },
      evidenceKinds,
    );
    expect(activity?.map(({ resourceId }) => resourceId)).toEqual([`${NET}/networkSecurityGroups/nsg`, GATEWAY]);
  });
});
