import { GATEWAY_ID, SUBSCRIPTION } from './case.ts';

/** Security groups, routes and connectivity checks in few words, for the cases of the rules. */

const NETWORK = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app-weu/providers/Microsoft.Network`;

export const subnetId = (subnet: string, network = 'vnet-app') =>
  `${NETWORK}/virtualNetworks/${network}/subnets/${subnet}`;
export const nicId = (name: string) => `${NETWORK}/networkInterfaces/${name}`;

/** The part of a gateway's `properties` that says where it lives. */
export const gatewaySubnet = (subnet = 'snet-agw', network = 'vnet-app') => ({
  gatewayIPConfigurations: [{ name: 'gatewayip', properties: { subnet: { id: subnetId(subnet, network) } } }],
});

/** A rule: `['deny-all', 4000, 'Deny', '*', '*']`, from source to ports, inbound to any destination over TCP. */
export type RuleSketch = readonly [
  name: string,
  priority: number,
  access: 'Allow' | 'Deny',
  source: string | readonly string[],
  ports: string | readonly string[],
  more?: Readonly<Record<string, unknown>>,
];

const DEFAULT_RULES: readonly RuleSketch[] = [
  [
    'AllowVnetInBound',
    65000,
    'Allow',
    'VirtualNetwork',
    '*',
    { protocol: '*', destinationAddressPrefix: 'VirtualNetwork' },
  ],
  ['AllowAzureLoadBalancerInBound', 65001, 'Allow', 'AzureLoadBalancer', '*', { protocol: '*' }],
  ['DenyAllInBound', 65500, 'Deny', '*', '*', { protocol: '*' }],
  [
    'AllowVnetOutBound',
    65000,
    'Allow',
    'VirtualNetwork',
    '*',
    { protocol: '*', direction: 'Outbound', destinationAddressPrefix: 'VirtualNetwork' },
  ],
  [
    'AllowInternetOutBound',
    65001,
    'Allow',
    '*',
    '*',
    { protocol: '*', direction: 'Outbound', destinationAddressPrefix: 'Internet' },
  ],
  ['DenyAllOutBound', 65500, 'Deny', '*', '*', { protocol: '*', direction: 'Outbound' }],
];

function ruleJson([name, priority, access, source, ports, more]: RuleSketch) {
  return {
    name,
    access,
    priority,
    direction: 'Inbound',
    protocol: 'Tcp',
    sourcePortRange: '*',
    destinationAddressPrefix: '*',
    ...oneOrMany('sourceAddressPrefix', 'sourceAddressPrefixes', source),
    ...oneOrMany('destinationPortRange', 'destinationPortRanges', ports),
    ...more,
  };
}

function oneOrMany(one: string, many: string, value: string | readonly string[]) {
  return typeof value === 'string' ? { [one]: value, [many]: [] } : { [many]: value };
}

/** `az network nsg show`, attached to subnets by their ids. */
export function nsgJson(name: string, subnets: readonly string[], rules: readonly RuleSketch[]): unknown {
  const id = `${NETWORK}/networkSecurityGroups/${name}`;
  return {
    id,
    name,
    type: 'Microsoft.Network/networkSecurityGroups',
    location: 'westeurope',
    securityRules: rules.map((rule) => ({ id: `${id}/securityRules/${rule[0]}`, ...ruleJson(rule) })),
    defaultSecurityRules: DEFAULT_RULES.map(ruleJson),
    subnets: subnets.map((subnet) => ({ id: subnet })),
    networkInterfaces: null,
  };
}

/**
 * `az network nic list-effective-nsg`: one entry a group, the service's own rules with it. `network` is what the service
 * says that `VirtualNetwork` stands for; without it the tag is left as it is.
 */
export function effectiveNsgJson(
  nic: string | undefined,
  groups: Readonly<Record<string, readonly RuleSketch[]>>,
  network?: readonly string[],
): unknown {
  const expanded = network === undefined ? {} : { expandedSourceAddressPrefix: [...network, '168.63.129.16/32'] };
  return {
    value: Object.entries(groups).map(([name, rules]) => ({
      networkSecurityGroup: { id: `${NETWORK}/networkSecurityGroups/${name}` },
      association:
        nic === undefined ? { subnet: { id: subnetId('snet-app') } } : { networkInterface: { id: nicId(nic) } },
      effectiveSecurityRules: [...rules, ...DEFAULT_RULES].map((rule) => {
        const isOwn = rule[1] < 65000;
        const body = ruleJson(rule);
        return {
          ...body,
          name: `${isOwn ? 'securityRules' : 'defaultSecurityRules'}/${rule[0]}`,
          protocol: rule[5]?.protocol === '*' ? 'All' : 'Tcp',
          ...(rule[3] === 'VirtualNetwork' ? expanded : {}),
        };
      }),
    })),
  };
}

/** `[prefix, next hop type, next hop address]`, and for an effective route its source and state. */
export type RouteSketch = readonly [prefix: string, hop: string, address?: string, source?: string, state?: string];

/** `az network route-table show`, attached to subnets by their ids. */
export function routeTableJson(name: string, subnets: readonly string[], routes: readonly RouteSketch[]): unknown {
  const id = `${NETWORK}/routeTables/${name}`;
  return {
    id,
    name,
    type: 'Microsoft.Network/routeTables',
    disableBgpRoutePropagation: false,
    routes: routes.map(([prefix, hop, address], index) => ({
      id: `${id}/routes/route-${index + 1}`,
      name: `route-${index + 1}`,
      addressPrefix: prefix,
      nextHopType: hop,
      ...(address === undefined ? {} : { nextHopIpAddress: address }),
    })),
    subnets: subnets.map((subnet) => ({ id: subnet })),
  };
}

/** The routes that every interface has, in a network of its own range. */
export const systemRoutes = (...ranges: readonly string[]): readonly RouteSketch[] => [
  ...ranges.map((range) => [range, 'VnetLocal'] as const),
  ['0.0.0.0/0', 'Internet'],
  ['10.0.0.0/8', 'None'],
  ['172.16.0.0/12', 'None'],
  ['192.168.0.0/16', 'None'],
];

/** `az network nic show-effective-route-table`, with the interface's id noted beside it. */
export function effectiveRoutesJson(nic: string | undefined, routes: readonly RouteSketch[]): unknown {
  return {
    ...(nic === undefined ? {} : { nicId: nicId(nic) }),
    value: routes.map(([prefix, hop, address, source = 'Default', state = 'Active']) => ({
      addressPrefix: [prefix],
      nextHopType: hop,
      nextHopIpAddress: address === undefined ? [] : [address],
      source,
      state,
    })),
  };
}

export interface HopSketch {
  readonly type: string;
  readonly address: string;
  readonly resourceId?: string;
  /** `[type, origin, key, value]`. */
  readonly issue?: readonly [type: string, origin: string, key?: string, value?: string];
}

/** `az network watcher test-connectivity` from the gateway, with the address that it was sent from. */
export function checkJson(status: string, hops: readonly HopSketch[], source = GATEWAY_ID): unknown {
  const all: readonly HopSketch[] =
    hops[0]?.type === 'Source' ? hops : [{ type: 'Source', address: '10.20.0.5', resourceId: source }, ...hops];
  const failed = status === 'Reachable' ? 0 : 100;
  return {
    connectionStatus: status,
    avgLatencyInMs: failed === 0 ? 2 : null,
    probesSent: 100,
    probesFailed: failed,
    hops: all.map(({ type, address, resourceId = type === 'Source' ? source : 'Unknown', issue }, index) => ({
      type,
      id: `hop-${index}`,
      address,
      resourceId,
      nextHopIds: index + 1 < all.length ? [`hop-${index + 1}`] : [],
      issues: issue
        ? [
            {
              origin: issue[1],
              severity: 'Error',
              type: issue[0],
              context: issue[2] === undefined ? [] : [{ key: issue[2], value: issue[3] ?? '' }],
            },
          ]
        : [],
    })),
  };
}

export const networkId = (network = 'vnet-app') => `${NETWORK}/virtualNetworks/${network}`;

export interface PeeringSketch {
  readonly remote: string;
  readonly prefixes: readonly string[];
  readonly state?: string;
  /** What the other network has by now, where that is more. */
  readonly now?: readonly string[];
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface NetworkSketch {
  readonly name?: string;
  readonly prefixes: readonly string[];
  /** Subnet name -> its range, or its range with the names of its security group and route table. */
  readonly subnets: Readonly<Record<string, string | { readonly prefix: string; nsg?: string; table?: string }>>;
  readonly dnsServers?: readonly string[];
  readonly peerings?: readonly PeeringSketch[];
}

/** `az network vnet show`. */
export function networkJson({
  name = 'vnet-app',
  prefixes,
  subnets,
  dnsServers,
  peerings = [],
}: NetworkSketch): unknown {
  const id = networkId(name);
  return {
    id,
    name,
    type: 'Microsoft.Network/virtualNetworks',
    location: 'westeurope',
    addressSpace: { addressPrefixes: prefixes },
    dhcpOptions: dnsServers === undefined ? null : { dnsServers },
    subnets: Object.entries(subnets).map(([subnet, sketch]) => {
      const { prefix, nsg, table } =
        typeof sketch === 'string' ? { prefix: sketch } : { nsg: undefined, table: undefined, ...sketch };
      return {
        id: subnetId(subnet, name),
        name: subnet,
        addressPrefix: prefix,
        networkSecurityGroup: nsg === undefined ? null : { id: `${NETWORK}/networkSecurityGroups/${nsg}` },
        routeTable: table === undefined ? null : { id: `${NETWORK}/routeTables/${table}` },
      };
    }),
    virtualNetworkPeerings: peerings.map(({ remote, prefixes: routed, state = 'Connected', now = routed, more }) => ({
      id: `${id}/virtualNetworkPeerings/to-${remote}`,
      name: `to-${remote}`,
      peeringState: state,
      peeringSyncLevel: now === routed ? 'FullyInSync' : 'RemoteNotInSync',
      remoteVirtualNetwork: { id: networkId(remote) },
      remoteAddressSpace: { addressPrefixes: routed },
      remoteVirtualNetworkAddressSpace: { addressPrefixes: now },
      allowVirtualNetworkAccess: true,
      allowForwardedTraffic: false,
      allowGatewayTransit: false,
      useRemoteGateways: false,
      ...more,
    })),
  };
}

/** Network Watcher's `ipFlowVerify` from an address in the gateway subnet, with what was asked beside it. */
export function flowJson(nic: string, local: string, access: 'Allow' | 'Deny', ruleName: string): unknown {
  const [localIPAddress, localPort] = local.split(':');
  const asked = { direction: 'Inbound', localIPAddress, localPort, ...askedOf(nic), remoteIPAddress: '10.20.0.4' };
  return { access, ruleName, asked };
}

/** Network Watcher's `nextHop` to an address in the gateway subnet, with what was asked beside it. */
export function hopJson(nic: string, source: string, nextHopType: string, nextHopIpAddress?: string): unknown {
  const asked = { sourceIPAddress: source, destinationIPAddress: '10.20.0.4', ...askedOf(nic) };
  return {
    nextHopType,
    ...(nextHopIpAddress === undefined ? {} : { nextHopIpAddress }),
    routeTableId: 'System Route',
    asked,
  };
}

const askedOf = (nic: string) => ({ targetNicResourceId: nicId(nic), gatewaySubnetId: subnetId('snet-agw') });

export interface ZoneSketch {
  /** Names of networks. */
  readonly links: readonly string[];
  readonly records?: Readonly<Record<string, string>>;
  readonly fallsBack?: boolean;
}

/** What Resource Graph answers of private zones (`name -> sketch`), and of private endpoints (`name -> [target, state]`). */
export function privateDnsJson(
  zones: Readonly<Record<string, ZoneSketch>>,
  endpoints: Readonly<Record<string, readonly [target: string, state?: string]>> = {},
): unknown {
  const data = [
    ...Object.entries(zones).flatMap(([name, { links, records = {}, fallsBack = false }]) => {
      const id = `${NETWORK}/privateDnsZones/${name}`;
      const type = 'microsoft.network/privatednszones';
      return [
        { id, name, type, properties: { numberOfRecordSets: 2 } },
        ...links.map((network) => ({
          id: `${id}/virtualNetworkLinks/to-${network}`,
          name: `to-${network}`,
          type: `${type}/virtualnetworklinks`,
          properties: {
            virtualNetwork: { id: networkId(network) },
            virtualNetworkLinkState: 'Completed',
            resolutionPolicy: fallsBack ? 'NxDomainRedirect' : 'Default',
          },
        })),
        ...Object.entries(records).map(([label, address]) => ({
          id: `${id}/A/${label}`,
          name: label,
          type: `${type}/a`,
          properties: { ttl: 10, aRecords: [{ ipv4Address: address }] },
        })),
      ];
    }),
    ...Object.entries(endpoints).map(([name, [target, status = 'Approved']]) => ({
      id: `${NETWORK}/privateEndpoints/${name}`,
      name,
      type: 'microsoft.network/privateendpoints',
      properties: {
        customDnsConfigs: [],
        networkInterfaces: [],
        subnet: { id: subnetId('snet-endpoints') },
        privateLinkServiceConnections: [
          { name, properties: { privateLinkServiceId: target, privateLinkServiceConnectionState: { status } } },
        ],
      },
    })),
  ];
  return { totalRecords: data.length, count: data.length, data, asked: { isWhole: true } };
}

/** `az network lb list`: internal load balancers by name, each with its address. */
export function balancersJson(balancers: Readonly<Record<string, string>>): unknown {
  return Object.entries(balancers).map(([name, address]) => ({
    id: `${NETWORK}/loadBalancers/${name}`,
    name,
    type: 'Microsoft.Network/loadBalancers',
    frontendIPConfigurations: [{ name: 'frontend', privateIPAddress: address }],
    backendAddressPools: [],
  }));
}

/** `az webapp show`. */
export function appJson(name: string, state: string, publicNetworkAccess: 'Enabled' | 'Disabled' = 'Enabled'): unknown {
  const host = `${name}.azurewebsites.net`;
  return {
    id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app-weu/providers/Microsoft.Web/sites/${name}`,
    name,
    type: 'Microsoft.Web/sites',
    kind: 'app,linux',
    state,
    defaultHostName: host,
    hostNames: [host],
    publicNetworkAccess,
  };
}
