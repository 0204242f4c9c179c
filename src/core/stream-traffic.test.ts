import { describe, expect, test } from '@jest/globals';
import { conditionOf } from './condition.ts';
import { diagnose } from './diagnose.ts';
import { impactOf } from './impact.ts';
import type { Readings } from './readings.ts';
import type { Rule } from './rule.ts';
import { trafficToJudge } from './stream-traffic.ts';
import type { StreamGaps, StreamTraffic, Traffic } from './traffic.ts';

const NO_GAPS: StreamGaps = { missing: 0, unreadable: 0, unread: 0, late: 0, noRoom: 0, silent: [] };
const TAKEN_AT = '2026-09-14T02:31:00.000Z';

/** Requests by minute of two o'clock: how many, and how many of them failed. */
function traffic(minutes: Readonly<Record<number, readonly [requests: number, failed: number]>>): Traffic {
  const of = (minute: number, second = 0) => new Date(Date.UTC(2026, 8, 14, 2, minute, second)).toISOString();
  const entries = Object.entries(minutes).map(([minute, counts]) => [Number(minute), ...counts] as const);
  const served = entries.filter(([, requests, failed]) => requests > failed);
  const failing = entries.filter(([, , failed]) => failed > 0);
  const group = (status: number, list: typeof entries, count: number) => {
    const [first, last] = [list[0], list.at(-1)];
    if (!first || !last) return [];
    const times = { firstAt: of(first[0], 5), lastAt: of(last[0], 55) };
    return [{ pool: 'p', setting: 's', status, count, transactionIds: [], ...times }];
  };
  const failed = failing.reduce((sum, [, , count]) => sum + count, 0);
  const all = entries.reduce((sum, [, count]) => sum + count, 0);
  return {
    groups: [...group(502, failing, failed), ...group(200, served, all - failed)],
    minutes: entries.map(([minute, requests, count]) => ({ at: of(minute), requests, failed: count })),
    unread: 0,
  };
}

function stream(minutes: Parameters<typeof traffic>[0], gaps: Partial<StreamGaps> = {}): StreamTraffic {
  return { ...traffic(minutes), failingPaths: [], failedElsewhere: 0, gaps: { ...NO_GAPS, ...gaps } };
}

const readings = (changes: Partial<Readings>): Readings => ({ evidence: [], takenAt: TAKEN_AT, ...changes });

describe('the traffic in which causes are looked for', () => {
  const calm = { 10: [50, 0], 20: [50, 0] } as const;
  const failing = { 10: [50, 0], 28: [50, 9], 29: [50, 20] } as const;
  test.each([
    ['the log where there is no stream', { traffic: traffic(failing) }, 'access-log'],
    ['the stream where there is no log', { stream: stream(failing) }, 'access-log-stream'],
    [
      'the log, which knows more, where both saw it',
      { traffic: traffic(failing), stream: stream(failing) },
      'access-log',
    ],
    ['the log where nothing fails', { traffic: traffic(calm), stream: stream(calm) }, 'access-log'],
    ['the stream where the log is behind', { traffic: traffic(calm), stream: stream(failing) }, 'access-log-stream'],
    [
      'the stream where the log only knows of a trouble before',
      { traffic: traffic({ 1: [50, 30] }), stream: stream(failing) },
      'access-log-stream',
    ],
    ['the log where the stream has brought nothing', { traffic: traffic(failing), stream: stream({}) }, 'access-log'],
    ['nothing where neither was read', {}, undefined],
  ] as const)('is %s', (_name, changes, evidence) => {
    expect(trafficToJudge(readings(changes))?.evidence).toBe(evidence);
  });

  const rule: Rule = {
    ...({} as Rule),
    id: 'counts',
    judge: ({ traffic: seen, evidence }) => [
      {
        cause: 'counts',
        verdict: evidence.some(({ name, state }) => name === 'access-log' && state === 'ok')
          ? 'likely'
          : 'inconclusive',
        scope: {},
        because: [
          { evidence: 'access-log', quote: `${seen?.groups.length} groups`, says: 'It was read.' },
          { evidence: 'access-log', quote: 'serverResponseLatency empty', says: 'It is not kept by the stream.' },
        ],
        missing: [],
        fix: [],
      },
    ],
  };

  test('is not told apart by rules, and is cited by its own name', () => {
    const evidence = [
      { name: 'access-log', state: 'failed', reason: '403' },
      { name: 'access-log-stream', state: 'ok' },
    ] as const;
    const found = diagnose(readings({ evidence, stream: stream(failing) }), [rule]);
    expect(found.verdicts[0]).toMatchObject({
      verdict: 'likely',
      because: [{ evidence: 'access-log-stream', quote: '2 groups' }],
    });
    expect(found.verdicts[0]?.because).toHaveLength(1);
    expect(found.evidence).toEqual(evidence);
    const logged = diagnose(readings({ evidence: [{ name: 'access-log', state: 'ok' }], traffic: traffic(failing) }), [
      rule,
    ]);
    expect(logged.verdicts[0]?.because.map((citation) => citation.evidence)).toEqual(['access-log', 'access-log']);
  });
});

