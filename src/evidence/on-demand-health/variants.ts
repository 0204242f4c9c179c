import { isFailing, type Member } from '../../core/backend-health.ts';
import { type BackendSetting, type Gateway, type Probe, probeOf, routesTo, settingNamed } from '../../core/gateway.ts';
import { type ChangedInProbe, isServedByAll, type OnDemandTest } from '../../core/on-demand-health.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import { type MemberInQuestion, membersInQuestion } from '../members-in-question.ts';

/** The probe as it is configured, in the terms of the request for backend health on demand. */
export interface ProbeRequest {
  readonly protocol: string;
  readonly path: string;
  readonly host?: string;
  readonly pickHostNameFromBackendHttpSettings: boolean;
  readonly timeout: number;
  readonly match: { readonly statusCodes: readonly string[]; readonly body?: string };
}

/** A probe that differs from the configured one in one thing. */
export interface Variant {
  readonly pool: string;
  readonly setting: string;
  readonly changed: ChangedInProbe;
  /** The value that stands in the place of the configured one. */
  readonly value: string;
  readonly request: ProbeRequest;
}

/** The service's own probe, for settings without a custom one. */
const DEFAULT_TIMEOUT_SECONDS = 30;
const DEFAULT_ACCEPTED = ['200-399'];
const DEFAULT_HOST = '127.0.0.1';
const ANY_STATUS = '100-599';
/** A probe that waits longer than this would not be answered within the deadline. */
const MAX_TIMEOUT_SECONDS = 60;
/** What does not answer within this time is not late; a page that takes longer serves no client either. */
const LONG_TIMEOUT_SECONDS = 30;
const MAX_MEMBERS = 40;
/** Every test is a request and several polls, ten seconds apart: more of them would use up budget and deadline. */
const MAX_VARIANTS = 4;

/**
 * What to try for one target in trouble whose members can be reached at all: where they cannot, or where their certificate
 * or name is at fault, no other path, status or patience helps. One variable at a time, the most telling first. Of several
 * targets it is the one whose fault is shared by all members and has the most causes left.
 */
export function variantsFor(readings: Readings): readonly Variant[] {
  const candidates = membersInQuestion(readings, MAX_MEMBERS)
    .filter(isTestable)
    .toSorted((left, right) => settledness(left) - settledness(right));
  for (const candidate of candidates) {
    const variants = variantsOf(readings, candidate);
    if (variants.length > 0) return variants;
  }
  return [];
}

/**
 * Whether a variant can still tell anything after what the earlier ones were answered: a path says nothing more once
 * another Host or more time is all that was missing, and a second path nothing more than the first that is served.
 */
export function isStillTelling({ changed }: Variant, answered: readonly OnDemandTest[]): boolean {
  if (changed === 'path') return !answered.some((test) => test.changed !== 'accepted-range' && isServedByAll(test));
  // After more time brought no answer either, the same request with another range would only time out once more.
  if (changed === 'accepted-range') return !answered.some((test) => test.changed === 'timeout' && isSilent(test));
  return true;
}

function isSilent({ members }: OnDemandTest): boolean {
  return members.length > 0 && members.every(({ observed }) => observed.kind === 'timed-out');
}

function isTestable({ member }: MemberInQuestion): boolean {
  const { kind } = member.observed;
  if (kind === 'silent' || kind === 'unclassified') return isFailing(member);
  return ['status-mismatch', 'body-mismatch', 'timed-out', 'certificate-name'].includes(kind);
}

/** Less is more open: a fault of one member among healthy ones, or one that the text settles, can wait. */
function settledness({ target, member: { observed } }: MemberInQuestion): number {
  const hasHealthySibling = target.members.some(
    (other) => other.health === 'healthy' && other.observed.kind === 'answered',
  );
  const isTold =
    observed.kind === 'body-mismatch' || (observed.kind === 'status-mismatch' && isToldBy(observed.received));
  return (hasHealthySibling ? 2 : 0) + (isTold ? 1 : 0);
}

/** A redirect or an odd status is a cause by itself; path, Host, login and server errors have to be told apart. */
function isToldBy(status: number | undefined): boolean {
  return status !== undefined && status < 500 && ![400, 401, 403, 404, 421].includes(status);
}

function variantsOf(readings: Readings, { target, member }: MemberInQuestion): readonly Variant[] {
  const setting = settingNamed(readings.gateway, target.setting);
  const probe = probeOf(readings.gateway, setting);
  if (!readings.gateway || !setting || (setting.probeName !== undefined && !probe)) return [];
  if (!isHttp(probe?.protocol ?? setting.protocol) || hasPortOfItsOwn(setting, probe)) return [];
  const base = configured(setting, probe);
  const own = { pool: target.pool, setting: target.setting };
  const paths = otherPaths(readings.gateway, { ...own, setting }, base.path).map(
    (path): Variant => ({ ...own, changed: 'path', value: path, request: { ...base, path } }),
  );
  const hosts = otherHosts(readings.gateway, { ...own, setting }, member, probe).map((host): Variant => {
    const { pickHostNameFromBackendHttpSettings: _pick, ...rest } = base;
    return {
      ...own,
      changed: 'host',
      value: host,
      request: { ...rest, host, pickHostNameFromBackendHttpSettings: false },
    };
  });
  // Where the text is what is refused it stays; elsewhere an error page without it would hide the status.
  const kept =
    member.observed.kind === 'body-mismatch' && base.match.body !== undefined ? { body: base.match.body } : {};
  const match = { statusCodes: [ANY_STATUS], ...kept };
  const range: Variant = { ...own, changed: 'accepted-range', value: ANY_STATUS, request: { ...base, match } };
  const timeout = Math.min(Math.max(base.timeout * 4, LONG_TIMEOUT_SECONDS), MAX_TIMEOUT_SECONDS);
  const patience: readonly Variant[] =
    timeout > base.timeout
      ? [{ ...own, changed: 'timeout', value: String(timeout), request: { ...base, timeout } }]
      : [];
  return inOrder(member, { paths, hosts: hosts.slice(0, 1), range, patience }).slice(0, MAX_VARIANTS);
}

