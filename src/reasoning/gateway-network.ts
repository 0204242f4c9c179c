import { parseRange, prefixLength } from '../core/address-range.ts';
import type { Peering, Subnet, VirtualNetwork } from '../core/network.ts';
import { isInside } from '../core/network-rules.ts';
import type { Readings } from '../core/readings.ts';
import { lastSegment, sameName } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import type { Citation, MissingRead } from '../core/verdict.ts';

/** The virtual network that the gateway lives in: the range of its subnet, its peerings, and what hangs on the subnet. */

/** The gateway's own network; undefined where it was not read, or the gateway does not say where it is. */
export function gatewayNetwork(readings: Readings): VirtualNetwork | undefined {
  const networks = (readings.gateway?.subnetIds ?? []).map((id) => id.toLowerCase().replace(/\/subnets\/[^/]*$/, ''));
  return readings.networks?.find(({ id }) => networks.includes(id.toLowerCase()));
}

export function gatewaySubnet(readings: Readings): Subnet | undefined {
  return gatewayNetwork(readings)?.subnets.find(({ id }) =>
    (readings.gateway?.subnetIds ?? []).some((own) => sameName(own, id)),
  );
}

/** The ranges of the gateway's subnet, somewhere in which every packet of the gateway comes from; none where not known. */
export function gatewayRanges(readings: Readings): readonly string[] {
  return gatewaySubnet(readings)?.prefixes ?? [];
}

/** The range to put into a rule or a route; a placeholder where it is not known. */
export function gatewayRange(readings: Readings): string {
  return gatewayRanges(readings)[0] ?? '<gateway-subnet-range>';
}

/** Whether the gateway's network itself holds an address, and so delivers to it directly. */
export function isOwnAddress(readings: Readings, address: string): boolean {
  return holds(gatewayNetwork(readings)?.prefixes ?? [], address);
}

/** The peerings of the gateway's network whose ranges hold an address: the ranges that are routed, and those of today. */
export function peeringsTo(readings: Readings, address: string): readonly Peering[] {
  const peerings = gatewayNetwork(readings)?.peerings ?? [];
  return peerings.filter((peering) => isRouted(peering, address) || holds(peering.remotePrefixesNow, address));
}

export function isRouted({ remotePrefixes }: Peering, address: string): boolean {
  return holds(remotePrefixes, address);
}

export function isConnected({ state }: Peering): boolean {
  return state !== undefined && sameName(state, 'Connected');
}

/** Whether a working peering leads to an address, so that each side counts the other as its virtual network. */
export function isPeered(readings: Readings, address: string): boolean {
  return peeringsTo(readings, address).some(
    (peering) => isConnected(peering) && isRouted(peering, address) && peering.allowsAccess === true,
  );
}

/**
 * Whether nothing on the gateway's subnet takes packets for an address out of their straight way, so that they arrive with
 * the gateway's own address: it has no route table, or the one that it has was read and leads to no next hop for the address.
 * A default route does not count, for the network and its peerings are routed more closely.
 */
export function isStraightTo(readings: Readings, address: string): boolean {
  const subnet = gatewaySubnet(readings);
  if (!subnet) return false;
  if (subnet.routeTableId === undefined) return true;
  const table = readings.routeTables?.find(({ id }) => id !== undefined && sameName(id, subnet.routeTableId ?? ''));
  if (!table) return false;
  return table.routes
    .filter(({ isActive, nextHopType }) => isActive && !sameName(nextHopType, 'VnetLocal'))
    .every(({ prefixes }) => prefixes.every((prefix) => isDefaultRange(prefix) || isInside(address, prefix) !== true));
}

/** `0.0.0.0/0`, or a half of it. */
function isDefaultRange(prefix: string): boolean {
  const range = parseRange(prefix);
  return range !== undefined && (prefixLength(range) ?? 32) <= 1;
}

function holds(prefixes: readonly string[], address: string): boolean {
  return prefixes.some((prefix) => isInside(address, prefix) === true);
}

export function citePeering(peering: Peering, says: string): Citation {
  const { name = lastSegment(peering.remoteNetworkId ?? '') } = peering;
  const quote = `"name": "${name}", "peeringState": "${peering.state ?? 'not shown'}"`;
  return { evidence: 'virtual-network', quote, says };
}

/** Quotes the subnet of the gateway by its name and range. */
export function citeGatewaySubnet(subnet: Subnet, says: string): Citation {
  const quote = `"name": "${subnet.name ?? ''}", "addressPrefix": "${subnet.prefixes[0] ?? ''}"`;
  return { evidence: 'virtual-network', quote, says };
}

/** The virtual network of the gateway: the range of its subnet, DNS servers, peerings, and what hangs on the subnet. */
export function gatewayNetworkRead({ gateway }: Readings): MissingRead {
  const network = gateway?.subnetIds[0]?.replace(/\/subnets\/[^/]*$/i, '') ?? '<virtual network id>';
  return {
    evidence: 'virtual-network',
    read: "The gateway's virtual network: the range of its subnet, what hangs on it, its peerings and its DNS servers.",
    command: command('az', 'network', 'vnet', 'show', '--ids', network, '--output', 'json'),
  };
}
