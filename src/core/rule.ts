import type { Readings } from './readings.ts';
import type { Verdict } from './verdict.ts';

/**
 * One cause: how to recognise it, and everything there is to say about it. The docs page, the chat message and the
 * terminal all use these words.
 */
export interface Rule {
  /** The public id, such as `wrong-backend-port`. Never changes once released. */
  readonly id: string;
  /** The cause in a few plain words, as a headline would have it: "The backend setting points at the wrong port". */
  readonly title: string;
  /** `experimental` rules are reported, but never page anyone on their own. */
  readonly maturity: 'stable' | 'experimental';
  /**
   * What the cause accounts for. `outage`: clients get 502 or 504, or members are down. `aside`: true and worth saying,
   * but no explanation of an outage (a 403, a 499, a reading that is not possible). Outages are ranked before asides.
   */
  readonly explains: 'outage' | 'aside';
  /**
   * Whether the cause says that something could not be read. A read can fail once and come the next time, so where people
   * know a cause already this is no news.
   */
  readonly isAboutReading?: boolean;
  /**
   * The sign that the cause shares with its neighbours, such as `unreachable`. Where one of them is confirmed for a
   * target, the others are no more than possible there.
   */
  readonly sign?: string;
  /** Whether the cause only says where to look: it gives way as soon as a neighbour of the same sign is named. */
  readonly isGeneral?: boolean;
  /** The names of the evidence that the rule reads. */
  readonly reads: readonly string[];
  /** What it means, in two or three sentences. */
  readonly meaning: string;
  readonly confirmedBy: string;
  readonly ruledOutBy: string;
  /** What people do at this point that does not help, or makes it worse. */
  readonly doNot: readonly string[];
  readonly prevention: readonly string[];
  /** What the rule cannot see. */
  readonly blindSpots: readonly string[];
  /**
   * Judges the readings. Pure, total, and never empty: a rule that finds nothing says `ruled-out` and by what, or
   * `inconclusive` and what is missing. At most one verdict a scope.
   *
   * `confirmed` may rest only on evidence that is present, and must not depend on any other evidence being absent:
   * taking evidence away may lower a verdict, never raise one.
   */
  readonly judge: (readings: Readings) => readonly Verdict[];
}
