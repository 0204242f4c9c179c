import { isFailing, type Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { backendHealthRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { scopeOf, type Target, trafficOf } from '../../core/targets.ts';
import { isGatewayError } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { spanOf } from '../../reasoning/from-access-log.ts';
import { activityRead, byWhom, citeEvent, type TimedEvent } from '../../reasoning/from-activity-log.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from '../../reasoning/from-health.ts';
import { interfacesRead, interfaceWith, powerStateRead, resourceName } from '../../reasoning/member-interfaces.ts';
import { citePorts, observationsOfMember, portsOf } from '../../reasoning/probed-ports.ts';
import { type PastStop, pastStop } from './past.ts';
import { appOf, type PowerSign, powerSign, unplacedStops } from './signs.ts';

const id = 'backend-stopped';

export const backendStopped = {
  id,
  title: "The backend's machine or app is stopped",
  maturity: 'stable',
  explains: 'outage',
  sign: 'unreachable',
  reads: [
    'backend-health',
    'nics',
    'address-owners',
    'activity-log',
    'effective-nsg',
    'effective-routes',
    'access-log',
    'probe-results',
  ],
  meaning:
    'What serves the requests was stopped: a virtual machine was deallocated or shut down, a scale set or cluster was ' +
    'stopped, or an app was switched off. Schedules that save money at night are the usual reason. Nothing on the ' +
    'network or in the gateway is wrong.',
  confirmedBy:
    "The gateway does not reach a member, and the machine that holds the member's address is deallocated or stopped: by its power state, by a stop in the activity log without a start since, or because Azure refuses to show effective rules for its interface. For an App Service, the activity log shows the stop of that app.",
  ruledOutBy: 'The machine behind the address runs, one of its ports answers, or the probe reaches an application.',
  doNot: [
    'Do not look for security groups or routes first: nothing answers on a machine that is off.',
    'Do not restart or scale the gateway.',
  ],
  prevention: [
    'Keep the only members of a pool out of shutdown schedules, or stop the traffic with them.',
    'Alert on stop and deallocate operations of production machines in the activity log.',
  ],
  blindSpots: [
    'A machine that was shut down from within leaves no stop in the activity log; its power state shows it.',
    'The activity log arrives some minutes late, and holds only what was read of it.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const seen = sightings(readings, (_, member) => mayBeOff(member));
  if (seen.length > 0) return seen.map((sighting) => judgeSighting(readings, sighting));
  const past = pastStop(readings);
  return [past ? judgePast(readings, past) : notSeenInHealth(readings, id)];
}

const AT_NEXT_STOP: MissingRead = {
  read: 'Backend health while the machine is stopped: at the next stop of its schedule.',
};

/** It has passed, but it explains the failures in the log, and a schedule brings it back. */
function judgePast(readings: Readings, { scope, citations, resourceIds, isPlaced }: PastStop): Verdict {
  const places = interfacesRead('Whether the machine that was stopped has an address of the pool.');
  return {
    cause: id,
    verdict: 'likely',
    scope,
    because: citations,
    // Backend health that was read by now shows a machine that runs again.
    missing: isPlaced ? [readings.backendHealth ? AT_NEXT_STOP : backendHealthRead(readings)] : places,
    fix: [
      {
        text: `Keep ${resourceIds.slice(0, 3).map(resourceName).join(', ')} out of the schedule or the script that stopped it, or give the pool a member that stays on.`,
      },
    ],
    weight: isPlaced ? 3 : 2,
  };
}

/** Not reached, or answered by a platform's front end in place of an app that is off (403, or 503). */
function mayBeOff({ address, health, observed }: Member): boolean {
  if (observed.kind === 'cannot-connect' || observed.kind === 'timed-out') return true;
  if (observed.kind === 'status-mismatch')
    return appOf(address) !== undefined && (observed.received === 403 || observed.received === 503);
  const isMute = ['not-retrievable', 'silent', 'unclassified'].includes(observed.kind);
  return isMute && (health === 'unhealthy' || health === 'unknown');
}

function judgeSighting(readings: Readings, sighting: Sighting): Verdict {
  const { target, members } = sighting;
  const signs = members.map((member) => ({ member, sign: powerSign(readings, member) }));
  const stopped = signs.filter(({ member, sign }) => sign?.says === 'stopped' && isFailing(member));
  const off = signs.filter(({ sign }) => sign?.says === 'stopped' || sign?.says === 'probably-stopped');
  if (stopped.length > 0) return named(readings, target, 'confirmed', stopped);
  if (off.length > 0) return named(readings, target, 'likely', off);

  const [first] = signs;
  const scope = scopeOf(readings, target, members.length < target.members.length ? members : undefined);
  const base = { cause: id, scope, missing: [], fix: [] };
  const runs = signs.map(({ member, sign }) => (sign?.says === 'running' ? sign.citations : answers(readings, member)));
  if (runs.every((citations) => citations.length > 0))
    return { ...base, verdict: 'ruled-out', because: runs.flat().slice(0, 5) };
  const because = first ? [citeUnreached(target, first.member, members.length)] : [];
  const missing = missingReads(readings, members);
  const stops = stopsThatFit(readings, sighting);
  if (stops.length > 0) {
    const cited = stops.slice(0, 2).map((stop) => citeStop(stop));
    const fix = fixFor(stops.map(({ resourceId }) => resourceId));
    return { ...base, verdict: 'likely', because: [...because, ...cited], missing, fix, weight: 2 };
  }
  return { ...base, verdict: 'possible', because, missing };
}

function named(
  readings: Readings,
  target: Target,
  verdict: 'confirmed' | 'likely',
  off: readonly { readonly member: Member; readonly sign?: PowerSign }[],
): Verdict {
  const members = off.map(({ member }) => member);
  const because = off.flatMap(({ member, sign }, index) =>
    index < 2
      ? [citeMember(member, `The gateway gets no service from ${member.address}.`), ...(sign?.citations ?? [])]
      : [],
  );
  return {
    cause: id,
    verdict,
    scope: scopeOf(readings, target, members.length < target.members.length ? members : undefined),
    because,
    missing: verdict === 'confirmed' ? [] : missingReads(readings, members),
    fix: fixFor(off.map(({ sign }) => sign?.resourceId)),
    weight: 3,
  };
}

function citeUnreached({ pool, members }: Target, member: Member, count: number): Citation {
  return citeMember(
    member,
    `${count} of ${members.length} members of ${pool} do not answer, as a stopped one would not.`,
  );
}

/** What shows a member to be up: a port that answers, were it with a refusal. A platform's front end always answers. */
function answers(readings: Readings, member: Member): readonly Citation[] {
  if (appOf(member.address) !== undefined) return [];
  const ports = portsOf(observationsOfMember(readings, member)).filter(
    ({ state }) => state === 'open' || state === 'refused',
  );
  return ports.length > 0
    ? [citePorts(ports, `${member.address} answers connections, so it is not switched off.`)]
    : [];
}

/** Failures begin within this time of the stop that brings them about: a machine may take minutes to shut down. */
const SHUTDOWN_MS = 15 * 60_000;
/** The log and the activity log keep time apart, and the stop is logged when it is done. */
const LEEWAY_MS = 10 * 60_000;

/**
 * Stops that no interface ties to these members, but which fit: nothing of the target is reached, and either the failures
 * began at the stop, or as many machines were stopped as are missing (a scale set or a cluster holds many).
 */
function stopsThatFit(readings: Readings, { target, members }: Sighting): readonly TimedEvent[] {
  if (members.length < target.members.length || !members.every((member) => isFailing(member))) return [];
  if (members.some(({ address }) => interfaceWith(readings, address)?.machineId !== undefined)) return [];
  const stops = unplacedStops(readings);
  const failures = spanOf(trafficOf(readings, { pool: target.pool }).filter(isGatewayError));
  if (failures)
    return stops.filter((stop) => stop.time - LEEWAY_MS <= failures.from && failures.from <= stop.time + SHUTDOWN_MS);
  const holdsMany = stops.some(({ resourceId }) =>
    /\/(virtualmachinescalesets|managedclusters)\/[^/]+$/i.test(resourceId),
  );
  return holdsMany || stops.length >= members.length ? stops : [];
}

function citeStop(stop: TimedEvent): Citation {
  const says = `${resourceName(stop.resourceId)} was stopped${byWhom(stop)} and not started since; whether it is behind these members was not read.`;
  return citeEvent(stop, says);
}

function missingReads(readings: Readings, members: readonly Member[]): readonly MissingRead[] {
  const address = members[0]?.address ?? '<member>';
  const app = appOf(address);
  if (app !== undefined)
    return [
      {
        ...(readings.addressOwners ? {} : { evidence: 'address-owners' }),
        read: `Whether App Service ${app} is stopped.`,
        command: command(
          ...['az', 'webapp', 'show', '--name', app, '--resource-group', '<resource-group>'],
          ...['--query', 'state', '--output', 'tsv'],
        ),
      },
    ];
  const log = activityRead('The activity log of the backends: whether something was stopped, and when.');
  const nics = readings.interfaces ? [] : interfacesRead(`The machine that the address ${address} belongs to.`);
  return [
    ...(isIpAddress(address) ? [powerStateRead(address)] : []),
    ...(readings.activity ? [] : [log]),
    ...nics.slice(0, 1),
    ...(isIpAddress(address) || !readings.activity ? [] : [log]),
  ];
}

function fixFor(off: readonly (string | undefined)[]): readonly FixStep[] {
  const resources = off.filter((resourceId) => resourceId !== undefined);
  return [
    ...[...new Set(resources)].slice(0, 3).map((resourceId) => start(resourceId)),
    { text: 'Find what stopped it (an automation, a schedule, a person), or it will be stopped again.' },
  ];
}

function start(resourceId: string): FixStep {
  const [, group = '<resource-group>'] = /\/resourcegroups\/([^/]+)/i.exec(resourceId) ?? [];
  const text = `Start ${resourceName(resourceId)}.`;
  for (const { inside, tool, stop } of TOOLS) {
    const [, name, instance] = inside.exec(resourceId) ?? [];
    if (name === undefined) continue;
    const part = instance === undefined ? [] : [tool === 'webapp' ? '--slot' : '--instance-ids', instance];
    const act = (verb: string) => command('az', tool, verb, '--name', name, '--resource-group', group, ...part);
    return { text, command: act('start'), undo: act(stop) };
  }
  return { text };
}

/** The command group for each kind of resource, by its id; the second part is an instance of it or a slot. */
const TOOLS = [
  { inside: /\/virtualmachinescalesets\/([^/]+)(?:\/virtualmachines\/([^/]+))?/i, tool: 'vmss', stop: 'deallocate' },
  { inside: /\/virtualmachines\/([^/]+)/i, tool: 'vm', stop: 'deallocate' },
  { inside: /\/managedclusters\/([^/]+)/i, tool: 'aks', stop: 'stop' },
  { inside: /\/sites\/([^/]+)(?:\/slots\/([^/]+))?/i, tool: 'webapp', stop: 'stop' },
  { inside: /\/containergroups\/([^/]+)/i, tool: 'container', stop: 'stop' },
] as const;
