import type { Spread } from '../../core/traffic.ts';

/** The values that one sampler keeps. 256 put the 95th percentile within about two points of rank. */
const KEPT_VALUES = 256;

/**
 * Collects values in bounded memory and without randomness: it keeps every value until it is full, then every second,
 * then every fourth. Minimum and maximum are exact; the percentiles are those of the values kept.
 */
export interface Sampler {
  count: number;
  min: number;
  max: number;
  stride: number;
  values: number[];
}

export function newSampler(): Sampler {
  return { count: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, stride: 1, values: [] };
}

export function addValue(sampler: Sampler, value: number): void {
  sampler.min = Math.min(sampler.min, value);
  sampler.max = Math.max(sampler.max, value);
  if (sampler.count % sampler.stride === 0) sampler.values.push(value);
  sampler.count += 1;
  if (sampler.values.length < KEPT_VALUES) return;
  sampler.values = sampler.values.filter((_value, index) => index % 2 === 0);
  sampler.stride *= 2;
}

/** Nearest-rank percentiles; undefined where nothing was collected. */
export function spreadOf(sampler: Sampler): Spread | undefined {
  if (sampler.count === 0) return undefined;
  const sorted = sampler.values.toSorted((left, right) => left - right);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? sampler.min;
  return { min: sampler.min, p50: rank(0.5), p95: rank(0.95), max: sampler.max };
}

/** Two spreads as one: the extremes are exact, the percentiles are those of the larger part. */
export function mergeSpreads(
  left: Spread | undefined,
  right: Spread | undefined,
  leftCount: number,
  rightCount: number,
): Spread | undefined {
  if (!left || !right) return left ?? right;
  const larger = rightCount > leftCount ? right : left;
  return {
    min: Math.min(left.min, right.min),
    p50: larger.p50,
    p95: larger.p95,
    max: Math.max(left.max, right.max),
  };
}
