import { azGateway, azPart } from '../../core/az.ts';
import type { Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { scopeOf, type Target, targetsOf, trafficOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { isIpAddress } from '../backend-address.ts';
import { citeRequests, isServed } from '../from-access-log.ts';
import { citeMember, notSeenInHealth } from '../from-health.ts';

const id = 'unresolved-backend-name';

export const unresolvedBackendName = {
  id,
  title: "The gateway cannot resolve the backend's name",
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log'],
  meaning:
    'The pool holds a name, and the DNS that the gateway uses, that of its virtual network, gives no address for it. The ' +
    'gateway keeps the last address that it knew, until any change to the gateway empties that memory; then the backend is gone.',
  confirmedBy:
    'Resolving the name with the DNS servers of the virtual network fails. That read is not among those made so far, so this cause is at most likely.',
  ruledOutBy: 'The probes of every name are answered or fail for another reason, or the members are IP addresses.',
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
  return {
    cause: id,
    verdict: 'likely',
    scope: scopeOfMembers(readings, target, members),
    because,
    missing: resolutionReads(readings, example),
    fix: fixFor(readings, target, example),
    weight: 2 + (isLocalName(example.address) ? 1 : 0),
  };
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
    missing: resolutionReads(readings, example),
    fix: fixFor(readings, target, example),
  };
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
  const weight = (isLost ? 1 : 0) + (readable ? 1 : 0);
  return { ...base, verdict: weight > 0 ? 'likely' : 'possible', because, weight };
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

/** The virtual network of the gateway, by the id of its subnet. */
function networkIdOf({ gateway }: Readings): string {
  const subnet = gateway?.subnetIds[0];
  return subnet?.replace(/\/subnets\/[^/]*$/i, '') ?? '<virtual network id>';
}

function resolutionReads(readings: Readings, { address }: Member): readonly MissingRead[] {
  const lookUp = ['--command-id', 'RunShellScript', '--scripts', `nslookup ${lookUpName(address)}`];
  const vm = ['--resource-group', '<resource-group>', '--name', '<vm in the same network>'];
  return [
    {
      read: `Whether ${address} resolves with the DNS servers of the gateway's virtual network.`,
      command: command('az', 'vm', 'run-command', 'invoke', ...vm, ...lookUp),
    },
    {
      read: 'Which DNS servers the virtual network uses; none means those of Azure.',
      command: command(
        'az',
        'network',
        'vnet',
        'show',
        '--ids',
        networkIdOf(readings),
        '--query',
        'dhcpOptions.dnsServers',
      ),
    },
  ];
}

/** The name goes into a script that a shell on another machine runs, so only what a name can hold is let through. */
function lookUpName(address: string): string {
  return /^[A-Za-z0-9._-]+$/.test(address) ? address : '<name>';
}

function fixFor(readings: Readings, { pool, poolConfig }: Target, member: Member): readonly FixStep[] {
  const addresses = poolConfig?.addresses ?? [];
  const update = (servers: readonly string[]) =>
    azPart(readings, ['address-pool', 'update'], '--name', pool, '--servers', ...servers);
  const isKnown = addresses.some((address) => sameName(address, member.address));
  const corrected = addresses.map((address) => (sameName(address, member.address) ? '<correct name>' : address));
  const zone = ['--resource-group', '<resource-group>', '--zone-name', '<private zone>', '--name', '<link>'];
  const network = ['--virtual-network', networkIdOf(readings), '--registration-enabled', 'false'];
  return [
    {
      text: `Where ${member.address} is misspelt, correct it in pool ${pool}.`,
      command: update(isKnown ? corrected : ['<correct name>', '<other members>']),
      ...(isKnown ? { undo: update(addresses) } : {}),
    },
    {
      text: 'Where the name lives in a private DNS zone, link that zone to the virtual network of the gateway.',
      command: command('az', 'network', 'private-dns', 'link', 'vnet', 'create', ...zone, ...network),
    },
    {
      text: 'Where the DNS servers of the network were changed, stop and start the gateway, which interrupts all of its traffic.',
      command: `${azGateway(readings, 'stop')} && ${azGateway(readings, 'start')}`,
    },
  ];
}
