import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { changesIn } from './activity-log.ts';
import { armVirtualNetwork } from './arm-network.ts';
import { checkConnectivity } from './connectivity.ts';
import { interfacesAt, isInside, networkOf } from './network.ts';
import { obstacleTo, takenRoute } from './packet-filter.ts';
import { ownerRows, privateDnsRows } from './private-names.ts';
import { type ScenarioName, scenarios, worldOf } from './scenarios/index.ts';
import { sdkClients } from './sdk-clients.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import { gatewayId } from './world.ts';

const NOW = new Date('2026-11-23T10:30:20Z');
const world = (name: ScenarioName) => worldOf(name, NOW);

describe('a prefix', () => {
  test.each([
    ['10.20.4.4', '10.20.4.0/24', true],
    ['10.20.5.4', '10.20.4.0/24', false],
    ['10.20.4.0/24', '10.20.0.0/16', true],
    ['10.20.0.0/16', '10.20.4.0/24', false],
    ['200.1.2.3', '0.0.0.0/0', true],
    ['10.20.4.4', '10.20.4.4', true],
  ])('%s in %s: %p', (inner, prefix, told) => {
    expect(isInside(inner, prefix)).toBe(told);
  });
});

describe('what is in the way', () => {
  test.each([
    ['backend-nsg', '10.20.4.4', 8080, { kind: 'security-rule', at: 'member', rule: { name: 'baseline-inbound' } }],
    ['backend-nsg', '10.20.4.4', 443, undefined],
    ['backend-nsg', '10.20.5.4', 8081, undefined],
    ['route-to-appliance', '10.20.4.4', 8080, { kind: 'route', at: 'member', route: { name: 'edge-to-inspection' } }],
    ['route-to-appliance', '10.20.5.4', 8081, undefined],
    ['stale-members', '10.20.4.4', 8080, undefined],
    ['probe-auth', '10.31.6.10', 443, undefined],
  ] as const)('%s: %s:%d', (name, address, port, obstacle) => {
    const met = obstacleTo(world(name), address, port, 0);
    if (obstacle === undefined) expect(met).toBeUndefined();
    else expect(met).toMatchObject(obstacle);
  });

  test.each(scenarios.map(({ name }) => [name]))('%s: an hour ago nothing was', (name) => {
    const { hosts } = world(name);
    for (const { address, serves } of hosts) {
      for (const { port } of serves) expect(obstacleTo(world(name), address, port, -60)).toBeUndefined();
    }
  });
});

describe('a peering', () => {
  const base = world('backend-nsg');
  const peered = {
    ...base,
    network: {
      ...base.network,
      peerings: [
        { name: 'to-core', remote: 'vnet-core', remotePrefixes: ['10.9.0.0/16'], disconnected: { fromMinute: -5 } },
      ],
    },
  };

  test('that lost its other side is in the way of what is behind it, and of nothing else', () => {
    expect(obstacleTo(peered, '10.9.1.4', 443, -6)).toBeUndefined();
    expect(obstacleTo(peered, '10.9.1.4', 443, -5)).toMatchObject({ kind: 'peering', peering: { name: 'to-core' } });
    expect(obstacleTo(peered, '10.20.5.4', 8081, -5)).toBeUndefined();
  });

  test('is shown with its state, and gives its ranges to the routes while it works', () => {
    const shown = (minute: number) =>
      JSON.parse(JSON.stringify(armVirtualNetwork(peered, minute))) as {
        properties: { virtualNetworkPeerings: { properties: { peeringState: string } }[] };
      };
    expect(shown(-6).properties.virtualNetworkPeerings[0]?.properties.peeringState).toBe('Connected');
    expect(shown(0).properties.virtualNetworkPeerings[0]?.properties.peeringState).toBe('Disconnected');
    const subnet = networkOf(peered).subnets.find(({ name }) => name === 'snet-orders');
    expect(takenRoute(networkOf(peered), subnet, '10.9.1.4', -6)).toEqual({ hop: 'VirtualNetworkPeering' });
    expect(takenRoute(networkOf(peered), subnet, '10.9.1.4', 0)).toEqual({ hop: 'Internet' });
  });

  test('leaves a connectivity check without an issue', () => {
    const body = { source: { resourceId: gatewayId(peered) }, destination: { address: '10.9.1.4', port: 443 } };
    const { body: answer } = checkConnectivity(peered, body, 0);
    expect(answer).toMatchObject({ connectionStatus: 'Unreachable', hops: [{ issues: [] }, { issues: [] }] });
  });
});

