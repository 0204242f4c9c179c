import { describe, expect, test } from '@jest/globals';
import { createQueue, createTime } from '../bench/storm-time.ts';
import { playStorm } from '../bench/storm-virtual.ts';

/** The storm of `node bench/storm.ts`, smaller. */

describe('forty gateways alert within a minute, while everything around fails', () => {
  test.each([1, 4])('%i instances lose nothing, repeat nothing, and keep the order', async (hosts) => {
    const storm = await playStorm({ gateways: 40, hosts, subscriptions: 2, seed: hosts });
    expect(storm.problems).toEqual([]);
    // 40 for the members, 14 of another rule, and 20 that say resolved; eight came twice.
    expect(storm.alerts).toMatchObject({ posted: 74, accepted: 74 });
    expect(storm.alerts.refusedFirst).toBeGreaterThan(0);
    expect(storm).toMatchObject({ incidents: 40, resolved: 40, deadLetters: 0, poison: 0, leftInQueues: 0 });
    // Each message that was decided was taken, or a later one of its incident was.
    const taken = Object.values(storm.taken).reduce((sum, count) => sum + count, 0);
    expect(taken + storm.overtaken).toBe(storm.decided);
    for (const sink of ['pagerduty', 'slack', 'webhook', 'teams']) {
      expect(storm.taken[sink]).toBeGreaterThanOrEqual(sink === 'teams' ? 40 : 80);
    }
    // Storage, Slack and Resource Manager did fail on the way.
    expect(storm.storageFailures).toBeGreaterThan(0);
    expect(storm.arm.throttled).toBeGreaterThan(0);
    expect(storm.attempts.slack).toBeGreaterThan(storm.taken.slack ?? 0);
    // Of one subscription: what may come at once, and what is refilled in ten seconds.
    expect(storm.arm.mostInTenSeconds).toBeLessThanOrEqual(200 + 10 * 10);
    expect(storm.largestIncidentChars).toBeLessThan(30_000);
  });

  test('a sink that hangs keeps nobody from the pager', async () => {
    const { firstWordSeconds, attempts, taken } = await playStorm({
      gateways: 40,
      hosts: 1,
      subscriptions: 2,
      seed: 7,
    });
    // Storage is away for 30 s, and a message that it cost is hidden for as long.
    expect(firstWordSeconds.pagerduty?.median).toBeLessThanOrEqual(5);
    expect(firstWordSeconds.pagerduty?.max).toBeLessThanOrEqual(75);
    // An hour and a half of hanging: without the pauses it would be asked thousands of times.
    expect(attempts.teams).toBeLessThan(6 * (taken.teams ?? 0));
  });
});

test('virtual time passes in order, and a queue brings back what failed until it is given up', async () => {
  const time = createTime();
  const seen: string[] = [];
  const poison: string[] = [];
  const queue = createQueue<string>(time, {
    workers: 1,
    hiddenMs: 30_000,
    maxDequeues: 3,
    isDown: () => time.nowMs() < 5_000,
    onPoison: (message) => poison.push(message),
    handle: async (message) => {
      seen.push(`${message} at ${time.nowMs()}`);
      await time.sleep(1_000);
      if (message === 'bad') throw new Error('no');
    },
  });
  queue.send('late', 20_000);
  queue.send('bad', 0);
  await time.runUntil(3_600_000);
  expect(seen).toEqual(['bad at 5000', 'late at 20000', 'bad at 36000', 'bad at 67000']);
  expect([poison, queue.size()]).toEqual([['bad'], 0]);
});
