import type { Connect, Place } from './connection.ts';
import type { Resolve } from './resolve.ts';
import type { Trust, TrustBasis } from './trust.ts';
import type { TakeTurn } from './turns.ts';

/** What asking a member needs, shared by all members of a run. */
export interface Means {
  /** Absent in a drill without names of its own. */
  readonly resolve?: Resolve;
  readonly connect: Connect;
  readonly trust: (basis: TrustBasis) => Trust;
  /** Where members really are in a drill. */
  readonly placeOf?: (address: string, port: number) => Place;
  readonly takeTurn: TakeTurn;
  /** Aborted when the time of the run is up. */
  readonly signal: AbortSignal;
  /** For a connection, for a handshake, and for the answer to a request that is not the probe's own, each. */
  readonly connectionMs: number;
  /** The longest wait for the answer to the probe's own request. */
  readonly answerMs: number;
}

/** The order in which turns are given: what tells most of every member first. */
export const RANK = { configuredPort: 0, handshake: 1, probe: 1, variation: 2, otherPort: 3 } as const;
