import { type FoundCause, nameOf } from './findings.ts';
import type { Incident } from './incident.ts';
import type { NotifiedCause } from './notification.ts';
import { sameName } from './resource-id.ts';
import type { Rule } from './rule.ts';
import { VERDICT_LEVELS } from './verdict.ts';

/**
 * The causes that an incident had, best first: the last reading, which finds nothing any more, names none. What brought
 * an outage goes before asides. Where something was once not readable counts only where nothing else was found.
 */
export function pastCauses({ findings }: Pick<Incident, 'findings'>, rules: readonly Rule[]): readonly NotifiedCause[] {
  const found = findings.flatMap(({ pool, setting, causes }) =>
    causes.map((cause) => ({ ...cause, scope: { ...(pool ? { pool } : {}), ...(setting ? { setting } : {}) } })),
  );
  const told = found.filter((cause) => !cause.isAboutReading);
  const ruleOf = (id: string) => rules.find((rule) => rule.id === id);
  const key = ({ cause, verdict }: FoundCause) =>
    (ruleOf(cause)?.explains === 'outage' ? 0 : 1) * VERDICT_LEVELS.length + VERDICT_LEVELS.indexOf(verdict);
  return (told.length > 0 ? told : found)
    .toSorted((left, right) => key(left) - key(right))
    .map(({ cause, verdict, scope }) => {
      const { title = cause, doNot = [] } = ruleOf(cause) ?? {};
      return { cause, title, verdict, scope, because: [], fix: [], doNot };
    });
}

/** `The backend pool has no members (confirmed): pool-orders~http-orders.` */
export function pastHeadline(causes: readonly NotifiedCause[]): string {
  const [best] = causes;
  if (!best) return 'The trouble is over. Its cause was never established.';
  const { title, verdict, scope } = best;
  const place = scope.pool === undefined ? '' : `: ${nameOf(scope)}`;
  const more = causes.filter(({ cause }) => !sameName(cause, best.cause)).length;
  const beside = more === 0 ? '' : more === 1 ? ' One more cause was named.' : ` ${more} more causes were named.`;
  return `${title} (${verdict})${place}.${beside}`;
}
