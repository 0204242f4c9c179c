import type { Member } from './backend-health.ts';
import type { EvidenceSummary } from './evidence.ts';
import { givesPlace, giveWay } from './neighbours.ts';
import type { Readings } from './readings.ts';
import { sameName } from './resource-id.ts';
import type { Rule } from './rule.ts';
import { citeStream, isByStream, withStreamTraffic } from './stream-traffic.ts';
import { targetsOf } from './targets.ts';
import { isGatewayError, requestsIn } from './traffic.ts';
import { withNamedTraffic } from './unnamed-traffic.ts';
import { isNamed, type MissingRead, VERDICT_LEVELS, type Verdict } from './verdict.ts';

export interface Diagnosis {
  /** Whether a cause is named: the best verdict is `confirmed` or `likely`. */
  readonly established: boolean;
  /** One sentence: the cause, how sure, and where; or that it is not established and which read comes next. */
  readonly headline: string;
  /**
   * Whether the readings, as far as they go, show a gateway without trouble: everything that was read is well, and no
   * rule sees as much as a possible cause of an outage. Silence is not health.
   */
  readonly healthy: boolean;
  /** Best first. Holds every rule's verdict, the ruled-out ones too. */
  readonly verdicts: readonly Verdict[];
  readonly evidence: readonly EvidenceSummary[];
}

/** Judges the readings by every rule. Pure and total: a rule that throws counts as inconclusive, and says so. */
export function diagnose(asRead: Readings, rules: readonly Rule[]): Diagnosis {
  const readings = withNamedTraffic(withStreamTraffic(asRead));
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const verdicts = giveWay(
    rules.flatMap((rule) => judge(rule, readings)).map(isByStream(asRead) ? citeStream : (verdict) => verdict),
    byId,
  );
  const ranked = rank(verdicts, byId, readings);
  const best = ranked.find(isNamed);
  const isOutage = ({ cause }: Verdict) => byId.get(cause)?.explains === 'outage';
  const healthy = looksHealthy(readings) && !ranked.some((verdict) => isOutage(verdict) && isStanding(verdict));
  return {
    established: best !== undefined,
    headline: best ? nameCauses(ranked, byId) : healthy ? NO_TROUBLE : nameWhatIsOpen(ranked),
    healthy,
    verdicts: ranked,
    evidence: asRead.evidence,
  };
}

function judge(rule: Rule, readings: Readings): readonly Verdict[] {
  try {
    return rule.judge(readings);
  } catch {
    // Reachable only through a defect in a rule. One broken rule must not cost the other verdicts.
    return [
      {
        cause: rule.id,
        verdict: 'inconclusive',
        scope: {},
        because: [],
        missing: [{ read: 'This rule failed on these readings; please report it with the snapshot.' }],
        fix: [],
      },
    ];
  }
}

/**
 * Named causes first; outages before asides; what the log shows to fail before what nobody asked for; what a whole pool or
 * the gateway suffers before what a few members do, since those leave others to carry the load; what names a cause before
 * what only says where to look; then by level, weight, and the order of the catalogue.
 */
function rank(verdicts: readonly Verdict[], rules: ReadonlyMap<string, Rule>, readings: Readings): readonly Verdict[] {
  const order = [...rules.keys()];
  const failing = failingTargets(readings);
  const key = (verdict: Verdict): readonly number[] => [
    isNamed(verdict) ? 0 : 1,
    rules.get(verdict.cause)?.explains === 'outage' ? 0 : 1,
    isNamed(verdict) && isElsewhere(verdict, failing) ? 1 : 0,
    isNamed(verdict) && othersCarryTheLoad(verdict, readings) ? 1 : 0,
    givesPlace(verdict, verdicts, rules) ? 1 : 0,
    VERDICT_LEVELS.indexOf(verdict.verdict),
    -(verdict.weight ?? 0),
    order.indexOf(verdict.cause),
  ];
  return verdicts
    .map((verdict) => ({ verdict, key: key(verdict) }))
    .sort((left, right) => compare(left.key, right.key) || compareScope(left.verdict, right.verdict))
    .map(({ verdict }) => verdict);
}

interface FailingTarget {
  readonly pool: string;
  readonly setting?: string;
}

/** The pools and settings under which the log holds failed requests. */
function failingTargets({ traffic }: Readings): readonly FailingTarget[] {
  const failed = traffic?.groups.filter((group) => isGatewayError(group) || group.status === 503) ?? [];
  return failed.flatMap(({ pool, setting }) => (pool === undefined ? [] : [{ pool, setting }]));
}

/**
 * Whether the log shows requests to fail, and none of them at this place. A placeholder pool without members is a fault of
 * the configuration, and still not what an incident at another pool is about.
 */
