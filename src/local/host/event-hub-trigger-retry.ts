/** A retry policy as it was registered. */
export interface RetryPolicy {
  /** -1 means for ever. */
  readonly maxRetryCount: number;
  /** How long to wait before a retry, of which the first is number 1. */
  readonly delayMs: (retryCount: number) => number;
}

/** The most that an interval is doubled; by then it is past any maximum. */
const MOST_DOUBLINGS = 30;

/**
 * Reads the policy that the programming model hands over; undefined where there is none. Intervals come in whole
 * seconds. The service adds some chance to exponential delays, and this host does not.
 */
export function readRetryPolicy(retryOptions: unknown): RetryPolicy | undefined {
  if (retryOptions === undefined || retryOptions === null) return undefined;
  const { strategy, maxRetryCount, delayInterval, minimumInterval, maximumInterval } = retryOptions as Readonly<
    Record<string, unknown>
  >;
  if (typeof maxRetryCount !== 'number' || !Number.isInteger(maxRetryCount) || maxRetryCount < -1) {
    throw new Error('"retry.maxRetryCount" has to be a whole number from -1.');
  }
  if (strategy === 'fixedDelay') return { maxRetryCount, delayMs: () => intervalMs(delayInterval) };
  if (strategy !== 'exponentialBackoff') {
    throw new Error('"retry.strategy" has to be "fixedDelay" or "exponentialBackoff".');
  }
  const [least, most] = [intervalMs(minimumInterval), intervalMs(maximumInterval)];
  return {
    maxRetryCount,
    delayMs: (retryCount) => Math.min(most, least * 2 ** Math.min(retryCount - 1, MOST_DOUBLINGS)),
  };
}

function intervalMs(interval: unknown): number {
  const seconds =
    typeof interval === 'object' && interval !== null && 'seconds' in interval ? Number(interval.seconds) : 0;
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0;
}
