import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { paused, type TokenBucket, takeTokens } from './token-bucket.ts';

const limits = { capacity: 10, tokensPerSecond: 2 };

test('a bucket that nobody used is full, and gives no more than it holds', () => {
  expect(takeTokens(undefined, 25, 1_000, limits)).toEqual({
    bucket: { tokens: 0, atMs: 1_000 },
    granted: 10,
    waitMs: 0,
  });
});

test('an empty bucket says when the next token is there', () => {
  const empty = { tokens: 0, atMs: 1_000 };
  expect(takeTokens(empty, 1, 1_000, limits)).toMatchObject({ granted: 0, waitMs: 500 });
  expect(takeTokens(empty, 1, 1_500, limits)).toMatchObject({ granted: 1, waitMs: 0 });
});

test('nothing is granted while the service wants to be left alone, and a shorter pause does not end a longer one', () => {
  const long = paused(undefined, 9_000, 1_000, limits);
  const both = paused(long, 4_000, 1_000, limits);
  expect(takeTokens(both, 1, 5_000, limits)).toMatchObject({ granted: 0, waitMs: 4_000 });
  expect(takeTokens(both, 1, 9_000, limits)).toMatchObject({ granted: 1 });
});

test('whatever is asked and when, no more is granted than the capacity and what was refilled', () => {
  const asks = fc.array(
    fc.record({ count: fc.integer({ min: 0, max: 20 }), afterMs: fc.integer({ min: -500, max: 3_000 }) }),
  );
  fc.assert(
    fc.property(asks, (steps) => {
      let bucket: TokenBucket | undefined;
      let nowMs = 1_000_000;
      const firstMs = nowMs + (steps[0]?.afterMs ?? 0);
      let latestMs = firstMs;
      let granted = 0;
      for (const { count, afterMs } of steps) {
        nowMs += afterMs;
        latestMs = Math.max(latestMs, nowMs);
        const taken = takeTokens(bucket, count, nowMs, limits);
        bucket = taken.bucket;
        granted += taken.granted;
        expect(taken.granted).toBeLessThanOrEqual(count);
      }
      expect(granted).toBeLessThanOrEqual(
        limits.capacity + ((latestMs - firstMs) / 1000) * limits.tokensPerSecond + 1e-6,
      );
    }),
  );
});
