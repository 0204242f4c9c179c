import { alertFor, isAlertFiring } from './alert.ts';
import { type Answer, armError, ok } from './answer.ts';
import { gatewayId, scatterGuid, type World } from './world.ts';

/** The service hands out pages of 25 where nothing is said, and of 250 at most. */
const DEFAULT_PAGE = 25;
const MAX_PAGE = 250;
const RANGES_HOURS: Readonly<Record<string, number>> = { '1h': 1, '1d': 24, '7d': 168, '30d': 720 };
/** Nobody has to know of alerts of other resources: they are there so that a client that does not filter is found out. */
const OTHERS = 30;

interface Essentials {
  readonly alertId: string;
  readonly alertRuleID: string;
  readonly severity: string;
  readonly signalType: string;
  readonly monitoringService: string;
}

/**
 * Azure's own list of alerts (Microsoft.AlertsManagement/alerts) of a subscription: this world's alert, fired when the
 * world began and resolved when its condition is over, whether its webhook was ever posted or not; and alerts of other
 * resources. Newest change first, in pages.
 */
export function answerAlerts(world: World, query: URLSearchParams, origin: string, path: string, now: Date): Answer {
  if (!query.get('api-version')) {
    return armError(400, 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required.');
  }
  const hours = RANGES_HOURS[query.get('timeRange') ?? '1d'];
  const pageSize = Number(query.get('pageCount') ?? DEFAULT_PAGE);
  if (hours === undefined || !Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE) {
    return armError(400, 'BadRequest', 'The time range or the page count is not valid.');
  }
  const wanted = (name: string, value: string) => (query.get(name)?.toLowerCase() ?? value) === value;
  const from = now.getTime() - hours * 3_600_000;
  const alerts = [own(world, now), ...others(world)]
    .filter(({ at }) => at >= from && at <= now.getTime())
    .filter(({ type }) => wanted('targetResourceType', type))
    .filter(({ condition }) => wanted('monitorCondition', condition.toLowerCase()))
    .map(({ alert }) => alert);
  const skip = Number(query.get('skiptoken') ?? 0);
  const next = new URLSearchParams(query);
  next.set('skiptoken', String(skip + pageSize));
  return ok({
    value: alerts.slice(skip, skip + pageSize),
    nextLink: skip + pageSize < alerts.length ? `${origin}${path}?${next}` : null,
  });
}

interface Listed {
  readonly at: number;
  readonly type: string;
  readonly condition: 'Fired' | 'Resolved';
  readonly alert: unknown;
}

function own(world: World, now: Date): Listed {
  const { data } = alertFor(world) as { readonly data: { readonly essentials: Essentials } };
  const { alertId, alertRuleID, severity, signalType, monitoringService } = data.essentials;
  const condition = isAlertFiring(world, now) ? 'Fired' : 'Resolved';
  return listed(world, {
    id: alertId,
    rule: alertRuleID,
    target: gatewayId(world).toLowerCase(),
    at: Date.parse(world.startedAt),
    ...{ condition, severity, signalType, monitoringService },
  });
}

function others(world: World): readonly Listed[] {
  return Array.from({ length: OTHERS }, (_, index) =>
    listed(world, {
      id: `/subscriptions/${world.subscription}/providers/Microsoft.AlertsManagement/alerts/${scatterGuid(`other|${index}`)}`,
      rule: `/subscriptions/${world.subscription}/resourceGroups/rg-other/providers/microsoft.insights/metricAlerts/cpu-${index}`,
      target: `/subscriptions/${world.subscription}/resourcegroups/rg-other/providers/microsoft.compute/virtualmachines/vm-${index}`,
      at: Date.parse(world.startedAt) - index * 1_000,
      ...{ condition: 'Fired', severity: 'Sev3', signalType: 'Metric', monitoringService: 'Platform' },
    }),
  );
}

interface Facts {
  readonly id: string;
  readonly rule: string;
  readonly target: string;
  readonly at: number;
  readonly condition: 'Fired' | 'Resolved';
  readonly severity: string;
  readonly signalType: string;
  readonly monitoringService: string;
}

function listed({ subscription }: World, facts: Facts): Listed {
  const { id, rule, target, at, condition, severity, signalType, monitoringService } = facts;
  const [, group = '', provider = '', kind = '', name = ''] =
    /\/resourcegroups\/([^/]+)\/providers\/([^/]+)\/([^/]+)\/([^/]+)$/i.exec(target) ?? [];
  const startDateTime = new Date(at).toISOString().replace('Z', '0000Z');
  const type = `${provider}/${kind}`;
  return {
    at,
    type,
    condition,
    alert: {
      id,
      name: rule.split('/').at(-1),
      type: 'Microsoft.AlertsManagement/alerts',
      properties: {
        essentials: {
          severity,
          signalType,
          alertState: 'New',
          monitorCondition: condition,
          monitorService: monitoringService,
          targetResource: target,
          targetResourceName: name,
          targetResourceGroup: group,
          targetResourceType: type,
          sourceCreatedId: scatterGuid(`${subscription}|${id}`),
          alertRule: rule,
          startDateTime,
          lastModifiedDateTime: startDateTime,
          lastModifiedUserName: 'System',
          actionStatus: { isSuppressed: false },
          description: '',
        },
      },
    },
  };
}
