import { describe, expect, test } from '@jest/globals';
import type { Signal } from '../../core/signal.ts';
import {
  ALERT_GUID,
  activityLogAlert,
  commonAlert,
  GATEWAY,
  logSearchAlert,
  logV1Alert,
  MACHINE,
  metricAlert,
  resourceHealthAlert,
} from './alert-bodies.ts';
import { PORTAL_TEST_REASON, parseAzureMonitorAlert } from './index.ts';

/** Not a hash: the tests only need to see whether it was asked, and whether two texts were the same. */
const digest = (text: string) => `digest of ${text}`;
const parse = (body: unknown) => parseAzureMonitorAlert(body, digest);

function signalOf(body: unknown): Signal {
  const parsed = parse(body);
  if (parsed.outcome !== 'signal') throw new Error(`not a signal: ${JSON.stringify(parsed)}`);
  return parsed.signal;
}

describe('log search alerts', () => {
  test('the workspace is the target, a dimension names the gateway', () => {
    const signal = signalOf(logSearchAlert());
    expect(signal).toMatchObject({ kind: 'log-search', gatewayId: GATEWAY.toLowerCase() });
    expect(signal.criteria).toEqual([
      {
        measure: 'Number of results',
        comparison: 'above',
        threshold: 10,
        value: 37,
        dimensions: { _ResourceId: GATEWAY.toLowerCase() },
      },
    ]);
  });

  test('the gateway is the target, a column is measured, pools come in columns of the log', () => {
    const signal = signalOf(
      logSearchAlert(
        { alertTargetIDs: [GATEWAY] },
        {
          metricMeasureColumn: 'p95_seconds',
          timeAggregation: 'Maximum',
          dimensions: [
            { name: 'BackendPoolName', value: 'pool-a' },
            { name: 'BackendSettingName', value: 'set-a' },
          ],
        },
      ),
    );
    expect(signal.criteria[0]).toMatchObject({ measure: 'p95_seconds', aggregation: 'Maximum', value: 37 });
    expect(signal.targets).toEqual([{ pool: 'pool-a', setting: 'set-a' }]);
  });

  test('the affected resource may be a configuration item', () => {
    const body = logSearchAlert({ configurationItems: [GATEWAY] }, { dimensions: null });
    expect(signalOf(body).gatewayId).toBe(GATEWAY);
  });

  test('a simple log alert has neither operator nor threshold, and names the gateway in its event', () => {
    const signal = signalOf(
      logSearchAlert(
        {},
        {
          operator: null,
          threshold: null,
          timeAggregation: null,
          dimensions: null,
          metricValue: 1,
          event: [[{ name: 'ResourceId', value: GATEWAY }]],
        },
      ),
    );
    expect(signal.gatewayId).toBe(GATEWAY);
    expect(signal.criteria).toEqual([{ measure: 'Number of results', value: 1, dimensions: {} }]);
  });

  test('a workspace alone is not ours, and the reason says what would make it ours', () => {
    expect(parse(logSearchAlert({}, { dimensions: [{ name: 'Computer', value: 'vm-3' }] }))).toEqual({
      outcome: 'not-ours',
      reason: expect.stringMatching(/microsoft\.operationalinsights\/workspaces.*_ResourceId/),
      title: 'shop backends down',
      id: ALERT_GUID,
    });
  });

  test('an older one (V1) that counts results names the gateway in its rows', () => {
    const signal = signalOf(logV1Alert());
    expect(signal).toMatchObject({ kind: 'log-search', gatewayId: GATEWAY.toUpperCase() });
    expect(signal.criteria).toEqual([
      { measure: 'Number of results', comparison: 'above', threshold: 0, value: 2, dimensions: {} },
    ]);
  });

  test('an older one (V1) that measures does not say which value fired', () => {
    const dimensions = [{ name: '_ResourceId', value: GATEWAY }];
    const signal = signalOf(
      logV1Alert({}, { AlertType: 'Metric measurement', Dimensions: dimensions, SearchResults: null }),
    );
    expect(signal.gatewayId).toBe(GATEWAY);
    expect(signal.criteria[0]).toStrictEqual({
      measure: 'AggregatedValue',
      comparison: 'above',
      threshold: 0,
      dimensions: { _ResourceId: GATEWAY },
    });
  });
});

