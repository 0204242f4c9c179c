import type { Observation } from '../core/backend-health.ts';
import type { ServedCertificate, TlsObservation } from '../core/prober.ts';
import type { Citation } from '../core/verdict.ts';
import { isIpAddress } from './backend-address.ts';

/**
 * What is wrong with a chain as it was served. Each flaw is looked for on its own, because a chain can have several, and
 * `open` is an outcome of its own: a chain that is cut short tells nothing of its root.
 */
export type Flaw = 'name' | 'root' | 'chain' | 'dates';

export interface Finding {
  readonly outcome: 'flawed' | 'sound' | 'open';
  readonly citation: Citation;
}

export interface Expectation {
  /** The names that the gateway may compare the certificate with; empty where the configuration was not read. */
  readonly names: readonly string[];
  /** The time to compare dates with, ISO 8601. */
  readonly at?: string;
  /** What the gateway's own text says of this member: it decides where the chain alone leaves two readings. */
  readonly observed: Observation;
  /** Certificates that other members serve: they show what a missing issuer is. */
  readonly known: readonly ServedCertificate[];
}

export function examine(tls: TlsObservation, flaw: Flaw, expected: Expectation): Finding | undefined {
  const [leaf] = tls.chain;
  if (!leaf) return undefined;
  if (flaw === 'name') return examineName(leaf, expected);
  if (flaw === 'dates') return examineDates(tls, expected);
  return flaw === 'chain' ? examineLinks(tls, leaf, expected) : examineRoot(tls, leaf);
}

/** Quotes at most this much of a name or a list from a certificate, which anybody can fill. */
const MAX_QUOTE = 160;

function cite(quote: string, says: string): Citation {
  return { evidence: 'probe-results', quote: quote.slice(0, MAX_QUOTE), says };
}

function examineName(leaf: ServedCertificate, { names: expected, observed }: Expectation): Finding | undefined {
  const [first] = expected;
  if (first === undefined || leaf.names.length === 0) return undefined;
  const quote = `"names": ${JSON.stringify(leaf.names.slice(0, 5))}`;
  const fitting = expected.find((name) => leaf.names.some((served) => covers(served, name)));
  if (fitting !== undefined)
    return { outcome: 'sound', citation: cite(quote, `The certificate as served holds ${fitting}.`) };
  const citation = cite(quote, `None of the names on the certificate as served is ${first}.`);
  // Whether an address is compared at all differs between versions of the gateway, so its own text has to say so.
  const isCompared = !isIpAddress(first) || observed.kind === 'certificate-name';
  return { outcome: isCompared ? 'flawed' : 'open', citation };
}

/** Whether a name on a certificate stands for a host; a wildcard stands for exactly one label. */
export function covers(served: string, host: string): boolean {
  const [name, wanted] = [
    served
      .replace(/^\s*(dns|ip address):/i, '')
      .trim()
      .toLowerCase(),
    host.trim().toLowerCase().replace(/\.$/, ''),
  ];
  if (name === wanted) return true;
  if (!name.startsWith('*.') || isIpAddress(wanted)) return false;
  const dot = wanted.indexOf('.');
  return dot > 0 && wanted.slice(dot) === name.slice(1);
}

const DATES_ERROR = /EXPIRED|NOT_YET_VALID/i;

function examineDates(tls: TlsObservation, { at }: Expectation): Finding | undefined {
  const now = Date.parse(at ?? '');
  if (Number.isNaN(now)) return undefined;
  const used = pathOf(tls.chain);
  for (const certificate of used) {
    const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    // The server may send an expired certificate that is not needed, because another way leads to a trusted root.
    const isNeeded = tls.isTrusted === false && DATES_ERROR.test(tls.trustError ?? 'EXPIRED');
    const outcome = certificate === used[0] || isNeeded ? 'flawed' : 'open';
    const who = certificate === used[0] ? 'The certificate as served' : `${nameOf(certificate)}, in the chain served,`;
    if (to < now)
      return { outcome, citation: cite(`"validTo": "${certificate.validTo}"`, `${who} had expired by ${at}.`) };
    if (from > now)
      return {
        outcome,
        citation: cite(`"validFrom": "${certificate.validFrom}"`, `${who} was not valid yet at ${at}.`),
      };
    if (Number.isNaN(from) || Number.isNaN(to)) return undefined;
  }
  const [leaf] = used;
  const top = used.at(-1);
  if (!leaf || !top) return undefined;
  const citation = cite(`"validTo": "${leaf.validTo}"`, 'Every certificate of the chain served is within its dates.');
  // A root that is not sent is compared as the gateway holds it, and may have expired there.
  return { outcome: isSelfSigned(top) || tls.isTrusted === true ? 'sound' : 'open', citation };
}

/** OpenSSL's words for a chain that ends in a self-signed certificate which is not trusted. */
const SELF_SIGNED_ERROR = /SELF_SIGNED/i;
/** Errors of the verification that say nothing of trust. */
const OTHER_ERROR = /EXPIRED|NOT_YET_VALID|ALTNAME|HOSTNAME|IP_ADDRESS_MISMATCH/i;

