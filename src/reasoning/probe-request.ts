import { azGateway } from '../core/az.ts';
import type { Member } from '../core/backend-health.ts';
import type { ChangedInProbe, OnDemandTest } from '../core/on-demand-health.ts';
import type { Readings } from '../core/readings.ts';
import { requestRead } from '../core/reads.ts';
import { sameName } from '../core/resource-id.ts';
import type { Target } from '../core/targets.ts';
import type { TrafficGroup } from '../core/traffic.ts';
import type { Citation, MissingRead } from '../core/verdict.ts';
import { isIpAddress, isOnSharedPlatform } from './backend-address.ts';

/** What the gateway asks a member for: by its probe, and on behalf of clients. */

/** The status codes that count as healthy where a probe names none. */
const DEFAULT_ACCEPTED: readonly string[] = ['200-399'];

/** How long the default probe waits, and a custom one that says nothing else. */
const DEFAULT_TIMEOUT_SECONDS = 30;

export interface ProbeRequest {
  /** The custom probe's name; absent for the default probe. */
  readonly probeName?: string;
  /** `http`, `https`; in lower case. */
  readonly protocol?: string;
  readonly port?: number;
  readonly path: string;
  readonly accepted: readonly string[];
  readonly matchBody?: string;
  /** How long it waits for an answer. */
  readonly timeoutSeconds: number;
}

/** The probe of a target as configured; undefined where the configuration does not show it whole. */
export function probeRequestOf({ settingConfig, probe }: Target): ProbeRequest | undefined {
  if (!settingConfig) return undefined;
  if (settingConfig.probeName === undefined) {
    // The default probe takes protocol and port from the setting and asks for the root.
    const { protocol, port } = settingConfig;
    return {
      protocol: protocol?.toLowerCase(),
      port,
      path: '/',
      accepted: DEFAULT_ACCEPTED,
      timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
    };
  }
  if (!probe) return undefined;
  return {
    probeName: probe.name,
    protocol: (probe.protocol ?? settingConfig.protocol)?.toLowerCase(),
    port: probe.port ?? settingConfig.port,
    path: probe.path ?? '/',
    accepted: probe.acceptedStatusCodes.length > 0 ? probe.acceptedStatusCodes : DEFAULT_ACCEPTED,
    matchBody: probe.matchBody,
    timeoutSeconds: probe.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
  };
}

/** The Host header of the probe to a member; undefined where the configuration does not tell. */
export function probeHostOf({ settingConfig, probe }: Target, member: Member): string | undefined {
  if (!settingConfig || (settingConfig.probeName !== undefined && !probe)) return undefined;
  const bySetting =
    settingConfig.hostName ?? (settingConfig.pickHostNameFromBackendAddress ? member.address : undefined);
  if (probe) return probe.pickHostNameFromBackendSetting ? bySetting : probe.host;
  return bySetting ?? '127.0.0.1';
}

/** The Host header of a client's request when it reaches a member, where setting and log tell. */
export function liveHostOf({ settingConfig }: Target, member: Member, group: TrafficGroup): string | undefined {
  if (!settingConfig) return undefined;
  if (settingConfig.hostName !== undefined) return settingConfig.hostName;
  if (settingConfig.pickHostNameFromBackendAddress) return member.address;
  return hostAskedFor(group);
}

/** The host that the client asked for, after any rewrite, without a port and in lower case. */
export function hostAskedFor({ host, originalHost }: TrafficGroup): string | undefined {
  return (host ?? originalHost)?.toLowerCase().replace(/:\d+$/, '');
}

/**
 * Whether a status is among codes such as `200-399`, `401`, `200-399,401`; undefined where they are not legible, which
 * is not the same as not accepted.
 */
export function accepts(codes: readonly string[], status: number): boolean | undefined {
  const ranges = codes
    .flatMap((code) => code.split(','))
    .map((code) => /^\s*(\d{3})(?:\s*-\s*(\d{3}))?\s*$/.exec(code));
  if (ranges.length === 0 || ranges.includes(null)) return undefined;
  return ranges.some((range) => {
    const from = Number(range?.[1]);
    return status >= from && status <= Number(range?.[2] ?? from);
  });
}

/** A request like the probe's, from inside the virtual network; `changed` replaces its path or host. */
export function probeRead(
  target: Target,
  member: Member,
  what: string,
  changed: { readonly path?: string; readonly host?: string } = {},
): MissingRead {
  return requestRead(probeUrl(target, member, changed.path), changed.host ?? probeHostOf(target, member), what);
}

