import { isFailing, type Member, type Observation } from '../core/backend-health.ts';
import type { ProbeObservation, TlsObservation } from '../core/prober.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { probedPort, type Target } from '../core/targets.ts';
import type { Citation } from '../core/verdict.ts';
import { comparedNames, expectedName, handshakeNameOf } from './expected-name.ts';
import { observationOf } from './prober-observations.ts';
import { type Expectation, examine, type Finding, type Flaw } from './served-chain.ts';

/**
 * What the chain as served makes of the gateway's text, for one flaw and one member. Where the two disagree, the chain
 * wins: the gateway names one flaw only, and not always the right one.
 */
export type Standing =
  /** The chain has the flaw, and it accounts for the failure. */
  | { readonly is: 'proven'; readonly citation: Citation }
  /** The chain has the flaw, but the failure is told of, or owed to, another one first. */
  | { readonly is: 'behind-another'; readonly citation: Citation }
  /** The chain does not have the flaw that the text tells of. */
  | { readonly is: 'contradicted'; readonly citation: Citation }
  /** Only the text speaks, or the chain leaves it open. */
  | { readonly is: 'told' }
  | { readonly is: 'unrelated' };

const FLAWS: readonly Flaw[] = ['name', 'root', 'chain', 'dates'];

export interface Question {
  readonly flaw: Flaw;
  /** How the text of the member fits this flaw. */
  readonly fits: 'named' | 'confused' | undefined;
  /** The flaw that the text names, if any. */
  readonly named: Flaw | undefined;
  /** Whether the configuration says that this flaw is not looked at. */
  readonly isUnchecked: boolean;
}

export function standingOf(readings: Readings, target: Target, member: Member, question: Question): Standing {
  const byText: Standing = question.fits === undefined ? { is: 'unrelated' } : { is: 'told' };
  const asked = askedAsTheGateway(readings, target, member);
  if (!asked || question.isUnchecked) return byText;
  const broken = brokenHandshake(asked.observation);
  if (broken && isSaidByTls(asked.tls))
    return question.fits === undefined ? byText : { is: 'contradicted', citation: broken };
  const findings = findingsOf(readings, target, member, asked.tls);
  const finding = findings.get(question.flaw);
  if (!finding || finding.outcome === 'open') return byText;
  const { citation } = finding;
  if (finding.outcome === 'sound') return question.fits === undefined ? byText : { is: 'contradicted', citation };
  const accounts = isFailing(member) && accountsForFailure(member.observed, question, findings);
  return { is: accounts ? 'proven' : 'behind-another', citation };
}

/** The flaw that was found, whatever backend health says; undefined where the chain is sound in this, or leaves it open. */
export function flawServed(readings: Readings, target: Target, member: Member, flaw: Flaw): Citation | undefined {
  const asked = askedAsTheGateway(readings, target, member);
  const finding = asked && findingsOf(readings, target, member, asked.tls).get(flaw);
  return finding?.outcome === 'flawed' ? finding.citation : undefined;
}

/**
 * The handshake of the prober with this member, provided that it was tried as the gateway does it: over TLS, on the
 * probed port, and with the same server name. Undefined as well where the configuration that tells so was not read.
 */
export function askedAsTheGateway(
  readings: Readings,
  target: Target,
  member: Member,
): { readonly observation: ProbeObservation; readonly tls: TlsObservation } | undefined {
  if (!expectedName(target) || !usesTls(target)) return undefined;
  const observation = observationOf(readings, target, member);
  const { tls } = observation ?? {};
  if (!observation || !tls || tls.port !== probedPort(target)) return undefined;
  const isSameServer = sameName(tls.serverName ?? '', handshakeNameOf(target, member) ?? '');
  return isSameServer ? { observation, tls } : undefined;
}

export function usesTls({ probe, settingConfig }: Target): boolean {
  return /^(https|tls)$/i.test(probe?.protocol ?? settingConfig?.protocol ?? '');
}

/** Errors before or besides TLS: without a connection, a handshake that failed says nothing. */
const NOT_OF_TLS = /TIMEDOUT|TIMEOUT|REFUSED|UNREACH|ENOTFOUND|EAI_AGAIN|EADDR|ABORT/i;

/**
 * Errors by which the prober itself declines what an old server offers. The gateway may be less strict, so they say
 * nothing of its handshake.
 */
const OWN_STRICTNESS = /UNSUPPORTED_PROTOCOL|TOO_SMALL|LEGACY|MD_TOO_WEAK|DIGEST_TOO_WEAK/i;

/**
 * Whether the other side said in TLS, or by speaking something else, that it will not go on. A connection that is only
 * reset can be the work of a firewall that does not like the prober's address, while the gateway was let in.
 */
export function isSaidByTls({ error = '' }: TlsObservation): boolean {
  return /SSL|TLS|EPROTO|ALERT|HANDSHAKE/i.test(error);
}

/** A handshake that the member broke off over a connection that it had accepted; undefined for any other failure. */
export function brokenHandshake({ tls, ports }: ProbeObservation): Citation | undefined {
  if (!tls || tls.isHandshakeDone || tls.error === undefined) return undefined;
  // Whoever demands a certificate of the client shows its own first, and ends the handshake for want of the other.
  if (tls.chain.length > 0 && tls.demandsClientCertificate !== true) return undefined;
  const isOpen = ports.some((port) => port.port === tls.port && port.state === 'open');
  if (!isOpen || NOT_OF_TLS.test(tls.error) || OWN_STRICTNESS.test(tls.error)) return undefined;
  const name = tls.serverName === undefined ? 'without a server name' : `for ${tls.serverName}`;
  return {
    evidence: 'probe-results',
    quote: `"isHandshakeDone": false, "error": "${tls.error.slice(0, 100)}"`,
    says:
      tls.demandsClientCertificate === true
        ? `Port ${tls.port} demands a certificate of the client, which the gateway does not send, and ends the handshake.`
        : `Port ${tls.port} accepts connections, but the handshake ${name} ends before a certificate is judged.`,
  };
}

function findingsOf(
  readings: Readings,
  target: Target,
  member: Member,
  tls: TlsObservation,
): ReadonlyMap<Flaw, Finding> {
  const expectation: Expectation = {
    names: comparedNames(target, member),
    at: readings.takenAt ?? readings.evidence.find((item) => item.name === 'probe-results')?.takenAt,
    observed: member.observed,
    known: readings.probeResults?.observations.flatMap((seen) => seen.tls?.chain ?? []) ?? [],
  };
  return new Map(
    FLAWS.flatMap((flaw) => {
      const finding = examine(tls, flaw, expectation);
      return finding ? [[flaw, finding] as const] : [];
    }),
  );
}

/**
 * Whether the flaw is what the probe fails by. It is where the text names it. Where the text names one that the chain
 * does not have, it is if the text is known to be confused with it, or if nothing else is wrong with the chain.
 */
function accountsForFailure(
  observed: Observation,
  { flaw, fits, named }: Question,
  findings: ReadonlyMap<Flaw, Finding>,
): boolean {
  if (named === flaw) return true;
  // A handshake that failed for the gateway and not for the prober failed for something that the two do differently.
  if (observed.kind === 'tls-failed') return false;
  const isSound = (other: Flaw) => findings.get(other)?.outcome === 'sound';
  if (named !== undefined && !isSound(named)) return false;
  if (named !== undefined && fits === 'confused') return true;
  return FLAWS.every((other) => other === flaw || isSound(other));
}
