import { describe, expect, test } from '@jest/globals';
import type { Traffic, TrafficGroup } from '../../core/traffic.ts';
import { accessLog } from './index.ts';
import { SUMMARY_ROWS } from './query.ts';

const ID = '/SUBSCRIPTIONS/S1/RESOURCEGROUPS/RG-SHOP/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/GW-SHOP';

interface RecordParts {
  readonly record?: Record<string, unknown>;
  readonly properties?: Record<string, unknown>;
}

const record = ({ record: own, properties }: RecordParts = {}) => ({
  timeStamp: '2026-09-14T02:10:11+00:00',
  resourceId: ID,
  listenerName: 'https',
  ruleName: 'rule-1',
  backendPoolName: 'pool-a',
  backendSettingName: 'https-a',
  operationName: 'ApplicationGatewayAccess',
  category: 'ApplicationGatewayAccessLog',
  ...own,
  properties: {
    instanceId: 'appgw_2',
    clientIP: '198.51.100.7',
    clientPort: 45057,
    httpMethod: 'GET',
    originalRequestUriWithArgs: '/orders?token=secret#top',
    requestUri: '/rewritten',
    requestQuery: 'token=secret',
    httpStatus: 502,
    receivedBytes: 184,
    sentBytes: 466,
    timeTaken: 0.034,
    WAFMode: 'Prevention',
    transactionId: '592d1649f75a8d480a3c4dc6a975309d',
    serverRouted: '10.0.0.4:443',
    serverStatus: '',
    serverResponseLatency: '0.028',
    originalHost: 'shop.example',
    host: 'internal.example',
    error_info: 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION',
    ...properties,
  },
});

const GROUP = {
  pool: 'pool-a',
  setting: 'https-a',
  listener: 'https',
  member: '10.0.0.4:443',
  status: 502,
  errorInfo: 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION',
  originalHost: 'shop.example',
  host: 'internal.example',
  path: '/orders',
  method: 'GET',
  wafMode: 'Prevention',
  count: 1,
  timeTaken: { min: 0.034, p50: 0.034, p95: 0.034, max: 0.034 },
  serverLatency: { min: 0.028, p50: 0.028, p95: 0.028, max: 0.028 },
  receivedBytes: { min: 184, p50: 184, p95: 184, max: 184 },
  sentBytes: { min: 466, p50: 466, p95: 466, max: 466 },
  firstAt: '2026-09-14T02:10:11.000Z',
  lastAt: '2026-09-14T02:10:11.000Z',
  transactionIds: ['592d1649f75a8d480a3c4dc6a975309d'],
} satisfies TrafficGroup;

const DIAGNOSTICS_ROW = {
  TenantId: 't',
  TimeGenerated: '2026-09-14T02:10:11Z',
  Category: 'ApplicationGatewayAccessLog',
  OperationName: 'ApplicationGatewayAccess',
  Resource: 'GW-SHOP',
  ResourceId: ID,
  listenerName_s: 'https',
  backendPoolName_s: 'pool-a',
  backendSettingName_s: 'https-a',
  clientIP_s: '198.51.100.7',
  clientPort_d: 45057,
  originalRequestUriWithArgs_s: '/orders?token=secret',
  requestQuery_s: 'token=secret',
  httpMethod_s: 'GET',
  httpStatus_d: 502,
  receivedBytes_d: 184,
  sentBytes_d: 466,
  timeTaken_d: 0.034,
  WAFMode_s: 'Prevention',
  transactionId_g: '592d1649f75a8d480a3c4dc6a975309d',
  serverRouted_s: '10.0.0.4:443',
  serverStatus_s: '',
  serverResponseLatency_s: '0.028',
  originalHost_s: 'shop.example',
  host_s: 'internal.example',
  error_info_s: 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION',
};

