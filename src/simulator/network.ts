import type {
  AppPlan,
  LoadBalancerPlan,
  NetworkPlan,
  PeeringPlan,
  PrivateEndpointPlan,
  PrivateZonePlan,
  RouteTablePlan,
  SecurityGroupPlan,
  SubnetPlan,
} from './network-plan.ts';
import { type Host, holds, type World } from './world.ts';

/** The gateway's virtual network with every part there: as the scenario has it, else as such networks usually are. */
export interface Network {
  readonly addressSpace: string;
  readonly subnets: readonly SubnetPlan[];
  readonly securityGroups: readonly SecurityGroupPlan[];
  readonly routeTables: readonly RouteTablePlan[];
  readonly dnsServers: readonly string[];
  readonly peerings: readonly PeeringPlan[];
  readonly privateZones: readonly PrivateZonePlan[];
  readonly privateEndpoints: readonly PrivateEndpointPlan[];
  readonly loadBalancers: readonly LoadBalancerPlan[];
  readonly apps: readonly AppPlan[];
}

export const GATEWAY_SUBNET = 'snet-gateway';

/** The rules that a gateway needs on its own subnet, and those that its clients need. */
export const GATEWAY_RULES: SecurityGroupPlan['rules'] = [
  {
    name: 'allow-gateway-manager',
    priority: 100,
    direction: 'Inbound',
    access: 'Allow',
    protocol: 'Tcp',
    source: 'GatewayManager',
    destination: '*',
    ports: ['65200-65535'],
  },
  {
    name: 'allow-web',
    priority: 110,
    direction: 'Inbound',
    access: 'Allow',
    protocol: 'Tcp',
    source: 'Internet',
    destination: '*',
    ports: ['80', '443'],
  },
];

const networks = new WeakMap<World, Network>();

/** The world never changes, so its network is worked out once. */
export function networkOf(world: World): Network {
  const known = networks.get(world);
  if (known) return known;
  const network = complete(world, world.network ?? {});
  networks.set(world, network);
  return network;
}

function complete(world: World, plan: NetworkPlan): Network {
  const { gateway, hosts } = world;
  const ranges = [...new Set(hosts.map(({ address }) => rangeOf(address)))];
  const groups = plan.securityGroups ?? [
    { name: `nsg-${gateway.name}`, rules: GATEWAY_RULES },
    ...ranges.map((range) => ({ name: `nsg-${nameOf(range)}`, rules: allowFrom(gateway.subnetPrefix) })),
  ];
  const has = (name: string) => groups.some((group) => group.name === name);
  const guarded = (name: string) => (has(name) ? { securityGroup: name } : {});
  return {
    addressSpace: plan.addressSpace ?? `${gateway.subnetPrefix.split('.').slice(0, 2).join('.')}.0.0/16`,
    subnets: plan.subnets ?? [
      { name: GATEWAY_SUBNET, prefix: gateway.subnetPrefix, ...guarded(`nsg-${gateway.name}`) },
      ...ranges.map((range) => ({
        name: `snet-${nameOf(range)}`,
        prefix: `${range}.0/24`,
        ...guarded(`nsg-${nameOf(range)}`),
      })),
    ],
    securityGroups: groups,
    routeTables: plan.routeTables ?? [],
    dnsServers: plan.dnsServers ?? [],
    peerings: plan.peerings ?? [],
    privateZones: plan.privateZones ?? [],
    privateEndpoints: plan.privateEndpoints ?? [],
    loadBalancers: plan.loadBalancers ?? [],
    apps: plan.apps ?? [],
  };
}

/** The rule that lets a gateway reach a subnet of backends. */
export function allowFrom(prefix: string): SecurityGroupPlan['rules'] {
  return [
    {
      name: 'allow-from-gateway',
      priority: 200,
      direction: 'Inbound',
      access: 'Allow',
      protocol: 'Tcp',
      source: prefix,
      destination: '*',
      ports: ['*'],
    },
  ];
}

function rangeOf(address: string): string {
  return address.split('.').slice(0, 3).join('.');
}

/** `app-4` for 10.20.4: what the third number stands for is nobody's business. */
function nameOf(range: string): string {
  return `app-${range.split('.')[2]}`;
}

/** A machine's interface, as it is at a minute. */
export interface Interface {
  readonly id: string;
  readonly name: string;
  readonly host: Host;
  readonly machineId: string;
  readonly subnet?: SubnetPlan;
  /** A machine that is off keeps its interface. */
  readonly isRunning: boolean;
}

/** The interfaces there are at a minute: those of running machines, and of machines that are off but not gone. */
export function interfacesAt(world: World, minute: number): readonly Interface[] {
  return world.hosts.flatMap((host) => {
    // The platform's endpoints have no interface of their own.
    if (host.isPlatform) return [];
    const isRunning = holds(host, minute);
    const isOff = host.afterwards === 'deallocated' && minute >= (host.untilMinute ?? Infinity);
    if (host.isInCluster || host.isPlatform || (!isRunning && !isOff)) return [];
    const machine = machineIdOf(world, host);
    const name = `nic-${machineNameOf(world, host)}`;
    const id =
      host.scaleSet === undefined
        ? `${groupId(world)}/providers/Microsoft.Network/networkInterfaces/${name}`
        : `${machine}/networkInterfaces/${name}`;
    const subnet = networkOf(world).subnets.find(({ prefix }) => isInside(host.address, prefix));
    return [{ id, name, host, machineId: machine, isRunning, ...(subnet ? { subnet } : {}) }];
  });
}

export function machineIdOf(world: World, host: Host): string {
  const compute = `${groupId(world)}/providers/Microsoft.Compute`;
  return host.scaleSet === undefined
    ? `${compute}/virtualMachines/${machineNameOf(world, host)}`
    : `${compute}/virtualMachineScaleSets/${host.scaleSet}/virtualMachines/${machineNameOf(world, host)}`;
}

/** Instances of a scale set are counted through; other machines are named by where they are. */
function machineNameOf({ hosts }: World, host: Host): string {
  if (host.machine !== undefined) return host.machine;
  if (host.scaleSet === undefined) return `vm-${nameOf(rangeOf(host.address))}-${host.address.split('.')[3]}`;
  return String(hosts.filter(({ scaleSet }) => scaleSet === host.scaleSet).indexOf(host));
}

export function groupId({ subscription, resourceGroup }: World): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}`;
}

export function networkId(world: World, name = networkName(world)): string {
  return `${groupId(world)}/providers/Microsoft.Network/virtualNetworks/${name}`;
}

export function networkName({ location }: World): string {
  return `vnet-${location}`;
}

export function subnetId(world: World, name: string): string {
  return `${networkId(world)}/subnets/${name}`;
}

export function securityGroupId(world: World, name: string): string {
  return `${groupId(world)}/providers/Microsoft.Network/networkSecurityGroups/${name}`;
}

export function routeTableId(world: World, name: string): string {
  return `${groupId(world)}/providers/Microsoft.Network/routeTables/${name}`;
}

/** Whether an IPv4 address or prefix lies in a prefix; IPv4 is all that these worlds speak. */
export function isInside(inner: string, prefix: string): boolean {
  const [base = '', length = '32'] = prefix.split('/');
  const [address = '', own = '32'] = inner.split('/');
  if (Number(own) < Number(length)) return false;
  const size = 2 ** (32 - Number(length));
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(base) / size);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
