import {
  GATEWAY_SUBNET,
  type Interface,
  interfacesAt,
  networkId,
  networkName,
  networkOf,
  routeTableId,
  securityGroupId,
  subnetId,
} from './network.ts';
import type { PeeringPlan, RouteTablePlan, SecurityGroupPlan, SecurityRulePlan, SubnetPlan } from './network-plan.ts';
import { DEFAULT_RULES } from './packet-filter.ts';
import { gatewayId, holds, scatterGuid, scatterHex, type World } from './world.ts';

type Json = Readonly<Record<string, unknown>>;

/** Network resources as Resource Manager shows them at a minute: `properties` nested, references as ids. */

/** The gateway's virtual network, with its subnets and its side of the peerings. */
export function armVirtualNetwork(world: World, minute: number): Json {
  const id = networkId(world);
  const network = networkOf(world);
  return {
    name: networkName(world),
    id,
    etag: etagOf(id),
    type: 'Microsoft.Network/virtualNetworks',
    location: world.location,
    properties: {
      provisioningState: 'Succeeded',
      resourceGuid: scatterGuid(id),
      addressSpace: { addressPrefixes: [network.addressSpace] },
      ...(network.dnsServers.length === 0 ? {} : { dhcpOptions: { dnsServers: network.dnsServers } }),
      subnets: network.subnets.map((subnet) => armSubnet(world, subnet, minute)),
      virtualNetworkPeerings: network.peerings.map((peering) => armPeering(world, peering, minute)),
      enableDdosProtection: false,
    },
  };
}

function armPeering(world: World, peering: PeeringPlan, minute: number): Json {
  const id = `${networkId(world)}/virtualNetworkPeerings/${peering.name}`;
  return {
    name: peering.name,
    id,
    etag: etagOf(id),
    type: 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings',
    properties: {
      provisioningState: 'Succeeded',
      peeringState: holds(peering.disconnected, minute) ? 'Disconnected' : 'Connected',
      peeringSyncLevel: 'FullyInSync',
      remoteVirtualNetwork: { id: networkId(world, peering.remote) },
      allowVirtualNetworkAccess: !peering.blocksAccess,
      allowForwardedTraffic: peering.allowsForwarded ?? false,
      allowGatewayTransit: false,
      useRemoteGateways: false,
      doNotVerifyRemoteGateways: false,
      peerCompleteVnets: true,
      remoteAddressSpace: { addressPrefixes: peering.remotePrefixes },
      remoteVirtualNetworkAddressSpace: { addressPrefixes: peering.remotePrefixes },
    },
  };
}

export function armSubnet(world: World, subnet: SubnetPlan, minute: number): Json {
  const id = subnetId(world, subnet.name);
  const isGateways = subnet.name === GATEWAY_SUBNET;
  const inside = interfacesAt(world, minute).filter((nic) => nic.subnet?.name === subnet.name);
  return {
    name: subnet.name,
    id,
    etag: etagOf(id),
    properties: {
      provisioningState: 'Succeeded',
      addressPrefix: subnet.prefix,
      ...(subnet.securityGroup === undefined
        ? {}
        : { networkSecurityGroup: { id: securityGroupId(world, subnet.securityGroup) } }),
      ...(subnet.routeTable === undefined ? {} : { routeTable: { id: routeTableId(world, subnet.routeTable) } }),
      ...(isGateways
        ? {
            applicationGatewayIPConfigurations: [
              { id: `${gatewayId(world)}/gatewayIPConfigurations/ipconfig-gateway` },
            ],
          }
        : { ipConfigurations: inside.map((nic) => ({ id: `${nic.id}/ipConfigurations/ipconfig1` })) }),
      serviceEndpoints: [],
      delegations: [],
      privateEndpointNetworkPolicies: 'Disabled',
      privateLinkServiceNetworkPolicies: 'Enabled',
    },
    type: 'Microsoft.Network/virtualNetworks/subnets',
  };
}

export function armSecurityGroup(world: World, group: SecurityGroupPlan, minute: number): Json {
  const id = securityGroupId(world, group.name);
  return {
    name: group.name,
    id,
    etag: etagOf(id),
    type: 'Microsoft.Network/networkSecurityGroups',
    location: world.location,
    properties: {
      provisioningState: 'Succeeded',
      resourceGuid: scatterGuid(id),
      securityRules: group.rules.filter((rule) => holds(rule, minute)).map((rule) => securityRule(id, rule, false)),
      defaultSecurityRules: DEFAULT_RULES.map((rule) => securityRule(id, rule, true)),
      subnets: networkOf(world)
        .subnets.filter(({ securityGroup }) => securityGroup === group.name)
        .map(({ name }) => ({ id: subnetId(world, name) })),
    },
  };
}

