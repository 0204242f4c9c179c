import { setMaxListeners } from 'node:events';
import type { ProbeResults } from '../../../core/prober.ts';
import type { Readings } from '../../../core/readings.ts';
import type { ProberLimits } from '../../evidence-kind.ts';
import { type Connect, connect as connectByNet } from './connection.ts';
import { observeMember } from './member.ts';
import { type MemberPlan, planOf } from './plan.ts';
import { type Resolution, type Resolve, resolveByDns } from './resolve.ts';
import { trustIn } from './trust.ts';
import { createTurns } from './turns.ts';

/** The in-network prober: asks the members of a gateway what the gateway asks them, and says what it met. */

export interface ProberOptions {
  readonly readings: Readings;
  readonly limits: ProberLimits;
  /** Ends the run at once; it then rejects with the reason. */
  readonly abort: AbortSignal;
  readonly bounds?: Partial<Bounds>;
  /** How the network is reached; tests bring their own for what no local machine can be made to do. */
  readonly resolve?: Resolve;
  readonly connect?: Connect;
  /** Calls back after a time, and returns how to call it off: the end of the run. Tests bring their own. */
  readonly after?: (delayMs: number, callback: () => void) => () => void;
  /** The well-known authorities, as PEM; those that come with Node unless given. */
  readonly roots?: readonly string[];
}

export interface Bounds {
  readonly members: number;
  /** Connections at once. */
  readonly connections: number;
  /** For a connection, for a handshake, and for the answer to any request but the probe's own, each. */
  readonly connectionMs: number;
  /** For the answer to the probe's own request: the gateway waits 30 seconds where nothing else is configured. */
  readonly answerMs: number;
  /** For everything. What has been seen by then is returned. */
  readonly totalMs: number;
}

const BOUNDS: Bounds = { members: 20, connections: 12, connectionMs: 5_000, answerMs: 36_000, totalMs: 55_000 };

/** Whether there is anybody to ask, and where. */
export function membersToAsk(readings: Readings): readonly MemberPlan[] {
  return planOf(readings, BOUNDS.members);
}

/** Asks the members within the bounds. Rejects only when it is aborted. */
export async function probe(options: ProberOptions): Promise<ProbeResults> {
  const { readings, limits, abort, connect = connectByNet, after = afterDelay } = options;
  const { drill } = limits;
  // The names of a played network mean nothing to the real one.
  const resolve = options.resolve ?? (drill ? drill.resolve : resolveByDns);
  const bounds = { ...BOUNDS, ...options.bounds };
  abort.throwIfAborted();
  const end = new AbortController();
  const callOff = after(bounds.totalMs, () => end.abort());
  const onAbort = () => end.abort(abort.reason);
  abort.addEventListener('abort', onAbort, { once: true });
  // Every connection and everybody who waits for one listens to it.
  setMaxListeners(0, end.signal);
  try {
    const means = {
      resolve: resolve && once(resolve),
      connect,
      trust: trustIn(options.roots ?? drill?.roots),
      placeOf: drill?.placeOf,
      takeTurn: createTurns(bounds.connections),
      signal: end.signal,
      connectionMs: bounds.connectionMs,
      answerMs: bounds.answerMs,
    };
    const plans = planOf(readings, bounds.members);
    const observations = await Promise.all(plans.map((plan) => observeMember(plan, means)));
    abort.throwIfAborted();
    return {
      observations: observations.filter(({ resolution, ports }) => resolution !== undefined || ports.length > 0),
    };
  } finally {
    callOff();
    abort.removeEventListener('abort', onAbort);
    // Whatever is still open ends with the run.
    end.abort();
  }
}

/** Asks for a name once in a run, however many backend settings use it. */
function once(resolve: Resolve): Resolve {
  const known = new Map<string, Promise<Resolution>>();
  return (name, signal) => {
    const key = name.toLowerCase();
    const answer = known.get(key) ?? resolve(name, signal);
    known.set(key, answer);
    return answer;
  };
}

function afterDelay(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
