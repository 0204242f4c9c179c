import { DDSketch } from '@datadog/sketches-js';
import type { Spread } from '../core/traffic.ts';

/**
 * How long requests took: a sketch that tells every percentile to within 2 %, whatever the distribution. Its bins are
 * counts of whole milliseconds, so merging adds integers and comes to the same in any order. Durations are between 0 and
 * two days, which bounds it to 480 bins; a real minute fills about fifty.
 */
export type Latency = DDSketch;

const RELATIVE_ACCURACY = 0.02;

export function newLatency(): Latency {
  return new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });
}

export function addLatency(latency: Latency, milliseconds: number): void {
  latency.accept(milliseconds);
}

export function mergeLatencies(left: Latency, right: Latency): Latency {
  const merged = newLatency();
  merged.merge(left);
  merged.merge(right);
  return merged;
}

/** In seconds, as the log has it; undefined where no request had a duration. */
export function spreadOf(latency: Latency): Spread | undefined {
  if (latency.count === 0) return undefined;
  const seconds = (milliseconds: number) => Math.round(milliseconds) / 1_000;
  // A bin's middle can lie outside of what was really seen.
  const at = (share: number) =>
    seconds(Math.min(latency.max, Math.max(latency.min, latency.getValueAtQuantile(share))));
  return { min: seconds(latency.min), p50: at(0.5), p95: at(0.95), max: seconds(latency.max) };
}

/** About how many requests took between these two, in milliseconds; the edges are as sharp as the bins. */
export function countBetween(latency: Latency, fromMs: number, toMs: number): number {
  let count = fromMs <= 0 && toMs >= 0 ? latency.zeroCount : 0;
  for (const [key, requests] of binsOf(latency)) {
    const middle = latency.mapping.value(key);
    if (middle >= fromMs && middle <= toMs) count += requests;
  }
  return count;
}

/** The bins that hold something, by key. */
function* binsOf({ store }: Latency): Generator<readonly [key: number, count: number]> {
  for (const [index, count] of store.bins.entries()) if (count > 0) yield [index + store.offset, count];
}

/**
 * A sketch as a list of numbers: minimum and maximum in milliseconds, the requests below one, the first bin, and then
 * the bins, where a negative number stands for as many empty ones. The library's own form has eight bytes for each bin,
 * leaves out minimum and maximum, and needs a package of its own.
 */
export function writeLatency(latency: Latency): readonly number[] {
  if (latency.count === 0) return [];
  const written: number[] = [latency.min, latency.max, latency.zeroCount];
  let next: number | undefined;
  for (const [key, count] of binsOf(latency)) {
    if (next === undefined) written.push(key);
    else if (key > next) written.push(next - key);
    written.push(count);
    next = key + 1;
  }
  return written;
}

export function readLatency(written: readonly number[]): Latency {
  const latency = newLatency();
  const [min, max, zeroCount = 0, first = 0, ...bins] = written;
  if (min === undefined || max === undefined) return latency;
  let key = first;
  for (const bin of bins) {
    if (bin > 0) latency.store.add(key, bin);
    key += bin > 0 ? 1 : -bin;
  }
  latency.zeroCount = zeroCount;
  latency.count = zeroCount + latency.store.count;
  latency.min = min;
  latency.max = max;
  return latency;
}
