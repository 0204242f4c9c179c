import { isFailing, type Member, type Observation } from '../core/backend-health.ts';
import { wasRead } from '../core/evidence.ts';
import type { Readings } from '../core/readings.ts';
import { gatewayRead, servedChainRead } from '../core/reads.ts';
import { probedPort, scopeOf, type Target } from '../core/targets.ts';
import { requestsIn } from '../core/traffic.ts';
import type { Citation, FixStep, Verdict } from '../core/verdict.ts';
import { isIpAddress } from './backend-address.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from './from-health.ts';
import { answersStill } from './reachability.ts';

/**
 * What the certificate rules share. The gateway's text is a reading of the certificate at second hand, and it is known to
 * name the wrong flaw: it blames the name where the root is not trusted, and a missing intermediate where a lone
 * certificate signed itself. So the text makes a cause likely, and only the chain as served confirms it.
 */
export interface CertificateRule {
  readonly id: string;
  /** `named`: the text says so. `confused`: the text says something else that is also said in this case. */
  readonly fits: (observed: Observation) => 'named' | 'confused' | undefined;
  /** The setting's switch that turns this check off for the gateway's own probes. */
  readonly check: 'chain-and-dates' | 'name';
  /** What the configuration adds: each citation that speaks for the cause counts as a sign. */
  readonly signs: (readings: Readings, sighting: CertificateSighting) => readonly Citation[];
  /** What besides the common doubts leaves it open. */
  readonly doubts?: (readings: Readings, sighting: CertificateSighting) => readonly Citation[];
  readonly fix: (readings: Readings, sighting: CertificateSighting) => readonly FixStep[];
}

export interface CertificateSighting extends Sighting {
  /** The first of the members: the one to quote and to ask. */
  readonly example: Member;
}

/** Every certificate observation that names no flaw of its own: nothing is excluded then. */
export function isUnnamed(observed: Observation, codes: readonly number[]): boolean {
  if (observed.kind !== 'certificate-unverified') return false;
  return observed.opensslCode === undefined || !codes.includes(observed.opensslCode);
}

/** The OpenSSL codes that each rule reads; any other code leaves all of them possible. */
export const OPENSSL_CODES = {
  /** The issuer's certificate is not there, or the first certificate cannot be verified for lack of it. */
  chain: [2, 20, 21],
  /** Not yet valid, expired, and the two for dates that cannot be read. */
  dates: [9, 10, 13, 14],
  /** Self-signed, alone or at the top of the chain; not trusted; rejected. */
  root: [18, 19, 27, 28],
  /** Host name mismatch, and IP address mismatch. */
  name: [62, 64],
} as const;

export const ALL_CODES: readonly number[] = Object.values(OPENSSL_CODES).flat();

export function judgeCertificate(readings: Readings, rule: CertificateRule): readonly Verdict[] {
  const seen = sightings(readings, (observed) => rule.fits(observed) !== undefined);
  if (seen.length === 0) return [notSeenInHealth(readings, rule.id)];
  return seen.flatMap((sighting) => {
    // A member whose text names the flaw says more than one whose text is merely confused with it.
    const named = sighting.members.filter((member) => rule.fits(member.observed) === 'named');
    const members = named.length > 0 ? named : sighting.members;
    const [example] = members;
    return example ? [judgeSighting(readings, rule, { ...sighting, members, example }, named.length > 0)] : [];
  });
}

function judgeSighting(
  readings: Readings,
  rule: CertificateRule,
  seen: CertificateSighting,
  isNamed: boolean,
): Verdict {
  const { target, members, example } = seen;
  const doubts = [...commonDoubts(readings, rule, seen), ...(rule.doubts?.(readings, seen) ?? [])];
  const signs = isNamed ? rule.signs(readings, seen) : [];
  const isLikely = isNamed && doubts.length === 0;
  const says = isNamed
    ? `${members.length} of ${target.members.length} members of ${target.pool} fail the probe of ${target.setting} with this.`
    : `The gateway words it differently for ${example.address}, but is known to say this here too.`;
  return {
    cause: rule.id,
    verdict: isLikely ? 'likely' : 'possible',
    scope: scopeOf(readings, target, members.length < target.members.length ? members : undefined),
    because: [citeMember(example, says), ...signs, ...doubts].slice(0, 5),
    missing: [
      servedChainRead(example.address, probedPort(target) ?? 443, serverNameOf(target, example)),
      ...(wasRead(readings.evidence, 'gateway') ? [] : [gatewayRead(readings)]),
    ],
    fix: rule.fix(readings, seen),
    ...(isLikely ? { weight: 1 + signs.length } : {}),
  };
}

