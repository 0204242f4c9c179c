import type { GatewayId } from '../core/resource-id.ts';
import { booleanOf, type Fields, fieldsOf, flatFieldsOf, listOf, numberOf, textOf, textsOf } from '../evidence/json.ts';
import type { DoctorPort, Read } from './check.ts';

/** An alert rule that covers the gateway, in as far as it decides whether somebody is told. */
export type AlertRule = MetricRule | LogRule | ActivityRule;

interface AnyRule {
  readonly id: string;
  readonly name: string;
  readonly isEnabled: boolean;
  readonly actionGroupIds: readonly string[];
}

export interface MetricRule extends AnyRule {
  readonly kind: 'metric';
  /** Whether it resolves by itself; the service does so unless told not to. */
  readonly resolves: boolean;
  readonly windowMinutes?: number;
  readonly everyMinutes?: number;
  /** All of them have to hold. */
  readonly criteria: readonly Criterion[];
}

export interface Criterion {
  readonly metric: string;
  /** `Minimum`, `Maximum`, `Average`, `Total`, `Count`, in lower case. */
  readonly aggregation: string;
  /** In lower case; undefined for a dynamic threshold. */
  readonly operator?: string;
  readonly threshold?: number;
  readonly dimensions: readonly Dimension[];
}

export interface Dimension {
  readonly name: string;
  readonly isExcluding: boolean;
  /** `*` stands for every value. */
  readonly values: readonly string[];
}

export interface LogRule extends AnyRule {
  readonly kind: 'log';
  readonly resolves: boolean;
  readonly windowMinutes?: number;
  readonly everyMinutes?: number;
  readonly queries: readonly string[];
  readonly scopes: readonly string[];
}

export interface ActivityRule extends AnyRule {
  readonly kind: 'activity';
  /** In lower case: `resourcehealth`, `servicehealth`, `administrative`. */
  readonly category?: string;
}

export const ALERT_RIGHTS = [
  'Microsoft.Insights/metricAlerts/read',
  'Microsoft.Insights/scheduledQueryRules/read',
  'Microsoft.Insights/activityLogAlerts/read',
] as const;

const LISTS = [
  ['metricAlerts', '2018-03-01', readMetricRule],
  ['scheduledQueryRules', '2023-12-01', readLogRule],
  ['activityLogAlerts', '2020-10-01', readActivityRule],
] as const;

export interface RulesRead {
  readonly rules: readonly AlertRule[];
  /** The kinds that could not be read, each with the reason. */
  readonly unread: readonly { readonly kind: string; readonly reason: string }[];
}

/** The rules of the gateway's subscription that cover it. Rules of other subscriptions are not seen. */
export async function readAlertRules(port: DoctorPort, gateway: GatewayId): Promise<RulesRead> {
  const answers = await Promise.all(
    LISTS.map(async ([kind, version, read]) => {
      const path = `/subscriptions/${gateway.subscription}/providers/Microsoft.Insights/${kind}?api-version=${version}`;
      const answer: Read<readonly unknown[]> = await port.list(path);
      if (answer.state !== 'read')
        return { rules: [], unread: [{ kind, reason: answer.state === 'unread' ? answer.reason : 'it is not known' }] };
      const rules = answer.value.map(flatFieldsOf).filter((fields) => covers(fields, gateway, kind));
      return { rules: rules.map<AlertRule>((fields) => read(fields)), unread: [] };
    }),
  );
  return { rules: answers.flatMap(({ rules }) => rules), unread: answers.flatMap(({ unread }) => unread) };
}

const GATEWAY_TYPE = 'microsoft.network/applicationgateways';

/** The gateway itself, or what it lies in; a rule over a group or subscription names the type of resource it means. */
function covers(fields: Fields, { id }: GatewayId, kind: string): boolean {
  const own = id.toLowerCase();
  const scopes = textsOf(fields.get('scopes') ?? []).map((scope) => scope.toLowerCase().replace(/\/+$/, ''));
  if (scopes.includes(own)) return true;
  const isAround = scopes.some((scope) => own.startsWith(`${scope}/`));
  if (kind === 'metricAlerts')
    return isAround && textOf(fields.get('targetresourcetype'))?.toLowerCase() === GATEWAY_TYPE;
  if (kind === 'scheduledQueryRules') {
    const isWorkspace = scopes.some((scope) => scope.includes('/microsoft.operationalinsights/workspaces/'));
    return (isAround || isWorkspace) && queriesOf(fields).some((query) => /AGW\w*Logs|ApplicationGateway/i.test(query));
  }
  return isAround && (activityCategory(fields) !== 'administrative' || conditionText(fields).includes(GATEWAY_TYPE));
}

