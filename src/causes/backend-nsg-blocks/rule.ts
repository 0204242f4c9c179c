import type { Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import type { Rule } from '../../core/rule.ts';
import { scopeOf } from '../../core/targets.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import {
  citeCheck,
  citeFinding,
  connectivityRead,
  contextOf,
  issuesTo,
  reachableFromGateway,
} from '../../reasoning/connectivity.ts';
import { citeMember, notSeenInHealth } from '../../reasoning/from-health.ts';
import { gatewayNetworkRead, gatewayRange, isStraightTo } from '../../reasoning/gateway-network.ts';
import {
  addressesOf,
  destinationOf,
  effectiveSecurityRead,
  interfaceOf,
  isInGatewayNetwork,
} from '../../reasoning/member-network.ts';
import { type MemberPassage, passageTo } from '../../reasoning/member-passage.ts';
import { citeFlow, flowFromGateway, namelessDenial, pathTestRead } from '../../reasoning/path-tests.ts';
import { describeUnreached, type Unreached, unreachedTargets } from '../../reasoning/reachability.ts';
import { allowAbove, citeRule } from '../../reasoning/security-rules.ts';

const id = 'backend-nsg-blocks';

export const backendNsgBlocks = {
  id,
  title: 'A network security group of the backend denies the gateway',
  maturity: 'stable',
  explains: 'outage',
  sign: 'unreachable',
  reads: [
    ...['backend-health', 'gateway', 'nics', 'virtual-network', 'effective-nsg', 'nsg', 'ip-flow'],
    ...['effective-routes', 'connectivity-check'],
  ],
  meaning:
    "The security group on the member's network interface or subnet denies connections from the subnet of the gateway to " +
    'the port that is probed. Packets are dropped without an answer, so the gateway reports a failed connection or a ' +
    'probe timeout, whatever the application does.',
  confirmedBy:
    "The rule that wins for the probed port in the member's own security rules is a deny, for the range of the gateway subnet or wherever in its network the gateway is; or IP flow verify denies a packet from the gateway subnet; or a connectivity check from the gateway ends at the member with a network security rule.",
  ruledOutBy:
    "The member's effective rules or IP flow verify allow the port from the gateway, a connectivity check from the gateway arrives, or the member answers in any way.",
  doNot: [
    'Do not remove the deny: it keeps others out. Allow the gateway subnet above it.',
    'Do not allow single addresses of gateway instances, which change with updates of the platform.',
    'Do not raise the probe timeout or restart the members: the packets never reach them.',
  ],
  prevention: [
    'Keep the allow for the gateway subnet in the same template as the security group of the backend.',
    'Test the path from the gateway to each backend port after every change of security groups.',
  ],
  blindSpots: [
    'Where the range of the gateway subnet was not read, rules for single ranges cannot always be told.',
    'Rules that a network manager sets above security groups, and firewalls inside the machine, are not seen here.',
    'Membership in application security groups is known only where effective rules spell it out.',
  ],
  judge,
} satisfies Rule;

interface Seen {
  readonly level: 'confirmed' | 'likely' | 'possible' | 'ruled-out';
  readonly member: Member;
  readonly citations: readonly Citation[];
  readonly passage?: MemberPassage;
}

const LEVELS = ['confirmed', 'likely', 'possible', 'ruled-out'] as const;

function judge(readings: Readings): readonly Verdict[] {
  const unreached = unreachedTargets(readings);
  if (unreached.length === 0) return [notSeenInHealth(readings, id)];
  return unreached.map((target) => judgeTarget(readings, target));
}

