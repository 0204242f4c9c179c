import { describe, expect, test } from '@jest/globals';
import type { Diagnosis } from './diagnose.ts';
import { type Finding, type FoundCause, findingsOf, newsIn } from './findings.ts';
import type { Verdict } from './verdict.ts';

const at = '2026-09-14T02:10:00.000Z';
const stopped: FoundCause = { cause: 'gateway-not-running', verdict: 'confirmed' };
const unread: FoundCause = { cause: 'health-not-readable', verdict: 'likely', isAboutReading: true };

function finding(causes: readonly FoundCause[], pool?: string): Finding {
  return { ...(pool === undefined ? {} : { pool }), causes, down: [], firstAt: at, lastAt: at };
}

describe('a read that fails', () => {
  test('is no news where a cause is known', () => {
    const told = [finding([stopped])];
    expect(newsIn(told, [finding([stopped, unread])])).toEqual([]);
    expect(newsIn(told, [finding([stopped]), finding([unread], 'orders')])).toEqual([]);
  });

  test('is news where none is', () => {
    const news = ['health-not-readable is likely for the gateway.'];
    expect(newsIn([], [finding([unread])])).toEqual(news);
    expect(newsIn([finding([], 'orders')], [finding([], 'orders'), finding([unread])])).toEqual(news);
  });

  test('does not hide what else is found', () => {
    const dead: FoundCause = { cause: 'empty-pool', verdict: 'confirmed' };
    expect(newsIn([finding([stopped])], [finding([stopped, unread, dead])])).toEqual([
      'empty-pool is confirmed for the gateway.',
    ]);
  });
});

test('a finding keeps what its rule says of the cause, and leaves out what nobody is paged for', () => {
  const verdict = (cause: string): Verdict => ({
    ...{ cause, verdict: 'likely', scope: {}, because: [], missing: [], fix: [] },
  });
  const verdicts = ['health-not-readable', 'gateway-haunted', 'unheard-of'].map(verdict);
  const diagnosis: Diagnosis = { established: true, headline: '', healthy: false, verdicts, evidence: [] };
  const found = findingsOf(diagnosis, { evidence: [] }, at, (cause) => {
    if (cause === 'health-not-readable') return { maturity: 'stable', isAboutReading: true };
    return cause === 'gateway-haunted' ? { maturity: 'experimental' } : undefined;
  });
  expect(found).toEqual([finding([unread])]);
});
