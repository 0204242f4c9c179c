import type { Member } from '../../core/backend-health.ts';
import type { PrivateZone } from '../../core/network.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Target } from '../../core/targets.ts';
import type { Citation } from '../../core/verdict.ts';
import { citeRequests } from '../../reasoning/from-access-log.ts';
import { isOwnAddress, isPeered } from '../../reasoning/gateway-network.ts';
import { citeInterface, interfacesWith, isPrivateAddress, neighboursOf } from '../../reasoning/member-interfaces.ts';
import { askedFor, citeZone, privateEndpointsFor, standingOfName } from '../../reasoning/private-names.ts';
import { citeResolution, observationsOfMember } from '../../reasoning/probed-ports.ts';
import { isWellAnswered, observationOf, requestsOfKind } from '../../reasoning/prober-observations.ts';
import { citeHostCounts, endpointsFor, exactEndpointsFor, isPublicAddress, resolvedTo, routedTo } from './addresses.ts';

/** One way in which a name leads astray, and how sure it is. */
export interface Finding {
  readonly level: 'confirmed' | 'likely';
  readonly citations: readonly Citation[];
  /** What mends it. */
  readonly remedy: 'link-zone' | 'correct-record' | 'refresh-gateway' | 'drop-address';
  /** The private zone to mend, where it was read. */
  readonly zone?: PrivateZone;
}

export function findingsOf(readings: Readings, target: Target, member: Member): readonly Finding[] {
  return [
    publicInsteadOfPrivate(readings, target, member),
    pastTheZone(readings, member),
    staleRecord(readings, member),
    nobodysAddress(readings, member),
    staleInGateway(readings, target, member),
    extraFamily(readings, target, member),
  ].filter((finding) => finding !== undefined);
}

function isForbidden({ observed }: Member): boolean {
  return observed.kind === 'status-mismatch' && observed.received === 403;
}

/**
 * A private endpoint is there for the backend, and the name leads past it to the public address. Traffic through a private
 * endpoint is not subject to access restrictions, so a 403 at the public address is what shuts the gateway out. A gateway
 * in a network that is not joined to the endpoint's may use the public address on purpose: without the 403 it is likely.
 */
function publicInsteadOfPrivate(readings: Readings, target: Target, member: Member): Finding | undefined {
  const [endpoint] = endpointsFor(readings, member.address);
  if (!endpoint) return undefined;
  const isExact = exactEndpointsFor(readings, member.address).includes(endpoint);
  const there = citeInterface(
    endpoint,
    `A private endpoint is there for ${member.address}${isExact ? '' : ', by its name'}.`,
  );
  const resolved = resolvedTo(readings, member);
  const routed = routedTo(readings, target);
  const citations: Citation[] = [there];
  const observation = observationsOfMember(readings, member).find(({ resolution }) => resolution !== undefined);
  const isResolvedPublic = resolved.length > 0 && resolved.every(isPublicAddress);
  if (isResolvedPublic && observation)
    citations.push(citeResolution(observation, `The DNS of the network leads ${member.address} to a public address.`));
  const isRoutedPublic = routed !== undefined && isPublicAddress(routed.address);
  if (isRoutedPublic)
    citations.push(
      citeRequests(
        routed.groups,
        routed.groups,
        `serverRouted ${routed.address}`,
        'The gateway sends requests to a public address.',
      ),
    );
  if (!isResolvedPublic && !isRoutedPublic) {
    // With its address unknown, the refusal alone shows that the endpoint was not what was asked.
    return isForbidden(member) && resolved.length === 0 && !isLedRight(readings, member)
      ? { level: 'likely', citations, remedy: 'link-zone' }
      : undefined;
  }
  const own = requestsOfKind(observationOf(readings, target, member), 'probe');
  const isRefusedThere =
    (isResolvedPublic && own.some(({ status }) => status === 403)) ||
    (isRoutedPublic && routed.groups.some(({ serverStatus }) => serverStatus === 403));
  // Where the zone leads it right by now, the gateway goes by what it remembers.
  const remedy = isRoutedPublic && !isResolvedPublic && isLedRight(readings, member) ? 'refresh-gateway' : 'link-zone';
  return { level: isForbidden(member) && isRefusedThere ? 'confirmed' : 'likely', citations, remedy };
}

