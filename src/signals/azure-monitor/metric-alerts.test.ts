import { describe, expect, test } from '@jest/globals';
import type { Signal } from '../../core/signal.ts';
import { ALERT_GUID, GATEWAY, MACHINE, metricAlert } from './alert-bodies.ts';
import { parseAzureMonitorAlert } from './index.ts';

/** Not a hash: the tests only need to see whether it was asked, and whether two texts were the same. */
const digest = (text: string) => `digest of ${text}`;
const parse = (body: unknown) => parseAzureMonitorAlert(body, digest);

function signalOf(body: unknown): Signal {
  const parsed = parse(body);
  if (parsed.outcome !== 'signal') throw new Error(`not a signal: ${JSON.stringify(parsed)}`);
  return parsed.signal;
}

describe('metric alerts', () => {
  test('a fired alert with one static condition', () => {
    expect(parse(metricAlert())).toStrictEqual({
      outcome: 'signal',
      signal: {
        id: ALERT_GUID,
        source: 'azure-monitor',
        kind: 'metric',
        condition: 'fired',
        isTest: false,
        gatewayId: GATEWAY.toLowerCase(),
        title: 'shop backends down',
        severity: 1,
        at: '2026-03-04T05:06:07.891Z',
        criteria: [
          {
            measure: 'HealthyHostCount',
            comparison: 'below',
            threshold: 1,
            value: 0,
            aggregation: 'Minimum',
            dimensions: { BackendSettingsPool: 'pool-cart~https-cart' },
          },
        ],
        targets: [{ pool: 'pool-cart', setting: 'https-cart' }],
      },
    });
  });

  test('the resolution has the same id and its own time', () => {
    const signal = signalOf(
      metricAlert({ monitorCondition: 'Resolved', resolvedDateTime: '2026-03-04T05:21:07.5Z' }, { metricValue: 2 }),
    );
    expect(signal).toMatchObject({ id: ALERT_GUID, condition: 'resolved', at: '2026-03-04T05:21:07.500Z' });
  });

  test('a resolution without its time has none, not that of the firing', () => {
    expect(signalOf(metricAlert({ monitorCondition: 'Resolved' }))).not.toHaveProperty('at');
  });

  test('several conditions, each target once', () => {
    const signal = signalOf(
      metricAlert(
        {},
        {},
        { metricName: 'UnhealthyHostCount', operator: 'Greater Than', threshold: '0', metricValue: '2' },
        { dimensions: [{ name: 'BackendSettingsPool', value: 'pool-pay~https-pay' }] },
      ),
    );
    expect(signal.criteria.map(({ measure, comparison, value }) => [measure, comparison, value])).toEqual([
      ['HealthyHostCount', 'below', 0],
      ['UnhealthyHostCount', 'above', 2],
      ['HealthyHostCount', 'below', 0],
    ]);
    expect(signal.targets).toEqual([
      { pool: 'pool-cart', setting: 'https-cart' },
      { pool: 'pool-pay', setting: 'https-pay' },
    ]);
  });

  test.each([
    ['GreaterThan', 'above'],
    ['Greater Than', 'above'],
    ['LessThan', 'below'],
    ['LowerThan', 'below'],
    ['Less Than', 'below'],
    ['GreaterThanOrEqual', 'at least'],
    ['Greater Than Or Equal', 'at least'],
    ['LessThanOrEqual', 'at most'],
    ['Equal', 'equal to'],
    ['Equals', 'equal to'],
    ['GreaterOrLessThan', 'outside its usual range'],
    ['>=', 'at least'],
    ['SomethingNew', undefined],
    [null, undefined],
    [7, undefined],
  ])('the operator %p is spoken as %p', (operator, comparison) => {
    expect(signalOf(metricAlert({}, { operator })).criteria[0]?.comparison).toBe(comparison);
  });

  test('a dynamic threshold that was sent is compared with; one that was not is a range', () => {
    const dynamic = { alertSensitivity: 'High', operator: 'GreaterThan', metricName: 'BackendLastByteResponseTime' };
    expect(signalOf(metricAlert({}, { ...dynamic, threshold: '310.5' })).criteria[0]).toMatchObject({
      comparison: 'above',
      threshold: 310.5,
    });
    const unsent = signalOf(metricAlert({}, { ...dynamic, threshold: null })).criteria[0];
    expect(unsent?.comparison).toBe('outside its usual range');
    expect(unsent).not.toHaveProperty('threshold');
  });

  test.each([
    ['1.0', 1],
    [' 25 ', 25],
    [3, 3],
    ['1e3', 1000],
    ['', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['1,5', undefined],
    ['0x10', undefined],
    [null, undefined],
    [Number.NaN, undefined],
    [{}, undefined],
    [[4], undefined],
  ])('the number %p reads as %p', (number, expected) => {
    const [criterion] = signalOf(metricAlert({}, { threshold: number, metricValue: number })).criteria;
    expect([criterion?.threshold, criterion?.value]).toEqual([expected, expected]);
  });

  test.each([
    ['Sev0', 0],
    ['sev4', 4],
    ['3', 3],
    [2, 2],
    ['Sev5', undefined],
    ['Critical', undefined],
    [null, undefined],
  ])('the severity %p reads as %p', (severity, expected) => {
    expect(signalOf(metricAlert({ severity })).severity).toBe(expected);
  });

  test('the gateway may stand behind something inside it, in another case, as a single text or behind another resource', () => {
    const inside = `${GATEWAY}/backendAddressPools/pool-cart`;
    for (const alertTargetIDs of [[inside], GATEWAY, [MACHINE, GATEWAY], [`  ${GATEWAY} `]]) {
      expect(signalOf(metricAlert({ alertTargetIDs })).gatewayId).toBe(GATEWAY);
    }
    expect(signalOf(metricAlert({ alertTargetIDs: [GATEWAY.toUpperCase()] })).gatewayId).toBe(GATEWAY.toUpperCase());
    expect(signalOf(metricAlert({ alertTargetIDs: undefined, alertTargetIds: [GATEWAY] })).gatewayId).toBe(GATEWAY);
  });

  test('of several gateways the first is taken, and a target before one that is only mentioned', () => {
    expect(signalOf(metricAlert({ alertTargetIDs: [GATEWAY, `${GATEWAY}-2`] })).gatewayId).toBe(GATEWAY);
    const elsewhere = [{ name: 'microsoft.resourceId', value: `${GATEWAY}-2` }];
    expect(signalOf(metricAlert({ alertTargetIDs: [GATEWAY] }, { dimensions: elsewhere })).gatewayId).toBe(GATEWAY);
  });

  test('an alert over several resources names the gateway in a dimension', () => {
    const signal = signalOf(
      metricAlert(
        { alertTargetIDs: ['/subscriptions/6d1f7c52-90ab-4f0e-b1c8-3f5a2e7d9044/resourceGroups/rg-shop-edge'] },
        { dimensions: [{ name: 'microsoft.resourceId', value: GATEWAY }] },
      ),
    );
    expect(signal.gatewayId).toBe(GATEWAY);
  });
});

describe('dimensions and targets', () => {
  const withDimensions = (dimensions: unknown) => signalOf(metricAlert({}, { dimensions }));

  test.each([
    ['names', 'pool-a~set-a', [{ pool: 'pool-a', setting: 'set-a' }]],
    [
      'whole ids in upper case',
      `${GATEWAY}/backendAddressPools/pool-a~${GATEWAY}/backendHttpSettingsCollection/set-a`.toUpperCase(),
      [{ pool: 'POOL-A', setting: 'SET-A' }],
    ],
    ['a pool alone', 'pool-a', [{ pool: 'pool-a' }]],
    ['a pool and an empty setting', 'pool-a~', [{ pool: 'pool-a' }]],
    ['an empty pool', '~set-a', []],
    ['more than one tilde', 'pool~a~set', [{ pool: 'pool~a~set' }]],
    ['every value', '*', []],
    ['nothing', '', []],
  ])('BackendSettingsPool with %s', (_, value, targets) => {
    expect(withDimensions([{ name: 'backendsettingspool', value }]).targets).toEqual(targets);
  });

  test('a pool and a setting in dimensions of their own', () => {
    const dimensions = [
      { name: 'HttpStatusGroup', value: '5xx' },
      { name: 'BackendHttpSetting', value: 'set-a' },
      { name: 'BackendPool', value: `${GATEWAY}/backendAddressPools/pool-a` },
    ];
    const signal = withDimensions(dimensions);
    expect(signal.targets).toEqual([{ pool: 'pool-a', setting: 'set-a' }]);
    expect(signal.criteria[0]?.dimensions).toEqual({
      HttpStatusGroup: '5xx',
      BackendHttpSetting: 'set-a',
      BackendPool: 'pool-a',
    });
  });

  test.each([[undefined], [null], ['*'], [42], [[null, 'x', [], {}, { name: 3, value: 'x' }]]])(
    'dimensions that are %p leave the condition standing',
    (dimensions) => {
      expect(withDimensions(dimensions).criteria).toEqual([
        expect.objectContaining({ measure: 'HealthyHostCount', dimensions: {} }),
      ]);
    },
  );

  test('an object of names and values is read too', () => {
    expect(withDimensions({ BackendSettingsPool: 'pool-a~set-a', Listener: '*' }).criteria[0]?.dimensions).toEqual({
      BackendSettingsPool: 'pool-a~set-a',
    });
  });

  test('who the client is and what it asked for is not kept', () => {
    const dimensions = [
      { name: 'clientIP_s', value: '198.51.100.7' },
      { name: 'ClientIp', value: '198.51.100.7' },
      { name: 'IP', value: '198.51.100.7' },
      { name: 'userAgent_s', value: 'curl/8' },
      { name: 'requestQuery_s', value: 'token=abc' },
      { name: 'originalRequestUriWithArgs_s', value: '/cart/pay?token=abc' },
      { name: 'serverRouted_s', value: '10.4.0.5:443' },
    ];
    expect(withDimensions(dimensions).criteria[0]?.dimensions).toEqual({
      originalRequestUriWithArgs_s: '/cart/pay',
      serverRouted_s: '10.4.0.5:443',
    });
  });

  test('names from prototypes are names like others, and change nothing', () => {
    const dimensions = JSON.parse('[{"name":"__proto__","value":"x"},{"name":"constructor","value":"y"}]');
    const kept = withDimensions(dimensions).criteria[0]?.dimensions;
    expect(Object.entries(kept ?? {})).toEqual([['constructor', 'y']]);
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  });
});
