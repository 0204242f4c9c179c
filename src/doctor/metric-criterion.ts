import type { Gateway } from '../core/gateway.ts';
import type { Criterion, Dimension } from './alert-rules.ts';
import { listed } from './names.ts';

/**
 * What a metric alert's criterion can and cannot see, worked out from its definition and the gateway's configuration.
 * Only what follows from those is said; a threshold that is merely unwise is nobody's business here.
 */

/** `pool~setting` pairs that the rules route to, each with its number of members where the configuration tells it. */
export interface Target {
  readonly name: string;
  readonly members?: number;
}

/** A fragment that follows the name of the metric. */
export type Judgement =
  | { readonly can: 'never'; readonly why: string }
  | { readonly can: 'always'; readonly why: string }
  | { readonly can: 'blind'; readonly why: string }
  | { readonly can: 'late'; readonly why: string }
  | { readonly can: 'fire' }
  | { readonly can: 'unknown'; readonly why: string };

export function targetsOf(gateway: Gateway): readonly Target[] {
  const targets = new Map<string, Target>();
  for (const { pool, setting } of gateway.routes) {
    if (pool === undefined || setting === undefined) continue;
    const name = `${pool}~${setting}`;
    const members = membersOf(gateway, pool);
    targets.set(name.toLowerCase(), { name, ...(members === undefined ? {} : { members }) });
  }
  return [...targets.values()];
}

/** A name counts as many members as it has addresses, which nobody but DNS knows. */
function membersOf({ pools }: Gateway, name: string): number | undefined {
  const pool = pools.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (pool?.addresses.some((address) => !/^[\d.]+$|:/.test(address))) return undefined;
  return pool === undefined ? undefined : pool.addresses.length + pool.nicIpConfigurationIds.length;
}

const HOSTS = /^(un)?healthyhostcount$/i;
/** None of the gateway's metrics is ever below 0. */
const LOWEST = 0;

/** The dimensions of the metrics that rules about failing backends use (Azure Monitor's supported metrics). */
const DIMENSIONS: Readonly<Record<string, readonly string[]>> = {
  healthyhostcount: ['backendsettingspool'],
  unhealthyhostcount: ['backendsettingspool'],
  failedrequests: ['backendsettingspool'],
  totalrequests: ['backendsettingspool'],
  responsestatus: ['httpstatusgroup'],
  backendresponsestatus: ['backendserver', 'backendpool', 'backendhttpsetting', 'httpstatusgroup'],
};

export function judgeCriterion(criterion: Criterion, targets: readonly Target[]): Judgement {
  const { metric, operator, threshold } = criterion;
  const wrong = wrongDimension(criterion, targets);
  if (wrong !== undefined) return { can: 'never', why: wrong };
  if (operator === undefined || threshold === undefined)
    return { can: 'unknown', why: 'has a dynamic threshold, which its definition does not tell' };
  const isHosts = HOSTS.test(metric);
  if (isHosts && criterion.aggregation === 'count')
    return { can: 'never', why: 'counts samples (Count), which come whether members are healthy or not' };
  const watched = targets.filter(({ name }) => isWatched(criterion, name));
  const reach = judgeReach(operator, threshold, isHosts ? highest(criterion, watched) : undefined);
  if (reach !== undefined) return reach;
  return isHosts ? judgeHosts({ ...criterion, operator, threshold }, watched) : { can: 'fire' };
}

function wrongDimension({ metric, dimensions }: Criterion, targets: readonly Target[]): string | undefined {
  const known = DIMENSIONS[metric.toLowerCase()];
  if (known === undefined) return undefined;
  const strange = dimensions.find(({ name }) => !known.includes(name.toLowerCase()));
  if (strange) return `is split by ${strange.name}, which this metric does not have`;
  for (const { name, values, isExcluding } of dimensions) {
    if (isExcluding || values.includes('*') || values.length === 0) continue;
    if (/^httpstatusgroup$/i.test(name) && !values.some((value) => /^[1-5]xx$/i.test(value)))
      return `asks for HttpStatusGroup ${listed(values)}, and its values are groups such as 5xx`;
    const isTargets = /^backendsettingspool$/i.test(name) && targets.length > 0;
    if (isTargets && !targets.some((target) => includes(values, target.name)))
      return `asks for BackendSettingsPool ${listed(values)}, and no rule of the gateway routes there`;
  }
  return undefined;
}

function includes(values: readonly string[], wanted: string): boolean {
  return values.some((value) => value === '*' || value.toLowerCase() === wanted.toLowerCase());
}

function splitOf({ dimensions }: Criterion): Dimension | undefined {
  return dimensions.find(({ name }) => /^backendsettingspool$/i.test(name));
}

function isWatched(criterion: Criterion, target: string): boolean {
  const split = splitOf(criterion);
  if (split === undefined) return true;
  return split.isExcluding ? !includes(split.values, target) : includes(split.values, target);
}

