import { describe, expect, test } from '@jest/globals';
import { rules } from '../src/causes/index.ts';
import type { Expected } from '../src/simulator/scenario.ts';
import { scenarios } from '../src/simulator/scenarios/index.ts';

const ids = rules.map(({ id }) => id);

/** Causes that no drill is about yet. Nothing may be added here, and what has a drill is to be taken out. */
const WITHOUT_A_DRILL: readonly string[] = [];

/** The causes that a drill is about: the first of those that may be named best, and of those named beside it. */
function subjectsOf({ anyOf, alsoNamed = [] }: Expected): readonly string[] {
  return [anyOf, ...alsoNamed.map((named) => named.anyOf)].flatMap((causes) => causes.slice(0, 1));
}

test('every cause has a drill', () => {
  const subjects = new Set(scenarios.flatMap(({ expected }) => subjectsOf(expected)));
  expect(ids.filter((id) => !subjects.has(id) && !WITHOUT_A_DRILL.includes(id))).toEqual([]);
  expect(WITHOUT_A_DRILL.filter((id) => !ids.includes(id))).toEqual([]);
});

describe('every cause that a drill expects is in the catalogue', () => {
  test.each(scenarios.map(({ name, expected }) => [name, expected] as const))('%s', (_name, expected) => {
    const { anyOf, alsoNamed = [], mayBeConfirmed = [], notNamed = [] } = expected;
    const all = [...anyOf, ...alsoNamed.flatMap((named) => named.anyOf), ...mayBeConfirmed, ...notNamed];
    expect(all.filter((cause) => !ids.includes(cause))).toEqual([]);
  });
});
