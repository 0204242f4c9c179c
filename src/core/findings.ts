import type { Diagnosis } from './diagnose.ts';
import type { Readings } from './readings.ts';
import type { Rule } from './rule.ts';
import { isNamed, VERDICT_LEVELS, type VerdictLevel } from './verdict.ts';

/** What is wrong at one place of a gateway: a pool with its backend setting, or the gateway as a whole. */
export interface Finding {
  /** Absent where the gateway as a whole is meant. */
  readonly pool?: string;
  readonly setting?: string;
  readonly causes: readonly FoundCause[];
  /** Members that are not healthy; bounded. */
  readonly down: readonly string[];
  /** All members of the place; absent where backend health did not list it. */
  readonly total?: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Set when a later reading found nothing wrong here any more. */
  readonly endedAt?: string;
}

export interface FoundCause {
  readonly cause: string;
  readonly verdict: VerdictLevel;
  /** As in its rule: it says that something could not be read. */
  readonly isAboutReading?: boolean;
}

/** Bounds of what an incident keeps: a gateway has at most 100 pools of which a few are in trouble at once. */
const MAX_FINDINGS = 60;
const MAX_DOWN = 30;

/** What one reading found, by place. Causes by rules that are still `experimental` are reported, and count for nothing here. */
export function findingsOf(
  diagnosis: Diagnosis,
  readings: Readings,
  at: string,
  ruleOf: (cause: string) => Pick<Rule, 'maturity' | 'isAboutReading'> | undefined,
): readonly Finding[] {
  const places = new Map<
    string,
    { pool?: string; setting?: string; causes: Finding['causes']; down: string[]; total?: number }
  >();
  const placeOf = (pool: string | undefined, setting: string | undefined) => {
    const key = keyOf({ pool, setting });
    const known = places.get(key) ?? {
      ...(pool ? { pool } : {}),
      ...(setting ? { setting } : {}),
      causes: [],
      down: [],
    };
    places.set(key, known);
    return known;
  };
  for (const { pool, setting, members } of readings.backendHealth?.targets ?? []) {
    const down = members.filter((member) => member.health !== 'healthy').map((member) => member.address);
    if (down.length === 0 && members.length > 0) continue;
    const place = placeOf(pool, setting);
    place.down.push(...down);
    place.total = members.length;
  }
  for (const { cause, verdict, scope } of diagnosis.verdicts.filter(isNamed)) {
    const rule = ruleOf(cause);
    if (rule?.maturity !== 'stable') continue;
    const place = placeOf(scope.pool, scope.setting);
    place.causes = withCause(place.causes, {
      cause,
      verdict,
      ...(rule.isAboutReading ? { isAboutReading: true } : {}),
    });
  }
  return [...places.values()]
    .slice(0, MAX_FINDINGS)
    .map((place) => ({ ...place, down: place.down.slice(0, MAX_DOWN), firstAt: at, lastAt: at }));
}

/**
 * What is known of an incident after another reading. A shorter reading tells less, so a cause stays at the best level
 * that was reached while its place is in trouble; a place in which nothing is found any more has ended.
 */
export function mergeFindings(known: readonly Finding[], seen: readonly Finding[], at: string): readonly Finding[] {
  const now = new Map(seen.map((finding) => [keyOf(finding), finding]));
  const kept = known.map((finding) => {
    const again = now.get(keyOf(finding));
    now.delete(keyOf(finding));
    if (!again) return finding.endedAt === undefined ? { ...finding, endedAt: at } : finding;
    const { endedAt, ...open } = finding;
    // What came back after it had ended is a new trouble at an old place.
    if (endedAt !== undefined) return again;
    const causes = again.causes.reduce(withCause, open.causes);
    return {
      ...open,
      causes,
      down: again.down,
      ...(again.total === undefined ? {} : { total: again.total }),
      lastAt: at,
    };
  });
  return [...kept, ...now.values()].slice(-MAX_FINDINGS);
}

/** What people have not been told yet, a sentence each, the worst first. Less certainty and fewer members are no news. */
export function newsIn(told: readonly Finding[], known: readonly Finding[]): readonly string[] {
  const before = new Map(told.filter((finding) => finding.endedAt === undefined).map((item) => [keyOf(item), item]));
  const news: string[] = [];
  const isCauseKnown = told.some(({ causes }) => causes.some((cause) => !cause.isAboutReading));
  for (const finding of known) {
    if (finding.endedAt !== undefined) continue;
    const place = nameOf(finding);
    const earlier = before.get(keyOf(finding));
    for (const { cause, verdict, isAboutReading } of finding.causes) {
      if (isAboutReading && isCauseKnown) continue;
      const was = earlier?.causes.find((known) => known.cause === cause)?.verdict;
      if (was === undefined) news.push(`${cause} is ${verdict} for ${place}.`);
      else if (rankOf(verdict) < rankOf(was)) news.push(`${cause} is now ${verdict} for ${place}.`);
    }
    if (!earlier) {
      if (finding.causes.length === 0) news.push(`${place} is in trouble.`);
      continue;
    }
    const added = finding.down.filter((address) => !earlier.down.includes(address));
    if (added.length > 0)
      news.push(`${added.length} more ${added.length === 1 ? 'member is' : 'members are'} down in ${place}.`);
  }
  return news;
}

/**
 * What people know after another message: with what they were told before of places that are still in trouble, so that a
 * member that comes and goes is said once.
 */
export function knownAfter(told: readonly Finding[], findings: readonly Finding[]): readonly Finding[] {
  const before = new Map(told.map((finding) => [keyOf(finding), finding]));
  return findings.map((finding) => {
    const earlier = before.get(keyOf(finding));
    if (!earlier || finding.endedAt !== undefined) return finding;
    const causes = earlier.causes.reduce(withCause, finding.causes);
    return { ...finding, causes, down: [...new Set([...finding.down, ...earlier.down])].slice(0, MAX_DOWN) };
  });
}

/** Best level first, one entry a cause. */
function withCause(causes: readonly FoundCause[], found: FoundCause): readonly FoundCause[] {
  const known = causes.find((item) => item.cause === found.cause);
  if (!known) return [...causes, found];
  if (rankOf(found.verdict) >= rankOf(known.verdict)) return causes;
  return causes.map((item) => (item.cause === found.cause ? found : item));
}

function rankOf(verdict: VerdictLevel): number {
  return VERDICT_LEVELS.indexOf(verdict);
}

function keyOf({ pool = '', setting = '' }: { readonly pool?: string; readonly setting?: string }): string {
  return `${pool}~${setting}`.toLowerCase();
}

export function nameOf({ pool, setting }: Pick<Finding, 'pool' | 'setting'>): string {
  if (pool === undefined) return 'the gateway';
  return setting === undefined ? pool : `${pool}~${setting}`;
}
