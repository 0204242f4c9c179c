import type { FixStep, MissingRead } from '../core/verdict.ts';
import type { AuditFinding, CheckOutcome, GatewayAudit } from '../prevention/audit.ts';
import type { FindingScope } from '../prevention/check.ts';

export const AUDIT_SCHEMA = 'appgw-triage/audit@1';

/** A gateway that was asked for and could not be read at all. */
export interface UnreadGateway {
  readonly id: string;
  readonly reason: string;
}

export interface AuditReport {
  readonly audits: readonly GatewayAudit[];
  readonly unread: readonly UnreadGateway[];
}

/** The audit as its public JSON: these keys in this order and no others, whatever the values hold besides. */
export function auditJson({ audits, unread }: AuditReport): unknown {
  return {
    schema: AUDIT_SCHEMA,
    gateways: audits.map(gatewayJson),
    unread: unread.map(({ id, reason }) => ({ id, reason })),
  };
}

function gatewayJson({ gateway, takenAt, findings, checks, evidence }: GatewayAudit): unknown {
  return {
    gateway: { id: gateway.id, name: gateway.name, resourceGroup: gateway.resourceGroup },
    takenAt,
    findings: findings.map(findingJson),
    checks: checks.map(checkJson),
    evidence: evidence.map(({ name, state, takenAt: at, reason }) => ({ name, state, takenAt: at, reason })),
  };
}

function findingJson(finding: AuditFinding): unknown {
  const { check, cost, nearness, daysLeft, scope, says, because, missing = [], fix, prevents, key } = finding;
  return {
    check,
    cost,
    nearness,
    daysLeft,
    scope: scopeJson(scope),
    says,
    because: because.map(({ evidence, quote }) => ({ evidence, quote })),
    missing: missing.map(missingJson),
    fix: fix.map(fixJson),
    prevents: [...prevents],
    key,
  };
}

function checkJson({ check, outcome, missing }: CheckOutcome): unknown {
  return { check, outcome, missing: missing.map(missingJson) };
}

function scopeJson({ gateway, pool, setting, probe, listener, certificate, resource, members }: FindingScope): unknown {
  return { gateway, pool, setting, probe, listener, certificate, resource, members };
}

function missingJson({ read, command }: MissingRead): unknown {
  return { read, command };
}

function fixJson({ text, command, undo }: FixStep): unknown {
  return { text, command, undo };
}
