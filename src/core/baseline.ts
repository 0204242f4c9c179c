import type { HealthTarget } from './backend-health.ts';
import { type ConfigPrint, changedParts } from './baseline-config.ts';
import { minutesBetween } from './lifecycle.ts';
import { sameName } from './resource-id.ts';

/**
 * What a gateway looked like while nothing was wrong, so that there is a "before" when something breaks. It is told as
 * facts with their times; no rule reads it.
 */
export interface Baseline {
  readonly gatewayId: string;
  readonly places: readonly PlaceBaseline[];
  /** The configurations that were seen, oldest first, a few. */
  readonly configs: readonly ConfigSeen[];
  /** The digest of each part of the newest configuration, by its name. */
  readonly parts: Readonly<Record<string, string>>;
  /** When each was last asked for, answered or not. */
  readonly asked: Readonly<Partial<Record<BaselineSubject, Asked>>>;
}

export type BaselineSubject = 'config' | 'health';

export interface Asked {
  readonly at: string;
  /** How often in a row no answer came. */
  readonly failures: number;
}

export interface PlaceBaseline {
  readonly pool: string;
  readonly setting: string;
  /** How many members were healthy, from when to when, oldest first, a few. */
  readonly spans: readonly HealthSpan[];
}

export interface HealthSpan {
  readonly healthy: number;
  readonly total: number;
  readonly from: string;
  readonly to: string;
}

export interface ConfigSeen {
  readonly form: string;
  readonly hash: string;
  /** When it was seen first, and last. */
  readonly from: string;
  readonly to: string;
  /** What is different from the one before it, by name; absent for the first one. */
  readonly changed?: readonly string[];
}

export interface BaselinePolicy {
  /** How often the configuration is read; 0 means never, and nothing else is read either. */
  readonly configMinutes: number;
  /** How often backend health is read, which takes the service a minute. */
  readonly healthMinutes: number;
}

export const DEFAULT_BASELINE: BaselinePolicy = { configMinutes: 5, healthMinutes: 30 };

/** A gateway that is known, and what is known of its baseline. */
export interface KnownGateway {
  readonly gatewayId: string;
  /** It has an open incident: its baseline is the "before", and stays as it is. */
  readonly isOpen: boolean;
  readonly asked?: Baseline['asked'];
}

export interface BaselineRead {
  readonly gatewayId: string;
  readonly subject: BaselineSubject;
}

/** Calls of Resource Manager: one GET; for backend health a POST and the polls of a minute. */
const CALLS = { config: 1, health: 8 } as const satisfies Record<BaselineSubject, number>;
/** Backend health is work for the gateway as well, so that few are asked in one minute, however many there are. */
const MAX_A_RUN = { config: 60, health: 6 } as const satisfies Record<BaselineSubject, number>;
/** A gateway that does not answer is asked half as often after each failure, down to this share of its pace. */
const MAX_DOUBLINGS = 6;

/**
 * Pure. What is due now, the longest overdue first. A run comes every minute, and takes no more than its share of all
 * gateways: they spread over the interval by themselves, and those that were found together do not stay together.
 */
export function dueReads(
  known: readonly KnownGateway[],
  at: string,
  { configMinutes, healthMinutes }: BaselinePolicy,
): readonly BaselineRead[] {
  if (configMinutes <= 0) return [];
  const calm = known.filter(({ isOpen }) => !isOpen);
  const dueOf = (subject: BaselineSubject, everyMinutes: number): readonly BaselineRead[] => {
    const share = Math.ceil(calm.length / everyMinutes) + 1;
    return calm
      .map(({ gatewayId, asked }) => ({ gatewayId, overdue: overdueBy(asked?.[subject], everyMinutes, at) }))
      .filter(({ overdue }) => overdue >= 0)
      .toSorted((left, right) => right.overdue - left.overdue)
      .slice(0, Math.min(share, MAX_A_RUN[subject]))
      .map(({ gatewayId }) => ({ gatewayId, subject }));
  };
  return [...dueOf('config', configMinutes), ...dueOf('health', Math.max(configMinutes, healthMinutes))];
}

