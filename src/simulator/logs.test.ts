import { describe, expect, test } from '@jest/globals';
import type { LogTable } from './log-tables.ts';
import { answerQuery } from './logs.ts';
import { type ScenarioName, worldOf } from './scenarios/index.ts';
import { sdkClients } from './sdk-clients.ts';
import { startSimulator } from './simulator.ts';
import { gatewayId } from './world.ts';

const NOW = new Date('2026-11-23T10:30:20Z');
const SUMMARY = '// appgw-triage: access-log summary v1\n';
const MINUTES = '// appgw-triage: access-log minutes v1\n';
const FIREWALL = '// appgw-triage: firewall-log summary v1\n';
const ANY = 'union isfuzzy=true (datatable(Source:string)[]), AGWAccessLogs, AGWFirewallLogs, AzureDiagnostics';

function ask(scenario: ScenarioName, query: string, timespan = 'PT1H') {
  const answer = answerQuery(worldOf(scenario, NOW), { query, timespan }, NOW);
  const { tables = [] } = answer.body as { tables?: readonly LogTable[] };
  const records = tables.map(({ columns, rows }) =>
    rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]]))),
  );
  return { status: answer.status, tables, records: records[0] ?? [], second: records[1] ?? [] };
}

describe('the access log', () => {
  test('tells the story of the default drill', () => {
    const { records } = ask('wrong-port', SUMMARY + ANY);
    expect(records[0]).toMatchObject({
      BackendPoolName: 'pool-orders',
      ServerRouted: '',
      HttpStatus: 502,
      ServerStatus: null,
      ErrorInfo: 'ERRORINFO_UPSTREAM_NO_LIVE',
      Path: '/api/orders',
      ServerLatencyP50: null,
      FirstAt: '2026-11-23T10:18:01Z',
    });
    const served = records.filter((row) => row.BackendPoolName === 'pool-orders' && row.HttpStatus === 200);
    expect(served.map((row) => row.ServerRouted).sort()).toEqual(['10.20.4.4:8080', '10.20.4.5:8080']);
    expect(served.every((row) => row.LastAt === '2026-11-23T10:17:59Z' && row.Path === '')).toBe(true);
    const catalog = records.filter((row) => row.BackendPoolName === 'pool-catalog');
    expect(catalog.every((row) => Number(row.HttpStatus) < 500)).toBe(true);
  });

  test('has every request of the summary in the minutes', () => {
    const { records, second, tables } = ask('wrong-port', SUMMARY + MINUTES + ANY);
    expect(tables.map(({ name }) => name)).toEqual(['PrimaryResult', 'Minutes']);
    const sum = (rows: readonly Record<string, unknown>[], column: string) =>
      rows.reduce((total, row) => total + Number(row[column]), 0);
    expect(sum(second, 'Requests')).toBe(sum(records, 'Requests'));
    expect(sum(second, 'Failed')).toBe(
      sum(
        records.filter((row) => row.HttpStatus === 502),
        'Requests',
      ),
    );
    expect(second).toHaveLength(60);
  });

  test('has the same answer whenever the same minutes are asked for, and nothing outside them', () => {
    const span = '2026-11-23T10:05:00Z/2026-11-23T10:10:00Z';
    expect(ask('wrong-port', SUMMARY + ANY, span)).toEqual(ask('wrong-port', SUMMARY + ANY, span));
    expect(ask('wrong-port', MINUTES + ANY, span).records.map((row) => row.Minute)).toEqual(
      ['05', '06', '07', '08', '09'].map((minute) => `2026-11-23T10:${minute}:00Z`),
    );
  });

  test('shows a timeout at the request timeout', () => {
    const slow = ask('slow-endpoint', SUMMARY + ANY).records.filter((row) => row.HttpStatus === 504);
    expect(slow).toHaveLength(3);
    for (const row of slow) {
      expect(row).toMatchObject({ ErrorInfo: 'ERRORINFO_UPSTREAM_TIMED_OUT', ServerStatus: null, TimeTakenMin: 20 });
      expect(row.TimeTakenMax).toBeLessThan(20.1);
    }
  });

  test('shows a relayed error with the status of the backend', () => {
    const [relayed] = ask('healthy-but-502', SUMMARY + ANY).records;
    expect(relayed).toMatchObject({
      HttpStatus: 502,
      ServerStatus: 502,
      ErrorInfo: 'ERRORINFO_NO_ERROR',
      Path: '/search',
    });
    expect(relayed?.TimeTakenMax).toBeLessThan(1);
  });

  test('ends when the gateway stops', () => {
    const { records } = ask('gateway-stopped', MINUTES + ANY);
    expect(records.at(-1)).toMatchObject({ Minute: '2026-11-23T10:20:00Z', Failed: 0 });
  });
});

