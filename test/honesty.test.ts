import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Case } from '../src/causes/case.ts';
import { rules } from '../src/causes/index.ts';
import { type Diagnosis, diagnose } from '../src/core/diagnose.ts';
import type { Evidence } from '../src/core/evidence.ts';
import type { Readings } from '../src/core/readings.ts';
import { allCases, evidenceOf, readingsOf } from './cases.ts';

const cases = await allCases();
const anyCase = fc.constantFrom(...cases);

function judge(evidence: readonly Evidence[]): Diagnosis {
  return diagnose(readingsOf(evidence), rules);
}

/** What a diagnosis says, without the words it was quoted from: what must not change when the input only looks different. */
function essence({ verdicts }: Diagnosis): readonly string[] {
  return verdicts.map(({ cause, verdict, scope: { pool = '', setting = '', members = [] } }) =>
    [cause, verdict, pool, setting, members.toSorted().join()].join('|').toLowerCase(),
  );
}

const confirmedIn = (diagnosis: Diagnosis) => essence(diagnosis).filter((line) => line.split('|')[1] === 'confirmed');

/** Each evidence read by itself, once; a subset of them is then put together without reading anything again. */
function readApart(situation: Case): readonly Readings[] {
  return evidenceOf(situation).map((item) => readingsOf([item]));
}

function together(parts: readonly Readings[]): Readings {
  const whole = Object.assign({}, readingsOf([]), ...parts) as Readings;
  return { ...whole, evidence: parts.flatMap((part) => part.evidence) };
}

describe('taking evidence away', () => {
  test.each(cases)('never confirms what was not confirmed, whichever evidence goes: $rule, $name', (situation) => {
    const parts = readApart(situation);
    const before = confirmedIn(diagnose(together(parts), rules));
    for (let keep = 0; keep < 2 ** parts.length - 1; keep += 1) {
      const kept = parts.filter((_, index) => keep & (2 ** index));
      const raised = confirmedIn(diagnose(together(kept), rules)).filter((line) => !before.includes(line));
      expect({ kept: kept.flatMap((part) => part.evidence.map((item) => item.name)), raised }).toMatchObject({
        raised: [],
      });
    }
  });

  test.each(cases)(
    'an evidence that failed counts for no more than one that was never tried: $rule, $name',
    (situation) => {
      const parts = readApart(situation);
      const before = confirmedIn(diagnose(together(parts), rules));
      for (const name of Object.keys(situation.evidence)) {
        const failed = readingsOf([{ name, state: 'failed', reason: 'not answered within 30 s' }]);
        const changed = parts.map((part) => (part.evidence[0]?.name === name ? failed : part));
        const raised = confirmedIn(diagnose(together(changed), rules)).filter((line) => !before.includes(line));
        expect({ name, raised }).toEqual({ name, raised: [] });
      }
    },
  );
});

describe('what only looks different', () => {
  test('letter case of ids and names changes nothing', () => {
    fc.assert(
      fc.property(anyCase, (situation) => {
        const shouted = evidenceOf(situation).map((item) => ({ ...item, raw: mapStrings(item.raw, shoutIds) }));
        expect(essence(judge(shouted))).toEqual(essence(judge(evidenceOf(situation))));
      }),
    );
  });

  test('the flattened shape of az changes nothing', () => {
    for (const situation of cases) {
      const flat = evidenceOf(situation).map((item) =>
        item.name === 'gateway' || item.name === 'resource-health' ? { ...item, raw: flatten(item.raw) } : item,
      );
      expect({ name: situation.name, is: essence(judge(flat)) }).toEqual({
        name: situation.name,
        is: essence(judge(evidenceOf(situation))),
      });
    }
  });

  test('the order of rows changes nothing', () => {
    fc.assert(
      fc.property(anyCase, fc.infiniteStream(fc.nat()), (situation, dice) => {
        const shuffled = evidenceOf(situation).map((item) => ({ ...item, raw: shuffle(item.raw, dice) }));
        expect(essence(judge(shuffled))).toEqual(essence(judge(evidenceOf(situation))));
      }),
    );
  });

  test('evidence of a name that nobody reads changes nothing', () => {
    fc.assert(
      fc.property(anyCase, fc.jsonValue(), (situation, raw) => {
        const more = [...evidenceOf(situation), { name: 'weather', state: 'ok' as const, raw }];
        expect(essence(judge(more))).toEqual(essence(judge(evidenceOf(situation))));
      }),
    );
  });
});

describe('broken input', () => {
  test('never makes a rule throw, and is never confirmed by accident', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(), fc.jsonValue(), (situation, place, value) => {
        const evidence = evidenceOf(situation).map((item) => ({ ...item, raw: replaceAt(item.raw, place, value) }));
        const readings = readingsOf(evidence);
        for (const rule of rules) expect(() => rule.judge(readings)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

function mapStrings(value: unknown, change: (text: string, key: string) => string, key = ''): unknown {
  if (typeof value === 'string') return change(value, key);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapStrings(item, change, name)]));
}

/** Logs shout ids and names; configuration does not. */
function shoutIds(text: string, key: string): string {
  return /^(id|resourceId|backendPoolName|backendSettingName|listenerName)$/.test(key) ? text.toUpperCase() : text;
}

/** `{ properties: {...} }` becomes `{...}`, at every depth, as az prints it. */
function flatten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flatten);
  if (typeof value !== 'object' || value === null) return value;
  const { properties, ...rest } = value as Record<string, unknown>;
  const own = typeof properties === 'object' && properties !== null ? { ...rest, ...properties } : value;
  return Object.fromEntries(Object.entries(own).map(([name, item]) => [name, flatten(item)]));
}

/** Certificate chains and path lists have an order that means something; lists of records and resources do not. */
function shuffle(value: unknown, dice: fc.Stream<number>, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => shuffle(item, dice));
    if (
      !/^(records|backendAddressPools|servers|backendHttpSettingsCollection|probes|value|requestRoutingRules|urlPathMaps|backendAddresses)$/.test(
        key,
      )
    ) {
      return items;
    }
    return items
      .map((item) => ({ item, at: dice.next().value as number }))
      .sort((left, right) => left.at - right.at)
      .map(({ item }) => item);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shuffle(item, dice, name)]));
}

/** Replaces the `place`-th value of a document, counted through all depths, by another one. */
function replaceAt(document: unknown, place: number, value: unknown): unknown {
  let left = place % (countOf(document) + 1);
  const walk = (item: unknown): unknown => {
    left -= 1;
    if (left < 0 && left > -2) return value;
    if (Array.isArray(item)) return item.map(walk);
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([name, inner]) => [name, walk(inner)]));
  };
  return walk(document);
}

function countOf(value: unknown): number {
  if (Array.isArray(value)) return 1 + value.reduce<number>((sum, item) => sum + countOf(item), 0);
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce<number>((sum, item) => sum + countOf(item), 0);
}
