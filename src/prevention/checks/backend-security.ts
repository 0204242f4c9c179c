import type { Member } from '../../core/backend-health.ts';
import { probedPort } from '../../core/targets.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { gatewayRange } from '../../reasoning/gateway-network.ts';
import { isPrivateAddress } from '../../reasoning/member-interfaces.ts';
import { passageTo } from '../../reasoning/member-passage.ts';
import { allowAbove, citeRule } from '../../reasoning/security-rules.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement } from '../check.ts';
import { costOfPool, scopeIn, type UsedTarget, usedTargets, withGateway } from '../in-use.ts';

export const backendSecurity = {
  id: 'backend-security',
  title: 'A security group of the members lets the gateway in by single addresses, or not at all',
  costsUpTo: 'outage',
  prevents: ['backend-nsg-blocks'],
  reads: ['gateway', 'nics', 'nsg', 'effective-nsg', 'virtual-network', 'backend-health'],
  meaning:
    'Instances of the gateway get new addresses whenever the platform updates them. A group in front of the members that ' +
    'allows single addresses works until then; one that denies the range of the gateway subnet does not work at all.',
  blindSpots: [
    'The groups of members are read where something is wrong with a member, or where they were given as files; a group that was not read is not judged.',
  ],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () =>
    found(...usedTargets(readings).flatMap((target) => judgeTarget(readings, target))),
  );
}

interface Blocked {
  readonly member: Member;
  readonly passage: NonNullable<ReturnType<typeof passageTo>>;
  /** Allowed for single addresses only, which may be the gateway's of today. */
  readonly isFragile: boolean;
}

function judgeTarget(readings: AuditReadings, target: UsedTarget): readonly Finding[] {
  const port = probedPort(target);
  if (port === undefined) return [];
  const blocked = target.members
    .filter(({ address }) => isIpAddress(address) && isPrivateAddress(address))
    .flatMap((member): readonly Blocked[] => {
      const passage = passageTo(readings, target, member, port);
      if (!passage?.rule || !passage.guard.isMapped) return [];
      const isAnswering = member.health === 'healthy';
      // Whoever answers the probe is reached, whatever the rules seem to say.
      if (passage.outcome === 'blocked' && !isAnswering) return [{ member, passage, isFragile: false }];
      return passage.outcome === 'maybe-blocked' && passage.rule.access === 'allow' && isAnswering
        ? [{ member, passage, isFragile: true }]
        : [];
    });
  return [true, false].flatMap((isFragile) => {
    const all = blocked.filter((one) => one.isFragile === isFragile);
    return all.length === 0 ? [] : [findingFor(readings, target, port, all)];
  });
}

function findingFor(readings: AuditReadings, target: UsedTarget, port: number, all: readonly Blocked[]): Finding {
  const [first] = all;
  const isFragile = first?.isFragile === true;
  const { guard, rule, group } = first?.passage ?? {};
  const isAll = all.length === target.members.length;
  const source = gatewayRange(readings);
  const name = 'AllowGatewaySubnet';
  return {
    cost: isAll ? costOfPool(readings, target.pool) : 'requests',
    nearness: isFragile ? 'someday' : 'now',
    scope: scopeIn(readings, {
      pool: target.pool,
      setting: target.setting,
      members: all.map(({ member }) => member.address),
    }),
    says: isFragile
      ? `Members of ${target.pool} let the gateway in by single addresses, which change with its next update.`
      : `A security group keeps the gateway from ${all.length} members of ${target.pool} on port ${port}.`,
    because: rule && guard ? [citeRule(guard.evidence, rule, `This rule decides about port ${port}.`)] : [],
    fix: [
      allowAbove({
        text: 'Allow the range of the gateway subnet.',
        ...{
          name,
          group: group ?? guard?.groups[0] ?? { rules: [] },
          direction: 'Inbound',
          source,
          ports: String(port),
        },
        ...(rule?.access === 'deny' ? { deny: rule } : {}),
      }),
    ],
  };
}
