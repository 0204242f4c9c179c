import type { Criterion, Signal } from '../core/signal.ts';
import { namesResource } from './dimensions.ts';

/** How many dimensions one line names. */
const MAX_NAMED_DIMENSIONS = 5;

/** What fired or resolved, a plain line each: "Minimum HealthyHostCount is 0, below 1, for pool-orders~https-orders". */
export function describeSignal(signal: Signal): string[] {
  if (signal.criteria.length > 0) return signal.criteria.map((criterion) => describe(criterion, signal.condition));
  if (signal.source === 'person') return [`Asked for by a person: ${signal.title}`];
  if (signal.source === 'pagerduty') return [`PagerDuty has an incident: ${signal.title}`];
  if (signal.source === 'access-log-stream') return [`By the access log: ${signal.title}`];
  return [`${signal.title}: ${signal.condition}`];
}

/** What fired, of all signals of an incident, each line once. */
export function describeFired(signals: readonly Signal[]): string[] {
  return [...new Set(signals.filter((signal) => signal.condition === 'fired').flatMap(describeSignal))];
}

/** One condition of an alert that fired. */
export function describeCriterion(criterion: Criterion): string {
  return describe(criterion, 'fired');
}

function describe(criterion: Criterion, condition: Signal['condition']): string {
  if (criterion.measure === 'Resource Health') return describeHealth(criterion.dimensions);
  if (criterion.measure === 'Activity log') return describeOperation(criterion.dimensions);
  const { aggregation, measure, dimensions } = criterion;
  const subject = aggregation === undefined ? measure : `${aggregation} ${measure}`;
  return `${subject} ${comparisonOf(criterion, condition)}${where(dimensions)}`;
}

function comparisonOf(criterion: Criterion, condition: Signal['condition']): string {
  const { value } = criterion;
  const limit = limitOf(criterion);
  const isFired = condition === 'fired';
  if (value === undefined) {
    if (limit === undefined) return isFired ? 'met the condition of its alert rule' : 'no longer meets its alert rule';
    return isFired ? `is ${limit}` : `is no longer ${limit}`;
  }
  const is = `is ${spoken(value)}`;
  if (limit === undefined) return is;
  const holds = stillHolds(criterion, value);
  if (holds === undefined) return isFired ? `${is}, ${limit}` : `${is}, no longer ${limit}`;
  if (isFired && holds) return `${is}, ${limit}`;
  if (!isFired && !holds) return `${is}, no longer ${limit}`;
  // The value and the alert contradict each other (the value of another moment, most often). Say both, claim neither.
  return `${is}; the alert's condition is ${limit}`;
}

/** "below 1"; a comparison that takes no number, such as "outside its usual range", stands alone. */
function limitOf({ comparison, threshold }: Criterion): string | undefined {
  if (comparison === undefined) return undefined;
  if (comparison.endsWith('range')) return comparison;
  return threshold === undefined ? undefined : `${comparison} ${spoken(threshold)}`;
}

/** Undefined where the comparison cannot be checked. */
function stillHolds({ comparison, threshold }: Criterion, value: number): boolean | undefined {
  if (threshold === undefined) return undefined;
  if (comparison === 'above') return value > threshold;
  if (comparison === 'below') return value < threshold;
  if (comparison === 'at least') return value >= threshold;
  if (comparison === 'at most') return value <= threshold;
  if (comparison === 'equal to') return value === threshold;
  return undefined;
}

/** Twelve digits are more than any metric means, and hide what binary fractions leave at the end. */
function spoken(value: number): string {
  return String(Number(value.toPrecision(12)));
}

function where(dimensions: Criterion['dimensions']): string {
  const named = Object.entries(dimensions).filter(([name]) => !namesResource(name));
  if (named.length === 0) return '';
  const shown = named.slice(0, MAX_NAMED_DIMENSIONS).map(([name, value]) =>
    // The value alone is how everybody spells a pool with its setting.
    name.toLowerCase() === 'backendsettingspool' ? value : `${name} ${value}`,
  );
  const more = named.length - shown.length;
  return `, for ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function describeHealth({ currentHealthStatus, previousHealthStatus, cause, title }: Criterion['dimensions']): string {
  const now = currentHealthStatus === undefined ? 'reports a change' : `is ${currentHealthStatus}`;
  const before = previousHealthStatus === undefined ? '' : `, was ${previousHealthStatus}`;
  return `Resource Health ${now}${before}${cause === undefined ? '' : ` (${cause})`}${title === undefined ? '' : `: ${title}`}`;
}

function describeOperation({ operationName, status }: Criterion['dimensions']): string {
  return `Activity log: ${operationName ?? 'an operation without a name'}${status === undefined ? '' : `, ${status}`}`;
}

type Severity = 'critical' | 'error' | 'warning' | 'info';

const SEVERITIES: readonly Severity[] = ['critical', 'error', 'warning', 'info', 'info'];

/**
 * How urgent a signal is. Sev0 is critical, Sev1 an error, Sev2 a warning, Sev3 and Sev4 information. Azure fixes the
 * severity of Resource Health alerts at Sev4, whatever they say, so there the health decides.
 */
export function severityOf(signal: Signal): Severity {
  if (signal.isTest) return 'info';
  if (signal.kind === 'resource-health') return severityOfHealth(signal);
  const named = signal.severity === undefined ? undefined : SEVERITIES[signal.severity];
  return named ?? (tellsOfFailures(signal) ? 'error' : 'warning');
}

function severityOfHealth(signal: Signal): Severity {
  if (signal.condition === 'resolved') return 'info';
  const health = signal.criteria.find((criterion) => criterion.dimensions.currentHealthStatus !== undefined);
  return health?.dimensions.currentHealthStatus?.toLowerCase() === 'unavailable' ? 'error' : 'warning';
}

/** Down members and failing requests are errors where nobody said how bad they are. */
function tellsOfFailures(signal: Signal): boolean {
  if (signal.source === 'access-log-stream') return true;
  return signal.criteria.some(({ measure }) => FAILURE_MEASURES.has(measure.toLowerCase()));
}

const FAILURE_MEASURES: ReadonlySet<string> = new Set(['healthyhostcount', 'unhealthyhostcount', 'failedrequests']);
