import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import type { AuditFinding, GatewayAudit } from '../prevention/audit.ts';
import { COSTS } from '../prevention/check.ts';
import { checks } from '../prevention/index.ts';
import { type AuditReport, auditJson } from './audit-json.ts';
import { auditText } from './audit-text.ts';
import { junitReport, xmlText } from './junit.ts';
import { sarifLog } from './sarif.ts';
import { columnsOf } from './terminal-text.ts';

const finding = (more: Partial<AuditFinding> = {}): AuditFinding => ({
  ...{ check: 'probe-pace', title: 'A probe is paced wrongly', prevents: ['probe-timing'], key: 'probe-pace|a' },
  ...{ cost: 'pool', nearness: 'soon', daysLeft: 3, says: 'It is <so> & "so".' },
  scope: { gateway: 'gw', pool: 'pool-a', probe: 'probe-a', members: ['10.0.0.4'] },
  because: [{ evidence: 'gateway', quote: '"timeout": 2', says: 'That is short.' }],
  fix: [{ text: 'Mend it.', command: 'az network do', undo: 'az network undo' }],
  ...more,
});

const audit = (findings: readonly AuditFinding[], id = '/subscriptions/s/x/applicationGateways/gw'): GatewayAudit => ({
  gateway: { id, name: 'gw', resourceGroup: 'rg' },
  takenAt: '2026-09-14T02:30:00.000Z',
  findings,
  checks: [
    { check: 'probe-pace', title: 'x', outcome: findings.length > 0 ? 'found' : 'clean', missing: [] },
    { check: 'host-names', title: 'x', outcome: 'not-judged', missing: [{ read: 'The log.' }] },
  ],
  evidence: [{ name: 'gateway', state: 'ok' }],
});

const report = (...findings: readonly AuditFinding[]): AuditReport => ({ audits: [audit(findings)], unread: [] });
const failed: AuditReport = { audits: [], unread: [{ id: '/x/gw-2', reason: '403: <forbidden>' }] };

/** What SARIF 2.1.0 demands of the parts that are written here; the names of everything else are refused. */
const text = { type: 'object', required: ['text'], properties: { text: { type: 'string', minLength: 1 } } } as const;
const closed = (properties: Readonly<Record<string, unknown>>, ...required: readonly string[]) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const level = { enum: ['none', 'note', 'warning', 'error'] };
const SARIF = closed(
  {
    $schema: { type: 'string' },
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      items: closed(
        {
          tool: closed(
            {
              driver: closed(
                {
                  name: { type: 'string' },
                  semanticVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+' },
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: closed(
                      {
                        id: { type: 'string' },
                        name: { type: 'string' },
                        shortDescription: text,
                        fullDescription: text,
                        help: text,
                        defaultConfiguration: closed({ level }, 'level'),
                      },
                      'id',
                    ),
                  },
                },
                'name',
              ),
            },
            'driver',
          ),
          invocations: {
            type: 'array',
            items: closed(
              {
                executionSuccessful: { type: 'boolean' },
                toolExecutionNotifications: { type: 'array', items: closed({ level, message: text }, 'message') },
              },
              'executionSuccessful',
            ),
          },
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          results: {
            type: 'array',
            items: closed(
              {
                ruleId: { type: 'string' },
                ruleIndex: { type: 'integer', minimum: 0 },
                level,
                message: text,
                locations: {
                  type: 'array',
                  minItems: 1,
                  items: closed({
                    physicalLocation: closed(
                      { artifactLocation: closed({ uri: { type: 'string', pattern: '^[^\\s\\\\]+$' } }, 'uri') },
                      'artifactLocation',
                    ),
                    logicalLocations: {
                      type: 'array',
                      items: closed({
                        name: { type: 'string' },
                        fullyQualifiedName: { type: 'string' },
                        kind: { type: 'string' },
                      }),
                    },
                  }),
                },
                partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } },
                properties: { type: 'object' },
              },
              'message',
            ),
          },
        },
        'tool',
      ),
    },
  },
  'version',
  'runs',
);
const isSarif = new Ajv().compile(SARIF);
const sarif = (of: AuditReport, path?: string) =>
  sarifLog(of, { checks, version: '1.2.3', ...(path === undefined ? {} : { path }) });

describe('SARIF', () => {
  test.each([
    ['a finding', report(finding())],
    ['every cost', report(...COSTS.map((cost) => finding({ cost })))],
    ['nothing', report()],
    ['a gateway that could not be read', failed],
  ])('is well formed for %s', (_, of) => {
    for (const log of [sarif(of), sarif(of, 'a folder/größe')]) {
      expect(isSarif(log) ? [] : isSarif.errors).toEqual([]);
    }
  });

  test('points at the rule, the place and the file; what could not be read is no success', () => {
    const log = sarif(report(finding()), 'gw') as { runs: readonly [{ results: readonly Record<string, never>[] }] };
    const [result] = log.runs[0].results;
    expect(result).toMatchObject({
      ...{ ruleId: 'probe-pace', level: 'error' },
      ruleIndex: checks.findIndex(({ id }) => id === 'probe-pace'),
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: 'gw' } },
          logicalLocations: [
            {
              fullyQualifiedName: '/subscriptions/s/x/applicationGateways/gw/backendAddressPools/pool-a/probes/probe-a',
            },
          ],
        },
      ],
      partialFingerprints: { 'auditKey/v1': '/subscriptions/s/x/applicationgateways/gw|probe-pace|a' },
    });
    expect(sarif(failed)).toMatchObject({ runs: [{ invocations: [{ executionSuccessful: false }] }] });
  });
});

