import { GATEWAY_SUBNET, isInside, type Network, networkOf } from './network.ts';
import type {
  PeeringPlan,
  RoutePlan,
  RouteTablePlan,
  SecurityGroupPlan,
  SecurityRulePlan,
  SubnetPlan,
} from './network-plan.ts';
import { holds, type World } from './world.ts';

/** The rules that every security group ends with. */
export const DEFAULT_RULES: readonly SecurityRulePlan[] = [
  ...([
    ['AllowVnetInBound', 65000, 'Inbound', 'Allow', 'VirtualNetwork', 'VirtualNetwork'],
    ['AllowAzureLoadBalancerInBound', 65001, 'Inbound', 'Allow', 'AzureLoadBalancer', '*'],
    ['DenyAllInBound', 65500, 'Inbound', 'Deny', '*', '*'],
    ['AllowVnetOutBound', 65000, 'Outbound', 'Allow', 'VirtualNetwork', 'VirtualNetwork'],
    ['AllowInternetOutBound', 65001, 'Outbound', 'Allow', '*', 'Internet'],
    ['DenyAllOutBound', 65500, 'Outbound', 'Deny', '*', '*'],
  ] as const),
].map(([name, priority, direction, access, source, destination]) => ({
  name,
  priority,
  direction,
  access,
  protocol: '*',
  source,
  destination,
  ports: ['*'],
}));

/** What keeps a connection from the gateway's subnet from being made, if anything does. */
export type Obstacle =
  | {
      readonly kind: 'security-rule';
      readonly at: 'gateway' | 'member';
      readonly group: string;
      readonly rule: SecurityRulePlan;
    }
  | { readonly kind: 'route'; readonly at: 'gateway' | 'member'; readonly table: string; readonly route: RoutePlan }
  | { readonly kind: 'peering'; readonly at: 'gateway'; readonly peering: PeeringPlan };

/** Where a connection begins: in the gateway's subnet, or in that of the prober. */
export type Origin = 'gateway' | 'prober';

/** The first obstacle on the way to an address and port, and of the answer on its way back. */
export function obstacleTo(
  world: World,
  address: string,
  port: number,
  minute: number,
  origin: Origin = 'gateway',
): Obstacle | undefined {
  const network = networkOf(world);
  const from = origin === 'gateway' ? world.gateway.subnetPrefix : proberPrefix(network);
  // The prober's subnet has neither a security group nor a route table.
  const own = origin === 'gateway' ? network.subnets.find(({ name }) => name === GATEWAY_SUBNET) : undefined;
  const theirs = network.subnets.find(({ prefix }) => isInside(address, prefix));
  return (
    denied(network, own, 'gateway', { direction: 'Outbound', source: from, destination: address, port }, minute) ??
    diverted(network, own, 'gateway', address, minute) ??
    unpeered(network, address, minute) ??
    denied(network, theirs, 'member', { direction: 'Inbound', source: from, destination: address, port }, minute) ??
    diverted(network, theirs, 'member', from, minute)
  );
}

/** The last /26 of the network, which no world uses for anything else. */
function proberPrefix({ addressSpace }: Network): string {
  return `${addressSpace.split('.').slice(0, 2).join('.')}.255.192/26`;
}

/** An address behind a peering that has lost its other side. */
function unpeered({ peerings }: Network, address: string, minute: number): Obstacle | undefined {
  const peering = peerings.find(
    ({ remotePrefixes, disconnected }) =>
      holds(disconnected, minute) && remotePrefixes.some((prefix) => isInside(address, prefix)),
  );
  return peering && { kind: 'peering', at: 'gateway', peering };
}

export interface Flow {
  readonly direction: 'Inbound' | 'Outbound';
  readonly source: string;
  readonly destination: string;
  readonly port: number;
}

function denied(
  network: Network,
  subnet: SubnetPlan | undefined,
  at: Obstacle['at'],
  flow: Flow,
  minute: number,
): Obstacle | undefined {
  const group = network.securityGroups.find(({ name }) => name === subnet?.securityGroup);
  const rule = decidingRule(network, subnet, flow, minute);
  return group && rule?.access === 'Deny' ? { kind: 'security-rule', at, group: group.name, rule } : undefined;
}

