/** Which records still count by their own minute, compared with when their message arrived: the same at every delivery. */
export interface TimeLimits {
  /** Older records are counted as late, and by no minute. */
  readonly lateMinutes: number;
  /** Records from the future, which is a clock that is wrong. */
  readonly earlyMinutes: number;
}

/** Diagnostic logs arrive within a few minutes; an hour holds what a disturbed service catches up with. */
export const TIME_LIMITS: TimeLimits = { lateMinutes: 60, earlyMinutes: 5 };
