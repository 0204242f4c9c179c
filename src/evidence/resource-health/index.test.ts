import { expect, test } from '@jest/globals';
import { resourceHealth } from './index.ts';

const GATEWAY = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw';
const PROPERTIES = {
  availabilityState: 'Degraded',
  title: 'Degraded',
  summary: 'Some instances are not available.',
  reasonType: 'Unplanned',
  detailedStatus: 'Instances are being replaced.',
  occuredTime: '2026-09-14T02:09:12.1234567Z',
};
const STATUS = {
  id: `${GATEWAY}/providers/Microsoft.ResourceHealth/availabilityStatuses/current`,
  name: 'current',
  properties: PROPERTIES,
};
const EXPECTED = {
  state: 'Degraded',
  reasonType: 'Unplanned',
  summary: 'Some instances are not available.',
  detailedStatus: 'Instances are being replaced.',
  occurredAt: '2026-09-14T02:09:12.123Z',
};

const { occuredTime, ...SPELLED } = PROPERTIES;

test.each([
  ['the answer of ARM', STATUS],
  ['what the command line flattens', { id: STATUS.id, name: 'current', ...PROPERTIES }],
  ['the field spelled right', { ...STATUS, properties: { ...SPELLED, occurredTime: occuredTime } }],
  [
    'a list, of which one is current',
    { value: [{ ...STATUS, name: '2025', properties: { availabilityState: 'Available' } }, STATUS] },
  ],
])('reads %s', (_name, document) => {
  expect(resourceHealth.recognise(document)).toBe(true);
  expect(resourceHealth.read([document])).toEqual({ state: 'ok', reading: { resourceHealth: EXPECTED } });
});

test('nulls are absent', () => {
  const { reading } = resourceHealth.read([
    { properties: { availabilityState: 'Available', reasonType: null, occuredTime: 'soon' } },
  ]);
  expect(reading).toEqual({ resourceHealth: { state: 'Available' } });
});

test("another resource's health is not the gateway's", () => {
  const foreign = {
    ...STATUS,
    id: STATUS.id.replace('Microsoft.Network/applicationGateways', 'Microsoft.Compute/virtualMachines'),
  };
  expect(resourceHealth.recognise(foreign)).toBe(false);
});

test.each([null, 'x', [], {}, { properties: null }, { properties: { availabilityState: '' } }, { value: [null] }])(
  'nonsense: %j',
  (document) => {
    expect(resourceHealth.recognise(document)).toBe(false);
    expect(resourceHealth.read([document])).toMatchObject({ state: 'failed', reading: {} });
  },
);
