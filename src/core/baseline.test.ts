import { describe, expect, test } from '@jest/globals';
import type { HealthTarget, MemberHealth } from './backend-health.ts';
import {
  type Baseline,
  DEFAULT_BASELINE,
  dueReads,
  emptyBaseline,
  hasRoom,
  type KnownGateway,
  withConfig,
  withFailure,
  withHealth,
} from './baseline.ts';
import { beforeOf, describeBefore, healthyBefore, seenChange } from './baseline-before.ts';

const at = (clock: string) => `2026-09-14T${clock}:00.000Z`;
const now = at('02:00');

function target(pool: string, ...members: readonly MemberHealth[]): HealthTarget {
  return {
    pool,
    setting: 'http-8080',
    members: members.map((health, index) => ({
      address: `10.0.0.${index}`,
      health,
      healthAsWritten: health,
      observed: { kind: 'answered' },
    })),
  };
}

describe('what is due', () => {
  const gateway = (name: string, minutesAgo?: number, changes: Partial<KnownGateway> = {}): KnownGateway => {
    const asked = { at: new Date(Date.parse(now) - (minutesAgo ?? 0) * 60_000).toISOString(), failures: 0 };
    return {
      gatewayId: name,
      isOpen: false,
      ...(minutesAgo === undefined ? {} : { asked: { config: asked, health: asked } }),
      ...changes,
    };
  };
  const due = (known: readonly KnownGateway[], policy = DEFAULT_BASELINE) =>
    dueReads(known, now, policy).map(({ gatewayId, subject }) => `${gatewayId} ${subject}`);

  test.each([
    ['was never read', undefined, ['g config', 'g health']],
    ['was read a minute ago', 1, []],
    ['was read as long ago as the configuration may be', 5, ['g config']],
    ['was read an hour ago', 60, ['g config', 'g health']],
  ] as const)('a gateway that %s', (_name, minutesAgo, expected) => {
    expect(due([gateway('g', minutesAgo)])).toEqual(expected);
  });

  test('nothing, where it is switched off', () => {
    expect(due([gateway('g')], { configMinutes: 0, healthMinutes: 30 })).toEqual([]);
  });

  test('a gateway with an open incident keeps the baseline that it has', () => {
    expect(due([gateway('g', undefined, { isOpen: true })])).toEqual([]);
  });

  test('one that does not answer is asked less and less often, and never given up', () => {
    const failing = (minutesAgo: number, failures: number) => {
      const { asked } = gateway('g', minutesAgo);
      const config = { at: asked?.config?.at ?? '', failures };
      return due([gateway('g', undefined, { asked: { config, health: { at: now, failures: 0 } } })]);
    };
    expect(failing(9, 1)).toEqual([]);
    expect(failing(10, 1)).toEqual(['g config']);
    expect(failing(300, 50)).toEqual([]);
    expect(failing(320, 50)).toEqual(['g config']);
  });

  test('a thousand gateways that are due together are not read together, and the longest overdue come first', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => gateway(`g${index}`, 100 + index));
    const reads = dueReads(many, now, DEFAULT_BASELINE);
    expect(reads.filter(({ subject }) => subject === 'config')).toHaveLength(60);
    expect(reads.filter(({ subject }) => subject === 'health')).toHaveLength(6);
    expect(reads[0]).toEqual({ gatewayId: 'g999', subject: 'config' });
  });

  test('run every minute, each gateway has its turn in its interval', () => {
    const names = Array.from({ length: 20 }, (_, index) => `g${index}`);
    const asked = new Map<string, KnownGateway['asked']>();
    const perRun: number[] = [];
    for (let minute = 0; minute < 60; minute += 1) {
      const moment = new Date(Date.parse(now) + minute * 60_000).toISOString();
      const known = names.map((gatewayId) => ({ gatewayId, isOpen: false, asked: asked.get(gatewayId) }));
      const reads = dueReads(known, moment, DEFAULT_BASELINE);
      perRun.push(reads.length);
      for (const { gatewayId, subject } of reads) {
        asked.set(gatewayId, { ...asked.get(gatewayId), [subject]: { at: moment, failures: 0 } });
      }
    }
    const end = Date.parse(now) + 59 * 60_000;
    for (const name of names) {
      expect(end - Date.parse(asked.get(name)?.config?.at ?? '')).toBeLessThan(5 * 60_000);
      expect(end - Date.parse(asked.get(name)?.health?.at ?? '')).toBeLessThan(30 * 60_000);
    }
    expect(Math.max(...perRun)).toBeLessThanOrEqual(8);
  });

  test.each([
    [200, true, true],
    [121, true, false],
    [119, false, false],
    [0, false, false],
  ])('with %d calls to spare, configuration: %s, health: %s', (tokens, config, health) => {
    expect([hasRoom({ subject: 'config' }, tokens), hasRoom({ subject: 'health' }, tokens)]).toEqual([config, health]);
  });
});

