import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { explained, judgeAudit } from '../scripts/audit-dependencies.ts';

const TODAY = '2026-11-23';
const via = { source: 1, title: 'Something bad', url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc' };
const report = (severity: string) =>
  JSON.stringify({
    vulnerabilities: {
      left: { via: [{ ...via, severity }] },
      right: { via: ['left'] },
      up: { via: [{ ...via, severity }] },
    },
  });
const explanation = (until: string) => [{ advisory: 'GHSA-aaaa-bbbb-cccc', reason: 'Only in tests.', until }];

describe('the audit of dependencies', () => {
  test.each(['high', 'critical'])('a %s finding fails, and is named once with its packages', (severity) => {
    expect(judgeAudit(report(severity), [], TODAY)).toEqual({
      outcome: 'failed',
      lines: [`GHSA-aaaa-bbbb-cccc | ${severity} | left, up | Something bad`],
    });
  });

  test('a lesser one is named and passes', () => {
    expect(judgeAudit(report('moderate'), [], TODAY)).toMatchObject({ outcome: 'passed', lines: { length: 1 } });
  });

  test('an explanation counts until its day is over', () => {
    expect(judgeAudit(report('high'), explanation(TODAY), TODAY).outcome).toBe('passed');
    expect(judgeAudit(report('high'), explanation('2026-11-22'), TODAY).outcome).toBe('failed');
  });

  test('an explanation of what is not there any more is said to be left over', () => {
    const verdict = judgeAudit('{"vulnerabilities":{}}', explanation(TODAY), TODAY);
    expect(verdict).toEqual({ outcome: 'passed', lines: [expect.stringContaining('its line can go')] });
  });

  test.each(['', 'nonsense', '[]', 'null', '{"message":"405 Method Not Allowed"}', '{"vulnerabilities":null}'])(
    '%j is no report: the check is skipped, and never passed',
    (text) => {
      expect(judgeAudit(text, [], TODAY)).toMatchObject({ outcome: 'skipped' });
    },
  );

  test.each(['{"vulnerabilities":{"a":null}}', '{"vulnerabilities":{"a":{"via":[null,7]}}}'])(
    '%s breaks nothing',
    (text) => {
      expect(judgeAudit(text, [], TODAY)).toEqual({ outcome: 'passed', lines: [] });
    },
  );

  test('every explanation has a reason and a day', () => {
    for (const { advisory, reason, until } of explained) {
      expect(advisory).toMatch(/^GHSA(-[0-9a-z]{4}){3}$/);
      expect(reason).toMatch(/^[A-Z].+\.$/);
      expect(until).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    }
  });
});

describe('the version', () => {
  const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8');
  const { version } = JSON.parse(read('package.json')) as { version: string };

  test('is a semantic one', () => {
    expect(version).toMatch(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/);
  });

  test('is the newest that CHANGELOG.md tells of; before the first release there is only what is unreleased', () => {
    const headings = [...read('CHANGELOG.md').matchAll(/^## \[?([^\]\s]+)\]?(?: .*)?$/gm)].map(
      ([, heading]) => heading,
    );
    const released = headings.filter((heading) => heading !== 'Unreleased');
    if (released.length === 0)
      expect({ headings, isFirst: version === '0.1.0' }).toEqual({ headings: ['Unreleased'], isFirst: true });
    else expect(released[0]).toBe(version);
  });

  test('is the one of package-lock.json', () => {
    const lock = JSON.parse(read('package-lock.json'));
    expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
  });
});
