import { ask, type Outcome, portion, type Spread, spreadAround } from './backend-answers.ts';
import { CAPACITY_UNITS_PER_INSTANCE, unitsFor } from './capacity.ts';
import { isLive, reach } from './probing.ts';
import {
  type Demand,
  holds,
  isStopped,
  membersOf,
  type RulePlan,
  scatter,
  settingOf,
  type Target,
  type World,
  worldAt,
} from './world.ts';

/** Requests of one kind in one minute that all went the same way. */
export interface Slice {
  readonly minute: number;
  /** Which of its minute's it is. */
  readonly number: number;
  readonly count: number;
  readonly demand: Demand;
  /** Where the rules send it; absent where they redirect. */
  readonly target?: Target;
  readonly listener: string;
  readonly rule: string;
  /** `address:port`; absent where no backend was reached. */
  readonly member?: string;
  readonly status: number;
  readonly serverStatus?: number;
  readonly errorInfo: string;
  /** Milliseconds from the first byte of the request to the last of the answer. */
  readonly took: Spread;
  /** The backend's part of it, where one was reached. */
  readonly server?: Spread;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly isBlockedByWaf: boolean;
}

type Part = Omit<Slice, 'number'>;

/** What a gateway's own error page weighs. */
const ERROR_PAGE_BYTES = 494;

const windows = new WeakMap<World, Map<number, readonly Slice[]>>();

/** All requests of the minutes in [from, until), in order. */
export function trafficBetween(world: World, from: number, until: number): readonly Slice[] {
  const slices: Slice[] = [];
  for (let minute = from; minute < until; minute++) slices.push(...trafficAt(worldAt(world, minute), minute));
  return slices;
}

/** The world never changes, so every minute of it is worked out once. */
function trafficAt(world: World, minute: number): readonly Slice[] {
  const minutes = windows.get(world) ?? new Map<number, readonly Slice[]>();
  windows.set(world, minutes);
  const known = minutes.get(minute);
  if (known) return known;
  const demands = isStopped(world, minute) ? [] : world.demand.filter((demand) => holds(demand, minute));
  const slices = demands
    .flatMap((demand) => follow(world, demand, minute))
    .flatMap((slice) => withstand(world, slice))
    .map((slice, number) => ({ ...slice, number }));
  minutes.set(minute, slices);
  return slices;
}

/** How many requests clients send in a minute, whatever becomes of them. */
export function requestsSent(now: World, minute: number): number {
  const world = worldAt(now, minute);
  if (isStopped(world, minute)) return 0;
  return world.demand
    .filter((demand) => holds(demand, minute))
    .reduce((sum, demand) => sum + countAt(demand, minute), 0);
}

/** Follows the requests of one kind through the gateway. */
function follow(world: World, demand: Demand, minute: number): readonly Part[] {
  const { listener, rule } = entryOf(world, demand);
  const count = countAt(demand, minute);
  const { receivedBytes } = demand;
  const base = { minute, demand, listener, rule: rule.name, isBlockedByWaf: false, receivedBytes } as const;
  const target = routeOf(rule, demand.path);
  const own = (status: number, errorInfo: string, tookMs: number): Part => ({
    ...base,
    count,
    ...(target ? { target } : {}),
    ...gatewayMade(status, errorInfo, tookMs),
  });
  if (count === 0) return [];
  if (demand.wafRule && world.gateway.waf?.mode === 'Prevention') {
    return [{ ...own(403, 'ERRORINFO_NO_ERROR', 1), isBlockedByWaf: true }];
  }
  if (!target) return [own(301, 'ERRORINFO_NO_ERROR', 0)];
  const live = liveMembers(world, target, minute);
  if (live.length === 0) return [own(502, 'ERRORINFO_UPSTREAM_NO_LIVE', 0)];
  const setting = settingOf(world, target.setting);
  const servicePerMinute = requestsTo(world, target, minute) / live.length;
  return live.flatMap(({ address, host, service }, index) =>
    bySize(demand, Math.floor((count + index) / live.length), minute, address).flatMap(({ bytes, share }) =>
      ask({ world, setting, address, host, service, demand, bytes, minute, servicePerMinute }, share).map(
        (outcome): Part => ({
          ...base,
          ...outcome,
          ...pageOf(outcome),
          target,
          member: `${address}:${setting.port}`,
          receivedBytes: bytes,
        }),
      ),
    ),
  );
}

