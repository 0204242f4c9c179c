import { azGateway } from '../../core/az.ts';
import { isFailing, type Member } from '../../core/backend-health.ts';
import { wasRead } from '../../core/evidence.ts';
import type { Readings } from '../../core/readings.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { scopeOf, type Target, targetsOf } from '../../core/targets.ts';
import type { FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { ownersRead } from '../../reasoning/address-owners.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from '../../reasoning/from-health.ts';
import { linkZone, resolutionReads } from '../../reasoning/name-resolution.ts';
import { citeHostCounts, endpointsFor } from './addresses.ts';
import { citeRightAddress, type Finding, findingsOf } from './findings.ts';

const id = 'backend-name-wrong-address';

export const backendNameWrongAddress = {
  id,
  title: "The backend's name leads to the wrong address",
  maturity: 'stable',
  explains: 'outage',
  reads: [
    ...['backend-health', 'gateway', 'virtual-network', 'private-dns', 'nics', 'address-owners'],
    ...['probe-results', 'access-log', 'metrics'],
  ],
  meaning:
    'The name in the pool resolves, but not to where the backend is: to a public address while a private endpoint is ' +
    'meant, to an address that was given up, or to an IPv6 address that the gateway cannot use. Or the gateway still ' +
    'goes to an address that it remembers.',
  confirmedBy:
    'The name, resolved from inside the network or as the gateway used it, leads past a private endpoint that is there for the backend, and the public address answers 403; or the private zone that leads to the endpoint is not linked to the network of the gateway, and the backend, which refuses public access, answers 403; or it leads to, or the gateway remembers, a private address that no interface has, while the interface that is meant has another.',
  ruledOutBy: 'The name leads to the interface of the backend, or the members that fail are addresses.',
  doNot: [
    'Do not open the public access of a backend that was meant to be private.',
    'Do not put the private address into the pool in place of the name: certificate and Host are compared with the name.',
    'Do not trust a look-up from your own machine: the gateway asks the DNS of its own network.',
  ],
  prevention: [
    "Deploy the private endpoint, its DNS zone and the zone's link to the gateway's network together.",
    'After a change of addresses have the gateway resolve anew in a planned window.',
  ],
  blindSpots: [
    'A gateway with a public address asks the DNS of Azure for names of Azure services, whatever servers its network has: the zone has to be linked to the network of the gateway itself.',
    'Where neither the names of a private endpoint nor its target were read, what it leads to is told by its own name.',
    'Zones and endpoints in subscriptions that may not be read are not seen.',
    'The prober resolves by the network that it lives in, which can differ from the network of the gateway.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const seen = sightings(readings, (_, member) => mayBeAstray(member));
  return seen.length > 0 ? seen.map((sighting) => judgeSighting(readings, sighting)) : [judgeNone(readings)];
}

/** A name whose member fails in a way that a wrong address brings about. An application's own answer is not among them. */
function mayBeAstray(member: Member): boolean {
  const { address, health, observed } = member;
  if (isIpAddress(address)) return false;
  if (health === 'partial') return true;
  if (observed.kind === 'status-mismatch') return observed.received === 403;
  const kinds = ['cannot-connect', 'timed-out', 'certificate-name', 'tls-failed'];
  if (kinds.includes(observed.kind)) return true;
  return isFailing(member) && (observed.kind === 'silent' || observed.kind === 'unclassified');
}

function judgeSighting(readings: Readings, { target, members }: Sighting): Verdict {
  const found = members.map((member) => ({ member, findings: findingsOf(readings, target, member) }));
  const confirmed = found.filter(
    ({ member, findings }) => isFailing(member) && findings.some(({ level }) => level === 'confirmed'),
  );
  const astray = confirmed.length > 0 ? confirmed : found.filter(({ findings }) => findings.length > 0);
  const [first] = astray;
  if (first) {
    const level = confirmed.length > 0 ? 'confirmed' : 'likely';
    const findings = first.findings.filter((finding) => level === 'likely' || finding.level === 'confirmed');
    return {
      cause: id,
      verdict: level,
      scope: scopeOfMembers(
        readings,
        target,
        astray.map(({ member }) => member),
      ),
      because: [
        citeMember(first.member, `${first.member.address}, a name, fails the probe of ${target.setting}.`),
        ...findings.flatMap(({ citations }) => citations),
      ].slice(0, 5),
      missing: level === 'confirmed' ? [] : missingReads(readings, first.member),
      fix: fixFor(readings, first.member, findings),
      weight: 1 + findings.length,
    };
  }
  const [example] = members;
  const base = { cause: id, scope: scopeOfMembers(readings, target, members), missing: [], fix: [] };
  if (!example) return judgeNone(readings);
  const right = members.map((member) => citeRightAddress(readings, member));
  if (right.every((citations) => citations.length > 0))
    return { ...base, verdict: 'ruled-out', because: right.flat().slice(0, 3) };
  const says = `${example.address} is a name; where it leads was not read, or says nothing against it.`;
  return {
    ...base,
    verdict: 'possible',
    because: [citeMember(example, says), ...citeHostCounts(readings, target)],
    missing: missingReads(readings, example),
  };
}

function scopeOfMembers(readings: Readings, target: Target, members: readonly Member[]) {
  return scopeOf(readings, target, members.length < target.members.length ? members : undefined);
}

/** Where only addresses fail there is no name to blame. */
function judgeNone(readings: Readings): Verdict {
  const none = notSeenInHealth(readings, id);
  const failing = targetsOf(readings).flatMap(({ members }) => members.filter((member) => isFailing(member)));
  const [first] = failing;
  if (none.verdict === 'ruled-out' || !first || !wasRead(readings.evidence, 'backend-health')) return none;
  if (!failing.every(({ address }) => isIpAddress(address))) return none;
  const says = `${first.address} is an IP address; there is no name to lead astray.`;
  return { ...none, verdict: 'ruled-out', because: [citeMember(first, says)], missing: [] };
}

function missingReads(readings: Readings, { address }: Member): readonly MissingRead[] {
  const [lookUp, ...servers] = resolutionReads(readings, address);
  const query = '[].{name:name, target:privateLinkServiceConnections[0].privateLinkServiceId, dns:customDnsConfigs}';
  return [
    ...(lookUp
      ? [{ ...lookUp, read: `To which addresses ${address} resolves in the gateway's virtual network.` }]
      : []),
    {
      evidence: 'nics',
      read: `The private endpoints, what they lead to, and their addresses: whether one is there for ${address}.`,
      command: command('az', 'network', 'private-endpoint', 'list', '--query', query, '--output', 'json'),
    },
    ...servers,
    ...(readings.addressOwners ? [] : [ownersRead(`What ${address} belongs to, and whether it lets the public in.`)]),
  ];
}

/** The zones in which Azure keeps the names of private endpoints. */
const ZONES: readonly (readonly [suffix: string, zone: string])[] = [
  ['.azurewebsites.net', 'privatelink.azurewebsites.net'],
  ['.blob.core.windows.net', 'privatelink.blob.core.windows.net'],
  ['.web.core.windows.net', 'privatelink.web.core.windows.net'],
  ['.azure-api.net', 'privatelink.azure-api.net'],
];

function fixFor(readings: Readings, { address }: Member, findings: readonly Finding[]): readonly FixStep[] {
  const remedies = new Set(findings.map(({ remedy }) => remedy));
  const known = findings.find((finding) => finding.zone)?.zone;
  const zone = known?.name ?? ZONES.find(([suffix]) => address.toLowerCase().endsWith(suffix))?.[1] ?? '<private zone>';
  const [, group = '<resource-group>'] = /\/resourcegroups\/([^/]+)/i.exec(known?.id ?? '') ?? [];
  const label = address.split('.')[0] ?? '';
  const record = ['--resource-group', group, '--zone-name', zone, '--record-set-name', label];
  const wanted = endpointsFor(readings, address)[0]?.addresses[0] ?? '<private address>';
  const steps: FixStep[] = [];
  if (remedies.has('link-zone'))
    steps.push(
      linkZone(
        readings,
        `Link the private zone that holds ${address} to the network of the gateway.`,
        known ?? { name: zone },
      ),
    );
  if (remedies.has('link-zone') || remedies.has('correct-record'))
    steps.push({
      text: `See that the zone leads ${address} to its private endpoint; add the address where it is missing, and take a wrong one out.`,
      command: command(
        'az',
        'network',
        'private-dns',
        'record-set',
        'a',
        'add-record',
        ...record,
        '--ipv4-address',
        wanted,
      ),
      undo: command(
        'az',
        'network',
        'private-dns',
        'record-set',
        'a',
        'remove-record',
        ...record,
        '--ipv4-address',
        wanted,
      ),
    });
  if (remedies.has('drop-address'))
    steps.push({
      text: `Take the IPv6 addresses out of what ${address} resolves to, or give the pool a name without them.`,
    });
  steps.push({
    text: 'Then have the gateway resolve its names anew: any change to it does that. Stopping and starting it does so too, but interrupts all of its traffic.',
    command: azGateway(readings, 'update'),
  });
  return steps;
}
