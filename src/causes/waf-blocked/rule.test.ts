import { expect, test } from '@jest/globals';
import type { Readings } from '../../core/readings.ts';
import { wafBlocked } from './rule.ts';

const request = { transactionId: 'aa', path: '/search', count: 40 } as const;
const readings = (records: NonNullable<Readings['firewall']>['records']): Readings => ({
  evidence: [
    { name: 'access-log', state: 'ok' },
    { name: 'firewall-log', state: 'ok' },
  ],
  traffic: { groups: [{ status: 403, count: 40, path: '/search', transactionIds: ['aa'] }], minutes: [], unread: 0 },
  firewall: { records },
});

test('what is excluded is the rule that matched, not the one that adds up the score', () => {
  const [verdict] = wafBlocked.judge(
    readings([
      { ...request, action: 'Blocked', ruleId: '949110' },
      { ...request, action: 'Matched', ruleId: '942130', ruleGroup: 'SQLI' },
    ]),
  );
  const fix = verdict?.fix.map((step) => step.command ?? '').join();
  expect(fix).toContain('--rule-ids 942130');
  expect(fix).not.toContain('949110');
});

test('where only the score is known, the rule to exclude stays open', () => {
  const [verdict] = wafBlocked.judge(readings([{ ...request, action: 'Blocked', ruleId: '949110' }]));
  expect(verdict?.fix.map((step) => step.command ?? '').join()).toContain("--rule-ids '<rule-id>'");
});