interface Choices {
  readonly paths: readonly Variant[];
  readonly hosts: readonly Variant[];
  /** The configured request with any status accepted: what it is answered now, which the others are compared with. */
  readonly range: Variant;
  readonly patience: readonly Variant[];
}

function inOrder({ observed }: Member, { paths, hosts, range, patience }: Choices): readonly Variant[] {
  const [path] = paths;
  const onePath = path ? [path] : [];
  switch (observed.kind) {
    case 'status-mismatch':
      return observed.received === undefined
        ? [range, ...hosts, ...paths]
        : [...hosts, ...paths.slice(0, MAX_VARIANTS - 1 - hosts.length), range];
    case 'timed-out':
      return [...patience, ...onePath, range];
    case 'body-mismatch':
      return [range, ...onePath];
    case 'certificate-name':
      return hosts;
    default:
      return [range, ...patience, ...hosts, ...onePath];
  }
}

function configured(setting: BackendSetting, probe: Probe | undefined): ProbeRequest {
  const { protocol = setting.protocol ?? 'Http', path = '/', timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = probe ?? {};
  // The default probe takes the setting's Host where there is one, and a Host of its own where there is none.
  const bySetting = setting.hostName !== undefined || setting.pickHostNameFromBackendAddress === true;
  const host = probe ? probe.host : bySetting ? undefined : DEFAULT_HOST;
  return {
    protocol,
    path,
    ...(host === undefined ? {} : { host }),
    pickHostNameFromBackendHttpSettings: probe ? probe.pickHostNameFromBackendSetting === true : bySetting,
    timeout: timeoutSeconds,
    match: {
      statusCodes: acceptedBy(probe),
      ...(probe?.matchBody === undefined ? {} : { body: probe.matchBody }),
    },
  };
}

function isHttp(protocol: string | undefined): boolean {
  return protocol !== undefined && /^https?$/i.test(protocol);
}

/** The request for a test names no port: it goes to the setting's, which is then a second thing that differs. */
function hasPortOfItsOwn(setting: BackendSetting, probe: Probe | undefined): boolean {
  return probe?.port !== undefined && probe.port !== setting.port;
}

function acceptedBy(probe: Probe | undefined): readonly string[] {
  return probe && probe.acceptedStatusCodes.length > 0 ? probe.acceptedStatusCodes : DEFAULT_ACCEPTED;
}

interface Configured {
  readonly pool: string;
  readonly setting: BackendSetting;
}

/**
 * Paths that the backend may serve, at most two: the one that clients are sent to by a path rule (or the prefix that the
 * setting puts in its place), then the root.
 */
function otherPaths(gateway: Gateway, { pool, setting }: Configured, now: string): readonly string[] {
  const routes = routesTo(gateway, pool, setting.name).flatMap(({ paths }) => paths);
  const ofClients =
    setting.path === undefined ? routes : [setting.path.startsWith('/') ? setting.path : `/${setting.path}`];
  const literal = ofClients.map((path) => path.replace(/\*$/, '')).filter((path) => /^\/[\w./~%-]{1,200}$/.test(path));
  return [...new Set([...literal.slice(0, 1), '/'])].filter((path) => path !== now);
}

/** Other names that the backend may serve: the setting's, the member's own, and those of a listener that leads here. */
function otherHosts(
  gateway: Gateway,
  { pool, setting }: Configured,
  member: Member,
  probe: Probe | undefined,
): readonly string[] {
  const isName = (name: string | undefined) => name !== undefined && /^(?=.*[a-z])[a-z\d-]+(\.[a-z\d-]+)+$/i.test(name);
  const routes = routesTo(gateway, pool, setting.name);
  const listeners = gateway.listeners.filter(({ name }) =>
    routes.some(({ listener }) => listener !== undefined && sameName(listener, name)),
  );
  const bySetting = setting.hostName ?? (setting.pickHostNameFromBackendAddress ? member.address : undefined);
  const now = (probe && !probe.pickHostNameFromBackendSetting ? probe.host : bySetting) ?? DEFAULT_HOST;
  return [setting.hostName, member.address, ...listeners.flatMap(({ hostNames }) => hostNames)].flatMap((name) =>
    name !== undefined && isName(name) && !sameName(name, now) ? [name] : [],
  );
}
