import { isFailing, type Member } from '../core/backend-health.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { probedPort, type Target, targetsOf, trafficOf } from '../core/targets.ts';
import { isGatewayError } from '../core/traffic.ts';

/** Which members the reads of the later rounds are about. Everything here is pure, bounded, and of one gateway. */

export interface MemberInQuestion {
  readonly target: Target;
  readonly member: Member;
  /** The port that the gateway connects to, where the configuration shows it. */
  readonly port?: number;
}

/**
 * The members to look at, at most `max`, so that every target in trouble gets one before any gets a second. In trouble is
 * who fails its probe; where nobody does, who is Unknown or carries a failure text; where nobody does either, whose
 * requests fail.
 */
export function membersInQuestion(readings: Readings, max: number): readonly MemberInQuestion[] {
  const targets = targetsOf(readings);
  const choices = [isFailing, isDoubtful].map((isChosen) =>
    targets.map((target) =>
      target.members.filter((member) => isChosen(member)).map((member) => toQuestion(target, member)),
    ),
  );
  const failed = targets.map((target) => {
    const served = trafficOf(readings, target).filter(isGatewayError);
    return served.length === 0 ? [] : target.members.map((member) => toQuestion(target, member));
  });
  const [chosen = []] = [...choices, failed].filter((lists) => lists.some((list) => list.length > 0));
  return inTurns(chosen).slice(0, max);
}

function toQuestion(target: Target, member: Member): MemberInQuestion {
  const port = probedPort(target);
  return { target, member, ...(port === undefined ? {} : { port }) };
}

function isDoubtful({ health, observed }: Member): boolean {
  return health === 'unknown' || (observed.kind !== 'answered' && observed.kind !== 'silent');
}

/** The first of each list, then the second of each, and so on. */
function inTurns<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}

/** A gateway that is stopped probes nobody, and nothing can be tried from it. */
export function isStopped(gateway: Readings['gateway']): boolean {
  return /^stopp/i.test(gateway?.operationalState ?? '');
}

/** The addresses that the members are known by: those of pools and of backend health, and what their names resolve to. */
export function knownAddresses(readings: Readings): readonly string[] {
  const members = [
    ...targetsOf(readings).flatMap((target) => target.members.map(({ address }) => address)),
    ...(readings.gateway?.pools.flatMap((pool) => pool.addresses) ?? []),
  ];
  return [...new Set(members.flatMap((address) => addressesBehind(readings, address)))];
}

/** The names that members are known by: those of pools and of backend health, in lower case. */
export function knownNames(readings: Readings): readonly string[] {
  const members = [
    ...targetsOf(readings).flatMap((target) => target.members.map(({ address }) => address)),
    ...(readings.gateway?.pools.flatMap((pool) => pool.addresses) ?? []),
  ];
  return [...new Set(members.map((name) => name.toLowerCase().replace(/\.$/, '')).filter(isDnsName))];
}

/** Labels of letters, digits, hyphens and underscores: a name that DNS can be asked for, and no IPv4 address. */
export function isDnsName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9_]([\w-]{0,62}\.)*[\w-]{0,62}$/i.test(text) && !/^[\d.]+$/.test(text);
}

/** The IPv4 addresses of a member: its own, or those that its name resolved to inside the network. */
export function addressesBehind({ probeResults }: Readings, address: string): readonly string[] {
  if (isIpv4(address)) return [address];
  const resolved = (probeResults?.observations ?? [])
    .filter(({ member }) => sameName(member, address))
    .flatMap(({ resolution }) => resolution?.addresses ?? []);
  return [...new Set(resolved.filter(isIpv4))];
}

/** Four decimal numbers up to 255, without leading zeros: nothing else goes into a query. */
export function isIpv4(text: string): boolean {
  return /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/.test(text);
}