/**
 * The members that get requests. A member that is gone, but not yet found out by the probe, costs a second attempt on
 * another one, not the request.
 */
function liveMembers(world: World, target: Target, minute: number) {
  const { port } = settingOf(world, target.setting);
  return membersOf(world, target.pool, minute).flatMap((address) => {
    const reached = reach(world, address, port, minute);
    if (reached.kind !== 'service' || !isLive(world, target, address, minute)) return [];
    return [{ address, host: reached.host, service: reached.service }];
  });
}

/** What is asked of a pool through a setting in a minute, by all kinds of requests together. */
function requestsTo(world: World, { pool, setting }: Target, minute: number): number {
  return world.demand
    .filter((demand) => holds(demand, minute))
    .filter((demand) => {
      const target = routeOf(entryOf(world, demand).rule, demand.path);
      return target?.pool === pool && target.setting === setting;
    })
    .reduce((sum, demand) => sum + countAt(demand, minute), 0);
}

/** The requests that are of the usual size, and those that are larger. */
function bySize(
  { path, receivedBytes, large }: Demand,
  count: number,
  minute: number,
  address: string,
): readonly { readonly bytes: number; readonly share: number }[] {
  const many = portion(count * (large?.share ?? 0), `${path}|${minute}|${address}|large`);
  return [
    { bytes: receivedBytes, share: count - many },
    { bytes: large?.bytes ?? receivedBytes, share: many },
  ].filter(({ share }) => share > 0);
}

/** What a gateway without capacity, or with trouble of its own, does to requests that would have gone through. */
function withstand(world: World, slice: Part): readonly Part[] {
  const { minute, count, demand } = slice;
  const salt = `${demand.method}|${demand.path}|${minute}|${slice.member ?? ''}|${slice.status}`;
  const carried = world.gateway.maxCapacity * CAPACITY_UNITS_PER_INSTANCE;
  const wanted = unitsFor(requestsSent(world, minute));
  const shed = wanted > carried ? portion(count * (1 - carried / wanted), `${salt}|shed`) : 0;
  const trouble = world.availability.findLast(({ fromMinute }) => fromMinute <= minute);
  const lost = portion((count - shed) * (trouble?.losesShare ?? 0), `${salt}|lost`);
  const { member: _member, serverStatus: _status, server: _server, ...own } = slice;
  return [
    { ...slice, count: count - shed - lost },
    { ...own, ...gatewayMade(503, 'ERRORINFO_NO_ERROR', 1), count: shed },
    { ...own, ...gatewayMade(502, 'ERRORINFO_NO_ERROR', 4), count: lost },
  ].filter((part) => part.count > 0);
}

/** An answer of the gateway's own goes out with its own page; a client that has left gets none. */
function pageOf({ status, serverStatus, sentBytes }: Outcome) {
  if (serverStatus !== undefined) return { sentBytes: sentBytes ?? 1200 };
  return { sentBytes: status === 499 ? 0 : ERROR_PAGE_BYTES };
}

function gatewayMade(status: number, errorInfo: string, tookMs: number) {
  return { status, errorInfo, took: spreadAround(tookMs), sentBytes: ERROR_PAGE_BYTES };
}

function entryOf({ gateway }: World, { listener }: Demand): { readonly listener: string; readonly rule: RulePlan } {
  const rule = gateway.rules.find((candidate) => candidate.listener === listener);
  if (!rule || !gateway.listeners.some(({ name }) => name === listener)) {
    throw new Error('The scenario has demand on a listener without a rule.');
  }
  return { listener, rule };
}

/** Within a tenth of the rate, so that no two minutes look the same. */
function countAt(demand: Demand, minute: number): number {
  const wobble = scatter(`${demand.listener}|${demand.method}|${demand.path}|${minute}`);
  return Math.round(demand.requestsPerMinute * (0.9 + 0.2 * wobble));
}

export function routeOf(rule: RulePlan, path: string): Target | undefined {
  const fits = (pattern: string) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern);
  const byPath = rule.paths?.find((candidate) => candidate.paths.some(fits));
  if (byPath) return byPath.target;
  return 'pool' in rule.target ? rule.target : undefined;
}
