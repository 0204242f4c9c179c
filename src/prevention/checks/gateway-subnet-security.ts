import { isPrivateOnly } from '../../core/gateway.ts';
import type { SecurityGroup, SecurityRule } from '../../core/network.ts';
import { lastSegment, sameName } from '../../core/resource-id.ts';
import { probedPort } from '../../core/targets.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { gatewayNetworkRead, gatewaySubnet, isOwnAddress } from '../../reasoning/gateway-network.ts';
import {
  inboundFromLoadBalancer,
  inboundFromManager,
  managementPorts,
  outboundTo,
  outboundToInternet,
  type Treatment,
} from '../../reasoning/gateway-subnet-passage.ts';
import { gatewayGroupRead, isOnGatewaySubnet } from '../../reasoning/member-network.ts';
import { allowAbove, citeRule } from '../../reasoning/security-rules.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement, notJudged } from '../check.ts';
import { costOfPool, isHealthy, scopeIn, usedTargets, withGateway } from '../in-use.ts';

export const gatewaySubnetSecurity = {
  id: 'gateway-subnet-security',
  title: "The security group of the gateway's subnet denies what the gateway needs",
  costsUpTo: 'outage',
  prevents: ['gateway-subnet-nsg-blocks', 'health-not-readable', 'network-path-blocked'],
  reads: ['gateway', 'virtual-network', 'nsg', 'backend-health'],
  meaning:
    'The gateway needs the platform to reach its upper ports, the load balancer to ask whether it lives, the Internet for ' +
    'revocation lists and vaults, and its members. A rule that was tightened since shows first at the next update, when ' +
    'instances are made anew.',
  blindSpots: [
    'A deployment with a private frontend alone needs neither the gateway manager nor the Internet, and is not asked for them.',
    'Rules by application security groups and by tags of single services cannot be compared with addresses.',
  ],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () => {
    const group = ownGroup(readings);
    if (group === 'none') return found();
    if (group === undefined) {
      return notJudged(...(readings.networks ? [] : [gatewayNetworkRead(readings)]), gatewayGroupRead(readings));
    }
    return found(...platformFindings(readings, group), ...memberFindings(readings, group));
  });
}

/** The group of the gateway's subnet; `none` where the subnet was read and has none. */
function ownGroup(readings: AuditReadings): SecurityGroup | 'none' | undefined {
  const groups = readings.securityGroups ?? [];
  const subnet = gatewaySubnet(readings);
  const own = groups.find(
    (group) =>
      isOnGatewaySubnet(readings, group) ||
      (subnet?.securityGroupId !== undefined && group.id !== undefined && sameName(group.id, subnet.securityGroupId)),
  );
  return own ?? (subnet && subnet.securityGroupId === undefined ? 'none' : undefined);
}

interface Need {
  readonly who: string;
  readonly treated: Treatment;
  readonly says: string;
  /** How the new rule has it. */
  readonly opening: {
    readonly name: string;
    readonly source: string;
    readonly ports: string;
    readonly protocol: string;
  };
}

function needs(readings: AuditReadings, group: SecurityGroup): readonly Need[] {
  const always: Need = {
    who: 'AzureLoadBalancer',
    treated: inboundFromLoadBalancer(readings, group),
    says: 'the load balancer of the platform, which asks whether the gateway lives',
    opening: { name: 'AllowAzureLoadBalancer', source: 'AzureLoadBalancer', ports: '*', protocol: '*' },
  };
  if (isPrivateOnly(readings.gateway)) return [always];
  const { from, to } = managementPorts(readings);
  const manager: Need = {
    who: 'GatewayManager',
    treated: inboundFromManager(readings, group),
    says: `the platform's own management on ports ${from} to ${to}`,
    opening: { name: 'AllowGatewayManager', source: 'GatewayManager', ports: `${from}-${to}`, protocol: 'Tcp' },
  };
  return [manager, always];
}

function platformFindings(readings: AuditReadings, group: SecurityGroup): readonly Finding[] {
  const inbound = needs(readings, group).flatMap(({ who, treated, says, opening }): readonly Finding[] => {
    const deny = denialIn(treated);
    if (!deny) return [];
    return [
      {
        cost: 'outage',
        nearness: 'someday',
        scope: scopeIn(readings, { resource: `${nameOf(group)}/${who}` }),
        says: `Security group ${nameOf(group)} keeps out ${says}.`,
        because: [citeRule('nsg', deny, `This rule decides about traffic from ${who}.`)],
        fix: [
          allowAbove({
            text: `Let ${who} in, above the rule that denies it.`,
            ...{ ...opening, group, deny, direction: 'Inbound' },
          }),
        ],
      },
    ];
  });
  return isPrivateOnly(readings.gateway) ? inbound : [...inbound, ...internetFinding(readings, group)];
}

function internetFinding(readings: AuditReadings, group: SecurityGroup): readonly Finding[] {
  const deny = denialIn(outboundToInternet(readings, group));
  if (!deny) return [];
  return [
    {
      cost: 'pool',
      nearness: 'someday',
      scope: scopeIn(readings, { resource: `${nameOf(group)}/Internet` }),
      says: `Security group ${nameOf(group)} keeps the gateway from the Internet, where revocation lists and vaults are.`,
      because: [citeRule('nsg', deny, 'This rule decides about connections to public addresses on port 443.')],
      fix: [
        allowAbove({
          text: 'Let the gateway out to the Internet, above the rule that denies it.',
          ...{ name: 'AllowInternetOut', group, deny, direction: 'Outbound', source: '*', destination: 'Internet' },
          ports: '443',
        }),
      ],
    },
  ];
}

/** Members that the group keeps the gateway from. One that answers its probe shows that the rules are not the whole truth. */
function memberFindings(readings: AuditReadings, group: SecurityGroup): readonly Finding[] {
  return usedTargets(readings).flatMap((target): readonly Finding[] => {
    if (isHealthy(target.members)) return [];
    const port = probedPort(target);
    const denied = target.poolConfig.addresses.filter(isIpAddress).flatMap((address) => {
      const deny = denialIn(outboundTo(readings, group, address, port, isOwnAddress(readings, address)));
      return deny ? [{ address, deny }] : [];
    });
    const [first] = denied;
    if (!first || port === undefined) return [];
    const isAll = denied.length === target.poolConfig.addresses.length;
    return [
      {
        cost: isAll ? costOfPool(readings, target.pool) : 'requests',
        nearness: target.members.some(({ health }) => health === 'unhealthy') ? 'now' : 'someday',
        scope: scopeIn(readings, {
          pool: target.pool,
          setting: target.setting,
          members: denied.map(({ address }) => address),
          resource: nameOf(group),
        }),
        says: `Security group ${nameOf(group)} keeps the gateway from ${denied.length} members of ${target.pool} on port ${port}.`,
        because: [citeRule('nsg', first.deny, `This rule decides about connections to ${first.address}.`)],
        fix: [
          allowAbove({
            text: 'Let the gateway out to its members, above the rule that denies it.',
            ...{ name: 'AllowBackendsOut', group, deny: first.deny, direction: 'Outbound', source: '*' },
            ...{ destination: first.address, ports: String(port) },
          }),
        ],
      },
    ];
  });
}

/** The rule that denies; undefined where it is allowed, or where anything about it cannot be told. */
function denialIn(treated: Treatment): SecurityRule | undefined {
  return typeof treated === 'object' && treated.isSure ? treated.rule : undefined;
}

function nameOf({ name, id }: SecurityGroup): string {
  return name ?? (id === undefined ? 'of the gateway subnet' : lastSegment(id));
}
