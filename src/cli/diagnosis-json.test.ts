import { expect, test } from '@jest/globals';
import type { NearestChange } from '../core/changes.ts';
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

test('names the nearest change in a key of its own, and only where there is one', () => {
  const change: NearestChange = {
    at: '2026-09-14T02:07:20.000Z',
    what: 'Route r of route table t was written',
    by: 'kim@contoso.com',
    property: 'properties.routes[0].properties.nextHopType',
    after: 'None',
    minutesBefore: 3,
    resourceId: '/subscriptions/s/x',
    relation: 'on-path',
    resources: 1,
    evidence: ['activity-log'],
    failure: {
      at: '2026-09-14T02:10:20.000Z',
      latest: '2026-09-14T02:10:20.000Z',
      evidence: 'access-log',
      isOnset: true,
    },
    sentence: 'It came 3 minutes before.',
  };
  const json = (found: Parameters<typeof diagnosisJson>[1]) => JSON.parse(printJson(diagnosisJson(diagnosis, found)));
  expect(json({ outcome: 'named', change })).toEqual({
    ...json(undefined),
    change: {
      at: '2026-09-14T02:07:20.000Z',
      what: 'Route r of route table t was written',
      by: 'kim@contoso.com',
      property: 'properties.routes[0].properties.nextHopType',
      after: 'None',
      minutesBefore: 3,
      firstFailure: { at: '2026-09-14T02:10:20.000Z', evidence: 'access-log' },
      evidence: ['activity-log'],
      says: 'It came 3 minutes before.',
    },
  });
  expect(json({ outcome: 'none', reason: 'Nobody knows.' })).toEqual(json(undefined));
});

test('escapes what acts on a terminal without changing what it means', () => {
  const value = { name: '\u001b[31m\u009b1m\u202ex\u200b\u{e0041}größe 🚨' };
  const text = printJson(value);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text).toContain('größe 🚨');
  expect(JSON.parse(text)).toEqual(value);
});
