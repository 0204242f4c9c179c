import { describe, expect, test } from '@jest/globals';
import type { Diagnosis } from './diagnose.ts';
import { decideNextReads, MAX_ROUNDS, readsAround } from './next-reads.ts';
import type { Readings } from './readings.ts';
import type { Scope, Verdict, VerdictLevel } from './verdict.ts';

const collectable = ['nics', 'activity-log', 'effective-nsg'];

function verdict(cause: string, level: VerdictLevel, ...waitsFor: readonly string[]): Verdict {
  const missing = waitsFor.map((evidence) => ({ read: `Read ${evidence}.`, evidence }));
  return { cause, verdict: level, scope: {}, because: [], missing, fix: [] };
}

function diagnosis(...verdicts: readonly Verdict[]): Diagnosis {
  return { established: false, headline: '', healthy: false, verdicts, evidence: [] };
}

const decide = (found: Diagnosis, { tried = [] as string[], round = 1 } = {}) =>
  decideNextReads(found, { evidence: tried.map((name) => ({ name, state: 'failed' })) }, { collectable, round });

describe('reads on', () => {
  test('with what the standing verdicts miss, one read for all that wait for it', () => {
    const found = diagnosis(verdict('a', 'likely', 'nics'), verdict('b', 'possible', 'nics', 'effective-nsg'));
    expect(decide(found)).toEqual({
      action: 'read',
      reads: [
        { evidence: 'nics', causes: ['a', 'b'] },
        { evidence: 'effective-nsg', causes: ['b'] },
      ],
      reason: 'a, b wait for nics.',
    });
  });

  test('with what is inconclusive only where nothing stands', () => {
    const waiting = verdict('c', 'inconclusive', 'activity-log');
    expect(decide(diagnosis(verdict('a', 'likely', 'nics'), waiting))).toMatchObject({
      reads: [{ evidence: 'nics', causes: ['a'] }],
    });
    expect(decide(diagnosis(verdict('a', 'likely'), waiting))).toMatchObject({
      reads: [{ evidence: 'activity-log', causes: ['c'] }],
    });
  });
});

describe('a second fault', () => {
  const at = (place: Scope, ...found: readonly Verdict[]) => found.map((it) => ({ ...it, scope: place }));
  const orders = { pool: 'orders', setting: 'https' };
  const confirmed = at(orders, verdict('a', 'confirmed'));

  test('at another pool, or at another setting of the pool, is read on for', () => {
    for (const place of [
      { pool: 'images', setting: 'https' },
      { pool: 'orders', setting: 'http' },
    ]) {
      const found = diagnosis(
        ...confirmed,
        ...at(place, verdict('b', 'likely', 'nics'), verdict('c', 'possible', 'x')),
      );
      expect(decide(found)).toMatchObject({ action: 'read', reads: [{ evidence: 'nics', causes: ['b'] }] });
    }
  });

  test.each([
    ['at the place that is explained', { pool: 'Orders', setting: 'HTTPS' }, 'likely', orders],
    ['at a pool that is explained whole', { pool: 'orders', setting: 'http' }, 'likely', { pool: 'orders' }],
    ['at no place in particular of an explained pool', { pool: 'orders' }, 'likely', orders],
    ['on a gateway that is explained whole', { pool: 'images' }, 'likely', { gateway: 'agw' }],
    ['that is no more than possible', { pool: 'images' }, 'possible', orders],
  ] as const)('%s is not', (_name, place, level, explained) => {
    const found = diagnosis(...at(explained, verdict('a', 'confirmed')), ...at(place, verdict('b', level, 'nics')));
    expect(decide(found)).toEqual({ action: 'stop', reason: 'a is confirmed.' });
  });
});

describe('stops, and says why', () => {
  test.each([
    ['the best cause is confirmed', diagnosis(verdict('a', 'confirmed'), verdict('b', 'possible', 'nics')), {}],
    ['everything is well', { ...diagnosis(verdict('b', 'inconclusive', 'nics')), healthy: true }, {}],
    ['the rounds are over', diagnosis(verdict('a', 'likely', 'nics')), { round: MAX_ROUNDS }],
    ['it was tried already, even in vain', diagnosis(verdict('a', 'likely', 'nics')), { tried: ['nics'] }],
    ['nobody can collect it', diagnosis(verdict('a', 'likely', 'the-weather')), {}],
    ['what is ruled out waits for it', diagnosis(verdict('a', 'ruled-out', 'nics')), {}],
  ] as const)('when %s', (_name, found, state) => {
    const next = decide(found, state as { tried?: string[]; round?: number });
    expect(next.action).toBe('stop');
    expect(next.reason).toMatch(/\.$/);
  });

  test('a confirmed side finding does not end the search for the outage', () => {
    const found = diagnosis(verdict('outage', 'likely', 'nics'), verdict('aside', 'confirmed'));
    expect(decide(found).action).toBe('read');
  });
});

describe('around the rounds', () => {
  const known = ['nics', 'activity-log', 'resource-changes'];
  const minutes = [0, 9, 9].map((failed, minute) => ({ at: `2026-09-14T02:0${minute}:00Z`, requests: 9, failed }));
  const readings: Readings = { evidence: [], traffic: { groups: [], unread: 0, minutes } };
  const found = diagnosis(verdict('a', 'confirmed'));

  test('what changed before is read, as far as it was not', () => {
    expect(readsAround(found, readings, known)).toEqual(['resource-changes', 'activity-log']);
    const tried = { ...readings, evidence: [{ name: 'activity-log', state: 'failed' as const }] };
    expect(readsAround(found, tried, known)).toEqual(['resource-changes']);
    expect(readsAround(found, readings, ['nics'])).toEqual([]);
  });

  test('nothing is read where nothing failed, or nobody knows when', () => {
    expect(readsAround({ ...found, healthy: true }, readings, known)).toEqual([]);
    expect(readsAround(found, { evidence: [] }, known)).toEqual([]);
  });
});
