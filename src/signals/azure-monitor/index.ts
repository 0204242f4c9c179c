import { sameName } from '../../core/resource-id.ts';
import type { Criterion, Signal, SignalParse } from '../../core/signal.ts';
import { targetsNamed } from '../dimensions.ts';
import { field, isRecord, textOf, withoutAbsent } from '../fields.ts';
import { gatewayNamed, gatewaysNamed } from '../gateway-named.ts';
import type { Alert, Illegible } from './alert.ts';
import { COMMON_SCHEMA, readCommonAlert } from './common-schema.ts';
import { readOlderAlert } from './older-schemas.ts';

/**
 * Reads an alert as Azure Monitor posts it, in the common alert schema or in the older ones where those name a gateway.
 * Total: whatever the body holds, it returns. `digest` makes a short stable text of any text; it is asked for an id only
 * where the alert has none of its own. An alert whose targets are several gateways is a signal about each.
 */
export function parseAzureMonitorAlert(body: unknown, digest: (text: string) => string): SignalParse {
  if (!isRecord(body)) return NOT_AN_OBJECT;
  const alert = readAlert(body);
  if ('outcome' in alert) return alert;

  const foreignService = FOREIGN_SERVICES.get(alert.service);
  if (foreignService !== undefined) return notOurs(alert, foreignService);
  const { gateway, malformed } = gatewayNamed([...alert.targetIds, ...alert.mentionedIds]);
  if (!gateway) return withoutGateway(alert, malformed);
  if (alert.condition === undefined) return CONDITION_MISSING;
  const { condition } = alert;
  const others = gatewaysNamed(alert.targetIds).filter(({ id }) => !sameName(id, gateway.id));
  return {
    outcome: 'signal',
    signal: signalAbout(alert, condition, gateway.id, digest),
    ...(others.length === 0 ? {} : { others: others.map(({ id }) => signalAbout(alert, condition, id, digest)) }),
  };
}

function signalAbout(
  alert: Alert,
  condition: Signal['condition'],
  gatewayId: string,
  digest: (text: string) => string,
): Signal {
  return withoutAbsent<Signal>({
    id: ownId(alert) ?? digest(identityOf(alert, gatewayId)),
    source: 'azure-monitor',
    kind: alert.kind,
    condition,
    isTest: alert.isTest,
    gatewayId,
    title: alert.title,
    severity: alert.severity,
    at: alert.at,
    criteria: alert.criteria,
    targets: targetsNamed(alert.criteria.map((criterion) => criterion.dimensions)),
  });
}

function readAlert(body: unknown): Alert | Illegible {
  const data = field(body, 'data');
  const isCommon = textOf(field(body, 'schemaId'))?.toLowerCase() === COMMON_SCHEMA;
  // Essentials are the common schema's alone, so an alert that has them is read even if its schemaId is not known.
  return isCommon || isRecord(field(data, 'essentials')) ? readCommonAlert(data) : readOlderAlert(body);
}

/** Services whose alerts are never about the state of one gateway, by the letters of their names. */
const FOREIGN_SERVICES: ReadonlyMap<string, string> = new Map([
  ['servicehealth', 'a Service Health notice, which is about an Azure service and not about one gateway'],
  ['smartdetector', 'a smart detection alert, which is about an application and not about a gateway'],
]);

function withoutGateway(alert: Alert, malformed: boolean): SignalParse {
  if (alert.isTest) return notOurs(alert, 'not about an application gateway');
  if (malformed) return GATEWAY_MALFORMED;
  const [target] = alert.targetIds;
  if (target === undefined) return TARGET_MISSING;
  const type = resourceTypeOf(target);
  const about = type === undefined ? 'not about an application gateway' : `about a resource of type ${type}`;
  if (alert.kind !== 'log-search' || type === APPLICATION_INSIGHTS) return notOurs(alert, about);
  return notOurs(
    alert,
    `${about}, and neither its dimensions nor its results name an application gateway (a rule that is split by _ResourceId names it)`,
  );
}

const APPLICATION_INSIGHTS = 'microsoft.insights/components';

function resourceTypeOf(id: string): string | undefined {
  return /^\/subscriptions\/[^/]+(?:\/resourcegroups\/[^/]+)?\/providers\/([a-z.]{1,60}\/[a-z]{1,60})\//i
    .exec(id)?.[1]
    ?.toLowerCase();
}

/** The reason for a test notification that names no gateway, as most do: the portal's samples are about other resources. */
export const PORTAL_TEST_REASON =
  'A test notification of the portal (Test action group), not about an application gateway: it arrived and pages nobody.';

function notOurs(alert: Alert, what: string): SignalParse {
  return withoutAbsent({
    outcome: 'not-ours',
    reason: alert.isTest ? PORTAL_TEST_REASON : `The alert is ${what}.`,
    title: alert.title,
    id: ownId(alert),
  } as const);
}

/** An alert instance is `.../alerts/<guid>`. Activity log alerts may carry their rule's id there, which tells no two events apart. */
const ALERT_INSTANCE = /^(?:\/.*\/alerts\/)?([0-9a-z][0-9a-z_-]{0,127})$/i;

function ownId({ alertId }: Alert): string | undefined {
  return ALERT_INSTANCE.exec(alertId ?? '')?.[1]?.toLowerCase();
}

/** What stays the same when Azure sends the same event again. */
function identityOf(alert: Alert, gatewayId: string): string {
  const parts = [...alert.identity.map((part) => part ?? ''), gatewayId].map((part) => part.toLowerCase());
  const dimensions = alert.criteria.map((criterion) => Object.entries(criterion.dimensions).sort());
  // Without a time nothing but the measured values can tell two events of one rule apart.
  const measured = alert.at === undefined ? alert.criteria.map(measuredOf) : [];
  return JSON.stringify(['azure-monitor', alert.kind, parts, dimensions, measured]);
}

function measuredOf({ measure, comparison, threshold, value }: Criterion): readonly unknown[] {
  return [measure, comparison, threshold, value];
}

const NOT_AN_OBJECT = {
  outcome: 'invalid',
  code: 'not-an-object',
  message: 'The body has to be a JSON object: one Azure Monitor alert.',
} satisfies Illegible;

const TARGET_MISSING = {
  outcome: 'invalid',
  code: 'target-missing',
  message: 'The alert names no target resource in data.essentials.alertTargetIDs.',
} satisfies Illegible;

const GATEWAY_MALFORMED = {
  outcome: 'invalid',
  code: 'gateway-id-malformed',
  message: 'The alert names an application gateway by something that is not a well-formed resource id.',
} satisfies Illegible;

const CONDITION_MISSING = {
  outcome: 'invalid',
  code: 'condition-missing',
  message: 'The alert says neither Fired nor Resolved in data.essentials.monitorCondition.',
} satisfies Illegible;
