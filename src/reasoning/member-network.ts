import type { Member } from '../core/backend-health.ts';
import type { EffectiveRoutes, EffectiveSecurity, NetworkInterface, SecurityGroup } from '../core/network.ts';
import { isInside, isPublic, LOAD_BALANCER_ADDRESS, type Place, type RuleGroup } from '../core/network-rules.ts';
import type { Readings } from '../core/readings.ts';
import { lastSegment, sameName } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import type { Target } from '../core/targets.ts';
import type { MissingRead } from '../core/verdict.ts';
import { isIpAddress } from './backend-address.ts';
import { type Destination, gatewayAddresses } from './connectivity.ts';
import { gatewayRanges, gatewaySubnet, isOwnAddress, isPeered, isStraightTo } from './gateway-network.ts';
import { interfacesWith } from './member-interfaces.ts';
import { observationsOfMember } from './probed-ports.ts';

/** Which interface, security groups and routes belong to a member, and where the gateway's packets come from. */

/** The addresses of a member: its own, or those to which the prober saw its name resolve. */
export function addressesOf(readings: Readings, member: Pick<Member, 'address'>): readonly string[] {
  if (isIpAddress(member.address)) return [member.address];
  return [...new Set(observationsOfMember(readings, member).flatMap(({ resolution }) => resolution?.addresses ?? []))];
}

/** A member as the end of a connectivity check, which may name it by address or by name. */
export function destinationOf(readings: Readings, member: Member, port: number | undefined): Destination {
  const addresses = [...new Set([...addressesOf(readings, member), member.address])];
  return { addresses, ...(port === undefined ? {} : { port }) };
}

/**
 * The interface that has a member's address. Networks that are not connected often use the same addresses, so where
 * several interfaces have it, only one that the pool names or that lies in the gateway's own network counts.
 */
export function interfaceOf(readings: Readings, target: Target, member: Member): NetworkInterface | undefined {
  const having = [...new Set(addressesOf(readings, member).flatMap((address) => interfacesWith(readings, address)))];
  if (having.length <= 1) return having[0];
  const named = having.filter((nic) =>
    target.poolConfig?.nicIpConfigurationIds.some((id) => id.toLowerCase().startsWith(`${nic.id.toLowerCase()}/`)),
  );
  if (named.length === 1) return named[0];
  const near = having.filter((nic) => isInGatewayNetwork(readings, nic));
  return near.length === 1 ? near[0] : undefined;
}

/** The virtual network of a subnet, by its lower-case id. */
export function networkOf(subnetId: string): string | undefined {
  return /^(.*\/virtualnetworks\/[^/]+)\/subnets\//.exec(subnetId.toLowerCase())?.[1];
}

/**
 * Whether an interface lies in the gateway's own virtual network; undefined where either is not known. An address in the
 * range of that network is delivered in it, whatever interfaces of other networks have the same address.
 */
export function isInGatewayNetwork(
  readings: Readings,
  nic: NetworkInterface | undefined,
  addresses: readonly string[] = nic?.addresses ?? [],
): boolean | undefined {
  if (addresses.length > 0 && addresses.every((address) => isOwnAddress(readings, address))) return true;
  const { gateway } = readings;
  const own = (gateway?.subnetIds ?? []).map(networkOf).filter((id) => id !== undefined);
  const its = (nic?.subnetIds ?? []).map(networkOf).filter((id) => id !== undefined);
  return own.length === 0 || its.length === 0 ? undefined : its.some((id) => own.includes(id));
}

export function effectiveRoutesOf({ effectiveRoutes }: Readings, nic: NetworkInterface): EffectiveRoutes | undefined {
  return effectiveRoutes?.find(({ nicId }) => nicId !== undefined && isNic(nicId, nic));
}

/** Files are named by the interface, so an answer may know its interface by name only. */
function isNic(nicId: string, nic: NetworkInterface): boolean {
  return sameName(nicId, nic.id) || (!nicId.includes('/') && sameName(nicId, lastSegment(nic.id)));
}

/**
 * Where the gateway's packets to private addresses come from: somewhere in its subnet. What can be known of that, from the
 * closest to the widest: addresses that a check was sent from; the range of the subnet, where gateway and member share a
 * virtual network or a peering (an appliance in between could put its own address in place); the ranges of a shared
 * network as the member's routes show them; what its effective rules say that `VirtualNetwork` stands for. Each holds the
 * one before it, so knowing more never undoes what was told with less. `isPresumed` takes for granted that a gateway which
 * reaches for a private address is in what the member calls `VirtualNetwork`: in a network joined to its own.
 */
