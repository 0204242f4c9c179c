import { describe, expect, test } from '@jest/globals';
import { bytesOfText, envelope } from '../traffic/message-samples.ts';
import { type RequestSketch, requestText } from '../traffic/window-samples.ts';
import { isLowerBound, OTHERS, WatchCounts } from './watch-counts.ts';

const NOW = Date.parse('2026-09-14T02:12:30Z');
const AT = '2026-09-14T02:12:10Z';
const DOWN: RequestSketch = {
  at: AT,
  status: 502,
  serverStatus: '',
  error: 'ERRORINFO_UPSTREAM_NO_LIVE',
  path: '/a?b=c',
};
const FINE: RequestSketch = { at: AT };

function event(sequenceNumber: number, requests: readonly RequestSketch[], enqueuedAt = NOW - 5_000) {
  return { sequenceNumber, enqueuedAt, bytes: bytesOfText(envelope(requests.map(requestText))) };
}

function countsFrom(last = 9, windowMinutes = 10): WatchCounts {
  const partitions = [{ id: '0', last: { sequenceNumber: last, enqueuedAt: NOW - 60_000 } }, { id: '1' }];
  return new WatchCounts(partitions, 'end', windowMinutes, NOW - 60_000);
}

describe('what arrives', () => {
  test('is counted by pool and setting, error and path, over the window and in all', () => {
    const counts = countsFrom();
    const slow: RequestSketch = {
      ...DOWN,
      status: 504,
      pool: 'api',
      error: 'ERRORINFO_UPSTREAM_TIMED_OUT',
      path: '/b',
    };
    counts.add('0', [event(10, [DOWN, DOWN, FINE, slow])], 10, NOW);
    const view = counts.view(NOW);
    expect(view.window).toEqual({ requests: 4, failed502: 2, failed504: 1 });
    expect(view.totals).toMatchObject({ requests: 4, failed502: 2, failed504: 1, messages: 1 });
    expect(view.targets).toEqual([
      { gateway: 'shop-edge', pool: 'shop-web', setting: 'https-443', requests: 3, failed502: 2, failed504: 0 },
      { gateway: 'shop-edge', pool: 'api', setting: 'https-443', requests: 1, failed502: 0, failed504: 1 },
    ]);
    expect(view.errors).toEqual([
      { name: 'ERRORINFO_UPSTREAM_NO_LIVE', failed: 2 },
      { name: 'ERRORINFO_UPSTREAM_TIMED_OUT', failed: 1 },
    ]);
    // Queries carry data of clients.
    expect(view.paths).toEqual([
      { name: '/a', failed: 2 },
      { name: '/b', failed: 1 },
    ]);
  });

  test('is counted once, however often it is delivered', () => {
    const counts = countsFrom();
    const events = [event(10, [DOWN]), event(11, [FINE])];
    counts.add('0', events, 11, NOW);
    counts.add('0', events, 11, NOW);
    counts.add('0', [...events, event(12, [DOWN])], 12, NOW);
    expect(counts.view(NOW).totals).toMatchObject({ requests: 3, failed502: 2, messages: 3 });
    expect(counts.view(NOW).gaps.missing).toBe(0);
  });

  test('leaves the window with its minute, and stays in the total', () => {
    const counts = countsFrom();
    counts.add('0', [event(10, [DOWN])], 10, NOW);
    const later = counts.view(NOW + 10 * 60_000);
    expect(later.window.requests).toBe(0);
    expect(later.targets).toEqual([]);
    expect(later.totals.requests).toBe(1);
  });

  test('counts in the total alone where its minute is not in the window', () => {
    const counts = countsFrom();
    const old = { ...DOWN, at: '2026-09-14T01:00:00Z' };
    const ahead = { ...DOWN, at: '2026-09-14T03:00:00Z' };
    counts.add('0', [event(10, [old, ahead, DOWN])], 10, NOW);
    const { window, totals, gaps } = counts.view(NOW);
    expect([window.requests, totals.requests, gaps.late]).toEqual([1, 3, 2]);
    expect(isLowerBound(gaps)).toBe(false);
  });

  test('has no more names than there is room for, and says so', () => {
    const counts = countsFrom();
    const requests = Array.from({ length: 1_000 }, (_, index) => ({
      ...{ ...DOWN, pool: `pool-${index}`, path: `/path/${index}`, error: `ERROR_${index}` },
    }));
    counts.add('0', [event(10, requests)], 10, NOW);
    const { targets, errors, paths, window } = counts.view(NOW);
    expect(window.failed502).toBe(1_000);
    for (const list of [errors, paths]) {
      expect(list.length).toBeLessThan(500);
      expect(list[0]?.name).toBe(OTHERS);
      expect(list.reduce((sum, { failed }) => sum + failed, 0)).toBe(1_000);
    }
    expect(targets.length).toBeLessThan(500);
    expect(targets[0]?.pool).toBe(OTHERS);
    expect(targets.reduce((sum, { failed502 }) => sum + failed502, 0)).toBe(1_000);
  });

  test('may have line breaks in its names', () => {
    const counts = countsFrom();
    counts.add('0', [event(10, [{ ...DOWN, pool: 'a\nb', setting: 'c\nd' }])], 10, NOW);
    expect(counts.view(NOW).targets).toMatchObject([{ pool: 'a\nb', setting: 'c\nd' }]);
  });
});