function commonDoubts(readings: Readings, rule: CertificateRule, seen: CertificateSighting): readonly Citation[] {
  const { target, members, example } = seen;
  const { settingConfig, probe } = target;
  const doubts: Citation[] = [];
  const protocol = probe?.protocol ?? settingConfig?.protocol;
  if (protocol !== undefined && /^(http|tcp)$/i.test(protocol)) {
    const says = `${target.setting} is probed with ${protocol}, so no certificate is judged; the text is older than the configuration.`;
    doubts.push({ evidence: 'gateway', quote: `"protocol": "${protocol}"`, says });
  }
  if (rule.check === 'chain-and-dates' && settingConfig?.validateCertChainAndExpiry === false) {
    const says = `Backend setting ${target.setting} does not check chain and dates, so its probes should not fail by them.`;
    doubts.push({ evidence: 'gateway', quote: '"validateCertChainAndExpiry": false', says });
  }
  if (rule.check === 'name' && settingConfig?.validateSni === false) {
    const says = `Backend setting ${target.setting} does not check the name, so its probes should not fail by it.`;
    doubts.push({ evidence: 'gateway', quote: '"validateSNI": false', says });
  }
  if (!members.some((member) => isFailing(member))) {
    doubts.push({
      evidence: 'backend-health',
      quote: example.healthAsWritten,
      says: 'The gateway counts the members as healthy, so the failure is new, single or already over.',
    });
  }
  const still = answersStill(readings, seen);
  if (still.length > 0) {
    doubts.push({
      evidence: 'access-log',
      quote: `${requestsIn(still)} requests: serverStatus below 500`,
      says: 'Requests to this target were still answered after the last of its failures, perhaps with another server name.',
    });
  }
  return doubts;
}

export interface ExpectedName {
  /** The name that the certificate is compared with; absent where each member is compared with its own address. */
  readonly name?: string;
  readonly from: 'probe' | 'setting' | 'member';
  readonly citation: Citation;
}

/**
 * The name that a probe sends and compares: the probe's host, else the setting's, else the member's own name. Undefined
 * where the configuration was not read.
 */
export function expectedName({ settingConfig, probe, setting }: Target): ExpectedName | undefined {
  if (!settingConfig || (settingConfig.probeName !== undefined && !probe)) return undefined;
  const cite = (quote: string, says: string): Citation => ({ evidence: 'gateway', quote, says });
  if (probe?.host !== undefined && !probe.pickHostNameFromBackendSetting) {
    const says = `Probe ${probe.name} compares the certificate with ${probe.host}.`;
    return { name: probe.host, from: 'probe', citation: cite(`"host": "${probe.host}"`, says) };
  }
  const { hostName } = settingConfig;
  if (hostName !== undefined) {
    const says = `Backend setting ${setting} has the certificate compared with ${hostName}.`;
    return { name: hostName, from: 'setting', citation: cite(`"hostName": "${hostName}"`, says) };
  }
  const picks = settingConfig.pickHostNameFromBackendAddress === true;
  const quote = picks ? '"pickHostNameFromBackendAddress": true' : `no "hostName" in backend setting ${setting}`;
  return { from: 'member', citation: cite(quote, 'The certificate is compared with the address of each member.') };
}

/** The server name (SNI) that a probe sends to a member. Nothing is sent for an IP address. */
export function serverNameOf(target: Target, member: Member): string | undefined {
  const name = expectedName(target)?.name ?? member.address;
  return isIpAddress(name) ? undefined : name;
}
