import type { Baseline, ConfigSeen, HealthSpan } from './baseline.ts';
import { type ConfigPrint, changedParts } from './baseline-config.ts';
import { minutesBetween } from './lifecycle.ts';
import type { NotifiedChange } from './notification.ts';
import { sameName } from './resource-id.ts';

/** How a gateway stood before its trouble, as far as regular readings saw it. Frozen with the first investigation. */
export interface Before {
  readonly places: readonly PlaceBefore[];
  /** Absent where the configuration was never read. */
  readonly config?: {
    /** When it was last seen as it was. */
    readonly seenAt: string;
    /** Its last change within the day before; absent where none was seen. */
    readonly change?: ConfigChange;
  };
}

export interface PlaceBefore {
  readonly pool: string;
  readonly setting: string;
  readonly healthy: number;
  readonly total: number;
  /** When that was last so. */
  readonly at: string;
}

/** The configuration was read at two times, and was another one at the second. */
export interface ConfigChange {
  readonly after: string;
  readonly until: string;
  readonly parts: readonly string[];
}

/** What is older says nothing about what broke now. */
const DAY_MINUTES = 24 * 60;
const MAX_PLACES = 60;

/**
 * Pure. The "before" of an incident that was opened at a moment. The members may have begun to fail before anybody was
 * told, so that of the last day's readings the best one counts. `now` is the configuration as the first investigation
 * read it; absent where it could not.
 */
export function beforeOf(
  baseline: Baseline | undefined,
  openedAt: string,
  now?: { readonly print: ConfigPrint; readonly at: string },
): Before | undefined {
  if (!baseline) return undefined;
  const places = baseline.places.flatMap(({ pool, setting, spans }) => {
    const best = bestOf(spans.filter((span) => isWithinDay(span, openedAt)));
    return best ? [{ pool, setting, healthy: best.healthy, total: best.total, at: earlier(best.to, openedAt) }] : [];
  });
  const last = baseline.configs.at(-1);
  if (places.length === 0 && !last) return undefined;
  const change = last && changeIn(baseline, last, openedAt, now);
  return {
    places: places.slice(0, MAX_PLACES),
    ...(last ? { config: { seenAt: last.to, ...(change ? { change } : {}) } } : {}),
  };
}

function isWithinDay({ from, to }: HealthSpan, openedAt: string): boolean {
  return Date.parse(from) <= Date.parse(openedAt) && minutesBetween(to, openedAt) <= DAY_MINUTES;
}

/** The most of its members healthy; of several such times the latest. */
function bestOf(spans: readonly HealthSpan[]): HealthSpan | undefined {
  const share = ({ healthy, total }: HealthSpan) => (total === 0 ? -1 : healthy / total);
  return spans.toSorted((left, right) => share(right) - share(left) || (left.to < right.to ? 1 : -1))[0];
}

function earlier(left: string, right: string): string {
  return Date.parse(left) < Date.parse(right) ? left : right;
}

function changeIn(
  { configs, parts }: Baseline,
  last: ConfigSeen,
  openedAt: string,
  now: { readonly print: ConfigPrint; readonly at: string } | undefined,
): ConfigChange | undefined {
  if (now && now.print.form === last.form && now.print.hash !== last.hash) {
    if (minutesBetween(last.to, openedAt) > DAY_MINUTES) return undefined;
    return { after: last.to, until: now.at, parts: changedParts(parts, now.print.parts) };
  }
  const previous = configs.at(-2);
  if (!previous || minutesBetween(last.from, openedAt) > DAY_MINUTES) return undefined;
  return { after: previous.to, until: last.from, parts: last.changed ?? [] };
}

/** Pure. `2 of 2 members healthy at 01:55 UTC`; undefined where it is not known. */
export function healthyBefore(
  before: Before | undefined,
  { pool, setting }: { readonly pool?: string; readonly setting?: string },
): string | undefined {
  if (pool === undefined) return undefined;
  const place = before?.places.find(
    (one) => sameName(one.pool, pool) && (setting === undefined || sameName(one.setting, setting)),
  );
  return place && `${place.healthy} of ${place.total} members healthy at ${clock(place.at)}`;
}

/** Pure. One line for a timeline. */
export function describeBefore({ places, config }: Before): string {
  const shown = places
    .slice(0, 5)
    .map(({ pool, setting, healthy, total, at }) => `${pool}~${setting} ${healthy} of ${total} at ${clock(at)}`);
  const rest = places.length - shown.length;
  const members =
    shown.length === 0
      ? 'How many members were healthy before was not read.'
      : `Members healthy before: ${shown.join(', ')}${rest > 0 ? ` and ${rest} more places` : ''}.`;
  const { change, seenAt } = config ?? {};
  if (change) return `${members} ${windowOf(change)}`;
  return seenAt === undefined
    ? `${members} The configuration was not read before.`
    : `${members} The configuration was last read at ${clock(seenAt)}, and no change of it was seen in the day before.`;
}

/**
 * Pure. A change of the configuration that regular readings saw, as messages tell a change. Undefined where none was seen
 * that can have come before the failure.
 */
export function seenChange(
  before: Before | undefined,
  gateway: string,
  failure: { readonly at: string; readonly latest: string },
): NotifiedChange | undefined {
  const change = before?.config?.change;
  if (!change || Date.parse(change.after) >= Date.parse(failure.latest)) return undefined;
  const mayBeLater = Date.parse(change.until) > Date.parse(failure.at);
  return {
    at: earlier(change.until, failure.at),
    what: `The configuration of gateway ${gateway} was changed`,
    minutesBefore: Math.max(0, Math.floor(minutesBetween(change.until, failure.at))),
    sentence: [
      windowOf(change),
      ...(mayBeLater
        ? ['The first failure lies between the two readings, so that it may have come before or after.']
        : []),
      'This is a correlation in time, not a proof.',
    ].join(' '),
  };
}

function windowOf({ after, until, parts }: ConfigChange): string {
  const what = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  return `The configuration changed between ${clock(after)} and ${clock(until)}${what}.`;
}

/** `2026-09-14 01:55 UTC` */
function clock(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}
