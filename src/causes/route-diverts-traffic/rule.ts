import type { Member } from '../../core/backend-health.ts';
import { isPrivateOnly } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, scopeOf, type Target, targetsOf } from '../../core/targets.ts';
import type { Citation, MissingRead, Verdict } from '../../core/verdict.ts';
import { citeCheck, connectivityRead, reachableFromGateway } from '../../reasoning/connectivity.ts';
import { citeMember, notSeenInHealth } from '../../reasoning/from-health.ts';
import { gatewayNetworkRead, gatewaySubnet } from '../../reasoning/gateway-network.ts';
import {
  addressesOf,
  destinationOf,
  effectiveRoutesOf,
  effectiveRoutesRead,
  gatewayTableRead,
  interfaceOf,
} from '../../reasoning/member-network.ts';
import { hopToGateway, pathTestRead } from '../../reasoning/path-tests.ts';
import { describeUnreached, type Unreached, unreachedTargets } from '../../reasoning/reachability.ts';
import { isTrafficFlowing, membersWithoutHealth } from '../../reasoning/unreadable-health.ts';
import { fixFor } from './fix.ts';
import { divertedDefault, wayBack, wayThere } from './paths.ts';
import { peeringSign } from './peerings.ts';
import { checkSign, describeHop, detourSign, isSymmetric, type Sign } from './signs.ts';

const id = 'route-diverts-traffic';

