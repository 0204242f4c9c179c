import { sameName } from './resource-id.ts';
import type { Rule } from './rule.ts';
import { isNamed, type Scope, type Verdict } from './verdict.ts';

/**
 * Lets causes that share a sign give way to each other: where one is confirmed, its neighbours at the same place are no
 * more than possible; and a cause that only says where to look gives way to any neighbour that is named, and takes
 * nothing from one even where it is confirmed itself. Verdicts are only ever lowered here, and nothing but a `likely` one.
 */
export function giveWay(verdicts: readonly Verdict[], rules: ReadonlyMap<string, Rule>): readonly Verdict[] {
  return verdicts.map((verdict) => {
    const rule = rules.get(verdict.cause);
    if (verdict.verdict !== 'likely' || rule?.sign === undefined) return verdict;
    const stronger = verdicts.find(
      (other) =>
        other.cause !== verdict.cause &&
        rules.get(other.cause)?.sign === rule.sign &&
        ((other.verdict === 'confirmed' && !rules.get(other.cause)?.isGeneral) || (rule.isGeneral && isNamed(other))) &&
        overlap(other.scope, verdict.scope),
    );
    return stronger ? lowered(verdict, stronger) : verdict;
  });
}

/**
 * Whether a verdict only says where to look while a neighbour at the same place is named. Confirmed, it stays what it is,
 * but the neighbour is what to read first.
 */
export function givesPlace(verdict: Verdict, verdicts: readonly Verdict[], rules: ReadonlyMap<string, Rule>): boolean {
  const rule = rules.get(verdict.cause);
  if (!rule?.isGeneral || rule.sign === undefined || !isNamed(verdict)) return false;
  return verdicts.some(
    (other) =>
      other.cause !== verdict.cause &&
      isNamed(other) &&
      rules.get(other.cause)?.sign === rule.sign &&
      overlap(other.scope, verdict.scope),
  );
}

function lowered(verdict: Verdict, stronger: Verdict): Verdict {
  const [cited] = stronger.because;
  const says = `${stronger.cause} is ${stronger.verdict} for the same members.`;
  const { weight: _weight, ...rest } = verdict;
  return { ...rest, verdict: 'possible', because: cited ? [...verdict.because, { ...cited, says }] : verdict.because };
}

/** Whether two scopes have something in common; an absent part means all of it. */
function overlap(left: Scope, right: Scope): boolean {
  const same = (a: string | undefined, b: string | undefined) => a === undefined || b === undefined || sameName(a, b);
  if (!same(left.pool, right.pool) || !same(left.setting, right.setting)) return false;
  const [members = [], others = []] = [left.members, right.members];
  if (members.length === 0 || others.length === 0) return true;
  return members.some((member) => others.some((other) => sameName(member, other)));
}
