import { diagnose } from '../../core/diagnose.ts';
import type { Evidence, EvidenceState, Snapshot } from '../../core/evidence.ts';
import type { Readings } from '../../core/readings.ts';
import type { Rule } from '../../core/rule.ts';
import { isNamed, VERDICT_LEVELS, type VerdictLevel } from '../../core/verdict.ts';
import type { EvidenceKind } from '../../evidence/evidence-kind.ts';
import { readSnapshot } from '../../evidence/read-snapshot.ts';

/** One reading, and what was known once it was there. */
export interface Step {
  /** The evidence's name, and how many parts of it were read together. */
  readonly evidence: string;
  readonly parts: number;
  readonly state: EvidenceState;
  readonly asked?: string;
  readonly reason?: string;
  /** After the beginning of the reading, in milliseconds. */
  readonly afterMs?: number;
  readonly tookMs?: number;
  /** Causes that it ruled out, and causes that it moved otherwise, each with its best level before and after. */
  readonly fell: readonly string[];
  readonly moved: readonly { readonly cause: string; readonly from: VerdictLevel; readonly to: VerdictLevel }[];
  /** How many causes are not ruled out yet. */
  readonly standing: number;
  /** The best cause so far, where one is named. */
  readonly best?: { readonly cause: string; readonly verdict: VerdictLevel };
  /** The bodies, as the service sent them. */
  readonly raw: readonly unknown[];
  readonly readings: Readings;
}

/**
 * Judges the snapshot again after each of its readings, in the order in which their answers came: the same readers and
 * rules over less, so each step is what the product would have said then. Pure; a step is worked out as it is asked for.
 */
export function* stepsOf(
  snapshot: Snapshot,
  kinds: readonly EvidenceKind[],
  rules: readonly Rule[],
): Generator<Step, void, undefined> {
  let known: Evidence[] = [];
  let levels = levelsOf(snapshot, known, kinds, rules).levels;
  for (const [evidence, items] of inOrder(snapshot.evidence)) {
    known = [...known, ...items];
    const next = levelsOf(snapshot, known, kinds, rules);
    const changed = [...next.levels].flatMap(([cause, to]) => {
      const from = levels.get(cause) ?? 'inconclusive';
      return from === to ? [] : [{ cause, from, to }];
    });
    const [first] = items;
    const { asked, reason, takenAt, tookMs } = first ?? {};
    const afterMs = Date.parse(takenAt ?? '') - Date.parse(snapshot.takenAt ?? '');
    const summary = next.readings.evidence.find(({ name }) => name === evidence);
    levels = next.levels;
    yield {
      evidence,
      parts: items.length,
      state: summary?.state ?? 'failed',
      ...(asked === undefined ? {} : { asked }),
      ...(reason === undefined ? {} : { reason }),
      ...(Number.isFinite(afterMs) ? { afterMs: Math.max(0, afterMs) } : {}),
      ...(tookMs === undefined ? {} : { tookMs }),
      fell: changed.filter(({ to }) => to === 'ruled-out').map(({ cause }) => cause),
      moved: changed.filter(({ to }) => to !== 'ruled-out'),
      standing: [...levels.values()].filter((level) => level !== 'ruled-out').length,
      ...(next.best ? { best: next.best } : {}),
      raw: items.flatMap(({ raw }) => (raw === undefined ? [] : [raw])),
      readings: next.readings,
    };
  }
}

/** The number of the step from which on the best cause is the one that it ends with; undefined where none is named. */
export function decisiveStep(steps: readonly Pick<Step, 'best'>[]): number | undefined {
  const last = steps.at(-1)?.best;
  if (!last) return undefined;
  const before = steps.findLastIndex(({ best }) => best?.cause !== last.cause);
  return before + 1;
}

/** What was skipped was not read. Several parts of one name are one reading, there when its last part is. */
function inOrder(evidence: readonly Evidence[]): readonly (readonly [string, readonly Evidence[]])[] {
  const asked = evidence.filter(({ state }) => state !== 'skipped');
  const last = (items: readonly Evidence[]) =>
    items
      .map(({ takenAt = '' }) => takenAt)
      .toSorted()
      .at(-1) ?? '';
  return [...Map.groupBy(asked, ({ name }) => name)].toSorted(([, left], [, right]) =>
    last(left) < last(right) ? -1 : last(left) > last(right) ? 1 : 0,
  );
}

function levelsOf(
  { gatewayId, takenAt }: Snapshot,
  evidence: readonly Evidence[],
  kinds: readonly EvidenceKind[],
  rules: readonly Rule[],
) {
  const readings = readSnapshot(
    { ...(gatewayId === undefined ? {} : { gatewayId }), ...(takenAt === undefined ? {} : { takenAt }), evidence },
    kinds,
  );
  const { verdicts } = diagnose(readings, rules);
  const levels = new Map<string, VerdictLevel>();
  for (const { cause, verdict } of verdicts) {
    const known = levels.get(cause);
    const isBetter = known === undefined || VERDICT_LEVELS.indexOf(verdict) < VERDICT_LEVELS.indexOf(known);
    if (isBetter) levels.set(cause, verdict);
  }
  const best = verdicts.find(isNamed);
  return { readings, levels, ...(best ? { best: { cause: best.cause, verdict: best.verdict } } : {}) };
}
