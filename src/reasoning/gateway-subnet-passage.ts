import { isV1 } from '../core/gateway.ts';
import type { SecurityGroup, SecurityRule } from '../core/network.ts';
import {
  isPublic,
  LOAD_BALANCER_ADDRESS,
  type Packet,
  type Place,
  PUBLIC_IPV4,
  tellingPorts,
  winningRule,
} from '../core/network-rules.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { gatewayAddresses } from './connectivity.ts';
import { gatewayRanges, gatewaySubnet, isPeered } from './gateway-network.ts';
import { isForGateways, isOnGatewaySubnet } from './member-network.ts';

/** What the security group of the gateway's own subnet does to the traffic that a gateway needs. */

export interface SubnetGroup {
  readonly group: SecurityGroup;
  /** Whether it is known to be that of this gateway's subnet, rather than one that was made for some gateway. */
  readonly isMapped: boolean;
}

/**
 * A subnet has one group at most. Where the gateway's subnet was not read, or a group does not say where it is attached,
 * the only one that was made for a gateway counts.
 */
export function subnetGroup(readings: Readings): SubnetGroup | undefined {
  const groups = readings.securityGroups ?? [];
  const attached = gatewaySubnet(readings)?.securityGroupId;
  const own =
    groups.find((group) => isOnGatewaySubnet(readings, group)) ??
    groups.find(({ id }) => attached !== undefined && id !== undefined && sameName(id, attached));
  if (own) return { group: own, isMapped: true };
  // The subnet was read, and has another group or none.
  if (gatewaySubnet(readings)) return undefined;
  const isSubnetKnown = (readings.gateway?.subnetIds.length ?? 0) > 0;
  const made = groups.filter((group) => isForGateways(group) && (!isSubnetKnown || group.subnetIds.length === 0));
  return made.length === 1 && made[0] ? { group: made[0], isMapped: false } : undefined;
}

export interface Denied {
  readonly rule: SecurityRule;
  /** Whether it holds whatever is not known of addresses. */
  readonly isSure: boolean;
}

/** `denied`, or whether everything is known to be allowed. */
export type Treatment = Denied | 'allowed' | 'unclear';

function treat(rules: readonly SecurityRule[], strict: Packet, presumed: Packet): Treatment {
  const sure = winningRule(rules, strict);
  const outcome = sure.outcome === 'decided' ? sure : winningRule(rules, presumed);
  if (outcome.outcome !== 'decided') return 'unclear';
  if (outcome.access === 'deny') return { rule: outcome.rule, isSure: sure.outcome === 'decided' };
  return sure.outcome === 'decided' ? 'allowed' : 'unclear';
}

/** The gateway's own instances, seen from their subnet: part of their own virtual network. */
function ownPlace(readings: Readings): Place {
  const known = [gatewayAddresses(readings), gatewayRanges(readings)].find((ranges) => ranges.length > 0);
  return {
    within: known ?? ['0.0.0.0/0'],
    tags: { virtualnetwork: true, azureloadbalancer: false },
    applicationGroups: [],
  };
}

/** Connections to a member. `isNear`: the member is known to be in the gateway's own virtual network. */
export function outboundTo(
  readings: Readings,
  { rules }: SecurityGroup,
  address: string | undefined,
  port: number | undefined,
  isNear: boolean,
): Treatment {
  const within = address === undefined ? ['0.0.0.0/0'] : [address];
  // A working peering makes the other network a part of what the subnet calls `VirtualNetwork`.
  const isJoined = isNear || (address !== undefined && isPeered(readings, address));
  const packet = (isInNetwork: boolean | undefined): Packet => ({
    direction: 'outbound',
    protocol: 'tcp',
    source: ownPlace(readings),
    destination: { within, ...(isInNetwork === undefined ? {} : { tags: { virtualnetwork: isInNetwork } }) },
    ...(port === undefined ? {} : { destinationPort: port }),
  });
  // A private address that a gateway reaches for is taken to be in a joined network, a public one not to be.
  const is = address === undefined ? undefined : isPublic(address);
  return treat(rules, packet(isJoined ? true : undefined), packet(is === undefined ? undefined : !is));
}

const PUBLIC_PLACE: Place = {
  within: PUBLIC_IPV4,
  tags: { virtualnetwork: false, azureloadbalancer: false },
  applicationGroups: [],
};

/** The ports on which the platform manages a gateway: 65503-65534 on v1, 65200-65535 on v2. */
export function managementPorts({ gateway }: Readings): { readonly from: number; readonly to: number } {
  return isV1(gateway) ? { from: 65503, to: 65534 } : { from: 65200, to: 65535 };
}

/** The platform's gateway manager reaching the management ports: one port that is denied is enough. */
export function inboundFromManager(readings: Readings, { rules }: SecurityGroup): Treatment {
  const { from, to } = managementPorts(readings);
  const source = { ...PUBLIC_PLACE, tags: { ...PUBLIC_PLACE.tags, gatewaymanager: true } };
  const treatments = tellingPorts(rules, from, to).map((destinationPort) => {
    const packet: Packet = {
      direction: 'inbound',
      protocol: 'tcp',
      source,
      destination: ownPlace(readings),
      destinationPort,
    };
    return treat(rules, packet, packet);
  });
  const denied = treatments.find((treatment) => typeof treatment === 'object');
  return denied ?? (treatments.every((treatment) => treatment === 'allowed') ? 'allowed' : 'unclear');
}

/** The platform's load balancer, which asks the instances whether they live. The port it asks on is not published. */
export function inboundFromLoadBalancer(readings: Readings, { rules }: SecurityGroup): Treatment {
  const source: Place = {
    within: [LOAD_BALANCER_ADDRESS],
    tags: { azureloadbalancer: true, gatewaymanager: false, internet: false },
    applicationGroups: [],
  };
  const packet: Packet = { direction: 'inbound', protocol: 'tcp', source, destination: ownPlace(readings) };
  return treat(rules, packet, packet);
}

/** The Internet, where a public gateway reports to and where revocation lists are. */
export function outboundToInternet(readings: Readings, { rules }: SecurityGroup): Treatment {
  const packet: Packet = {
    direction: 'outbound',
    protocol: 'tcp',
    source: ownPlace(readings),
    destination: PUBLIC_PLACE,
    destinationPort: 443,
  };
  return treat(rules, packet, packet);
}
