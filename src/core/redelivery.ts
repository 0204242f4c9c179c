/** What becomes of a delivery that did not succeed. */
export type Redelivery =
  | { readonly action: 'again'; readonly delaySeconds: number; readonly reason: string }
  /** Once more with the essentials alone: the service refused the message as it is. */
  | { readonly action: 'minimal'; readonly reason: string }
  | { readonly action: 'give-up'; readonly reason: string };

/** Doubled with every attempt up to the longest: an outage of an hour is asked about a dozen times. */
const FIRST_DELAY_SECONDS = 2;
const MAX_DELAY_SECONDS = 300;
/** A service that asks for more is asked again after this time. */
const MAX_RETRY_AFTER_SECONDS = 3_600;
/** After this time the incident is long known, or over: what is left is for people to look at. */
const GIVE_UP_MINUTES = 12 * 60;

export interface Attempt {
  /** Attempts before this one. */
  readonly attempts: number;
  readonly minutesSinceFirst: number;
  readonly isMinimal: boolean;
  /** In [0, 1): spreads the repeats of many messages. */
  readonly chance: number;
}

/** An attempt that took this long without a good answer has kept a worker from the messages of other sinks. */
const HUNG_SECONDS = 5;
/** Doubled with every attempt in a row that hung. */
const FIRST_PAUSE_SECONDS = 30;

/** Pure. Whether an attempt that has to be repeated hung. */
export function hasHung(startedAt: string, endedAt: string): boolean {
  return Date.parse(endedAt) - Date.parse(startedAt) >= HUNG_SECONDS * 1000;
}

/** Pure. For how long a sink that hangs is left alone, after so many attempts in a row that hung; in seconds. */
export function pauseAfterHang(hung: number): number {
  return Math.min(MAX_DELAY_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(Math.max(0, hung - 1), 10));
}

/** Pure. Whether a message has been tried, or has waited for its turn, for as long as that is done. */
export function isOverdue(minutesSinceFirst: number): boolean {
  return minutesSinceFirst >= GIVE_UP_MINUTES;
}

/** Pure. The service may come round: throttled, failing, reset or silent. */
export function decideRetry(
  reason: string,
  retryAfterSeconds: number | undefined,
  { attempts, minutesSinceFirst, chance }: Attempt,
): Redelivery {
  if (isOverdue(minutesSinceFirst)) {
    return { action: 'give-up', reason: `${reason}; tried for ${Math.floor(minutesSinceFirst / 60)} hours` };
  }
  const backoffSeconds = Math.min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** Math.min(attempts, 20));
  const spread = backoffSeconds * (0.5 + chance / 2);
  const wanted = Math.min(MAX_RETRY_AFTER_SECONDS, retryAfterSeconds ?? 0);
  // Never before the service wants it; the jitter comes on top, so that what waited together does not arrive together.
  const delaySeconds = wanted > 0 ? wanted + chance * Math.min(30, wanted / 2) : spread;
  return { action: 'again', delaySeconds: Math.ceil(delaySeconds), reason };
}

/** Pure. The service refused the message itself. */
export function decideRefusal(reason: string, { isMinimal }: Pick<Attempt, 'isMinimal'>): Redelivery {
  return isMinimal
    ? { action: 'give-up', reason: `${reason}; refused in its shortest form as well` }
    : { action: 'minimal', reason };
}
