import { isNamed, type Verdict } from '../core/verdict.ts';
import type { Expected, NamedCause, Scenario } from '../simulator/scenario.ts';
import type { DrillOutcome } from './drill.ts';

/**
 * What is wrong with the outcome of a drill, a sentence each; empty where it ended as the scenario expects: the right
 * causes at levels that their readings allow, nothing else confirmed, nothing named that must not be, nothing left
 * unread, and of what stays likely the read that would settle it.
 */
export function judgeDrill(
  { expected }: Pick<Scenario, 'expected'>,
  { report }: { readonly report: Pick<DrillOutcome['report'], 'established' | 'verdicts' | 'evidence'> },
): readonly string[] {
  const { verdicts, established, evidence } = report;
  const best = verdicts.find(isNamed);
  return [
    ...judgeBest(expected, established, best),
    ...(expected.alsoNamed ?? []).flatMap((named) => judgeNamed(verdicts, named)),
    ...judgeOthers(expected, verdicts),
    ...evidence
      .filter(({ name, state }) => state === 'failed' && !expected.unread?.includes(name))
      .map(({ name, reason }) => `${name} was not read: ${reason}.`),
  ];
}

function judgeBest(expected: Expected, established: boolean, best: Verdict | undefined): readonly string[] {
  if (established !== expected.established) {
    return [expected.established ? 'No cause is named.' : `${best?.cause} is named, and there is none.`];
  }
  if (!expected.established || !best) return [];
  const problems: string[] = [];
  if (!expected.anyOf.includes(best.cause)) problems.push(`${best.cause} is named, not ${either(expected.anyOf)}.`);
  if (!expected.at.includes(best.verdict)) problems.push(`It is ${best.verdict}, not ${either(expected.at)}.`);
  if (best.verdict !== 'confirmed' && !isWaitedFor(best, expected.waitsFor)) {
    const what = expected.waitsFor === undefined ? 'no read' : `no read of "${expected.waitsFor}"`;
    problems.push(`${best.cause} is only ${best.verdict}, and ${what} is named that would settle it.`);
  }
  return problems;
}

function isWaitedFor({ missing }: Verdict, words = ''): boolean {
  return missing.some(({ read, command = '' }) => `${read}\n${command}`.toLowerCase().includes(words.toLowerCase()));
}

function judgeNamed(verdicts: readonly Verdict[], { anyOf, at, pool }: NamedCause): readonly string[] {
  const where = pool === undefined ? '' : ` for ${pool}`;
  const own = verdicts
    .filter(isNamed)
    .filter(({ cause, scope }) => anyOf.includes(cause) && (pool === undefined || scope.pool === pool));
  const [first] = own;
  if (!first) return [`${either(anyOf)} is not named${where}.`];
  return own.some(({ verdict }) => at.includes(verdict))
    ? []
    : [`${first.cause} is ${first.verdict}${where}, not ${either(at)}.`];
}

/** What may be confirmed is what is expected, and what the scenario allows beside it. */
function judgeOthers(expected: Expected, verdicts: readonly Verdict[]): readonly string[] {
  const { anyOf, alsoNamed = [], mayBeConfirmed = [], notNamed = [] } = expected;
  const allowed = [...anyOf, ...alsoNamed.flatMap(({ anyOf: others }) => others), ...mayBeConfirmed];
  const wrong = verdicts.filter(({ cause, verdict }) => verdict === 'confirmed' && !allowed.includes(cause));
  const trapped = verdicts.filter((verdict) => isNamed(verdict) && notNamed.includes(verdict.cause));
  return [
    ...wrong.map(({ cause }) => `${cause} is confirmed wrongly.`),
    ...trapped.map(({ cause, verdict }) => `${cause} is ${verdict}, and must not be named.`),
  ];
}

function either(words: readonly string[]): string {
  return words.join(' or ');
}
