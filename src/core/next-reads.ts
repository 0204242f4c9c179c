import type { Diagnosis } from './diagnose.ts';
import { firstFailure } from './first-failure.ts';
import type { Readings } from './readings.ts';
import { sameName } from './resource-id.ts';
import { isNamed, type Scope, type Verdict } from './verdict.ts';

/** Three rounds: what every incident needs, what separates the causes that stand, and what that leads to. */
export const MAX_ROUNDS = 3;

export type NextReads =
  | { readonly action: 'read'; readonly reads: readonly WantedRead[]; readonly reason: string }
  | { readonly action: 'stop'; readonly reason: string };

/** An evidence to read, and the causes that wait for it. */
export interface WantedRead {
  readonly evidence: string;
  readonly causes: readonly string[];
}

/**
 * Decides after a round what to read next: what the best standing verdicts name as missing, as far as it can be read and
 * was not tried yet. A confirmed cause ends the search at its place; another place, with a likely cause of its own, can
 * have another fault. Pure.
 */
export function decideNextReads(
  diagnosis: Diagnosis,
  readings: Readings,
  { collectable, round }: { readonly collectable: readonly string[]; readonly round: number },
): NextReads {
  const best = diagnosis.verdicts.find(isNamed);
  const isSettled = best?.verdict === 'confirmed';
  const open = isSettled ? likelyElsewhere(diagnosis.verdicts) : diagnosis.verdicts;
  if (isSettled && open.length === 0) return { action: 'stop', reason: `${best.cause} is confirmed.` };
  if (diagnosis.healthy) return { action: 'stop', reason: 'There is no trouble to explain.' };
  if (round >= MAX_ROUNDS) return { action: 'stop', reason: `${MAX_ROUNDS} rounds have been read.` };

  const tried = new Set(readings.evidence.map((item) => item.name));
  const isOpen = (name: string) => collectable.includes(name) && !tried.has(name);
  // What is inconclusive is asked for only where nothing stands that another read would decide.
  for (const levels of [['likely', 'possible'], ['inconclusive']]) {
    const reads = wanted(
      open.filter(({ verdict }) => levels.includes(verdict)),
      isOpen,
    );
    const [first] = reads;
    if (first) {
      return { action: 'read', reads, reason: `${first.causes.join(', ')} wait for ${first.evidence}.` };
    }
  }
  return { action: 'stop', reason: 'Nothing that could still be read would decide more.' };
}

/** The likely causes at pools and settings of which no cause is confirmed. */
function likelyElsewhere(verdicts: readonly Verdict[]): readonly Verdict[] {
  const settled = verdicts.filter(({ verdict }) => verdict === 'confirmed').map(({ scope }) => scope);
  return verdicts.filter(
    ({ verdict, scope }) => verdict === 'likely' && !settled.some((place) => isWithin(scope, place)),
  );
}

function isWithin(inner: Scope, outer: Scope): boolean {
  const agree = (one?: string, all?: string) => all === undefined || (one !== undefined && sameName(one, all));
  return agree(inner.pool, outer.pool) && (agree(inner.setting, outer.setting) || inner.setting === undefined);
}

/** What was changed, and by whom. */
const AROUND = ['resource-changes', 'activity-log'];

/**
 * What is read once all rounds are over: what changed before the first failure. No verdict waits for it, so no round is
 * spent on it, and by then it is known which resources to ask of. Nothing, where nothing failed or nobody knows when.
 */
export function readsAround(
  diagnosis: Diagnosis,
  readings: Readings,
  collectable: readonly string[],
): readonly string[] {
  if (diagnosis.healthy || !firstFailure(readings)) return [];
  const tried = new Set(readings.evidence.map((item) => item.name));
  return AROUND.filter((name) => collectable.includes(name) && !tried.has(name));
}

function wanted(verdicts: readonly Verdict[], isOpen: (name: string) => boolean): readonly WantedRead[] {
  const causes = new Map<string, Set<string>>();
  for (const { cause, missing } of verdicts) {
    for (const { evidence } of missing) {
      if (evidence === undefined || !isOpen(evidence)) continue;
      causes.set(evidence, (causes.get(evidence) ?? new Set()).add(cause));
    }
  }
  return [...causes].map(([evidence, waiting]) => ({ evidence, causes: [...waiting] }));
}
