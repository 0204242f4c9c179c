import { describe, expect, test } from '@jest/globals';
import type { Signal } from '../../core/signal.ts';
import {
  ALERT_GUID,
  commonAlert,
  type Fields,
  GATEWAY,
  logSearchAlert,
  metricAlert,
  WORKSPACE,
} from './alert-bodies.ts';
import { parseAzureMonitorAlert } from './index.ts';

/** Not a hash: the tests only need to see whether it was asked, and whether two texts were the same. */
const digest = (text: string) => `digest of ${text}`;
const parse = (body: unknown) => parseAzureMonitorAlert(body, digest);

function signalOf(body: unknown): Signal {
  const parsed = parse(body);
  if (parsed.outcome !== 'signal') throw new Error(`not a signal: ${JSON.stringify(parsed)}`);
  return parsed.signal;
}

describe('ids', () => {
  test('the alert id is taken from the resource id, or as it is, in lower case', () => {
    for (const alertId of [ALERT_GUID, ALERT_GUID.toUpperCase()]) {
      expect(signalOf(metricAlert({ alertId })).id).toBe(ALERT_GUID);
    }
  });

  test.each([
    ['absent', undefined],
    [
      'the id of the rule',
      '/subscriptions/6d1f7c52/resourceGroups/rg/providers/microsoft.insights/activityLogAlerts/stops',
    ],
    ['no id at all', 'a b/../c'],
    ['far too long', 'a'.repeat(5000)],
  ])('an alert id that is %s gives way to a digest that redelivery does not change', (_, alertId) => {
    const id = signalOf(metricAlert({ alertId })).id;
    expect(id).toMatch(/^digest of /);
    expect(signalOf(metricAlert({ alertId })).id).toBe(id);
    expect(signalOf(metricAlert({ alertId, firedDateTime: '2026-03-04T06:00:00Z' })).id).not.toBe(id);
    expect(signalOf(metricAlert({ alertId, alertTargetIDs: [`${GATEWAY}-2`] })).id).not.toBe(id);
  });

  test('without any time the measured values tell two events apart', () => {
    const idOf = (metricValue: number) =>
      signalOf(metricAlert({ alertId: undefined, firedDateTime: undefined }, { metricValue })).id;
    expect(idOf(3)).not.toBe(idOf(4));
    expect(idOf(3)).toBe(idOf(3));
  });
});

describe('bodies that cannot be read', () => {
  const essentialsOnly = (essentials: Fields) => metricAlert(essentials);

  test.each([
    ['null', null, 'not-an-object'],
    ['a list', [metricAlert()], 'not-an-object'],
    ['a text', 'Fired', 'not-an-object'],
    ['an empty object', {}, 'common-schema-required'],
    ['another schema', { schemaId: 'Contoso.Alert', data: { severity: 1 } }, 'common-schema-required'],
    ['no data', { schemaId: 'azureMonitorCommonAlertSchema' }, 'essentials-missing'],
    [
      'essentials of the wrong type',
      { schemaId: 'azureMonitorCommonAlertSchema', data: { essentials: 'x' } },
      'essentials-missing',
    ],
    ['no target', essentialsOnly({ alertTargetIDs: undefined }), 'target-missing'],
    ['targets of the wrong type', essentialsOnly({ alertTargetIDs: [1, {}, null] }), 'target-missing'],
    ['no condition', essentialsOnly({ monitorCondition: undefined }), 'condition-missing'],
    ['an unknown condition', essentialsOnly({ monitorCondition: 'Maybe' }), 'condition-missing'],
    ['a gateway id with a query', essentialsOnly({ alertTargetIDs: [`${GATEWAY}?x=1`] }), 'gateway-id-malformed'],
    [
      'a gateway id with dots for a name',
      essentialsOnly({ alertTargetIDs: [GATEWAY.replace('agw-shop', '..')] }),
      'gateway-id-malformed',
    ],
    [
      'a gateway id with a line break',
      essentialsOnly({ alertTargetIDs: [GATEWAY.replace('agw-shop', 'agw\nshop')] }),
      'gateway-id-malformed',
    ],
  ])('%s', (_, body, code) => {
    expect(parse(body)).toEqual({ outcome: 'invalid', code, message: expect.stringMatching(/^[A-Z].*\.$/) });
  });

  test('an alert with essentials is read whatever its schemaId says', () => {
    expect(signalOf({ ...metricAlert(), schemaId: undefined }).id).toBe(ALERT_GUID);
    expect(signalOf({ ...metricAlert(), schemaId: 'azureMonitorCommonAlertSchema2' }).id).toBe(ALERT_GUID);
  });

  test('an alert about a gateway of a type that is not known yet is not lost', () => {
    expect(signalOf(commonAlert({ signalType: 'New', monitoringService: 'New' }, { anything: 1 }))).toMatchObject({
      kind: 'metric',
      criteria: [],
    });
  });
});

describe('bounds', () => {
  test('a title is one printable line of at most 200 characters, without what a URL keeps in its query', () => {
    const titleOf = (alertRule: string) => signalOf(metricAlert({ alertRule })).title;
    expect(titleOf('a\u0000b\r\nc\u202ed\u200be\u001b[31m')).toBe('ab cde[31m');
    expect(titleOf('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
    expect(titleOf(`${'x'.repeat(198)}😀😀`)).toBe(`${'x'.repeat(198)}…`);
    expect(titleOf('see https://u:p@hooks.example/a?sig=s3cret now')).toBe('see https://hooks.example/a now');
    expect(titleOf('/subscriptions/x/resourceGroups/y/providers/microsoft.insights/metricAlerts/down')).toBe('down');
    expect(titleOf('half \ud800 a character')).toBe('half \ufffd a character');
  });

  test('an unnamed alert takes the name of its rule, or says that it has none', () => {
    const alertRuleID = '/subscriptions/x/resourceGroups/y/providers/microsoft.insights/metricAlerts/down';
    expect(signalOf(metricAlert({ alertRule: '', alertRuleID })).title).toBe('down');
    expect(signalOf(metricAlert({ alertRule: null })).title).toBe('Azure Monitor alert without a name');
  });

  test('conditions, dimensions and every text are bounded', () => {
    const dimensions = Array.from({ length: 300 }, (_, at) => ({ name: `d${at}`, value: 'v'.repeat(900) }));
    const criteria = Array.from({ length: 300 }, () => ({ metricName: 'm'.repeat(900), dimensions }));
    const signal = signalOf(metricAlert({}, ...criteria));
    expect(signal.criteria).toHaveLength(20);
    const [criterion] = signal.criteria;
    expect(Object.keys(criterion?.dimensions ?? {})).toHaveLength(20);
    expect(criterion?.measure).toHaveLength(100);
    expect(criterion?.dimensions.d0).toHaveLength(200);
  });

  test('a workspace of another name is spelled by its type only', () => {
    const parsed = parse(logSearchAlert({ alertTargetIDs: [WORKSPACE] }, { dimensions: [] }));
    expect(JSON.stringify(parsed)).not.toContain('law-shop');
  });
});
