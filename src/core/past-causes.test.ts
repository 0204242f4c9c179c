import { describe, expect, test } from '@jest/globals';
import { rules } from '../causes/index.ts';
import type { Finding, FoundCause } from './findings.ts';
import { pastCauses, pastHeadline } from './past-causes.ts';

const at = '2026-09-14T02:10:00.000Z';
const place = (pool: string | undefined, ...causes: readonly FoundCause[]): Finding => ({
  ...(pool === undefined ? {} : { pool, setting: 'https' }),
  ...{ causes, down: [], firstAt: at, lastAt: at, endedAt: at },
});
const tell = (...findings: readonly Finding[]) => {
  const causes = pastCauses({ findings }, rules);
  return [causes.map(({ cause }) => cause), pastHeadline(causes)];
};

describe('when it is over, people are told what it was', () => {
  test('although the last reading finds nothing any more', () => {
    expect(tell(place('orders', { cause: 'empty-pool', verdict: 'confirmed' }))).toEqual([
      ['empty-pool'],
      'The backend pool has no members (confirmed): orders~https.',
    ]);
  });

  test('the surest first, an outage before an aside, and what was once not readable not at all', () => {
    const findings = [
      place('images', { cause: 'stale-pool-member', verdict: 'likely' }),
      place('orders', { cause: 'empty-pool', verdict: 'confirmed' }),
      place(
        undefined,
        { cause: 'waf-blocked', verdict: 'confirmed' },
        { cause: 'health-not-readable', verdict: 'likely', isAboutReading: true },
      ),
    ];
    expect(tell(...findings)).toEqual([
      ['empty-pool', 'stale-pool-member', 'waf-blocked'],
      'The backend pool has no members (confirmed): orders~https. 2 more causes were named.',
    ]);
  });

  test('that health could not be read, where that was all', () => {
    const [causes] = tell(place(undefined, { cause: 'health-not-readable', verdict: 'likely', isAboutReading: true }));
    expect(causes).toEqual(['health-not-readable']);
  });

  test('and that nobody found out, where nobody did', () => {
    expect(tell(place('orders'))).toEqual([[], 'The trouble is over. Its cause was never established.']);
  });
});
