import { wasRead } from '../core/evidence.ts';
import { type BackendSetting, settingNamed } from '../core/gateway.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import { gatewayNames, gatewayScope } from '../core/targets.ts';
import { requestsIn, type Spread, type TrafficGroup } from '../core/traffic.ts';
import type { Citation, MissingRead, Scope } from '../core/verdict.ts';

/** What the rules that live off the access log have in common: its targets, who answered, and how to count and quote. */

/** The requests of one pool and backend setting. Older records name neither: those of one gateway stay together. */
export interface LogTarget {
  readonly pool?: string;
  readonly setting?: string;
  readonly groups: readonly TrafficGroup[];
}

export function logTargets(readings: Readings): readonly LogTarget[] {
  const targets = new Map<string, { pool?: string; setting?: string; groups: TrafficGroup[] }>();
  for (const group of readings.traffic?.groups ?? []) {
    const key = `${group.pool ?? ''}\n${group.setting ?? ''}`.toLowerCase();
    const target = targets.get(key);
    if (target) target.groups.push(group);
    else targets.set(key, { pool: group.pool, setting: group.setting, groups: [group] });
  }
  return [...targets.values()];
}

export function scopeOfLog(readings: Readings, { pool, setting }: LogTarget): Scope {
  return {
    ...gatewayScope(readings),
    ...(pool === undefined ? {} : { pool }),
    ...(setting === undefined ? {} : { setting }),
  };
}

export function settingOfLog(readings: Readings, { setting }: LogTarget): BackendSetting | undefined {
  return setting === undefined ? undefined : settingNamed(readings.gateway, setting);
}

/** `pool~setting`, or the gateway where the records name neither. */
export function nameOfLog({ pool, setting }: LogTarget): string {
  return [pool, setting].filter((part) => part !== undefined).join('~') || 'the gateway';
}

export function hasErrorInfo(group: TrafficGroup, errorInfo: string): boolean {
  return group.errorInfo !== undefined && sameName(group.errorInfo.trim(), errorInfo);
}

/** Whether the gateway itself says that it got no answer, whatever status it noted for the backend. */
export function blamesUpstream(group: TrafficGroup): boolean {
  return group.errorInfo?.trim().toLowerCase().startsWith('errorinfo_upstream_') ?? false;
}

/** A request that the gateway turned away for want of a live member: it says nothing of how a backend behaves. */
export function foundNoMember(group: TrafficGroup): boolean {
  return hasErrorInfo(group, 'ERRORINFO_UPSTREAM_NO_LIVE');
}

/** Whether the record says outright that the gateway met no error. An older record says nothing either way. */
export function saysNoError(group: TrafficGroup): boolean {
  return hasErrorInfo(group, 'ERRORINFO_NO_ERROR');
}

/**
 * A request that a backend answered, and not with a server error. The gateway can note a 502 or 504 of its own as the
 * backend's status, so only what lies below 500 proves that a backend answered.
 */
export function isServed(group: TrafficGroup): boolean {
  const { serverStatus } = group;
  return serverStatus !== undefined && serverStatus >= 100 && serverStatus < 500 && !blamesUpstream(group);
}

export interface Endpoint {
  readonly address: string;
  readonly port?: number;
}

/** The backends in `serverRouted`. After a retry it may list several; IPv6 addresses come in brackets, if at all. */
export function endpointsOf(group: TrafficGroup): readonly Endpoint[] {
  return (group.member ?? '').split(',').flatMap((part) => {
    const match = /^\[?([^\]\s]+?)\]?(?::(\d{1,5}))?$/.exec(part.trim());
    if (!match?.[1]) return [];
    return [{ address: match[1], ...(match[2] === undefined ? {} : { port: Number(match[2]) }) }];
  });
}

/** Whether two groups went to the same backend and port; false where either names none. */
export function isSameBackend(left: TrafficGroup, right: TrafficGroup): boolean {
  return left.member !== undefined && right.member !== undefined && sameName(left.member, right.member);
}

