import type { AuditFinding, GatewayAudit } from '../prevention/audit.ts';
import type { AuditReport } from './audit-json.ts';
import { placeOf } from './audit-place.ts';

/** What XML 1.0 has no way to write at all, not even as a reference. */
const NOT_IN_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** A text as XML content or as the value of an attribute. */
export function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replace(NOT_IN_XML, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replace(/[\t\n\r]/g, ' ');
}

/**
 * The audit as JUnit XML: a suite for each gateway and a case for each check, which fails where it found anything that
 * costs at least `failures` says, and is skipped where it could not be judged. A gateway that could not be read is an
 * error, so that a pipeline does not pass for want of rights. Pure.
 */
export function junitReport({ audits, unread }: AuditReport, isFailure: (finding: AuditFinding) => boolean): string {
  const suites = audits.map((audit) => suite(audit, isFailure));
  const failures = audits.reduce((sum, audit) => sum + failedChecks(audit, isFailure), 0);
  const tests = audits.reduce((sum, { checks }) => sum + checks.length, unread.length);
  const errors = unread.map(({ id, reason }) =>
    [
      `  <testsuite name="${xmlText(id)}" tests="1" failures="0" errors="1" skipped="0">`,
      `    <testcase classname="${xmlText(id)}" name="read"><error message="${xmlText(reason)}"/></testcase>`,
      '  </testsuite>',
    ].join('\n'),
  );
  const head = `<testsuites name="appgw-triage audit" tests="${tests}" failures="${failures}" errors="${unread.length}">`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, ...errors, '</testsuites>', ''].join('\n');
}

function failedChecks({ findings }: GatewayAudit, isFailure: (finding: AuditFinding) => boolean): number {
  return new Set(findings.filter(isFailure).map(({ check }) => check)).size;
}

function suite(audit: GatewayAudit, isFailure: (finding: AuditFinding) => boolean): string {
  const { gateway, checks, findings, takenAt } = audit;
  const name = xmlText(gateway.id ?? gateway.name ?? 'gateway');
  const skipped = checks.filter(({ outcome }) => outcome === 'not-judged').length;
  const at = takenAt === undefined ? '' : ` timestamp="${xmlText(takenAt.replace(/\.\d+Z$/, 'Z'))}"`;
  const cases = checks.map(({ check, outcome, missing }) => {
    const own = findings.filter((finding) => finding.check === check);
    const open = `    <testcase classname="${name}" name="${xmlText(check)}"`;
    if (outcome === 'not-judged') {
      return `${open}><skipped message="${xmlText(`Not judged: ${missing[0]?.read ?? 'a reading is missing.'}`)}"/></testcase>`;
    }
    const failing = own.filter(isFailure);
    const passing = own.filter((finding) => !isFailure(finding));
    const parts = [
      ...failing.map(
        (finding) =>
          `<failure type="${finding.cost}" message="${xmlText(finding.says)}">${xmlText(detailOf(finding))}</failure>`,
      ),
      // Known, and let through: it is not lost, and fails nothing.
      ...(passing.length === 0 ? [] : [`<system-out>${xmlText(passing.map(detailOf).join(' | '))}</system-out>`]),
    ];
    return parts.length === 0 ? `${open}/>` : `${open}>${parts.join('')}</testcase>`;
  });
  const counts = `tests="${checks.length}" failures="${failedChecks(audit, isFailure)}" errors="0" skipped="${skipped}"`;
  return [`  <testsuite name="${name}" ${counts}${at}>`, ...cases, '  </testsuite>'].join('\n');
}

function detailOf({ cost, nearness, says, scope, because, fix }: AuditFinding): string {
  const [first] = because;
  const cited = first === undefined ? '' : ` ${first.evidence}: ${first.quote}.`;
  return `${cost}, ${nearness}, at ${placeOf(scope)}: ${says}${cited} Fix: ${fix[0]?.text ?? ''}`;
}