export function gatewayPlace(
  readings: Readings,
  nic: NetworkInterface | undefined,
  groups: readonly RuleGroup[],
  isPresumed: boolean,
  addresses: readonly string[] = nic?.addresses ?? [],
): Place {
  const isNear = isInGatewayNetwork(readings, nic, addresses) === true;
  const isStraight = addresses.length > 0 && addresses.every((address) => isStraightTo(readings, address));
  const isPeeredWith = isStraight && addresses.every((address) => isPeered(readings, address));
  const isJoined = isNear || isPeeredWith || isPresumed;
  const subnet = isPresumed || (isJoined && isStraight) ? gatewayRanges(readings) : [];
  const local = isNear && nic ? localPrefixes(effectiveRoutesOf(readings, nic)) : [];
  const joined = isNear || isPresumed ? networkPrefixes(groups) : [];
  const known = [gatewayAddresses(readings), subnet, local, joined];
  const [within = ['0.0.0.0/0']] = known.filter((ranges) => ranges.length > 0);
  return {
    within,
    // The gateway's instances are neither the platform's load balancer nor its gateway manager, and an application
    // security group can hold interfaces of machines only.
    tags: {
      azureloadbalancer: false,
      gatewaymanager: false,
      ...(isJoined ? { virtualnetwork: true } : {}),
    },
    applicationGroups: [],
  };
}

function localPrefixes(routes: EffectiveRoutes | undefined): readonly string[] {
  return (routes?.routes ?? [])
    .filter(({ nextHopType }) => /^vnetlocal$/i.test(nextHopType))
    .flatMap(({ prefixes }) => prefixes);
}

/** Of the service's own rules the one at 65000 allows `VirtualNetwork`, and effective rules spell out what that is. */
function networkPrefixes(groups: readonly RuleGroup[]): readonly string[] {
  const own = groups.flatMap(({ rules }) =>
    rules.filter(({ priority, direction }) => priority === 65000 && direction === 'inbound'),
  );
  return (own[0]?.sources ?? []).filter(
    (source) => isInside(source, '0.0.0.0/0') === true && isInside(LOAD_BALANCER_ADDRESS, source) !== true,
  );
}

/** Security groups that stand in front of a member. */
export interface Guard {
  readonly evidence: 'effective-nsg' | 'nsg';
  readonly groups: readonly RuleGroup[];
  /** Whether these are known to be the member's. Otherwise they are the only ones read, and whose is a guess. */
  readonly isMapped: boolean;
  /** Whether these are all the groups on the way: effective rules are, single security groups need not be. */
  readonly isComplete: boolean;
}

/**
 * The guards of a member. A private endpoint has none that can be told: its subnet ignores security groups unless a
 * setting of the subnet says otherwise.
 */
export function guardsOf(readings: Readings, target: Target, member: Member): readonly Guard[] {
  const nic = interfaceOf(readings, target, member);
  if (nic?.privateEndpointId !== undefined) return [];
  if (nic) {
    const own = effectiveGuard(readings, nic);
    return [...own, ...attachedGuard(readings, nic), ...(own.length > 0 ? [] : namelessGuard(readings))];
  }
  const [address] = addressesOf(readings, member);
  // A name that nobody resolved may stand for anything, and a public address is not an interface's own.
  if (address === undefined || isPublic(address) !== false) return [];
  return guessedGuards(readings, target);
}

function effectiveGuard(readings: Readings, nic: NetworkInterface): readonly Guard[] {
  const own = readings.effectiveSecurity?.find(({ nicId }) => nicId !== undefined && isNic(nicId, nic));
  return own ? [{ evidence: 'effective-nsg', groups: own.groups, isMapped: true, isComplete: true }] : [];
}

function attachedGuard(readings: Readings, nic: NetworkInterface): readonly Guard[] {
  const groups = (readings.securityGroups ?? []).filter(
    (group) =>
      group.nicIds.some((id) => sameName(id, nic.id)) ||
      group.subnetIds.some((id) => nic.subnetIds.some((own) => sameName(own, id))) ||
      (nic.securityGroupId !== undefined && group.id !== undefined && sameName(group.id, nic.securityGroupId)),
  );
  return groups.length > 0 ? [{ evidence: 'nsg', groups, isMapped: true, isComplete: false }] : [];
}

