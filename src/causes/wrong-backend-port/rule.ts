import { azPart } from '../../core/az.ts';
import type { Readings } from '../../core/readings.ts';
import { gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { scopeOf } from '../../core/targets.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { citeCheck, reachableFromGateway } from '../../reasoning/connectivity.ts';
import { citeMember, notSeenInHealth } from '../../reasoning/from-health.ts';
import {
  answeredBefore,
  describeUnreached,
  failsOnOtherPort,
  platformEndpoint,
  portTest,
  type Unreached,
  unreachedTargets,
} from '../../reasoning/reachability.ts';
import { updateSetting } from '../../reasoning/setting-command.ts';
import { type Knock, knocks, type PortSign, portSigns } from './signs.ts';

const id = 'wrong-backend-port';

export const wrongBackendPort = {
  id,
  title: 'The backend setting or probe points at a port that the backend does not serve',
  maturity: 'stable',
  explains: 'outage',
  sign: 'unreachable',
  reads: ['backend-health', 'gateway', 'access-log', 'probe-results', 'connectivity-check'],
  meaning:
    'The gateway connects to a port on which nothing answers, while the application listens on another one. It happens ' +
    'when machines or containers are rebuilt with another port, when a backend setting is copied from another ' +
    'application, or when a probe has a port of its own that nobody moved.',
  confirmedBy:
    'Connections from inside the virtual network are refused on the configured port while another port of the same member is open, and the access log shows that the open port served this very setting before, or that the machines which answered on the configured port have been replaced.',
  ruledOutBy:
    'A member of the same pool answers through the same setting, the configured port takes connections, or the gateway reports a failure that needs an open port (a status code, a certificate).',
  doNot: [
    'Do not open more ports in the network security group before the port test: a refused connection has already passed it.',
    'Do not restart or scale the gateway.',
  ],
  prevention: [
    'Take the port of the backend setting and of the probe from the same variable that the application is deployed with.',
    'Let the probe use the port of the backend setting unless the health endpoint really has its own.',
  ],
  blindSpots: [
    'A port that is open can belong to another process than the application.',
    'From the outside, a wrong port, a stopped process and a network rule for this one port look alike: only a connection test inside the virtual network tells them apart.',
    'Members that are given as names appear in the access log by address, so a replacement cannot be seen there.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const unreached = unreachedTargets(readings);
  if (unreached.length === 0) return [notSeenInHealth(readings, id)];
  return unreached.map((target) => judgeTarget(readings, target));
}

function judgeTarget(readings: Readings, unreached: Unreached): Verdict {
  const { target, members, healthy, isWhole, isOnlyText } = unreached;
  const verdict = { cause: id, scope: scopeOf(readings, target, isWhole ? undefined : members), missing: [], fix: [] };
  const seen = knocks(readings, unreached);
  const against = contradiction(unreached) ?? seen.find(({ configured }) => configured === 'open')?.citation;
  if (against) return { ...verdict, verdict: 'ruled-out', because: [against] };
  const proof = proofOf(readings, unreached, seen);
  if (proof) {
    const because = [...citeMembers(unreached), ...proof.because];
    const fix = fixFor(readings, unreached, [proof.sign]);
    return { ...verdict, verdict: 'confirmed', because, fix, weight: 4 };
  }
  const arrived = citeArrival(readings, unreached);
  if (arrived) return { ...verdict, verdict: 'ruled-out', because: [arrived] };

  const signs = portSigns(readings, unreached);
  const doubts = doubtsOf(readings, unreached);
  // A timeout is also told by a slow application, so only a sign that needs no refused connection lifts it.
  const lifting = signs.filter((sign) => sign.lifts && (unreached.isRefused || sign.lifts === 'timeout-too'));
  const isLikely = lifting.length > 0 && doubts.length === 0 && healthy.length === 0 && !isOnlyText;
  return {
    ...verdict,
    verdict: isLikely ? 'likely' : 'possible',
    because: [...citeMembers(unreached), ...signs.map((sign) => sign.citation), ...doubts].slice(0, 5),
    missing: missingReads(readings, unreached, signs),
    fix: fixFor(readings, unreached, signs),
    // One for the members that cannot be reached, and what each sign weighs.
    ...(isLikely ? { weight: 1 + signs.reduce((sum, sign) => sum + sign.weight, 0) } : {}),
  };
}

/**
 * Every member refuses the configured port and has the same other port open. That alone could be a process that is down
 * beside another one that runs; so the log has to show that the open port is this setting's own, or that the machines
 * were replaced, of which none that is there now ever answered on the configured port.
 */
function proofOf(
  readings: Readings,
  unreached: Unreached,
  seen: readonly Knock[],
): { readonly because: readonly Citation[]; readonly sign: PortSign } | undefined {
  const [first] = seen;
  const port = first?.openPort;
  const isSame = seen.every(({ configured, openPort }) => configured === 'refused' && openPort === port);
  if (port === undefined || !isSame || seen.length < unreached.members.length || unreached.isOnlyText) return undefined;
  const history = portSigns(readings, unreached).find(
    (sign) => sign.isHistory && (sign.port === undefined || sign.port === port),
  );
  if (!history) return undefined;
  const because = [...seen.slice(0, 2).map(({ citation }) => citation), history.citation];
  return { because, sign: { ...history, port, lifts: 'timeout-too' } };
}

/** A connection of the gateway's own to this port that was taken: the only member then listens there. */
function citeArrival(readings: Readings, { members, port }: Unreached): Citation | undefined {
  const [member] = members;
  if (!member || members.length > 1 || port === undefined) return undefined;
  const check = reachableFromGateway(readings, { addresses: [member.address], port });
  if (check?.destinationPort !== port) return undefined;
  return citeCheck(check, `A connection from the gateway to port ${port} of ${member.address} is taken.`);
}

function citeMembers(unreached: Unreached): readonly Citation[] {
  const [member] = unreached.members;
  if (!member) return [];
  return [citeMember(member, `${describeUnreached(unreached)} through backend setting ${unreached.target.setting}.`)];
}

/** What cannot be so if the port is wrong: the port is configured once for all members of the target. */
function contradiction(unreached: Unreached): Citation | undefined {
  const [sibling] = unreached.healthy;
  if (sibling) {
    const says = `${sibling.address} answers through the same backend setting, so the port is served; the other member differs.`;
    return citeMember(sibling, says);
  }
  const platform = platformEndpoint(unreached);
  if (platform?.isOpenPort) {
    return {
      evidence: 'backend-health',
      quote: platform.member.address,
      says: `${platform.member.address} is an endpoint of the platform, which listens on port ${unreached.port}.`,
    };
  }
  return undefined;
}

/** What makes another explanation as good, without excluding this one. */
function doubtsOf(readings: Readings, unreached: Unreached): readonly Citation[] {
  const doubts: Citation[] = [];
  const before = answeredBefore(readings, unreached);
  if (before) {
    doubts.push({
      evidence: 'access-log',
      quote: `${before.group.member}, serverStatus ${before.group.serverStatus}`,
      says: `${before.address} answered on port ${before.port} earlier, so the port was right then.`,
    });
  }
  const elsewhere = failsOnOtherPort(readings, unreached);
  if (elsewhere) {
    const says = `${elsewhere.member.address} cannot be reached on port ${elsewhere.port} either, through ${elsewhere.setting}.`;
    doubts.push(citeMember(elsewhere.member, says));
  }
  return doubts;
}

function missingReads(readings: Readings, unreached: Unreached, signs: readonly PortSign[]): readonly MissingRead[] {
  const test = portTest(
    unreached,
    signs.flatMap((sign) => sign.port ?? []),
  );
  return readings.gateway ? [test] : [test, gatewayRead(readings)];
}

function fixFor(readings: Readings, unreached: Unreached, signs: readonly PortSign[]): readonly FixStep[] {
  const { target, port } = unreached;
  const known = signs.find((sign) => sign.port !== undefined && sign.lifts)?.port;
  const wanted = known === undefined ? '<port that the application listens on>' : String(known);
  const { settingConfig, probe } = target;
  const steps: FixStep[] = [];
  const configured = settingConfig?.port;
  // A probe with a port of its own can be wrong while the setting is right.
  if (probe?.port !== undefined && probe.port !== configured) {
    const update = (value: string) => azPart(readings, ['probe', 'update'], '--name', probe.name, '--port', value);
    steps.push({
      text: `Point probe ${probe.name} at the port that the application listens on.`,
      command: update(wanted),
      undo: update(String(probe.port)),
    });
    if (port !== configured && known === configured) return steps;
  }
  const update = (value: string) => updateSetting(readings, target, '--port', value);
  steps.push({
    text: `Point backend setting ${target.setting} at the port that the application listens on${known === undefined ? '' : `, ${known} by what was seen`}; or have the application listen on ${port ?? 'the configured port'}.`,
    command: update(wanted),
    ...(configured === undefined ? {} : { undo: update(String(configured)) }),
  });
  return steps;
}
