import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GATEWAY_ID } from '../causes/case.ts';
import { signalsInAlertList } from './fired-alerts.ts';

const essentials = {
  severity: 'Sev1',
  signalType: 'Metric',
  monitorCondition: 'Fired',
  targetResource: GATEWAY_ID.toLowerCase(),
  alertRule: '/subscriptions/s/resourceGroups/rg/providers/microsoft.insights/metricAlerts/healthy-hosts-below-one',
  startDateTime: '2026-09-14T02:29:31.1234567Z',
};
const alert = (changes: Readonly<Record<string, unknown>> = {}) => ({
  id: '/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/A7D1C0DE-4f1e-4a53-9a5b-0d2f8f1a9b11',
  properties: { essentials: { ...essentials, ...changes } },
});

test('a fired alert about a gateway is the signal that its webhook would have brought', () => {
  expect(signalsInAlertList({ value: [alert()] })).toMatchObject([
    {
      id: 'a7d1c0de-4f1e-4a53-9a5b-0d2f8f1a9b11',
      condition: 'fired',
      severity: 1,
      title: 'healthy-hosts-below-one',
      at: '2026-09-14T02:29:31.123Z',
    },
  ]);
});

test.each([
  ['is resolved', { monitorCondition: 'Resolved' }],
  [
    'is about something else',
    { targetResource: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm' },
  ],
  ['has no time', { startDateTime: undefined }],
  ['a processing rule suppresses', { actionStatus: { isSuppressed: true } }],
  ['a person has closed', { alertState: 'Closed' }],
])('an alert that %s is left out', (_name, changes) => {
  expect(signalsInAlertList({ value: [alert(changes)] })).toEqual([]);
});

test('whatever comes, it reads', () => {
  fc.assert(fc.property(fc.anything(), (body) => Array.isArray(signalsInAlertList(body))));
  fc.assert(
    fc.property(fc.anything(), (value) =>
      Array.isArray(signalsInAlertList({ value: [{ properties: { essentials: value } }] })),
    ),
  );
});
