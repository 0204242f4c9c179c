import { isIP } from 'node:net';
import { isFailing, type Member } from '../../../core/backend-health.ts';
import { type Gateway, isV1, poolNamed, probeOf, routesTo, settingNamed } from '../../../core/gateway.ts';
import type { RequestObservation } from '../../../core/prober.ts';
import type { Readings } from '../../../core/readings.ts';
import { sameName } from '../../../core/resource-id.ts';
import { probedPort, type Target, targetsOf, trafficOf } from '../../../core/targets.ts';
import { present } from '../../json.ts';
import { isHostName } from './addresses.ts';
import type { TrustBasis } from './trust.ts';

/** What is to be asked of one member through one backend setting: what the gateway asks, read off its configuration. */
export interface MemberPlan {
  readonly member: string;
  readonly pool: string;
  readonly setting: string;
  readonly port: number;
  readonly otherPorts: readonly number[];
  readonly isTls: boolean;
  /** What the gateway sends in the handshake of a probe; absent where it sends nothing. */
  readonly serverName?: string;
  /** Who decides on trust: the setting's own roots where it has some, else the well-known authorities. */
  readonly trust: TrustBasis;
  /** Which of the other ports speak TLS: those that usually do, and the setting's own where the setting does. */
  readonly tlsPorts: readonly number[];
  /** Absent where the probe is no HTTP request. */
  readonly probe?: ProbePlan;
}

export interface ProbePlan {
  readonly path: string;
  readonly host: string;
  readonly accepted: readonly string[];
  readonly matchBody?: string;
  /** How long the gateway itself waits for the answer. */
  readonly timeoutMs: number;
  /** Requests that differ from the probe's in one thing. */
  readonly variations: readonly Variation[];
}

export interface Variation {
  readonly kind: Exclude<RequestObservation['kind'], 'probe' | 'other-port'>;
  readonly path: string;
  readonly host: string;
  readonly serverName?: string;
}

/** Usual ports of web applications: an open one beside a closed configured one tells a wrong port from a blocked path. */
const USUAL_PORTS = [80, 443, 5000, 8000, 8080, 8443];
const USUAL_TLS_PORTS = [443, 8443];
const DEFAULT_ACCEPTED = ['200-399'];
/** What the default probe waits, and a custom one that does not show its own time. */
const DEFAULT_TIMEOUT_SECONDS = 30;
const MAX_OTHER_HOSTS = 2;
const MAX_LIVE_HOSTS = 2;

/** The members to ask, those that fail before others, and at most `limit` of them. */
export function planOf(readings: Readings, limit: number): readonly MemberPlan[] {
  const targets = targetsToAsk(readings);
  const failing = targets.map((target) => ({ target, members: target.members.filter(isSuspect) }));
  const chosen = failing.some(({ members }) => members.length > 0)
    ? failing
    : targets.map((target) => ({ target, members: target.members }));
  const plans: MemberPlan[] = [];
  const longest = Math.max(0, ...chosen.map(({ members }) => members.length));
  // The first members of all targets, then the second ones: a large pool must not crowd out a small one.
  for (let at = 0; at < longest && plans.length < limit; at += 1)
    for (const { target, members } of chosen) {
      const member = members[at];
      const plan = member && planMember(readings, target, member);
      if (plan && plans.length < limit) plans.push(plan);
    }
  return plans;
}

/** Health that is unknown is not down, but it is in question. */
function isSuspect(member: Member): boolean {
  return isFailing(member) || member.health === 'unknown';
}

/** The targets of backend health, or those of the configuration where health was not read. Those that are in use first. */
function targetsToAsk(readings: Readings): readonly Target[] {
  const targets = targetsOf(readings);
  const known = targets.length > 0 ? targets : targetsOfRoutes(readings.gateway);
  return [...known.filter(({ inUse }) => inUse !== false), ...known.filter(({ inUse }) => inUse === false)];
}

