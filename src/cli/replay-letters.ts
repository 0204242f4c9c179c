import type { HubBatch, HubWriter } from '../platform/event-hub-writer.ts';
import type { Storage } from '../platform/storage.ts';
import type { StreamLetter } from '../platform/traffic-dead-letters.ts';
import { counted, grouped } from './columns.ts';
import { withStorage } from './stores.ts';

/** What became of the messages that could not be read. */
export interface LettersReport {
  readonly letters: readonly StreamLetter[];
  readonly ofOthers: number;
  readonly isCut: boolean;
  readonly isDryRun: boolean;
  /** Taken by the hub, and of these deleted from the storage. */
  readonly sent: number;
  readonly deleted: number;
  /** Already taken by somebody else. */
  readonly gone: number;
  readonly tooLarge: number;
  /** In a batch that was sent and not confirmed: kept in the storage, and perhaps in the hub as well. */
  readonly uncertain: number;
  readonly isStopped: boolean;
  readonly failure: unknown;
}

export interface LettersOptions {
  readonly writer: Pick<HubWriter, 'openBatch'>;
  readonly stopped: AbortSignal;
  readonly pace: (records: number) => Promise<void>;
  readonly isDryRun: boolean;
}

/**
 * Sends the letters of a hub again. A letter is deleted when the hub has confirmed its batch: where this dies in between
 * it is sent twice rather than lost.
 */
export async function replayLetters(storage: Storage, hub: string, options: LettersOptions): Promise<LettersReport> {
  const { writer, stopped, pace, isDryRun } = options;
  const { listStreamLetters, readStreamLetter, deleteStreamLetter } = await import(
    '../platform/traffic-dead-letters.ts'
  );
  const { letters, ofOthers, isCut } = await withStorage(() => listStreamLetters(storage, hub));
  const counts = { sent: 0, deleted: 0, gone: 0, tooLarge: 0, uncertain: 0 };
  const about = () => ({ letters, ofOthers, isCut, isDryRun, ...counts, isStopped: stopped.aborted });
  if (isDryRun) return { ...about(), failure: undefined };

  let batch: HubBatch | undefined;
  let inBatch: string[] = [];
  const send = async () => {
    if (!batch || inBatch.length === 0) return;
    const names = inBatch;
    await pace(names.length);
    counts.uncertain = names.length;
    await batch.send();
    counts.uncertain = 0;
    counts.sent += names.length;
    [batch, inBatch] = [undefined, []];
    for (const name of names) {
      await withStorage(() => deleteStreamLetter(storage, name));
      counts.deleted += 1;
    }
  };
  try {
    for (const { name } of letters) {
      if (stopped.aborted) break;
      const bytes = await withStorage(() => readStreamLetter(storage, name));
      if (!bytes) {
        counts.gone += 1;
        continue;
      }
      batch ??= await writer.openBatch();
      if (!batch.tryAdd(bytes)) {
        await send();
        batch ??= await writer.openBatch();
        if (!batch.tryAdd(bytes)) {
          counts.tooLarge += 1;
          continue;
        }
      }
      inBatch.push(name);
    }
    await send();
    return { ...about(), failure: undefined };
  } catch (failure) {
    return { ...about(), failure };
  }
}

export function lettersLines(report: LettersReport): readonly string[] {
  const { letters, ofOthers, isCut, isDryRun, sent, deleted, gone, tooLarge, uncertain } = report;
  const reasons = new Map<string, number>();
  for (const { reason } of letters) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const why = [...reasons].map(([reason, count]) => `${reason}: ${grouped(count)}`).join(', ');
  const found = letters.length === 0 ? 'No dead letters' : `${counted(letters.length, 'dead letter')} (${why})`;
  const others = ofOthers > 0 ? `; left alone, of other event hubs: ${grouped(ofOthers)}` : '';
  return [
    `${found}${isCut ? ', and more than these' : ''}${others}.`,
    ...(isDryRun ? [] : [`Sent ${grouped(sent)}, and deleted ${grouped(deleted)} of them from the storage.`]),
    ...(gone > 0 ? [`Taken by somebody else meanwhile: ${grouped(gone)}.`] : []),
    ...(tooLarge > 0 ? [`Left, as larger than the event hub takes: ${grouped(tooLarge)}.`] : []),
    ...(uncertain > 0 ? [`Sent and not confirmed: ${grouped(uncertain)}; they are kept, and may come twice.`] : []),
    ...(sent > deleted ? [`Sent and not deleted: ${grouped(sent - deleted)}; the next run sends them again.`] : []),
  ];
}

/** `appgw-triage/replay-letters@1`. */
export function lettersJson({ letters, failure, ...rest }: LettersReport) {
  return {
    schema: 'appgw-triage/replay-letters@1',
    found: letters.length,
    ...rest,
    failed: failure !== undefined,
    letters: letters.slice(0, MAX_NAMED),
  };
}

const MAX_NAMED = 1_000;
