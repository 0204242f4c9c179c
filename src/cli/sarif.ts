import type { AuditFinding, GatewayAudit } from '../prevention/audit.ts';
import { type Check, COST_MEANINGS, type Cost } from '../prevention/check.ts';
import type { AuditReport } from './audit-json.ts';
import { pathOf, placeOf } from './audit-place.ts';

/** SARIF's own words for how bad it is. What fails no request by itself is a note. */
const LEVELS = { outage: 'error', pool: 'error', requests: 'warning', hygiene: 'note' } as const satisfies Record<
  Cost,
  string
>;

export interface SarifOptions {
  readonly checks: readonly Check[];
  readonly version: string;
  /** The file or folder that was audited, relative where possible; absent where Azure was asked. */
  readonly path?: string;
}

/**
 * The audit as SARIF 2.1.0. A gateway is no file, so its parts are logical locations; where files were audited they are
 * named as well, because viewers of code show nothing without one. Pure.
 */
export function sarifLog({ audits, unread }: AuditReport, { checks, version, path }: SarifOptions): unknown {
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'appgw-triage',
            semanticVersion: version,
            rules: checks.map((check) => ({
              id: check.id,
              name: check.id,
              shortDescription: { text: check.title },
              fullDescription: { text: check.meaning },
              help: { text: `Prevents: ${check.prevents.join(', ')}. Blind spots: ${check.blindSpots.join(' ')}` },
              defaultConfiguration: { level: LEVELS[check.costsUpTo] },
            })),
          },
        },
        // A run in which a gateway could not be read found what it found, and not everything.
        invocations: [
          {
            executionSuccessful: unread.length === 0,
            toolExecutionNotifications: unread.map(({ id, reason }) => ({
              level: 'error',
              message: { text: `${id} could not be read: ${reason}` },
            })),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: audits.flatMap((audit) => audit.findings.map((finding) => resultOf(audit, finding, checks, path))),
      },
    ],
  };
}

function resultOf(
  { gateway }: GatewayAudit,
  finding: AuditFinding,
  checks: readonly Check[],
  path: string | undefined,
): unknown {
  const { check, cost, nearness, daysLeft, says, scope, because, fix, key } = finding;
  const id = gateway.id ?? gateway.name ?? 'gateway';
  const inside = pathOf(scope);
  const steps = fix.map(({ text, command }) => (command === undefined ? text : `${text} ${command}`)).join(' ');
  return {
    ruleId: check,
    ruleIndex: checks.findIndex((one) => one.id === check),
    level: LEVELS[cost],
    message: { text: `${says} Costs: ${COST_MEANINGS[cost]} (${nearness}). Fix: ${steps}`.toWellFormed() },
    locations: [
      {
        ...(path === undefined
          ? {}
          : { physicalLocation: { artifactLocation: { uri: encodeURI(path.toWellFormed()) } } }),
        logicalLocations: [
          {
            name: placeOf(scope).toWellFormed(),
            fullyQualifiedName: (inside === '' ? id : `${id}/${inside}`).toWellFormed(),
            kind: 'resource',
          },
        ],
      },
    ],
    partialFingerprints: { 'auditKey/v1': `${id}|${key}`.toLowerCase().toWellFormed() },
    properties: {
      cost,
      nearness,
      ...(daysLeft === undefined ? {} : { daysLeft }),
      because: because.map(({ evidence, quote }) => `${evidence}: ${quote}`.toWellFormed()),
    },
  };
}
