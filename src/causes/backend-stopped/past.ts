import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import { gatewayScope } from '../../core/targets.ts';
import { requestsIn } from '../../core/traffic.ts';
import type { Citation, Scope } from '../../core/verdict.ts';
import { citeRequests, foundNoMember, type LogTarget, logTargets, spanOf } from '../../reasoning/from-access-log.ts';
import { byWhom, citeEvent } from '../../reasoning/from-activity-log.ts';
import { citeInterface, isWithin, resourceName } from '../../reasoning/member-interfaces.ts';
import { type Pause, pausesOf } from './signs.ts';

/**
 * A shutdown that is over: by the time that somebody looks, the machine was started again and every member is healthy.
 * The log still shows requests that found no live member, between stop and start and at hardly any other time.
 */
export interface PastStop {
  readonly scope: Scope;
  readonly citations: readonly Citation[];
  readonly resourceIds: readonly string[];
  /** Whether the interface of what was stopped has an address of the pool. */
  readonly isPlaced: boolean;
}

/** Fewer failures than these can have had any reason. */
const MIN_REQUESTS = 10;
/** A machine may take minutes to shut down, and more to start and to pass its probes again. */
const STOPPING_MS = 15 * 60_000;
const STARTING_MS = 20 * 60_000;
/** The stop is logged when it is done, the failures begin before that. */
const LEEWAY_MS = 10 * 60_000;

export function pastStop(readings: Readings): PastStop | undefined {
  for (const target of logTargets(readings)) {
    const lost = target.groups.filter(foundNoMember);
    const span = spanOf(lost);
    if (target.pool === undefined || span === undefined || requestsIn(lost) < MIN_REQUESTS) continue;
    const ended = pausesOf(readings).filter(({ to }) => to !== undefined);
    const byResource = Map.groupBy(ended, ({ stop }) => stop.resourceId.toLowerCase());
    const fitting = [...byResource.values()].filter((pauses) => coversFailures(readings, pauses, span)).flat();
    const placed = fitting.filter((pause) => ownerOf(readings, target, pause) !== undefined);
    // Of a machine that may be anybody's, the failures have to begin when it stopped.
    const chosen = placed.length > 0 ? placed : fitting.filter((pause) => beginsWith(pause, span.from));
    const first = chosen.at(-1);
    if (!first) continue;
    const owner = ownerOf(readings, target, first);
    return {
      scope: { ...gatewayScope(readings), pool: target.pool, ...(target.setting ? { setting: target.setting } : {}) },
      citations: [
        citePause(first),
        citeRequests(
          lost,
          target.groups,
          'error_info ERRORINFO_UPSTREAM_NO_LIVE',
          'The requests that found no live member fall into that time.',
        ),
        ...(owner
          ? [citeInterface(owner, `${resourceName(first.stop.resourceId)} has this address of the pool.`)]
          : []),
      ],
      resourceIds: [...new Map(chosen.map(({ stop }) => [stop.resourceId.toLowerCase(), stop.resourceId])).values()],
      isPlaced: owner !== undefined,
    };
  }
  return undefined;
}

/**
 * Whether failures fall into the pauses of one machine and hardly anywhere else; a schedule makes one every night. The
 * minutes of the log are of the whole gateway, so a few failures of other pools are let pass.
 */
function coversFailures(
  { traffic }: Readings,
  pauses: readonly Pause[],
  span: { readonly from: number; readonly to: number },
): boolean {
  const isCovered = (time: number) =>
    pauses.some(({ stop, to = 0 }) => time >= stop.time - LEEWAY_MS && time <= to + STARTING_MS);
  if (!isCovered(span.from) || !isCovered(span.to)) return false;
  const failures = (traffic?.minutes ?? []).filter(({ failed }) => failed > 0);
  const count = (minutes: typeof failures) => minutes.reduce((sum, { failed }) => sum + failed, 0);
  return count(failures.filter(({ at }) => isCovered(Date.parse(at)))) >= 0.9 * count(failures);
}

function beginsWith({ stop }: Pause, from: number): boolean {
  return from >= stop.time - LEEWAY_MS && from <= stop.time + STOPPING_MS;
}

function citePause({ stop, to }: Pause): Citation {
  const until = to === undefined ? '' : ` and started again at ${new Date(to).toISOString()}`;
  return citeEvent(stop, `${resourceName(stop.resourceId)} was stopped${byWhom(stop)}${until}.`);
}

/** The interface of what was stopped, where it has an address of the target's pool. */
function ownerOf({ interfaces, gateway, backendHealth }: Readings, { pool }: LogTarget, { stop }: Pause) {
  if (pool === undefined) return undefined;
  const addresses = [
    ...(gateway?.pools.filter(({ name }) => sameName(name, pool)).flatMap((one) => one.addresses) ?? []),
    ...(backendHealth?.targets
      .filter((one) => sameName(one.pool, pool))
      .flatMap(({ members }) => members.map(({ address }) => address)) ?? []),
  ];
  return (interfaces ?? []).find(
    ({ machineId, addresses: own }) =>
      machineId !== undefined &&
      isWithin(machineId, stop.resourceId) &&
      own.some((address) => addresses.some((known) => sameName(known, address))),
  );
}
