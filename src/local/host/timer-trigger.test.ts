import { describe, expect, test } from '@jest/globals';
import { parseNcrontab } from './ncrontab.ts';
import { type Clock, startTimerTrigger } from './timer-trigger.ts';

/** A clock that stands still until it is told to go on, and then rings everything that falls due, in order. */
function handClock(start: string) {
  let now = new Date(start).getTime();
  let waiting: { readonly at: number; readonly callback: () => void }[] = [];
  const clock: Clock = {
    now: () => new Date(now),
    after: (delayMs, callback) => {
      const entry = { at: now + delayMs, callback };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
  };
  const goTo = async (time: string) => {
    const end = new Date(time).getTime();
    for (;;) {
      const [first] = waiting.filter(({ at }) => at <= end).sort((left, right) => left.at - right.at);
      if (!first) break;
      waiting = waiting.filter((other) => other !== first);
      now = Math.max(now, first.at);
      first.callback();
      await settle();
    }
    now = end;
  };
  const delays = () => waiting.map(({ at }) => at - now);
  return { clock, goTo, delays };
}

/** Lets everything that is not waiting for the clock run. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

interface Fired {
  readonly at: string;
  readonly isPastDue: boolean;
  readonly last: string;
  readonly next: string;
}

function start(
  expression: string,
  from: string,
  { runOnStartup = false, work }: { runOnStartup?: boolean; work?: () => Promise<void> } = {},
) {
  const { clock, goTo, delays } = handClock(from);
  const fired: Fired[] = [];
  const timer = startTimerTrigger({
    schedule: parseNcrontab(expression),
    runOnStartup,
    clock,
    fire: async ({ json }) => {
      const { IsPastDue, ScheduleStatus } = JSON.parse(json ?? '');
      const { Last, Next } = ScheduleStatus;
      fired.push({ at: clock.now().toISOString(), isPastDue: IsPastDue, last: Last, next: Next });
      await work?.();
    },
  });
  return { fired, goTo, delays, timer };
}

describe('a timer', () => {
  test('fires by its schedule and tells the last and the next time', async () => {
    const { fired, goTo } = start('0 */10 * * * *', '2026-03-10T10:05:00Z');
    await goTo('2026-03-10T10:09:59Z');
    expect(fired).toEqual([]);
    await goTo('2026-03-10T10:25:00Z');
    expect(fired).toEqual([
      {
        at: '2026-03-10T10:10:00.000Z',
        isPastDue: false,
        last: '0001-01-01T00:00:00',
        next: '2026-03-10T10:20:00.000Z',
      },
      {
        at: '2026-03-10T10:20:00.000Z',
        isPastDue: false,
        last: '2026-03-10T10:10:00.000Z',
        next: '2026-03-10T10:30:00.000Z',
      },
    ]);
  });

  test('runs at the start where that is asked for, and goes on by the schedule', async () => {
    const { fired, goTo } = start('0 0 * * * *', '2026-03-10T10:05:00Z', { runOnStartup: true });
    await settle();
    await goTo('2026-03-10T11:00:00Z');
    expect(fired.map(({ at }) => at)).toEqual(['2026-03-10T10:05:00.000Z', '2026-03-10T11:00:00.000Z']);
  });

  test('runs once at a time, and makes up once for what a long run missed', async () => {
    const first = Promise.withResolvers<void>();
    let runs = 0;
    const work = () => {
      runs += 1;
      return runs === 1 ? first.promise : Promise.resolve();
    };
    const { fired, goTo } = start('0 * * * * *', '2026-03-10T10:00:30Z', { work });
    await goTo('2026-03-10T10:04:30Z');
    expect(fired).toHaveLength(1);
    first.resolve();
    await settle();
    await goTo('2026-03-10T10:05:00Z');
    expect(fired.map(({ at, isPastDue }) => [at, isPastDue])).toEqual([
      ['2026-03-10T10:01:00.000Z', false],
      ['2026-03-10T10:04:30.000Z', true],
      ['2026-03-10T10:05:00.000Z', false],
    ]);
  });

  test('waits for months in steps that a platform timer can hold', async () => {
    const { fired, goTo, delays } = start('0 0 0 1 1 *', '2026-03-10T00:00:00Z');
    expect(Math.max(...delays())).toBeLessThan(2 ** 31);
    await goTo('2026-12-31T23:59:59Z');
    expect(fired).toEqual([]);
    await goTo('2027-01-01T00:00:00Z');
    expect(fired).toHaveLength(1);
  });

  test('never fires after it was stopped, not even out of a run', async () => {
    const held = Promise.withResolvers<void>();
    const { fired, goTo, delays, timer } = start('0 * * * * *', '2026-03-10T10:00:30Z', { work: () => held.promise });
    await goTo('2026-03-10T10:01:00Z');
    timer.stop();
    held.resolve();
    await settle();
    expect(delays()).toEqual([]);
    await goTo('2026-03-10T10:10:00Z');
    expect(fired).toHaveLength(1);
  });
});
