import { parseRange, prefixLength } from '../../core/address-range.ts';
import type { Member } from '../../core/backend-health.ts';
import type { NetworkInterface, NetworkRoute, RouteTable } from '../../core/network.ts';
import { isInside, isPublic, routeFor } from '../../core/network-rules.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Target } from '../../core/targets.ts';
import { gatewayAddresses } from '../../reasoning/connectivity.ts';
import {
  gatewayNetwork,
  gatewayRanges,
  gatewaySubnet,
  isConnected,
  isOwnAddress,
  isPeered,
  peeringsTo,
} from '../../reasoning/gateway-network.ts';
import { addressesOf, effectiveRoutesOf, interfaceOf, isInGatewayNetwork } from '../../reasoning/member-network.ts';
import { hopToGateway } from '../../reasoning/path-tests.ts';

/** Where routes take the gateway's packets to a member, and the member's answers back. */

export interface Detour {
  readonly way: 'there' | 'back';
  /** `drops`: the next hop is None. `elsewhere`: an appliance, a network gateway, or the Internet for a private address. */
  readonly kind: 'drops' | 'elsewhere' | 'no-peering';
  readonly evidence: 'route-table' | 'effective-routes' | 'ip-flow';
  readonly route?: NetworkRoute;
  readonly table?: RouteTable;
  /** Whether this route is known to win, and to be on this very way. */
  readonly isSure: boolean;
}

export type Way = Detour | 'direct' | 'unknown';

export interface SubnetTable {
  readonly table: RouteTable;
  readonly isMapped: boolean;
}

/** The route table of the gateway's subnet; where nothing says which one that is, the only table that was read. */
export function gatewayTable(readings: Readings): SubnetTable | undefined {
  const { gateway, routeTables = [] } = readings;
  const subnets = gateway?.subnetIds ?? [];
  const subnet = gatewaySubnet(readings);
  const own =
    routeTables.find((table) => isOn(table, subnets)) ??
    routeTables.find(({ id }) => id !== undefined && sameName(id, subnet?.routeTableId ?? ''));
  if (own) return { table: own, isMapped: true };
  // The subnet was read, and has another table or none.
  if (subnet) return undefined;
  const [only] = routeTables;
  const isOpen = subnets.length === 0 || only?.subnetIds.length === 0;
  return isOpen && routeTables.length === 1 && only ? { table: only, isMapped: false } : undefined;
}

function isOn({ subnetIds }: RouteTable, subnets: readonly string[]): boolean {
  return subnetIds.some((id) => subnets.some((own) => sameName(own, id)));
}

/** The gateway's packets to a member. The table of its subnet holds user-defined routes only; system routes are not read. */
export function wayThere(readings: Readings, target: Target, member: Member): Way {
  const own = gatewayTable(readings);
  const [address] = addressesOf(readings, member);
  if (address === undefined) return 'unknown';
  const isJoined = isOwnAddress(readings, address) || isPeered(readings, address);
  if (!own) return isJoined && isBare(readings) ? 'direct' : 'unknown';
  const chosen = routeFor(own.table.routes, address);
  if (chosen.outcome === 'none') return own.isMapped ? 'direct' : 'unknown';
  if (chosen.outcome === 'undecidable') return 'unknown';
  const kind = kindOf(chosen.route, address);
  if (!kind) return own.isMapped ? 'direct' : 'unknown';
  const nic = interfaceOf(readings, target, member);
  // A default route loses to the system's route for the network of a private member, or for a peered one.
  if (isDefault(chosen.prefix) && isPublic(address) !== true) {
    const isNear = isInGatewayNetwork(readings, nic, [address]) === true;
    return (isNear || isJoined) && own.isMapped ? 'direct' : 'unknown';
  }
  const isSure = own.isMapped && beatsSystem(readings, nic, chosen.prefix, address);
  return { way: 'there', kind, evidence: 'route-table', route: chosen.route, table: own.table, isSure };
}

/**
 * Whether a user-defined route is known to win over the system's: it is for this address alone, or at least as narrow as
 * the range of the network that gateway and member share, as the member's effective routes show that.
 */
function beatsSystem(readings: Readings, nic: NetworkInterface | undefined, prefix: string, address: string): boolean {
  const range = parseRange(prefix);
  if (!range) return false;
  if (range.from === range.to) return true;
  const system = systemRanges(readings, address);
  if (system.length > 0 && system.every((one) => isInside(prefix, one) === true)) return true;
  if (!nic || isInGatewayNetwork(readings, nic, [address]) !== true) return false;
  const local = (effectiveRoutesOf(readings, nic)?.routes ?? [])
    .filter(({ nextHopType }) => /^vnetlocal$/i.test(nextHopType))
    .flatMap(({ prefixes }) => prefixes.filter((one) => isInside(address, one) === true));
  return local.length > 0 && local.every((one) => isInside(prefix, one) === true);
}