function targetsOfRoutes(gateway: Gateway | undefined): readonly Target[] {
  const targets: Target[] = [];
  for (const { pool, setting, redirects } of gateway?.routes ?? []) {
    if (pool === undefined || setting === undefined || redirects) continue;
    if (targets.some((known) => sameName(known.pool, pool) && sameName(known.setting, setting))) continue;
    const poolConfig = poolNamed(gateway, pool);
    const settingConfig = settingNamed(gateway, setting);
    const members = (poolConfig?.addresses ?? []).map(unseen);
    targets.push({
      pool,
      setting,
      members,
      poolConfig,
      settingConfig,
      probe: probeOf(gateway, settingConfig),
      inUse: true,
    });
  }
  return targets;
}

function unseen(address: string): Member {
  return { address, health: 'unknown', healthAsWritten: '', observed: { kind: 'silent' } };
}

/** Undefined where the configuration does not show what the gateway asks. */
function planMember(readings: Readings, target: Target, member: Member): MemberPlan | undefined {
  const { settingConfig, probe } = target;
  const port = probedPort(target);
  if (!settingConfig || port === undefined || (settingConfig.probeName !== undefined && !probe)) return undefined;
  const protocol = (probe?.protocol ?? settingConfig.protocol ?? '').toLowerCase();
  const ports = [settingConfig.port ?? port, ...USUAL_PORTS].filter((other) => other !== port);
  const isSettingTls = /^(https|tls)$/i.test(settingConfig.protocol ?? '');
  return present<MemberPlan>({
    member: member.address,
    pool: target.pool,
    setting: target.setting,
    port,
    otherPorts: [...new Set(ports)],
    isTls: protocol === 'https' || protocol === 'tls',
    serverName: serverNameFor(target, comparedName(target, member)),
    trust: trustBasisOf(readings.gateway, settingConfig.trustedRootNames),
    tlsPorts: [...USUAL_TLS_PORTS, ...(isSettingTls ? [settingConfig.port ?? port] : [])],
    probe: protocol === 'http' || protocol === 'https' ? planProbe(readings, target, member) : undefined,
  });
}

/** v1 compares the certificate itself with uploaded ones, which are not read. */
function trustBasisOf(gateway: Gateway | undefined, names: readonly string[]): TrustBasis {
  if (isV1(gateway)) return { by: 'own-roots', roots: [], isComplete: false };
  if (names.length === 0) return { by: 'well-known' };
  const roots = names.map((name) => gateway?.trustedRoots?.find((root) => sameName(root.name, name))?.data);
  const known = roots.filter((data) => data !== undefined);
  return { by: 'own-roots', roots: known, isComplete: known.length === roots.length };
}

/** The name that a probe sends and compares: the custom probe's host, else the setting's, else the member's own name. */
function comparedName({ probe, settingConfig }: Target, { address }: Member): string {
  const own = probe?.pickHostNameFromBackendSetting ? undefined : probe?.host;
  return own ?? settingConfig?.hostName ?? address;
}

/** A server name that is set goes before all others; for an address nothing is sent. */
function serverNameFor({ settingConfig }: Target, name: string): string | undefined {
  const sent = settingConfig?.sniName ?? name;
  return isHostName(sent) ? sent.replace(/\.$/, '') : undefined;
}

