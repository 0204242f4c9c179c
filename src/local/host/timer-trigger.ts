import { type Ncrontab, nextOccurrence } from './ncrontab.ts';
import type { RpcTypedData } from './rpc.ts';

/** Where a timer takes its time from, so that a test can bring its own. */
export interface Clock {
  readonly now: () => Date;
  /** Calls back once after that many milliseconds, and returns how to call it off. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface TimerTriggerOptions {
  readonly schedule: Ncrontab;
  readonly runOnStartup: boolean;
  readonly clock: Clock;
  /** Runs the function; never rejects. */
  readonly fire: (data: RpcTypedData) => Promise<void>;
}

/** A timer of the platform holds at most 2^31 - 1 ms; a longer wait is cut into days. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * Fires by the schedule until it is stopped. One run at a time: what falls due while a run lasts is made up for once,
 * marked as past due.
 */
export function startTimerTrigger({ schedule, runOnStartup, clock, fire }: TimerTriggerOptions): { stop: () => void } {
  let stopped = false;
  let callOff = () => {};
  let last: Date | undefined;

  const run = async (dueAt: Date, isPastDue: boolean) => {
    const next = nextOccurrence(schedule, dueAt);
    await fire(timerData({ isPastDue, last, next, lastUpdated: last }));
    last = dueAt;
    if (stopped) return;
    const now = clock.now();
    if (next !== undefined && next <= now) callOff = clock.after(0, () => void run(now, true));
    else waitFor(next);
  };

  const waitFor = (dueAt: Date | undefined) => {
    if (dueAt === undefined) return;
    const waitMs = Math.max(0, dueAt.getTime() - clock.now().getTime());
    callOff = clock.after(Math.min(waitMs, LONGEST_WAIT_MS), () => {
      // A platform timer may ring a millisecond early; then the rest is waited for.
      if (clock.now() >= dueAt) void run(dueAt, false);
      else waitFor(dueAt);
    });
  };

  if (runOnStartup) void run(clock.now(), false);
  else waitFor(nextOccurrence(schedule, clock.now()));

  return {
    stop: () => {
      stopped = true;
      callOff();
    },
  };
}

/** The timer as the service sends it, in the casing of .NET; the programming model turns that into camel case. */
function timerData(timer: { isPastDue: boolean; last?: Date; next?: Date; lastUpdated?: Date }): RpcTypedData {
  // .NET's smallest date stands for "never".
  const text = (at: Date | undefined) => at?.toISOString() ?? '0001-01-01T00:00:00';
  return {
    json: JSON.stringify({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: { Last: text(timer.last), Next: text(timer.next), LastUpdated: text(timer.lastUpdated) },
      IsPastDue: timer.isPastDue,
    }),
  };
}