/** The median over groups of their medians, by number of requests: what one request typically shows. */
export function typical(
  groups: readonly TrafficGroup[],
  pick: (group: TrafficGroup) => Spread | undefined,
): number | undefined {
  const known = groups
    .flatMap((group) => {
      const spread = pick(group);
      return spread ? [{ value: spread.p50, count: group.count }] : [];
    })
    .sort((left, right) => left.value - right.value);
  const half = known.reduce((sum, { count }) => sum + count, 0) / 2;
  let seen = 0;
  for (const { value, count } of known) {
    seen += count;
    if (seen >= half) return value;
  }
  return undefined;
}

export function highest(
  groups: readonly TrafficGroup[],
  pick: (group: TrafficGroup) => Spread | undefined,
): number | undefined {
  const values = groups.flatMap((group) => pick(group)?.max ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}

/** First and last request of some groups, in milliseconds since 1970; undefined where no record carried a time. */
export function spanOf(groups: readonly TrafficGroup[]): { readonly from: number; readonly to: number } | undefined {
  const times = groups
    .flatMap((group) => [group.firstAt, group.lastAt])
    .map((at) => (at === undefined ? Number.NaN : Date.parse(at)))
    .filter((at) => Number.isFinite(at));
  return times.length === 0 ? undefined : { from: Math.min(...times), to: Math.max(...times) };
}

export function wasLogRead(readings: Readings): boolean {
  return wasRead(readings.evidence, 'access-log') && (readings.traffic?.groups.length ?? 0) > 0;
}

/** Quotes a number of requests: `412 of 980 requests: httpStatus 502, error_info ERRORINFO_UPSTREAM_NO_LIVE`. */
export function citeRequests(
  groups: readonly TrafficGroup[],
  all: readonly TrafficGroup[],
  what: string,
  says: string,
): Citation {
  return { evidence: 'access-log', quote: `${requestsIn(groups)} of ${requestsIn(all)} requests: ${what}`, says };
}

/**
 * Whether requests of one kind are many enough to be the matter. Floors keep out what every gateway sees all day. A log
 * too short to reach a floor twice is no log of a day: somebody picked these rows out to show what is wrong, and there a
 * third of them is many. What rests on that is likely at best.
 */
export function isNotable(
  { traffic }: Readings,
  count: number,
  total: number,
  floor: { readonly requests: number; readonly share: number },
): boolean {
  if (isExcerpt(traffic, floor.requests)) return count > 0 && count * 3 >= total;
  return count >= floor.requests && count >= floor.share * total;
}

/** Whether the whole log is shorter than twice so many requests. */
export function isExcerpt(traffic: Readings['traffic'], requests: number): boolean {
  return traffic !== undefined && traffic.unread === 0 && requestsIn(traffic.groups) < 2 * requests;
}

/** Seconds as people read them: 20, 19.8, 0.004. */
export function seconds(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

/** A path fit for a sentence: bounded, and without anything that follows a question mark. */
export function shortPath(path: string): string {
  const bare = path.split('?')[0] ?? '';
  return bare.length > 60 ? `${bare.slice(0, 57)}...` : bare;
}

/** A query of the access log for the last two hours, by path without the query string. `filter` is KQL. */
export function durationsByPathRead(readings: Readings, what: string, filter: string): MissingRead {
  const { id = '<gateway resource id>' } = gatewayNames(readings);
  const query = `AGWAccessLogs | where ${filter} | summarize count(), percentiles(TimeTaken, 50, 95, 99) by BackendSettingName, HttpStatus, Path = tostring(split(OriginalRequestUriWithArgs, '?')[0]) | top 50 by count_`;
  return {
    read: what,
    command: command(
      ...['az', 'rest', '--method', 'post', '--resource', 'https://api.loganalytics.io'],
      ...['--url', `https://api.loganalytics.io/v1${id}/query`],
      ...['--body', JSON.stringify({ query, timespan: 'PT2H' })],
    ),
  };
}
