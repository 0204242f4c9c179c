import type { Probe } from '../../core/gateway.ts';
import { probeOf, routesTo, settingNamed } from '../../core/gateway.ts';
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

export type Changed = 'path' | 'host' | 'accepted-range' | 'timeout';

/** A probe that differs from the configured one in one thing. */
export interface Variant {
  readonly pool: string;
  readonly setting: string;
  readonly changed: Changed;
  /** The value that stands in the place of the configured one. */
  readonly value: string;
  readonly request: ProbeRequest;
}

/** The service's own probe, for settings without a custom one. */
const DEFAULT_TIMEOUT_SECONDS = 30;
const DEFAULT_ACCEPTED = ['200-399'];
const ANY_STATUS = '100-599';
/** A probe that waits longer than this would not be answered within the deadline. */
const MAX_TIMEOUT_SECONDS = 60;
const MAX_MEMBERS = 40;

/**
 * What to try for the first target in trouble whose members can be reached at all: where they cannot, or where their
 * certificate or name is at fault, no other path, status or patience helps. One variable at a time, at most four.
 */
export function variantsFor(readings: Readings): readonly Variant[] {
  const one = membersInQuestion(readings, MAX_MEMBERS).find(isTestable);
  return one ? variantsOf(readings, one) : [];
}

function isTestable({ member: { observed } }: MemberInQuestion): boolean {
  return ['status-mismatch', 'body-mismatch', 'timed-out', 'certificate-name', 'silent', 'unclassified'].includes(
    observed.kind,
  );
}

function variantsOf(readings: Readings, { target, member }: MemberInQuestion): readonly Variant[] {
  const setting = settingNamed(readings.gateway, target.setting);
  const probe = probeOf(readings.gateway, setting);
  if (!readings.gateway || !setting || !isHttp(probe?.protocol ?? setting.protocol)) return [];
  const base: ProbeRequest = {
    protocol: probe?.protocol ?? setting.protocol ?? 'Http',
    path: probe?.path ?? '/',
    ...(probe?.host === undefined ? {} : { host: probe.host }),
    pickHostNameFromBackendHttpSettings: probe?.pickHostNameFromBackendSetting ?? probe === undefined,
    timeout: probe?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    match: {
      statusCodes: acceptedBy(probe),
      ...(probe?.matchBody === undefined ? {} : { body: probe.matchBody }),
    },
  };
  const own = { pool: target.pool, setting: target.setting };
  const variants: Variant[] = [];
  const { kind } = member.observed;
  if (base.path !== '/' && kind !== 'certificate-name')
    variants.push({ ...own, changed: 'path', value: '/', request: { ...base, path: '/' } });
  const host = otherHost(readings, { target, member }, probe);
  if (host !== undefined) {
    const { pickHostNameFromBackendHttpSettings: _pick, ...rest } = base;
    const request = { ...rest, host, pickHostNameFromBackendHttpSettings: false };
    variants.push({ ...own, changed: 'host', value: host, request });
  }
  if (kind !== 'timed-out' && kind !== 'certificate-name') {
    const request = { ...base, match: { statusCodes: [ANY_STATUS] } };
    variants.push({ ...own, changed: 'accepted-range', value: ANY_STATUS, request });
  }
  const timeout = Math.min(base.timeout * 4, MAX_TIMEOUT_SECONDS);
  if (kind !== 'status-mismatch' && kind !== 'certificate-name' && timeout > base.timeout) {
    variants.push({ ...own, changed: 'timeout', value: String(timeout), request: { ...base, timeout } });
  }
  return variants;
}

function isHttp(protocol: string | undefined): boolean {
  return protocol !== undefined && /^https?$/i.test(protocol);
}

function acceptedBy(probe: Probe | undefined): readonly string[] {
  return probe && probe.acceptedStatusCodes.length > 0 ? probe.acceptedStatusCodes : DEFAULT_ACCEPTED;
}

/** Another name that the backend may serve: the setting's, the member's own, or that of a listener that leads here. */
function otherHost(
  { gateway }: Readings,
  { target, member }: Pick<MemberInQuestion, 'target' | 'member'>,
  probe: Probe | undefined,
): string | undefined {
  const setting = settingNamed(gateway, target.setting);
  const isName = (name: string | undefined) => name !== undefined && /^(?=.*[a-z])[a-z\d-]+(\.[a-z\d-]+)+$/i.test(name);
  const routes = gateway ? routesTo(gateway, target.pool, target.setting) : [];
  const listeners = gateway?.listeners.filter(({ name }) =>
    routes.some(({ listener }) => listener !== undefined && sameName(listener, name)),
  );
  const fromSetting = setting?.hostName ?? (setting?.pickHostNameFromBackendAddress ? member.address : undefined);
  const now = probe?.host ?? fromSetting ?? '127.0.0.1';
  const candidates = [setting?.hostName, member.address, ...(listeners ?? []).flatMap(({ hostNames }) => hostNames)];
  return candidates.find((name) => isName(name) && name !== undefined && !sameName(name, now));
}
