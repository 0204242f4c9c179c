import { expect, test } from '@jest/globals';
import { metrics } from './index.ts';

const ID = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw';

const answer = (metric: string, data: readonly unknown[], value?: string, unit = 'Count') => ({
  cost: 59,
  timespan: '2026-09-14T01:00:00Z/2026-09-14T02:00:00Z',
  value: [
    {
      id: `${ID}/providers/Microsoft.Insights/metrics/${metric}`,
      type: 'Microsoft.Insights/metrics',
      name: { value: metric, localizedValue: 'x' },
      unit,
      timeseries: [
        {
          metadatavalues: value === undefined ? [] : [{ name: { value: 'BackendSettingsPool' }, value }],
          data,
        },
      ],
    },
  ],
});

test('reads series by metric and dimension; points that hold only their time are no zeros', () => {
  const { state, reading } = metrics.read([
    answer(
      'HealthyHostCount',
      [
        { timeStamp: '2026-09-14T01:02:00Z', minimum: 0, average: 0.5, maximum: 1 },
        { timeStamp: '2026-09-14T01:01:00Z' },
        { timeStamp: '2026-09-14T01:00:00Z', minimum: 'NaN', total: '2' },
        { timeStamp: '2026-09-14T01:03:00Z', average: 'Infinity' },
        { minimum: 4 },
        null,
      ],
      'pool-a~https-a',
    ),
  ]);
  expect(state).toBe('ok');
  expect(reading.metrics?.series).toEqual([
    {
      metric: 'HealthyHostCount',
      unit: 'Count',
      dimensions: { backendsettingspool: 'pool-a~https-a' },
      points: [
        { at: '2026-09-14T01:00:00.000Z', total: 2 },
        { at: '2026-09-14T01:02:00.000Z', minimum: 0, average: 0.5, maximum: 1 },
      ],
    },
  ]);
});

test('several documents are one reading: the same series is merged point by point', () => {
  const at = '2026-09-14T01:00:00Z';
  const { reading } = metrics.read([
    answer('HealthyHostCount', [{ timeStamp: at, minimum: 1 }], 'A~b'),
    answer('healthyhostcount', [{ timeStamp: at, maximum: 2 }], 'a~B'),
    answer('TotalRequests', [{ timeStamp: at, total: 5 }]),
  ]);
  expect(reading.metrics?.series.map(({ metric, points }) => [metric, points])).toEqual([
    ['HealthyHostCount', [{ at: '2026-09-14T01:00:00.000Z', minimum: 1, maximum: 2 }]],
    ['TotalRequests', [{ at: '2026-09-14T01:00:00.000Z', total: 5 }]],
  ]);
});

test('no series and no points are empty, not zero', () => {
  for (const document of [
    { value: [], timespan: 'x/y' },
    answer('Throughput', []),
    answer('Throughput', [{ timeStamp: 'x' }]),
  ])
    expect(metrics.read([document])).toMatchObject({ state: 'empty', reading: {} });
});

test('says which calls were not answered', () => {
  const document = {
    ...answer('TotalRequests', [{ timeStamp: '2026-09-14T01:00:00Z', total: 1 }]),
    unread: [{ metricnames: 'HealthyHostCount', reason: '429: throttled' }],
  };
  expect(metrics.read([document])).toMatchObject({ state: 'ok', reason: 'some metrics were not read: 429: throttled' });
});

test("another resource's metrics are not the gateway's", () => {
  const foreign = JSON.parse(
    JSON.stringify(answer('Percentage CPU', [{ timeStamp: '2026-09-14T01:00:00Z', average: 1 }])).replaceAll(
      'Microsoft.Network/applicationGateways/gw',
      'Microsoft.Compute/virtualMachines/vm',
    ),
  ) as unknown;
  expect(metrics.recognise(foreign)).toBe(false);
});

test.each([null, 'x', 3, [], {}, { value: 'x' }, { value: [null, 1, {}] }, { code: 'BadRequest' }])(
  'nonsense: %j',
  (document) => {
    expect(metrics.recognise(document)).toBe(false);
    expect(metrics.read([document])).toMatchObject({ state: 'failed', reading: {} });
  },
);

test('holes without throwing', () => {
  const holes = {
    value: [
      { timeseries: null },
      { name: null, timeseries: [null, { data: null }] },
      { name: 'X', timeseries: [{ data: [1] }] },
    ],
  };
  expect(metrics.read([holes])).toMatchObject({ state: 'empty' });
});
