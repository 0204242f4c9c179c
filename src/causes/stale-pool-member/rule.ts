import { azPart } from '../../core/az.ts';
import { isFailing, type Member } from '../../core/backend-health.ts';
import type { NetworkInterface } from '../../core/network.ts';
import type { Readings } from '../../core/readings.ts';
import { gatewayRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { scopeOf, type Target, trafficOf } from '../../core/targets.ts';
import { isGatewayError } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { citeOwner, describeOwner, ownersOf, ownersRead } from '../../reasoning/address-owners.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { spanOf } from '../../reasoning/from-access-log.ts';
import { activityRead, byWhom, citeEvent } from '../../reasoning/from-activity-log.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from '../../reasoning/from-health.ts';
import { controllerTags } from '../../reasoning/kubernetes-signs.ts';
import {
  citeInterface,
  interfacesRead,
  interfacesWith,
  isPrivateAddress,
  resourceName,
} from '../../reasoning/member-interfaces.ts';
import { citePorts, observationsOfMember, portsOf } from '../../reasoning/probed-ports.ts';
import { deletions, isRebuilt, newcomers, type Rebuilt, type Standing, standingOf } from './standing.ts';

const id = 'stale-pool-member';

export const stalePoolMember = {
  id,
  title: 'The pool holds addresses that no backend has any more',
  maturity: 'stable',
  explains: 'outage',
  sign: 'unreachable',
  reads: ['backend-health', 'gateway', 'nics', 'address-owners', 'activity-log', 'probe-results', 'access-log'],
  meaning:
    'The backend got another address, and the pool still holds the old one: a scale set or a machine was rebuilt, a ' +
    'cluster gave its service a new address, or a private address was given up. The gateway keeps asking an address ' +
    'that nobody answers, while the new machines get nothing.',
  confirmedBy:
    'Several members are not reached, their addresses belong to no network interface of their range, and beside them are the machines that took their place: made anew under the id of something that was deleted, or as many instances of a scale set that no pool holds, with not one port answering at the old addresses. A single such address can also be that of a load balancer, so it is at most likely.',
  ruledOutBy:
    "The member's address belongs to a machine, a private endpoint or a load balancer, or something answers there.",
  doNot: [
    'Do not open security groups or change routes for an address that nobody has.',
    'Do not restart or scale the gateway: the pool stays as it is.',
    'Do not type in the new addresses and leave it at that: the next rebuild changes them again.',
  ],
  prevention: [
    'Let the scale set or the interfaces join the pool themselves, so that their membership survives a rebuild.',
    'Where addresses have to be listed, write them in the deployment that makes the machines, or put a load balancer with a fixed address before them.',
  ],
  blindSpots: [
    'Addresses of clusters and container environments have no interface of their own, and lists leave out scale sets and subscriptions that may not be read: an address that is not listed need not be stale.',
    'A new machine that was given the old address looks well here.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const seen = sightings(readings, (_, member) => mayBeStale(member));
  if (seen.length > 0) return seen.map((sighting) => judgeSighting(readings, sighting));
  const [name] = sightings(readings, (_, member) => isUnreached(member));
  const none = notSeenInHealth(readings, id);
  if (!name || none.verdict === 'ruled-out') return [none];
  const [member] = name.members;
  const says = 'The members that are not reached are names or public addresses, which this rule cannot look up.';
  return [
    { ...none, because: member ? [citeMember(member, says)] : [], missing: interfacesRead('Who the members are.') },
  ];
}

function isUnreached({ health, observed }: Member): boolean {
  if (observed.kind === 'cannot-connect' || observed.kind === 'timed-out') return true;
  return health === 'unhealthy' && ['silent', 'unclassified', 'not-retrievable'].includes(observed.kind);
}

function mayBeStale(member: Member): boolean {
  return isUnreached(member) && isIpAddress(member.address) && isPrivateAddress(member.address);
}

function judgeSighting(readings: Readings, sighting: Sighting): Verdict {
  const { target, members } = sighting;
  const standings = members.map((member) => ({ member, standing: standingOf(readings, member) }));
  const orphans = standings.filter(({ standing }) => standing === 'orphan').map(({ member }) => member);
  const ownerless = standings.filter(({ standing }) => standing === 'ownerless').map(({ member }) => member);
  const scope = scopeOf(readings, target, members.length < target.members.length ? members : undefined);
  const base = { cause: id, scope, missing: [], fix: [] };
  if (standings.every(({ standing }) => standing === 'owned' || standing === 'answering')) {
    return { ...base, verdict: 'ruled-out', because: standings.slice(0, 3).map((one) => citeThere(readings, one)) };
  }
  const verdict = orphans.length > 0 ? judgeOrphans(readings, sighting, orphans) : undefined;
  // Who the owners are is read besides, so it adds to a verdict that was not certain without it, and undoes none that was.
  if (verdict?.verdict === 'confirmed') return verdict;
  const held = members.filter(({ address }) => ownersOf(readings, address).length > 0);
  const open = standings.filter(({ member, standing }) => isOpen(standing) && !held.includes(member));
  if (held.length > 0 && open.length === 0) {
    const because = held.flatMap(({ address }) =>
      ownersOf(readings, address).map((owner) =>
        citeOwner(owner, `The address ${address} belongs to ${describeOwner(owner)}.`),
      ),
    );
    return { ...base, verdict: 'ruled-out', because: because.slice(0, 3) };
  }
  const left = orphans.filter((member) => !held.includes(member));
  if (verdict && left.length > 0)
    return left.length === orphans.length ? verdict : judgeOrphans(readings, sighting, left);
  const [first] = members;
  const because = first ? [citeUnreached(target, first, members.length)] : [];
  const missing = missingReads(readings, target);
  if (ownerless.length > 0) {
    const cited = ownerless.slice(0, 2).flatMap(({ address }) => interfacesWith(readings, address).slice(0, 1));
    const says = 'The interface that has this address is attached to no machine and to no private endpoint.';
    return {
      ...base,
      verdict: 'likely',
      scope: scopeOf(readings, target, ownerless.length < target.members.length ? ownerless : undefined),
      because: [...because, ...cited.map((nic) => citeInterface(nic, says))],
      missing,
      fix: fixFor(readings, target, ownerless, []),
      weight: 2,
    };
  }
  const gone = deletionsThatFit(readings, sighting);
  if (gone.length > 0)
    return {
      ...base,
      verdict: 'likely',
      because: [...because, ...gone.slice(0, 2)],
      missing,
      fix: fixFor(readings, target, members, []),
      weight: 1,
    };
  return { ...base, verdict: 'possible', because, missing };
}

function isOpen(standing: Standing): boolean {
  return standing !== 'owned' && standing !== 'answering';
}

/** Members whose address nobody in their range has, although that range was read. */
function judgeOrphans(readings: Readings, { target }: Sighting, orphans: readonly Member[]): Verdict {
  const [first] = orphans;
  const others = newcomers(readings, target, orphans);
  const rebuilt = isRebuilt(readings, others);
  const because: Citation[] = [
    ...(first ? [citeUnreached(target, first, orphans.length)] : []),
    ...citeNobody(readings, target, orphans, others),
    ...(rebuilt ? [citeRebuilt(rebuilt)] : []),
  ];
  const silent = orphans.filter((member) => isSilent(readings, member));
  const [silence] = silent;
  if (silence)
    because.push(citePorts(portsOf(observationsOfMember(readings, silence)), `Nothing answers at ${silence.address}.`));
  const doubts = doubtsOf(readings);
  const isConfigured = orphans.every(({ address }) =>
    target.poolConfig?.addresses.some((own) => sameName(own, address)),
  );
  // A load balancer before the machines has no interface either, but pools rarely name two of them.
  const isReplaced =
    orphans.length >= 2 &&
    (rebuilt !== undefined || (silent.length === orphans.length && others.filter(isInstance).length >= orphans.length));
  const isConfirmed = isReplaced && isConfigured && doubts.length === 0 && orphans.every((member) => isFailing(member));
  const isListed =
    others.length > 0 || target.members.some(({ address }) => interfacesWith(readings, address).length > 0);
  const isLikely = isListed && doubts.length === 0;
  return {
    cause: id,
    verdict: isConfirmed ? 'confirmed' : isLikely ? 'likely' : 'possible',
    scope: scopeOf(readings, target, orphans.length < target.members.length ? orphans : undefined),
    because: [...because, ...doubts].slice(0, 5),
    missing: isConfirmed ? [] : missingReads(readings, target),
    fix: fixFor(readings, target, orphans, others),
    // Nodes of a cluster stand beside its load balancer as a matter of course, so they weigh nothing.
    weight: 1 + (orphans.length >= 2 ? 1 : 0) + (rebuilt ? 1 : 0) + (others.some(isOwnInstance) ? 1 : 0),
  };
}

function isInstance({ machineId }: NetworkInterface): boolean {
  return /\/virtualmachinescalesets\//i.test(machineId ?? '');
}

function isOwnInstance(nic: NetworkInterface): boolean {
  return isInstance(nic) && !/\/virtualmachinescalesets\/aks-/i.test(nic.machineId ?? '');
}

function citeUnreached({ pool, members }: Target, member: Member, count: number): Citation {
  return citeMember(member, `${count} of ${members.length} members of ${pool} are not reached at their addresses.`);
}

function citeNobody(
  readings: Readings,
  { members }: Target,
  orphans: readonly Member[],
  others: readonly NetworkInterface[],
): readonly Citation[] {
  const who = orphans.map(({ address }) => address).slice(0, 3);
  const [sibling] = others.length > 0 ? [] : members.flatMap(({ address }) => interfacesWith(readings, address));
  if (sibling)
    return [citeInterface(sibling, `This member has an interface; none that was read has ${who.join(' or ')}.`)];
  const says = `No interface that was read has ${who.join(' or ')}; this one of the same range is in no pool.`;
  return others.slice(0, 2).map((nic) => citeInterface(nic, says));
}

function citeRebuilt({ event, nic }: Rebuilt): Citation {
  const says = `${resourceName(event.resourceId)} was deleted${byWhom(event)}, and is there again with ${nic.addresses[0]}.`;
  return citeEvent(event, says);
}

function citeThere(readings: Readings, { member, standing }: { member: Member; standing: Standing }): Citation {
  const [nic] = interfacesWith(readings, member.address);
  if (standing === 'owned' && nic) return citeInterface(nic, `The address ${member.address} has an owner.`);
  const ports = portsOf(observationsOfMember(readings, member)).filter(({ state }) => state !== 'silent');
  return citePorts(ports, `Something answers at ${member.address}, so the address is in use.`);
}

/** Whether the prober knocked at several ports of a member, and nothing answered at any, not even with a refusal. */
function isSilent(readings: Readings, member: Member): boolean {
  const ports = portsOf(observationsOfMember(readings, member));
  return ports.length >= 2 && ports.every(({ state }) => state === 'silent' || state === 'unreachable');
}

/** A controller fills this pool: then the address is a pod's, and what has to be looked at is the controller. */
function doubtsOf({ gateway }: Readings): readonly Citation[] {
  const says = 'An ingress controller writes this gateway, so its members are addresses of pods.';
  return controllerTags(gateway).map((tag) => ({ ...tag, says }));
}

/** A rebuild is followed by failures within the hour; an older one has been put right, or had nothing to do with it. */
const REBUILD_MS = 60 * 60_000;
const LEEWAY_MS = 15 * 60_000;

/** Deletions of machines shortly before nothing of the target was reached any more. */
function deletionsThatFit(readings: Readings, { target, members }: Sighting): readonly Citation[] {
  if (members.length < target.members.length || !members.every((member) => isFailing(member))) return [];
  const failures = spanOf(trafficOf(readings, { pool: target.pool }).filter(isGatewayError));
  if (!failures) return [];
  return deletions(readings)
    .filter((event) => event.time - LEEWAY_MS <= failures.from && failures.from <= event.time + REBUILD_MS)
    .map((event) =>
      citeEvent(event, `${resourceName(event.resourceId)} was deleted${byWhom(event)} about when the failures began.`),
    );
}

function missingReads(readings: Readings, { pool, poolConfig }: Target): readonly MissingRead[] {
  const wanted = poolConfig?.addresses.slice(0, 3).join(', ') ?? `the addresses of ${pool}`;
  return [
    ...interfacesRead(`Whether an interface has ${wanted}: machines, scale sets and private endpoints.`),
    // Most addresses are those of interfaces, so who else has them is asked only of what is left.
    ...(readings.addressOwners || !readings.interfaces ? [] : [ownersRead(`Whether a load balancer has ${wanted}.`)]),
    ...(readings.activity
      ? []
      : [activityRead('The activity log of the backends: what was deleted or rebuilt, and when.')]),
    ...(readings.gateway ? [] : [gatewayRead(readings)]),
  ];
}

function fixFor(
  readings: Readings,
  { pool, poolConfig }: Target,
  stale: readonly Member[],
  others: readonly NetworkInterface[],
): readonly FixStep[] {
  const addresses = poolConfig?.addresses ?? [];
  const kept = addresses.filter((address) => !stale.some((member) => sameName(member.address, address)));
  const fresh = others.filter(({ machineId }) => machineId !== undefined).flatMap((nic) => nic.addresses.slice(0, 1));
  const isGuess = fresh.length !== stale.length;
  const servers = [...kept, ...(isGuess ? ['<addresses of the backends today>'] : fresh)];
  const update = (list: readonly string[]) =>
    azPart(readings, ['address-pool', 'update'], '--name', pool, '--servers', ...list);
  return [
    {
      text: `Put the addresses that the backends have today into pool ${pool}${isGuess ? '' : ', after making sure that these are the right machines'}.`,
      command: update(servers),
      ...(addresses.length > 0 ? { undo: update(addresses) } : {}),
    },
    { text: 'Then have the deployment of the backends fill the pool, or the next rebuild leaves it stale again.' },
  ];
}
