import { describe, expect, test } from '@jest/globals';
import type { SignalParse } from '../../core/signal.ts';
import { type Fields, GATEWAY, MACHINE, olderMetricAlert, olderMetricContext, WORKSPACE } from './alert-bodies.ts';
import { PORTAL_TEST_REASON, parseAzureMonitorAlert } from './index.ts';

const parse = (body: unknown): SignalParse => parseAzureMonitorAlert(body, (text) => `digest of ${text}`);

describe('metric alerts without the common schema', () => {
  test('a fired one on a gateway', () => {
    expect(parse(olderMetricAlert())).toStrictEqual({
      outcome: 'signal',
      signal: {
        id: expect.stringMatching(/^digest of .*shop-failed/),
        source: 'azure-monitor',
        kind: 'metric',
        condition: 'fired',
        isTest: false,
        gatewayId: GATEWAY,
        title: 'shop-failed',
        severity: 2,
        at: '2026-03-04T05:06:07.123Z',
        criteria: [
          {
            measure: 'FailedRequests',
            comparison: 'above',
            threshold: 50,
            value: 81,
            aggregation: 'Minimum',
            dimensions: { BackendSettingsPool: 'pool-cart~https-cart' },
          },
        ],
        targets: [{ pool: 'pool-cart', setting: 'https-cart' }],
      },
    });
  });

  test.each([
    ['Deactivated', 'resolved'],
    ['Resolved', 'resolved'],
    ['Activated', 'fired'],
  ])('the status %s means %s', (status, condition) => {
    expect(parse(olderMetricAlert({}, { status }))).toMatchObject({ signal: { condition } });
  });

  test('without a status it is invalid', () => {
    expect(parse(olderMetricAlert({}, { status: undefined }))).toMatchObject({ code: 'condition-missing' });
  });

  test('the oldest has no schemaId, no data and a single condition', () => {
    const condition = {
      metricName: 'UnhealthyHostCount',
      metricUnit: 'Count',
      metricValue: '3',
      threshold: '1',
      windowSize: '5',
      timeAggregation: 'Average',
      operator: 'GreaterThanOrEqual',
    };
    const body = {
      status: 'Activated',
      context: olderMetricContext({ conditionType: 'Metric', condition }),
      properties: {},
    };
    expect(parse(body)).toMatchObject({
      signal: { criteria: [{ measure: 'UnhealthyHostCount', comparison: 'at least', threshold: 1, value: 3 }] },
    });
  });

  test('two deliveries have one id, two events have two', () => {
    const idOf = (context: Fields) => {
      const parsed = parse(olderMetricAlert(context));
      return parsed.outcome === 'signal' ? parsed.signal.id : parsed.outcome;
    };
    expect(idOf({})).toBe(idOf({}));
    expect(idOf({})).not.toBe(idOf({ timestamp: '2026-03-04T06:06:07Z' }));
  });

  test('about another resource it is not ours', () => {
    expect(parse(olderMetricAlert({ resourceId: MACHINE }))).toMatchObject({
      outcome: 'not-ours',
      reason: expect.stringContaining('microsoft.compute/virtualmachines'),
    });
  });

  test('from the portal it is a test', () => {
    const id =
      '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/test-RG/providers/microsoft.insights/metricAlerts/test-rule';
    const context = { id, name: 'test-rule', resourceId: MACHINE };
    expect(parse(olderMetricAlert(context))).toMatchObject({ outcome: 'not-ours', reason: PORTAL_TEST_REASON });
    expect(parse(olderMetricAlert({ ...context, resourceId: GATEWAY }))).toMatchObject({ signal: { isTest: true } });
  });
});

describe('activity log and log alerts without the common schema', () => {
  const activity = (activityLog: Fields, status = 'Activated') => ({
    schemaId: 'Microsoft.Insights/activityLogs',
    data: { status, context: { activityLog } },
  });

  test('an operation on the gateway', () => {
    const body = activity({
      eventSource: 'Administrative',
      eventTimestamp: '2026-03-04T05:06:07.1836909+00:00',
      operationName: 'Microsoft.Network/applicationGateways/write',
      resourceId: GATEWAY,
      status: 'Failed',
    });
    expect(parse(body)).toMatchObject({
      signal: { kind: 'activity-log', condition: 'fired', at: '2026-03-04T05:06:07.183Z' },
    });
  });

  test('health that came back', () => {
    const properties = { currentHealthStatus: 'Available', previousHealthStatus: 'Degraded' };
    const body = activity({ eventSource: 'ResourceHealth', resourceId: GATEWAY, properties });
    expect(parse(body)).toMatchObject({ signal: { kind: 'resource-health', condition: 'resolved' } });
  });

  test('a log alert whose results name the gateway, and one whose results do not', () => {
    const alert = (rows: unknown) => ({
      AlertRuleName: 'bad gateways',
      AlertThresholdOperator: 'Greater Than',
      AlertThresholdValue: 5,
      AlertType: 'Number of results',
      ResourceId: WORKSPACE,
      ResultCount: 9,
      SearchIntervalEndtimeUtc: '2026-03-04T05:06:07Z',
      SearchResult: { tables: [{ rows }] },
      Severity: '1',
    });
    const named = parse(alert([['x', GATEWAY]]));
    expect(named).toMatchObject({
      signal: {
        kind: 'log-search',
        severity: 1,
        gatewayId: GATEWAY,
        criteria: [{ comparison: 'above', threshold: 5, value: 9 }],
      },
    });
    expect(parse({ schemaId: 'Microsoft.Insights/LogAlert', data: alert([['x', GATEWAY]]) })).toEqual(named);
    expect(parse(alert([['x', MACHINE]]))).toMatchObject({ outcome: 'not-ours', title: 'bad gateways' });
  });

  test('what is none of these is asked for in the common schema', () => {
    expect(parse({ data: { context: { name: 'x' } } })).toMatchObject({
      outcome: 'invalid',
      code: 'common-schema-required',
      message: expect.stringContaining('common alert schema'),
    });
  });
});
