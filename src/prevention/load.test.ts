import { describe, expect, test } from '@jest/globals';
import { judged, shortOf } from '../../test/audited.ts';
import { accessLogJson, gatewayJson, type RecordSketch } from '../causes/case.ts';
import { metricsJson } from '../causes/case-members.ts';
import type { TrafficGroup } from '../core/traffic.ts';
import { longerThan } from './measured.ts';

const target = { pool: 'pool-a', setting: 'http-80' } as const;
const gatewayWith = (setting: Readonly<Record<string, unknown>> = {}, more: Readonly<Record<string, unknown>> = {}) =>
  gatewayJson({
    pools: { 'pool-a': ['10.20.4.4', '10.20.4.5'] },
    settings: { 'http-80': { requestTimeout: 20, ...setting } },
    routes: [['pool-a', 'http-80']],
    ...more,
  });
const record = (more: Partial<RecordSketch>): RecordSketch => ({
  ...target,
  status: 200,
  serverStatus: '200',
  routed: '10.20.4.4:80',
  latency: '0.040',
  ...more,
});

describe('request-timeout-headroom', () => {
  const check = 'request-timeout-headroom';
  const gateway = gatewayWith();
  const slow = record({ times: 10, latency: '18.000', timeTaken: 18, routed: '10.20.4.5:80', status: 201 });

  test('finds one in a hundred close to the timeout', () => {
    const found = judged(check, { gateway, 'access-log': accessLogJson([record({ times: 490 }), slow]) });
    expect(shortOf(found)).toEqual([['requests', 'soon']]);
    expect(found.findings[0]?.fix.at(-1)?.undo).toContain('--timeout 20');
  });

  test('says so where requests run into it already', () => {
    const ended = record({
      times: 10,
      status: 504,
      serverStatus: '',
      latency: '',
      timeTaken: 20,
      error: 'ERRORINFO_UPSTREAM_TIMED_OUT',
    });
    const found = judged(check, { gateway, 'access-log': accessLogJson([record({ times: 490 }), ended]) });
    expect(shortOf(found)).toEqual([['requests', 'now']]);
  });

  test('is content with quick answers, and with requests that found no member', () => {
    expect(judged(check, { gateway, 'access-log': accessLogJson([record({ times: 300 })]) }).outcome).toBe('clean');
    const none = record({
      times: 300,
      status: 502,
      serverStatus: '',
      latency: '',
      timeTaken: 19,
      error: 'ERRORINFO_UPSTREAM_NO_LIVE',
    });
    expect(judged(check, { gateway, 'access-log': accessLogJson([record({ times: 300 }), none]) }).outcome).toBe(
      'clean',
    );
  });

  test('falls back on metrics, and is not judged without either', () => {
    const dimensions = { BackendPool: 'pool-a', BackendHttpSetting: 'http-80' };
    const metric = (average: number) =>
      metricsJson([
        { metric: 'BackendLastByteResponseTime', unit: 'MilliSeconds', dimensions, averages: Array(10).fill(average) },
      ]);
    expect(shortOf(judged(check, { gateway, metrics: metric(17_000) }))).toEqual([['requests', 'soon']]);
    expect(judged(check, { gateway, metrics: metric(300) }).outcome).toBe('clean');
    expect(judged(check, { gateway }).outcome).toBe('not-judged');
  });
});

describe('what is certain of a summary', () => {
  const group = (count: number, serverLatency: TrafficGroup['serverLatency']): TrafficGroup => ({
    ...{ status: 200, serverStatus: 200, count, transactionIds: [] },
    ...(serverLatency ? { serverLatency } : {}),
  });
  test.each([
    [{ min: 5, p50: 6, p95: 7, max: 8 }, 100, 100],
    [{ min: 1, p50: 5, p95: 7, max: 8 }, 50, 100],
    [{ min: 1, p50: 2, p95: 5, max: 8 }, 5, 50],
    [{ min: 1, p50: 2, p95: 3, max: 8 }, 1, 5],
    [{ min: 1, p50: 2, p95: 3, max: 4 }, 0, 0],
  ])('%j', (spread, atLeast, atMost) => {
    expect(longerThan([group(100, spread)], 4)).toEqual({ atLeast, atMost, total: 100 });
  });
  test('a group without a time says nothing', () => {
    expect(longerThan([group(10, undefined)], 4)).toMatchObject({ atLeast: 0, atMost: 0 });
  });
});