describe('impact', () => {
  test('is by the stream where there is one, and never the sum of both', () => {
    const both = readings({ traffic: traffic({ 20: [100, 10] }), stream: stream({ 20: [100, 10], 29: [100, 40] }) });
    expect(impactOf(both)).toMatchObject({ failed: 50, requests: 200, isGoingOn: true });
  });

  test('is by the log where the stream began after the trouble did', () => {
    const both = readings({ traffic: traffic({ 5: [100, 60], 20: [100, 10] }), stream: stream({ 28: [100, 10] }) });
    expect(impactOf(both)).toMatchObject({ failed: 70, requests: 200 });
  });

  test('says what is missing from the counts', () => {
    const gaps = { missing: 2, unreadable: 1, late: 7, silent: ['logs/3'] };
    expect(impactOf(readings({ stream: stream({ 29: [100, 40] }, gaps) })).sentence).toContain(
      '(a lower bound: 2 messages never came, 1 message could not be read, 7 records came too late, 1 partition brings nothing)',
    );
  });

  test.each([
    ['goes on', { 25: [10, 5], 29: [10, 5] }, 'It goes on.', true],
    ['is over', { 20: [10, 5], 25: [10, 0], 29: [10, 0] }, 'Requests fail no more.', false],
    [
      'is not known where the newest record is old',
      { 1: [10, 5] },
      '502 or 504, the first at 02:01, the last at 02:01.',
      undefined,
    ],
  ] as const)('%s', (_name, minutes, words, isGoingOn) => {
    const impact = impactOf(readings({ stream: stream(minutes) }));
    expect(impact.isGoingOn).toBe(isGoingOn);
    expect(impact.sentence.endsWith(words)).toBe(true);
  });

  test('names the paths that fail most', () => {
    const failingPaths = [
      { path: '/pay', failed: 30 },
      { path: '/basket', failed: 6 },
    ];
    const counted = { ...stream({ 29: [100, 40] }), failingPaths, failedElsewhere: 4 };
    expect(impactOf(readings({ stream: counted })).sentence).toContain('By path: /pay 30, /basket 6, 4 elsewhere.');
  });
});

test('how the traffic is now is told by whichever is newer', () => {
  const old = traffic({ 18: [50, 20], 19: [50, 20] });
  expect(conditionOf(readings({ traffic: old })).is).toBe('troubled');
  expect(conditionOf(readings({ traffic: old, stream: stream({ 19: [50, 20], 28: [50, 0], 29: [50, 0] }) })).is).toBe(
    'mitigated',
  );
  expect(conditionOf(readings({ traffic: traffic({ 29: [50, 0] }), stream: stream({ 19: [50, 20] }) })).is).toBe(
    'mitigated',
  );
});
