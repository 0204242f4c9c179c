import { describe, expect, test } from '@jest/globals';
import { gateway as gatewayKind } from '../evidence/gateway/index.ts';
import type { Criterion } from './alert-rules.ts';
import { judgeCriterion, type Target, targetsOf } from './metric-criterion.ts';
import { gatewayWith } from './port-for-tests.ts';

const split = [{ name: 'BackendSettingsPool', isExcluding: false, values: ['*'] }];

/** `min HealthyHostCount lessthan 1 split` in short. */
function criterion(text: string, more: Partial<Criterion> = {}): Criterion {
  const [aggregation = '', metric = '', operator = '', threshold = '', isSplit] = text.split(' ');
  return {
    metric,
    aggregation,
    operator: operator.toLowerCase(),
    threshold: Number(threshold),
    dimensions: isSplit ? split : [],
    ...more,
  };
}

const two: readonly Target[] = [
  { name: 'orders~https', members: 2 },
  { name: 'shop~https', members: 4 },
];
const one: readonly Target[] = [{ name: 'orders~https', members: 3 }];
const named: readonly Target[] = [{ name: 'orders~https' }, { name: 'shop~https', members: 4 }];

describe('what a rule about members can see', () => {
  test.each([
    // The rule that the docs recommend.
    ['minimum HealthyHostCount LessThan 1 split', two, 'fire'],
    ['minimum HealthyHostCount LessThan 1', two, 'fire'],
    ['maximum UnhealthyHostCount GreaterThan 0 split', two, 'fire'],
    ['average UnhealthyHostCount GreaterThan 0', two, 'fire'],
    ['total UnhealthyHostCount GreaterThan 0', two, 'fire'],
    // A count is never below 0.
    ['minimum HealthyHostCount LessThan 0 split', two, 'never'],
    ['average HealthyHostCount LessThanOrEqual -1', two, 'never'],
    ['minimum HealthyHostCount LessThanOrEqual 0 split', two, 'fire'],
    // With two members gone, four of six remain: two a pool.
    ['average HealthyHostCount LessThan 1', two, 'never'],
    ['average HealthyHostCount LessThan 2', two, 'blind'],
    ['average HealthyHostCount LessThan 3', two, 'late'],
    ['average HealthyHostCount LessThan 1', named, 'blind'],
    ['average HealthyHostCount LessThan 1', one, 'late'],
    ['average HealthyHostCount LessThan 1 split', two, 'late'],
    ['maximum HealthyHostCount LessThan 1', two, 'blind'],
    ['maximum HealthyHostCount LessThan 1 split', two, 'late'],
    // More than any pool has.
    ['minimum HealthyHostCount LessThan 5 split', two, 'always'],
    ['minimum HealthyHostCount LessThan 4 split', two, 'fire'],
    ['minimum HealthyHostCount LessThan 5 split', named, 'fire'],
    ['maximum UnhealthyHostCount GreaterThan 4 split', two, 'never'],
    ['maximum UnhealthyHostCount GreaterThan 3 split', two, 'fire'],
    ['maximum UnhealthyHostCount GreaterThanOrEqual 5 split', two, 'never'],
    ['average UnhealthyHostCount GreaterThan 2', two, 'never'],
    ['average UnhealthyHostCount GreaterThan 1', two, 'blind'],
    ['minimum UnhealthyHostCount GreaterThan 0', two, 'blind'],
    ['minimum UnhealthyHostCount GreaterThan 0 split', two, 'late'],
    ['maximum UnhealthyHostCount GreaterThanOrEqual 0 split', two, 'always'],
    ['maximum UnhealthyHostCount GreaterThan -1 split', two, 'always'],
    ['count HealthyHostCount LessThan 1 split', two, 'never'],
    ['minimum HealthyHostCount Equals 7 split', two, 'never'],
    // Nothing is known of the gateway.
    ['average HealthyHostCount LessThan 1', [], 'late'],
    ['minimum HealthyHostCount LessThan 5', [], 'fire'],
    ['total FailedRequests GreaterThan 10', two, 'fire'],
    ['total FailedRequests LessThan 0', two, 'never'],
  ] as const)('%s over %j: %s', (text, targets, expected) => {
    const judgement = judgeCriterion(criterion(text), targets);
    expect(judgement.can).toBe(expected);
    if (judgement.can !== 'fire') expect(judgement.why).not.toMatch(/undefined|NaN|\.$/);
  });

  test('a dynamic threshold is not judged', () => {
    const { operator: _operator, threshold: _threshold, ...dynamic } = criterion('average HealthyHostCount LessThan 1');
    expect(judgeCriterion(dynamic, two).can).toBe('unknown');
  });

  test.each([
    ['HttpStatusCode', ['502'], 'ResponseStatus', 'never'],
    ['HttpStatusGroup', ['502'], 'ResponseStatus', 'never'],
    ['HttpStatusGroup', ['5xx'], 'ResponseStatus', 'fire'],
    ['BackendSettingsPool', ['orders'], 'HealthyHostCount', 'never'],
    ['BackendSettingsPool', ['ORDERS~HTTPS'], 'HealthyHostCount', 'fire'],
    ['BackendPool', ['*'], 'HealthyHostCount', 'never'],
    ['Anything', ['*'], 'AMetricOfTomorrow', 'fire'],
  ])('dimension %s with %j of %s: %s', (name, values, metric, expected) => {
    const dimensions = [{ name, isExcluding: false, values }];
    expect(judgeCriterion(criterion(`minimum ${metric} LessThan 1`, { dimensions }), two).can).toBe(expected);
  });

  test('only the pools that are watched count', () => {
    const dimensions = [{ name: 'BackendSettingsPool', isExcluding: true, values: ['shop~https'] }];
    expect(judgeCriterion(criterion('minimum HealthyHostCount LessThan 3', { dimensions }), two).can).toBe('always');
  });
});

test('members are counted where addresses tell, and not where DNS does', () => {
  const { reading } = gatewayKind.read([
    gatewayWith({ orders: ['10.0.0.4', '10.0.0.5'], shop: ['shop.example.com', '10.0.0.6'], empty: [] }),
  ]);
  expect(reading.gateway && targetsOf(reading.gateway)).toEqual([
    { name: 'orders~https', members: 2 },
    { name: 'shop~https' },
    { name: 'empty~https', members: 0 },
  ]);
});
