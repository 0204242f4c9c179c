/** How sure a diagnosis is of a cause, best first. The words are fixed; docs/architecture.md says what each one takes. */
export const VERDICT_LEVELS = ['confirmed', 'likely', 'possible', 'inconclusive', 'ruled-out'] as const;
export type VerdictLevel = (typeof VERDICT_LEVELS)[number];

/** What a verdict is about. Absent parts mean "all of it". */
export interface Scope {
  readonly gateway?: string;
  readonly pool?: string;
  readonly setting?: string;
  readonly members?: readonly string[];
}

/** A sentence and the reading it was read off. */
export interface Citation {
  /** The name of the evidence, such as `backend-health`. */
  readonly evidence: string;
  /** The value itself, as the evidence has it where it has it in one piece. */
  readonly quote: string;
  /** What the quote shows, in a sentence. */
  readonly says: string;
}

/** A read that would settle what is still open. */
export interface MissingRead {
  readonly read: string;
  /** The name of the evidence that would answer it, where there is one: the next round asks its collector. */
  readonly evidence?: string;
  /** A command that a person can paste. */
  readonly command?: string;
}

export interface FixStep {
  readonly text: string;
  readonly command?: string;
  /** A command that restores the value read in the snapshot. */
  readonly undo?: string;
}

export interface Verdict {
  /** The cause's id. */
  readonly cause: string;
  readonly verdict: VerdictLevel;
  readonly scope: Scope;
  readonly because: readonly Citation[];
  readonly missing: readonly MissingRead[];
  readonly fix: readonly FixStep[];
  /**
   * Orders verdicts of one level, higher first: the number of independent signs that speak for this cause in particular.
   * It never lifts a verdict to another level.
   */
  readonly weight?: number;
}

/** A diagnosis names a cause only at these levels. */
export function isNamed(verdict: { readonly verdict: VerdictLevel }): boolean {
  return verdict.verdict === 'confirmed' || verdict.verdict === 'likely';
}
