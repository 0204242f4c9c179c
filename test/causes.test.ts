import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Case } from '../src/causes/case.ts';
import { GATEWAY_ID } from '../src/causes/case.ts';
import { rules } from '../src/causes/index.ts';
import { diagnose } from '../src/core/diagnose.ts';
import type { Evidence } from '../src/core/evidence.ts';
import { VERDICT_LEVELS } from '../src/core/verdict.ts';
import { evidenceKinds } from '../src/evidence/index.ts';
import { readSnapshot } from '../src/evidence/read-snapshot.ts';

const root = new URL('../src/causes/', import.meta.url);
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

function readingsOf(situation: Case) {
  const evidence: Evidence[] = [
    ...Object.entries(situation.evidence).map(([name, raw]) => ({ name, state: 'ok' as const, raw })),
    ...Object.entries(situation.failed ?? {}).map(([name, reason]) => ({ name, state: 'failed' as const, reason })),
  ];
  return readSnapshot({ gatewayId: GATEWAY_ID, takenAt: '2026-09-14T02:30:00.000Z', evidence }, evidenceKinds);
}

test('the list holds every folder, and every folder is in the list', () => {
  expect(rules.map((rule) => rule.id).toSorted()).toEqual(folders.toSorted());
});

for (const rule of rules) {
  const file = new URL(`${rule.id}/cases.ts`, root);
  const { cases } = existsSync(file) ? ((await import(file.href)) as { cases: readonly Case[] }) : { cases: [] };

  describe(rule.id, () => {
    test('has cases for what it confirms or finds likely, rules out, and cannot tell', () => {
      const levels = new Set(cases.map((situation) => situation.expect));
      expect(levels.has('confirmed') || levels.has('likely')).toBe(true);
      expect(levels.has('ruled-out')).toBe(true);
      expect(levels.has('inconclusive') || levels.has('possible')).toBe(true);
    });

    test.each(cases)('$name', (situation) => {
      const readings = readingsOf(situation);
      const { verdicts } = diagnose(readings, rules);
      const own = verdicts.filter((verdict) => verdict.cause === rule.id);
      const best = own.toSorted((a, b) => VERDICT_LEVELS.indexOf(a.verdict) - VERDICT_LEVELS.indexOf(b.verdict))[0];
      expect(best?.verdict).toBe(situation.expect);
      if (situation.scope) expect(best?.scope).toMatchObject(situation.scope);

      const confirmed = verdicts.filter((verdict) => verdict.verdict === 'confirmed').map((verdict) => verdict.cause);
      const allowed = [...(situation.alsoConfirmed ?? []), ...(situation.expect === 'confirmed' ? [rule.id] : [])];
      expect([...new Set(confirmed)].toSorted()).toEqual([...new Set(allowed)].toSorted());
    });

    test.each(cases)('every verdict is cited: $name', (situation) => {
      const readings = readingsOf(situation);
      for (const verdict of rule.judge(readings)) {
        const names = readings.evidence.map((item) => item.name);
        if (verdict.verdict !== 'inconclusive') expect(verdict.because.length).toBeGreaterThan(0);
        if (verdict.verdict === 'inconclusive' || verdict.verdict === 'possible')
          expect(verdict.missing.length).toBeGreaterThan(0);
        if (verdict.verdict === 'confirmed' || verdict.verdict === 'likely')
          expect(verdict.fix.length).toBeGreaterThan(0);
        for (const { evidence, quote, says } of verdict.because) {
          expect(names).toContain(evidence);
          expect(quote).not.toBe('');
          expect(says).toMatch(/\.$/);
        }
      }
    });
  });
}
