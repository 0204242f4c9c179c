import type { Member } from '../../core/backend-health.ts';
import type { PortObservation } from '../../core/prober.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { scopeOf } from '../../core/targets.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import {
  citeCheck,
  connectivityRead,
  reachableFromGateway,
  unreachableFromGateway,
} from '../../reasoning/connectivity.ts';
import { citeMember, notSeenInHealth } from '../../reasoning/from-health.ts';
import { interfaceWith, isScaleSetInstance } from '../../reasoning/member-interfaces.ts';
import { citePorts, observationsOfMember, portsOf } from '../../reasoning/probed-ports.ts';
import {
  answeredBefore,
  describeUnreached,
  type LoggedAnswer,
  platformEndpoint,
  portTest,
  servedOnOtherPort,
  type Unreached,
  unreachedTargets,
} from '../../reasoning/reachability.ts';

const id = 'backend-not-listening';

export const backendNotListening = {
  id,
  title: 'Nothing listens on the backend: the application is not running',
  maturity: 'stable',
  explains: 'outage',
  sign: 'unreachable',
  reads: ['backend-health', 'gateway', 'probe-results', 'access-log', 'connectivity-check', 'nics'],
  meaning:
    'The machine is up and the way to it is open, but no process takes connections on the port: the application crashed, ' +
    'was never started after a reboot or a deployment, or listens on the loopback address only.',
  confirmedBy:
    'From inside the virtual network the configured port is refused and no other port is open, and either the access log shows this very member answering on that port before, or at least six ports were tried.',
  ruledOutBy:
    'A connection to the configured port is taken, or the gateway reports a failure that needs an open port (a status code, a certificate).',
  doNot: [
    'Do not change security groups or routes: a refused connection has arrived.',
    'Do not point the gateway at another port before it is clear that the application really uses it.',
  ],
  prevention: [
    'Have the application started by a service manager that restarts it, and started at boot.',
    'Let a deployment wait for the new version to take connections before it goes on to the next machine.',
  ],
  blindSpots: [
    'An application that moved to an unusual port looks like one that is not running.',
    'A firewall that refuses rather than drops looks like a machine on which nothing listens.',
    'The text of the gateway does not tell a refused connection from one that was swallowed.',
  ],
  judge,
} satisfies Rule;

/** Refusals on this many ports, the usual ones among them, leave hardly a place where the application could be. */
const MANY_PORTS = 6;

function judge(readings: Readings): readonly Verdict[] {
  const unreached = unreachedTargets(readings);
  if (unreached.length === 0) return [notSeenInHealth(readings, id)];
  return unreached.map((target) => judgeTarget(readings, target));
}

interface Knocked {
  readonly member: Member;
  readonly ports: readonly PortObservation[];
  readonly configured?: PortObservation;
}

function judgeTarget(readings: Readings, unreached: Unreached): Verdict {
  const { target, isWhole, isOnlyText } = unreached;
  const knocked = unreached.members.map((member) => knock(readings, unreached, member));
  const dead = knocked.filter(isDead);
  const before = answeredBefore(readings, unreached);
  const members = dead.length > 0 && dead.length < target.members.length ? dead.map(({ member }) => member) : undefined;
  const base = {
    cause: id,
    scope: scopeOf(readings, target, members ?? (isWhole ? undefined : unreached.members)),
    missing: missingReads(readings, unreached),
    fix: fixFor(readings, unreached, dead[0]?.member ?? unreached.members[0]),
  };
  if (dead.length > 0 && !isOnlyText) {
    const because = [
      ...citeMembers(unreached),
      ...dead.slice(0, 2).map(citeDead),
      ...(before ? [citeBefore(before)] : []),
    ];
    const isSettled = dead.every((one) => one.ports.length >= MANY_PORTS || wasServing(before, one.member));
    if (isSettled) return { ...base, verdict: 'confirmed', because, missing: [], weight: 3 };
    return { ...base, verdict: 'likely', because, weight: 2 + (before ? 1 : 0) };
  }
  const left = knocked.find(({ member, configured }) => configured?.state === 'refused' && wasServing(before, member));
  if (left && before && !isOnlyText) {
    const refused = citePorts(
      left.ports,
      `${left.member.address} is up and refuses port ${left.configured?.port} now.`,
    );
    return { ...base, verdict: 'likely', because: [...citeMembers(unreached), refused, citeBefore(before)], weight: 2 };
  }
  const against = contradiction(readings, unreached, knocked);
  if (against) return { ...base, verdict: 'ruled-out', because: [against], missing: [], fix: [] };

  const signs = signsOf(readings, unreached, before);
  const isOpen = knocked.some(({ ports }) => ports.some(({ state }) => state === 'open'));
  // One of them leaves too much open: that the port was right before, that the machine runs, that nothing is in the way.
  // A port that nobody listens on refuses at once; one that stays silent is kept from answering.
  const isSilent = knocked.some(({ configured }) => configured?.state === 'silent');
  const isLikely = signs.length > 1 && unreached.isRefused && !isOnlyText && !isOpen && !isSilent;
  return {
    ...base,
    verdict: isLikely ? 'likely' : 'possible',
    because: [...citeMembers(unreached), ...signs].slice(0, 5),
    ...(isLikely ? { weight: signs.length } : {}),
  };
}