describe('private names and owners', () => {
  const base = world('backend-nsg');
  const named = {
    ...base,
    network: {
      ...base.network,
      privateZones: [
        {
          name: 'corp.example',
          links: [{ network: 'own', untilMinute: -5 }, { network: 'vnet-core' }],
          records: [{ name: 'api', addresses: ['10.20.4.4'] }],
        },
      ],
      loadBalancers: [{ name: 'lb-orders', address: '10.20.4.40' }],
      apps: [{ name: 'shop', hostNames: ['shop.azurewebsites.net'], stopped: { fromMinute: -5 } }],
    },
  };
  const ids = (rows: readonly unknown[]) => rows.map((row) => (row as { id: string }).id.split('/').slice(8).join('/'));

  test('a zone is shown with the links and records that hold, where it is asked for', () => {
    const query = "zone in ('corp.example') and label in ('api')";
    expect(ids(privateDnsRows(named, query, -6))).toEqual([
      'corp.example',
      'corp.example/virtualNetworkLinks/to-own',
      'corp.example/virtualNetworkLinks/to-vnet-core',
      'corp.example/A/api',
    ]);
    expect(ids(privateDnsRows(named, query, 0))).not.toContain('corp.example/virtualNetworkLinks/to-own');
    expect(privateDnsRows(named, "zone in ('other.example') and label in ('api')", 0)).toEqual([]);
  });

  test('a load balancer by its address, an app by its name and with its state', () => {
    expect(ids(ownerRows(named, `text contains '"10.20.4.40"'`, 0))).toEqual(['lb-orders']);
    const state = (minute: number) => ownerRows(named, `text contains '"shop.azurewebsites.net"'`, minute)[0];
    expect(state(-6)).toMatchObject({ properties: { state: 'Running' } });
    expect(state(0)).toMatchObject({ properties: { state: 'Stopped' } });
  });
});

describe('machines', () => {
  const at = (name: ScenarioName, minute: number) =>
    interfacesAt(world(name), minute).map(({ host, isRunning }) => `${host.address} ${isRunning}`);

  test('one that is off keeps its interface, one that was deleted does not', () => {
    expect(at('machine-stopped', -18)).toContain('10.20.6.4 true');
    expect(at('machine-stopped', -17)).toContain('10.20.6.4 false');
    expect(at('stale-members', -16)).toContain('10.20.4.4 true');
    expect(at('stale-members', -14)).not.toContain('10.20.4.4 false');
    expect(at('stale-members', 0)).toContain('10.20.4.9 true');
  });

  test.each(scenarios.map(({ name }) => [name]))('%s: each has a name and a subnet of its own network', (name) => {
    const nics = interfacesAt(world(name), -60);
    const machines = world(name).hosts.filter(({ isInCluster, isPlatform }) => !isInCluster && !isPlatform);
    expect(nics.length > 0).toBe(machines.length > 0);
    expect(new Set(nics.map(({ id }) => id)).size).toBe(nics.length);
    for (const { subnet } of nics)
      expect(isInside(subnet?.prefix ?? '', networkOf(world(name)).addressSpace)).toBe(true);
  });
});

describe('the activity log', () => {
  test.each([
    ['wrong-port', 'Microsoft.Network/applicationGateways/write', 'person'],
    ['gateway-stopped', 'Microsoft.Network/applicationGateways/stop/action', 'person'],
    ['backend-nsg', 'Microsoft.Network/networkSecurityGroups/securityRules/write', 'application'],
    ['route-to-appliance', 'Microsoft.Network/routeTables/routes/write', 'person'],
    ['machine-stopped', 'Microsoft.Compute/virtualMachines/deallocate/action', 'application'],
    ['stale-members', 'Microsoft.Compute/virtualMachineScaleSets/delete', 'application'],
  ] as const)('%s: %s by a %s', (name, operation, by) => {
    expect(changesIn(world(name)).filter((change) => change.operation === operation)).toMatchObject([{ by }]);
  });
});