function examineRoot(tls: TlsObservation, leaf: ServedCertificate): Finding | undefined {
  const top = pathOf(tls.chain).at(-1) ?? leaf;
  if (tls.isTrusted === true)
    return {
      outcome: 'sound',
      citation: cite('"isTrusted": true', 'The chain served leads to a root that is trusted.'),
    };
  if (tls.isTrusted === undefined) return undefined;
  const error = tls.trustError ?? '';
  const quote = `"isTrusted": false${error === '' ? '' : `, "trustError": "${error}"`}`;
  const ends = isSelfSigned(top) || SELF_SIGNED_ERROR.test(error);
  if (!ends || OTHER_ERROR.test(error))
    return { outcome: 'open', citation: cite(quote, 'The chain served is not trusted.') };
  const says =
    top === leaf
      ? 'The certificate as served signed itself, and is not trusted.'
      : `The chain served ends in the root ${nameOf(top)}, which is not trusted.`;
  return { outcome: 'flawed', citation: cite(quote, says) };
}

function examineLinks(tls: TlsObservation, leaf: ServedCertificate, expected: Expectation): Finding | undefined {
  const { chain } = tls;
  const used = pathOf(chain);
  const top = used.at(-1) ?? leaf;
  const served = `"subject": ${JSON.stringify(chain.map((item) => item.subject))}`;
  if (leaf.isCa === true && chain.some((item) => item.isCa === false))
    return {
      outcome: 'flawed',
      citation: cite(served, "The server's own certificate is not the first of those served."),
    };
  if (used.length === chain.length && used.some((item, index) => item !== chain[index])) {
    const says = 'The chain served is complete, but its certificates are not in order.';
    return { outcome: 'flawed', citation: cite(served, says) };
  }
  if (isSelfSigned(top) || tls.isTrusted === true) {
    const says =
      top === leaf && isSelfSigned(leaf)
        ? 'The certificate as served signed itself, so no intermediate can be missing.'
        : 'The chain served is complete and in order.';
    return { outcome: 'sound', citation: cite(served, says) };
  }
  return missingIssuer(tls, top, expected);
}

/** Names of public authorities. They sign from intermediates only, so an issuer of theirs that was not sent is one. */
const PUBLIC_AUTHORITY =
  /\b(digicert|let'?s encrypt|sectigo|comodo|globalsign|godaddy|entrust|thawte|geotrust|rapidssl|zerossl|starfield|google trust services|microsoft azure|amazon|certum|actalis|identrust)\b/i;

/** The issuer of the last certificate was not sent: a missing intermediate, or a root, which need not be sent. */
function missingIssuer(tls: TlsObservation, top: ServedCertificate, { observed, known }: Expectation): Finding {
  const issuer = top.issuer.slice(0, 80);
  const quote = `"issuer": "${top.issuer}"`;
  const isUntrusted = tls.isTrusted === false && !OTHER_ERROR.test(tls.trustError ?? '');
  const isKnownIntermediate = known.some((item) => isSame(item.subject, top.issuer) && !isSelfSigned(item));
  if (isUntrusted && isKnownIntermediate) {
    const says = `Its issuer ${issuer} is an intermediate, which another member sends and this one does not.`;
    return { outcome: 'flawed', citation: cite(quote, says) };
  }
  const isLeafAlone = tls.chain.length === 1 && top.isCa !== true;
  if (isUntrusted && isLeafAlone && PUBLIC_AUTHORITY.test(top.issuer)) {
    const says = `The certificate is served alone, and its issuer ${issuer} is an intermediate of a public authority.`;
    return { outcome: 'flawed', citation: cite(quote, says) };
  }
  if (isUntrusted && isLeafAlone && observed.kind === 'certificate-chain') {
    const says = `The certificate is served alone, without the certificate of its issuer ${issuer}.`;
    return { outcome: 'flawed', citation: cite(quote, says) };
  }
  return {
    outcome: 'open',
    citation: cite(quote, `The issuer ${issuer} was not sent; it can be a root or an intermediate.`),
  };
}

/** The certificates from the server's own upwards, as far as each one's issuer was served. */
function pathOf(chain: readonly ServedCertificate[]): readonly ServedCertificate[] {
  const path: ServedCertificate[] = [];
  let next = chain[0];
  while (next && !path.includes(next)) {
    const current: ServedCertificate = next;
    path.push(current);
    if (isSelfSigned(current)) break;
    next = chain.find((item) => item !== current && isSame(item.subject, current.issuer));
  }
  return path;
}

export function isSelfSigned({ subject, issuer }: ServedCertificate): boolean {
  return isSame(subject, issuer);
}

/** Tools print one name with or without blanks and line ends between its parts. */
function isSame(left: string, right: string): boolean {
  return normalise(left) === normalise(right) && normalise(left) !== '';
}

function normalise(name: string): string {
  return name
    .toLowerCase()
    .replace(/\s*[,/\n]\s*/g, ',')
    .replace(/\s*=\s*/g, '=')
    .trim();
}

/** The common name of a certificate's subject, for a sentence. */
function nameOf({ subject }: ServedCertificate): string {
  const common = /CN\s*=\s*([^,/\n]+)/i.exec(subject)?.[1] ?? subject;
  return common.trim().slice(0, 80);
}
