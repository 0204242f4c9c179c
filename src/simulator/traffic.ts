import { answerOf, isLive, reach } from './probing.ts';
import {
  type Demand,
  holds,
  isStopped,
  membersOf,
  type RulePlan,
  type Service,
  type SettingPlan,
  scatter,
  settingOf,
  type Target,
  type World,
} from './world.ts';

/** Requests of one kind in one minute that all went the same way. */
export interface Slice {
  readonly minute: number;
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
  /** The median, in milliseconds. */
  readonly tookMs: number;
  readonly serverMs?: number;
  readonly sentBytes: number;
  readonly isBlockedByWaf: boolean;
}

/** What a gateway's own error page weighs. */
const ERROR_PAGE_BYTES = 494;
const OWN_WORK_MS = 2;

const windows = new WeakMap<World, Map<number, readonly Slice[]>>();

/** All requests of the minutes in [from, until), in order. */
export function trafficBetween(world: World, from: number, until: number): readonly Slice[] {
  const slices: Slice[] = [];
  for (let minute = from; minute < until; minute++) slices.push(...trafficAt(world, minute));
  return slices;
}

/** The world never changes, so every minute of it is worked out once. */
function trafficAt(world: World, minute: number): readonly Slice[] {
  const minutes = windows.get(world) ?? new Map<number, readonly Slice[]>();
  windows.set(world, minutes);
  const known = minutes.get(minute);
  if (known) return known;
  const slices = isStopped(world, minute)
    ? []
    : world.demand.filter((demand) => holds(demand, minute)).flatMap((demand) => follow(world, demand, minute));
  minutes.set(minute, slices);
  return slices;
}

/** Follows the requests of one kind through the gateway. */
function follow(world: World, demand: Demand, minute: number): readonly Slice[] {
  const listener = world.gateway.listeners.find(({ name }) => name === demand.listener);
  const rule = world.gateway.rules.find((candidate) => candidate.listener === demand.listener);
  if (!listener || !rule) throw new Error('The scenario has demand on a listener without a rule.');
  const count = countAt(demand, minute);
  if (count === 0) return [];
  const base = { minute, demand, listener: listener.name, rule: rule.name, isBlockedByWaf: false } as const;
  const target = routeOf(rule, demand.path);
  if (demand.wafRule && world.gateway.waf?.mode === 'Prevention') {
    return [{ ...base, ...gatewayMade(403, 'ERRORINFO_NO_ERROR', 1), count, target, isBlockedByWaf: true }];
  }
  if (!target) return [{ ...base, ...gatewayMade(301, 'ERRORINFO_NO_ERROR', 0), count }];
  // A member that is gone, but not yet found out by the probe, costs a second attempt on another one, not the request.
  const { port } = settingOf(world, target.setting);
  const live = membersOf(world, target.pool, minute).flatMap((address) => {
    const reached = reach(world, address, port, minute);
    return reached.kind === 'service' && isLive(world, target, address, minute)
      ? [{ address, service: reached.service }]
      : [];
  });
  if (live.length === 0) return [{ ...base, ...gatewayMade(502, 'ERRORINFO_UPSTREAM_NO_LIVE', 0), count, target }];
  return live
    .map(({ address, service }, index) => ({
      ...base,
      ...askBackend(settingOf(world, target.setting), address, service, demand.path, minute),
      target,
      count: Math.floor((count + index) / live.length),
    }))
    .filter((slice) => slice.count > 0);
}

function askBackend(setting: SettingPlan, address: string, service: Service, path: string, minute: number) {
  const member = `${address}:${setting.port}`;
  const answer = answerOf(service, path, minute);
  const timeoutMs = setting.requestTimeoutSeconds * 1000;
  if (answer.tookMs >= timeoutMs) {
    return { ...gatewayMade(504, 'ERRORINFO_UPSTREAM_TIMED_OUT', timeoutMs), member, serverMs: timeoutMs };
  }
  return {
    member,
    status: answer.status,
    serverStatus: answer.status,
    errorInfo: 'ERRORINFO_NO_ERROR',
    tookMs: answer.tookMs + OWN_WORK_MS,
    serverMs: answer.tookMs,
    sentBytes: answer.sentBytes ?? 1200,
  };
}

function gatewayMade(status: number, errorInfo: string, tookMs: number) {
  return { status, errorInfo, tookMs, sentBytes: ERROR_PAGE_BYTES };
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

/** A distribution around a median; a timeout has almost none. Milliseconds in, the same unit out. */
export function spreadOf(medianMs: number, isTimeout: boolean) {
  if (isTimeout) return { min: medianMs, p50: medianMs + 1, p95: medianMs + 4, max: medianMs + 12 };
  return { min: medianMs * 0.6, p50: medianMs, p95: medianMs * 1.8, max: medianMs * 2.6 };
}
