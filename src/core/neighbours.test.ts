import { expect, test } from '@jest/globals';
import { givesPlace, giveWay } from './neighbours.ts';
import type { Rule } from './rule.ts';
import type { Scope, Verdict, VerdictLevel } from './verdict.ts';

const rules = new Map(
  ['path', 'port', 'firewall', 'certificate'].map((id) => [
    id,
    { id, sign: id === 'certificate' ? 'untrusted' : 'unreachable', isGeneral: id === 'path' } as unknown as Rule,
  ]),
);
const target: Scope = { pool: 'pool-a', setting: 'http-a' };

function verdict(cause: string, level: VerdictLevel, scope: Scope = target): Verdict {
  const because = [{ evidence: 'backend-health', quote: cause, says: `About ${cause}.` }];
  return { cause, verdict: level, scope, because, missing: [], fix: [] };
}

const levels = (...verdicts: readonly Verdict[]) => giveWay(verdicts, rules).map((one) => one.verdict);

test('a confirmed cause leaves its neighbours possible, and they say why', () => {
  const [, port] = giveWay([verdict('firewall', 'confirmed'), verdict('port', 'likely')], rules);
  expect(port?.verdict).toBe('possible');
  expect(port?.because.at(-1)?.says).toBe('firewall is confirmed for the same members.');
});

test('two likely neighbours both stand, but what only says where to look gives way', () => {
  expect(levels(verdict('firewall', 'likely'), verdict('port', 'likely'))).toEqual(['likely', 'likely']);
  expect(levels(verdict('path', 'likely'), verdict('port', 'likely'))).toEqual(['possible', 'likely']);
});

test('nothing gives way across signs, targets or members', () => {
  const members = (...addresses: readonly string[]): Scope => ({ ...target, members: addresses });
  expect(levels(verdict('certificate', 'confirmed'), verdict('port', 'likely'))).toEqual(['confirmed', 'likely']);
  expect(levels(verdict('firewall', 'confirmed', { pool: 'pool-b' }), verdict('port', 'likely'))).toEqual([
    'confirmed',
    'likely',
  ]);
  expect(
    levels(verdict('firewall', 'confirmed', members('10.0.0.4')), verdict('port', 'likely', members('10.0.0.5'))),
  ).toEqual(['confirmed', 'likely']);
});

test('names are compared in any case, and an absent part of a scope means all of it', () => {
  expect(levels(verdict('firewall', 'confirmed', { pool: 'POOL-A' }), verdict('port', 'likely'))).toEqual([
    'confirmed',
    'possible',
  ]);
  expect(levels(verdict('firewall', 'confirmed', {}), verdict('port', 'likely'))).toEqual(['confirmed', 'possible']);
});

test('only likely verdicts are lowered', () => {
  expect(levels(verdict('firewall', 'confirmed'), verdict('port', 'confirmed'), verdict('path', 'ruled-out'))).toEqual([
    'confirmed',
    'confirmed',
    'ruled-out',
  ]);
});

test('what only says where to look takes nothing from a neighbour, even where it is confirmed, and stands behind it', () => {
  const [general, particular] = [verdict('path', 'confirmed'), verdict('port', 'likely')];
  expect(levels(general, particular)).toEqual(['confirmed', 'likely']);
  expect(givesPlace(general, [general, particular], rules)).toBe(true);
  expect(givesPlace(particular, [general, particular], rules)).toBe(false);
  expect(givesPlace(general, [general, verdict('port', 'possible')], rules)).toBe(false);
  expect(givesPlace(general, [general, verdict('port', 'likely', { pool: 'pool-b' })], rules)).toBe(false);
});
