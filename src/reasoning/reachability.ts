import { isFailing, type Member } from '../core/backend-health.ts';
import type { Readings } from '../core/readings.ts';
import { portRead } from '../core/reads.ts';
import { sameName } from '../core/resource-id.ts';
import { probedPort, targetsOf, trafficOf } from '../core/targets.ts';
import { isGatewayError, requestsIn, type TrafficGroup } from '../core/traffic.ts';
import type { MissingRead } from '../core/verdict.ts';
import { endpointsOf, isServed, spanOf } from './from-access-log.ts';
import { type Sighting, sightings } from './from-health.ts';

/**
 * What can be told of a member that the gateway does not reach. "Cannot connect" and "timed out" are told by a blocked
 * path, a wrong port, a process that is down and a stopped machine alike, so these are the signs that set them apart.
 */
export interface Unreached extends Sighting {
  readonly port?: number;
  /** Whether at least one member could not be connected to. A timeout alone can also be a slow application. */
  readonly isRefused: boolean;
  /** Whether no member of the target answers. */
  readonly isWhole: boolean;
  /** Whether the gateway still counts every one of these members as healthy: the threshold is not reached, or the text is old. */
  readonly isOnlyText: boolean;
}

export function unreachedTargets(readings: Readings): readonly Unreached[] {
  return sightings(readings, ({ kind }) => kind === 'cannot-connect' || kind === 'timed-out').map((sighting) => ({
    ...sighting,
    port: probedPort(sighting.target),
    isRefused: sighting.members.some((member) => member.observed.kind === 'cannot-connect'),
    isWhole: sighting.members.length === sighting.target.members.length,
    isOnlyText: !sighting.members.some((member) => isFailing(member)),
  }));
}

/** Who is not reached, in words: `Both members of pool-a cannot be connected to on port 8080`. */
export function describeUnreached({ target, members, port, isRefused }: Unreached): string {
  const count = members.length;
  const total = target.members.length;
  const who =
    count < total
      ? `${count} of ${total} members`
      : total === 1
        ? 'The only member'
        : total === 2
          ? 'Both members'
          : `All ${total} members`;
  const isOne = count === 1;
  const does = isRefused ? 'cannot be connected to' : `${isOne ? 'does' : 'do'} not answer the probe in time`;
  return `${who} of ${target.pool} ${does}${port === undefined ? '' : ` on port ${port}`}`;
}

/** A member that answered a probe, even with a status that the probe does not accept: a connection and a service. */
export function hasAnswered({ health, observed }: Member): boolean {
  if (observed.kind === 'status-mismatch' || observed.kind === 'body-mismatch') return true;
  return observed.kind === 'answered' && health !== 'unknown';
}

export interface ServedElsewhere {
  readonly member: Member;
  readonly port: number;
  readonly setting: string;
}

/** One of these members answering a probe on another port, through another backend setting, in this same reading. */
export function servedOnOtherPort(readings: Readings, unreached: Unreached): ServedElsewhere | undefined {
  if (unreached.port === undefined) return undefined;
  for (const other of targetsOf(readings)) {
    const port = probedPort(other);
    if (port === undefined || port === unreached.port) continue;
    const member = other.members.find(
      (candidate) => hasAnswered(candidate) && unreached.members.some((failing) => isSameMember(failing, candidate)),
    );
    if (member) return { member, port, setting: other.setting };
  }
  return undefined;
}

/** Another port on which one of these members cannot be reached either. */
export function failsOnOtherPort(readings: Readings, unreached: Unreached): ServedElsewhere | undefined {
  for (const other of unreachedTargets(readings)) {
    if (other.port === undefined || unreached.port === undefined || other.port === unreached.port) continue;
    const member = other.members.find((candidate) =>
      unreached.members.some((failing) => isSameMember(failing, candidate)),
    );
    if (member) return { member, port: other.port, setting: other.target.setting };
  }
  return undefined;
}

function isSameMember(left: Member, right: Member): boolean {
  return sameName(left.address, right.address);
}

export interface LoggedAnswer {
  readonly group: TrafficGroup;
  readonly address: string;
  readonly port?: number;
}

/** Requests to this pool that a backend answered, one entry for each backend, the latest first. */
function answersOf(readings: Readings, { target }: Unreached): readonly LoggedAnswer[] {
  return trafficOf(readings, { pool: target.pool })
    .filter(isServed)
    .flatMap((group) => {
      // After a retry only the last backend of the list answered.
      const endpoint = endpointsOf(group).at(-1);
      return endpoint ? [{ group, ...endpoint }] : [];
    })
    .sort((left, right) => (spanOf([right.group])?.to ?? 0) - (spanOf([left.group])?.to ?? 0));
}

function isPresent({ target }: Unreached, address: string): boolean {
  return [...target.members.map((member) => member.address), ...(target.poolConfig?.addresses ?? [])].some((known) =>
    sameName(known, address),
  );
}

/** The members of a pool of names are logged by address, so the log cannot tell whether they are the same machines. */
function hasNamesOnly({ target }: Unreached): boolean {
  return target.members.some((member) => rangeOf(member.address) === undefined);
}