/** The most that the metric can say; undefined where that is not known. Totals add samples up and have no such bound. */
function highest({ aggregation }: Criterion, watched: readonly Target[]): number | undefined {
  if (!['minimum', 'maximum', 'average'].includes(aggregation) || watched.length === 0) return undefined;
  const members = watched.map((target) => target.members);
  return members.every((count) => count !== undefined) ? Math.max(...members) : undefined;
}

function judgeReach(operator: string, threshold: number, most: number | undefined): Judgement | undefined {
  const bound = `no pool has more than ${most} members`;
  const never = (why: string) => ({ can: 'never', why }) as const;
  const always = (why: string) => ({ can: 'always', why }) as const;
  switch (operator) {
    case 'lessthan':
      if (threshold <= LOWEST) return never(`waits for less than ${threshold}, and it is never below 0`);
      return most !== undefined && threshold > most ? always(`is always below ${threshold}: ${bound}`) : undefined;
    case 'lessthanorequal':
      if (threshold < LOWEST) return never(`waits for ${threshold} or less, and it is never below 0`);
      return most !== undefined && threshold >= most
        ? always(`is always at or below ${threshold}: ${bound}`)
        : undefined;
    case 'greaterthan':
      if (threshold < LOWEST) return always(`is always above ${threshold}`);
      return most !== undefined && threshold >= most
        ? never(`waits for more than ${threshold}, and ${bound}`)
        : undefined;
    case 'greaterthanorequal':
      if (threshold <= LOWEST) return always(`is always at or above ${threshold}`);
      return most !== undefined && threshold > most ? never(`waits for ${threshold} or more, and ${bound}`) : undefined;
    case 'equals':
      return threshold < LOWEST || (most !== undefined && threshold > most)
        ? never(`waits for exactly ${threshold}, which it never is`)
        : undefined;
    default:
      return undefined;
  }
}

type Static = Criterion & { readonly operator: string; readonly threshold: number };

/** Whether a pool that loses all its members is seen, and when. */
function judgeHosts(criterion: Static, watched: readonly Target[]): Judgement {
  const isHealthy = /^healthy/i.test(criterion.metric);
  const isBelow = criterion.operator.startsWith('less');
  if (isHealthy !== isBelow) return { can: 'fire' };
  if (splitOf(criterion) !== undefined || watched.length < 2) return judgeDelay(criterion, isHealthy);
  return isHealthy ? judgeHealthyTogether(criterion, watched) : judgeUnhealthyTogether(criterion, watched);
}

function judgeDelay({ aggregation }: Static, isHealthy: boolean): Judgement {
  if (isHealthy && aggregation === 'average')
    return {
      can: 'late',
      why: 'takes the average of the window: it stays above the threshold until members have been gone for most of it',
    };
  if (isHealthy && aggregation === 'maximum')
    return {
      can: 'late',
      why: 'takes the best moment of the window (Maximum), so it speaks when the whole of it was bad',
    };
  if (!isHealthy && aggregation === 'minimum')
    return {
      can: 'late',
      why: 'takes the best moment of the window (Minimum), so it speaks when the whole of it was bad',
    };
  return { can: 'fire' };
}

const SPLIT = 'is not split by BackendSettingsPool';

/** Without a split, one dead pool is mixed with the living ones. The samples of all pools weigh alike. */
function judgeHealthyTogether({ aggregation, operator, threshold }: Static, watched: readonly Target[]): Judgement {
  if (aggregation === 'minimum') return { can: 'fire' };
  if (aggregation !== 'average')
    return { can: 'blind', why: `${SPLIT}: a pool without a healthy member is hidden by the others` };
  const members = watched.map((target) => target.members);
  const total = members.reduce<number | undefined>(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
  if (total === undefined) return { can: 'blind', why: `${SPLIT}: the average mixes a dead pool with the living ones` };
  const fires = (value: number) => (operator === 'lessthan' ? value < threshold : value <= threshold);
  const hidden = watched.filter((target) => !fires((total - (target.members ?? 0)) / watched.length));
  if (hidden.length === 0) return { can: 'late', why: `${SPLIT}: it does not say which pool, and speaks late` };
  return {
    can: hidden.length === watched.length ? 'never' : 'blind',
    why: `${SPLIT}: with no healthy member in ${listed(hidden.map(({ name }) => name))}, the average of all pools still does not reach ${threshold}`,
  };
}

function judgeUnhealthyTogether({ aggregation, threshold }: Static, watched: readonly Target[]): Judgement {
  if (aggregation === 'minimum')
    return { can: 'blind', why: `${SPLIT}, and takes the best pool (Minimum): it speaks only when every pool suffers` };
  if (aggregation !== 'average' || threshold <= 0) return { can: 'fire' };
  const hidden = watched.filter(({ members }) => members !== undefined && members / watched.length <= threshold);
  return hidden.length === 0
    ? { can: 'fire' }
    : {
        can: hidden.length === watched.length ? 'never' : 'blind',
        why: `${SPLIT}: with every member of ${listed(hidden.map(({ name }) => name))} down, the average of all pools does not pass ${threshold}`,
      };
}
