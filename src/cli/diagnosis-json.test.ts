import { expect, test } from '@jest/globals';
import type { Diagnosis } from '../core/diagnose.ts';
import { diagnosisJson, printJson } from './diagnosis-json.ts';

const diagnosis: Diagnosis = {
  established: true,
  headline: 'A cause.',
  healthy: false,
  verdicts: [
    {
      cause: 'empty-pool',
      verdict: 'likely',
      scope: { pool: 'p', members: [] },
      because: [{ evidence: 'backend-health', quote: '"servers": []', says: 'Not part of the contract.' }],
      missing: [{ read: 'The gateway.' }],
      fix: [{ text: 'Fill it.', command: 'az x', undo: 'az y' }],
      weight: 3,
    },
  ],
  evidence: [{ name: 'gateway', state: 'failed', asked: 'GET', takenAt: 't', tookMs: 3, reason: 'No.' }],
};

test('holds the keys of the contract and no others', () => {
  expect(JSON.parse(printJson(diagnosisJson(diagnosis)))).toEqual({
    schema: 'appgw-triage/diagnosis@1',
    established: true,
    headline: 'A cause.',
    verdicts: [
      {
        cause: 'empty-pool',
        verdict: 'likely',
        scope: { pool: 'p', members: [] },
        because: [{ evidence: 'backend-health', quote: '"servers": []' }],
        missing: [{ read: 'The gateway.' }],
        fix: [{ text: 'Fill it.', command: 'az x', undo: 'az y' }],
      },
    ],
    evidence: [{ name: 'gateway', state: 'failed', takenAt: 't', reason: 'No.' }],
  });
});

test('escapes what acts on a terminal without changing what it means', () => {
  const value = { name: '\u001b[31m\u009b1m\u202ex\u200b\u{e0041}größe 🚨' };
  const text = printJson(value);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text).toContain('größe 🚨');
  expect(JSON.parse(text)).toEqual(value);
});