function securityRule(groupId: string, rule: SecurityRulePlan, isDefault: boolean): Json {
  const kind = isDefault ? 'defaultSecurityRules' : 'securityRules';
  const [only, ...more] = rule.ports;
  return {
    name: rule.name,
    id: `${groupId}/${kind}/${rule.name}`,
    etag: etagOf(groupId),
    type: `Microsoft.Network/networkSecurityGroups/${kind}`,
    properties: {
      provisioningState: 'Succeeded',
      protocol: rule.protocol,
      sourcePortRange: '*',
      // One range is a text, several are a list; the other of the two stays empty or away.
      ...(more.length === 0 ? { destinationPortRange: only } : {}),
      sourceAddressPrefix: rule.source,
      destinationAddressPrefix: rule.destination,
      access: rule.access,
      priority: rule.priority,
      direction: rule.direction,
      sourcePortRanges: [],
      destinationPortRanges: more.length === 0 ? [] : rule.ports,
      sourceAddressPrefixes: [],
      destinationAddressPrefixes: [],
    },
  };
}

export function armRouteTable(world: World, table: RouteTablePlan, minute: number): Json {
  const id = routeTableId(world, table.name);
  return {
    name: table.name,
    id,
    etag: etagOf(id),
    type: 'Microsoft.Network/routeTables',
    location: world.location,
    properties: {
      provisioningState: 'Succeeded',
      resourceGuid: scatterGuid(id),
      disableBgpRoutePropagation: table.disablesBgp ?? false,
      routes: table.routes
        .filter((route) => holds(route, minute))
        .map((route) => ({
          name: route.name,
          id: `${id}/routes/${route.name}`,
          etag: etagOf(id),
          properties: {
            provisioningState: 'Succeeded',
            addressPrefix: route.prefix,
            nextHopType: route.nextHopType,
            ...(route.nextHopAddress === undefined ? {} : { nextHopIpAddress: route.nextHopAddress }),
            hasBgpOverride: false,
          },
          type: 'Microsoft.Network/routeTables/routes',
        })),
      subnets: networkOf(world)
        .subnets.filter(({ routeTable }) => routeTable === table.name)
        .map(({ name }) => ({ id: subnetId(world, name) })),
    },
  };
}

export function armInterface(world: World, nic: Interface): Json {
  const isInstance = nic.host.scaleSet !== undefined;
  return {
    name: nic.name,
    id: nic.id,
    etag: etagOf(nic.id),
    ...(isInstance ? {} : { location: world.location }),
    properties: {
      provisioningState: 'Succeeded',
      resourceGuid: scatterGuid(nic.id),
      ipConfigurations: [
        {
          name: 'ipconfig1',
          id: `${nic.id}/ipConfigurations/ipconfig1`,
          etag: etagOf(nic.id),
          ...(isInstance ? {} : { type: 'Microsoft.Network/networkInterfaces/ipConfigurations' }),
          properties: {
            provisioningState: 'Succeeded',
            privateIPAddress: nic.host.address,
            privateIPAllocationMethod: 'Dynamic',
            ...(nic.subnet ? { subnet: { id: subnetId(world, nic.subnet.name) } } : {}),
            primary: true,
            privateIPAddressVersion: 'IPv4',
          },
        },
      ],
      dnsSettings: { dnsServers: [], appliedDnsServers: [] },
      macAddress: `00-0D-3A-${(scatterHex(nic.id, 6).toUpperCase().match(/../g) ?? []).join('-')}`,
      enableAcceleratedNetworking: false,
      enableIPForwarding: false,
      primary: true,
      virtualMachine: { id: nic.machineId },
    },
    // The interfaces of scale-set instances come without a type.
    ...(isInstance ? {} : { type: 'Microsoft.Network/networkInterfaces' }),
  };
}

/** Prefixes that the service expands `VirtualNetwork` to beside the network's own. */
const PLATFORM_ADDRESSES = ['168.63.129.16/32', '169.254.169.254/32'];

