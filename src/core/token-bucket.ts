/** How many calls may still be made of one subscription, and until when nobody may call at all. */
export interface TokenBucket {
  readonly tokens: number;
  /** When `tokens` was right, in milliseconds since 1970. */
  readonly atMs: number;
  /** Set where the service said to wait. */
  readonly pausedUntilMs?: number;
}

export interface BucketLimits {
  /** Tokens that a bucket holds at most: what may be called at once. */
  readonly capacity: number;
  readonly tokensPerSecond: number;
}

export interface Taken {
  readonly bucket: TokenBucket;
  /** From 0 to what was asked for. */
  readonly granted: number;
  /** Where nothing was granted: how long until it makes sense to ask again, in milliseconds. */
  readonly waitMs: number;
}

/** Takes up to `count` tokens. Pure; `undefined` is a bucket that nobody has used yet, which is full. */
export function takeTokens(bucket: TokenBucket | undefined, count: number, nowMs: number, limits: BucketLimits): Taken {
  const filled = refilled(bucket, nowMs, limits);
  const pausedMs = (filled.pausedUntilMs ?? 0) - nowMs;
  if (pausedMs > 0) return { bucket: filled, granted: 0, waitMs: pausedMs };
  const granted = Math.min(count, Math.floor(filled.tokens));
  if (granted > 0) return { bucket: { ...filled, tokens: filled.tokens - granted }, granted, waitMs: 0 };
  return { bucket: filled, granted: 0, waitMs: Math.ceil(((1 - filled.tokens) / limits.tokensPerSecond) * 1000) };
}

/** Stops everybody until the service wants to be asked again; a shorter pause never ends a longer one. */
export function paused(
  bucket: TokenBucket | undefined,
  untilMs: number,
  nowMs: number,
  limits: BucketLimits,
): TokenBucket {
  const filled = refilled(bucket, nowMs, limits);
  return { ...filled, pausedUntilMs: Math.max(untilMs, filled.pausedUntilMs ?? 0) };
}

function refilled(bucket: TokenBucket | undefined, nowMs: number, limits: BucketLimits): TokenBucket {
  if (!bucket) return { tokens: limits.capacity, atMs: nowMs };
  // Clocks of several machines differ a little: time that seems to run backwards refills nothing.
  const passedMs = Math.max(0, nowMs - bucket.atMs);
  const tokens = Math.min(limits.capacity, bucket.tokens + (passedMs / 1000) * limits.tokensPerSecond);
  const isOver = bucket.pausedUntilMs !== undefined && bucket.pausedUntilMs <= nowMs;
  return {
    tokens,
    atMs: Math.max(bucket.atMs, nowMs),
    ...(bucket.pausedUntilMs === undefined || isOver ? {} : { pausedUntilMs: bucket.pausedUntilMs }),
  };
}
