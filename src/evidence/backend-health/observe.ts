import type { Observation } from '../../core/backend-health.ts';
import { observeErrorName } from './error-name.ts';

/**
 * What the probe met, from `healthProbeErrorName` and `healthProbeLog`. The name is preferred, because it is meant for
 * machines; where it says nothing that is known, the text decides, and where both agree the text adds its details.
 */
export function observe(text: string | undefined, errorName: string | undefined): Observation {
  const named = errorName === undefined ? undefined : observeErrorName(errorName);
  if (text === undefined) return named ?? { kind: errorName === undefined ? 'silent' : 'unclassified' };
  const told = observeText(text);
  if (named === undefined || named.kind === told.kind) return told;
  // A failure that the text tells of must not be lost to a name that says success.
  if (named.kind === 'answered' && told.kind !== 'unclassified') return told;
  if (named.kind === 'status-mismatch') return statusMismatch(normalise(text));
  return named;
}

/**
 * Reads a health text by fragments that have stayed the same through the generations of its wording. The order matters:
 * a body mismatch repeats a text of the user's own, "could not be retrieved" also speaks of names and network rules, and
 * most texts mention the probe.
 */
export function observeText(text: string): Observation {
  const words = normalise(text);
  if (words === '') return { kind: 'silent' };
  return (
    observeAnswer(words, text) ??
    observeGateway(words) ??
    observeCertificate(words) ??
    observeConnection(words) ??
    observeKeywords(words) ?? { kind: 'unclassified' }
  );
}

/**
 * Lower case, straight quotes, one space between words, no bold markers, contractions written out, and one spelling each
 * of back end and time-out.
 */