/** The effective rules of an interface; here only subnets have groups. Names, protocol and ports are spelt differently. */
export function effectiveSecurityGroups(world: World, nic: Interface, minute: number): Json {
  const network = networkOf(world);
  const group = network.securityGroups.find(({ name }) => name === nic.subnet?.securityGroup);
  if (!group || !nic.subnet) return { value: [] };
  const expand = (end: string, term: string): Json => {
    if (term === 'VirtualNetwork') {
      const peered = network.peerings
        .filter(({ disconnected, blocksAccess }) => !blocksAccess && !holds(disconnected, minute))
        .flatMap(({ remotePrefixes }) => remotePrefixes);
      return { [`expanded${end}AddressPrefix`]: [network.addressSpace, ...peered, ...PLATFORM_ADDRESSES] };
    }
    if (term === 'AzureLoadBalancer') return { [`expanded${end}AddressPrefix`]: ['168.63.129.16/32'] };
    return {};
  };
  const effective = (rule: SecurityRulePlan, kind: string) => ({
    name: `${kind}/${rule.name}`,
    protocol: rule.protocol === '*' ? 'All' : rule.protocol,
    sourcePortRange: '0-65535',
    destinationPortRange: rangeOf(rule.ports[0] ?? '*'),
    sourcePortRanges: ['0-65535'],
    destinationPortRanges: rule.ports.map(rangeOf),
    sourceAddressPrefix: rule.source === '*' ? '0.0.0.0/0' : rule.source,
    destinationAddressPrefix: rule.destination === '*' ? '0.0.0.0/0' : rule.destination,
    sourceAddressPrefixes: [rule.source === '*' ? '0.0.0.0/0' : rule.source],
    destinationAddressPrefixes: [rule.destination === '*' ? '0.0.0.0/0' : rule.destination],
    ...expand('Source', rule.source),
    ...expand('Destination', rule.destination),
    access: rule.access,
    priority: rule.priority,
    direction: rule.direction,
  });
  return {
    value: [
      {
        networkSecurityGroup: { id: securityGroupId(world, group.name) },
        association: { subnet: { id: subnetId(world, nic.subnet.name) } },
        effectiveSecurityRules: [
          ...group.rules.filter((rule) => holds(rule, minute)).map((rule) => effective(rule, 'securityRules')),
          ...DEFAULT_RULES.map((rule) => effective(rule, 'defaultSecurityRules')),
        ],
      },
    ],
  };
}

function rangeOf(ports: string): string {
  if (ports === '*') return '0-65535';
  return ports.includes('-') ? ports : `${ports}-${ports}`;
}

/** What the service routes to nowhere on its own, beside the internet and the network itself. */
const UNROUTED = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

export function effectiveRoutes(world: World, nic: Interface, minute: number): Json {
  const network = networkOf(world);
  const table = network.routeTables.find(({ name }) => name === nic.subnet?.routeTable);
  const own = table?.routes.filter((route) => holds(route, minute)) ?? [];
  const isOverridden = (prefix: string) => own.some((route) => route.prefix === prefix);
  const route = (source: string, prefix: string, nextHopType: string, nextHop?: string, name?: string) => ({
    ...(name === undefined ? {} : { name }),
    disableBgpRoutePropagation: table?.disablesBgp ?? false,
    source,
    state: source === 'Default' && isOverridden(prefix) ? 'Invalid' : 'Active',
    addressPrefix: [prefix],
    nextHopType,
    nextHopIpAddress: nextHop === undefined ? [] : [nextHop],
  });
  return {
    value: [
      route('Default', network.addressSpace, 'VnetLocal'),
      ...network.peerings
        .filter((peering) => !holds(peering.disconnected, minute))
        .flatMap((peering) => peering.remotePrefixes.map((prefix) => route('Default', prefix, 'VNetPeering'))),
      route('Default', '0.0.0.0/0', 'Internet'),
      ...UNROUTED.map((prefix) => route('Default', prefix, 'None')),
      ...own.map(({ name, prefix, nextHopType, nextHopAddress }) =>
        route('User', prefix, nextHopType, nextHopAddress, name),
      ),
    ],
  };
}

/** The region's Network Watcher, which Azure makes by itself in a resource group of its own. */
export function networkWatcher(world: World): Json {
  const name = `NetworkWatcher_${world.location}`;
  return {
    name,
    id: `/subscriptions/${world.subscription}/resourceGroups/${WATCHER_GROUP}/providers/Microsoft.Network/networkWatchers/${name}`,
    etag: etagOf(name),
    type: 'Microsoft.Network/networkWatchers',
    location: world.location,
    properties: { provisioningState: 'Succeeded', runningOperationIds: [] },
  };
}

export const WATCHER_GROUP = 'NetworkWatcherRG';

function etagOf(id: string): string {
  return `W/"${scatterGuid(`${id}|etag`)}"`;
}
