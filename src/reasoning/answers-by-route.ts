import type { Readings } from '../core/readings.ts';
import { requestsIn, type TrafficGroup } from '../core/traffic.ts';
import { isNotable, type LogTarget } from './from-access-log.ts';
import { hostAskedFor } from './probe-request.ts';

/** Requests of one target by what an ingress chooses by: the Host, and the first part of the path. */

export interface RouteAnswers {
  readonly host?: string;
  /** `/api`; absent where the requests of a whole host are meant. */
  readonly prefix?: string;
  /** The requests that show the sign. */
  readonly showing: readonly TrafficGroup[];
  readonly all: readonly TrafficGroup[];
}

/** Below these floors it is what any public address is asked for and does not have. */
const MIN_REQUESTS = 20;
const MIN_SHARE_OF_TARGET = 0.1;
/** From here on a route shows the sign throughout; a stray answer of another kind does not count. */
const WHOLE_SHARE = 0.9;

/**
 * The hosts that show a sign throughout; and, of hosts that do not, the first parts of paths that do. The largest first.
 */
export function routesThat(
  readings: Readings,
  { groups }: LogTarget,
  shows: (group: TrafficGroup) => boolean,
): readonly RouteAnswers[] {
  const total = requestsIn(groups);
  const isWhole = ({ showing, all }: RouteAnswers) =>
    requestsIn(showing) >= WHOLE_SHARE * requestsIn(all) &&
    isNotable(readings, requestsIn(showing), total, { requests: MIN_REQUESTS, share: MIN_SHARE_OF_TARGET });
  const found: RouteAnswers[] = [];
  for (const [host, ofHost] of Map.groupBy(groups, hostAskedFor)) {
    const whole = { host, showing: ofHost.filter(shows), all: ofHost };
    if (isWhole(whole)) {
      found.push(whole);
      continue;
    }
    for (const [prefix, ofPrefix] of Map.groupBy(ofHost, firstPart)) {
      if (prefix === undefined) continue;
      const part = { host, prefix, showing: ofPrefix.filter(shows), all: ofPrefix };
      if (isWhole(part)) found.push(part);
    }
  }
  return found.toSorted((left, right) => requestsIn(right.showing) - requestsIn(left.showing));
}

/** `/api` of `/api/orders/7`; undefined where the reading has no path. */
function firstPart({ path }: TrafficGroup): string | undefined {
  return path === undefined ? undefined : (/^\/[^/?]*/.exec(path)?.[0] ?? '/').slice(0, 60);
}

/**
 * What the requests that show the sign are among all of their route, for a sentence. Logs are read without the paths of
 * what succeeded, so of a path it is then not known whether some of its requests were answered well.
 */
export function allOfRoute({ groups }: LogTarget, route: RouteAnswers): string {
  const ofHost = groups.filter((group) => hostAskedFor(group) === route.host);
  const isKnown = route.prefix === undefined || ofHost.every(({ path }) => path !== undefined);
  return isKnown ? `Everything that is asked of ${nameOfRoute(route)}` : `What fails of ${nameOfRoute(route)}`;
}

/** The route in words: `shop.contoso.com/api`. */
export function nameOfRoute({ host, prefix }: RouteAnswers): string {
  return `${host ?? 'any host'}${prefix ?? ''}`;
}

/** Whether all of these answers have one and the same size, over several paths: a page that is not the application's. */
export function isOnePage(groups: readonly TrafficGroup[]): boolean {
  const sizes = groups.flatMap(({ sentBytes }) => (sentBytes ? [sentBytes.min, sentBytes.max] : []));
  const paths = new Set(groups.map((group) => group.path));
  return paths.size > 1 && sizes.length > 0 && new Set(sizes).size === 1;
}
