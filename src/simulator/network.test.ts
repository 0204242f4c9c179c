import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { changesIn } from './activity-log.ts';
import { interfacesAt, isInside, networkOf } from './network.ts';
import { obstacleTo } from './packet-filter.ts';
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