const TABLE_ROW = {
  TimeGenerated: '2026-09-14T02:10:11Z',
  ListenerName: 'https',
  BackendPoolName: 'pool-a',
  BackendSettingName: 'https-a',
  ClientIp: '198.51.100.7',
  OriginalRequestUriWithArgs: '/orders?token=secret',
  RequestQuery: 'token=secret',
  HttpMethod: 'GET',
  HttpStatus: 502,
  ReceivedBytes: 184,
  SentBytes: 466,
  TimeTaken: 0.034,
  WafMode: 'Prevention',
  TransactionId: '592d1649f75a8d480a3c4dc6a975309d',
  ServerRouted: '10.0.0.4:443',
  ServerStatus: null,
  ServerResponseLatency: 0.028,
  OriginalHost: 'shop.example',
  Host: 'internal.example',
  ErrorInfo: 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION',
  Type: 'AGWAccessLogs',
  _ResourceId: ID.toLowerCase(),
};

const table = (...rows: readonly Record<string, unknown>[]) => ({
  name: 'PrimaryResult',
  columns: Object.keys(rows[0] ?? {}).map((name) => ({ name, type: 'string' })),
  rows: rows.map((row) => Object.values(row)),
});

/** The command line prints every value of a query's answer as a text, and null as `None`. */
const printed = (row: Record<string, unknown>) =>
  Object.fromEntries([
    ['TableName', 'PrimaryResult'],
    ...Object.entries(row).map(([key, value]) => [key, value === null ? 'None' : String(value)]),
  ]) as unknown;

function trafficOf(...documents: readonly unknown[]): Traffic {
  const { traffic } = accessLog.read(documents).reading;
  if (!traffic) throw new Error('Nothing was read.');
  return traffic;
}

const groupOf = (parts: RecordParts) => trafficOf(record(parts)).groups[0];

describe('reads the same request from', () => {
  test.each([
    ['an envelope of Event Hubs', { records: [record()] }],
    ['a list of envelopes', [{ records: [record()] }]],
    ['bare records', [record()]],
    ['a record that is a document of its own', record()],
    ['rows of AzureDiagnostics', [DIAGNOSTICS_ROW]],
    ['rows of AGWAccessLogs', [TABLE_ROW]],
    ['the answer of a query of AzureDiagnostics', { tables: [table(DIAGNOSTICS_ROW)] }],
    ['the answer of a query of AGWAccessLogs', { tables: [table(TABLE_ROW)] }],
    [
      'a table that is not the first',
      { tables: [{ name: 'Other', columns: [{ name: 'x' }], rows: [[1]] }, table(TABLE_ROW)] },
    ],
    ['what the command line prints of AzureDiagnostics', [printed(DIAGNOSTICS_ROW)]],
    ['what the command line prints of AGWAccessLogs', [printed(TABLE_ROW)]],
  ])('%s', (_name, document) => {
    expect(accessLog.recognise(document)).toBe(true);
    const { state, reading } = accessLog.read([document]);
    expect(state).toBe('ok');
    expect(reading.traffic).toEqual({
      from: '2026-09-14T02:10:11.000Z',
      to: '2026-09-14T02:10:11.000Z',
      groups: [GROUP],
      unread: 0,
      minutes: [{ at: '2026-09-14T02:10:00.000Z', requests: 1, failed: 1 }],
    });
  });
});

test('neither query strings nor client addresses are kept', () => {
  const documents = [{ records: [record()] }, [DIAGNOSTICS_ROW], { tables: [table(TABLE_ROW)] }];
  expect(JSON.stringify(accessLog.read(documents))).not.toMatch(/secret|198\.51\.100/);
});