describe('what is missing', () => {
  test('is told: passed-over numbers, messages and records that cannot be read', () => {
    const counts = countsFrom();
    const broken = { sequenceNumber: 13, enqueuedAt: NOW, bytes: bytesOfText('{"records":[') };
    const empty = { sequenceNumber: 14, enqueuedAt: NOW, bytes: undefined };
    const mixed = { sequenceNumber: 15, enqueuedAt: NOW, bytes: bytesOfText(`{"records":[3,${requestText(DOWN)}]}`) };
    counts.add('0', [event(12, [DOWN]), broken, empty, mixed], 15, NOW);
    const { gaps } = counts.view(NOW);
    expect(gaps).toMatchObject({ missing: 2, unreadable: 2, unread: 1, late: 0 });
    expect(isLowerBound(gaps)).toBe(true);
  });

  test('is not what lies before a reading that begins at a time', () => {
    const partitions = [{ id: '0', last: { sequenceNumber: 50, enqueuedAt: NOW } }];
    const counts = new WatchCounts(partitions, NOW - 600_000, 10, NOW);
    expect(counts.view(NOW).partitions).toMatchObject([{ lag: undefined }]);
    counts.add('0', [event(41, [DOWN])], 50, NOW);
    expect(counts.view(NOW).gaps.missing).toBe(0);
    expect(counts.view(NOW).partitions).toMatchObject([{ lag: 9, lastSequenceNumber: 41 }]);
    expect([counts.hasRead('0', 41), counts.hasRead('0', 50)]).toEqual([true, false]);
  });

  test('is nothing in a partition that has had nothing since that time', () => {
    const partitions = [{ id: '0', last: { sequenceNumber: 50, enqueuedAt: NOW - 3_600_000 } }];
    const counts = new WatchCounts(partitions, NOW - 600_000, 10, NOW);
    expect(counts.hasRead('0', 50)).toBe(true);
    expect(counts.view(NOW).partitions).toMatchObject([{ lag: 0 }]);
  });

  test('can be a partition that is silent while another is not', () => {
    const counts = countsFrom();
    counts.add('0', [event(10, [FINE], NOW + 4 * 60_000)], 10, NOW + 4 * 60_000);
    expect(counts.view(NOW).gaps.silent).toEqual([]);
    counts.add('0', [event(11, [FINE], NOW + 6 * 60_000)], 11, NOW + 6 * 60_000);
    expect(counts.view(NOW).gaps.silent).toEqual(['1']);
  });

  test('does not come of a hub that was made anew', () => {
    const counts = countsFrom(900);
    counts.add('0', [event(901, [FINE], NOW - 3_000), event(0, [DOWN], NOW - 1_000), event(1, [DOWN], NOW)], 1, NOW);
    const { totals, gaps, partitions } = counts.view(NOW);
    expect([totals.requests, gaps.missing]).toEqual([3, 0]);
    expect(partitions[0]).toMatchObject({ lag: 0, lastSequenceNumber: 1 });
  });
});
