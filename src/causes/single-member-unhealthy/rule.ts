import { azPart } from '../../core/az.ts';
import { isFailing, type Member } from '../../core/backend-health.ts';
import { wasRead } from '../../core/evidence.ts';
import type { Readings } from '../../core/readings.ts';
import { backendHealthRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, scopeOf, type Target, targetsOf } from '../../core/targets.ts';
import type { Citation, FixStep, Verdict } from '../../core/verdict.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { probeRead } from '../../reasoning/probe-request.ts';

const id = 'single-member-unhealthy';

export const singleMemberUnhealthy = {
  id,
  title: 'One member of the pool is down, the others are well',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway'],
  meaning:
    'Exactly one member fails its probe, while every other member of the same pool passes it through the same backend ' +
    'setting. What they share, such as probe, port, Host and rules, suits the others, so the fault lies with that member.',
  confirmedBy:
    'Backend health shows one failing member with a reason of its own, and every other member of the pool answers the same probe.',
  ruledOutBy: 'No member fails, or several members of the pool fail for the same reason.',
  doNot: [
    'Do not change the probe, the port or the rules for all members because of one.',
    'Do not restart the gateway: it has already taken the member out of rotation.',
  ],
  prevention: [
    'Run enough members that one may fail, and replace a failed one automatically.',
    'Alert on the share of healthy members, so that one of many does not page like all of them.',
  ],
  blindSpots: [
    'The first member of a rollout that is going wrong looks like this too.',
    'Why the member fails may need a look at the member itself.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const verdicts = targetsOf(readings).flatMap((target) => {
    const failing = target.members.filter(showsFailure);
    const [member] = failing;
    return member && target.members.length > failing.length
      ? [judgeTarget(readings, target, member, failing.length)]
      : [];
  });
  return verdicts.length > 0 ? verdicts : [judgeNone(readings)];
}

/** Failing by its health word, or by a text that tells of a failure which the word does not show yet. */
function showsFailure(member: Member): boolean {
  return isFailing(member) || (member.health === 'healthy' && hasReason(member) && member.observed.kind !== 'answered');
}

/** Whether the service says what the probe met. */
function hasReason({ observed }: Member): boolean {
  return !['not-retrievable', 'silent', 'unclassified'].includes(observed.kind);
}

function judgeTarget(readings: Readings, target: Target, member: Member, failing: number): Verdict {
  const others = target.members.filter((other) => other !== member);
  const base = { cause: id, scope: scopeOf(readings, target, [member]) };
  const reading = citeMember(member, `${member.address} fails the probe of ${target.setting}.`);
  const missing = [
    backendHealthRead(readings),
    probeRead(target, member, `What ${member.address} answers to the probe's own request.`),
  ];
  if (failing > 1) return judgeSeveral(readings, target, failing);

  const elsewhere = twinsElsewhere(readings, target, member);
  if (elsewhere) {
    const says = `${elsewhere.address}, one of several in another pool, fails for the same reason.`;
    return { ...base, verdict: 'possible', because: [reading, citeMember(elsewhere, says)], missing, fix: [] };
  }
  const answering = others.filter((other) => other.health === 'healthy' && other.observed.kind === 'answered');
  const [sibling] = answering;
  const because: Citation[] = [
    reading,
    ...(sibling
      ? [
          citeMember(
            sibling,
            `${answering.length} of the other members (${others.length} in all) answer the same probe.`,
          ),
        ]
      : []),
    ...citeOtherTargets(readings, target, member),
  ];
  const fix = fixFor(readings, target, member);
  const isWhole = answering.length === others.length;
  if (isWhole && hasReason(member) && member.health === 'unhealthy')
    return { ...base, verdict: 'confirmed', because, missing: [], fix, weight: 2 };
  const isOthersWell = others.every((other) => other.health === 'healthy');
  return isOthersWell
    ? { ...base, verdict: 'likely', because, missing, fix, weight: 1 }
    : { ...base, verdict: 'possible', because, missing, fix };
}