describe('quirks', () => {
  test.each([
    ['time', { timeStamp: undefined, time: '2026-09-14T02:10:11.1234567Z' }],
    ['timestamp', { timeStamp: undefined, timestamp: '2026-09-14T04:10:11.123+02:00' }],
    ['both', { time: '2026-09-14T02:10:11.123+00:00', timeStamp: '2026-09-14T02:10:11.123Z' }],
  ])('the time is called %s', (_name, own) => {
    expect(groupOf({ record: own })?.firstAt).toBe('2026-09-14T02:10:11.123Z');
  });

  test('a record without a readable time counts, only not by the minute', () => {
    const traffic = trafficOf(record({ record: { timeStamp: '9/14/2026, 2:10:11 AM' } }));
    expect(traffic.groups[0]?.count).toBe(1);
    expect(traffic.minutes).toEqual([]);
    expect(traffic).not.toHaveProperty('from');
  });

  test.each(['', '-', '0', 0, null, undefined, '502, -'])('a server status of %j is none', (serverStatus) => {
    expect(groupOf({ properties: { serverStatus } })).not.toHaveProperty('serverStatus');
  });

  test.each([
    ['503', 503],
    [503, 503],
    ['502, 503', 503],
    ['-, 200', 200],
    ['502, 503, ', 503],
  ])('a server status of %j', (serverStatus, status) => {
    expect(groupOf({ properties: { serverStatus } })?.serverStatus).toBe(status);
  });

  test('a request that was tried twice belongs to the last member', () => {
    const group = groupOf({
      properties: { serverRouted: '10.0.0.4:80, 10.0.0.5:80', serverResponseLatency: '0.004, 0.5' },
    });
    expect(group).toMatchObject({ member: '10.0.0.5:80', serverLatency: { max: 0.5 } });
  });

  test('a request that reached no backend', () => {
    const group = groupOf({
      properties: {
        serverRouted: '',
        serverStatus: '',
        serverResponseLatency: '',
        error_info: undefined,
        httpStatus: '400',
      },
    });
    expect(group).toMatchObject({ status: 400 });
    for (const name of ['member', 'serverStatus', 'serverLatency', 'errorInfo']) expect(group).not.toHaveProperty(name);
  });

  test("the gateway's own security process is left out", () => {
    const { state, reading } = accessLog.read([[record({ properties: { clientIP: '127.0.0.1' } })]]);
    expect({ state, reading }).toEqual({ state: 'empty', reading: {} });
  });

  test('other categories are passed over, and do not count as unread', () => {
    const traffic = trafficOf({
      records: [
        { category: 'ApplicationGatewayFirewallLog', properties: { action: 'Blocked', ruleId: '1' } },
        { category: 'ApplicationGatewayPerformanceLog', properties: { healthyHostCount: '4' } },
        { metricName: 'Throughput', total: 0, time: '2026-09-14T02:10:00Z' },
        record(),
      ],
    });
    expect(traffic.groups).toHaveLength(1);
    expect(traffic.unread).toBe(0);
  });

  test('v1 logs milliseconds, and packs the backend into the query string', () => {
    const group = groupOf({
      record: { backendPoolName: undefined, backendSettingName: undefined, listenerName: undefined },
      properties: {
        instanceId: 'ApplicationGatewayRole_IN_0',
        requestQuery:
          'SERVER-STATUS=200&X-AzureApplicationGateway-CACHE-HIT=0&SERVER-ROUTED=10.4.0.4&X-AzureApplicationGateway-LOG-ID=x&SERVER-STATUS=404',
        timeTaken: 1500,
        serverRouted: undefined,
        serverStatus: undefined,
        serverResponseLatency: undefined,
      },
    });
    expect(group).toMatchObject({ member: '10.4.0.4', serverStatus: 404, timeTaken: { max: 1.5 } });
  });

  test("a v2 client's query string is never taken for v1's", () => {
    const group = groupOf({ properties: { requestQuery: 'X-AzureApplicationGateway-LOG-ID=x&SERVER-STATUS=404' } });
    expect(group).not.toHaveProperty('serverStatus');
    expect(group?.timeTaken?.max).toBe(0.034);
  });

  test('a layer 4 session has no HTTP status, and its server status is the gateway speaking', () => {
    const group = trafficOf({
      records: [
        {
          category: 'ApplicationGatewayAccessLog',
          time: '2026-09-14T02:10:11Z',
          properties: { protocol: 'TCP', sessionTime: 12, serverRouted: '10.0.0.4:1433', serverStatus: '502' },
        },
      ],
    }).groups[0];
    expect(group).toMatchObject({ status: 502, member: '10.0.0.4:1433' });
    expect(group).not.toHaveProperty('serverStatus');
    expect(group).not.toHaveProperty('timeTaken');
  });

  test('records without a status and items that are no records are counted as unread', () => {
    const { unread, groups } = trafficOf({
      records: [record(), record({ properties: { httpStatus: '' } }), 'torn', null, 7],
    });
    expect([unread, groups.length]).toEqual([4, 1]);
  });

  test('NaN and Infinity, which come as texts, are no values', () => {
    const group = groupOf({ properties: { timeTaken: 'NaN', serverResponseLatency: 'Infinity' } });
    expect(group).not.toHaveProperty('timeTaken');
    expect(group).not.toHaveProperty('serverLatency');
  });

  test('an absolute request URI loses its host', () => {
    expect(groupOf({ properties: { originalRequestUriWithArgs: 'https://shop.example/a?x=1' } })?.path).toBe('/a');
  });
});

