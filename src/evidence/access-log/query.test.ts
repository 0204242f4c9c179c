import { describe, expect, test } from '@jest/globals';
import { FIREWALL_QUERY } from '../firewall-log/query.ts';
import { MINUTES_QUERY, SUMMARY_QUERY } from './query.ts';

const QUERIES = [
  ['the access log summary', SUMMARY_QUERY, '// appgw-triage: access-log summary v1'],
  ['the access log by minute', MINUTES_QUERY, '// appgw-triage: access-log minutes v1'],
  ['the firewall log summary', FIREWALL_QUERY, '// appgw-triage: firewall-log summary v1'],
] as const;

/** The parts of a leg's `project`: `Name = expression`, split at the commas outside of parentheses. */
function projected(leg: string): readonly (readonly [string, string])[] {
  const list = leg.slice(leg.indexOf('| project ') + '| project '.length);
  const parts: string[] = [''];
  let depth = 0;
  for (const character of list) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) break;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => {
    const [name = '', ...expression] = part.trim().split(' = ');
    return [name, expression.join(' = ')];
  });
}

const legOf = (query: string, table: string) => query.slice(query.indexOf(`(${table}\n`));

describe.each(QUERIES)('%s', (_name, query, marker) => {
  test('says what it is in its first line', () => {
    expect(query.split('\n')[0]).toBe(marker);
  });

  test('is balanced', () => {
    for (const [open, close] of ['()', '[]'])
      expect(query.split(open ?? '').length).toBe(query.split(close ?? '').length);
    expect((query.match(/'/g) ?? []).length % 2).toBe(0);
    // Every statement but the last ends in a semicolon, and a blank line would end the query in the portal.
    expect(query).not.toMatch(/;\s*$/);
    expect(query).not.toContain('\n\n');
  });

  test('both tables give the same columns of the same types, so that no column is split in two', () => {
    const dedicated = query.includes('AGWFirewallLogs') ? 'AGWFirewallLogs' : 'AGWAccessLogs';
    const left = projected(legOf(query, dedicated));
    const right = projected(legOf(query, 'AzureDiagnostics'));
    expect(left.length).toBeGreaterThan(5);
    expect(left.map(([name]) => name)).toEqual(right.map(([name]) => name));
    const cast = (expression: string) => /^(?:coalesce\()?(to\w+)\(/.exec(expression)?.[1] ?? 'as it is';
    expect(left.map(([, expression]) => cast(expression))).toEqual(right.map(([, expression]) => cast(expression)));
    // A column that a table lacks would silently cost the whole table.
    for (const [name, expression] of [...left, ...right]) {
      if (!['Source', 'TimeGenerated'].includes(name)) expect(expression).toContain('column_ifexists(');
    }
  });

  test('gives neither client addresses nor query strings nor matched data', () => {
    const statement = query.slice(query.lastIndexOf(';'));
    expect(statement).not.toMatch(/client|query/i);
    // Of the URI only what stands before its question mark.
    for (const [use] of statement.matchAll(/.{0,25}\bUri\b.{0,12}/g)) expect(use).toContain("split(Uri, '?')[0]");
    expect(query).not.toMatch(/UserAgent|userAgent|requestQuery|RequestQuery|DetailedData|details_data/);
  });

  test('is bounded', () => {
    expect(query).toMatch(/\| top \d+ by /);
  });
});

test('the summary gives the columns that its reader knows', () => {
  const given = SUMMARY_QUERY.slice(SUMMARY_QUERY.lastIndexOf('| project'))
    .replace('| project', '')
    .split(',')
    .map((name) => name.trim());
  const spread = (name: string) => ['Min', 'P50', 'P95', 'Max'].map((part) => `${name}${part}`);
  expect(given).toEqual([
    ...[
      'BackendPoolName',
      'BackendSettingName',
      'ListenerName',
      'ServerRouted',
      'HttpStatus',
      'ServerStatus',
      'ErrorInfo',
    ],
    ...['OriginalHost', 'Host', 'Path', 'HttpMethod', 'WafMode', 'Requests'],
    ...['TimeTaken', 'ServerLatency', 'ReceivedBytes', 'SentBytes'].flatMap(spread),
    ...['FirstAt', 'LastAt', 'TransactionIds'],
  ]);
});
