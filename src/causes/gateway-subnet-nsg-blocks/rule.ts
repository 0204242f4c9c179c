import type { Member } from '../../core/backend-health.ts';
import { isPrivateOnly, isV1 } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, scopeOf, type Target, targetsOf } from '../../core/targets.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { citeFinding, connectivityRead, contextOf, issuesTo } from '../../reasoning/connectivity.ts';
import { citeMember, notSeenInHealth } from '../../reasoning/from-health.ts';
import { citeGatewaySubnet, gatewayNetworkRead, gatewaySubnet } from '../../reasoning/gateway-network.ts';
import {
  type Denied,
  inboundFromLoadBalancer,
  inboundFromManager,
  managementPorts,
  outboundTo,
  outboundToInternet,
  type SubnetGroup,
  subnetGroup,
} from '../../reasoning/gateway-subnet-passage.ts';
import {
  addressesOf,
  destinationOf,
  gatewayGroupRead,
  interfaceOf,
  isInGatewayNetwork,
} from '../../reasoning/member-network.ts';
import { describeUnreached, type Unreached, unreachedTargets } from '../../reasoning/reachability.ts';
import { allowAbove, citeRule } from '../../reasoning/security-rules.ts';
import { isTrafficFlowing, membersWithoutHealth } from '../../reasoning/unreadable-health.ts';

const id = 'gateway-subnet-nsg-blocks';