export const routeDivertsTraffic = {
  id,
  title: 'A route takes the traffic between gateway and backends somewhere else',
  maturity: 'stable',
  explains: 'outage',
  sign: 'unreachable',
  reads: [
    ...['backend-health', 'gateway', 'nics', 'virtual-network', 'effective-routes', 'route-table', 'ip-flow'],
    ...['connectivity-check', 'access-log'],
  ],
  meaning:
    'A route on the subnet of the gateway or of the backend leads to an appliance, a network gateway or nowhere, or a ' +
    'peering is missing. Requests do not arrive, or answers come back another way than the requests went and are dropped. ' +
    'Direct tests from other machines succeed all the while.',
  confirmedBy:
    'The route that wins between gateway and member has no next hop, in either direction; or the only way to the member is a peering that has lost its other side; or a connectivity check from the gateway names a route, a peering or an appliance that does not forward.',
  ruledOutBy:
    'Routes lead straight there and straight back, a connectivity check from the gateway arrives, or the member answers.',
  doNot: [
    'Do not look for a security group on the way back: they let the answers to what they allowed pass.',
    'Do not send the default route of a gateway subnet to an appliance unless the gateway is isolated.',
    'Do not raise the probe timeout: what is lost on the way does not arrive later.',
  ],
  prevention: [
    'Exempt the range of the gateway subnet from routes to an appliance, on both sides or on neither.',
    'Read the effective routes of one backend after every change of route tables, peerings and learned routes.',
  ],
  blindSpots: [
    'The subnet of a gateway shows no effective routes: what BGP teaches it cannot be read.',
    'An appliance on the way may let everything pass; a route to it alone is not a fault.',
    'Peerings are read from the side of the gateway; what the other side allows is not seen, nor is a mesh that a network manager makes without peerings.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const unread = membersWithoutHealth(readings);
  if (unread.length > 0) return [judgeDefault(readings, unread)];
  const unreached = unreachedTargets(readings);
  if (unreached.length === 0) return [notSeenInHealth(readings, id)];
  return unreached.map((target) => judgeTarget(readings, target));
}

interface Seen {
  readonly member: Member;
  readonly level: Sign['level'] | 'ruled-out';
  readonly signs: readonly Sign[];
}

const LEVELS = ['confirmed', 'likely', 'possible', 'ruled-out'] as const;

function judgeTarget(readings: Readings, unreached: Unreached): Verdict {
  const { target, members } = unreached;
  const seen = members.map((member) => judgeMember(readings, unreached, member));
  const level = LEVELS.find((candidate) => seen.some((one) => one.level === candidate)) ?? 'possible';
  const own = seen.filter((one) => one.level === level);
  const [first] = own;
  const isNamed = level === 'confirmed' || level === 'likely';
  const member = first?.member ?? members[0];
  const isWhole = own.length === target.members.length;
  const citations = (first?.signs ?? []).flatMap((sign) => sign.citations).slice(0, 4);
  const failure = member ? [citeMember(member, `${describeUnreached(unreached)}.`)] : [];
  return {
    cause: id,
    verdict: level,
    scope: scopeOf(readings, target, isWhole ? undefined : own.map((one) => one.member)),
    because: level === 'ruled-out' ? citations : [...failure, ...citations],
    missing: level === 'confirmed' || level === 'ruled-out' || !member ? [] : missingReads(readings, unreached, member),
    fix: isNamed ? (first?.signs ?? []).flatMap((sign) => sign.fix).slice(0, 2) : [],
    ...(isNamed ? { weight: 1 + (first?.signs.length ?? 0) } : {}),
  };
}

function missingReads(readings: Readings, { target, port }: Unreached, member: Member): readonly MissingRead[] {
  const [address = member.address] = addressesOf(readings, member);
  return [
    effectiveRoutesRead(readings, target, member),
    ...subnetReads(readings),
    connectivityRead(readings, member.address, port),
    ...(readings.pathTests ? [] : pathTestRead(readings, interfaceOf(readings, target, member), address, port)),
  ];
}

/** The network of the gateway, and the table of its subnet unless that is known to have none. */
function subnetReads(readings: Readings): readonly MissingRead[] {
  const subnet = gatewaySubnet(readings);
  const isBare = subnet !== undefined && subnet.routeTableId === undefined;
  return [
    ...(readings.networks ? [] : [gatewayNetworkRead(readings)]),
    ...(isBare ? [] : [gatewayTableRead(readings)]),
  ];
}

function judgeMember(readings: Readings, unreached: Unreached, member: Member): Seen {
  const { target, isOnlyText } = unreached;
  const checked = checkSign(readings, unreached, member);
  const there = wayThere(readings, target, member);
  const back = wayBack(readings, target, member);
  const peering = peeringSign(readings, member, there);
  const signs: readonly Sign[] = [
    ...(checked ? [checked] : []),
    ...(peering ? [peering] : []),
    ...[there, back].flatMap((way) => detourSign(readings, unreached, member, way, isSymmetric(there, back)) ?? []),
  ];
  const best = LEVELS.find((level) => signs.some((sign) => sign.level === level));
  if (best === 'confirmed') return { member, signs: rank(signs), level: isOnlyText ? 'likely' : best };
  const arrives = reachableFromGateway(readings, destinationOf(readings, member, unreached.port));
  if (arrives) {
    const says = `A connection from the gateway to ${member.address} arrived, so routes lead there and back.`;
    return {
      member,
      level: 'ruled-out',
      signs: [{ level: 'possible', citations: [citeCheck(arrives, says)], fix: [] }],
    };
  }
  if (best) return { member, signs: rank(signs), level: isOnlyText ? 'possible' : best };
  if (there === 'direct' && back === 'direct') {
    const citation = citeDirect(readings, target, member);
    return { member, level: 'ruled-out', signs: [{ level: 'possible', citations: [citation], fix: [] }] };
  }
  return { member, signs: [], level: 'possible' };
}

function citeDirect(readings: Readings, target: Target, member: Member): Citation {
  const says = `Routes lead from the subnet of ${member.address} straight to the network of the gateway, and none leads away on the other side.`;
  const nic = interfaceOf(readings, target, member);
  const hop = hopToGateway(readings, nic, addressesOf(readings, member));
  if (hop && !(nic && effectiveRoutesOf(readings, nic)))
    return { evidence: 'ip-flow', quote: `"nextHopType": "${hop.nextHopType}"`, says };
  return {
    evidence: 'effective-routes',
    quote: 'no active route to an appliance, a network gateway or None',
    says,
  };
}

function rank(signs: readonly Sign[]): readonly Sign[] {
  return signs.toSorted((left, right) => LEVELS.indexOf(left.level) - LEVELS.indexOf(right.level));
}

/** A subnet without a table can still be taught a default route, which the routes of any interface beside it show. */
function defaultReads(readings: Readings): readonly MissingRead[] {
  const [first] = targetsOf(readings).flatMap((target) => target.members.map((member) => ({ target, member })));
  const reads = subnetReads(readings);
  return reads.length > 0 || !first ? reads : [effectiveRoutesRead(readings, first.target, first.member)];
}

/** No health can be retrieved: the way out of the gateway's subnet is one of the reasons. */
function judgeDefault(readings: Readings, members: readonly Member[]): Verdict {
  const base = { cause: id, scope: gatewayScope(readings), missing: defaultReads(readings) };
  const sign = members
    .filter(({ observed }) => observed.kind === 'not-retrievable')
    .slice(0, 1)
    .map((member) => citeMember(member, `The health of none of the ${members.length} members can be retrieved.`));
  const detour = divertedDefault(readings);
  const [prefix = ''] = detour?.route?.prefixes ?? [];
  if (!detour?.route) return { ...base, verdict: 'possible', because: sign, fix: [] };
  const says =
    detour.evidence === 'route-table'
      ? `The default route of ${detour.table?.name ?? 'the gateway subnet'} leads to ${describeHop(detour.route.nextHopType)}, not to the Internet.`
      : 'A default route learned by BGP reaches this network, and so the subnet of the gateway unless its route table keeps it out.';
  const because = [
    ...sign,
    {
      evidence: detour.evidence,
      quote: `"addressPrefix": "${prefix}", "nextHopType": "${detour.route.nextHopType}"`,
      says,
    },
  ];
  // A private deployment may send everything to an appliance; its health stays unknown while its traffic is well.
  if (isTrafficFlowing(readings) || isPrivateOnly(readings.gateway))
    return { ...base, verdict: 'possible', because, fix: [] };
  return { ...base, verdict: 'likely', because, fix: [fixFor(readings, detour)], weight: 2 };
}