/** Whether the zone that the gateway asks leads the name to its private endpoint. */
function isLedRight(readings: Readings, { address }: Member): boolean {
  const standing = standingOfName(readings, address);
  if (askedFor(readings, address)?.isAzure !== true || standing?.kind !== 'recorded') return false;
  const own = exactEndpointsFor(readings, address).flatMap(({ addresses }) => addresses);
  return standing.record?.values.every((value) => own.includes(value)) === true;
}

/**
 * By configuration: the zone that leads the name to its private endpoint is not linked to the network of the gateway, which
 * asks the DNS of Azure, and so is led to the public address. That is certain; that the public address is what shuts the
 * gateway out is certain where the backend is known to refuse public access, and answered 403. What the prober is told
 * counts for nothing here: other servers may tell it otherwise.
 */
function pastTheZone(readings: Readings, member: Member): Finding | undefined {
  const { address } = member;
  const asked = askedFor(readings, address);
  const standing = standingOfName(readings, address);
  if (!asked?.isAzure || standing?.kind !== 'unlinked' || !standing.isPrivateLink) return undefined;
  const made = privateEndpointsFor(readings, address);
  const [endpoint] = exactEndpointsFor(readings, address);
  const isMeant = endpoint?.addresses.some((own) => standing.record?.values.includes(own));
  const says = `A private endpoint is there for ${address}.`;
  const there: readonly Citation[] = endpoint
    ? [citeInterface(endpoint, says)]
    : made.slice(0, 1).map(({ name = '' }) => ({ evidence: 'private-dns', quote: `"name": "${name}"`, says }));
  if (there.length === 0) return undefined;
  const closed = (readings.addressOwners ?? []).find(
    ({ names, hasPublicAccess }) => hasPublicAccess === false && names.some((name) => sameName(name, address)),
  );
  const shut: readonly Citation[] = closed
    ? [
        {
          evidence: 'address-owners',
          quote: '"publicNetworkAccess": "Disabled"',
          says: `${closed.name ?? address} turns away whoever comes by its public address.`,
        },
      ]
    : [];
  // An endpoint in a network that the gateway cannot reach may not be meant for it.
  const isReachable =
    isMeant === true &&
    endpoint !== undefined &&
    endpoint.addresses.every((own) => isOwnAddress(readings, own) || isPeered(readings, own));
  const level = isForbidden(member) && closed && isReachable ? 'confirmed' : 'likely';
  return {
    level,
    citations: [citeZone(standing, address), asked.citation, ...there, ...shut],
    remedy: 'link-zone',
    zone: standing.zone,
  };
}

/** By configuration: the zone that is asked leads the name to another address than its private endpoint has. */
function staleRecord(readings: Readings, member: Member): Finding | undefined {
  const { address } = member;
  const asked = askedFor(readings, address);
  const standing = standingOfName(readings, address);
  if (!asked?.isAzure || standing?.kind !== 'recorded' || standing.record?.type !== 'A') return undefined;
  const endpoints = exactEndpointsFor(readings, address);
  const [endpoint] = endpoints;
  const { values } = standing.record;
  const isRight = endpoints.some((nic) => nic.addresses.some((own) => values.includes(own)));
  const isNobodys = values.every((value) => interfacesWith(readings, value).length === 0);
  if (!endpoint || isRight || !isNobodys || isForbidden(member)) return undefined;
  const says = `The private endpoint for ${address} has another address.`;
  return {
    // Another endpoint for the same backend may be where nobody may look, so that it is stale is not certain.
    level: 'likely',
    citations: [citeZone(standing, address), citeInterface(endpoint, says)],
    remedy: 'correct-record',
    zone: standing.zone,
  };
}

