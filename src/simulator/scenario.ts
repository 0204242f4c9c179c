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
  /** Evidence that this world does not give, by name: a stopped machine has no effective rules. */
  readonly unread?: readonly string[];
}
