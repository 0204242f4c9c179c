import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { blamesUpstream, citeRequests, shortPath, spanOf } from '../../reasoning/from-access-log.ts';
import { hostAskedFor } from '../../reasoning/probe-request.ts';

/** What the access log tells of requests that differ in nothing but their Host. */

/** How backends say that they do not serve a name. 403 is left out of comparisons: it is more often a matter of rights. */
const REFUSALS: readonly number[] = [400, 403, 404, 421];
export const COMPARED: readonly number[] = [400, 404, 421];

/** A refusal of the backend's own, or a 502 for which the gateway names no reason, as a failed handshake leaves it. */
export function isRejection(group: TrafficGroup): boolean {
  const { status, serverStatus } = group;
  if (serverStatus === status) return REFUSALS.includes(status);
  return status === 502 && serverStatus === undefined && group.member !== undefined && !blamesUpstream(group);
}

/** The requests by the Host that clients asked for, where the log has it. */
export function byHost(requests: readonly TrafficGroup[]): ReadonlyMap<string, readonly TrafficGroup[]> {
  const hosts = Map.groupBy(requests, (group) => hostAskedFor(group) ?? '');
  hosts.delete('');
  return hosts;
}

/**
 * A refused host counts only from this many requests and this share of the target's: any public address is asked for
 * under foreign names all day. The answered host needs fewer, since it only has to show that the path exists.
 */
const MIN_REFUSED_REQUESTS = 20;
const MIN_REFUSED_SHARE = 0.1;
const MIN_ANSWERED_REQUESTS = 5;

/**
 * One path, asked for with one method at the same time, that is answered for one Host and refused for another which is
 * never answered at all. Undefined where the log holds no such comparison.
 */
export function hostComparison(requests: readonly TrafficGroup[]): readonly Citation[] | undefined {
  const hosts = byHost(requests);
  for (const [refusedHost, refusedGroups] of hosts) {
    if (isIpAddress(refusedHost) || refusedGroups.some(isAnswered)) continue;
    const refused = refusedGroups.filter(
      (group) => group.status === group.serverStatus && COMPARED.includes(group.status),
    );
    const isShare = requestsIn(refused) >= MIN_REFUSED_SHARE * requestsIn(requests);
    if (requestsIn(refused) < MIN_REFUSED_REQUESTS || !isShare) continue;
    for (const [answeredHost, answeredGroups] of hosts) {
      if (answeredHost === refusedHost) continue;
      const pair = samePath(refused, answeredGroups.filter(isAnswered));
      if (pair) return cite(requests, { ...pair, refusedHost, answeredHost });
    }
  }
  return undefined;
}

function isAnswered({ status, serverStatus }: TrafficGroup): boolean {
  return status === serverStatus && status >= 200 && status <= 399;
}

interface Pair {
  readonly path: string;
  readonly refused: readonly TrafficGroup[];
  readonly answered: readonly TrafficGroup[];
}

function samePath(refused: readonly TrafficGroup[], answered: readonly TrafficGroup[]): Pair | undefined {
  const paths = new Set(refused.flatMap((group) => group.path ?? []));
  for (const path of paths) {
    const bad = refused.filter((group) => group.path === path && group.method !== undefined);
    const good = answered.filter(
      (group) => group.path === path && group.status < 300 && bad.some((other) => isSentAlike(other, group)),
    );
    if (requestsIn(good) >= MIN_ANSWERED_REQUESTS && overlap(bad, good)) return { path, refused: bad, answered: good };
  }
  return undefined;
}

/** Two listeners may rewrite one path differently on its way, so only requests through one listener are compared. */
function isSentAlike(left: TrafficGroup, right: TrafficGroup): boolean {
  return left.method === right.method && left.listener !== undefined && left.listener === right.listener;
}

/** Requests of different hours could differ by a deployment in between, not by their Host. */
function overlap(left: readonly TrafficGroup[], right: readonly TrafficGroup[]): boolean {
  const [a, b] = [spanOf(left), spanOf(right)];
  return a !== undefined && b !== undefined && a.from <= b.to && b.from <= a.to;
}

function cite(
  requests: readonly TrafficGroup[],
  { path, refused, answered, refusedHost, answeredHost }: Pair & { refusedHost: string; answeredHost: string },
): readonly Citation[] {
  const status = refused[0]?.status;
  return [
    citeRequests(
      refused,
      requests,
      `host ${refusedHost}, serverStatus ${status}`,
      `The backend refuses ${shortPath(path)} for ${refusedHost}.`,
    ),
    citeRequests(
      answered,
      requests,
      `host ${answeredHost}, serverStatus 2xx`,
      `It answers the same path for ${answeredHost} at the same time.`,
    ),
  ];
}
