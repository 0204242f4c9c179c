/**
 * What keeps a client from an event hub, by what a person can do about it. The client's own messages hold host names and
 * parts of tokens, so only the names and codes of its errors are looked at.
 */
export type HubProblem =
  /** The hub, or the consumer group, does not exist. */
  | 'no-such-entity'
  /** The namespace's name does not resolve. */
  | 'no-such-namespace'
  /** Signed in, but without the right; or a key that is wrong, or was changed. */
  | 'not-permitted'
  | 'not-signed-in'
  /** Another reader of the consumer group has the partition for itself. */
  | 'held-by-another'
  /** Five readers of the consumer group read the partition already. */
  | 'too-many-readers'
  | 'disabled'
  | 'throttled'
  | 'too-large'
  /** Refused, cut off, or silent. It may pass. */
  | 'no-answer';

const BY_CODE: ReadonlyMap<string, HubProblem> = new Map([
  ['MessagingEntityNotFoundError', 'no-such-entity'],
  ['ENOTFOUND', 'no-such-namespace'],
  ['UnauthorizedError', 'not-permitted'],
  ['PublisherRevokedError', 'not-permitted'],
  ['ReceiverDisconnectedError', 'held-by-another'],
  ['QuotaExceededError', 'too-many-readers'],
  ['MessagingEntityDisabledError', 'disabled'],
  ['ServerBusyError', 'throttled'],
  ['MessageTooLargeError', 'too-large'],
]);

/** The names of the identity library's errors. */
const BY_NAME: ReadonlyMap<string, HubProblem> = new Map([
  ['CredentialUnavailableError', 'not-signed-in'],
  ['AuthenticationError', 'not-signed-in'],
  ['AuthenticationRequiredError', 'not-signed-in'],
  ['AggregateAuthenticationError', 'not-signed-in'],
]);

export function hubProblemOf(error: unknown): HubProblem {
  // Where every address of a host was tried, or every attempt failed, the last one counts.
  if (error instanceof AggregateError && error.errors.length > 0 && !BY_NAME.has(error.name))
    return hubProblemOf(error.errors.at(-1));
  if (!(error instanceof Error)) return 'no-answer';
  const { code } = error as { code?: unknown };
  return BY_NAME.get(error.name) ?? BY_CODE.get(String(code)) ?? 'no-answer';
}

/** Whether the same thing would end the same way in a moment. */
export function isLasting(problem: HubProblem): boolean {
  return problem !== 'no-answer' && problem !== 'throttled';
}