function planProbe(readings: Readings, target: Target, member: Member): ProbePlan | undefined {
  const { probe, settingConfig } = target;
  const path = probe?.path ?? '/';
  const host = probeHost(target, member);
  if (!isPath(path) || !isHost(host)) return undefined;
  const timeoutSeconds = probe?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const live = liveHosts(readings, target, member);
  // An address is no name that a member could be known by, so it is not tried as one.
  const others = [settingConfig?.hostName, member.address, ...listenerHosts(readings, target), ...live].filter(
    (other) => other !== undefined && isHostName(other),
  );
  const vary = (kind: Variation['kind'], hosts: readonly (string | undefined)[], limit: number) =>
    unique(hosts)
      .filter((other) => isHost(other) && !sameName(other, host))
      .slice(0, limit)
      .map((other) => present<Variation>({ kind, path, host: other, serverName: serverNameFor(target, other) }));
  const serverName = serverNameFor(target, comparedName(target, member));
  return present<ProbePlan>({
    path,
    host,
    accepted: probe && probe.acceptedStatusCodes.length > 0 ? probe.acceptedStatusCodes : DEFAULT_ACCEPTED,
    matchBody: probe?.matchBody,
    timeoutMs: Math.max(1, timeoutSeconds) * 1_000,
    variations: [
      ...vary('live-host', live, MAX_LIVE_HOSTS),
      ...(path === '/' ? [] : [present<Variation>({ kind: 'other-path', path: '/', host, serverName })]),
      ...vary('other-host', others, MAX_OTHER_HOSTS),
    ],
  });
}

/** The Host of a probe. The default probe names the gateway's own loopback address where the setting gives no host. */
function probeHost({ probe, settingConfig }: Target, { address }: Member): string {
  const bySetting = settingConfig?.hostName ?? (settingConfig?.pickHostNameFromBackendAddress ? address : undefined);
  if (!probe) return bySetting ?? '127.0.0.1';
  const own = probe.pickHostNameFromBackendSetting ? bySetting : probe.host;
  return own ?? bySetting ?? address;
}

/**
 * The Host of clients' requests when they reach the member. Where the setting does not replace it, it is what clients
 * asked for: the names in the log, and else those of the listeners.
 */
function liveHosts(readings: Readings, target: Target, { address }: Member): readonly string[] {
  const { settingConfig } = target;
  if (settingConfig?.hostName !== undefined) return [settingConfig.hostName];
  if (settingConfig?.pickHostNameFromBackendAddress) return [address];
  const asked = hostsAskedFor(readings, target);
  return asked.length > 0 ? asked : listenerHosts(readings, target);
}

/**
 * The hosts in the access log without ports, those with the most failed requests first. Clients write these, so only what
 * can be a name is let through.
 */
function hostsAskedFor(readings: Readings, target: Target): readonly string[] {
  const counts = new Map<string, { readonly name: string; failed: number; all: number }>();
  for (const { host, originalHost, status, count } of trafficOf(readings, target)) {
    const name = (host ?? originalHost)?.toLowerCase().replace(/:\d+$/, '');
    if (name === undefined || !isHostName(name)) continue;
    const known = counts.get(name) ?? { name, failed: 0, all: 0 };
    counts.set(name, { name, failed: known.failed + (status >= 400 ? count : 0), all: known.all + count });
  }
  return [...counts.values()]
    .sort((left, right) => right.failed - left.failed || right.all - left.all)
    .map(({ name }) => name);
}

/** The names of the listeners whose requests come to this target; a wildcard is no name to send. */
function listenerHosts({ gateway }: Readings, { pool, setting }: Target): readonly string[] {
  if (!gateway) return [];
  const listeners = routesTo(gateway, pool, setting).map(({ listener }) => listener);
  return gateway.listeners
    .filter(({ name }) => listeners.some((listener) => listener !== undefined && sameName(listener, name)))
    .flatMap(({ hostNames }) => hostNames.filter(isHostName));
}

function unique(names: readonly (string | undefined)[]): readonly string[] {
  const seen = new Map<string, string>();
  for (const name of names) if (name !== undefined && !seen.has(name.toLowerCase())) seen.set(name.toLowerCase(), name);
  return [...seen.values()];
}

function isHost(host: string): boolean {
  return isHostName(host) || isIP(host) === 4 || (isIP(host) === 6 && !host.includes('%'));
}

/** Printable and without blanks, so that it cannot become two lines. */
function isPath(path: string): boolean {
  return /^\/[\x21-\x7e]{0,2000}$/.test(path);
}
