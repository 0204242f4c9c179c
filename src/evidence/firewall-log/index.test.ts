import { describe, expect, test } from '@jest/globals';
import { firewallLog } from './index.ts';

const record = (properties: Record<string, unknown> = {}) => ({
  timeStamp: '2026-09-14T02:10:11+00:00',
  category: 'ApplicationGatewayFirewallLog',
  operationName: 'ApplicationGatewayFirewall',
  properties: {
    instanceId: 'appgw_0',
    clientIp: '198.51.100.7',
    clientPort: '',
    requestUri: '/login?password=secret',
    ruleSetType: 'OWASP_CRS',
    ruleId: '942100',
    ruleGroup: 'REQUEST-942',
    message: 'SQL injection',
    action: 'Blocked',
    details: { message: 'secret found', data: 'secret' },
    hostname: 'shop.example',
    transactionId: '592d1649f75a8d480a3c4dc6a975309d',
    policyId: '/policies/p1',
    ...properties,
  },
});

const RECORD = {
  action: 'Blocked',
  ruleId: '942100',
  ruleGroup: 'REQUEST-942',
  message: 'SQL injection',
  path: '/login',
  hostname: 'shop.example',
  transactionId: '592d1649f75a8d480a3c4dc6a975309d',
  policyId: '/policies/p1',
  count: 1,
};

const TABLE_ROW = {
  Action: 'Blocked',
  RuleId: '942100',
  RuleGroup: 'REQUEST-942',
  Message: 'SQL injection',
  RequestUri: '/login?password=secret',
  Hostname: 'shop.example',
  TransactionId: '592d1649f75a8d480a3c4dc6a975309d',
  PolicyId: '/policies/p1',
  ClientIp: '198.51.100.7',
  DetailedData: 'secret',
};

const DIAGNOSTICS_ROW = {
  Category: 'ApplicationGatewayFirewallLog',
  action_s: 'Blocked',
  ruleId_s: '942100',
  ruleGroup_s: 'REQUEST-942',
  Message: 'SQL injection',
  requestUri_s: '/login?password=secret',
  hostname_s: 'shop.example',
  transactionId_g: '592d1649f75a8d480a3c4dc6a975309d',
  policyId_s: '/policies/p1',
  clientIp_s: '198.51.100.7',
  details_data_s: 'secret',
};

const SUMMARY = (({ RequestUri: _uri, ClientIp: _client, DetailedData: _data, ...row }) => ({
  ...row,
  Path: '/login',
  Requests: 1,
}))(TABLE_ROW);

const table = (row: Record<string, unknown>) => ({
  tables: [
    {
      name: 'PrimaryResult',
      columns: Object.keys(row).map((name) => ({ name, type: 'string' })),
      rows: [Object.values(row)],
    },
  ],
});

describe('reads the same record from', () => {
  test.each([
    ['an envelope', { records: [record()] }],
    ['a bare record', record()],
    ['AGWFirewallLogs', [TABLE_ROW]],
    ['AzureDiagnostics', [DIAGNOSTICS_ROW]],
    ['a query of AGWFirewallLogs', table(TABLE_ROW)],
    ['a query of AzureDiagnostics', table(DIAGNOSTICS_ROW)],
    ['our own summary', table(SUMMARY)],
  ])('%s', (_name, document) => {
    expect(firewallLog.recognise(document)).toBe(true);
    const result = firewallLog.read([document]);
    expect(result).toEqual({ state: 'ok', reading: { firewall: { records: [RECORD] } } });
    expect(JSON.stringify(result)).not.toMatch(/secret|198\.51/);
  });
});

test('access records in the same envelope are another kind', () => {
  const access = { category: 'ApplicationGatewayAccessLog', properties: { httpStatus: 403 } };
  expect(firewallLog.recognise({ records: [access] })).toBe(false);
  expect(firewallLog.read([{ records: [access, record()] }]).reading.firewall?.records).toEqual([RECORD]);
});

test('records that agree are one, and the summary brings its own counts', () => {
  const { reading } = firewallLog.read([{ records: [record(), record()] }, table({ ...SUMMARY, Requests: '40' })]);
  expect(reading.firewall?.records).toEqual([{ ...RECORD, count: 42 }]);
});

test('are bounded: what is too much is gathered by its rule', () => {
  const records = Array.from({ length: 5_000 }, (_value, index) => record({ transactionId: `transaction-${index}` }));
  const { reading } = firewallLog.read([{ records }]);
  const all = reading.firewall?.records ?? [];
  expect(all.length).toBeLessThanOrEqual(3_000);
  expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(5_000);
  expect(all.at(-1)).toMatchObject({ ruleId: '942100', count: 3_000 });
});

test('no rows: empty. Rows cut off by an error: failed', () => {
  const empty = { tables: table(SUMMARY).tables.map((part) => ({ ...part, rows: [] })) };
  expect(firewallLog.read([empty])).toMatchObject({ state: 'empty', reading: {} });
  expect(firewallLog.read([{ ...empty, error: { code: 'not a code!' } }])).toEqual({
    state: 'failed',
    reason: 'the log query was answered only in part (PartialError)',
    reading: {},
  });
});

test.each([null, 'x', [], {}, { records: [] }, { records: [null] }, { tables: [{}] }])('nonsense: %j', (document) => {
  expect(firewallLog.recognise(document)).toBe(false);
  expect(firewallLog.read([document])).toMatchObject({ state: 'failed', reading: {} });
});