/** More than one fails, though not all: one shared reason is no single member's, several reasons leave it open. */
function judgeSeveral(readings: Readings, target: Target, count: number): Verdict {
  const failing = target.members.filter(showsFailure);
  const [first, second] = failing;
  const because = [first, second].flatMap((member) =>
    member ? [citeMember(member, `${member.address} is one of ${count} failing members of ${target.pool}.`)] : [],
  );
  const base = { cause: id, scope: scopeOf(readings, target, failing), because, fix: [] };
  const isOneReason = first !== undefined && failing.every((member) => isSameReason(member, first));
  return isOneReason
    ? { ...base, verdict: 'ruled-out', missing: [] }
    : { ...base, verdict: 'possible', missing: [backendHealthRead(readings)] };
}

function isSameReason(left: Member, right: Member): boolean {
  return reasonOf(left) === reasonOf(right);
}

function reasonOf({ observed }: Member): string {
  return observed.kind === 'status-mismatch' ? `${observed.kind} ${observed.received}` : observed.kind;
}

/**
 * Another address that fails for the same reason among members that answer, in another pool or setting: two such
 * failures have more in common than one member. A pool that is down as a whole is a matter of its own.
 */
function twinsElsewhere(readings: Readings, target: Target, member: Member): Member | undefined {
  return targetsOf(readings)
    .filter((other) => !isSameTarget(other, target) && other.members.some((twin) => !showsFailure(twin)))
    .flatMap((other) => other.members)
    .find((twin) => showsFailure(twin) && !sameName(twin.address, member.address) && isSameReason(twin, member));
}

function isSameTarget(left: Target, right: Target): boolean {
  return sameName(left.pool, right.pool) && sameName(left.setting, right.setting);
}

/** What the same address does in other pools and settings: down everywhere is a host, down here is a service. */
function citeOtherTargets(readings: Readings, target: Target, member: Member): readonly Citation[] {
  const elsewhere = targetsOf(readings)
    .filter((other) => !isSameTarget(other, target))
    .flatMap((other) => other.members.map((twin) => ({ other, twin })))
    .filter(({ twin }) => sameName(twin.address, member.address));
  const [first] = elsewhere;
  if (!first) return [];
  const failing = elsewhere.filter(({ twin }) => showsFailure(twin)).length;
  const says =
    failing === elsewhere.length
      ? `${member.address} also fails through ${first.other.setting}, so the host as a whole may be down.`
      : `${member.address} answers a probe of another pool or setting, so the host itself is up.`;
  const quoted = elsewhere.find(({ twin }) => failing === elsewhere.length || !showsFailure(twin)) ?? first;
  return [citeMember(quoted.twin, says)];
}

function judgeNone(readings: Readings): Verdict {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  const targets = targetsOf(readings).filter((target) => target.members.length > 0);
  const down = targets.find((target) => target.members.some(showsFailure));
  const [example] = down?.members.filter(showsFailure) ?? [];
  if (down && example) {
    const says = `All of the ${down.members.length} members of ${down.pool} fail with ${down.setting}, so it is not one among others.`;
    return { ...base, verdict: 'ruled-out', because: [citeMember(example, says)], missing: [] };
  }
  const well = targets.flatMap((target) => target.members).find((member) => member.health === 'healthy');
  if (wasRead(readings.evidence, 'backend-health') && well) {
    const says = 'No member fails its probe; this one passes it.';
    return { ...base, verdict: 'ruled-out', because: [citeMember(well, says)], missing: [] };
  }
  return { ...base, verdict: 'inconclusive', because: [], missing: [backendHealthRead(readings)] };
}

function fixFor(readings: Readings, { pool, poolConfig, ...target }: Target, member: Member): readonly FixStep[] {
  const look = probeRead({ pool, poolConfig, ...target }, member, '');
  const repair: FixStep = {
    text: `Repair or replace ${member.address}; the others carry the load meanwhile. This asks it as the probe does.`,
    command: look.command,
  };
  const addresses = poolConfig?.addresses ?? [];
  const rest = addresses.filter((address) => !sameName(address, member.address));
  if (rest.length === 0 || rest.length === addresses.length) return [repair];
  const update = (servers: readonly string[]) =>
    azPart(readings, ['address-pool', 'update'], '--name', pool, '--servers', ...servers);
  return [
    repair,
    {
      text: 'Where it comes and goes, take it out of the pool until it is repaired.',
      command: update(rest),
      undo: update(addresses),
    },
  ];
}
