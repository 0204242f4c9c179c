import type { InvocationContext } from '@azure/functions';
import { keepBaseline } from '../app/keep-baseline.ts';
import type { Ports } from '../app/ports.ts';
import { retentionEnd } from '../core/retention.ts';
import { ports } from './ports.ts';
import { readSettings } from './settings.ts';
import { openStorage, type Storage } from './storage.ts';

/** What is old is looked for at this minute of every hour, and at the minutes after it until all is done. */
const CLEAN_UP_MINUTE = 23;
/** One run deletes this much at most, in this time; storage has other work. */
const MAX_DELETED = 1_000;
const CLEAN_UP_MS = 20_000;

let isUnfinished = false;
let opened: Storage | undefined;

/**
 * What nobody waits for. It has a timer of its own, because reading backend health takes a minute, in which the sweep must
 * come by. One part that fails does not keep the other from its work.
 */
export async function onUpkeep(_timer: unknown, _context: InvocationContext): Promise<void> {
  const built = ports();
  await part(built, 'baseline', () => keepBaseline(built));
  const isDue = built.now().getUTCMinutes() === CLEAN_UP_MINUTE;
  if (isDue || isUnfinished) await part(built, 'clean-up', () => cleanUpNow(built));
}

async function cleanUpNow({ now, log }: Ports): Promise<void> {
  const settings = readSettings(process.env);
  const before = retentionEnd(now().toISOString(), settings.RETENTION_DAYS);
  if (before === undefined) return;
  opened ??= openStorage(settings);
  // Once an hour: it brings the SDK of the tables, which the other 59 turns of the timer do not need.
  const { cleanUp } = await import('./retention.ts');
  const endMs = now().getTime() + CLEAN_UP_MS;
  const report = await cleanUp(opened, { before, max: MAX_DELETED, isOver: () => now().getTime() > endMs });
  isUnfinished = !report.isDone;
  log.info({ event: 'upkeep.done', ...report }, 'old rows and blobs deleted');
}

async function part({ log }: Ports, name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (err) {
    log.warn({ event: 'upkeep.failed', part: name, err }, 'a part of the upkeep failed');
  }
}
