import type { Member } from '../../core/backend-health.ts';
import type { Peering, VirtualNetwork } from '../../core/network.ts';
import { isInside, isPublic } from '../../core/network-rules.ts';
import type { Readings } from '../../core/readings.ts';
import { lastSegment } from '../../core/resource-id.ts';
import { command } from '../../core/shell.ts';
import { targetsOf } from '../../core/targets.ts';
import type { Citation, FixStep } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import {
  citeGatewaySubnet,
  citePeering,
  gatewayNetwork,
  gatewaySubnet,
  isConnected,
  isOwnAddress,
  isRouted,
  peeringsTo,
} from '../../reasoning/gateway-network.ts';
import { addressesOf } from '../../reasoning/member-network.ts';
import { peer } from './fix.ts';
import type { Way } from './paths.ts';

/** What the peerings of the gateway's network do to packets for a member in another one. */

export interface PeeringSign {
  readonly level: 'confirmed' | 'likely' | 'possible';
  readonly citations: readonly Citation[];
  readonly fix: readonly FixStep[];
}

/** Undefined where the member is in the gateway's own network, a working peering leads to it, or nothing of this was read. */
export function peeringSign(readings: Readings, member: Member, there: Way): PeeringSign | undefined {
  const network = gatewayNetwork(readings);
  const [address] = addressesOf(readings, member);
  if (!network || address === undefined || isPublic(address) !== false || isOwnAddress(readings, address))
    return undefined;
  const sign = severed(readings, network, address) ?? unforwarded(network, address, there);
  if (!sign) return undefined;
  const reached = reachedBeside(readings, network, address);
  return reached ? { level: 'possible', citations: [...sign.citations, reached], fix: [] } : sign;
}

function severed(readings: Readings, network: VirtualNetwork, address: string): PeeringSign | undefined {
  const peerings = peeringsTo(readings, address);
  const working = peerings.find((peering) => isConnected(peering) && isRouted(peering, address));
  if (working) {
    if (working.allowsAccess !== false) return undefined;
    const says = `The peering to the network of ${address} does not allow its members to reach each other.`;
    return {
      level: 'likely',
      citations: [citePeering(working, says)],
      fix: [allow(network, working, 'allowVirtualNetworkAccess')],
    };
  }
  const [broken] = peerings.filter((peering) => peering.state !== undefined && !isConnected(peering));
  if (broken) {
    const says = `The peering to the network that holds ${address} has lost its other side, so nothing is routed there.`;
    const isOnlyWay = otherWays(readings, network).length === 0;
    return {
      level: isOnlyWay ? 'confirmed' : 'likely',
      citations: [citePeering(broken, says)],
      fix: rebuild(network, broken),
    };
  }
  const [stale] = peerings;
  if (stale) {
    const says = `The network of ${address} has grown since the peering was made; its new range is not routed until the peering is synchronised.`;
    return { level: 'likely', citations: [citePeering(stale, says)], fix: [synchronise(network, stale)] };
  }
  if (network.peerings.length > 0 || otherWays(readings, network).length > 0) return undefined;
  const subnet = gatewaySubnet(readings);
  if (!subnet) return undefined;
  const says = `${address} is outside the network of the gateway (${network.prefixes.slice(0, 2).join(', ')}), which has no peering, no network gateway and no route of its own.`;
  return { level: 'likely', citations: [citeGatewaySubnet(subnet, says)], fix: [peer(readings)] };
}

/**
 * Ways to another network besides the peering in question: a route table on the subnet, a network gateway or a route server in
 * the network, or a gateway on the other side of a peering that lends its own. What BGP teaches comes by one of the latter two.
 */
function otherWays(readings: Readings, network: VirtualNetwork): readonly string[] {
  const table = gatewaySubnet(readings)?.routeTableId;
  return [
    ...(gatewaySubnet(readings) === undefined ? ['unknown'] : []),
    ...(table === undefined ? [] : [table]),
    ...network.subnets.filter(({ name }) => /^(gateway|routeserver)subnet$/i.test(name ?? '')).map(({ id }) => id),
    ...network.peerings
      .filter((peering) => isConnected(peering) && peering.usesRemoteGateways !== false)
      .map(({ name = 'peering' }) => name),
  ];
}