/** The ranges that the system itself routes to an address: those of the gateway's network and of its working peerings. */
function systemRanges(readings: Readings, address: string): readonly string[] {
  const network = gatewayNetwork(readings);
  const peered = peeringsTo(readings, address).filter(isConnected);
  return [...(network?.prefixes ?? []), ...peered.flatMap(({ remotePrefixes }) => remotePrefixes)].filter(
    (range) => isInside(address, range) === true,
  );
}

/** Whether the gateway's subnet was read and has no route table, so that only the system's and learned routes apply. */
function isBare(readings: Readings): boolean {
  const subnet = gatewaySubnet(readings);
  return subnet !== undefined && subnet.routeTableId === undefined;
}

/** The member's answers to the gateway, by the effective routes of its interface or the table of its subnet. */
export function wayBack(readings: Readings, target: Target, member: Member): Way {
  const nic = interfaceOf(readings, target, member);
  const [address] = addressesOf(readings, member);
  // The answers of public endpoints and private endpoints take no route of a subnet.
  if (address === undefined || isPublic(address) !== false || nic?.privateEndpointId !== undefined) return 'unknown';
  const own = nic && effectiveRoutesOf(readings, nic);
  const told = [
    ...(own ? [byEffectiveRoutes(readings, nic, own.routes, true, address)] : []),
    byNextHop(readings, nic, address),
  ];
  // Either of the two is proof, so the one that shows the packets lost is taken before the one that shows less.
  const lost = told.find((way) => typeof way === 'object' && way.kind === 'drops' && way.isSure);
  const known = lost ?? told.find((way) => way !== 'unknown') ?? 'unknown';
  if (own || known !== 'unknown') return known;
  const guessed = guessedRoutes(readings, nic);
  if (guessed) return byEffectiveRoutes(readings, nic, guessed, false, address);
  return byTable(readings, nic);
}

/** Network Watcher's calculation of the next hop from the member to an address in the gateway's subnet. */
function byNextHop(readings: Readings, nic: NetworkInterface | undefined, address: string): Way {
  const hop = hopToGateway(readings, nic, [address]);
  if (!hop) return 'unknown';
  const { nextHopType, nextHopAddress, remoteAddress, routeTableId } = hop;
  const route = {
    prefixes: remoteAddress === undefined ? [] : [remoteAddress],
    nextHopType,
    nextHopAddresses: nextHopAddress === undefined ? [] : [nextHopAddress],
    isActive: true,
  };
  const kind = kindOf(route, remoteAddress ?? '');
  if (!kind) return 'direct';
  const table = readings.routeTables?.find(({ id }) => id !== undefined && sameName(id, routeTableId ?? ''));
  const isSure = isInGatewayNetwork(readings, nic, [address]) !== undefined;
  return { way: 'back', kind, evidence: 'ip-flow', route, ...(table ? { table } : {}), isSure };
}

/** The effective routes of an interface that nobody named, where they are the only ones that were read. */
function guessedRoutes({ effectiveRoutes = [] }: Readings, nic: NetworkInterface | undefined) {
  const [only] = effectiveRoutes;
  if (effectiveRoutes.length !== 1 || !only || (nic && only.nicId !== undefined)) return undefined;
  return only.routes;
}