function readRule(fields: Fields): AnyRule {
  const id = textOf(fields.get('id')) ?? '';
  return {
    id,
    name: textOf(fields.get('name')) ?? (id.slice(id.lastIndexOf('/') + 1) || 'without a name'),
    isEnabled: booleanOf(fields.get('enabled')) !== false,
    actionGroupIds: actionGroups(fields.get('actions')),
  };
}

/** A list of actions, or an object that holds the list: the three kinds of rules differ. */
function actionGroups(actions: unknown): readonly string[] {
  const holder = fieldsOf(actions);
  const nested = holder.get('actiongroups');
  if (nested !== undefined) return listOf(nested).flatMap(groupIn).concat(textsOf(nested));
  return listOf(actions).flatMap(groupIn);
}

function groupIn(action: unknown): readonly string[] {
  return textsOf(fieldsOf(action).get('actiongroupid') ?? []);
}

function readMetricRule(fields: Fields): MetricRule {
  const criteria = fieldsOf(fields.get('criteria'));
  return {
    ...readRule(fields),
    ...timing(fields),
    kind: 'metric',
    resolves: booleanOf(fields.get('automitigate')) !== false,
    criteria: listOf(criteria.get('allof')).map(fieldsOf).map(readCriterion),
  };
}

function readCriterion(fields: Fields): Criterion {
  const operator = textOf(fields.get('operator'))?.toLowerCase();
  const threshold = numberOf(fields.get('threshold'));
  const isDynamic = /dynamic/i.test(textOf(fields.get('criteriontype')) ?? '') || threshold === undefined;
  return {
    metric: textOf(fields.get('metricname')) ?? '',
    aggregation: textOf(fields.get('timeaggregation'))?.toLowerCase() ?? '',
    ...(isDynamic || operator === undefined ? {} : { operator, threshold }),
    dimensions: listOf(fields.get('dimensions'))
      .map(fieldsOf)
      .map((dimension) => ({
        name: textOf(dimension.get('name')) ?? '',
        isExcluding: textOf(dimension.get('operator'))?.toLowerCase() === 'exclude',
        values: textsOf(dimension.get('values') ?? []),
      })),
  };
}

function readLogRule(fields: Fields): LogRule {
  return {
    ...readRule(fields),
    ...timing(fields),
    kind: 'log',
    resolves: booleanOf(fields.get('automitigate')) !== false,
    queries: queriesOf(fields),
    scopes: textsOf(fields.get('scopes') ?? []),
  };
}

/** A query is searched for the names of tables, so it is taken whole up to what the service allows. */
const MAX_QUERY_LENGTH = 64_000;

function queriesOf(fields: Fields): readonly string[] {
  return listOf(fieldsOf(fields.get('criteria')).get('allof')).flatMap((criterion) => {
    const query = fieldsOf(criterion).get('query');
    return typeof query === 'string' ? [query.slice(0, MAX_QUERY_LENGTH)] : [];
  });
}

function readActivityRule(fields: Fields): ActivityRule {
  const category = activityCategory(fields);
  return { ...readRule(fields), kind: 'activity', ...(category === undefined ? {} : { category }) };
}

function activityCategory(fields: Fields): string | undefined {
  const conditions = listOf(fieldsOf(fields.get('condition')).get('allof')).map(fieldsOf);
  const category = conditions.find((condition) => textOf(condition.get('field'))?.toLowerCase() === 'category');
  return textOf(category?.get('equals'))?.toLowerCase();
}

function conditionText(fields: Fields): string {
  return (JSON.stringify(fields.get('condition') ?? '') ?? '').toLowerCase();
}

function timing(fields: Fields): { readonly windowMinutes?: number; readonly everyMinutes?: number } {
  const windowMinutes = minutesOf(textOf(fields.get('windowsize')));
  const everyMinutes = minutesOf(textOf(fields.get('evaluationfrequency')));
  return {
    ...(windowMinutes === undefined ? {} : { windowMinutes }),
    ...(everyMinutes === undefined ? {} : { everyMinutes }),
  };
}

/** `PT5M`, `PT1H`, `P1D` in minutes. */
function minutesOf(duration: string | undefined): number | undefined {
  const [whole, days = '0', hours = '0', minutes = '0'] =
    /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?$/i.exec(duration ?? '') ?? [];
  return whole === undefined ? undefined : Number(days) * 1440 + Number(hours) * 60 + Number(minutes);
}
