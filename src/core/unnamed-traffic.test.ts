import { expect, test } from '@jest/globals';
import type { Readings } from './readings.ts';
import type { TrafficGroup } from './traffic.ts';
import { withNamedTraffic } from './unnamed-traffic.ts';

const group: TrafficGroup = { status: 502, count: 3, transactionIds: [] };

function readings(targets: readonly (readonly [string, string])[], groups: readonly TrafficGroup[]): Readings {
  return {
    evidence: [],
    backendHealth: { targets: targets.map(([pool, setting]) => ({ pool, setting, members: [] })) },
    traffic: { groups, unread: 0, minutes: [] },
  };
}

test('requests of a log that names no pool belong to the only target that there is', () => {
  const named = withNamedTraffic(readings([['pool-a', 'http-a']], [group]));
  expect(named.traffic?.groups).toEqual([{ ...group, pool: 'pool-a', setting: 'http-a' }]);
});

test.each<[string, Readings]>([
  [
    'there are two targets',
    readings(
      [
        ['pool-a', 'http-a'],
        ['pool-a', 'http-b'],
      ],
      [group],
    ),
  ],
  ['there is none', readings([], [group])],
  ['some rows do name a pool', readings([['pool-a', 'http-a']], [group, { ...group, pool: 'pool-a' }])],
  ['nothing was read', { evidence: [] }],
])('nothing is named where %s', (_name, given) => {
  expect(withNamedTraffic(given)).toBe(given);
});
