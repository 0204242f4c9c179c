import { describe, expect, test } from '@jest/globals';
import type { Criterion, Signal } from '../core/signal.ts';
import { describeCriterion, describeSignal, severityOf } from './describe.ts';

const criterion = (fields: Partial<Criterion>): Criterion => ({
  measure: 'HealthyHostCount',
  comparison: 'below',
  threshold: 1,
  value: 0,
  aggregation: 'Minimum',
  dimensions: { BackendSettingsPool: 'pool-orders~https-orders' },
  ...fields,
});

const signal = (fields: Partial<Signal>): Signal => ({
  id: 'e7',
  source: 'azure-monitor',
  kind: 'metric',
  condition: 'fired',
  isTest: false,
  gatewayId: '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/applicationGateways/g',
  title: 'orders down',
  criteria: [criterion({})],
  targets: [],
  ...fields,
});

describe('describeCriterion', () => {
  test.each<[string, Partial<Criterion>]>([
    ['Minimum HealthyHostCount is 0, below 1, for pool-orders~https-orders', {}],
    ['Minimum HealthyHostCount is 0, below 1', { dimensions: {} }],
    ['Minimum HealthyHostCount is below 1', { dimensions: {}, value: undefined }],
    ['Minimum HealthyHostCount is 0', { dimensions: {}, threshold: undefined }],
    [
      'Minimum HealthyHostCount met the condition of its alert rule',
      { dimensions: {}, value: undefined, comparison: undefined },
    ],
    [
      'Average BackendLastByteResponseTime is 812.4, outside its usual range, for Listener public, HttpStatusGroup 5xx',
      {
        measure: 'BackendLastByteResponseTime',
        aggregation: 'Average',
        comparison: 'outside its usual range',
        value: 812.4,
        dimensions: {
          Listener: 'public',
          HttpStatusGroup: '5xx',
          'microsoft.resourceId': '/subscriptions/s',
          _ResourceId: '/subscriptions/s',
        },
      },
    ],
    [
      'Number of results is 37, at least 10',
      {
        measure: 'Number of results',
        aggregation: undefined,
        comparison: 'at least',
        threshold: 10,
        value: 37,
        dimensions: {},
      },
    ],
    ['Minimum HealthyHostCount is 0.3, below 1', { value: 0.1 + 0.2, dimensions: {} }],
    ["Minimum HealthyHostCount is 4; the alert's condition is below 1", { value: 4, dimensions: {} }],
    [
      'Minimum HealthyHostCount is 0, below 1, for a 1, b 2, c 3, d 4, e 5 and 2 more',
      { dimensions: { a: '1', b: '2', c: '3', d: '4', e: '5', f: '6', g: '7' } },
    ],
  ])('%s', (line, fields) => {
    expect(describeCriterion(criterion(fields))).toBe(line);
  });
});

describe('describeSignal', () => {
  test('a resolution does not claim what no longer holds', () => {
    const resolved = (fields: Partial<Criterion>) =>
      describeSignal(signal({ condition: 'resolved', criteria: [criterion({ dimensions: {}, ...fields })] }));
    expect(resolved({ value: 2 })).toEqual(['Minimum HealthyHostCount is 2, no longer below 1']);
    expect(resolved({ value: undefined })).toEqual(['Minimum HealthyHostCount is no longer below 1']);
    expect(resolved({ value: 0 })).toEqual(["Minimum HealthyHostCount is 0; the alert's condition is below 1"]);
    expect(resolved({ comparison: 'outside its usual range' })).toEqual([
      'Minimum HealthyHostCount is 0, no longer outside its usual range',
    ]);
    expect(resolved({ value: undefined, threshold: undefined })).toEqual([
      'Minimum HealthyHostCount no longer meets its alert rule',
    ]);
  });

  test('Resource Health and operations have sentences of their own', () => {
    const dimensions = {
      currentHealthStatus: 'Degraded',
      previousHealthStatus: 'Available',
      cause: 'PlatformInitiated',
    };
    expect(describeSignal(signal({ criteria: [{ measure: 'Resource Health', dimensions }] }))).toEqual([
      'Resource Health is Degraded, was Available (PlatformInitiated)',
    ]);
    expect(describeSignal(signal({ criteria: [{ measure: 'Resource Health', dimensions: {} }] }))).toEqual([
      'Resource Health reports a change',
    ]);
    const operation = { operationName: 'Microsoft.Network/applicationGateways/stop/action', status: 'Succeeded' };
    expect(describeSignal(signal({ criteria: [{ measure: 'Activity log', dimensions: operation }] }))).toEqual([
      'Activity log: Microsoft.Network/applicationGateways/stop/action, Succeeded',
    ]);
  });

  test('there is always a line', () => {
    expect(describeSignal(signal({ criteria: [] }))).toEqual(['orders down: fired']);
    expect(describeSignal(signal({ criteria: [], source: 'person', kind: 'manual', title: 'users complain' }))).toEqual(
      ['Asked for by a person: users complain'],
    );
    expect(
      describeSignal(signal({ criteria: [], source: 'pagerduty', kind: 'incident', title: 'orders down' })),
    ).toEqual(['PagerDuty has an incident: orders down']);
  });
});

describe('severityOf', () => {
  test.each([
    [0, 'critical'],
    [1, 'error'],
    [2, 'warning'],
    [3, 'info'],
    [4, 'info'],
  ])('Sev%d is %s', (severity, expected) => {
    expect(severityOf(signal({ severity }))).toBe(expected);
  });

  test('without a severity, down members and failed requests are errors and the rest are warnings', () => {
    expect(severityOf(signal({}))).toBe('error');
    expect(severityOf(signal({ criteria: [criterion({ measure: 'unhealthyhostcount' })] }))).toBe('error');
    expect(severityOf(signal({ criteria: [criterion({ measure: 'CpuUtilization' })] }))).toBe('warning');
    expect(severityOf(signal({ source: 'access-log-stream', kind: 'stream', criteria: [] }))).toBe('error');
    expect(severityOf(signal({ source: 'person', kind: 'manual', criteria: [] }))).toBe('warning');
  });

  test.each([
    ['Unavailable', 'fired', 'error'],
    ['Degraded', 'fired', 'warning'],
    ['Unknown', 'fired', 'warning'],
    ['Available', 'resolved', 'info'],
  ] as const)('Resource Health %s (%s) is %s, although Azure always says Sev4', (status, condition, expected) => {
    const criteria = [{ measure: 'Resource Health', dimensions: { currentHealthStatus: status } }];
    expect(severityOf(signal({ kind: 'resource-health', severity: 4, condition, criteria }))).toBe(expected);
  });

  test('a test is information, whatever it says', () => {
    expect(severityOf(signal({ isTest: true, severity: 0 }))).toBe('info');
  });
});
