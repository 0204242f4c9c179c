import { describe, expect, test } from '@jest/globals';
import { firstFailure, instantOf } from './first-failure.ts';
import type { MetricSeries } from './metrics.ts';
import type { Readings } from './readings.ts';
import type { TrafficGroup } from './traffic.ts';

const GATEWAY = '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/applicationGateways/gw';
const at = (minute: number) => `2026-09-14T02:${String(minute).padStart(2, '0')}:00.000Z`;

/** Failed requests of a hundred, by the minute from 02:00 on. */
function traffic(failed: readonly number[], groups: readonly TrafficGroup[] = []): Readings {
  const minutes = failed.map((count, minute) => ({ at: at(minute), requests: 100, failed: count }));
  return { evidence: [], traffic: { groups, unread: 0, minutes } };
}

function series(metric: string, values: readonly number[], dimensions: Record<string, string> = {}): MetricSeries {
  const field = metric === 'UnhealthyHostCount' ? 'maximum' : 'total';
  return { metric, dimensions, points: values.map((value, minute) => ({ at: at(minute), [field]: value })) };
}

const metrics = (...all: readonly MetricSeries[]): Readings => ({ evidence: [], metrics: { series: all } });

describe('by the access log', () => {
  test('it is the first failing minute, which can be any moment of it', () => {
    expect(firstFailure(traffic([0, 0, 0, 40, 60, 60]))).toEqual({
      at: at(3),
      latest: '2026-09-14T02:03:59.999Z',
      evidence: 'access-log',
      isOnset: true,
    });
  });

  test('it is the moment, where a group of failures knows it', () => {
    const group = (firstAt: string, status = 502) => ({ status, count: 1, firstAt, transactionIds: [] });
    const groups = [
      group('2026-09-14T02:03:41.250Z'),
      group('2026-09-14T02:03:20.100Z'),
      group('2026-09-14T02:03:02.000Z', 200),
    ];
    expect(firstFailure(traffic([0, 0, 0, 40, 60, 60], groups))).toMatchObject({
      at: '2026-09-14T02:03:20.100Z',
      latest: '2026-09-14T02:03:20.100Z',
    });
    // A lone failure of before is in the same group; its moment is not that of the outage.
    expect(firstFailure(traffic([0, 1, 0, 40, 60, 60], [group('2026-09-14T02:01:09.000Z')]))?.at).toBe(at(3));
  });

  test.each([
    ['the odd failure of any day', [1, 0, 1, 0, 2, 80, 90, 90], 5],
    ['one lone bad minute long before', [0, 60, 0, 0, 0, 0, 90, 90], 6],
    ['a failure that comes and goes', [0, 60, 0, 60, 0, 60], 1],
    ['the newest minute', [0, 0, 0, 30], 3],
  ])('%s does not make it earlier or later', (_name, failed, minute) => {
    expect(firstFailure(traffic(failed))?.at).toBe(at(minute));
  });

  test('what failed from the first minute on was not seen to begin', () => {
    expect(firstFailure(traffic([50, 60, 60]))).toMatchObject({ at: at(0), isOnset: false });
  });

  test('the order of minutes in the reading means nothing', () => {
    const { traffic: read } = traffic([0, 0, 40, 50]);
    if (!read) throw new Error('There is traffic.');
    const reversed = { ...read, minutes: read.minutes.toReversed() };
    expect(firstFailure({ evidence: [], traffic: reversed })?.at).toBe(at(2));
  });
});

describe('by other readings', () => {
  test.each([
    ['failed requests', [series('FailedRequests', [0, 0, 12, 30])], 2],
    ['answers of 5xx', [series('ResponseStatus', [0, 0, 0, 30], { httpstatusgroup: '5xx' })], 3],
    ['unhealthy members', [series('UnhealthyHostCount', [0, 1, 1, 1])], 1],
    ['more unhealthy members than always', [series('UnhealthyHostCount', [1, 1, 1, 3])], 3],
    ['the earliest of them', [series('FailedRequests', [0, 0, 0, 9]), series('UnhealthyHostCount', [0, 0, 2, 2])], 2],
  ])('%s', (_name, all, minute) => {
    expect(firstFailure(metrics(...all))).toMatchObject({ at: at(minute), evidence: 'metrics', isOnset: true });
  });

  test.each([
    ['answers of 2xx', [series('ResponseStatus', [0, 0, 30], { httpstatusgroup: '2xx' })]],
    ['no failure at all', [series('FailedRequests', [0, 0, 0])]],
    ['minutes without a value', [series('FailedRequests', [Number.NaN])]],
  ])('%s tell nothing', (_name, all) => {
    expect(firstFailure(metrics(...all))).toBeUndefined();
  });

  test('who saw it begin goes before who came late', () => {
    const late = traffic([50, 60, 60]);
    expect(firstFailure({ ...late, ...metrics(series('FailedRequests', [0, 0, 20, 20])) })).toMatchObject({
      evidence: 'metrics',
      at: at(2),
    });
    expect(firstFailure({ ...late, ...metrics(series('FailedRequests', [20, 20])) })).toMatchObject({ isOnset: false });
  });

  test('Resource Health, and its entries in the activity log', () => {
    const down = { state: 'Unavailable', occurredAt: '2026-09-14T02:07:12.1234567Z' };
    expect(firstFailure({ evidence: [], resourceHealth: down })).toMatchObject({
      at: '2026-09-14T02:07:12.123Z',
      evidence: 'resource-health',
    });
    expect(firstFailure({ evidence: [], resourceHealth: { ...down, state: 'Available' } })).toBeUndefined();
    const event = { at: at(5), operation: 'Microsoft.Resourcehealth/healthevent/Activated/action', status: 'Active' };
    const read = (resourceId: string) =>
      firstFailure({ evidence: [], gatewayId: GATEWAY, activity: [{ ...event, resourceId }] });
    expect(read(GATEWAY.toUpperCase())).toMatchObject({ at: at(5), evidence: 'activity-log' });
    expect(read(`${GATEWAY}-other`)).toBeUndefined();
  });

  test('nothing that was read, nothing known', () => {
    expect(firstFailure({ evidence: [] })).toBeUndefined();
  });
});

test.each([
  ['2026-09-14T02:00:00Z', '2026-09-14T02:00:00.000Z'],
  ['2026-09-14T04:00:00.1234567+02:00', '2026-09-14T02:00:00.123Z'],
  ['2026-09-13T21:30:00-0430', '2026-09-14T02:00:00.000Z'],
  ['2026-09-14 02:00', '2026-09-14T02:00:00.000Z'],
  ['2026-09-14T02:00:00', '2026-09-14T02:00:00.000Z'],
])('%s is %s, whatever the clock of this machine', (text, expected) => {
  expect(new Date(instantOf(text) ?? Number.NaN).toISOString()).toBe(expected);
});

test.each(['14/09/2026 02:00', '2026-13-40T02:00:00Z', 'now', '', 'x'.repeat(50)])('%s is no time', (text) => {
  expect(instantOf(text)).toBeUndefined();
});
