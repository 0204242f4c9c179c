import { describe, expect, test } from '@jest/globals';
import { impactOf } from '../core/impact.ts';
import type { TrafficGroup } from '../core/traffic.ts';
import { accessLog } from '../evidence/access-log/index.ts';
import { accessLogStream } from '../evidence/access-log-stream/index.ts';
import { newLedger } from './ledger.ts';
import { streamDocument } from './stream-document.ts';
import { failingPaths, trafficFrom } from './traffic-from.ts';
import { type RequestSketch, requestText, rowsOf } from './window-samples.ts';

const noLive = { status: 502, serverStatus: '', member: '', error: 'ERRORINFO_UPSTREAM_NO_LIVE', seconds: 0 };
const requests: readonly RequestSketch[] = [
  { at: '2026-09-14T02:10:01+00:00' },
  { at: '2026-09-14T02:10:02+00:00', member: '10.20.1.5:443', seconds: 1.5 },
  { at: '2026-09-14T02:10:03+00:00', status: 404, serverStatus: '404' },
  { at: '2026-09-14T02:10:40+00:00', ...noLive, path: '/pay?x=1' },
  { at: '2026-09-14T02:11:05+00:00', ...noLive, path: '/pay' },
  { at: '2026-09-14T02:11:06+00:00', ...noLive, path: '/basket' },
  {
    at: '2026-09-14T02:11:07+00:00',
    status: 504,
    serverStatus: '',
    error: 'ERRORINFO_UPSTREAM_TIMED_OUT',
    seconds: 20.01,
  },
  {
    at: '2026-09-14T02:11:59+00:00',
    pool: '',
    setting: '',
    member: '',
    status: 400,
    serverStatus: '',
    error: 'ERRORINFO_INVALID_REQUEST',
  },
];
const rows = rowsOf([{ sequenceNumber: 1, requests }]);
const minute = Date.parse('2026-09-14T02:10Z') / 60_000;
const lossy = {
  ...newLedger('0'),
  losses: [
    { minute, missing: 2, unreadable: 1, unread: 3, late: 4 },
    { minute: minute - 60, missing: 99, unreadable: 0, unread: 0, late: 0 },
  ],
};

/** What both a reading of the log and the windows can tell of a group. */
function shared(groups: readonly TrafficGroup[]) {
  const keys = ['pool', 'setting', 'member', 'status', 'serverStatus', 'errorInfo'] as const;
  const counts = new Map<string, number>();
  for (const group of groups) {
    const key = JSON.stringify(keys.map((name) => group[name] ?? null));
    counts.set(key, (counts.get(key) ?? 0) + group.count);
  }
  return Object.fromEntries([...counts].toSorted());
}

describe('traffic by stream', () => {
  const traffic = trafficFrom(rows);

  test('is what a reading of the same log says, as far as windows go', () => {
    const read = accessLog.read([{ records: requests.map((request) => JSON.parse(requestText(request))) }]);
    const log = read.reading.traffic;
    if (!log) throw new Error(`The log was not read: ${JSON.stringify(read)}`);
    expect(shared(traffic.groups)).toEqual(shared(log.groups));
    expect(traffic).toMatchObject({ from: log.from, to: log.to, minutes: log.minutes, unread: 0 });
    const document = streamDocument(rows, [], { gatewayId: 'x', fromMinute: minute - 30, toMinute: minute + 5 });
    const { stream } = accessLogStream.read([JSON.parse(JSON.stringify(document))]).reading;
    expect(impactOf({ evidence: [], stream })).toEqual(impactOf({ evidence: [], traffic: log }));
  });

  test('has the durations and times of its groups', () => {
    const group = traffic.groups.find(({ status }) => status === 504);
    expect(group?.timeTaken?.p50).toBeCloseTo(20.01, 2);
    expect(group).toMatchObject({ firstAt: '2026-09-14T02:11:07.000Z', lastAt: '2026-09-14T02:11:07.000Z' });
  });

  test('says that counts are a lower bound where something is missing', () => {
    const lower = trafficFrom(rows, [lossy]);
    expect(lower.unread).toBe(10);
    expect(impactOf({ evidence: [], traffic: lower }).sentence).toContain(
      'a lower bound: 10 records could not be read',
    );
  });

  test('counts what found no room as unread, and in its minute', () => {
    const full = rows.map((row) => ({ ...row, rest: { requests: 5, failed: 2 } }));
    const { unread, minutes } = trafficFrom(full);
    expect(unread).toBe(10);
    expect(minutes.map(({ requests: all, failed }) => [all, failed])).toEqual([
      [9, 3],
      [9, 5],
    ]);
  });

  test('keeps the failures where there are too many groups', () => {
    const many = Array.from({ length: 3_000 }, (_request, index) => ({
      member: `10.0.${index >> 8}.${index & 255}:80`,
    }));
    const { groups, unread } = trafficFrom(rowsOf([{ sequenceNumber: 1, requests: [...many, ...requests] }]));
    expect(groups).toHaveLength(2_000);
    expect(groups.filter(({ status }) => status >= 502).reduce((sum, { count }) => sum + count, 0)).toBe(4);
    expect(groups.reduce((sum, { count }) => sum + count, 0) + unread).toBe(3_000 + requests.length);
  });

  test('of no window at all is nothing', () => {
    expect(trafficFrom([])).toEqual({ groups: [], unread: 0, minutes: [] });
    expect(trafficFrom([], [lossy]).unread).toBe(109);
  });
});

test('the paths that failed, most often first, and the rest as a number', () => {
  expect(failingPaths(rows, 2)).toEqual({
    paths: [
      { path: '/pay', failed: 2 },
      { path: '/basket', failed: 1 },
    ],
    others: 1,
  });
});
