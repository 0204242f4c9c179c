import { field, isRecord, textOf } from '../fields.ts';
import { readTime } from '../time.ts';
import { type Alert, type Illegible, readCondition, readSeverity } from './alert.ts';
import { idsInOperation, lettersOf, saysAvailable } from './common-schema.ts';
import { idsInResults, readConditions, readHealthEvent, readLogV1, readOperation } from './criteria.ts';
import { isPortalTest } from './portal-test.ts';
import { titleOf } from './title.ts';

/**
 * Reads the schemas that Azure Monitor sends where the common alert schema is switched off. They are recognised by what
 * they hold: the oldest have no schemaId.
 */
export function readOlderAlert(body: unknown): Alert | Illegible {
  const data = field(body, 'data');
  const envelope = isRecord(field(data, 'context')) ? data : body;
  const context = field(envelope, 'context');
  const activityLog = field(context, 'activityLog');
  if (isRecord(activityLog)) return readActivityLogAlert(envelope, activityLog);
  if (isRecord(field(context, 'condition'))) return readMetricAlert(envelope, context);
  for (const alert of [data, body]) {
    if (textOf(field(alert, 'AlertRuleName')) !== undefined) return readLogAlert(alert);
  }
  return COMMON_SCHEMA_REQUIRED;
}

export const COMMON_SCHEMA_REQUIRED = {
  outcome: 'invalid',
  code: 'common-schema-required',
  message:
    'This is not an alert in the common alert schema. Switch on the common alert schema for this receiver in its action group.',
} satisfies Illegible;

function readMetricAlert(envelope: unknown, context: unknown): Alert {
  const ruleId = textOf(field(context, 'id'));
  const ruleName = textOf(field(context, 'name'));
  const resourceId = textOf(field(context, 'resourceId'));
  const status = textOf(field(envelope, 'status'));
  const time = textOf(field(context, 'timestamp'));
  const { criteria, dimensions } = readConditions(field(context, 'condition'));
  return {
    kind: 'metric',
    service: 'platform',
    condition: readCondition(status),
    isTest: isPortalTest([ruleId], ruleName),
    title: titleOf(ruleName, ruleId),
    severity: readSeverity(field(context, 'severity')),
    at: readTime(time),
    targetIds: resourceId === undefined ? [] : [resourceId],
    mentionedIds: dimensions.map(({ value }) => value),
    criteria,
    identity: [ruleId, ruleName, resourceId, time],
  };
}

function readActivityLogAlert(envelope: unknown, event: unknown): Alert {
  const resourceId = textOf(field(event, 'resourceId'));
  const time = textOf(field(event, 'eventTimestamp'));
  const source = lettersOf(field(event, 'eventSource'));
  const isHealth = source === 'resourcehealth';
  const condition = readCondition(field(envelope, 'status'));
  // The event does not name the rule. Its subscription is the only sign of a test, and that alone is not enough.
  return {
    kind: isHealth ? 'resource-health' : 'activity-log',
    service: source,
    condition: condition !== undefined && isHealth && saysAvailable(event) ? 'resolved' : condition,
    isTest: false,
    title: titleOf(textOf(field(event, 'operationName')), undefined),
    at: readTime(time),
    targetIds: resourceId === undefined ? [] : [resourceId],
    mentionedIds: idsInOperation(event),
    criteria: [isHealth ? readHealthEvent(event) : readOperation(event)],
    identity: [textOf(field(event, 'eventDataId')), textOf(field(event, 'correlationId')), resourceId, time],
  };
}

/** These alerts only ever fire. */
function readLogAlert(alert: unknown): Alert {
  const ruleName = textOf(field(alert, 'AlertRuleName'));
  const subscription = textOf(field(alert, 'SubscriptionId'));
  const resourceId = textOf(field(alert, 'ResourceId'));
  const time = textOf(field(alert, 'SearchIntervalEndtimeUtc'));
  const { criteria, dimensions } = readLogV1(alert);
  return {
    kind: 'log-search',
    service: 'loganalytics',
    condition: 'fired',
    isTest: isPortalTest([subscription], ruleName),
    title: titleOf(ruleName, undefined),
    severity: readSeverity(field(alert, 'Severity')),
    at: readTime(time),
    targetIds: resourceId === undefined ? [] : [resourceId],
    mentionedIds: [...dimensions.map(({ value }) => value), ...idsInResults(alert)],
    criteria,
    identity: [subscription, ruleName, resourceId, time],
  };
}
