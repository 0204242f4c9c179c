import { describe, expect, test } from '@jest/globals';
import { newestTimeIn, shiftTimes } from './replay-times.ts';

const HOUR_MS = 3_600_000;

describe('times in the text of records', () => {
  test.each([
    ['{"timeStamp":"2026-09-14T02:10:31+00:00"}', '{"timeStamp":"2026-09-14T03:10:31+00:00"}'],
    ['{"time":"2026-09-14T02:10:31Z"}', '{"time":"2026-09-14T03:10:31Z"}'],
    ['{"time": "2026-09-14T02:10:31.1234567Z"}', '{"time": "2026-09-14T03:10:31.1234567Z"}'],
    ['{"TimeGenerated":"2026-09-14T02:10:31.5"}', '{"TimeGenerated":"2026-09-14T03:10:31.5"}'],
    ['{"timestamp_t":"2026-09-14T23:30:00+0200"}', '{"timestamp_t":"2026-09-15T00:30:00+0200"}'],
  ])('%s moves by an hour, and keeps how it is written', (before, after) => {
    expect(shiftTimes(before, HOUR_MS)).toBe(after);
    expect((newestTimeIn(after) ?? 0) - (newestTimeIn(before) ?? 0)).toBe(HOUR_MS);
    expect(shiftTimes(after, -HOUR_MS)).toBe(before);
  });

  test('what is no time, or stands inside of another text, stays', () => {
    const text =
      '{"timeTaken":"2026-09-14T02:10:31Z","note":"\\"time\\":\\"2026-09-14T02:10:31Z\\"","time":"soon","x":"time\\/y"}';
    expect(shiftTimes(text, HOUR_MS)).toBe(text);
    expect(newestTimeIn(text)).toBeUndefined();
  });

  test('a shift by parts of a second moves those', () => {
    expect(shiftTimes('{"time":"2026-09-14T02:10:31.900Z"}', 250)).toBe('{"time":"2026-09-14T02:10:32.150Z"}');
    expect(shiftTimes('{"time":"2026-09-14T02:10:31Z"}', 999)).toBe('{"time":"2026-09-14T02:10:31Z"}');
  });

  test('the newest of several counts, whatever its offset', () => {
    const text =
      '{"records":[{"time":"2026-09-14T04:00:00+02:00"},{"time":"2026-09-14T02:30:00Z"},{"time":"2026-13-99T00:00:00Z"}]}';
    expect(newestTimeIn(text)).toBe(Date.parse('2026-09-14T02:30:00Z'));
  });
});