/** The name leads to a private address that no interface of its range has. */
function nobodysAddress(readings: Readings, member: Member): Finding | undefined {
  const resolved = resolvedTo(readings, member);
  const observation = observationsOfMember(readings, member).find(({ resolution }) => resolution !== undefined);
  const isNobodys = (address: string) =>
    isPrivateAddress(address) &&
    interfacesWith(readings, address).length === 0 &&
    neighboursOf(readings, address).length > 0;
  if (!observation || resolved.length === 0 || !resolved.every(isNobodys)) return undefined;
  const led = citeResolution(observation, `The name leads to an address that no interface of its range has.`);
  const [endpoint] = endpointsFor(readings, member.address);
  // Load balancers have no interface either, so without the endpoint that the name should lead to nothing is found.
  if (!endpoint) return undefined;
  const there = citeInterface(
    endpoint,
    `The private endpoint for ${member.address}, by its name, has another address.`,
  );
  const isSilent =
    observation.ports.length > 0 &&
    observation.ports.every(({ state }) => state === 'silent' || state === 'unreachable');
  return { level: isSilent ? 'confirmed' : 'likely', citations: [led, there], remedy: 'correct-record' };
}

/** The gateway still goes to an address that the name has no longer; asked where the name leads now, the backend answers. */
function staleInGateway(readings: Readings, target: Target, member: Member): Finding | undefined {
  const resolved = resolvedTo(readings, member);
  const routed = routedTo(readings, target);
  const observation = observationOf(readings, target, member);
  if (!routed?.isFailing || resolved.length === 0 || resolved.includes(routed.address) || !observation)
    return undefined;
  if (!requestsOfKind(observation, 'probe').some(isWellAnswered)) return undefined;
  const gone = citeRequests(
    routed.groups,
    routed.groups,
    `serverRouted ${routed.address}`,
    'Most requests fail at this address, to which the gateway sends them.',
  );
  const now = citeResolution(observation, 'The name leads elsewhere now, and the backend answers the probe there.');
  // Names that are answered with changing addresses look the same, so the old address has to be known as nobody's.
  const owner = resolved.flatMap((address) => interfacesWith(readings, address))[0];
  const isGone =
    isPrivateAddress(routed.address) &&
    interfacesWith(readings, routed.address).length === 0 &&
    neighboursOf(readings, routed.address).length > 0;
  const citations = owner
    ? [gone, now, citeInterface(owner, 'This interface has the address that the name leads to.')]
    : [gone, now];
  return { level: isGone && owner ? 'confirmed' : 'likely', citations, remedy: 'refresh-gateway' };
}

/** The name has IPv6 addresses beside those of IPv4; the gateway counts them as hosts and cannot probe them. */
function extraFamily(readings: Readings, target: Target, member: Member): Finding | undefined {
  const observation = observationOf(readings, target, member);
  const addresses = observation?.resolution?.addresses ?? [];
  const newer = addresses.filter((address) => address.includes(':'));
  if (!observation || newer.length === 0 || newer.length === addresses.length) return undefined;
  const counts = citeHostCounts(readings, target);
  const isServed = requestsOfKind(observation, 'probe').some(isWellAnswered);
  if (!isServed && counts.length === 0) return undefined;
  const led = citeResolution(observation, 'The name has IPv6 addresses, which the gateway cannot probe.');
  return { level: 'likely', citations: [led, ...counts], remedy: 'drop-address' };
}

/** What shows that the name leads where it should: to an interface that was read. */
export function citeRightAddress(readings: Readings, member: Member): readonly Citation[] {
  const resolved = resolvedTo(readings, member);
  const owners = resolved.flatMap((address) => interfacesWith(readings, address).slice(0, 1));
  const [owner] = owners;
  if (!owner || owners.length < resolved.length) return [];
  const endpoints = endpointsFor(readings, member.address);
  if (endpoints.length > 0 && !endpoints.some(({ id }) => owners.some((nic) => sameName(nic.id, id)))) return [];
  return [citeInterface(owner, `${member.address} leads to this interface.`)];
}
