import { GATEWAY_SUBNET, isInside, type Network, networkOf } from './network.ts';
import type { RoutePlan, RouteTablePlan, SecurityGroupPlan, SecurityRulePlan, SubnetPlan } from './network-plan.ts';
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
  | { readonly kind: 'route'; readonly at: 'gateway' | 'member'; readonly table: string; readonly route: RoutePlan };

/** The first obstacle on the way to an address and port, and of the answer on its way back. */
export function obstacleTo(world: World, address: string, port: number, minute: number): Obstacle | undefined {
  const network = networkOf(world);
  const from = world.gateway.subnetPrefix;
  const own = network.subnets.find(({ name }) => name === GATEWAY_SUBNET);
  const theirs = network.subnets.find(({ prefix }) => isInside(address, prefix));
  return (
    denied(network, own, 'gateway', { direction: 'Outbound', source: from, destination: address, port }, minute) ??
    diverted(network, own, 'gateway', address, minute) ??
    denied(network, theirs, 'member', { direction: 'Inbound', source: from, destination: address, port }, minute) ??
    diverted(network, theirs, 'member', from, minute)
  );
}

interface Flow {
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
  const rule = group && rulesAt(group, minute).find((candidate) => applies(network, candidate, flow));
  return group && rule?.access === 'Deny' ? { kind: 'security-rule', at, group: group.name, rule } : undefined;
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

function isMeant({ addressSpace }: Network, term: string, place: string): boolean {
  if (term === '*') return true;
  if (term === 'VirtualNetwork') return isInside(place, addressSpace);
  return /^\d/.test(term) && isInside(place, term);
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