function judgeTarget(readings: Readings, unreached: Unreached): Verdict {
  const { target, members } = unreached;
  const seen = members.map((member) => judgeMember(readings, unreached, member));
  const level = LEVELS.find((candidate) => seen.some((one) => one.level === candidate)) ?? 'possible';
  const own = seen.filter((one) => one.level === level);
  const isWhole = own.length === target.members.length;
  const [first] = own;
  const opening = first?.citations.slice(0, 4) ?? [];
  return {
    cause: id,
    verdict: level,
    scope: scopeOf(readings, target, isWhole ? undefined : own.map(({ member }) => member)),
    because: level === 'ruled-out' ? opening : [citeUnreached(unreached, first?.member), ...opening],
    missing: level === 'confirmed' || level === 'ruled-out' ? [] : missingReads(readings, unreached, first),
    fix: level === 'confirmed' || level === 'likely' ? fixFor(readings, unreached, first) : [],
    ...(level === 'confirmed' || level === 'likely' ? { weight: 2 + own.length } : {}),
  };
}

function citeUnreached(unreached: Unreached, member: Member | undefined): Citation {
  const says = `${describeUnreached(unreached)}.`;
  return member ? citeMember(member, says) : { evidence: 'backend-health', quote: unreached.target.pool, says };
}

function judgeMember(readings: Readings, unreached: Unreached, member: Member): Seen {
  const { target, port, isOnlyText } = unreached;
  const nic = interfaceOf(readings, target, member);
  const flow = flowFromGateway(readings, nic, addressesOf(readings, member), port);
  const checked = citeStopped(readings, unreached, member);
  const passage = passageTo(readings, target, member, port);
  const cited = passage ? citePassage(passage, member, port) : [];
  const base = { member, citations: [...(checked?.citation ?? []), ...cited], ...(passage ? { passage } : {}) };
  // The gateway still counts the member as healthy, so the failure may be over.
  const best = isOnlyText ? 'likely' : 'confirmed';
  if (checked?.isFromGateway) return { ...base, level: best };
  if (flow?.access === 'deny') {
    const says = `Network Watcher calculates that ${flow.rule === undefined ? 'a security rule' : `rule ${flow.rule}`} denies the gateway at port ${port} of ${member.address}.`;
    // An appliance in between could put its own address in place of the gateway's.
    const isOwn = isInGatewayNetwork(readings, nic) === true || isStraightTo(readings, member.address);
    return { ...base, level: isOwn ? best : 'likely', citations: [citeFlow(flow, says), ...base.citations] };
  }
  if (passage?.outcome === 'blocked') {
    const odd = healthyBehind(readings, unreached, passage);
    if (odd) return { ...base, level: 'possible', citations: [...cited, odd] };
    return { ...base, level: best };
  }
  const arrives = reachableFromGateway(readings, destinationOf(readings, member, port));
  if (arrives) {
    const says = `A connection from the gateway to ${member.address} arrived, so no security group blocks it.`;
    return { member, level: 'ruled-out', citations: [citeCheck(arrives, says)] };
  }
  if (flow?.access === 'allow' && passage?.outcome !== 'presumed-blocked') {
    const says = `Network Watcher calculates that the rules in front of ${member.address} let the gateway in at port ${port}.`;
    return { member, level: 'ruled-out', citations: [citeFlow(flow, says)] };
  }
  if (checked || passage?.outcome === 'presumed-blocked') {
    const odd = passage ? healthyBehind(readings, unreached, passage) : undefined;
    return odd ? { ...base, level: 'possible', citations: [...cited, odd] } : { ...base, level: 'likely' };
  }
  const nameless = namelessDenial(readings);
  if (nameless && target.members.length === 1 && !isOnlyText) {
    const says = 'Network Watcher calculates that a security rule denies a packet; whose is not told.';
    return { ...base, level: 'likely', citations: [citeFlow(nameless, says), ...base.citations] };
  }
  // A suspicious rule, and a failed connection of everything behind it; a timeout alone would be too little.
  if (passage?.outcome === 'maybe-blocked' && unreached.isRefused && unreached.isWhole && !isOnlyText)
    return { ...base, level: 'likely' };
  return passage?.outcome === 'open' ? { ...base, level: 'ruled-out' } : { ...base, level: 'possible' };
}