describe('groups', () => {
  const many = (count: number, parts: (index: number) => RecordParts) =>
    Array.from({ length: count }, (_value, index) => record(parts(index)));

  test('agreeing requests are one group, spread and timed', () => {
    const [group, ...others] = trafficOf(
      many(100, (index) => ({
        record: { timeStamp: `2026-09-14T02:${String(10 + (index % 3)).padStart(2, '0')}:00Z` },
        properties: { timeTaken: index + 1, transactionId: `transaction-${index}` },
      })),
    ).groups;
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      count: 100,
      timeTaken: { min: 1, p50: 50, p95: 95, max: 100 },
      firstAt: '2026-09-14T02:10:00.000Z',
      lastAt: '2026-09-14T02:12:00.000Z',
    });
    expect(group?.transactionIds).toHaveLength(5);
  });

  test('percentiles of many values stay close in bounded memory', () => {
    // 7,919 is prime to 10,000, so that the values come in no order and each once.
    const values = many(10_000, (index) => ({ properties: { timeTaken: (index * 7_919) % 10_000 } }));
    const [group] = trafficOf(values).groups;
    expect(group?.timeTaken?.min).toBe(0);
    expect(group?.timeTaken?.max).toBe(9_999);
    expect(Math.abs((group?.timeTaken?.p50 ?? 0) - 5_000)).toBeLessThan(500);
    expect(Math.abs((group?.timeTaken?.p95 ?? 0) - 9_500)).toBeLessThan(300);
  });

  test('are bounded: what is too much is gathered without what clients choose, and still counts', () => {
    const traffic = trafficOf([
      ...many(4_000, (index) => ({ properties: { httpStatus: 200, originalRequestUriWithArgs: `/ok/${index}` } })),
      ...many(4_000, (index) => ({ properties: { originalHost: `h${index}.example` } })),
    ]);
    expect(traffic.groups.length).toBeLessThanOrEqual(3_000);
    expect(traffic.groups.reduce((sum, group) => sum + group.count, 0)).toBe(8_000);
    expect(traffic.unread).toBe(0);
    const gathered = traffic.groups.filter((group) => group.path === undefined);
    expect(gathered.map((group) => group.status).toSorted()).toEqual([200, 502]);
    expect(gathered.every((group) => group.pool === 'pool-a' && group.originalHost === undefined)).toBe(true);
    // A flood of successes must not take the failures' place.
    expect(traffic.groups.filter((group) => group.status === 502).length).toBeGreaterThan(1_000);
  });

  test('are bounded even where every request is another listener: the rest is counted as unread', () => {
    const traffic = trafficOf(many(6_000, (index) => ({ record: { listenerName: `l${index}` } })));
    const counted = traffic.groups.reduce((sum, group) => sum + group.count, 0);
    expect(traffic.groups.length).toBeLessThanOrEqual(3_000);
    expect(counted + traffic.unread).toBe(6_000);
  });
});

