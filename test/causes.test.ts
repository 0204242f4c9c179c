import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { rules } from '../src/causes/index.ts';
import { diagnose } from '../src/core/diagnose.ts';
import { VERDICT_LEVELS } from '../src/core/verdict.ts';
import { casesOf, evidenceOf, readingsOf } from './cases.ts';

const folders = readdirSync(new URL('../src/causes/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test('the list holds every folder, and every folder is in the list', () => {
  expect(rules.map((rule) => rule.id).toSorted()).toEqual(folders.toSorted());
});

for (const rule of rules) {
  const cases = await casesOf(rule.id);

  describe(rule.id, () => {
    test('has cases for what it confirms or finds likely, rules out, and cannot tell', () => {
      const levels = new Set(cases.map((situation) => situation.expect));
      expect(levels.has('confirmed') || levels.has('likely')).toBe(true);
      expect(levels.has('ruled-out')).toBe(true);
      expect(levels.has('inconclusive') || levels.has('possible')).toBe(true);
    });

    test.each(cases)('$name', (situation) => {
      const { verdicts } = diagnose(readingsOf(evidenceOf(situation)), rules);
      const own = verdicts.filter((verdict) => verdict.cause === rule.id);
      const best = own.toSorted((a, b) => VERDICT_LEVELS.indexOf(a.verdict) - VERDICT_LEVELS.indexOf(b.verdict))[0];
      expect(best?.verdict).toBe(situation.expect);
      if (situation.scope) expect(best?.scope).toMatchObject(situation.scope);

      const confirmed = verdicts.filter((verdict) => verdict.verdict === 'confirmed').map((verdict) => verdict.cause);
      const allowed = [...(situation.alsoConfirmed ?? []), ...(situation.expect === 'confirmed' ? [rule.id] : [])];
      expect([...new Set(confirmed)].toSorted()).toEqual([...new Set(allowed)].toSorted());
    });

    test.each(cases)('every verdict is cited: $name', (situation) => {
      const readings = readingsOf(evidenceOf(situation));
      const names = readings.evidence.map((item) => item.name);
      for (const { verdict, because, missing, fix } of rule.judge(readings)) {
        if (verdict !== 'inconclusive') expect(because.length).toBeGreaterThan(0);
        if (verdict === 'inconclusive' || verdict === 'possible') expect(missing.length).toBeGreaterThan(0);
        if (verdict === 'confirmed' || verdict === 'likely') expect(fix.length).toBeGreaterThan(0);
        for (const { evidence, quote, says } of because) {
          expect(names).toContain(evidence);
          expect(quote).not.toBe('');
          expect(says).toMatch(/\.$/);
        }
      }
    });
  });
}

test.each(folders)('%s can be deleted with its one line: nobody else imports it', (folder) => {
  const causes = new URL('../src/causes/', import.meta.url);
  const importers = readdirSync(causes, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith(`${folder}/`) && file !== 'index.ts')
    .filter((file) => readFileSync(new URL(file, causes), 'utf8').includes(`/${folder}/`));
  expect(importers).toEqual([]);
});