function knock(readings: Readings, { port }: Unreached, member: Member): Knocked {
  const ports = portsOf(observationsOfMember(readings, member));
  // The port of this very setting, or of its probe; what is configured for another setting is another matter.
  const configured = ports.find((seen) => (port === undefined ? seen.isConfigured : seen.port === port));
  return { member, ports, configured };
}

/** The configured port refuses, so the machine is up and reached, and nothing else on it takes connections. */
function isDead({ ports, configured }: Knocked): boolean {
  return configured?.state === 'refused' && !ports.some(({ state }) => state === 'open');
}

function wasServing(before: LoggedAnswer | undefined, member: Member): boolean {
  return before !== undefined && sameName(before.address, member.address);
}

function citeMembers(unreached: Unreached): readonly Citation[] {
  const [member] = unreached.members;
  return member ? [citeMember(member, `${describeUnreached(unreached)}.`)] : [];
}

function citeDead({ member, ports, configured }: Knocked): Citation {
  const says = `${member.address} is up and refuses port ${configured?.port}; none of its ports that were tried is open.`;
  return citePorts(ports, says);
}

function citeBefore({ group, address, port }: LoggedAnswer): Citation {
  const says = `${address} answered on port ${port} earlier, so the port is right and the application was there.`;
  return { evidence: 'access-log', quote: `${group.member}, serverStatus ${group.serverStatus}`, says };
}

/** What cannot be so if nothing listens. */
function contradiction(readings: Readings, unreached: Unreached, knocked: readonly Knocked[]): Citation | undefined {
  const taken = knocked.find(({ configured }) => configured?.state === 'open');
  if (taken)
    return citePorts(taken.ports, `${taken.member.address} takes connections on port ${taken.configured?.port}.`);
  const { port } = unreached;
  const addresses = unreached.members.map(({ address }) => address);
  const arrived = port === undefined ? undefined : reachableFromGateway(readings, { addresses, port });
  if (arrived?.destinationPort !== undefined && unreached.members.length === 1)
    return citeCheck(arrived, `A connection from the gateway to port ${port} is taken.`);
  const platform = platformEndpoint(unreached);
  if (!platform) return undefined;
  const says = `${platform.member.address} is an endpoint of the platform, which listens whatever the application does.`;
  return { evidence: 'backend-health', quote: platform.member.address, says };
}

/** What points at the process rather than at the path or the machine. */
function signsOf(readings: Readings, unreached: Unreached, before: LoggedAnswer | undefined): readonly Citation[] {
  const signs: Citation[] = before ? [citeBefore(before)] : [];
  const served = servedOnOtherPort(readings, unreached);
  if (served) {
    const says = `${served.member.address} answers on port ${served.port} through ${served.setting}, so the machine is up and reached.`;
    signs.push(citeMember(served.member, says));
  }
  const addresses = unreached.members.map(({ address }) => address);
  const check = unreachableFromGateway(readings, { addresses, port: unreached.port });
  if (check && check.hops.length > 1 && check.hops.every(({ issues }) => issues.length === 0))
    signs.push(
      citeCheck(check, 'A test from the gateway did not arrive, and found no rule and no route that stops it.'),
    );
  const running = unreached.members
    .flatMap(({ address }) => interfaceWith(readings, address) ?? [])
    .find(({ powerState }) => powerState === 'running');
  if (running)
    signs.push({
      evidence: 'nics',
      quote: '"powerState": running',
      says: `The machine of ${running.addresses[0]} runs.`,
    });
  return signs;
}

function missingReads(readings: Readings, unreached: Unreached): readonly MissingRead[] {
  const address = unreached.members[0]?.address ?? '<member>';
  return [portTest(unreached), connectivityRead(readings, address, unreached.port)];
}

function fixFor(readings: Readings, { port }: Unreached, member: Member | undefined): readonly FixStep[] {
  const address = member?.address ?? 'the member';
  const steps: FixStep[] = [
    {
      text: `See on ${address} which process listens on which port and address, and why the application does not; a process on 127.0.0.1 is not reached from outside.`,
      command: command(...runOn(readings, member), '--scripts', 'ss -ltnp'),
    },
    {
      text: `Start the application${port === undefined ? '' : `, so that it listens on port ${port} on all addresses`}.`,
      command: command(...runOn(readings, member), '--scripts', 'systemctl start <service of the application>'),
    },
  ];
  return member && !isIpAddress(member.address)
    ? [{ text: 'Start the application behind this name.' }, ...steps]
    : steps;
}

/** A script run on the member's machine, by its real name where that is known. */
function runOn(readings: Readings, member: Member | undefined): readonly string[] {
  const nic = member ? interfaceWith(readings, member.address) : undefined;
  const id = nic?.machineId ?? '<id of the machine>';
  if (nic && isScaleSetInstance(nic)) {
    const [, group = '', set = '', instance = ''] =
      /\/resourcegroups\/([^/]+)\/.*\/virtualmachinescalesets\/([^/]+)\/virtualmachines\/([^/]+)/i.exec(id) ?? [];
    const where = ['--resource-group', group, '--name', set, '--instance-id', instance];
    return ['az', 'vmss', 'run-command', 'invoke', ...where, '--command-id', 'RunShellScript'];
  }
  return ['az', 'vm', 'run-command', 'invoke', '--ids', id, '--command-id', 'RunShellScript'];
}
