import type { CollectContext } from './evidence-kind.ts';

/** How long before its deadline a collector gives up the parts that are still open. */
const SPARE_MS = 5_000;

/**
 * The same context, but for an abort that comes a little before the collector's deadline. A part that hangs is then given
 * up alone, and what the others were answered is kept.
 */
export function endingEarly(context: CollectContext, deadlineMs: number): CollectContext {
  const abort = AbortSignal.any([context.abort, AbortSignal.timeout(deadlineMs - SPARE_MS)]);
  return { ...context, abort };
}
