import { isFailing, type Member, type Observation } from '../core/backend-health.ts';
import { wasRead } from '../core/evidence.ts';
import type { Readings } from '../core/readings.ts';
import { backendHealthRead, gatewayRead, servedChainRead } from '../core/reads.ts';
import { probedPort, scopeOf, type Target } from '../core/targets.ts';
import { requestsIn } from '../core/traffic.ts';
import type { Citation, FixStep, Verdict } from '../core/verdict.ts';
import { flawServed, standingOf } from './certificate-standing.ts';
import { handshakeNameOf } from './expected-name.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from './from-health.ts';
import { targetOfObservation } from './prober-observations.ts';
import { answersStill } from './reachability.ts';
import type { Flaw } from './served-chain.ts';

/**
 * What the certificate rules share. The gateway's text is a reading of the certificate at second hand, and it is known to
 * name the wrong flaw: it blames the name where the root is not trusted, and a missing intermediate where a lone
 * certificate signed itself. So the text makes a cause likely, and only the chain as served confirms it.
 */
export interface CertificateRule {
  readonly id: string;
  /** `named`: the text says so. `confused`: the text says something else that is also said in this case. */
  readonly fits: (observed: Observation) => 'named' | 'confused' | undefined;
  /** What the rule looks for in the chain as served. */
  readonly flaw: Flaw;
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

const FLAWS_BY_CODES: readonly (readonly [Flaw, readonly number[]])[] = [
  ['chain', OPENSSL_CODES.chain],
  ['dates', OPENSSL_CODES.dates],
  ['root', OPENSSL_CODES.root],
  ['name', OPENSSL_CODES.name],
];

/** What concerns TLS at all. Any of these texts can stand for any flaw of the chain, so the chain is read for all. */
export function isAboutTls({ kind }: Observation): boolean {
  return kind.startsWith('certificate-') || kind === 'tls-failed';
}

export function judgeCertificate(readings: Readings, rule: CertificateRule): readonly Verdict[] {
  const verdicts = sightings(readings, isAboutTls).flatMap((sighting) => judgeTarget(readings, rule, sighting));
  if (verdicts.length > 0) return verdicts;
  const served = wasRead(readings.evidence, 'backend-health') ? [] : judgeServedAlone(readings, rule);
  return served.length > 0 ? served : [notSeenInHealth(readings, rule.id)];
}

function judgeTarget(readings: Readings, rule: CertificateRule, sighting: Sighting): readonly Verdict[] {
  const { target } = sighting;
  const isUnchecked = switchedOff(rule, target) !== undefined;
  const standings = sighting.members.map((member) => {
    const fits = rule.fits(member.observed);
    const question = { flaw: rule.flaw, fits, named: flawNamed(member.observed), isUnchecked };
    return { member, fits, standing: standingOf(readings, target, member, question) };
  });
  const membersThat = (is: string) =>
    standings.filter(({ standing }) => standing.is === is).map(({ member }) => member);
  const seenAs = (members: readonly Member[]): CertificateSighting | undefined =>
    members[0] && { ...sighting, members, example: members[0] };
  const citation = (member: Member) =>
    standings.flatMap(({ member: other, standing }) =>
      other === member && 'citation' in standing ? standing.citation : [],
    );

  const verdicts: Verdict[] = [];
  const proven = seenAs(membersThat('proven'));
  if (proven) verdicts.push(judgeProven(readings, rule, proven, citation(proven.example)));
  const behind = seenAs(membersThat('behind-another'));
  if (behind) verdicts.push(judgeBehind(readings, rule, behind, citation(behind.example)));
  // A member whose text names the flaw says more than one whose text is merely confused with it.
  const told = membersThat('told');
  const named = told.filter((member) => rule.fits(member.observed) === 'named');
  const byText = seenAs(named.length > 0 ? named : told);
  if (byText) verdicts.push(judgeByText(readings, rule, byText, named.length > 0));
  const contradicted = seenAs(membersThat('contradicted'));
  if (verdicts.length > 0 || !contradicted) return verdicts;
  const says = `This is what the gateway says of ${contradicted.example.address}, and the handshake itself says otherwise.`;
  const because = [citeMember(contradicted.example, says), ...citation(contradicted.example)];
  return [{ ...baseOf(readings, rule, contradicted), verdict: 'ruled-out', because, missing: [], fix: [] }];
}

function baseOf(readings: Readings, rule: CertificateRule, { target, members }: CertificateSighting) {
  const scope = scopeOf(readings, target, members.length < target.members.length ? members : undefined);
  return { cause: rule.id, scope };
}

function judgeProven(
  readings: Readings,
  rule: CertificateRule,
  seen: CertificateSighting,
  served: readonly Citation[],
): Verdict {
  const says =
    rule.fits(seen.example.observed) === 'named'
      ? `${seen.members.length} of ${seen.target.members.length} members of ${seen.target.pool} fail the probe of ${seen.target.setting} with this.`
      : `The gateway words it differently for ${seen.example.address}; the chain as served shows what it is.`;
  const because = [citeMember(seen.example, says), ...served, ...rule.signs(readings, seen)].slice(0, 5);
  const fix = rule.fix(readings, seen);
  return { ...baseOf(readings, rule, seen), verdict: 'confirmed', because, missing: [], fix, weight: 3 };
}

/** The chain has this flaw too, but the gateway stumbles over another one first, or does not count the member as down. */
function judgeBehind(
  readings: Readings,
  rule: CertificateRule,
  seen: CertificateSighting,
  served: readonly Citation[],
): Verdict {
  const says = `The gateway does not name this for ${seen.example.address}, and the chain as served has it as well.`;
  const again = backendHealthRead(readings);
  return {
    ...baseOf(readings, rule, seen),
    verdict: 'likely',
    because: [...served, citeMember(seen.example, says)],
    missing: [{ ...again, read: 'Backend health, once the flaw that it names now is repaired.' }],
    fix: rule.fix(readings, seen),
    weight: 1,
  };
}

/** Without backend health, a flawed chain is a reason for the gateway to take the member down, not proof that it did. */
function judgeServedAlone(readings: Readings, rule: CertificateRule): readonly Verdict[] {
  return (readings.probeResults?.observations ?? []).flatMap((observation) => {
    const { target, member } = targetOfObservation(readings, observation) ?? {};
    if (!target || !member) return [];
    const flawed = flawServed(readings, target, member, rule.flaw);
    if (!flawed || switchedOff(rule, target)) return [];
    const seen = { target, members: [member], healthy: [], example: member };
    const verdict: Verdict = {
      cause: rule.id,
      verdict: 'likely',
      scope: scopeOf(readings, target, [member]),
      because: [flawed],
      missing: [backendHealthRead(readings)],
      fix: rule.fix(readings, seen),
      weight: 1,
    };
    return [verdict];
  });
}

/** The flaw that a text names outright. */
function flawNamed(observed: Observation): Flaw | undefined {
  if (observed.kind === 'certificate-name') return 'name';
  if (observed.kind === 'certificate-dates') return 'dates';
  if (observed.kind === 'certificate-untrusted') return 'root';
  if (observed.kind === 'certificate-chain') return 'chain';
  const code = observed.kind === 'certificate-unverified' ? observed.opensslCode : undefined;
  return FLAWS_BY_CODES.find(([, codes]) => codes.some((known) => known === code))?.[0];
}

function judgeByText(readings: Readings, rule: CertificateRule, seen: CertificateSighting, isNamed: boolean): Verdict {
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
      servedChainRead(example.address, probedPort(target) ?? 443, handshakeNameOf(target, example)),
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
  const off = switchedOff(rule, target);
  if (off) doubts.push(off);
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

/** The switch of the backend setting that turns this check off for the gateway's own probes. */
function switchedOff({ flaw }: CertificateRule, { setting, settingConfig }: Target): Citation | undefined {
  if (flaw === 'name' && settingConfig?.validateSni === false) {
    const says = `Backend setting ${setting} does not check the name, so its probes should not fail by it.`;
    return { evidence: 'gateway', quote: '"validateSNI": false', says };
  }
  if (flaw !== 'name' && settingConfig?.validateCertChainAndExpiry === false) {
    const says = `Backend setting ${setting} does not check chain and dates, so its probes should not fail by them.`;
    return { evidence: 'gateway', quote: '"validateCertChainAndExpiry": false', says };
  }
  return undefined;
}
