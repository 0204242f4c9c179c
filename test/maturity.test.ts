import { describe, expect, test } from '@jest/globals';
import type { Case } from '../src/causes/case.ts';
import { rules } from '../src/causes/index.ts';
import { diagnose } from '../src/core/diagnose.ts';
import type { Rule } from '../src/core/rule.ts';
import { VERDICT_LEVELS } from '../src/core/verdict.ts';
import type { Expected } from '../src/simulator/scenario.ts';
import { scenarios } from '../src/simulator/scenarios/index.ts';
import { casesOf, evidenceOf, readingsOf } from './cases.ts';

/**
 * What a rule must have before it may call itself `stable`, which lets it page people. CONTRIBUTING.md has the same in
 * words. That the cases come out as they say, and the drills end as they should, is tested where they are.
 */

/** Causes that no reading of ours can settle: `likely` is the best that they may reach. */
const NEVER_CONFIRMED: Readonly<Record<string, string>> = {
  'ingress-controller-lag': 'Rollouts and the errors of a controller are read in the cluster.',
  'ingress-pods-not-ready': 'Endpoints are read in the cluster.',
  'ingress-route-missing': 'The rules of an ingress are read in the cluster.',
  'keepalive-mismatch': 'The keep-alive of a backend is a setting of its software.',
  'large-body-buffering': 'Only a change, under load, would show it.',
  'network-path-blocked': 'It says that something stands in the way; what does is a cause of its own.',
};

/** A sentence for each thing that is lacking. */
function lacks(rule: Pick<Rule, 'id'>, cases: readonly Case[], drills: readonly Expected[]): readonly string[] {
  const top = rule.id in NEVER_CONFIRMED ? 'likely' : 'confirmed';
  const has = (...levels: readonly string[]) => cases.some(({ expect }) => levels.includes(expect));
  return [
    ...(has(top) ? [] : [`No case is ${top}.`]),
    ...(has('ruled-out') ? [] : ['No case rules it out.']),
    ...(has('inconclusive', 'possible') ? [] : ['No case leaves it open.']),
    ...(cases.some((situation) => isLookAlike(rule, situation)) ? [] : ['No case belongs to another cause.']),
    ...(drills.some((expected) => isAbout(rule, expected)) ? [] : ['No drill is about it.']),
  ];
}

/** Whether another cause fits the situation better than this one. */
function isLookAlike({ id }: Pick<Rule, 'id'>, situation: Case): boolean {
  const { verdicts } = diagnose(readingsOf(evidenceOf(situation)), rules);
  const level = (isOurs: boolean) =>
    VERDICT_LEVELS.find((name) => verdicts.some((it) => it.verdict === name && (it.cause === id) === isOurs));
  const [ours, best] = [level(true), level(false)];
  if (ours === undefined || ours === 'inconclusive' || best === undefined) return false;
  return VERDICT_LEVELS.indexOf(best) < VERDICT_LEVELS.indexOf(ours);
}

function isAbout({ id }: Pick<Rule, 'id'>, { anyOf, alsoNamed = [] }: Expected): boolean {
  return [anyOf, ...alsoNamed.map((named) => named.anyOf)].some((causes) => causes[0] === id);
}

const drills = scenarios.map(({ expected }) => expected);
const stable = rules.filter(({ maturity }) => maturity === 'stable');

test.each(stable)('$id has what makes a rule stable', async (rule) => {
  expect(lacks(rule, await casesOf(rule.id), drills)).toEqual([]);
});

test('what is never confirmed is in the catalogue, and no case of it says otherwise', async () => {
  for (const id of Object.keys(NEVER_CONFIRMED)) {
    expect(rules.map((rule) => rule.id)).toContain(id);
    expect((await casesOf(id)).filter((situation) => situation.expect === 'confirmed')).toEqual([]);
  }
});

describe('a rule stays experimental', () => {
  test('without cases and without a drill', () => {
    expect(lacks({ id: 'gateway-haunted' }, [], drills)).toEqual([
      'No case is confirmed.',
      'No case rules it out.',
      'No case leaves it open.',
      'No case belongs to another cause.',
      'No drill is about it.',
    ]);
  });

  test.each(['confirmed', 'ruled-out', 'possible'] as const)('without the cases in which it is %s', async (level) => {
    const [rule] = stable;
    if (!rule) throw new Error('There is no stable rule.');
    const kept = (await casesOf(rule.id)).filter(
      ({ expect }) => expect !== level && (level !== 'possible' || expect !== 'inconclusive'),
    );
    expect(lacks(rule, kept, drills)).not.toEqual([]);
  });
});