/** In intervals; negative until it is due, and infinite where it was never asked for. */
function overdueBy(asked: Asked | undefined, everyMinutes: number, at: string): number {
  if (!asked) return Number.POSITIVE_INFINITY;
  const interval = everyMinutes * 2 ** Math.min(asked.failures, MAX_DOUBLINGS);
  return (minutesBetween(asked.at, at) - interval) / interval;
}

/** Tokens that stay for investigations: three of the default size may begin at the same moment. */
const RESERVED_TOKENS = 120;

/** Pure. Whether a subscription has so many tokens left that a baseline can be read without an incident missing any. */
export function hasRoom({ subject }: Pick<BaselineRead, 'subject'>, tokens: number): boolean {
  return tokens - CALLS[subject] >= RESERVED_TOKENS;
}

export function emptyBaseline(gatewayId: string): Baseline {
  return { gatewayId, places: [], configs: [], parts: {}, asked: {} };
}

/** Pure. It was asked for, and no answer came that says anything. */
export function withFailure(baseline: Baseline, subject: BaselineSubject, at: string): Baseline {
  const failures = (baseline.asked[subject]?.failures ?? 0) + 1;
  return { ...baseline, asked: { ...baseline.asked, [subject]: { at, failures } } };
}

/** Bounds: a gateway has at most 100 pools, most of them with one setting. */
const MAX_PLACES = 150;
const MAX_SPANS = 4;
/** A place that is not listed any more is remembered for this long. */
const FORGET_MINUTES = 24 * 60;

/** Pure. What backend health says now. A place of which nothing is known for any member is left as it is. */
export function withHealth(baseline: Baseline, targets: readonly HealthTarget[], at: string): Baseline {
  const places = [...baseline.places];
  for (const { pool, setting, members } of targets) {
    if (members.length > 0 && members.every(({ health }) => health === 'unknown')) continue;
    const healthy = members.filter(({ health }) => health === 'healthy').length;
    const index = places.findIndex((place) => sameName(place.pool, pool) && sameName(place.setting, setting));
    const spans = withSpan(places[index]?.spans ?? [], { healthy, total: members.length, from: at, to: at });
    places[index < 0 ? places.length : index] = { pool, setting, spans };
  }
  const kept = places.filter(({ spans }) => minutesBetween(spans.at(-1)?.to ?? '', at) < FORGET_MINUTES);
  const asked = { ...baseline.asked, health: { at, failures: 0 } };
  return { ...baseline, places: kept.slice(0, MAX_PLACES), asked };
}

function withSpan(spans: readonly HealthSpan[], now: HealthSpan): readonly HealthSpan[] {
  const last = spans.at(-1);
  const isSame = last?.healthy === now.healthy && last.total === now.total;
  return isSame ? [...spans.slice(0, -1), { ...last, to: now.to }] : [...spans, now].slice(-MAX_SPANS);
}

const MAX_CONFIGS = 6;

/** Pure. What the configuration is now. Another form of it cannot be compared, and begins anew. */
export function withConfig(baseline: Baseline, { form, hash, parts }: ConfigPrint, at: string): Baseline {
  const asked = { ...baseline.asked, config: { at, failures: 0 } };
  const last = baseline.configs.at(-1);
  if (last?.form !== form) return { ...baseline, asked, parts, configs: [{ form, hash, from: at, to: at }] };
  if (last.hash === hash) {
    return { ...baseline, asked, parts, configs: [...baseline.configs.slice(0, -1), { ...last, to: at }] };
  }
  const seen: ConfigSeen = { form, hash, from: at, to: at, changed: changedParts(baseline.parts, parts) };
  return { ...baseline, asked, parts, configs: [...baseline.configs, seen].slice(-MAX_CONFIGS) };
}