/**
 * An appliance behind a peering forwards the answers of a member in a third network. They did not begin in the network of
 * the appliance, so the peering lets them in only where it allows forwarded traffic, unless the appliance puts its own
 * address in place.
 */
function unforwarded(network: VirtualNetwork, address: string, there: Way): PeeringSign | undefined {
  const appliance = typeof there === 'object' ? there.route?.nextHopAddresses[0] : undefined;
  if (appliance === undefined) return undefined;
  const peering = network.peerings.find((one) => isConnected(one) && isRouted(one, appliance));
  if (peering?.allowsForwardedTraffic !== false || isRouted(peering, address)) return undefined;
  const says = `The way to ${address} leads over ${appliance}, and the peering to that appliance lets no forwarded traffic back in.`;
  return {
    level: 'likely',
    citations: [citePeering(peering, says)],
    fix: [allow(network, peering, 'allowForwardedTraffic')],
  };
}

/** A member of the same other network that is reached: then there is a way after all. */
function reachedBeside(readings: Readings, network: VirtualNetwork, address: string): Citation | undefined {
  const beside = network.peerings.filter(
    (peering) =>
      isRouted(peering, address) || peering.remotePrefixesNow.some((prefix) => isInside(address, prefix) === true),
  );
  const reached = targetsOf(readings)
    .flatMap(({ members }) => members)
    .find(
      (member) =>
        isIpAddress(member.address) &&
        member.health === 'healthy' &&
        member.observed.kind === 'answered' &&
        beside.some((peering) => isRouted(peering, member.address)),
    );
  return reached && citeMember(reached, `${reached.address}, behind the same peering, is reached all the same.`);
}

function whereOf({ id, name = lastSegment(id) }: VirtualNetwork, peering: Peering): readonly string[] {
  const [, group = '<resource-group of the network>'] = /\/resourcegroups\/([^/]+)/i.exec(id) ?? [];
  return ['--resource-group', group, '--vnet-name', name, '--name', peering.name ?? '<peering>'];
}

function allow(
  network: VirtualNetwork,
  peering: Peering,
  field: 'allowVirtualNetworkAccess' | 'allowForwardedTraffic',
): FixStep {
  const set = (value: boolean) =>
    command('az', 'network', 'vnet', 'peering', 'update', ...whereOf(network, peering), '--set', `${field}=${value}`);
  return {
    text:
      field === 'allowForwardedTraffic'
        ? 'Let the peering take in what the appliance forwards; the other networks on the way need the same on their side.'
        : 'Allow access across the peering, on both of its sides.',
    command: set(true),
    undo: set(false),
  };
}

function rebuild(network: VirtualNetwork, peering: Peering): readonly FixStep[] {
  const where = whereOf(network, peering);
  const remote = peering.remoteNetworkId ?? '<id of the other network>';
  return [
    {
      text: 'Delete this side of the peering, which cannot be connected again, and make both sides anew. This interrupts what still crosses it, which is nothing.',
      command: [
        command('az', 'network', 'vnet', 'peering', 'delete', ...where),
        command('az', 'network', 'vnet', 'peering', 'create', ...where, '--remote-vnet', remote, '--allow-vnet-access'),
      ].join(' && '),
    },
    {
      text: 'Then make the other side, in the network of the backend.',
      command: command(
        ...['az', 'network', 'vnet', 'peering', 'create', '--name', 'to-application-gateway'],
        ...['--resource-group', /\/resourcegroups\/([^/]+)/i.exec(remote)?.[1] ?? '<resource-group of the backend>'],
        ...['--vnet-name', lastSegment(remote), '--remote-vnet', network.id, '--allow-vnet-access'],
      ),
    },
  ];
}

function synchronise(network: VirtualNetwork, peering: Peering): FixStep {
  return {
    text: 'Synchronise the peering, on both of its sides; this interrupts nothing.',
    command: command('az', 'network', 'vnet', 'peering', 'sync', ...whereOf(network, peering)),
  };
}