function byEffectiveRoutes(
  readings: Readings,
  nic: NetworkInterface | undefined,
  routes: readonly NetworkRoute[],
  isMapped: boolean,
  address: string,
): Way {
  const sources = [gatewayAddresses(readings), gatewayRanges(readings)].find((known) => known.length > 0) ?? [];
  const isNear = isInGatewayNetwork(readings, nic, [address]);
  const hop =
    isNear === false ? /^vnet(global)?peering$/i : isNear === true ? /^vnetlocal$/i : /^vnet(local|(global)?peering)$/i;
  const ranges =
    sources.length > 0
      ? sources
      : routes.filter(({ nextHopType }) => hop.test(nextHopType)).flatMap(({ prefixes }) => prefixes);
  const base = { way: 'back', evidence: 'effective-routes' } as const;
  if (ranges.length === 0) {
    const leads = routes.some(
      ({ isActive, nextHopType }) => isActive && /peering|appliance|gateway/i.test(nextHopType),
    );
    const isLost = isNear === false && isMapped && !leads;
    return isLost ? { ...base, kind: 'no-peering', isSure: false } : 'unknown';
  }
  const ways = ranges.map((range) => ({ range, chosen: routeFor(routes, range) }));
  const detours = ways.flatMap(({ range, chosen }) => {
    if (chosen.outcome === 'none') return [];
    const kind = kindOf(chosen.route, range);
    return kind ? [{ kind, route: chosen.route, isDecided: chosen.outcome === 'decided' }] : [];
  });
  const [first] = detours;
  if (!first) return isMapped && ways.every(({ chosen }) => chosen.outcome === 'decided') ? 'direct' : 'unknown';
  // The gateway is somewhere in these ranges, so only what becomes of all of them becomes of its answers for sure.
  const isAll = detours.length === ranges.length && detours.every((one) => one.isDecided && one.kind === first.kind);
  return { ...base, kind: first.kind, route: first.route, isSure: isAll && isMapped && isNear !== undefined };
}

/** The route table of the member's subnet, or the only one that is not on the gateway's own. */
function byTable(readings: Readings, nic: NetworkInterface | undefined): Way {
  const tables = readings.routeTables ?? [];
  const gatewaySubnets = readings.gateway?.subnetIds ?? [];
  const others = tables.filter((table) => !isOn(table, gatewaySubnets));
  const own = nic ? tables.find((table) => isOn(table, nic.subnetIds)) : undefined;
  const table = own ?? (!nic && gatewaySubnets.length > 0 && others.length === 1 ? others[0] : undefined);
  if (!table) return 'unknown';
  const sources = [gatewayAddresses(readings), gatewayRanges(readings)].find((known) => known.length > 0) ?? [];
  const route = table.routes.find(
    (candidate) =>
      candidate.isActive &&
      candidate.prefixes.some(
        (prefix) =>
          !isDefault(prefix) &&
          kindOf(candidate, prefix) !== undefined &&
          (sources.length === 0
            ? isPublic(prefix) === false
            : sources.some((source) => isInside(source, prefix) === true)),
      ),
  );
  const kind = route && kindOf(route, route.prefixes[0] ?? '');
  return kind ? { way: 'back', kind, evidence: 'route-table', route, table, isSure: false } : 'unknown';
}

/** What a next hop does to packets that ought to stay in the network; undefined where it takes them there. */
export function kindOf({ nextHopType }: NetworkRoute, to: string): 'drops' | 'elsewhere' | undefined {
  if (/^none$/i.test(nextHopType)) return 'drops';
  if (/^(virtualappliance|virtualnetworkgateway|hypernetgateway)$/i.test(nextHopType)) return 'elsewhere';
  return /^internet$/i.test(nextHopType) && isPublic(to) === false ? 'elsewhere' : undefined;
}

/** A default route, or one of the halves that stand in for it where the platform refuses a default route. */
export function isDefault(prefix: string): boolean {
  const range = parseRange(prefix);
  return range !== undefined && (prefixLength(range) ?? 32) <= 1;
}

/** The route by which everything that is not private leaves the gateway's subnet for somewhere else than the Internet. */
export function divertedDefault(readings: Readings): Detour | undefined {
  const own = gatewayTable(readings);
  const active = own?.table.routes.filter(({ isActive }) => isActive) ?? [];
  const isManaged = active.some(({ prefixes }) => prefixes.some((prefix) => sameName(prefix, 'GatewayManager')));
  const defaults = active.filter(({ prefixes }) => prefixes.some(isDefault));
  const route = defaults.find((candidate) => kindOf(candidate, '0.0.0.0/0') !== undefined);
  if (own && route && !isManaged) {
    const kind = kindOf(route, '0.0.0.0/0') ?? 'elsewhere';
    return { way: 'there', kind, evidence: 'route-table', route, table: own.table, isSure: own.isMapped };
  }
  if (defaults.length > 0 || own?.table.disablesBgpPropagation === true) return undefined;
  // A default route that BGP teaches an interface of the same network is taught to the gateway's subnet as well.
  const learned = (readings.effectiveRoutes ?? [])
    .flatMap(({ routes }) => routes)
    .find(
      ({ isActive, source, prefixes }) =>
        isActive && /^virtualnetworkgateway$/i.test(source ?? '') && prefixes.some(isDefault),
    );
  if (!learned) return undefined;
  return { way: 'there', kind: 'elsewhere', evidence: 'effective-routes', route: learned, isSure: false };
}