/** Effective rules that do not say whose they are; `az` prints no interface where the group is that of the subnet. */
function namelessGuard({ effectiveSecurity = [] }: Readings): readonly Guard[] {
  const [only] = effectiveSecurity;
  if (effectiveSecurity.length !== 1 || !only || only.nicId !== undefined) return [];
  return [{ evidence: 'effective-nsg', groups: only.groups, isMapped: false, isComplete: false }];
}

/** Whoever reads the rules of one interface in an incident reads those of the member in question. */
function guessedGuards(readings: Readings, target: Target): readonly Guard[] {
  const effective = (readings.effectiveSecurity ?? []).filter((one) => !isAnothers(readings, one));
  const own = effective.filter(({ nicId }) => isNamedByPool(target, nicId));
  if (own.length === 1 && own[0] && target.members.length === 1) {
    return [{ evidence: 'effective-nsg', groups: own[0].groups, isMapped: true, isComplete: true }];
  }
  const guesses: Guard[] = [];
  if (effective.length === 1 && effective[0]) {
    guesses.push({ evidence: 'effective-nsg', groups: effective[0].groups, isMapped: false, isComplete: false });
  }
  const groups = (readings.securityGroups ?? []).filter(
    (group) => !isOnGatewaySubnet(readings, group) && !isForGateways(group),
  );
  if (groups.length === 1) guesses.push({ evidence: 'nsg', groups, isMapped: false, isComplete: false });
  return guesses;
}

function isNamedByPool({ poolConfig }: Target, nicId: string | undefined): boolean {
  const ids = poolConfig?.nicIpConfigurationIds ?? [];
  return nicId !== undefined && ids.some((id) => id.toLowerCase().startsWith(`${nicId.toLowerCase()}/`));
}

/** Whether the effective rules belong to an interface that is known and has other addresses. */
function isAnothers({ interfaces }: Readings, { nicId }: EffectiveSecurity): boolean {
  return nicId !== undefined && (interfaces ?? []).some((nic) => isNic(nicId, nic));
}

export function isOnGatewaySubnet({ gateway }: Readings, { subnetIds }: Pick<SecurityGroup, 'subnetIds'>): boolean {
  return subnetIds.some((id) => gateway?.subnetIds.some((own) => sameName(own, id)));
}

/** A group that speaks of the gateway manager was made for the subnet of a gateway. */
export function isForGateways({ rules }: SecurityGroup): boolean {
  return rules.some(({ sources }) => sources.some((source) => sameName(source, 'GatewayManager')));
}

/** The effective rules of a member's interface, by its real name where that is known. */
export function effectiveSecurityRead(readings: Readings, target: Target, member: Member): MissingRead {
  return interfaceRead(readings, target, member, 'list-effective-nsg', 'security rules');
}

export function effectiveRoutesRead(readings: Readings, target: Target, member: Member): MissingRead {
  return interfaceRead(readings, target, member, 'show-effective-route-table', 'routes');
}

function interfaceRead(readings: Readings, target: Target, member: Member, verb: string, what: string): MissingRead {
  const id = interfaceOf(readings, target, member)?.id ?? '<id of its network interface>';
  return {
    evidence: verb === 'list-effective-nsg' ? 'effective-nsg' : 'effective-routes',
    read: `The effective ${what} of the network interface of ${member.address}.`,
    command: command('az', 'network', 'nic', verb, '--ids', id),
  };
}

/**
 * The security group of the gateway's subnet, by its real name where that is known. The network names it, and with that a
 * call less is needed, so the collector is named once the network has been asked for.
 */
export function gatewayGroupRead(readings: Readings): MissingRead {
  const id = gatewaySubnet(readings)?.securityGroupId ?? '<id of the security group of the gateway subnet>';
  return {
    ...(wasNetworkAskedFor(readings) ? { evidence: 'nsg' } : {}),
    read: 'The security group of the gateway subnet, with its rules.',
    command: command('az', 'network', 'nsg', 'show', '--ids', id, '--output', 'json'),
  };
}

/** The route table of the gateway's subnet, in the same way. */
export function gatewayTableRead(readings: Readings): MissingRead {
  const id = gatewaySubnet(readings)?.routeTableId ?? '<id of the route table of the gateway subnet>';
  return {
    ...(wasNetworkAskedFor(readings) ? { evidence: 'route-table' } : {}),
    read: 'The route table of the gateway subnet, with its routes.',
    command: command('az', 'network', 'route-table', 'show', '--ids', id, '--output', 'json'),
  };
}

function wasNetworkAskedFor({ evidence }: Readings): boolean {
  return evidence.some(({ name }) => name === 'virtual-network');
}
