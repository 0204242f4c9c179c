import { aggregate } from './metrics.ts';
import { gatewayId, minuteOf, scatterGuid, timeOf, type World } from './world.ts';

export interface AlertOptions {
  /** When it is sent; the world's start where absent. */
  readonly at?: Date;
  readonly condition?: 'Fired' | 'Resolved';
}

/**
 * The body that Azure Monitor sends to an action group's webhook for this world's alert rule, in the common alert
 * schema: target ids in lower case, the threshold a string, seven digits of a second. A Resolved has the id of its
 * Fired.
 */
export function alertFor(
  world: World,
  { at = new Date(world.startedAt), condition = 'Fired' }: AlertOptions = {},
): unknown {
  const { alert, gateway, subscription, resourceGroup } = world;
  const ruleId = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/microsoft.insights/${
    alert.kind === 'metric' ? 'metricAlerts' : 'activityLogAlerts'
  }/${alert.rule}`;
  const fired = condition === 'Fired' ? at : new Date(world.startedAt);
  return {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: `/subscriptions/${subscription}/providers/Microsoft.AlertsManagement/alerts/${scatterGuid(`${world.startedAt}|${alert.rule}`)}`,
        alertRule: alert.rule,
        alertRuleID: ruleId,
        severity: alert.severity,
        signalType: alert.kind === 'metric' ? 'Metric' : 'Activity Log',
        monitorCondition: condition,
        monitoringService: alert.kind === 'metric' ? 'Platform' : 'Resource Health',
        alertTargetIDs: [gatewayId(world).toLowerCase()],
        configurationItems: [gateway.name],
        originAlertId: `${scatterGuid(`${alert.rule}|origin`)}_${resourceGroup}_${alert.kind === 'metric' ? 'microsoft.insights_metricAlerts' : 'microsoft.insights_activityLogAlerts'}_${alert.rule}_-1172817227`,
        firedDateTime: sevenDigits(fired),
        ...(condition === 'Resolved' ? { resolvedDateTime: sevenDigits(at) } : {}),
        description: '',
        essentialsVersion: '1.0',
        alertContextVersion: '1.0',
      },
      alertContext: alert.kind === 'metric' ? metricContext(world, at) : healthContext(world, at, condition),
      customProperties: null,
    },
  };
}

/** What the rule's metric is over its window; undefined where it has no value, or the rule watches no metric. */
function metricValue(world: World, until: number): number | undefined {
  const { alert } = world;
  if (alert.kind !== 'metric') return undefined;
  return aggregate(
    world,
    alert.metric,
    alert.aggregation.toLowerCase() as 'minimum' | 'maximum' | 'average' | 'total',
    Object.fromEntries(alert.dimensions.map(({ name, value: wanted }) => [name, wanted])),
    until - alert.windowMinutes,
    until,
  );
}

/** Whether the condition of this world's alert rule holds at a moment. */
export function isAlertFiring(world: World, at: Date): boolean {
  const { alert, availability } = world;
  const minute = minuteOf(world, at);
  if (alert.kind !== 'metric') {
    const current = availability.filter(({ fromMinute }) => fromMinute <= minute).at(-1);
    return current !== undefined && current.state !== 'Available';
  }
  const value = metricValue(world, minute);
  if (value === undefined) return false;
  const holds = {
    LessThan: value < alert.threshold,
    LessThanOrEqual: value <= alert.threshold,
    GreaterThan: value > alert.threshold,
    GreaterThanOrEqual: value >= alert.threshold,
  };
  return holds[alert.operator];
}

function metricContext(world: World, at: Date): unknown {
  const { alert } = world;
  if (alert.kind !== 'metric') return null;
  const until = minuteOf(world, at);
  const value = metricValue(world, until);
  return {
    properties: null,
    conditionType: 'SingleResourceMultipleMetricCriteria',
    condition: {
      windowSize: `PT${alert.windowMinutes}M`,
      allOf: [
        {
          metricName: alert.metric,
          metricNamespace: 'Microsoft.Network/applicationGateways',
          operator: alert.operator,
          threshold: String(alert.threshold),
          timeAggregation: alert.aggregation,
          dimensions: alert.dimensions,
          ...(value === undefined ? {} : { metricValue: value }),
          webTestName: null,
        },
      ],
      windowStartTime: sevenDigits(timeOf(world, until - alert.windowMinutes)),
      windowEndTime: sevenDigits(timeOf(world, until)),
    },
  };
}

function healthContext(world: World, at: Date, condition: 'Fired' | 'Resolved'): unknown {
  const minute = minuteOf(world, at);
  const events = world.availability.filter(({ fromMinute }) => fromMinute <= minute);
  const current = events.at(-1);
  const state = condition === 'Resolved' ? 'Available' : (current?.state ?? 'Available');
  const previous = condition === 'Resolved' ? (current?.state ?? 'Unknown') : (events.at(-2)?.state ?? 'Available');
  return {
    channels: 'Admin, Operation',
    correlationId: scatterGuid(`${world.startedAt}|correlation`),
    eventSource: 'ResourceHealth',
    eventTimestamp: sevenDigits(at),
    eventDataId: scatterGuid(`${world.startedAt}|event`),
    level: condition === 'Resolved' ? 'Informational' : 'Critical',
    operationName: `Microsoft.Resourcehealth/healthevent/${condition === 'Resolved' ? 'Resolved' : 'Activated'}/action`,
    operationId: scatterGuid(`${world.startedAt}|operation`),
    properties: {
      title: current?.title ?? 'Available',
      details: null,
      currentHealthStatus: state,
      previousHealthStatus: previous,
      type: 'Downtime',
      cause: current?.reasonType === 'UserInitiated' ? 'UserInitiated' : 'PlatformInitiated',
    },
    status: condition === 'Resolved' ? 'Resolved' : 'Active',
    submissionTimestamp: sevenDigits(at),
    'Activity Log Event Description': null,
  };
}

function sevenDigits(moment: Date): string {
  return moment.toISOString().replace('Z', '3213Z');
}
