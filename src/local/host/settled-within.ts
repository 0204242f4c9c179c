import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the work has ended, however it ended, but not longer than `boundMs`. Whether it ended. */
export async function settledWithin(boundMs: number, work: Promise<unknown>): Promise<boolean> {
  const bound = new AbortController();
  const ended = work.then(
    () => true,
    () => true,
  );
  const overdue = sleep(boundMs, false, { signal: bound.signal }).catch(() => false);
  try {
    return await Promise.race([ended, overdue]);
  } finally {
    bound.abort();
  }
}
