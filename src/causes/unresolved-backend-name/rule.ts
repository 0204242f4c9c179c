import { azGateway, azPart } from '../../core/az.ts';
import type { Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { scopeOf, type Target, targetsOf, trafficOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn } from '../../core/traffic.ts';
import type { Citation, FixStep, Verdict } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { issuesTo } from '../../reasoning/connectivity.ts';
import { citeRequests, isServed } from '../../reasoning/from-access-log.ts';
import { citeMember, notSeenInHealth } from '../../reasoning/from-health.ts';
import { isAzureName, linkZone, resolutionReads } from '../../reasoning/name-resolution.ts';
import { askedFor, citeZone, standingOfName } from '../../reasoning/private-names.ts';
import { citeResolution, failsToResolve, observationsOfMember } from '../../reasoning/probed-ports.ts';

const id = 'unresolved-backend-name';

export const unresolvedBackendName = {
  id,
  title: "The gateway cannot resolve the backend's name",
  maturity: 'stable',
  explains: 'outage',
  reads: [
    ...['backend-health', 'gateway', 'access-log', 'virtual-network', 'private-dns', 'probe-results'],
    'connectivity-check',
  ],
  meaning:
    'The pool holds a name, and the DNS that the gateway uses, that of its virtual network, gives no address for it. The ' +
    'gateway keeps the last address that it knew, until any change to the gateway empties that memory; then the backend is gone.',
  confirmedBy:
    'The gateway cannot make a probe for the name, or cannot tell its health, and resolving it from inside the virtual network fails, too; or it is known only to a private zone that is not linked to the network of the gateway, or that is linked and has no record for it; or a connection test from the gateway itself names the resolution as what fails.',
  ruledOutBy:
    'The probes of every name are answered or fail for another reason, the members are IP addresses, or health is merely not readable and the name does resolve from inside the network.',
  doNot: [
    'Do not change the gateway to try something out: any change empties its memory of addresses that still worked.',
    'Do not trust a look-up from your own machine: the gateway asks the DNS of its virtual network.',
  ],
  prevention: [
    'Link every private DNS zone that a pool needs to the virtual network of the gateway, in the same deployment.',
    'Stop and start the gateway in a planned window after the DNS servers of its network change: it reads them only at start.',
  ],
  blindSpots: [
    'Health that is unknown also comes from network rules on the subnet of the gateway.',
    'A name that resolves to the wrong address looks like an unreachable backend.',
  ],
  judge,
} satisfies Rule;

/** Requests that tell whether a target works; fewer could be chance. */
const MIN_REQUESTS = 10;

function judge(readings: Readings): readonly Verdict[] {
  const verdicts = targetsOf(readings).flatMap((target) => {
    const told = target.members.filter((member) => member.observed.kind === 'name-unresolved');
    if (told.length > 0) return [judgeTold(readings, target, told)];
    const unread = target.members.filter((member) => isUnread(member) && !isIpAddress(member.address));
    return unread.length > 0 ? [judgeUnread(readings, target, unread)] : [];
  });
  return verdicts.length > 0 ? verdicts : [judgeNone(readings)];
}

/** Health that the gateway could not read: the text for it names network rules and names in one breath. */
function isUnread({ observed, health }: Member): boolean {
  return observed.kind === 'not-retrievable' || (health === 'unknown' && observed.kind === 'silent');
}

/** The gateway itself says that it could not make a probe for the name. */
function judgeTold(readings: Readings, target: Target, members: readonly Member[]): Verdict {
  const [example] = members;
  if (!example) return judgeNone(readings);
  const says = `The gateway could not make a probe for ${members.length} of ${target.members.length} members of ${target.pool}.`;
  const because = [citeMember(example, says), ...citeConfigured(target, example)];
  const base = { cause: id, fix: fixFor(readings, target, example) };
  const proven = members.map((member) => ({
    member,
    citations: [...citeZones(readings, member), ...citeUnresolved(readings, member)],
  }));
  const unresolved = proven.filter(({ citations }) => citations.length > 0);
  if (unresolved.length > 0) {
    const scope = scopeOfMembers(
      readings,
      target,
      unresolved.map(({ member }) => member),
    );
    const cited = unresolved.slice(0, 2).flatMap(({ citations }) => citations.slice(0, 3));
    return { ...base, verdict: 'confirmed', scope, because: [...because, ...cited], missing: [], weight: 3 };
  }
  const resolved = members.flatMap((member) => citeResolved(readings, member)).slice(0, 1);
  return {
    ...base,
    verdict: 'likely',
    scope: scopeOfMembers(readings, target, members),
    // The gateway reads the DNS servers of its network at its start only, so others may resolve what it cannot.
    because: [...because, ...resolved],
    missing: resolutionReads(readings, example.address),
    weight: 2 + (isLocalName(example.address) ? 1 : 0) - resolved.length,
  };
}

/**
 * What the private zones say, where the gateway asks the DNS of Azure: the name is in a zone that is not linked to its
 * network, or the zone that is linked does not have it. With the gateway's own word that it finds nothing, that is why.
 */
function citeZones(readings: Readings, { address }: Member): readonly Citation[] {
  const asked = askedFor(readings, address);
  const standing = standingOfName(readings, address);
  if (!asked?.isAzure || !standing || standing.kind === 'recorded') return [];
  return [citeZone(standing, address), asked.citation];
}

/** What shows that a name has no address for the gateway: a test of the gateway's own, or the prober's look-up. */
function citeUnresolved(readings: Readings, member: Member): readonly Citation[] {
  const failed = issuesTo(readings, { addresses: [member.address] }, /^dnsresolution$/i).find(
    ({ isFromGateway }) => isFromGateway,
  );
  if (failed) {
    const quote = `"type": "${failed.issue.type}"`;
    const says = `A connection test from the gateway finds no address for ${member.address}.`;
    return [{ evidence: 'connectivity-check', quote, says }];
  }
  const observation = observationsOfMember(readings, member).find((seen) => failsToResolve(seen) === true);
  if (!observation) return [];
  return [citeResolution(observation, `Inside the virtual network ${member.address} has no address either.`)];
}

function citeResolved(readings: Readings, member: Member): readonly Citation[] {
  const observation = observationsOfMember(readings, member).find((seen) => failsToResolve(seen) === false);
  if (!observation) return [];
  return [
    citeResolution(observation, `Asked from inside the virtual network, ${member.address} does have an address.`),
  ];
}

/** Unknown health on a name: the name only shares the blame, unless something shows the way to the gateway to be open. */
function judgeUnread(readings: Readings, target: Target, members: readonly Member[]): Verdict {
  const [example] = members;
  if (!example) return judgeNone(readings);
  const because: Citation[] = [
    citeMember(example, `The health of ${example.address}, a name, could not be read.`),
    ...citeConfigured(target, example),
  ];
  const base = {
    cause: id,
    scope: scopeOfMembers(readings, target, members),
    missing: resolutionReads(readings, example.address),
    fix: fixFor(readings, target, example),
  };
  // What the network's own servers say of a name of Azure is not what the gateway hears, so there the gateway's word counts.
  const proven = members.filter(
    (member) => !isAzureName(member.address) && citeUnresolved(readings, member).length > 0,
  );
  const [first] = proven;
  if (first && proven.length === members.length) {
    const cited = citeUnresolved(readings, first);
    return { ...base, verdict: 'confirmed', because: [...because, ...cited], missing: [], weight: 3 };
  }
  const zones = members.map((member) => (isZoneAnEnd(readings, member) ? citeZones(readings, member) : []));
  const resolved = members.map((member) => citeResolved(readings, member));
  if (proven.length === 0 && resolved.every((citations) => citations.length > 0))
    return {
      ...base,
      verdict: 'ruled-out',
      because: [...because, ...resolved.flat()].slice(0, 3),
      missing: [],
      fix: [],
    };
  because.push(...zones.flat().slice(0, 2));
  const requests = trafficOf(readings, target);
  const served = requests.filter(isServed);
  if (requestsIn(served) >= MIN_REQUESTS && requestsIn(served) * 2 > requestsIn(requests)) {
    const says = 'Requests to it are still answered, so the gateway still has an address for it.';
    return {
      ...base,
      verdict: 'possible',
      because: [...because, citeRequests(served, requests, 'answered by a backend', says)],
    };
  }
  const lost = requests.filter((group) => isGatewayError(group) && group.member === undefined);
  const isLost = requestsIn(lost) >= MIN_REQUESTS && requestsIn(lost) * 2 > requestsIn(requests);
  if (isLost) {
    const says = 'The gateway found no backend to send these requests to.';
    because.push(citeRequests(lost, requests, 'httpStatus 502 or 504, no serverRouted', says));
  }
  const readable = targetsOf(readings)
    .flatMap((other) => other.members)
    .find(
      (member) => member.observed.kind === 'answered' && (isIpAddress(member.address) || member.health === 'healthy'),
    );
  if (readable)
    because.push(
      citeMember(readable, `The health of ${readable.address} is read, so only some members are concerned.`),
    );
  const isEnd = zones.every((citations) => citations.length > 0);
  const weight = (isLost ? 1 : 0) + (readable ? 1 : 0) + (isEnd ? 1 : 0);
  return { ...base, verdict: weight > 0 ? 'likely' : 'possible', because, weight };
}

/**
 * Whether the zones leave the name without any address. In the zone of private endpoints it may still have a public one,
 * and a name that is only in an unlinked zone may be public, too, unless it is of a kind that never is.
 */
function isZoneAnEnd(readings: Readings, { address }: Member): boolean {
  const standing = standingOfName(readings, address);
  if (!standing || standing.isPrivateLink) return false;
  return standing.kind === 'no-record' || (standing.kind === 'unlinked' && isLocalName(address));
}

function judgeNone(readings: Readings): Verdict {
  const none = notSeenInHealth(readings, id);
  const illegible = targetsOf(readings)
    .flatMap((target) => target.members)
    .filter(({ observed }) => ['not-retrievable', 'silent', 'unclassified'].includes(observed.kind));
  const [unread] = illegible;
  if (none.verdict === 'ruled-out' || !unread || !illegible.every(({ address }) => isIpAddress(address))) return none;
  const says = `${unread.address} is an IP address; there is no name to resolve.`;
  return { ...none, verdict: 'ruled-out', because: [citeMember(unread, says)], missing: [] };
}

function zoneFix(readings: Readings, { address }: Member): readonly FixStep[] {
  const standing = standingOfName(readings, address);
  if (!standing || standing.kind === 'recorded') {
    const text = 'Where the name lives in a private DNS zone, link that zone to the virtual network of the gateway.';
    return [linkZone(readings, text)];
  }
  const { zone } = standing;
  if (standing.kind === 'unlinked')
    return [
      linkZone(readings, `Link private zone ${zone.name}, which holds the name, to the network of the gateway.`, zone),
    ];
  const [, group = '<resource-group>'] = /\/resourcegroups\/([^/]+)/i.exec(zone.id ?? '') ?? [];
  const record = ['--resource-group', group, '--zone-name', zone.name, '--record-set-name', '<label of the name>'];
  const change = (verb: string) =>
    command('az', 'network', 'private-dns', 'record-set', 'a', verb, ...record, '--ipv4-address', '<address>');
  return [
    {
      text: `Give private zone ${zone.name} a record for ${address}, or let its link fall back to public DNS.`,
      command: change('add-record'),
      undo: change('remove-record'),
    },
  ];
}

function scopeOfMembers(readings: Readings, target: Target, members: readonly Member[]) {
  return scopeOf(readings, target, members.length < target.members.length ? members : undefined);
}

function citeConfigured({ pool, poolConfig }: Target, { address }: Member): readonly Citation[] {
  const configured = poolConfig?.addresses.find((known) => sameName(known, address));
  if (configured === undefined) return [];
  return [{ evidence: 'gateway', quote: configured, says: `Pool ${pool} holds this name.` }];
}

/** A name without a dot, or of a zone that is never public, resolves only where a private zone or server knows it. */
function isLocalName(name: string): boolean {
  return !name.includes('.') || /(\.|^)(local|internal|corp|lan|privatelink)(\.|$)/i.test(name);
}

function fixFor(readings: Readings, { pool, poolConfig }: Target, member: Member): readonly FixStep[] {
  const addresses = poolConfig?.addresses ?? [];
  const update = (servers: readonly string[]) =>
    azPart(readings, ['address-pool', 'update'], '--name', pool, '--servers', ...servers);
  const isKnown = addresses.some((address) => sameName(address, member.address));
  const corrected = addresses.map((address) => (sameName(address, member.address) ? '<correct name>' : address));
  return [
    {
      text: `Where ${member.address} is misspelt, correct it in pool ${pool}.`,
      command: update(isKnown ? corrected : ['<correct name>', '<other members>']),
      ...(isKnown ? { undo: update(addresses) } : {}),
    },
    ...zoneFix(readings, member),
    {
      text: 'Where the DNS servers of the network were changed, stop and start the gateway, which interrupts all of its traffic.',
      command: `${azGateway(readings, 'stop')} && ${azGateway(readings, 'start')}`,
    },
  ];
}
