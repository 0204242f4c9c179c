import { isNamed } from '../core/verdict.ts';
import type { Scenario } from '../simulator/scenario.ts';
import type { DrillOutcome } from './drill.ts';

/**
 * What is wrong with the outcome of a drill, a sentence each; empty where it ended as the scenario expects: the right
 * cause at a level that its readings allow, nothing else confirmed, nothing left unread.
 */
export function judgeDrill({ expected }: Pick<Scenario, 'expected'>, { report }: DrillOutcome): readonly string[] {
  const problems: string[] = [];
  const best = report.verdicts.find(isNamed);
  if (report.established !== expected.established) {
    problems.push(expected.established ? 'No cause is named.' : `${best?.cause} is named, and there is none.`);
  }
  if (expected.established && best) {
    if (!expected.anyOf.includes(best.cause))
      problems.push(`${best.cause} is named, not ${expected.anyOf.join(' or ')}.`);
    if (!expected.at.includes(best.verdict)) problems.push(`It is ${best.verdict}, not ${expected.at.join(' or ')}.`);
  }
  for (const { cause, verdict } of report.verdicts) {
    if (verdict === 'confirmed' && !expected.anyOf.includes(cause)) problems.push(`${cause} is confirmed wrongly.`);
  }
  for (const { name, state, reason } of report.evidence) {
    if (state === 'failed' && !expected.unread?.includes(name)) problems.push(`${name} was not read: ${reason}.`);
  }
  return problems;
}