describe('the firewall log', () => {
  test('joins with the access log', () => {
    const { records } = ask('waf-403', FIREWALL + ANY);
    const blocked = records.filter((row) => row.Action === 'Blocked');
    expect(blocked[0]).toMatchObject({ Path: '/api/orders/notes', Hostname: 'shop.fabrikam.example', Requests: 1 });
    expect(records.some((row) => row.Action === 'Matched' && row.RuleId === '942130')).toBe(true);
    const [denied] = ask('waf-403', SUMMARY + ANY).records.filter((row) => row.HttpStatus === 403);
    const ids: string[] = JSON.parse(String(denied?.TransactionIds));
    expect(ids).toHaveLength(5);
    expect(ids.every((id) => blocked.some((row) => row.TransactionId === id))).toBe(true);
    expect(denied?.Requests).toBe(blocked.length);
  });

  test('is empty without a firewall', () => {
    expect(ask('wrong-port', FIREWALL + ANY)).toMatchObject({ status: 200, records: [] });
  });
});

describe('tables that a workspace lacks', () => {
  test('fail the query, unless the union is fuzzy and one leg is there', () => {
    expect(ask('wrong-port', `${SUMMARY}AzureDiagnostics | take 5`).status).toBe(400);
    expect(ask('probe-auth', `${SUMMARY}AGWAccessLogs | take 5`).status).toBe(400);
    expect(ask('wrong-port', `${SUMMARY}union AGWAccessLogs, AzureDiagnostics`).status).toBe(400);
    expect(ask('wrong-port', `${SUMMARY}union isfuzzy=true AGWAccessLogs, AzureDiagnostics`).status).toBe(200);
    expect(ask('wrong-port', `${SUMMARY}union isfuzzy=true AzureDiagnostics`).status).toBe(400);
    // A table that only a comment names is not needed.
    expect(ask('wrong-port', `${SUMMARY}// not AzureDiagnostics\nAGWAccessLogs`).status).toBe(200);
  });

  test('leave the columns, without rows, where there is no log at all', () => {
    const world = { ...worldOf('wrong-port', NOW), logs: { workspaceId: 'w', tables: 'none' as const } };
    const { status, body } = answerQuery(world, { query: SUMMARY + ANY, timespan: 'P1D' }, NOW);
    const [table] = (body as { tables: readonly LogTable[] }).tables;
    expect({ status, rows: table?.rows, columns: table?.columns.length }).toEqual({
      status: 200,
      rows: [],
      columns: 32,
    });
    expect(answerQuery(world, { query: `${SUMMARY}AGWAccessLogs` }, NOW).status).toBe(400);
  });
});

describe('queries that cannot be read', () => {
  test.each([
    ['no query', {}],
    ['no object', 'AGWAccessLogs'],
    ['a timespan that is none', { query: 'AGWAccessLogs', timespan: 'yesterday' }],
    [
      'a timespan that runs backwards',
      { query: 'AGWAccessLogs', timespan: '2026-11-23T10:00:00Z/2026-11-23T09:00:00Z' },
    ],
  ])('%s', (_name, body) => {
    const answer = answerQuery(worldOf('wrong-port', NOW), body, NOW);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BadArgumentError' } } });
  });
});

describe('through the SDK', () => {
  test('resource and workspace queries give the same tables', async () => {
    const simulator = await startSimulator({ scenario: 'wrong-port', now: () => NOW, retryAfterSeconds: 0 });
    try {
      const { logs } = sdkClients(simulator);
      const span = { startTime: new Date(NOW.getTime() - 3_600_000), endTime: NOW };
      const query = `${SUMMARY}AGWAccessLogs`;
      const byResource = await logs.queryResource(gatewayId(simulator.world), query, span);
      const byWorkspace = await logs.queryWorkspace(simulator.world.logs.workspaceId, query, span);
      expect(byResource).toEqual(byWorkspace);
      expect(byResource).toMatchObject({ status: 'Success', tables: [{ name: 'PrimaryResult' }] });
      await expect(logs.queryWorkspace('another', query, span)).rejects.toMatchObject({ statusCode: 404 });
      const records = await logs.queryResource(gatewayId(simulator.world), 'AGWAccessLogs | take 7', {
        duration: 'PT1H',
      });
      expect(records).toMatchObject({ tables: [{ rows: { length: 7 } }] });
    } finally {
      await simulator.close();
    }
  });
});
