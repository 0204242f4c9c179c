import type { TrafficGroup } from '../core/traffic.ts';

/** Timeouts that anybody configures are seldom shorter, and quick answers lie close together by nature. */
const SHORTEST_TELLING_SECONDS = 4;
/** By how much requests that ran into one timeout differ, as a share of it: the way and the work on top of it. */
const LEEWAY = 0.05;

/**
 * Whether requests all took one and the same long time. Work takes as long as it takes; what ends to the second was ended
 * by a timeout, whoever's it is.
 */
export function endsAtOneTime({ serverLatency, timeTaken }: TrafficGroup): boolean {
  const spread = serverLatency ?? timeTaken;
  if (!spread || spread.min < SHORTEST_TELLING_SECONDS) return false;
  return spread.max - spread.min <= Math.max(1, spread.max * LEEWAY);
}