function isElsewhere({ scope }: Verdict, failing: readonly FailingTarget[]): boolean {
  const { pool, setting } = scope;
  if (pool === undefined || failing.length === 0) return false;
  const isHere = (other: FailingTarget) =>
    sameName(other.pool, pool) &&
    (setting === undefined || other.setting === undefined || sameName(other.setting, setting));
  return !failing.some(isHere);
}

/** Whether the verdict is about some members of a pool of which others are healthy. */
function othersCarryTheLoad({ scope }: Verdict, readings: Readings): boolean {
  const { pool, setting, members = [] } = scope;
  if (pool === undefined || members.length === 0) return false;
  return targetsOf(readings)
    .filter((target) => sameName(target.pool, pool) && (setting === undefined || sameName(target.setting, setting)))
    .some((target) =>
      target.members.some(
        (member) => member.health === 'healthy' && !members.some((address) => sameName(address, member.address)),
      ),
    );
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Makes the ranking independent of the order in which the service listed pools and settings. */
function compareScope(left: Verdict, right: Verdict): number {
  const text = ({ scope }: Verdict) =>
    `${scope.pool ?? ''}~${scope.setting ?? ''}~${scope.members?.join() ?? ''}`.toLowerCase();
  const [a, b] = [text(left), text(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

const NO_TROUBLE = 'No trouble found: every member that was read is healthy and no request failed with 502 or 504.';

function isStanding({ verdict }: Verdict): boolean {
  return verdict === 'confirmed' || verdict === 'likely' || verdict === 'possible';
}

/** The best cause in words; how many other causes are named beside it, so that a second fault is not overlooked. */
function nameCauses(ranked: readonly Verdict[], rules: ReadonlyMap<string, Rule>): string {
  const [best, ...others] = ranked.filter(isNamed);
  if (!best) return '';
  const more = new Set(others.map((verdict) => verdict.cause).filter((cause) => cause !== best.cause)).size;
  const title = rules.get(best.cause)?.title ?? best.cause;
  const beside = more === 0 ? '' : more === 1 ? ' One more cause is named.' : ` ${more} more causes are named.`;
  return `${title} (${best.verdict})${describeScope(best)}.${beside}`;
}

function describeScope({ scope }: Verdict): string {
  const target = [scope.pool, scope.setting].filter((part) => part !== undefined).join('~');
  const count = scope.members?.length ?? 0;
  const members = count === 0 ? '' : count === 1 ? `member ${scope.members?.[0]}` : `${count} members`;
  if (target && members) return `: ${members} of ${target}`;
  if (target || members) return `: ${target || members}`;
  return scope.gateway ? `: gateway ${scope.gateway}` : '';
}

function nameWhatIsOpen(ranked: readonly Verdict[]): string {
  const next = nextRead(ranked);
  return next
    ? `The cause is not established. The next read: ${next.read}`
    : 'The cause is not established by what could be read.';
}

/**
 * The one read to do next: what the best named cause still misses; where none is named, the read that most of the open
 * causes wait for. Undefined where the best cause is confirmed, or nothing more can be read.
 */
export function nextRead(ranked: readonly Verdict[]): MissingRead | undefined {
  const best = ranked.find(isNamed);
  if (best?.verdict === 'confirmed') return undefined;
  const open = best ? [best] : ranked.filter((verdict) => verdict.verdict === 'possible');
  const candidates = (open.length > 0 ? open : ranked.filter((verdict) => verdict.verdict === 'inconclusive')).flatMap(
    (verdict) => verdict.missing,
  );
  const wanted = (read: MissingRead) => candidates.filter((other) => other.read === read.read).length;
  return candidates.toSorted((left, right) => wanted(right) - wanted(left))[0];
}

/** Whether what was read, by itself, is well: backend health or traffic has to say so. */
function looksHealthy({ backendHealth, traffic, gateway, resourceHealth }: Readings): boolean {
  if (gateway?.operationalState !== undefined && gateway.operationalState.toLowerCase() !== 'running') return false;
  if (resourceHealth && !['available', 'unknown'].includes(resourceHealth.state.toLowerCase())) return false;
  const members = backendHealth?.targets.flatMap((target) => target.members) ?? [];
  if (!members.every(isWell)) return false;
  if (backendHealth?.targets.some((target) => target.members.length === 0)) return false;
  const failed = requestsIn(traffic?.groups.filter(isGatewayError) ?? []);
  if (failed > 0) return false;
  return members.length > 0 || (backendHealth === undefined && requestsIn(traffic?.groups ?? []) > 0);
}

/** `Healthy` can stand beside a failure text: the threshold is not reached yet, or the state lags behind. */
function isWell({ health, observed }: Member): boolean {
  return health === 'healthy' && ['answered', 'silent', 'unclassified'].includes(observed.kind);
}
