import { expect } from '@jest/globals';
import { GATEWAY_ID } from '../src/causes/case.ts';
import { auditSnapshot } from '../src/platform/audit-gateway.ts';
import type { AuditFinding, CheckOutcome } from '../src/prevention/audit.ts';

/** What one check makes of raw evidence, read through the same readers as real evidence. Test support. */
export interface Judged {
  readonly findings: readonly AuditFinding[];
  readonly outcome: CheckOutcome['outcome'] | undefined;
  readonly missing: CheckOutcome['missing'];
}

export const TAKEN_AT = '2026-09-14T02:30:00.000Z';

/** `failed` evidence was asked for and did not come. Whatever is found has to be cited, and to say how it is mended. */
export function judged(
  check: string,
  evidence: Readonly<Record<string, unknown>>,
  { takenAt = TAKEN_AT, failed = [] }: { readonly takenAt?: string; readonly failed?: readonly string[] } = {},
): Judged {
  const audit = auditSnapshot({
    gatewayId: GATEWAY_ID,
    takenAt,
    evidence: [
      ...Object.entries(evidence).map(([name, raw]) => ({ name, state: 'ok' as const, raw })),
      ...failed.map((name) => ({ name, state: 'failed' as const, reason: '403: forbidden' })),
    ],
  });
  const outcome = audit.checks.find((one) => one.check === check);
  const findings = audit.findings.filter((finding) => finding.check === check);
  for (const finding of findings) expectWhole(finding, Object.keys(evidence));
  return { findings, outcome: outcome?.outcome, missing: outcome?.missing ?? [] };
}

export function expectWhole({ because, fix, says, scope, missing = [] }: AuditFinding, names: readonly string[]): void {
  expect(because.length).toBeGreaterThan(0);
  expect(fix.length).toBeGreaterThan(0);
  expect(says).toMatch(/\.$/);
  expect(scope.gateway).toBeDefined();
  for (const { evidence, quote, says: shows } of because) {
    expect(names).toContain(evidence);
    expect(quote).not.toBe('');
    expect(shows).toMatch(/\.$/);
  }
  for (const { text, command = 'az x', undo = 'az x' } of fix) {
    expect(text).toMatch(/\.$/);
    expect([command, undo]).toEqual([expect.stringMatching(/^az /), expect.stringMatching(/^az /)]);
  }
  for (const { read } of missing) expect(read).toMatch(/\.$/);
}

/** The findings in short: cost, nearness, and a part of the scope. */
export function shortOf({ findings }: Judged): readonly (readonly [string, string])[] {
  return findings.map(({ cost, nearness }) => [cost, nearness] as const);
}
