import type { Readings } from '../../core/readings.ts';
import { gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { gatewayNames, scopeOf } from '../../core/targets.ts';
import { requestsIn } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { connectivityRead } from '../../reasoning/connectivity.ts';
import { highest, seconds } from '../../reasoning/from-access-log.ts';
import { citeMember, notSeenInHealth } from '../../reasoning/from-health.ts';
import { gatewayRange } from '../../reasoning/gateway-network.ts';
import { effectiveRoutesRead, effectiveSecurityRead } from '../../reasoning/member-network.ts';
import {
  answersStill,
  describeUnreached,
  failsOnOtherPort,
  isInRangeOf,
  isNothingReached,
  platformEndpoint,
  portTest,
  predecessor,
  reachedNeighbour,
  servedOnOtherPort,
  type Unreached,
  unreachedTargets,
} from '../../reasoning/reachability.ts';
import { citeArrivals, metOnTheWay } from './on-the-way.ts';

const id = 'network-path-blocked';

export const networkPathBlocked = {
  id,
  title: 'Something on the network path keeps the gateway from its backends',
  maturity: 'stable',
  explains: 'outage',
  sign: 'unreachable',
  isGeneral: true,
  reads: [
    ...['backend-health', 'gateway', 'access-log', 'connectivity-check', 'probe-results'],
    ...['nics', 'private-dns', 'effective-nsg', 'nsg', 'effective-routes', 'route-table', 'activity-log'],
  ],
  meaning:
    'Connections from the gateway do not arrive, or their answers do not come back. A network security group, a route ' +
    'table, a missing peering, a firewall appliance or the firewall of the operating system can do this; which of them ' +
    'it is has to be read on the way. A blocked path can show as a probe timeout just as well as a failed connection.',
  confirmedBy:
    'Never on its own: once it is read what stands in the way, one of the more exact causes is named instead. Connections from the gateway that fail to a port on which the application is known to listen make it likely.',
  ruledOutBy:
    'Members answer, with whatever status or certificate, or a connectivity check from the gateway arrives: then the path is open. Or live requests go on being answered while only the probe times out.',
  doNot: [
    'Do not raise the probe timeout: where nothing arrives, waiting longer changes nothing.',
    'Do not restart the gateway or rebuild the backends before the path has been tested.',
    'Do not open the subnet to any source: the backend needs the gateway subnet and nothing more.',
  ],
  prevention: [
    'Allow the address range of the gateway subnet, not single instance addresses, which change with platform updates.',
    'Test the path from the gateway to each backend port after every change to security groups, routes, peerings and firewalls.',
  ],
  blindSpots: [
    'A stopped machine, a process that is not running and a wrong port look the same from the gateway.',
    'Which element blocks is told by the causes for security groups, routes and access restrictions, where their readings are there.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const unreached = unreachedTargets(readings);
  if (unreached.length === 0) return [notSeenInHealth(readings, id)];
  return unreached.map((target) => judgeTarget(readings, target));
}

function judgeTarget(readings: Readings, unreached: Unreached): Verdict {
  const { target, members, isWhole, isOnlyText } = unreached;
  const verdict = { cause: id, scope: scopeOf(readings, target, isWhole ? undefined : members), missing: [], fix: [] };
  const still = citeStillAnswering(readings, unreached);
  if (still && !unreached.isRefused) return { ...verdict, verdict: 'ruled-out', because: [still] };

  const arrives = citeArrivals(readings, unreached);
  if (arrives) return { ...verdict, verdict: 'ruled-out', because: [arrives] };

  const missing = missingReads(readings, unreached);
  const met = metOnTheWay(readings, unreached);
  const signs = [...met.signs, ...signsOf(readings, unreached)];
  const doubts = [...(still ? [still] : []), ...met.doubts, ...doubtsOf(readings, unreached)];
  // Of the whole target nothing answers, the gateway has acted on it, and something beyond the bare text speaks for the
  // path. "Cannot connect" from a single machine has five causes and names none of them.
  const isLikely = isWhole && !isOnlyText && signs.length > 0 && doubts.length === 0;
  return {
    ...verdict,
    verdict: isLikely ? 'likely' : 'possible',
    because: [citeUnreached(unreached), ...signs.slice(0, 3), ...doubts].slice(0, 5),
    missing,
    fix: fixFor(readings, unreached),
    ...(isLikely ? { weight: signs.length } : {}),
  };
}

function citeUnreached(unreached: Unreached): Citation {
  const counted = unreached.isOnlyText ? ', though the gateway still counts this as healthy' : '';
  const says = `${describeUnreached(unreached)}${counted}.`;
  const [member] = unreached.members;
  return member ? citeMember(member, says) : { evidence: 'backend-health', quote: unreached.target.pool, says };
}

function signsOf(readings: Readings, unreached: Unreached): readonly Citation[] {
  const { members, isRefused, port } = unreached;
  const signs: Citation[] = [];
  const [first] = members;
  if (!first) return signs;
  // Machines rarely lose the same process in the same minute, so several that cannot be connected to point at what they
  // share: the path, or the configured port. Timeouts do not count, because a slow dependency is shared just as well.
  if (members.length >= 2 && isRefused) {
    const says = `${members.length} members fail at once, which points at what they share rather than at one machine.`;
    signs.push(citeMember(members.find((member) => member.observed.kind === 'cannot-connect') ?? first, says));
  }
  const other = failsOnOtherPort(readings, unreached);
  if (other && isRefused) {
    const says = `${other.member.address} cannot be reached on port ${other.port} either, through ${other.setting}.`;
    signs.push(citeMember(other.member, says));
  }
  if (isNothingReached(readings)) {
    signs.push(citeMember(first, 'No member of any pool that this gateway routes to is reached.'));
  }
  const platform = platformEndpoint(unreached);
  if (platform?.isOpenPort && isRefused) {
    const says = `${platform.member.address} is an endpoint of the platform, which listens on port ${port} whatever the application does.`;
    signs.push({ evidence: 'backend-health', quote: platform.member.address, says });
  }
  return signs;
}

/** What shows that the way to these members is open, at least in part. A rule for this one port can still block it. */
function doubtsOf(readings: Readings, unreached: Unreached): readonly Citation[] {
  const doubts: Citation[] = [];
  const [sibling] = unreached.healthy;
  if (sibling) doubts.push(citeMember(sibling, `${sibling.address} of the same pool is reached on the same port.`));
  const served = servedOnOtherPort(readings, unreached);
  if (served) {
    const says = `${served.member.address} is reached on port ${served.port}, so at most a rule for this one port blocks it.`;
    doubts.push(citeMember(served.member, says));
  }
  const neighbour = served || sibling ? undefined : reachedNeighbour(readings, unreached);
  if (neighbour) {
    doubts.push(citeMember(neighbour, `${neighbour.address} in the same address range is reached by the gateway.`));
  }
  const before = predecessor(readings, unreached);
  if (before && isInRangeOf(unreached, before.address)) {
    doubts.push({
      evidence: 'access-log',
      quote: `${before.group.member}, serverStatus ${before.group.serverStatus}`,
      says: `${before.address}, in the same address range, was reached on port ${before.port} before the members were replaced.`,
    });
  }
  return doubts;
}

function citeStillAnswering(readings: Readings, unreached: Unreached): Citation | undefined {
  const still = answersStill(readings, unreached);
  if (still.length === 0) return undefined;
  const slowest = highest(still, (group) => group.serverLatency);
  return {
    evidence: 'access-log',
    quote: `${requestsIn(still)} requests: serverStatus below 500${slowest === undefined ? '' : `, serverResponseLatency up to ${seconds(slowest)}`}`,
    says: 'Requests to this target were still answered after the last of its failures, so the path carries traffic.',
  };
}

function missingReads(readings: Readings, unreached: Unreached): readonly MissingRead[] {
  const { target, members, port } = unreached;
  const [member] = members;
  return [
    portTest(unreached),
    connectivityRead(readings, member?.address ?? '<member>', port),
    ...(member ? [effectiveSecurityRead(readings, target, member), effectiveRoutesRead(readings, target, member)] : []),
    ...(readings.gateway ? [] : [gatewayRead(readings)]),
  ];
}

function fixFor(readings: Readings, { members, port }: Unreached): readonly FixStep[] {
  const { resourceGroup = '<resource-group>' } = gatewayNames(readings);
  const group = [
    '--resource-group',
    resourceGroup,
    '--nsg-name',
    '<backend-nsg>',
    '--name',
    'allow-application-gateway',
  ];
  return [
    {
      text: `Find the element that stops the connection to ${members[0]?.address ?? 'the member'} with the tests named here, and change that one only.`,
    },
    {
      text: 'Where it is the security group of the backend: allow the port from the gateway subnet, above the rule that denies it.',
      command: command(
        ...['az', 'network', 'nsg', 'rule', 'create', ...group, '--priority', '<below the deny rule>'],
        ...['--direction', 'Inbound', '--access', 'Allow', '--protocol', 'Tcp'],
        ...['--source-address-prefixes', gatewayRange(readings)],
        ...['--destination-port-ranges', port === undefined ? '<port>' : String(port)],
      ),
      undo: command('az', 'network', 'nsg', 'rule', 'delete', ...group),
    },
  ];
}
