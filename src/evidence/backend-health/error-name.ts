import type { Observation } from '../../core/backend-health.ts';

/**
 * `healthProbeErrorName` is an open list of which two values are public: `SuccessWithStatusCode` and
 * `HttpStatusCodeMismatchWithStatusCode`. Other names are read by their words, but only where these leave no doubt;
 * undefined means that the name says nothing that is known, and the text decides.
 */
export function observeErrorName(errorName: string): Observation | undefined {
  const words = wordsOf(errorName);
  for (const [pattern, observation] of NAMES) {
    if (pattern.test(words)) return observation;
  }
  return undefined;
}

/** `HttpStatusCodeMismatch`, `HTTP_STATUS_CODE_MISMATCH` and `http-status-code-mismatch` all become the same words. */
function wordsOf(errorName: string): string {
  return errorName
    .slice(0, 200)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replace(/[^A-Za-z\d]+/g, ' ')
    .toLowerCase()
    .trim();
}

/** In order: what is more particular comes first, so that a certificate's name is not taken for a name to resolve. */
const NAMES: readonly (readonly [RegExp, Observation])[] = [
  [/^success\b/, { kind: 'answered' }],
  [/status code.*(?:mismatch|not match|invalid|unexpected)|invalid.*status code/, { kind: 'status-mismatch' }],
  [/\bbody.*(?:mismatch|not match|not contain)/, { kind: 'body-mismatch' }],
  [/proxy protocol/, { kind: 'proxy-protocol' }],
  [/intermediate.*missing|missing.*intermediate/, { kind: 'certificate-chain', about: 'intermediate-missing' }],
  [/leaf.*missing|missing.*leaf/, { kind: 'certificate-chain', about: 'leaf-missing' }],
  [/leaf.*not.*top ?most/, { kind: 'certificate-chain', about: 'order' }],
  [/(?:cert|certificate).*(?:expired|date|not yet valid)|expired.*cert/, { kind: 'certificate-dates' }],
  [/(?:common name|\bcn\b|\bsan\b|subject).*(?:mismatch|not match)/, { kind: 'certificate-name' }],
  [/(?:cert|certificate).*(?:host ?name|common name).*(?:mismatch|not match)/, { kind: 'certificate-name' }],
  [/root.*(?:mismatch|not match)/, { kind: 'certificate-untrusted', about: 'root-mismatch' }],
  [/intermediate.*not.*signed.*root/, { kind: 'certificate-untrusted', about: 'no-root-matches' }],
  [/intermediate.*(?:not.*well ?known|untrusted)/, { kind: 'certificate-untrusted', about: 'intermediate' }],
  [/cert.*(?:not.*well ?known|untrusted|not trusted)/, { kind: 'certificate-untrusted', about: 'server' }],
  [/(?:tls|ssl) handshake|handshake.*fail/, { kind: 'tls-failed' }],
  [/\bdns\b.*(?:fail|error|not)|not resolv|resolution fail|name.*unresolv/, { kind: 'name-unresolved' }],
  [
    /(?:cannot|could not|unable to|failed to|not) connect|connect(?:ion)? (?:refused|fail)|unreachable/,
    { kind: 'cannot-connect' },
  ],
  [/\btime ?out\b|timed out/, { kind: 'timed-out' }],
];