/** What a connectivity check says of the rule that stops it at the member. */
function citeStopped(
  readings: Readings,
  { port }: Unreached,
  member: Member,
): { readonly isFromGateway: boolean; readonly citation: readonly Citation[] } | undefined {
  const found = issuesTo(readings, destinationOf(readings, member, port), /^networksecurityrule$/i);
  const stopped = found.filter(({ at }) => at === 'destination');
  const finding = stopped.find(({ isFromGateway }) => isFromGateway) ?? stopped[0];
  if (!finding) return undefined;
  const name = contextOf(finding.issue, 'RuleName');
  const from = finding.isFromGateway ? 'from the gateway' : 'whose start is not told';
  const says = `A connectivity check ${from} ends at ${member.address}, stopped by ${name === undefined ? 'a network security rule' : `security rule ${name}`}.`;
  return { isFromGateway: finding.isFromGateway === true, citation: [citeFinding(finding, says, name)] };
}

function citePassage({ outcome, guard, group, rule }: MemberPassage, member: Member, port: number | undefined) {
  if (!rule) return [];
  const on = port === undefined ? 'the probed port' : `port ${port}`;
  const of = group?.name ?? rule.group;
  const where = of === undefined ? '' : ` of ${of}`;
  const whose = guard.isMapped ? `in front of ${member.address}` : 'in the only security rules that were read';
  const says = {
    blocked: `Rule ${rule.name}${where}, ${whose}, wins for ${on} and denies the gateway.`,
    'presumed-blocked': `Rule ${rule.name}${where}, ${whose}, wins for ${on} and denies a gateway in a connected network.`,
    'maybe-blocked': `Whether rule ${rule.name}${where}, ${whose}, concerns the gateway on ${on} depends on the range of its subnet.`,
    unclear: `Whether rule ${rule.name}${where} concerns the gateway on ${on} cannot be told without the range of its subnet.`,
    open: `Rule ${rule.name}${where}, ${whose}, wins for ${on} and allows the gateway.`,
    'seems-open': `Rule ${rule.name}${where}, ${whose}, allows ${on} from connected networks.`,
  }[outcome];
  return [citeRule(guard.evidence, rule, says)];
}

/**
 * A member that answers behind the same deny, read in the same evidence: then the rules are not what they seem. A name is
 * left out, because which interface it means is told by other evidence, which might as well be missing.
 */
function healthyBehind(readings: Readings, { target, healthy, port }: Unreached, passage: MemberPassage) {
  const sibling = healthy.find((member) => {
    if (!isIpAddress(member.address)) return false;
    const its = passageTo(readings, target, member, port);
    const isSame = its?.rule?.name === passage.rule?.name && its?.group?.name === passage.group?.name;
    return (
      isSame &&
      its?.guard.evidence === passage.guard.evidence &&
      (its?.outcome === 'blocked' || its?.outcome === 'presumed-blocked')
    );
  });
  if (!sibling) return undefined;
  return citeMember(sibling, `${sibling.address} stands behind the same rule and answers all the same.`);
}

function missingReads(readings: Readings, { target, members, port }: Unreached, seen: Seen | undefined) {
  const member = seen?.member ?? members[0];
  if (!member) return [];
  const reads: MissingRead[] = [];
  if (seen?.passage?.guard.isComplete !== true) reads.push(effectiveSecurityRead(readings, target, member));
  if (!readings.networks) reads.push(gatewayNetworkRead(readings));
  const nic = interfaceOf(readings, target, member);
  const [address = member.address] = addressesOf(readings, member);
  return [
    ...reads,
    connectivityRead(readings, member.address, port),
    ...(readings.pathTests ? [] : pathTestRead(readings, nic, address, port)),
  ];
}

function fixFor(readings: Readings, { port }: Unreached, seen: Seen | undefined): readonly FixStep[] {
  const passage = seen?.passage;
  return [
    allowAbove({
      text: `Allow ${port === undefined ? 'the probed port' : `port ${port}`} from the range of the gateway subnet, above the rule that denies it.`,
      name: 'allow-application-gateway',
      group: passage?.group ?? { rules: [] },
      deny: passage?.rule,
      direction: 'Inbound',
      source: gatewayRange(readings),
      ports: port === undefined ? '<port>' : String(port),
    }),
  ];
}