describe('Resource Health and the activity log', () => {
  test.each([['Resource Health'], ['ResourceHealth']])('a %s alert', (monitoringService) => {
    const signal = signalOf(resourceHealthAlert({ monitoringService }));
    expect(signal).toMatchObject({ kind: 'resource-health', condition: 'fired', severity: 4 });
    expect(signal.criteria[0]?.dimensions).toMatchObject({ currentHealthStatus: 'Unavailable' });
  });

  test('health that came back arrives as fired and is a resolution', () => {
    const back = resourceHealthAlert({}, { currentHealthStatus: 'Available', previousHealthStatus: 'Unavailable' });
    expect(signalOf(back)).toMatchObject({ condition: 'resolved', at: '2026-03-04T05:06:07.891Z' });
  });

  test('an operation on the gateway, without the person who did it', () => {
    const signal = signalOf(activityLogAlert());
    expect(signal).toMatchObject({ kind: 'activity-log', condition: 'fired' });
    expect(signal.criteria).toEqual([
      {
        measure: 'Activity log',
        dimensions: { operationName: 'Microsoft.Network/applicationGateways/stop/action', status: 'Succeeded' },
      },
    ]);
    expect(JSON.stringify(signal)).not.toContain('someone');
  });

  test('an operation on something inside the gateway, which only its scope names', () => {
    const scope = `${GATEWAY}/privateEndpointConnections/pe-1`;
    const body = activityLogAlert(
      { alertTargetIDs: ['/subscriptions/6d1f7c52-90ab-4f0e-b1c8-3f5a2e7d9044'] },
      { authorization: { scope }, properties: null },
    );
    expect(signalOf(body).gatewayId).toBe(GATEWAY);
  });
});

describe('what is not ours', () => {
  test.each([
    ['a virtual machine', metricAlert({ alertTargetIDs: [MACHINE] }), /microsoft\.compute\/virtualmachines/],
    [
      'an activity log of another resource',
      activityLogAlert({ alertTargetIDs: [MACHINE] }, { authorization: null, properties: null }),
      /virtualmachines/,
    ],
    [
      'a target of no known form',
      metricAlert({ alertTargetIDs: ['what is this'] }),
      /not about an application gateway/,
    ],
    [
      'a WAF policy, whose type begins like a gateway',
      metricAlert({
        alertTargetIDs: [GATEWAY.replace('applicationGateways', 'applicationGatewayWebApplicationFirewallPolicies')],
      }),
      /applicationgatewaywebapplicationfirewallpolicies/,
    ],
    [
      'Service Health',
      commonAlert({ monitoringService: 'ServiceHealth' }, { channels: 1, level: 3 }),
      /Service Health/,
    ],
    ['smart detection', commonAlert({ monitoringService: 'SmartDetector' }, {}), /smart detection/],
  ])('%s', (_, body, reason) => {
    expect(parse(body)).toEqual({
      outcome: 'not-ours',
      reason: expect.stringMatching(reason),
      title: 'shop backends down',
      id: ALERT_GUID,
    });
  });
});

describe('test notifications of the portal', () => {
  const TEST_SUBSCRIPTION = '/subscriptions/11111111-1111-1111-1111-111111111111';
  const TEST = {
    alertId: `${TEST_SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/12345678-1234-1234-1234-1234567890ab`,
    alertRule: 'test-metricAlertRule',
  };

  test('on a gateway it is a signal, marked as a test', () => {
    expect(signalOf(metricAlert(TEST))).toMatchObject({ isTest: true, title: 'test-metricAlertRule' });
  });

  test.each([
    [
      'a machine',
      metricAlert({
        ...TEST,
        alertTargetIDs: [
          `${TEST_SUBSCRIPTION}/resourcegroups/test-RG/providers/microsoft.compute/virtualmachines/test-VM`,
        ],
      }),
    ],
    ['a service', commonAlert({ ...TEST, monitoringService: 'ServiceHealth' }, {})],
    ['nothing', metricAlert({ ...TEST, alertTargetIDs: [] })],
  ])('on %s it is not ours, and the reason says that it is a test', (_, body) => {
    expect(parse(body)).toMatchObject({ outcome: 'not-ours', reason: PORTAL_TEST_REASON });
  });

  test.each([
    ['a rule of that name in a real subscription', { alertRule: 'test-environment backends down' }],
    [
      'a subscription of ones, and nothing else of a test',
      { alertId: `${TEST_SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/${ALERT_GUID}` },
    ],
  ])('%s is no test: a real alert must not be silenced', (_, essentials) => {
    expect(signalOf(metricAlert(essentials)).isTest).toBe(false);
  });
});
