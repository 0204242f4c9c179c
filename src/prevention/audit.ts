import type { EvidenceSummary } from '../core/evidence.ts';
import { gatewayNames } from '../core/targets.ts';
import type { MissingRead } from '../core/verdict.ts';
import { type AuditReadings, type Check, COSTS, type Cost, type Finding, NEARNESS } from './check.ts';

/** What an audit of one gateway found. */
export interface GatewayAudit {
  readonly gateway: { readonly id?: string; readonly name?: string; readonly resourceGroup?: string };
  /** ISO 8601; absent where nobody knows when the readings were taken. */
  readonly takenAt?: string;
  /** What costs most first. */
  readonly findings: readonly AuditFinding[];
  readonly checks: readonly CheckOutcome[];
  readonly evidence: readonly EvidenceSummary[];
}

export interface AuditFinding extends Finding {
  readonly check: string;
  readonly title: string;
  readonly prevents: readonly string[];
  /** The same for the same finding from day to day: the check and the place, without anything measured. */
  readonly key: string;
}

export interface CheckOutcome {
  readonly check: string;
  readonly title: string;
  /** `clean` only where everything that it looks at was read. */
  readonly outcome: 'clean' | 'found' | 'not-judged';
  readonly missing: readonly MissingRead[];
}

/** A gateway has at most a few hundred parts; a document made up to hold millions of findings must not fill a page. */
const MAX_FINDINGS_OF_A_CHECK = 200;

/** Judges the readings by every check. Pure and total: a check that throws counts as not judged, and says so. */
export function audit(readings: AuditReadings, checks: readonly Check[]): GatewayAudit {
  const judged = checks.map((check) => ({ check, judgement: judge(check, readings) }));
  const findings = judged.flatMap(({ check, judgement }) =>
    judgement.findings.slice(0, MAX_FINDINGS_OF_A_CHECK).map(
      (finding): AuditFinding => ({
        ...finding,
        check: check.id,
        title: check.title,
        prevents: check.prevents,
        key: keyOf(check.id, finding),
      }),
    ),
  );
  return {
    gateway: gatewayNames(readings),
    ...(readings.takenAt === undefined ? {} : { takenAt: readings.takenAt }),
    findings: rank(findings, checks),
    checks: judged.map(({ check, judgement }) => ({
      check: check.id,
      title: check.title,
      outcome: judgement.findings.length > 0 ? 'found' : judgement.notJudged.length > 0 ? 'not-judged' : 'clean',
      missing: judgement.notJudged,
    })),
    evidence: readings.evidence,
  };
}

function judge(check: Check, readings: AuditReadings): ReturnType<Check['judge']> {
  try {
    return check.judge(readings);
  } catch {
    // Reachable only through a defect in a check. One broken check must not cost the other findings.
    const read = 'This check failed on these readings; please report it with the snapshot.';
    return { findings: [], notJudged: [{ read }] };
  }
}

function keyOf(check: string, { scope }: Finding): string {
  const { pool, setting, probe, listener, certificate, resource, members = [] } = scope;
  const parts = [pool, setting, probe, listener, certificate, resource, members.toSorted().join(',')];
  return [check, ...parts.map((part) => part ?? '')].join('|').toLowerCase();
}

/** By cost, then by how near it is, then in the order of the list; places of one check by their names. */
function rank(findings: readonly AuditFinding[], checks: readonly Check[]): readonly AuditFinding[] {
  const order = checks.map(({ id }) => id);
  return findings.toSorted(
    (left, right) =>
      COSTS.indexOf(left.cost) - COSTS.indexOf(right.cost) ||
      NEARNESS.indexOf(left.nearness) - NEARNESS.indexOf(right.nearness) ||
      compareDays(left.daysLeft, right.daysLeft) ||
      order.indexOf(left.check) - order.indexOf(right.check) ||
      (left.key < right.key ? -1 : left.key > right.key ? 1 : 0),
  );
}

/** Whether it costs at least so much. */
export function isAtLeast(cost: Cost, threshold: Cost): boolean {
  return COSTS.indexOf(cost) <= COSTS.indexOf(threshold);
}

/** What a later audit is compared with. */
export type Known = Pick<AuditFinding, 'key' | 'cost' | 'nearness'>;

export interface News {
  readonly finding: AuditFinding;
  readonly kind: 'new' | 'worse';
}

/** What is there that was not, or has become worse: dearer, or nearer. Pure. */
export function newsSince(before: readonly Known[], findings: readonly AuditFinding[]): readonly News[] {
  const known = new Map(before.map((one) => [one.key, one]));
  return findings.flatMap((finding): News[] => {
    const earlier = known.get(finding.key);
    if (!earlier) return [{ finding, kind: 'new' }];
    const dearer = COSTS.indexOf(finding.cost) - COSTS.indexOf(earlier.cost);
    const nearer = NEARNESS.indexOf(finding.nearness) - NEARNESS.indexOf(earlier.nearness);
    return dearer < 0 || (dearer === 0 && nearer < 0) ? [{ finding, kind: 'worse' }] : [];
  });
}

/** What has a date goes before what has none. */
function compareDays(left = Number.MAX_SAFE_INTEGER, right = Number.MAX_SAFE_INTEGER): number {
  return left - right;
}
