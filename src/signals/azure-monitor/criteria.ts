import type { Criterion } from '../../core/signal.ts';
import { type Dimension, keptDimensions, readDimensions } from '../dimensions.ts';
import { entriesOf, field, isRecord, numberOf, textOf, withoutAbsent } from '../fields.ts';
import { plainText } from '../plain-text.ts';

const MAX_CRITERIA = 20;
const MAX_MEASURE_LENGTH = 100;
const MAX_AGGREGATION_LENGTH = 40;

/** What a log alert counts when its rule names no column. */
const ROW_COUNT = 'Number of results';

/** The conditions of an alert, and what their dimensions held before they were made presentable. */
export interface ReadCriteria {
  readonly criteria: readonly Criterion[];
  readonly dimensions: readonly Dimension[];
}

/** The conditions of metric alerts and of log search alerts V2, which share a shape. */
export function readConditions(condition: unknown): ReadCriteria {
  const allOf = field(condition, 'allOf');
  // Classic metric alerts have the one condition where the newer ones have the list.
  const entries = Array.isArray(allOf) ? allOf.slice(0, MAX_CRITERIA) : isRecord(allOf) ? [allOf] : [condition];
  const criteria: Criterion[] = [];
  const dimensions: Dimension[] = [];
  for (const entry of entries) {
    const read = readDimensions(field(entry, 'dimensions'));
    dimensions.push(...read);
    const criterion = readCondition(entry, read);
    if (criterion) criteria.push(criterion);
  }
  return { criteria, dimensions };
}

function readCondition(entry: unknown, dimensions: readonly Dimension[]): Criterion | undefined {
  const measure = textOf(field(entry, 'metricName')) ?? textOf(field(entry, 'metricMeasureColumn'));
  const isLogQuery = textOf(field(entry, 'searchQuery')) !== undefined || field(entry, 'metricMeasureColumn') === null;
  if (measure === undefined && !isLogQuery) return undefined;
  const threshold = numberOf(field(entry, 'threshold'));
  return withoutAbsent<Criterion>({
    measure: measure === undefined ? ROW_COUNT : plainText(measure, MAX_MEASURE_LENGTH),
    comparison: isUnsentRange(entry, threshold) ? OUTSIDE : comparisonOf(field(entry, 'operator')),
    threshold,
    value: numberOf(field(entry, 'metricValue')),
    // The count of a number of results is that number.
    aggregation: measure === undefined ? undefined : aggregationOf(field(entry, 'timeAggregation')),
    dimensions: keptDimensions(dimensions),
  });
}

/** A dynamic threshold is a range that Azure has learned, and its limit is not always sent: "above" would be above nothing. */
function isUnsentRange(entry: unknown, threshold: number | undefined): boolean {
  return threshold === undefined && field(entry, 'alertSensitivity') !== undefined;
}

/** The one condition of a log alert V1 in the common schema, or of a log alert in its own older schema. */
export function readLogV1(context: unknown): ReadCriteria {
  const dimensions = readDimensions(field(context, 'Dimensions'));
  const countsResults = !/metric/i.test(textOf(field(context, 'AlertType')) ?? '');
  const threshold = numberOf(field(context, 'Threshold') ?? field(context, 'AlertThresholdValue'));
  const operator = field(context, 'Operator') ?? field(context, 'AlertThresholdOperator');
  const criterion = withoutAbsent<Criterion>({
    // The measured values themselves stand in the search results, a row for each time; the alert does not say which fired.
    measure: countsResults ? ROW_COUNT : 'AggregatedValue',
    comparison: comparisonOf(operator),
    threshold,
    value: countsResults ? numberOf(field(context, 'ResultCount')) : undefined,
    dimensions: keptDimensions(dimensions),
  });
  return { criteria: [criterion], dimensions };
}

/** What Resource Health says; the status words stay Azure's. */
export function readHealthEvent(context: unknown): Criterion {
  return {
    measure: 'Resource Health',
    dimensions: presentable(field(context, 'properties'), [
      'currentHealthStatus',
      'previousHealthStatus',
      'cause',
      'title',
    ]),
  };
}

/** What was done to the gateway, and how that went. Who did it is left out: a page is no place for a person's name. */
export function readOperation(context: unknown): Criterion {
  return { measure: 'Activity log', dimensions: presentable(context, ['operationName', 'status', 'level']) };
}

function presentable(value: unknown, names: readonly string[]): Readonly<Record<string, string>> {
  const dimensions: Dimension[] = [];
  for (const name of names) {
    const text = textOf(field(value, name));
    if (text !== undefined) dimensions.push({ name, value: text });
  }
  return keptDimensions(dimensions);
}

const OUTSIDE = 'outside its usual range';

/** Operators by their letters and signs only: `GreaterThan`, `Greater Than` and `greater_than` are one. */
const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ...['greaterthan', 'greater', 'gt', '>'].map((operator) => [operator, 'above'] as const),
  ...['lessthan', 'lowerthan', 'less', 'lower', 'lt', '<'].map((operator) => [operator, 'below'] as const),
  ...['greaterthanorequal', 'greaterthanorequalto', 'greaterorequal', 'gte', 'ge', '>='].map(
    (operator) => [operator, 'at least'] as const,
  ),
  ...[
    'lessthanorequal',
    'lessthanorequalto',
    'lowerthanorequal',
    'lowerthanorequalto',
    'lessorequal',
    'lte',
    'le',
    '<=',
  ].map((operator) => [operator, 'at most'] as const),
  ...['equal', 'equals', 'equalto', 'eq', '=', '=='].map((operator) => [operator, 'equal to'] as const),
  ...['greaterorlessthan', 'greaterthanorlessthan', 'greaterorlowerthan', 'greaterlessthan', 'lessorgreaterthan'].map(
    (operator) => [operator, OUTSIDE] as const,
  ),
]);

function comparisonOf(operator: unknown): string | undefined {
  const text = textOf(operator);
  if (text === undefined || text.length > 64) return undefined;
  return COMPARISONS.get(text.toLowerCase().replace(/[^a-z<>=]/g, ''));
}

function aggregationOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : plainText(text, MAX_AGGREGATION_LENGTH);
}

/** How many rows of search results, and cells of a row, are looked through for ids. */
const MAX_ROWS = 100;
const MAX_CELLS = 60;

/**
 * Resource ids in what a log alert found: its result rows (V1), its events (simple log alerts) and its data sources.
 * The target of a log alert is often the workspace, and the affected resource stands only here.
 */
export function idsInResults(context: unknown): readonly string[] {
  const results = field(context, 'SearchResults') ?? field(context, 'SearchResult');
  const cells: unknown[] = [];
  for (const table of entriesOf(field(results, 'tables'), 5)) {
    for (const row of entriesOf(field(table, 'rows'), MAX_ROWS)) cells.push(...entriesOf(row, MAX_CELLS));
  }
  for (const entry of entriesOf(field(field(context, 'condition'), 'allOf'), MAX_CRITERIA)) {
    for (const row of entriesOf(field(entry, 'event'), MAX_ROWS)) {
      for (const cell of entriesOf(row, MAX_CELLS)) cells.push(field(cell, 'value'));
    }
  }
  for (const source of entriesOf(field(results, 'dataSources'), MAX_ROWS)) cells.push(field(source, 'resourceId'));
  return cells.map(textOf).filter((text) => text !== undefined);
}
