import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline';
import type { TableClient } from '@azure/data-tables';
import { type BucketLimits, paused, type TokenBucket, takeTokens } from '../core/token-bucket.ts';
import { isConflict, statusOf } from './incident-table.ts';
import type { Storage } from './storage.ts';

/**
 * Resource Manager refills 25 read calls a second for one identity and subscription, and lets 250 come at once
 * (learn.microsoft.com, "Understand how Azure Resource Manager throttles requests"). Other tools of the same identity
 * need theirs, and each instance of this app draws on the same bucket.
 */
const BURST = 200;

/** Tokens that a process takes from the shared bucket in one go: one write of storage for so many calls. */
const LEASE = 8;

/** A pause that the service asks for is believed up to here. */
const MAX_PAUSE_MS = 5 * 60_000;

/** Where a bucket is kept: in a table that every instance shares, or in this process. */
export interface BucketStore {
  /** The bucket as it was left; undefined where nobody has used it. */
  readonly read: (subscription: string) => Promise<TokenBucket | undefined>;
  /** Reads, lets `change` decide, and writes; again where somebody else wrote in between. */
  readonly change: <Result>(
    subscription: string,
    change: (bucket: TokenBucket | undefined) => { readonly bucket: TokenBucket; readonly result: Result },
  ) => Promise<Result>;
}

export interface ArmAllowance {
  /** Resolves when a call of this subscription may be made. Rejects where `abort` comes first. */
  readonly acquire: (subscription: string, abort?: AbortSignal) => Promise<void>;
  /** How many calls could be made of this subscription now, without waiting: 0 while the service wants to be left alone. */
  readonly room: (subscription: string) => Promise<number>;
  /** The service said to wait: nobody calls this subscription for so long. */
  readonly pause: (subscription: string, forMs: number) => Promise<void>;
}

/** The allowance of a process: tokens are leased a few at a time, and callers of one subscription queue up for them. */
export function createArmAllowance(
  store: BucketStore,
  { tokensPerSecond, now }: { readonly tokensPerSecond: number; readonly now: () => Date },
): ArmAllowance {
  const limits: BucketLimits = { capacity: Math.max(BURST, tokensPerSecond), tokensPerSecond };
  const leased = new Map<string, number>();
  const turns = new Map<string, Promise<void>>();

  async function take(subscription: string, abort: AbortSignal | undefined): Promise<void> {
    for (;;) {
      abort?.throwIfAborted();
      const left = leased.get(subscription) ?? 0;
      if (left > 0) {
        leased.set(subscription, left - 1);
        return;
      }
      const { granted, waitMs } = await store.change(subscription, (bucket) => {
        const taken = takeTokens(bucket, LEASE, now().getTime(), limits);
        return { bucket: taken.bucket, result: taken };
      });
      leased.set(subscription, granted);
      if (granted === 0) await sleep(waitMs, undefined, { signal: abort });
    }
  }

  return {
    acquire(subscription, abort) {
      const before = turns.get(subscription) ?? Promise.resolve();
      const turn = before.then(() => take(subscription, abort));
      turns.set(
        subscription,
        turn.catch(() => {}),
      );
      return turn;
    },
    async room(subscription) {
      const nowMs = now().getTime();
      // Nothing is taken: what is there is looked at.
      const { tokens, pausedUntilMs = 0 } = takeTokens(await store.read(subscription), 0, nowMs, limits).bucket;
      return pausedUntilMs > nowMs ? 0 : Math.floor(tokens);
    },
    async pause(subscription, forMs) {
      leased.delete(subscription);
      const nowMs = now().getTime();
      const untilMs = nowMs + Math.min(forMs, MAX_PAUSE_MS);
      await store.change(subscription, (bucket) => ({
        bucket: paused(bucket, untilMs, nowMs, limits),
        result: undefined,
      }));
    },
  };
}

export function createLocalBuckets(): BucketStore {
  const buckets = new Map<string, TokenBucket>();
  return {
    read: async (subscription) => buckets.get(subscription),
    async change(subscription, change) {
      const { bucket, result } = change(buckets.get(subscription));
      buckets.set(subscription, bucket);
      return result;
    },
  };
}

const TABLE = 'allowances';

/** Under contention a lease is worth a few tries; after that this process counts for itself. */
const MAX_TRIES = 10;

/**
 * Buckets in a table, one row a subscription. Reading Azure must not depend on storage: where the table does not answer,
 * this process counts for itself.
 */
export function createBucketTable(storage: Storage): BucketStore {
  const local = createLocalBuckets();
  const keyOf = (subscription: string) => ({ partitionKey: 'arm', rowKey: subscription });
  const find = async (table: TableClient, { partitionKey, rowKey }: ReturnType<typeof keyOf>) => {
    try {
      return await table.getEntity<{ bucket: string }>(partitionKey, rowKey);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
  return {
    async read(subscription) {
      const known = await find(await storage.table(TABLE), keyOf(subscription));
      return known && (JSON.parse(known.bucket) as TokenBucket);
    },
    async change(subscription, change) {
      try {
        const table = await storage.table(TABLE);
        for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
          const key = keyOf(subscription);
          const known = await find(table, key);
          const { bucket, result } = change(known ? (JSON.parse(known.bucket) as TokenBucket) : undefined);
          const row = { ...key, bucket: JSON.stringify(bucket) };
          try {
            await (known ? table.updateEntity(row, 'Replace', { etag: known.etag }) : table.createEntity(row));
            return result;
          } catch (error) {
            if (!isConflict(error)) throw error;
            await sleep(Math.random() * 30 * attempt);
          }
        }
      } catch {
        // Below: storage is refused, gone or holds nonsense.
      }
      return local.change(subscription, change);
    },
  };
}

/** Waits for the allowance before every call, repeats and polls included, and stops everybody after a 429. */
export function allowancePolicy(allowance: ArmAllowance): PipelinePolicy {
  return {
    name: 'armAllowance',
    async sendRequest(request, next) {
      const subscription = subscriptionOf(request.url);
      await allowance.acquire(subscription, request.abortSignal as AbortSignal | undefined);
      const response = await next(request);
      const waitMs = response.status === 429 ? retryAfterMs(response) : 0;
      if (waitMs > 0) await allowance.pause(subscription, waitMs);
      return response;
    },
  };
}

/** Resource Graph names no subscription in its address: its calls share a bucket of their own. */
function subscriptionOf(url: string): string {
  return /\/subscriptions\/([0-9a-f-]{36})/i.exec(url)?.[1]?.toLowerCase() ?? 'tenant';
}

function retryAfterMs({ headers }: PipelineResponse): number {
  const text = headers.get('retry-after') ?? '';
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0;
}