/** A strict reader of the little XML that is written here: returns the elements in their order, or throws. */
function readXml(
  xml: string,
): readonly { readonly name: string; readonly attributes: Readonly<Record<string, string>> }[] {
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  const token =
    /<(\/?)([a-z-]+)((?: [a-z]+="[^"<&]*(?:&(?:amp|lt|gt|quot|apos);[^"<&]*)*")*)(\/?)>|([^<&]|&(?:amp|lt|gt|quot|apos);)+/gy;
  while (token.lastIndex < body.length) {
    const match = token.exec(body);
    if (!match) throw new Error(`not XML at ${token.lastIndex}`);
    const [, isClosing, name, attributes = '', isEmpty] = match;
    if (name === undefined) continue;
    if (isClosing) {
      if (open.pop() !== name) throw new Error(`${name} is closed and was not open`);
      continue;
    }
    const pairs = [...attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]);
    elements.push({ name, attributes: Object.fromEntries(pairs) });
    if (!isEmpty) open.push(name);
  }
  if (open.length > 0) throw new Error(`${open.at(-1)} is still open`);
  return elements;
}

describe('JUnit', () => {
  const isFailure = ({ cost }: AuditFinding) => cost !== 'hygiene';

  test('has a suite for each gateway and a case for each check', () => {
    const xml = junitReport(
      { ...failed, ...report(finding(), finding({ cost: 'hygiene' })), unread: failed.unread },
      isFailure,
    );
    const elements = readXml(xml);
    expect(elements.filter(({ name }) => name === 'testcase').map(({ attributes }) => attributes.name)).toEqual([
      'probe-pace',
      'host-names',
      'read',
    ]);
    const [all, first] = elements;
    expect(all?.attributes).toMatchObject({ tests: '3', failures: '1', errors: '1' });
    expect(first?.attributes).toMatchObject({ tests: '2', failures: '1', skipped: '1' });
    expect(elements.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['failure', 'system-out', 'skipped', 'error']),
    );
  });

  test('a finding below the threshold fails nothing', () => {
    const xml = junitReport(report(finding({ cost: 'hygiene' })), isFailure);
    expect(readXml(xml).map(({ name }) => name)).not.toContain('failure');
    expect(xml).toContain('failures="0"');
  });

  test('stays XML whatever the names hold', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(']]>', '<!--', '&amp;', '\u0000\u001b', '\ufffe', '\ud83d', '"><x a="', '\n\r\t'),
    );
    fc.assert(
      fc.property(hostile, hostile, (name, says) => {
        const one = finding({ says, scope: { pool: name }, fix: [{ text: says }] });
        readXml(junitReport({ audits: [audit([one], name)], unread: [{ id: name, reason: says }] }, isFailure));
      }),
      { numRuns: 300 },
    );
    expect(xmlText('a\u0000b\u001b[31m')).toBe('ab[31m');
  });
});

describe('text and JSON', () => {
  const textOf = (of: AuditReport, width: number, isWhole = false) =>
    auditText(of, { screen: { width, hasColor: false, isUnicode: false }, isWhole });

  test.each([50, 80, 100])('fits %i columns, but for what is pasted', (width) => {
    const long = finding({ says: `${'It is so and '.repeat(20)}so.`, fix: [{ text: 'Mend it. '.repeat(20).trim() }] });
    for (const line of textOf(report(long, finding({ fix: [{ text: 'Mend it.' }] })), width, true).split('\n'))
      expect(columnsOf(line)).toBeLessThanOrEqual(width);
  });

  test('says how many there are, what each costs, how to mend it and what was not judged', () => {
    const shown = textOf(report(finding()), 80);
    expect(shown).toContain('1 finding in 1 gateway: 1 pool.');
    for (const part of ['3 d', 'az network do', 'To undo it:', 'az network undo', 'host-names: The log.'])
      expect(shown).toContain(part);
    expect(textOf(report(), 80)).toContain('Nothing found in 1 gateway, as far as it could be judged.');
    expect(textOf(failed, 80)).toContain('1 could not be read.');
  });

  test('tells hygiene in the table, and in full only where all is asked for', () => {
    const small = report(finding({ cost: 'hygiene', fix: [{ text: 'Mend it some day.' }] }));
    expect(textOf(small, 80)).not.toContain('Mend it some day.');
    expect(textOf(small, 80, true)).toContain('Mend it some day.');
  });

  test('control characters in names do nothing to a terminal', () => {
    const shown = textOf(report(finding({ says: 'It is \u001b[31mred\u202e.' })), 80);
    expect(shown).toContain('It is red.');
  });

  test('the JSON has its keys and no others', () => {
    const json = JSON.parse(JSON.stringify(auditJson(report(finding({ missing: [{ read: 'x' }] })))));
    expect(Object.keys(json)).toEqual(['schema', 'gateways', 'unread']);
    expect(Object.keys(json.gateways[0])).toEqual(['gateway', 'takenAt', 'findings', 'checks', 'evidence']);
    expect(Object.keys(json.gateways[0].findings[0])).toEqual([
      ...['check', 'cost', 'nearness', 'daysLeft', 'scope', 'says', 'because', 'missing', 'fix', 'prevents', 'key'],
    ]);
  });
});