describe('what is kept', () => {
  const grown = (...readings: readonly (readonly [clock: string, ...members: readonly MemberHealth[]])[]): Baseline =>
    readings.reduce(
      (baseline, [clock, ...members]) => withHealth(baseline, [target('pool-a', ...members)], at(clock)),
      emptyBaseline('g'),
    );

  test('the same health again renews its time, another one begins a span, and a few are kept', () => {
    const baseline = grown(
      ['01:00', 'healthy', 'healthy'],
      ['01:30', 'healthy', 'healthy'],
      ['02:00', 'healthy', 'unhealthy'],
    );
    expect(baseline.places).toEqual([
      {
        pool: 'pool-a',
        setting: 'http-8080',
        spans: [
          { healthy: 2, total: 2, from: at('01:00'), to: at('01:30') },
          { healthy: 1, total: 2, from: at('02:00'), to: at('02:00') },
        ],
      },
    ]);
    const flapping = grown(
      ...Array.from(
        { length: 12 },
        (_, index) => [`0${Math.floor(index / 6)}:${index % 6}0`, index % 2 ? 'healthy' : 'unhealthy'] as const,
      ),
    );
    expect(flapping.places[0]?.spans).toHaveLength(4);
  });

  test('a reading in which nothing is known of any member changes nothing of them', () => {
    const known = grown(['01:00', 'healthy']);
    expect(withHealth(known, [target('pool-a', 'unknown', 'unknown')], at('01:30')).places).toEqual(known.places);
  });

  test('a place that is gone for a day is forgotten', () => {
    const moved = withHealth(grown(['01:00', 'healthy']), [target('pool-b', 'healthy')], '2026-09-15T03:00:00.000Z');
    expect(moved.places.map(({ pool }) => pool)).toEqual(['pool-b']);
  });

  test('ten thousand places stay within bounds', () => {
    const targets = Array.from({ length: 10_000 }, (_, index) => target(`pool-${index}`, 'healthy'));
    expect(withHealth(emptyBaseline('g'), targets, now).places.length).toBeLessThanOrEqual(150);
  });

  const print = (hash: string, parts: Readonly<Record<string, string>> = {}, form = 'f') => ({ form, hash, parts });

  test('a configuration that differs is kept with what differs, and the last few are', () => {
    let baseline = withConfig(emptyBaseline('g'), print('1', { 'pool a': 'x', 'probe p': 'x' }), at('01:00'));
    baseline = withConfig(baseline, print('1', { 'pool a': 'x', 'probe p': 'x' }), at('01:05'));
    baseline = withConfig(baseline, print('2', { 'pool a': 'y', 'rule r': 'x' }), at('01:10'));
    expect(baseline.configs).toEqual([
      { form: 'f', hash: '1', from: at('01:00'), to: at('01:05') },
      {
        form: 'f',
        hash: '2',
        from: at('01:10'),
        to: at('01:10'),
        changed: ['pool a changed', 'probe p removed', 'rule r added'],
      },
    ]);
    for (let index = 3; index < 30; index += 1) baseline = withConfig(baseline, print(`${index}`), at('01:20'));
    expect(baseline.configs).toHaveLength(6);
  });

  test('a configuration of another form is no change', () => {
    const old = withConfig(emptyBaseline('g'), print('1', {}, 'old'), at('01:00'));
    const { configs } = withConfig(old, print('2', {}, 'new'), at('01:05'));
    expect(configs).toEqual([{ form: 'new', hash: '2', from: at('01:05'), to: at('01:05') }]);
  });

  test('a failure is counted, and ended by an answer', () => {
    const failed = withFailure(withFailure(emptyBaseline('g'), 'config', at('01:00')), 'config', at('01:10'));
    expect(failed.asked).toEqual({ config: { at: at('01:10'), failures: 2 } });
    expect(withConfig(failed, print('1'), at('01:30')).asked.config).toEqual({ at: at('01:30'), failures: 0 });
  });

  describe('the before of an incident', () => {
    const place = { pool: 'POOL-A', setting: 'http-8080' };

    test('members that were found down before anybody was told do not count as before', () => {
      const baseline = grown(
        ['01:00', 'healthy', 'healthy'],
        ['01:30', 'healthy', 'healthy'],
        ['01:58', 'unhealthy', 'unhealthy'],
      );
      const before = beforeOf(baseline, now);
      expect(healthyBefore(before, place)).toBe('2 of 2 members healthy at 2026-09-14 01:30 UTC');
    });

    test('a pool that never had all its members keeps what it had', () => {
      const before = beforeOf(grown(['01:00', 'healthy', 'unhealthy'], ['01:58', 'unhealthy', 'unhealthy']), now);
      expect(healthyBefore(before, place)).toBe('1 of 2 members healthy at 2026-09-14 01:00 UTC');
    });

    test('what is read after the beginning, or was a day before it, is not before', () => {
      expect(beforeOf(grown(['02:10', 'healthy']), now)).toBeUndefined();
      expect(beforeOf(grown(['00:30', 'healthy']), '2026-09-15T01:00:00.000Z')).toBeUndefined();
    });

    test('nothing is known of a gateway that was never read', () => {
      expect(beforeOf(undefined, now)).toBeUndefined();
      expect(beforeOf(emptyBaseline('g'), now)).toBeUndefined();
      expect(healthyBefore(undefined, place)).toBeUndefined();
    });

    const seen = withConfig(emptyBaseline('g'), print('1', { 'pool a': 'x' }), at('01:55'));
    const failure = (clock: string) => ({ at: at(clock), latest: at(clock) });

    test('a configuration that the first investigation finds changed is told with both times, as no proof', () => {
      const before = beforeOf(seen, now, { print: print('2', { 'pool a': 'y' }), at: at('02:01') });
      const change = seenChange(before, 'gw', failure('01:58'));
      expect(change?.what).toBe('The configuration of gateway gw was changed');
      expect(change?.sentence).toBe(
        'The configuration changed between 2026-09-14 01:55 UTC and 2026-09-14 02:01 UTC: pool a changed. The first failure lies between the two readings, so that it may have come before or after. This is a correlation in time, not a proof.',
      );
    });

    test('a change that the readings saw before is told with the minutes from it to the failure', () => {
      const baseline = withConfig(seen, print('2', { 'pool a': 'y' }), at('02:00'));
      const before = beforeOf(baseline, at('02:20'), { print: print('2', { 'pool a': 'y' }), at: at('02:21') });
      expect(seenChange(before, 'gw', failure('02:18'))).toMatchObject({ at: at('02:00'), minutesBefore: 18 });
    });

    test('a change after the first failure is not the change before it', () => {
      const before = beforeOf(seen, now, { print: print('2'), at: at('02:01') });
      expect(seenChange(before, 'gw', failure('01:50'))).toBeUndefined();
    });

    test.each([
      ['is the same', print('1', { 'pool a': 'x' })],
      ['is of another form', print('2', {}, 'another')],
    ])('a configuration that %s is no change', (_name, current) => {
      const before = beforeOf(seen, now, { print: current, at: at('02:01') });
      expect(before).toEqual({ places: [], config: { seenAt: at('01:55') } });
      expect(describeBefore(before ?? { places: [] })).toMatch(/no change of it was seen in the day before\.$/);
    });
  });
});