describe('our own summary', () => {
  const SUMMARY = {
    BackendPoolName: 'pool-a',
    BackendSettingName: 'https-a',
    ListenerName: 'https',
    ServerRouted: '10.0.0.4:443',
    HttpStatus: 504,
    ServerStatus: null,
    ErrorInfo: 'ERRORINFO_UPSTREAM_TIMED_OUT',
    OriginalHost: 'shop.example',
    Host: 'shop.example',
    Path: '/slow',
    HttpMethod: 'GET',
    WafMode: '',
    Requests: 13,
    TimeTakenMin: 30.001,
    TimeTakenP50: 30.01,
    TimeTakenP95: 30.02,
    TimeTakenMax: 30.03,
    ServerLatencyMin: null,
    ServerLatencyP50: 'NaN',
    ServerLatencyP95: 'NaN',
    ServerLatencyMax: null,
    ReceivedBytesMin: 1,
    ReceivedBytesP50: 2,
    ReceivedBytesP95: 3,
    ReceivedBytesMax: 4,
    SentBytesMin: null,
    SentBytesP50: null,
    SentBytesP95: null,
    SentBytesMax: null,
    FirstAt: '2026-09-14T02:00:00.1234567Z',
    LastAt: '2026-09-14T02:20:00Z',
    TransactionIds: '["592d1649f75a8d480a3c4dc6a975309d","692d1649f75a8d480a3c4dc6a975309d"]',
  };
  const minutes = (...rows: readonly (readonly unknown[])[]) => ({
    name: 'PrimaryResult',
    columns: ['Minute', 'Requests', 'Failed'].map((name) => ({ name, type: 'x' })),
    rows,
  });

  test.each([
    ['as the service answers', { tables: [table(SUMMARY), minutes(['2026-09-14T02:00:00Z', 900, 13])] }],
    [
      'as the command line prints it',
      [printed(SUMMARY), printed({ Minute: '2026-09-14T02:00:00Z', Requests: 900, Failed: 13 })],
    ],
  ])('is read %s', (_name, document) => {
    expect(accessLog.recognise(document)).toBe(true);
    expect(trafficOf(document)).toEqual({
      from: '2026-09-14T02:00:00.123Z',
      to: '2026-09-14T02:20:00.000Z',
      groups: [
        {
          pool: 'pool-a',
          setting: 'https-a',
          listener: 'https',
          member: '10.0.0.4:443',
          status: 504,
          errorInfo: 'ERRORINFO_UPSTREAM_TIMED_OUT',
          originalHost: 'shop.example',
          host: 'shop.example',
          path: '/slow',
          method: 'GET',
          count: 13,
          timeTaken: { min: 30.001, p50: 30.01, p95: 30.02, max: 30.03 },
          receivedBytes: { min: 1, p50: 2, p95: 3, max: 4 },
          firstAt: '2026-09-14T02:00:00.123Z',
          lastAt: '2026-09-14T02:20:00.000Z',
          transactionIds: ['592d1649f75a8d480a3c4dc6a975309d', '692d1649f75a8d480a3c4dc6a975309d'],
        },
      ],
      unread: 0,
      minutes: [{ at: '2026-09-14T02:00:00.000Z', requests: 900, failed: 13 }],
    });
  });

  test('that reaches its bound says how much it left out', () => {
    const rows = Array.from({ length: SUMMARY_ROWS }, (_value, index) => ({
      ...SUMMARY,
      Path: `/${index}`,
      Requests: 1,
    }));
    expect(
      trafficOf({ tables: [table(...rows), minutes(['2026-09-14T02:00:00Z', SUMMARY_ROWS + 40, 40])] }).unread,
    ).toBe(40);
    expect(trafficOf({ tables: [table(...rows)] }).unread).toBe(1);
  });

  test('without rows is empty, and says nothing of the gateway', () => {
    const document = { tables: [{ ...table(SUMMARY), rows: [] }, minutes()] };
    expect(accessLog.recognise(document)).toBe(true);
    expect(accessLog.read([document])).toMatchObject({ state: 'empty', reading: {} });
  });

  test('that was answered only in part says so', () => {
    const error = { code: 'PartialError', message: 'https://signed.example/?sig=x' };
    const { state, reason, reading } = accessLog.read([{ tables: [table(SUMMARY)], error }]);
    expect([state, reason, reading.traffic?.unread]).toEqual([
      'ok',
      'the log query was answered only in part (PartialError)',
      1,
    ]);
    expect(accessLog.read([{ tables: [{ ...table(SUMMARY), rows: [] }], error }])).toMatchObject({
      state: 'failed',
      reading: {},
    });
  });
});

test.each([
  null,
  'x',
  4,
  [],
  {},
  [1, null],
  { records: [] },
  { tables: [] },
  { tables: [null] },
  { Tables: [] },
  { records: [{ records: [{ records: [{ httpStatus: 502, timeTaken: 1 }] }] }] },
  { records: [null] },
  { error: {} },
])('nonsense without throwing: %j', (document) => {
  expect(accessLog.recognise(document)).toBe(false);
  expect(accessLog.read([document])).toMatchObject({ state: 'failed', reading: {} });
});
