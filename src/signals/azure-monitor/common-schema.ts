import { field, isRecord, textOf, textsOf } from '../fields.ts';
import { plainText } from '../plain-text.ts';
import { readTime } from '../time.ts';
import { type Alert, type Illegible, readCondition, readSeverity } from './alert.ts';
import {
  idsInResults,
  type ReadCriteria,
  readConditions,
  readHealthEvent,
  readLogV1,
  readOperation,
} from './criteria.ts';
import { isPortalTest } from './portal-test.ts';
import { titleOf } from './title.ts';

export const COMMON_SCHEMA = 'azuremonitorcommonalertschema';

/** How many target ids and configuration items are looked at. */
const MAX_IDS = 100;

/** Reads an alert in Azure Monitor's common alert schema: `data.essentials` and `data.alertContext`. */
export function readCommonAlert(data: unknown): Alert | Illegible {
  const essentials = field(data, 'essentials');
  if (!isRecord(essentials)) return ESSENTIALS_MISSING;
  const context = field(data, 'alertContext');
  const service = lettersOf(field(essentials, 'monitoringService'));
  const kind = kindOf(service, essentials, context);
  const { criteria, dimensions } = readCriteria(kind, context);

  const alertId = textOf(field(essentials, 'alertId'));
  const ruleName = textOf(field(essentials, 'alertRule'));
  const ruleId = textOf(field(essentials, 'alertRuleID'));
  const monitorCondition = readCondition(field(essentials, 'monitorCondition'));
  const firedAt = textOf(field(essentials, 'firedDateTime'));
  const condition = kind === 'resource-health' && saysAvailable(context) ? 'resolved' : monitorCondition;
  return {
    kind,
    service,
    condition: monitorCondition === undefined ? undefined : condition,
    isTest: isPortalTest([alertId, ruleId], ruleName),
    title: titleOf(ruleName, ruleId),
    severity: readSeverity(field(essentials, 'severity')),
    at: monitorCondition === 'resolved' ? readTime(textOf(field(essentials, 'resolvedDateTime'))) : readTime(firedAt),
    targetIds: textsOf(field(essentials, 'alertTargetIDs'), MAX_IDS),
    mentionedIds: [
      ...textsOf(field(essentials, 'configurationItems'), MAX_IDS),
      ...dimensions.flatMap(({ value }) => value.split('~')),
      ...(kind === 'activity-log' ? idsInOperation(context) : []),
      ...(kind === 'log-search' ? idsInResults(context) : []),
    ],
    criteria,
    alertId,
    identity: [alertId, textOf(field(essentials, 'originAlertId')), ruleId, ruleName, firedAt],
  };
}

const ESSENTIALS_MISSING = {
  outcome: 'invalid',
  code: 'essentials-missing',
  message: 'The alert has no data.essentials, which every alert in the common alert schema has.',
} satisfies Illegible;

export function lettersOf(value: unknown): string {
  return plainText(textOf(value) ?? '', 64)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

/** By the service that raised it, then by the type of its signal: neither is spelled the same way everywhere. */
function kindOf(service: string, essentials: unknown, context: unknown): Alert['kind'] {
  if (service === 'resourcehealth' || lettersOf(field(context, 'eventSource')) === 'resourcehealth') {
    return 'resource-health';
  }
  const signalType = lettersOf(field(essentials, 'signalType'));
  if (service.startsWith('activitylog') || signalType === 'activitylog') return 'activity-log';
  if (service.startsWith('log') || service === 'applicationinsights' || signalType === 'log') return 'log-search';
  // Metric alerts are the rule. An alert of a type that Azure adds later is better investigated as one than lost.
  return 'metric';
}

function readCriteria(kind: Alert['kind'], context: unknown): ReadCriteria {
  if (kind === 'resource-health') return { criteria: [readHealthEvent(context)], dimensions: [] };
  if (kind === 'activity-log') return { criteria: [readOperation(context)], dimensions: [] };
  const condition = field(context, 'condition');
  if (isRecord(condition)) return readConditions(condition);
  if (kind === 'log-search' && isRecord(context)) return readLogV1(context);
  return { criteria: [], dimensions: [] };
}

/**
 * Azure only ever sends Resource Health alerts as fired, also the one that says the resource is back; what the resource
 * is now tells them apart.
 */
export function saysAvailable(context: unknown): boolean {
  return lettersOf(field(field(context, 'properties'), 'currentHealthStatus')) === 'available';
}

/** An operation on something inside a gateway names it in its scope. */
export function idsInOperation(context: unknown): readonly string[] {
  const scope = textOf(field(field(context, 'authorization'), 'scope'));
  const entity = textOf(field(field(context, 'properties'), 'entity'));
  return [scope, entity].filter((id) => id !== undefined);
}
