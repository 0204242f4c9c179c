import type { VerdictLevel } from '../core/verdict.ts';
import type { World } from './world.ts';

/** A world before its start is known. */
export type WorldPlan = Omit<World, 'startedAt'>;

/** A drill: a world in trouble, and what a responder should make of it. */
export interface Scenario<Name extends string = string> {
  readonly name: Name;
  readonly title: string;
  /** Two or three sentences for somebody who has never seen this trouble. */
  readonly story: string;
  readonly expected: Expected;
  readonly world: WorldPlan;
}

/** What the diagnosis should say from the readings that this world offers. */
export interface Expected {
  /** Whether a cause should be named. */
  readonly established: boolean;
  /** The causes that may be named best; empty where none should be. */
  readonly anyOf: readonly string[];
  /** The levels that the named cause may have. `confirmed` is missing where a neighbouring cause cannot be told apart. */
  readonly at: readonly VerdictLevel[];
  /**
   * What the named cause still waits for where it stays likely: words of the read, or of its command, that one of its
   * missing reads holds.
   */
  readonly waitsFor?: string;
  /** Causes that have to be named as well, in any order: a second fault, or the same one seen from another side. */
  readonly alsoNamed?: readonly NamedCause[];
  /** Causes that are true as well and may be confirmed, but need not be. */
  readonly mayBeConfirmed?: readonly string[];
  /** Causes that must not be named: what somebody in a hurry would take it for. */
  readonly notNamed?: readonly string[];
  /** Evidence that this world does not give, by name: a stopped machine has no effective rules. */
  readonly unread?: readonly string[];
}

/** One of these causes has to be named, at one of these levels, and for this pool where one is given. */
export interface NamedCause {
  readonly anyOf: readonly string[];
  readonly at: readonly VerdictLevel[];
  readonly pool?: string;
}
