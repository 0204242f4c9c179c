import { createHttpHeaders, createPipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline';
import { expect, test } from '@jest/globals';
import type { TokenBucket } from '../core/token-bucket.ts';
import {
  allowancePolicy,
  type BucketStore,
  createArmAllowance,
  createBucketTable,
  createLocalBuckets,
} from './arm-allowance.ts';

const subscription = '11111111-2222-3333-4444-555555555555';
const url = `https://management.azure.com/subscriptions/${subscription}/resourceGroups/rg?api-version=1`;

/** A clock that stands still, so that nothing is refilled. */
const now = () => new Date(1_000_000);

function watched(store: BucketStore) {
  const buckets = new Map<string, TokenBucket>();
  let leases = 0;
  const change: BucketStore['change'] = (name, decide) =>
    store.change(name, (bucket) => {
      leases += 1;
      const decision = decide(bucket);
      buckets.set(name, decision.bucket);
      return decision;
    });
  return { read: store.read, change, buckets, leases: () => leases };
}

test('tokens are leased a few at a time, and no caller gets one twice', async () => {
  const store = watched(createLocalBuckets());
  const allowance = createArmAllowance(store, { tokensPerSecond: 1, now });
  await Promise.all(Array.from({ length: 80 }, () => allowance.acquire(subscription)));
  expect(store.leases()).toBe(10);
  expect(store.buckets.get(subscription)?.tokens).toBe(120);
});

test('two processes on one bucket share it', async () => {
  const shared = createLocalBuckets();
  const store = watched(shared);
  const both = [
    createArmAllowance(store, { tokensPerSecond: 1, now }),
    createArmAllowance(store, { tokensPerSecond: 1, now }),
  ];
  await Promise.all(both.flatMap((allowance) => Array.from({ length: 16 }, () => allowance.acquire(subscription))));
  expect(store.buckets.get(subscription)?.tokens).toBe(200 - 32);
});

test('a caller whose time is over gives up, and the one behind it is served when there is something again', async () => {
  let nowMs = 0;
  const allowance = createArmAllowance(createLocalBuckets(), { tokensPerSecond: 25, now: () => new Date(nowMs) });
  await allowance.pause(subscription, 60_000);
  const abort = new AbortController();
  const first = allowance.acquire(subscription, abort.signal);
  const second = allowance.acquire(subscription);
  abort.abort();
  nowMs = 60_000;
  await expect(first).rejects.toThrow();
  await second;
});

test('a 429 with Retry-After stops everybody of that subscription, and nobody else', async () => {
  const store = watched(createLocalBuckets());
  const policy = allowancePolicy(createArmAllowance(store, { tokensPerSecond: 1, now }));
  const request = createPipelineRequest({ url });
  const throttled: PipelineResponse = { request, status: 429, headers: createHttpHeaders({ 'retry-after': '17' }) };
  await policy.sendRequest(request, async () => throttled);
  expect(store.buckets.get(subscription)?.pausedUntilMs).toBe(1_000_000 + 17_000);

  const elsewhere = createPipelineRequest({
    url: 'https://management.azure.com/providers/Microsoft.ResourceGraph/resources',
  });
  await policy.sendRequest(elsewhere, async () => ({ ...throttled, status: 200 }));
  expect(store.buckets.get('tenant')?.pausedUntilMs).toBeUndefined();
});

test.each(['-5', 'soon', '', '9999999999'])('a Retry-After of "%s" pauses nobody', async (text) => {
  const store = watched(createLocalBuckets());
  const policy = allowancePolicy(createArmAllowance(store, { tokensPerSecond: 1, now }));
  const request = createPipelineRequest({ url });
  await policy.sendRequest(request, async () => ({
    request,
    status: 429,
    headers: createHttpHeaders({ 'retry-after': text }),
  }));
  expect(store.buckets.get(subscription)?.pausedUntilMs).toBeUndefined();
});

test('storage that does not answer keeps nobody from reading', async () => {
  const gone = async () => {
    throw new Error('storage is down');
  };
  const store = createBucketTable({ table: gone, container: gone, queue: gone });
  const allowance = createArmAllowance(store, { tokensPerSecond: 1, now });
  await allowance.acquire(subscription);
});
