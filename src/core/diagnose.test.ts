import { describe, expect, test } from '@jest/globals';
import { diagnose, nextRead } from './diagnose.ts';
import type { Readings } from './readings.ts';
import type { Rule } from './rule.ts';
import type { Verdict, VerdictLevel } from './verdict.ts';

const nothing: Readings = { evidence: [] };

function rule(id: string, verdicts: readonly Partial<Verdict>[], explains: Rule['explains'] = 'outage'): Rule {
  const whole = verdicts.map((verdict) => ({
    cause: id,
    verdict: 'possible' as VerdictLevel,
    scope: {},
    because: [],
    missing: [],
    fix: [],
    ...verdict,
  }));
  const words = { meaning: '', confirmedBy: '', ruledOutBy: '', doNot: [], prevention: [], blindSpots: [], reads: [] };
  return { id, title: `Title of ${id}`, maturity: 'stable', explains, ...words, judge: () => whole };
}

const order = (rules: readonly Rule[]) => diagnose(nothing, rules).verdicts.map((verdict) => verdict.cause);

describe('ranking', () => {
  test('by level first', () => {
    const levels: readonly VerdictLevel[] = ['ruled-out', 'inconclusive', 'possible', 'likely', 'confirmed'];
    const rules = levels.map((verdict) => rule(verdict, [{ verdict }]));
    expect(order(rules)).toEqual(levels.toReversed());
  });

  test('a likely outage stands before a confirmed aside, and an aside that is named before what is not', () => {
    const rules = [
      rule('maybe', [{ verdict: 'possible' }]),
      rule('aside', [{ verdict: 'confirmed' }], 'aside'),
      rule('outage', [{ verdict: 'likely' }]),
    ];
    expect(order(rules)).toEqual(['outage', 'aside', 'maybe']);
  });

  test('what the log shows to fail stands before what nobody asked for', () => {
    const rules = [
      rule('placeholder', [{ verdict: 'confirmed', scope: { pool: 'empty' } }]),
      rule('asked-for', [{ verdict: 'likely', scope: { pool: 'APP', setting: 's' } }]),
    ];
    const failing = { pool: 'app', setting: 's', status: 502, count: 9, transactionIds: [] };
    const log: Readings = { evidence: [], traffic: { groups: [failing], unread: 0, minutes: [] } };
    expect(diagnose(log, rules).verdicts.map(({ cause }) => cause)).toEqual(['asked-for', 'placeholder']);
    expect(order(rules)).toEqual(['placeholder', 'asked-for']);
  });

  describe('a whole pool and a single member', () => {
    const rules = [
      rule('member', [{ verdict: 'confirmed', scope: { pool: 'a', members: ['10.0.0.4'] } }]),
      rule('pool', [{ verdict: 'likely', scope: { pool: 'b' } }]),
    ];
    const beside = (health: 'healthy' | 'unhealthy'): Readings => ({
      evidence: [],
      backendHealth: {
        targets: [
          {
            pool: 'A',
            setting: 's',
            members: ['10.0.0.4', '10.0.0.5'].map((address, index) => ({
              address,
              health: index === 0 ? 'unhealthy' : health,
              healthAsWritten: health,
              observed: { kind: 'silent' },
            })),
          },
        ],
      },
    });
    const first = (readings: Readings) => diagnose(readings, rules).verdicts[0]?.cause;

    test('the pool first, where other members carry the load of the member', () => {
      expect(first(beside('healthy'))).toBe('pool');
    });

    test('the surer one first, where they do not', () => {
      expect(first(beside('unhealthy'))).toBe('member');
      expect(first(nothing)).toBe('member');
    });
  });

  test('more signs first, then the order of the list', () => {
    const likely = { verdict: 'likely' } as const;
    const rules = [rule('one', [likely]), rule('two', [likely]), rule('three', [{ ...likely, weight: 2 }])];
    expect(order(rules)).toEqual(['three', 'one', 'two']);
  });
});

describe('the headline', () => {
  test('names the best cause, how sure it is, where, and that there are more', () => {
    const scope = { pool: 'pool-a', setting: 'https-a', members: ['10.0.0.4', '10.0.0.5'] };
    const rules = [rule('one', [{ verdict: 'likely', scope }]), rule('two', [{ verdict: 'likely' }])];
    expect(diagnose(nothing, rules).headline).toBe(
      'Title of one (likely): 2 members of pool-a~https-a. One more cause is named.',
    );
    expect(diagnose(nothing, [rules[0] as Rule]).headline).toBe('Title of one (likely): 2 members of pool-a~https-a.');
  });

  test('names no cause below likely, but the read that most of the open causes wait for', () => {
    const missing = (read: string) => [{ read }];
    const rules = [
      rule('one', [{ missing: missing('This alone.') }]),
      rule('two', [{ missing: missing('The port test.') }]),
      rule('three', [{ missing: missing('The port test.') }]),
    ];
    const { established, headline } = diagnose(nothing, rules);
    expect(established).toBe(false);
    expect(headline).toBe('The cause is not established. The next read: The port test.');
  });

  test('silence is not health', () => {
    expect(diagnose(nothing, [])).toMatchObject({ established: false, healthy: false });
  });
});

describe('healthy', () => {
  const member = { address: '10.0.0.4', health: 'healthy', healthAsWritten: 'Healthy' } as const;
  const withMember = (change: object): Readings => ({
    evidence: [],
    backendHealth: {
      targets: [{ pool: 'a', setting: 'b', members: [{ ...member, observed: { kind: 'answered' }, ...change }] }],
    },
  });

  test('when every member that was read is well', () => {
    expect(diagnose(withMember({}), [])).toMatchObject({
      healthy: true,
      headline: expect.stringMatching(/^No trouble/),
    });
  });

  test.each([
    ['a failure text beside Healthy', withMember({ observed: { kind: 'timed-out' } })],
    ['an unknown member', withMember({ health: 'unknown' })],
    ['a draining member', withMember({ health: 'draining' })],
    ['a stopped gateway', { ...withMember({}), gateway: { operationalState: 'Stopped' } as Readings['gateway'] }],
    ['a degraded platform', { ...withMember({}), resourceHealth: { state: 'Degraded' } }],
    [
      'a single 502',
      {
        ...withMember({}),
        traffic: { groups: [{ status: 502, count: 1, transactionIds: [] }], minutes: [], unread: 0 },
      },
    ],
  ] satisfies [string, Readings][])('not with %s', (_name, readings) => {
    expect(diagnose(readings, []).healthy).toBe(false);
  });

  test('not where a rule sees a possible outage', () => {
    expect(diagnose(withMember({}), [rule('slow', [{ verdict: 'possible' }])]).healthy).toBe(false);
    expect(diagnose(withMember({}), [rule('noise', [{ verdict: 'possible' }], 'aside')]).healthy).toBe(true);
  });
});

test('a rule that fails costs only its own verdict', () => {
  const broken: Rule = {
    ...rule('broken', []),
    judge: () => {
      throw new Error('defect');
    },
  };
  const { verdicts } = diagnose(nothing, [broken, rule('fine', [{ verdict: 'likely' }])]);
  expect(verdicts.map(({ cause, verdict }) => [cause, verdict])).toEqual([
    ['fine', 'likely'],
    ['broken', 'inconclusive'],
  ]);
});

test('there is no next read once the best cause is confirmed', () => {
  const verdicts = diagnose(nothing, [
    rule('sure', [{ verdict: 'confirmed' }]),
    rule('open', [{ missing: [{ read: 'x' }] }]),
  ]);
  expect(nextRead(verdicts.verdicts)).toBeUndefined();
});
