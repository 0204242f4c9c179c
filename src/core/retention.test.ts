import { expect, test } from '@jest/globals';
import { isForgettable, retentionEnd } from './retention.ts';

const at = '2026-09-14T02:00:00.000Z';

test.each([
  [90, '2026-06-16T02:00:00.000Z'],
  [7, '2026-09-07T02:00:00.000Z'],
  // Shorter than an incident can be reopened is never kept to.
  [1, '2026-09-07T02:00:00.000Z'],
  [0, undefined],
])('%d days', (days, end) => {
  expect(retentionEnd(at, days)).toBe(end);
});

const before = '2026-06-16T02:00:00.000Z';
const old = '2026-06-16T01:59:59.999Z';

test.each([
  ['resolved and old', { state: 'resolved', isWaiting: false, updatedAt: old }, true],
  ['resolved just now', { state: 'resolved', isWaiting: false, updatedAt: before }, false],
  ['with a message that is not handed over', { state: 'resolved', isWaiting: true, updatedAt: old }, false],
  ['open', { state: 'open', isWaiting: false, updatedAt: old }, false],
  ['mitigated', { state: 'mitigated', isWaiting: false, updatedAt: old }, false],
  ['recovering', { state: 'recovering', isWaiting: false, updatedAt: old }, false],
  ['of an unknown time', { state: 'resolved', isWaiting: false, updatedAt: '' }, false],
] as const)('an incident that is %s', (_name, age, expected) => {
  expect(isForgettable(age, before)).toBe(expected);
});