/** A present member that the log shows answering on the very port that cannot be connected to now. */
export function answeredBefore(readings: Readings, unreached: Unreached): LoggedAnswer | undefined {
  return answersOf(readings, unreached).find(
    ({ address, port }) => port !== undefined && port === unreached.port && isPresent(unreached, address),
  );
}

/** A present member that the log shows answering on another port than the one that is probed. */
export function answeredOnOtherPort(readings: Readings, unreached: Unreached): LoggedAnswer | undefined {
  if (unreached.port === undefined) return undefined;
  return answersOf(readings, unreached).find(
    ({ address, port }) => port !== undefined && port !== unreached.port && isPresent(unreached, address),
  );
}

/**
 * A backend that is no member any more and answered on the probed port before the failures: the members were replaced,
 * and nothing shows the new ones ever answering on that port.
 */
export function predecessor(readings: Readings, unreached: Unreached): LoggedAnswer | undefined {
  if (unreached.port === undefined || !unreached.isWhole || hasNamesOnly(unreached)) return undefined;
  if (answeredBefore(readings, unreached)) return undefined;
  const failed = spanOf(trafficOf(readings, { pool: unreached.target.pool }).filter(isGatewayError));
  return answersOf(readings, unreached).find(({ group, address, port }) => {
    if (port !== unreached.port || isPresent(unreached, address)) return false;
    const answered = spanOf([group]);
    return failed === undefined || answered === undefined || answered.to <= failed.to;
  });
}

/**
 * Whether requests to this target were still answered after a good part of its failures, so that the path cannot have
 * been cut when they began. Five failures keep a stray one from before the outage out of it.
 */
export function answersStill(readings: Readings, { target }: Pick<Sighting, 'target'>): readonly TrafficGroup[] {
  const groups = trafficOf(readings, target);
  const failing = groups.filter(isGatewayError);
  const failed = spanOf(failing);
  const served = groups.filter(isServed);
  if (failed === undefined || requestsIn(failing) < 5) return [];
  return served.filter((group) => (spanOf([group])?.to ?? 0) >= failed.to);
}

/** Another address in the range of these members that answers a probe now: the gateway reaches that range. */
export function reachedNeighbour(readings: Readings, unreached: Unreached): Member | undefined {
  const ranges = unreached.members.map((member) => rangeOf(member.address));
  return targetsOf(readings)
    .flatMap((target) => target.members)
    .find((member) => hasAnswered(member) && isIn(ranges, member.address));
}

export function isInRangeOf(unreached: Unreached, address: string): boolean {
  return isIn(
    unreached.members.map((member) => rangeOf(member.address)),
    address,
  );
}

function isIn(ranges: readonly (string | undefined)[], address: string): boolean {
  const range = rangeOf(address);
  return range !== undefined && ranges.includes(range);
}

/** The first three numbers of an IPv4 address: subnets of backends are rarely smaller than a /24. */
function rangeOf(address: string): string | undefined {
  return /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/.exec(address)?.[1];
}

/** Whether no target of the gateway is reached, over at least two pools: what they share is the gateway's own side. */
export function isNothingReached(readings: Readings): boolean {
  const targets = targetsOf(readings).filter((target) => target.inUse !== false && target.members.length > 0);
  const pools = new Set(targets.map((target) => target.pool.toLowerCase()));
  const unreached = unreachedTargets(readings).filter((target) => target.isWhole && !target.isOnlyText);
  return pools.size >= 2 && targets.every(({ pool, setting }) => unreached.some((u) => isOn(u, pool, setting)));
}

function isOn({ target }: Unreached, pool: string, setting: string): boolean {
  return sameName(target.pool, pool) && sameName(target.setting, setting);
}

/**
 * Endpoints of Azure's own shared front ends. They listen on 80 and 443 whatever the application does; only container
 * apps can open further ports.
 */
const PLATFORM_NAME =
  /\.(azurewebsites\.(net|us)|chinacloudsites\.cn|azure-api\.(net|us|cn)|azurestaticapps\.net|(blob|web)\.core\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn))$/i;
const CONTAINER_APP_NAME = /\.azurecontainerapps\.(io|us|cn)$/i;
const PLATFORM_PORTS = [80, 443];

/** A member that is a platform endpoint, and whether the probed port is one that such endpoints listen on. */
export function platformEndpoint(
  unreached: Unreached,
): { readonly member: Member; readonly isOpenPort: boolean } | undefined {
  if (unreached.port === undefined) return undefined;
  const isOpenPort = PLATFORM_PORTS.includes(unreached.port);
  const member = unreached.members.find(
    ({ address }) => PLATFORM_NAME.test(address) || (isOpenPort && CONTAINER_APP_NAME.test(address)),
  );
  return member ? { member, isOpenPort } : undefined;
}

/** The usual ports of web applications, asked for beside the configured one: an open one tells a wrong port from a blocked path. */
const USUAL_PORTS = [80, 443, 8080];

/** The one test that separates a wrong port, a stopped process and a blocked path: which ports of a member answer at all. */
export function portTest({ members, port }: Unreached, suspected: readonly number[] = []): MissingRead {
  const ports = [port, ...suspected, ...USUAL_PORTS].filter((candidate) => candidate !== undefined);
  return portRead(members[0]?.address ?? '<member>', [...new Set(ports)].slice(0, 4));
}