/** The address that the probe asks a member for; what the configuration does not show stays a placeholder. */
export function probeUrl(target: Target, member: Member, otherPath?: string): string {
  const request = probeRequestOf(target);
  const address = member.address.includes(':') ? `[${member.address}]` : member.address;
  const path = otherPath ?? request?.path ?? '/<probe path>';
  return `${request?.protocol ?? 'http'}://${address}:${request?.port ?? '<port>'}${path}`;
}

/** Quotes the configuration of the probe, so far as it was read. */
export function citeProbe(target: Target, member: Member): readonly Citation[] {
  const request = probeRequestOf(target);
  if (!request) return [];
  const host = probeHostOf(target, member);
  const asks = `asks for ${request.path}${host === undefined ? '' : ` with Host ${host}`}`;
  return request.probeName === undefined
    ? [
        {
          evidence: 'gateway',
          quote: `no "probe" in backend setting ${target.setting}`,
          says: `The default probe is in use: it ${asks}.`,
        },
      ]
    : [{ evidence: 'gateway', quote: `"path": "${request.path}"`, says: `Probe ${request.probeName} ${asks}.` }];
}

/** Why the probe's Host, rather than its path, may be what the member does not serve; undefined where nothing says so. */
export function hostDoubt(target: Target, member: Member): string | undefined {
  const host = probeHostOf(target, member);
  if (host === undefined || isIpAddress(member.address) || sameName(host, member.address)) return undefined;
  if (isIpAddress(host) || sameName(host, 'localhost'))
    return `The probe sends Host ${host} to ${member.address}, a backend that is known by its name.`;
  if (isOnSharedPlatform(member.address))
    return `The probe sends Host ${host} to ${member.address}, which tells its sites apart by the Host.`;
  return undefined;
}

/** Whether two targets reach a member at the same protocol and port. */
export function sameEndpoint(left: ProbeRequest, right: ProbeRequest): boolean {
  return left.port !== undefined && left.port === right.port && left.protocol === right.protocol;
}

/**
 * The tests of the gateway's own that can be compared with the probe of a target. A test has no port of its own: where the
 * probe has one, other than the setting's, the test went elsewhere and differs in two things.
 */
export function testsAsProbed({ onDemand }: Readings, target: Target): readonly OnDemandTest[] {
  if (!isTestable(target)) return [];
  return (onDemand?.tests ?? []).filter(
    ({ pool, setting }) => sameName(pool, target.pool) && sameName(setting, target.setting),
  );
}

function isTestable(target: Target): boolean {
  const request = probeRequestOf(target);
  const isHttp = request?.protocol === 'http' || request?.protocol === 'https';
  return isHttp && (target.probe?.port === undefined || target.probe.port === target.settingConfig?.port);
}

/** One thing to change in the probe for a test, and what to put in its place. */
export interface ProbeChange {
  readonly changed: ChangedInProbe;
  readonly value: string;
  /** A wider range of statuses lets the expected text go as well, unless it is the text that is in question. */
  readonly keepsBody?: boolean;
}

/**
 * A test of the gateway's own with one thing changed; none where it was made already, or where the probe is not known or
 * cannot be repeated by a test.
 */
export function testProbeRead(
  readings: Readings,
  target: Target,
  { changed, value, keepsBody = changed !== 'accepted-range' }: ProbeChange,
  read: string,
): readonly MissingRead[] {
  const request = probeRequestOf(target);
  const made = testsAsProbed(readings, target).some((test) => test.changed === changed && test.error === undefined);
  if (!request || !isTestable(target) || made) return [];
  const { protocol, path, accepted, matchBody, timeoutSeconds } = request;
  const options = [
    ...['--address-pool', target.pool, '--http-settings', target.setting],
    ...['--protocol', protocol === 'https' ? 'Https' : 'Http'],
    ...(changed === 'host' ? ['--host', value] : hostOptions(target)),
    ...['--path', changed === 'path' ? value : path],
    ...['--timeout', changed === 'timeout' ? value : String(timeoutSeconds)],
    ...['--match-status-codes', ...(changed === 'accepted-range' ? [value] : accepted)],
    ...(matchBody !== undefined && keepsBody ? ['--match-body', matchBody] : []),
  ];
  return [{ read, evidence: 'on-demand-health', command: azGateway(readings, 'show-backend-health', ...options) }];
}

function hostOptions({ settingConfig, probe }: Target): readonly string[] {
  const bySetting = settingConfig?.hostName !== undefined || settingConfig?.pickHostNameFromBackendAddress === true;
  if (probe ? probe.pickHostNameFromBackendSetting : bySetting) return ['--host-name-from-http-settings', 'true'];
  const host = probe ? probe.host : '127.0.0.1';
  return host === undefined ? [] : ['--host', host];
}