describe('through the SDK', () => {
  let simulator: Simulator;
  beforeEach(async () => {
    simulator = await startSimulator({
      scenario: 'route-to-appliance',
      now: () => NOW,
      pendingPolls: 0,
      retryAfterSeconds: 0,
    });
  });
  afterEach(() => simulator.close());
  const group = () => simulator.world.resourceGroup;

  test('subnets, security groups and route tables refer to each other', async () => {
    const { network } = sdkClients(simulator);
    const subnet = await network.subnets.get(group(), 'vnet-westeurope', 'snet-orders');
    expect(subnet.networkSecurityGroup?.id).toMatch(/nsg-orders-prod$/);
    const table = await network.routeTables.get(group(), 'rt-orders-prod');
    expect(table.id).toBe(subnet.routeTable?.id);
    expect(table.subnets?.[0]?.id).toBe(subnet.id);
    expect(table.routes).toMatchObject([{ addressPrefix: '10.20.1.0/24', nextHopIpAddress: '10.20.0.68' }]);
    const guard = await network.networkSecurityGroups.get(group(), 'nsg-orders-prod');
    expect(guard.defaultSecurityRules?.map(({ priority }) => priority)).toEqual([
      65000, 65001, 65500, 65000, 65001, 65500,
    ]);
  });

  test('effective rules and routes are spelt as the service spells them', async () => {
    const { network } = sdkClients(simulator);
    const rules = await network.networkInterfaces.listEffectiveNetworkSecurityGroups(group(), 'nic-vm-orders-1');
    expect(rules.value?.[0]?.effectiveSecurityRules?.at(-1)).toMatchObject({
      name: 'defaultSecurityRules/DenyAllOutBound',
      protocol: 'All',
      destinationPortRange: '0-65535',
    });
    const routes = await network.networkInterfaces.getEffectiveRouteTable(group(), 'nic-vm-orders-1');
    expect(routes.value?.at(-1)).toMatchObject({ source: 'User', state: 'Active', nextHopType: 'VirtualAppliance' });
  });

  test('what is not there is not found', async () => {
    const { network } = sdkClients(simulator);
    const missing = [
      network.subnets.get(group(), 'vnet-westeurope', 'snet-none'),
      network.subnets.get(group(), 'vnet-none', 'snet-orders'),
      network.routeTables.get(group(), 'rt-none'),
      network.networkSecurityGroups.get('rg-none', 'nsg-orders-prod'),
      network.networkInterfaces.getEffectiveRouteTable(group(), 'nic-none'),
      network.virtualNetworks.get(group(), 'vnet-none'),
      network.networkWatchers.getNextHop('NetworkWatcherRG', 'NetworkWatcher_westeurope', {
        targetResourceId: '/subscriptions/none',
        sourceIPAddress: '10.20.4.4',
        destinationIPAddress: '10.20.1.4',
      }),
      network.networkWatchers.checkConnectivity('NetworkWatcherRG', 'NetworkWatcher_none', {
        source: { resourceId: gatewayId(simulator.world) },
        destination: { address: '10.20.4.4', port: 8080 },
      }),
    ];
    for (const outcome of await Promise.allSettled(missing)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { statusCode: 404 } });
    }
  });

  test('the page after a page of the activity log is where it says', async () => {
    const { monitor } = sdkClients(simulator);
    const filter = "eventTimestamp ge '2026-11-22T10:00:00Z' and resourceGroupName eq 'RG-SHOP-PROD'";
    const events: { readonly eventTimestamp?: Date }[] = [];
    for await (const event of monitor.activityLogs.list(filter)) events.push(event);
    expect(events.map(({ eventTimestamp }) => eventTimestamp?.getTime())).toEqual(
      events.map(({ eventTimestamp }) => eventTimestamp?.getTime()).toSorted((left = 0, right = 0) => right - left),
    );
    expect(events).toHaveLength(6);
    await expect(monitor.activityLogs.list('x eq 1').next()).rejects.toMatchObject({ statusCode: 400 });
  });

  test('a query without a marker is refused', async () => {
    const { resourceGraph } = sdkClients(simulator);
    await expect(resourceGraph.resources({ query: 'resources | take 1' })).rejects.toMatchObject({ statusCode: 400 });
    await expect(resourceGraph.resources({ query: '' })).rejects.toMatchObject({ statusCode: 400 });
  });
});