/** The rule of a subnet's group that decides about a connection; none where the subnet has no group. */
export function decidingRule(
  network: Network,
  subnet: SubnetPlan | undefined,
  flow: Flow,
  minute: number,
): SecurityRulePlan | undefined {
  const group = network.securityGroups.find(({ name }) => name === subnet?.securityGroup);
  return group && rulesAt(group, minute).find((candidate) => applies(network, candidate, flow));
}

/** Where a subnet's routes take a destination: by its table, if that is as close as the network's own routes, or by these. */
export function takenRoute(
  network: Network,
  subnet: SubnetPlan | undefined,
  destination: string,
  minute: number,
): { readonly hop: string; readonly table?: string; readonly route?: RoutePlan } {
  const table = network.routeTables.find(({ name }) => name === subnet?.routeTable);
  const route = table && routeTo(table, destination, minute);
  const peering = network.peerings.find(
    ({ remotePrefixes, disconnected }) =>
      !holds(disconnected, minute) && remotePrefixes.some((prefix) => isInside(destination, prefix)),
  );
  const isLocal = isInside(destination, network.addressSpace);
  if (table && route && (!isLocal || isInside(route.prefix, network.addressSpace)))
    return { hop: route.nextHopType, table: table.name, route };
  return { hop: isLocal ? 'VnetLocal' : peering ? 'VirtualNetworkPeering' : 'Internet' };
}

/** A group's own rules at a minute and those that it ends with, the first to apply first. */
function rulesAt({ rules }: SecurityGroupPlan, minute: number): readonly SecurityRulePlan[] {
  const own = rules.filter((rule) => holds(rule, minute));
  return [...own, ...DEFAULT_RULES].toSorted((left, right) => left.priority - right.priority);
}

function applies(network: Network, rule: SecurityRulePlan, { direction, source, destination, port }: Flow): boolean {
  return (
    rule.direction === direction &&
    rule.protocol !== 'Udp' &&
    isMeant(network, rule.source, source) &&
    isMeant(network, rule.destination, destination) &&
    rule.ports.some((ports) => {
      const [low = '', high = low] = ports.split('-');
      return ports === '*' || (Number(low) <= port && port <= Number(high));
    })
  );
}

/** The tag of the network takes in what is peered with it. A peering that is gone is in the way by itself. */
function isMeant({ addressSpace, peerings }: Network, term: string, place: string): boolean {
  if (term === '*') return true;
  if (term === 'VirtualNetwork') {
    const peered = peerings.filter(({ blocksAccess }) => !blocksAccess).flatMap(({ remotePrefixes }) => remotePrefixes);
    return [addressSpace, ...peered].some((prefix) => isInside(place, prefix));
  }
  if (term === 'Internet') return !isInside(place, addressSpace) && !isPrivate(place);
  return /^\d/.test(term) && isInside(place, term);
}

function isPrivate(place: string): boolean {
  return ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].some((range) => isInside(place, range));
}

function diverted(
  network: Network,
  subnet: SubnetPlan | undefined,
  at: Obstacle['at'],
  destination: string,
  minute: number,
): Obstacle | undefined {
  const table = network.routeTables.find(({ name }) => name === subnet?.routeTable);
  const route = table && routeTo(table, destination, minute);
  // What the network itself routes more closely than the table stays in the network.
  const isCloser = route && isInside(route.prefix, network.addressSpace);
  return table && route?.loses && isCloser ? { kind: 'route', at, table: table.name, route } : undefined;
}

/** The route with the longest prefix. */
function routeTo({ routes }: RouteTablePlan, destination: string, minute: number): RoutePlan | undefined {
  return routes
    .filter((route) => holds(route, minute) && isInside(destination, route.prefix))
    .toSorted((left, right) => lengthOf(right.prefix) - lengthOf(left.prefix))[0];
}

function lengthOf(prefix: string): number {
  return Number(prefix.split('/')[1] ?? 32);
}
