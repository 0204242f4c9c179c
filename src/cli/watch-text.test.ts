import { describe, expect, test } from '@jest/globals';
import { durationOf, fitLeft, grouped, percentOf } from './columns.ts';
import { columnsOf } from './terminal-text.ts';
import type { WatchView } from './watch-counts.ts';
import { type WatchMoment, watchFrame, watchLine, watchSummary } from './watch-text.ts';

const screen = { width: 60, hasColor: false, isUnicode: true };
const NOW = Date.parse('2026-09-14T02:12:30Z');
const moment: WatchMoment = {
  ...{ hub: 'logs', host: 'logs-weu.servicebus.windows.net', now: NOW, startedAt: NOW - 130_000 },
  ...{ windowMinutes: 10, requestsPerSecond: 83.4, problems: [] },
};

function viewOf(changes: Partial<WatchView> = {}): WatchView {
  return {
    window: { requests: 45_210, failed502: 120, failed504: 3 },
    totals: { requests: 50_000, failed502: 127, failed504: 3, messages: 512, others: 40 },
    targets: [{ gateway: 'edge', pool: 'web', setting: 'https', requests: 40_000, failed502: 120, failed504: 3 }],
    errors: [{ name: 'ERRORINFO_UPSTREAM_NO_LIVE', failed: 123 }],
    paths: [{ name: '/basket', failed: 123 }],
    gaps: { missing: 0, unreadable: 0, unread: 0, late: 0, silent: [] },
    partitions: [{ id: '0', lag: 0, lastSequenceNumber: 3, lastEnqueuedAt: NOW }],
    ...changes,
  };
}

describe('the table', () => {
  test('says how many failed, where, why and on which paths', () => {
    expect(watchFrame(viewOf(), moment, screen, 30)).toEqual([
      'logs on logs-weu.servicebus.windows.net, 02:12:30 UTC',
      'Last 10 min: 123 of 45,210 requests failed (0.3 %)',
      'Read in 2m 10s: 130 of 50,000 requests failed (0.3 %), 83 r…',
      '1 partition, up to date, 512 messages, 40 other records',
      '',
      'POOL~SETTING                  502      504 REQUESTS    SHARE',
      'web~https                     120        3   40,000    0.3 %',
      '',
      'CAUSE OF ERROR                                        FAILED',
      'ERRORINFO_UPSTREAM_NO_LIVE                               123',
      '',
      'PATH                                                  FAILED',
      '/basket                                                  123',
    ]);
  });

  test.each([8, 12, 16, 24])('fits into %i rows, and every line into the width', (rows) => {
    const many = Array.from({ length: 60 }, (_, index) => index);
    const view = viewOf({
      targets: many.map((index) => ({
        ...{ gateway: `edge-${index % 2}`, pool: '池'.repeat(40), setting: `s-${index}` },
        ...{ requests: 9, failed502: 9, failed504: 0 },
      })),
      errors: many.map((index) => ({ name: `ERROR_${index}`, failed: 1 })),
      paths: many.map((index) => ({ name: `/a/very/long/path/${'x'.repeat(100)}/${index}`, failed: 1 })),
      gaps: { missing: 3, unreadable: 1, unread: 0, late: 7, silent: ['2'] },
    });
    const problems = many.map((index) => `Not read: partition ${index}: it does not answer.`);
    for (const width of [40, 60, 100]) {
      const lines = watchFrame(view, { ...moment, problems }, { ...screen, width }, rows);
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(width);
      expect(lines.join('\n')).toContain('Counts are a lower bound');
    }
  });

  test('shows what came from logs and does nothing that it says', () => {
    const evil = '/\u001b[2J\u001b]0;title\u0007a\r\nb\u202ec\u009b1m';
    const view = viewOf({
      targets: [{ gateway: 'edge', pool: evil, setting: evil, requests: 1, failed502: 1, failed504: 0 }],
      errors: [{ name: evil, failed: 1 }],
      paths: [{ name: evil, failed: 1 }],
    });
    for (const isUnicode of [true, false]) {
      const text = watchFrame(view, moment, { ...screen, isUnicode }, 30).join('');
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(text).toContain('/a bc');
    }
    expect(watchFrame(viewOf(), moment, { ...screen, isUnicode: false }, 30).join('\n')).toMatch(/^[ -~\n]*$/);
  });

  test('without a failure says so', () => {
    const calm = viewOf({ targets: [], errors: [], paths: [], window: { requests: 9, failed502: 0, failed504: 0 } });
    expect(watchFrame(calm, moment, screen, 30)).toContain('No 502 and no 504 in these minutes.');
  });

  test('tells gateways apart where there are several, and requests that reached no rule', () => {
    const target = { pool: '', setting: '', requests: 2, failed502: 1, failed504: 0 };
    const view = viewOf({
      targets: [
        { ...target, gateway: 'one' },
        { ...target, gateway: 'two' },
      ],
    });
    const text = watchFrame(view, moment, screen, 30).join('\n');
    expect(text).toContain('one: (no pool)');
    expect(text).toContain('two: (no pool)');
  });
});

test('a line says what is new, what is worst, and what is missing', () => {
  const gaps = { missing: 2, unreadable: 0, unread: 0, late: 0, silent: [] };
  const partitions = [
    { id: '0', lag: 5, lastSequenceNumber: 3, lastEnqueuedAt: NOW },
    { id: '1', lag: undefined, lastSequenceNumber: undefined, lastEnqueuedAt: undefined },
  ];
  expect(watchLine(viewOf({ gaps, partitions }), moment, { requests: 40, failed: 4 })).toBe(
    '2026-09-14T02:12:30Z 4 of 40 requests failed (10.0 %); last 10 min 123 of 45,210 requests failed (0.3 %); most in web~https: 123; ERRORINFO_UPSTREAM_NO_LIVE; 5 or more messages behind; counts are a lower bound',
  );
});

test('the summary has the totals, the gaps and what is not read', () => {
  const gaps = { missing: 1, unreadable: 2, unread: 3, late: 4, silent: ['5', '6'] };
  expect(watchSummary(viewOf({ gaps }), { ...moment, problems: ['Not read: partition 7: why.'] })).toEqual([
    'Watched logs for 2m 10s: 130 of 50,000 requests failed (0.3 %) (127 times 502, 3 times 504), in 512 messages.',
    'Counts are a lower bound: 1 message missing; 2 messages not readable; 3 records not readable; silent: partition 5, 6.',
    '4 records of other minutes count in the total only.',
    'Not read: partition 7: why.',
  ]);
});

test('numbers, shares and durations are written for people', () => {
  expect([0, 999, 1_000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([percentOf(0, 0), percentOf(0, 9), percentOf(1, 9_999), percentOf(9_999, 10_000), percentOf(9, 9)]).toEqual([
    '-',
    '0.0 %',
    '<0.1 %',
    '>99.9 %',
    '100.0 %',
  ]);
  expect([900, 59_400, 60_000, 130_000, 3_600_000, 5_400_000].map(durationOf)).toEqual([
    ...['1s', '59s', '1m', '2m 10s', '1h', '1h 30m'],
  ]);
  expect(fitLeft('池池池', 5, { isUnicode: true })).toBe('池池…');
  expect(fitLeft('池池池', 4, { isUnicode: true })).toBe('池… ');
});