export function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\u2018\u2019\u201b\u00b4`]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/\*\*|__/g, '')
    .replace(/[\u2010-\u2015]/g, '-')
    .replace(/\s+/g, ' ')
    .replace(/\bcan't\b|\bcan not\b/g, 'cannot')
    .replace(/\b(is|are|was|were|do|does|did|has|have|had|could|should|would)n't\b/g, '$1 not')
    .replace(/\bback[- ]end/g, 'backend')
    .replace(/\btime[- ]out/g, 'timeout')
    .trim();
}

/** The backend answered, with or without what the probe accepts. */
function observeAnswer(words: string, text: string): Observation | undefined {
  if (/response body does not contain|body of the backend'?s? http response did not match/.test(words)) {
    const expected = expectedBody(text);
    return expected === undefined ? { kind: 'body-mismatch' } : { kind: 'body-mismatch', expected };
  }
  if (/^success\b/.test(words)) {
    const status = receivedStatus(words);
    return status === undefined ? { kind: 'answered' } : { kind: 'answered', status };
  }
  if (/invalid status code|status code mismatch|status code of the backend|(?:un|not )accepted status code/.test(words))
    return statusMismatch(words);
  return undefined;
}

function statusMismatch(words: string): Observation {
  const received = receivedStatus(words);
  const accepted = acceptedStatuses(words);
  return {
    kind: 'status-mismatch',
    ...(received === undefined ? {} : { received }),
    ...(accepted === undefined ? {} : { accepted }),
  };
}

function receivedStatus(words: string): number | undefined {
  const match =
    /received:? ?(?:an )?(?:invalid )?(?:http )?(?:status )?(?:code:? ?)?[{("']?([1-9]\d\d)\b/.exec(words) ??
    /status code:? ?(?:is |was |of )?[{("']?([1-9]\d\d)\b(?! ?-)/.exec(words);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** The accepted range as it is written, without spaces: `200-399`, `200-399,401`. */
function acceptedStatuses(words: string): string | undefined {
  const match =
    /expected:? ?[{("']?(\d{3}(?: ?[-,] ?\d{3})*)/.exec(words) ??
    /(\d{3}(?: ?[-,] ?\d{3})*) (?:is|are) the acceptable status code/.exec(words) ??
    /acceptable status codes? (?:is|are):? ?(\d{3}(?: ?[-,] ?\d{3})*)/.exec(words);
  return match?.[1]?.replaceAll(' ', '');
}

/** The expected text as the user wrote it, so it is taken from the text before anything was normalised. */
function expectedBody(text: string): string | undefined {
  const match =
    /body\s+does\s*(?:n[\u2018\u2019']t|not)\s+contain:?\s+([\s\S]+?)\.?\s*(?:To learn more[\s\S]*|Learn more[\s\S]*)?$/i.exec(
      text,
    );
  const expected = match?.[1]?.trim().replace(/^(["'])([\s\S]*)\1$/, '$2');
  return expected === undefined || expected === '' ? undefined : expected;
}

/** What concerns the gateway's own reading of health, not the backend. */
function observeGateway(words: string): Observation | undefined {
  if (/health status could not be retrieved|unable to retrieve health status|cannot retrieve health status/.test(words))
    return { kind: 'not-retrievable' };
  if (/proxy protocol/.test(words)) return { kind: 'proxy-protocol' };
  return undefined;
}

function observeCertificate(words: string): Observation | undefined {
  if (!/certificate|openssl|common name|\bcn\b/.test(words)) return undefined;
  if (/openssl|validity of the backend(?: server)? certificate could not be verified/.test(words)) {
    const code = /error code:? ?[{("']?(\d{1,3})\b/.exec(words)?.[1];
    return code === undefined
      ? { kind: 'certificate-unverified' }
      : { kind: 'certificate-unverified', opensslCode: Number(code) };
  }
  if (
    /"?valid from"? and "?valid to"?|current date is not within|certificate (?:has |is |was )?(?:been )?expired|expired certificate|certificate is not yet valid/.test(
      words,
    )
  )
    return { kind: 'certificate-dates' };
  if (/intermediate certificate (?:is |was )?missing/.test(words))
    return { kind: 'certificate-chain', about: 'intermediate-missing' };
  if (/leaf certificate (?:is |was )?missing/.test(words)) return { kind: 'certificate-chain', about: 'leaf-missing' };
  if (/not (?:the )?top-?most/.test(words)) return { kind: 'certificate-chain', about: 'order' };
  if (/not signed by any (?:of the )?root/.test(words))
    return { kind: 'certificate-untrusted', about: 'no-root-matches' };
  if (/not signed by a well[- ]known/.test(words))
    return { kind: 'certificate-untrusted', about: /^the intermediate/.test(words) ? 'intermediate' : 'server' };
  if (/root certificate .*does not match|does not match the trusted root/.test(words))
    return { kind: 'certificate-untrusted', about: 'root-mismatch' };
  if (/common name|\(cn\)|\bcn of\b|subject alternative name/.test(words) && /match/.test(words))
    return { kind: 'certificate-name' };
  if (/not (?:white|allow)[- ]?listed/.test(words)) return { kind: 'certificate-untrusted', about: 'server' };
  return undefined;
}

function observeConnection(words: string): Observation | undefined {
  if (/could not create a probe/.test(words)) return { kind: 'name-unresolved' };
  if (
    /(?:tls|ssl) (?:handshake|negotiation|connection|protocol)|handshake (?:failed|failure|error|with)|https probe connection error|client certificate/.test(
      words,
    )
  )
    return { kind: 'tls-failed' };
  // Before the timeouts: "failed to connect ... timeout exceeded" is a connection that never was.
  if (/(?:cannot|could not|unable to|failed to) connect\b|connection (?:was |is )?(?:actively )?refused/.test(words))
    return { kind: 'cannot-connect' };
  if (/time taken by the backend to respond|timeout threshold/.test(words)) return { kind: 'timed-out' };
  return undefined;
}

/** The last resort, for wordings not met yet: single words that leave little doubt of what the probe met. */
function observeKeywords(words: string): Observation | undefined {
  if (/response body/.test(words)) return { kind: 'body-mismatch' };
  if (/certificate/.test(words)) {
    if (/expired/.test(words)) return { kind: 'certificate-dates' };
    return { kind: 'certificate-unverified' };
  }
  if (/(?:cannot|could not|unable to|failed to) (?:be )?resolved?\b|(?:dns|name) resolution/.test(words))
    return { kind: 'name-unresolved' };
  if (/status code/.test(words)) return statusMismatch(words);
  if (/cannot be reached|could not be reached|unreachable|not reachable/.test(words)) return { kind: 'cannot-connect' };
  if (/\btimed out\b|\btimeout\b/.test(words)) return { kind: 'timed-out' };
  return undefined;
}