describe('capacity-headroom', () => {
  const check = 'capacity-headroom';
  const scaling = gatewayWith({}, { properties: { autoscaleConfiguration: { minCapacity: 1, maxCapacity: 3 } } });
  const load = (...averages: readonly number[]) => metricsJson([{ metric: 'CapacityUnits', averages }]);

  test('finds load near the maximum, and tells a peak from a quarter of an hour', () => {
    const found = judged(check, { gateway: scaling, metrics: load(...Array(15).fill(26)) });
    expect(shortOf(found)).toEqual([['outage', 'soon']]);
    expect(found.findings[0]?.fix[0]).toMatchObject({
      command: expect.stringContaining('--max-capacity 6'),
      undo: expect.stringContaining('--max-capacity 3'),
    });
    expect(shortOf(judged(check, { gateway: scaling, metrics: load(5, 26, 5) }))).toEqual([['outage', 'someday']]);
  });

  test('is content with room, and has nothing to say of a gateway without a limit or of the first generation', () => {
    expect(judged(check, { gateway: scaling, metrics: load(20, 21, 22) }).outcome).toBe('clean');
    expect(judged(check, { gateway: gatewayWith(), metrics: load(500) }).outcome).toBe('clean');
  });

  test('is not judged without the metric', () => {
    expect(judged(check, { gateway: scaling }).outcome).toBe('not-judged');
    const other = metricsJson([{ metric: 'TotalRequests', averages: [1] }]);
    expect(judged(check, { gateway: scaling, metrics: other }).outcome).toBe('not-judged');
  });
});

describe('closed-connections', () => {
  const check = 'closed-connections';
  const closed = (times: number, error = 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION') =>
    accessLogJson([record({ times: 500 }), record({ times, status: 502, serverStatus: '', error })]);

  test('finds a handful, and lets one or two be', () => {
    expect(shortOf(judged(check, { gateway: gatewayWith(), 'access-log': closed(6) }))).toEqual([['requests', 'now']]);
    expect(judged(check, { gateway: gatewayWith(), 'access-log': closed(2) }).outcome).toBe('clean');
    const other = closed(30, 'ERRORINFO_UPSTREAM_NO_LIVE');
    expect(judged(check, { gateway: gatewayWith(), 'access-log': other }).outcome).toBe('clean');
  });

  test('is not judged without the log', () => {
    expect(judged(check, { gateway: gatewayWith() }).outcome).toBe('not-judged');
  });
});

describe('connection-draining', () => {
  const check = 'connection-draining';
  test('finds it off or never set, and nothing else', () => {
    const off = gatewayWith({ connectionDraining: { enabled: false, drainTimeoutInSec: 1 } });
    expect(shortOf(judged(check, { gateway: off }))).toEqual([['hygiene', 'someday']]);
    expect(shortOf(judged(check, { gateway: gatewayWith({ connectionDraining: null }) }))).toEqual([
      ['hygiene', 'someday'],
    ]);
    const on = gatewayWith({ connectionDraining: { enabled: true, drainTimeoutInSec: 60 } });
    expect(judged(check, { gateway: on }).outcome).toBe('clean');
    expect(judged(check, {}, { failed: ['gateway'] }).outcome).toBe('not-judged');
  });
});

describe('waf-detection', () => {
  const check = 'waf-detection';
  const waf = gatewayWith(
    {},
    {
      tier: 'WAF_v2',
      properties: { webApplicationFirewallConfiguration: { enabled: true, firewallMode: 'Detection' } },
    },
  );
  const log = (action: string, times: number) => ({
    records: Array.from({ length: times }, (_, index) => ({
      timeStamp: '2026-09-14T02:00:00Z',
      category: 'ApplicationGatewayFirewallLog',
      operationName: 'ApplicationGatewayFirewall',
      properties: { action, ruleId: '942100', message: 'SQL Injection', requestUri: '/', transactionId: `t${index}` },
    })),
  });

  test('finds a rule that matches a share of the requests, and takes a few or a block for something else', () => {
    const found = judged(check, { gateway: waf, 'firewall-log': log('Detected', 40) });
    expect(shortOf(found)).toEqual([['requests', 'someday']]);
    for (const other of [log('Detected', 3), log('Blocked', 40)])
      expect(judged(check, { gateway: waf, 'firewall-log': other }).findings).toEqual([]);
  });

  test('is not judged without the log, and has nothing to say without a firewall', () => {
    expect(judged(check, { gateway: waf }, { failed: ['firewall-log'] }).outcome).toBe('not-judged');
    expect(judged(check, { gateway: gatewayWith() }).outcome).toBe('clean');
  });
});

describe('retired-sku and failed-provisioning', () => {
  test('finds the first generation, before its end and after it', () => {
    const gateway = gatewayWith({}, { tier: 'Standard' });
    expect(shortOf(judged('retired-sku', { gateway }))).toEqual([['outage', 'now']]);
    expect(judged('retired-sku', { gateway }, { takenAt: '2026-04-01T00:00:00Z' }).findings[0]).toMatchObject({
      nearness: 'soon',
      daysLeft: 27,
    });
    for (const tier of ['Standard_v2', 'WAF_v2', 'Basic'])
      expect(judged('retired-sku', { gateway: gatewayWith({}, { tier }) }).outcome).toBe('clean');
  });

  test('finds a failed write, and no write under way', () => {
    const failed = gatewayWith({}, { provisioningState: 'Failed' });
    expect(shortOf(judged('failed-provisioning', { gateway: failed }))).toEqual([['outage', 'someday']]);
    const updating = gatewayWith({}, { provisioningState: 'Updating' });
    expect(judged('failed-provisioning', { gateway: updating }).outcome).toBe('clean');
  });
});
