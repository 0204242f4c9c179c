import { parseRange, prefixLength } from '../core/address-range.ts';
import type { Member } from '../core/backend-health.ts';
import type { SecurityRule } from '../core/network.ts';
import { type Packet, type Passage, passThrough, type RuleGroup } from '../core/network-rules.ts';
import type { Readings } from '../core/readings.ts';
import type { Target } from '../core/targets.ts';
import { addressesOf, type Guard, gatewayPlace, guardsOf, interfaceOf } from './member-network.ts';

/**
 * What the security groups in front of a member do to a connection from the gateway:
 * `blocked` its own groups deny it, whatever the range of the gateway subnet is;
 * `presumed-blocked` they deny it if they are its own, or if the gateway is in a network joined to it;
 * `maybe-blocked` a deny for some range stands there, or allows for single addresses only, and the range of the gateway
 * subnet is not known; `unclear` the same of an allow for some range with a deny behind it;
 * `open` its effective rules allow it; `seems-open` whatever was read allows it.
 */
export interface MemberPassage {
  readonly outcome: 'blocked' | 'presumed-blocked' | 'maybe-blocked' | 'open' | 'unclear' | 'seems-open';
  readonly guard: Guard;
  readonly group?: RuleGroup;
  /** The rule that decides, or the one that cannot be told. */
  readonly rule?: SecurityRule;
}

const ORDER: readonly MemberPassage['outcome'][] = [
  'blocked',
  'presumed-blocked',
  'maybe-blocked',
  'open',
  'unclear',
  'seems-open',
];

/** Undefined where no security group that could be the member's was read. */
export function passageTo(
  readings: Readings,
  target: Target,
  member: Member,
  port: number | undefined,
): MemberPassage | undefined {
  return guardsOf(readings, target, member)
    .map((guard) => judgeGuard(readings, target, member, port, guard))
    .toSorted((left, right) => ORDER.indexOf(left.outcome) - ORDER.indexOf(right.outcome))[0];
}

function judgeGuard(
  readings: Readings,
  target: Target,
  member: Member,
  port: number | undefined,
  guard: Guard,
): MemberPassage {
  const ask = (isPresumed: boolean) =>
    passThrough(guard.groups, connectionTo(readings, target, member, port, guard, isPresumed));
  const [strict, presumed] = [ask(false), ask(true)];
  const decisive = strict.outcome === 'undecidable' ? presumed : strict;
  const base = { guard, ...detailOf(decisive) };
  if (decisive.outcome === 'blocked') {
    const isSure = strict.outcome === 'blocked' && guard.isMapped;
    return { ...base, outcome: isSure ? 'blocked' : 'presumed-blocked' };
  }
  if (decisive.outcome === 'passes') {
    const isSure = strict.outcome === 'passes' && guard.isComplete && guard.isMapped;
    return { ...base, outcome: isSure ? 'open' : 'seems-open' };
  }
  const rule = base.rule;
  const isSuspect = rule?.access === 'deny' || (rule !== undefined && isForSingleAddresses(rule));
  return { ...base, outcome: isSuspect ? 'maybe-blocked' : 'unclear' };
}

function detailOf(passage: Passage): Pick<MemberPassage, 'group' | 'rule'> {
  if (passage.outcome !== 'passes') return passage;
  const [rule] = passage.rules;
  return rule ? { rule } : {};
}

function connectionTo(
  readings: Readings,
  target: Target,
  member: Member,
  port: number | undefined,
  { groups }: Guard,
  isPresumed: boolean,
): Packet {
  const nic = interfaceOf(readings, target, member);
  const addresses = addressesOf(readings, member);
  return {
    direction: 'inbound',
    protocol: 'tcp',
    source: gatewayPlace(readings, nic, groups, isPresumed, addresses),
    // An interface's own address is always part of what it calls its virtual network.
    destination: { within: addresses, tags: { virtualnetwork: true } },
    ...(port === undefined ? {} : { destinationPort: port }),
  };
}

/**
 * The gateway's instances change their addresses with every update of the platform, so an allow that names single ones
 * (up to a /30, less than the smallest subnet) is a fault by itself.
 */
function isForSingleAddresses({ sources }: SecurityRule): boolean {
  return sources.every((source) => {
    const range = parseRange(source);
    return range !== undefined && (prefixLength(range) ?? 0) >= (range.family === 4 ? 30 : 126);
  });
}