export const gatewaySubnetNsgBlocks = {
  id,
  title: "The network security group of the gateway's own subnet blocks what the gateway needs",
  maturity: 'stable',
  explains: 'outage',
  sign: 'unreachable',
  reads: ['backend-health', 'gateway', 'virtual-network', 'nsg', 'nics', 'connectivity-check', 'access-log'],
  meaning:
    'The security group on the subnet of the gateway denies its connections to the backends, or the management traffic ' +
    'that the platform needs: GatewayManager to the upper ports, the load balancer, the way out to the Internet. The first ' +
    'makes members unreachable, the second leaves their health unknown.',
  confirmedBy:
    "A deny wins, in the group of the gateway's own subnet, for connections to a member that cannot be reached; or a connectivity check from the gateway is stopped by a rule where it starts; on a v1 gateway also a deny of the management ports while no health can be retrieved.",
  ruledOutBy:
    "The group of the gateway's subnet allows the connections, the subnet has no group, or members answer and their health can be read.",
  doNot: [
    'Do not delete the security group of the subnet: it also shields the listeners.',
    'Do not take an unknown health for an outage before looking at the traffic.',
  ],
  prevention: [
    'Leave outbound traffic of the gateway subnet open to the backends and, unless the deployment is private, to the Internet.',
    'Keep the rules for GatewayManager and AzureLoadBalancer in the template of the subnet.',
  ],
  blindSpots: [
    'The platform refuses rules that block GatewayManager or the Internet on a v2 gateway that is not isolated, so on most gateways these cannot be the cause.',
    'A private deployment needs neither GatewayManager nor the Internet; a gateway is taken for one where it has a private frontend alone.',
    'A default route that leads elsewhere leaves the same unknown health.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const own = subnetGroup(readings);
  const unread = membersWithoutHealth(readings);
  if (unread.length > 0) return [judgeManagement(readings, own, unread)];
  const unreached = unreachedTargets(readings);
  if (unreached.length === 0) return [notSeenInHealth(readings, id)];
  return unreached.map((target) => judgeTarget(readings, own, target));
}

interface Stopped {
  readonly member: Member;
  readonly citation: Citation;
  readonly isSure: boolean;
  readonly denied?: Denied;
}

function judgeTarget(readings: Readings, own: SubnetGroup | undefined, unreached: Unreached): Verdict {
  const { target, members, port, isOnlyText } = unreached;
  const stopped = members.flatMap(
    (member) => citeCheck(readings, unreached, member) ?? citeDenied(readings, own, unreached, member) ?? [],
  );
  const sure = stopped.filter((one) => one.isSure);
  const found = sure.length > 0 ? sure : stopped;
  const [first] = found;
  const isWhole = found.length === 0 || found.length === target.members.length;
  const base = {
    cause: id,
    scope: scopeOf(readings, target, isWhole ? undefined : found.map(({ member }) => member)),
    missing: [],
    fix: [],
  };
  const example = first?.member ?? members[0];
  const failure = example ? [citeMember(example, `${describeUnreached(unreached)}.`)] : [];
  if (first) {
    const because = [...failure, first.citation];
    const fix = [openOutbound(own, first, port)];
    const missing = [...subnetReads(readings), connectivityRead(readings, first.member.address, port)];
    const odd = first.denied
      ? citeReached(doubting(readings, own, unreached, first.member), own, first.denied)
      : undefined;
    if (odd) return { ...base, verdict: 'possible', because: [...because, odd], missing };
    if (sure.length > 0 && !isOnlyText) return { ...base, verdict: 'confirmed', because, fix, weight: 2 + sure.length };
    return { ...base, verdict: 'likely', because, fix, missing, weight: 1 + found.length };
  }
  const allowed = citeAllowed(readings, own, unreached);
  if (allowed) return { ...base, verdict: 'ruled-out', because: [allowed] };
  const bare = citeNoGroup(readings);
  if (bare && !own) return { ...base, verdict: 'ruled-out', because: [bare] };
  const missing = [...subnetReads(readings), ...(example ? [connectivityRead(readings, example.address, port)] : [])];
  return { ...base, verdict: 'possible', because: failure, missing };
}

/** What tells the group: the network shows which one hangs on the subnet, and the group itself shows its rules. */
function subnetReads(readings: Readings): readonly MissingRead[] {
  return [...(readings.networks ? [] : [gatewayNetworkRead(readings)]), gatewayGroupRead(readings)];
}

/** A subnet that was read and has no group: nothing on it denies anything. */
function citeNoGroup(readings: Readings): Citation | undefined {
  const subnet = gatewaySubnet(readings);
  if (!subnet || subnet.securityGroupId !== undefined) return undefined;
  return citeGatewaySubnet(subnet, 'The subnet of the gateway has no network security group.');
}

/** A connectivity check that does not leave the subnet of the gateway. */
function citeCheck(readings: Readings, { port }: Unreached, member: Member): Stopped | undefined {
  const found = issuesTo(readings, destinationOf(readings, member, port), /^networksecurityrule$/i);
  const finding = found.find(({ at, isFromGateway }) => at === 'source' && isFromGateway);
  if (!finding) return undefined;
  const name = contextOf(finding.issue, 'RuleName');
  const by = name === undefined ? 'a network security rule' : `security rule ${name}`;
  const says = `A connectivity check from the gateway to ${member.address} is stopped where it starts, by ${by}.`;
  return { member, isSure: true, citation: citeFinding(finding, says, name) };
}

function treatmentOf(readings: Readings, own: SubnetGroup, target: Target, member: Member, port: number | undefined) {
  const [address] = addressesOf(readings, member);
  const nic = interfaceOf(readings, target, member);
  const isNear = isInGatewayNetwork(readings, nic, addressesOf(readings, member)) === true;
  return outboundTo(readings, own.group, address, port, isNear);
}

function citeDenied(
  readings: Readings,
  own: SubnetGroup | undefined,
  { target, port }: Unreached,
  member: Member,
): Stopped | undefined {
  const denied = own ? treatmentOf(readings, own, target, member, port) : undefined;
  if (!own || typeof denied !== 'object') return undefined;
  const on = port === undefined ? '' : ` on port ${port}`;
  const whose = own.isMapped ? 'of the gateway subnet' : 'made for a gateway';
  const says = `Rule ${denied.rule.name} of ${own.group.name ?? 'the group'}, ${whose}, denies connections to ${member.address}${on}.`;
  return { member, denied, isSure: own.isMapped && denied.isSure, citation: citeRule('nsg', denied.rule, says) };
}

/**
 * What a doubt may rest on: never on evidence without which the denial is just as sure, or taking that away would make it
 * surer. Interfaces are left out at any rate, and the network where the denial does not need it.
 */
function doubting(
  readings: Readings,
  own: SubnetGroup | undefined,
  { target, port }: Unreached,
  member: Member,
): Readings {
  const without = { ...readings, networks: [] };
  const denied = own ? treatmentOf(without, own, target, member, port) : undefined;
  const isSureWithout = typeof denied === 'object' && denied.isSure;
  return isSureWithout ? { ...without, interfaces: [] } : { ...readings, interfaces: [] };
}

/** A member that is reached although the same rule would deny that, too: then the rules are not what they seem. */
function citeReached(readings: Readings, own: SubnetGroup | undefined, { rule }: Denied): Citation | undefined {
  if (!own) return undefined;
  for (const { target, member, port } of reachedMembers(readings)) {
    const isNear = isInGatewayNetwork(readings, undefined, [member.address]) === true;
    const its = outboundTo(readings, own.group, member.address, port, isNear);
    if (typeof its !== 'object' || !its.isSure || its.rule !== rule) continue;
    return citeMember(member, `${member.address} of ${target.pool} is reached, though the same rule would deny that.`);
  }
  return undefined;
}

function reachedMembers(readings: Readings) {
  return targetsOf(readings).flatMap((target) =>
    target.members
      .filter(
        ({ address, health, observed }) => isIpAddress(address) && health === 'healthy' && observed.kind === 'answered',
      )
      .map((member) => ({ target, member, port: target.probe?.port ?? target.settingConfig?.port })),
  );
}

function citeAllowed(readings: Readings, own: SubnetGroup | undefined, { target, members, port }: Unreached) {
  if (!own?.isMapped) return undefined;
  const isAllowed = members.every((member) => treatmentOf(readings, own, target, member, port) === 'allowed');
  if (!isAllowed) return undefined;
  return {
    evidence: 'nsg',
    quote: `"name": "${own.group.name ?? own.group.id ?? 'security group'}"`,
    says: `No rule in the group of the gateway subnet denies connections to ${target.pool}.`,
  };
}

function openOutbound(own: SubnetGroup | undefined, { member, denied }: Stopped, port: number | undefined): FixStep {
  return allowAbove({
    text: `Allow the gateway's connections to ${member.address} and its neighbours, above the rule that denies them.`,
    name: 'allow-backends-outbound',
    group: own?.group ?? { rules: [] },
    ...(denied ? { deny: denied.rule } : {}),
    direction: 'Outbound',
    source: '*',
    destination: '<range of the backend subnet>',
    ports: port === undefined ? '<port>' : String(port),
  });
}

/** No health can be retrieved: what the group of the subnet does to the platform's own traffic. */
function judgeManagement(readings: Readings, own: SubnetGroup | undefined, members: readonly Member[]): Verdict {
  const base = { cause: id, scope: gatewayScope(readings) };
  const sign = members
    .filter(({ observed }) => observed.kind === 'not-retrievable')
    .slice(0, 1)
    .map((member) => citeMember(member, `The health of none of the ${members.length} members can be retrieved.`));
  const missing = subnetReads(readings);
  const bare = citeNoGroup(readings);
  if (!own && bare) return { ...base, verdict: 'ruled-out', because: [bare], missing: [], fix: [] };
  if (!own) return { ...base, verdict: 'possible', because: sign, missing, fix: [] };
  const ports = managementPorts(readings);
  const span = `${ports.from}-${ports.to}`;
  const parts = [
    {
      what: `GatewayManager on ports ${span}`,
      treatment: inboundFromManager(readings, own.group),
      source: 'GatewayManager',
      span,
    },
    {
      what: 'the load balancer of the platform',
      treatment: inboundFromLoadBalancer(readings, own.group),
      source: 'AzureLoadBalancer',
      span: '*',
    },
    {
      what: 'the way out to the Internet',
      treatment: outboundToInternet(readings, own.group),
      source: undefined,
      span: '*',
    },
  ] as const;
  const denials = parts.flatMap((part) =>
    typeof part.treatment === 'object' ? [{ ...part, denied: part.treatment }] : [],
  );
  const because = [
    ...sign,
    ...denials.map(({ what, denied }) =>
      citeRule('nsg', denied.rule, `Rule ${denied.rule.name} of ${own.group.name ?? 'the group'} denies ${what}.`),
    ),
  ];
  const [first] = denials;
  if (!first) {
    const isOpen = own.isMapped && parts.every(({ treatment }) => treatment === 'allowed');
    if (!isOpen) return { ...base, verdict: 'possible', because, missing, fix: [] };
    const says = 'The group of the gateway subnet allows GatewayManager, the load balancer and the Internet.';
    const quote = `"name": "${own.group.name ?? own.group.id ?? 'security group'}"`;
    return { ...base, verdict: 'ruled-out', because: [{ evidence: 'nsg', quote, says }], missing: [], fix: [] };
  }
  const fix = denials.map(({ what, denied, source, span: on }) =>
    allowAbove({
      text: `Allow ${what}, above the rule that denies it. A private deployment needs the load balancer only.`,
      name: source === undefined ? 'allow-internet-outbound' : `allow-${source.toLowerCase()}`,
      group: own.group,
      deny: denied.rule,
      direction: source === undefined ? 'Outbound' : 'Inbound',
      source: source ?? '*',
      ...(source === undefined ? { destination: 'Internet' } : {}),
      ports: on,
      protocol: source === 'GatewayManager' ? 'Tcp' : '*',
    }),
  );
  // Only v1 gateways need the management ports in every deployment.
  if (own.isMapped && isV1(readings.gateway) && first.source === 'GatewayManager' && first.denied.isSure) {
    return { ...base, verdict: 'confirmed', because, missing: [], fix, weight: 1 + denials.length };
  }
  // A private deployment needs the load balancer alone, and its health often cannot be retrieved at all.
  const isNeeded = !isPrivateOnly(readings.gateway) || denials.some(({ source }) => source === 'AzureLoadBalancer');
  if (isTrafficFlowing(readings) || !isNeeded) return { ...base, verdict: 'possible', because, missing, fix: [] };
  return { ...base, verdict: 'likely', because, missing, fix, weight: 1 + denials.length };
}
