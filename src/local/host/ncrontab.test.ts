import { describe, expect, test } from '@jest/globals';
import { nextOccurrence, parseNcrontab } from './ncrontab.ts';

/** The next times that a schedule names, after 2026-03-10 (a Tuesday) 10:20:30. */
function next(expression: string, count = 1, after = '2026-03-10T10:20:30.500Z'): readonly (string | undefined)[] {
  const times: (string | undefined)[] = [];
  let from: Date | undefined = new Date(after);
  for (let index = 0; index < count && from; index += 1) {
    from = nextOccurrence(parseNcrontab(expression), from);
    times.push(from?.toISOString());
  }
  return times;
}

describe('a schedule', () => {
  test.each([
    ['* * * * * *', ['2026-03-10T10:20:31.000Z', '2026-03-10T10:20:32.000Z']],
    ['0 */5 * * * *', ['2026-03-10T10:25:00.000Z', '2026-03-10T10:30:00.000Z']],
    ['15,45 20 10 * * *', ['2026-03-10T10:20:45.000Z', '2026-03-11T10:20:15.000Z']],
    ['0 0 9-17/4 * * MON-FRI', ['2026-03-10T13:00:00.000Z', '2026-03-10T17:00:00.000Z', '2026-03-11T09:00:00.000Z']],
    ['0 30 9 * jan sunday', ['2027-01-03T09:30:00.000Z']],
    ['0 0 0 1 * *', ['2026-04-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z']],
    ['0 0 0 29 2 *', ['2028-02-29T00:00:00.000Z', '2032-02-29T00:00:00.000Z']],
    ['*/30 10 * * *', ['2026-03-10T10:30:00.000Z', '2026-03-11T10:00:00.000Z']],
    ['0 50/5 23 31 12 *', ['2026-12-31T23:50:00.000Z', '2026-12-31T23:55:00.000Z', '2027-12-31T23:50:00.000Z']],
  ])('%s', (expression, times) => {
    expect(next(expression, times.length)).toEqual(times);
  });

  test('needs day and day of the week to fit, unlike cron', () => {
    expect(next('0 0 0 13 * FRI', 2)).toEqual(['2026-03-13T00:00:00.000Z', '2026-11-13T00:00:00.000Z']);
  });

  test('may name no time at all', () => {
    expect(next('0 0 0 30 2 *')).toEqual([undefined]);
  });

  test('may wait for decades: 29 February on a Monday, across 2100', () => {
    expect(next('0 0 0 29 2 1', 1, '2088-03-01T00:00:00Z')).toEqual(['2112-02-29T00:00:00.000Z']);
  });

  test.each([
    '',
    '* * * *',
    '60 * * * * *',
    '* * 24 * * *',
    '* * * 0 * *',
    '* * * * 13 *',
    '* * * * * 7',
    '5-3 * * * * *',
    '*/0 * * * * *',
    '1,,2 * * * * *',
    '*-5 * * * * *',
    '* * * * * someday',
    '00:05:00',
  ])('is refused: "%s"', (expression) => {
    expect(() => parseNcrontab(expression)).toThrow(/^The schedule ".*" has (an invalid|to have six fields)/);
  });
});
