import type { Readings } from '../../core/readings.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import { endsAtOneTime } from '../../reasoning/constant-latency.ts';
import {
  citeRequests,
  highest,
  isSameBackend,
  isServed,
  type LogTarget,
  saysNoError,
  seconds,
  settingOfLog,
  spanOf,
  typical,
} from '../../reasoning/from-access-log.ts';
import { endsWellBefore, SHORTEST_TIMEOUT_SECONDS } from '../../reasoning/timeouts.ts';

/**
 * A refused connection is over in milliseconds, and a handshake that fails in some tens of them. The gateway can note its
 * own 502 for either, without an error word, while the backend answers others: it may just be starting again. What took
 * longer was worked on.
 */
const LONGER_THAN_A_REFUSAL_SECONDS = 0.25;

/**
 * Proof takes three things. The gateway says that it met no error. The answer came before any timeout: the configured
 * one, or, where that was not read, the shortest that there is. And it was the backend: 503 is a status that the gateway
 * never notes for one that it did not reach; a 502 or 504 could stand for a refused connection, unless the same backend
 * answers other requests, and the failing ones took longer than a refusal or differ from those in what they ask for.
 */
export function isProven(
  relayed: readonly TrafficGroup[],
  served: readonly TrafficGroup[],
  timeout: number | undefined,
): boolean {
  return relayed.every((group) => {
    const latency = group.serverLatency?.max;
    if (!saysNoError(group) || latency === undefined || (group.sentBytes?.max ?? 0) === 0) return false;
    if (!endsWellBefore(latency, timeout ?? SHORTEST_TIMEOUT_SECONDS)) return false;
    if (group.serverStatus === 503) return true;
    const own = served.filter((other) => isSameBackend(group, other));
    const quickest = group.serverLatency?.min ?? 0;
    return own.length > 0 && (quickest >= LONGER_THAN_A_REFUSAL_SECONDS || isByRequest(relayed, own));
  });
}

/** Chance meetings do not sort themselves by path, so some of either kind are enough. */
const MIN_OF_EITHER_KIND = 10;

/**
 * Whether the backend fails by what it is asked for: hosts and paths that fail are never answered, and others are, in the
 * same time. A connection is refused before anything is asked.
 */
function isByRequest(relayed: readonly TrafficGroup[], served: readonly TrafficGroup[]): boolean {
  const what = ({ host, path }: TrafficGroup) => `${host?.toLowerCase() ?? ''} ${path}`;
  const failing = new Set(relayed.map(what));
  const span = spanOf(relayed);
  const beside = served.filter((group) => {
    const own = spanOf([group]);
    return span !== undefined && own !== undefined && own.from <= span.to && own.to >= span.from;
  });
  if ([...relayed, ...served].some(({ path }) => path === undefined)) return false;
  if (served.some((group) => failing.has(what(group)))) return false;
  return requestsIn(beside) >= MIN_OF_EITHER_KIND && requestsIn(relayed) >= MIN_OF_EITHER_KIND;
}

/** What suggests that the status was noted by the gateway itself, because nothing came back. */
export function doubtsOf(
  target: LogTarget,
  relayed: readonly TrafficGroup[],
  timeout: number | undefined,
): readonly Citation[] {
  const doubtful = relayed.filter((group) => group.serverStatus !== 503);
  const silent = doubtful.filter((group) => (group.serverLatency?.max ?? 0) === 0);
  const late = doubtful.filter(
    ({ serverLatency }) => timeout !== undefined && serverLatency && !endsWellBefore(serverLatency.max, timeout),
  );
  const empty = relayed.filter((group) => group.sentBytes?.max === 0);
  const doubts: Citation[] = [];
  const even = timeout === undefined ? doubtful.filter((group) => !saysNoError(group) && endsAtOneTime(group)) : [];
  if (even.length > 0) {
    const median = seconds(typical(even, (group) => group.serverLatency) ?? 0);
    const says = `They all end after about ${median} s, as by a timeout, and that of the gateway was not read.`;
    doubts.push(citeRequests(even, relayed, `serverResponseLatency typically ${median}`, says));
  }
  if (silent.length > 0)
    doubts.push(
      citeRequests(
        silent,
        relayed,
        'serverResponseLatency empty',
        'No latency was logged, as where nothing came back.',
      ),
    );
  if (late.length > 0) {
    const says = `They end about when the request timeout of ${timeout} s does, so the status may be the gateway's own note.`;
    const longest = highest(late, (group) => group.serverLatency) ?? 0;
    doubts.push(citeRequests(late, relayed, `serverResponseLatency up to ${seconds(longest)}`, says));
  }
  if (empty.length > 0)
    doubts.push(citeRequests(empty, target.groups, 'sentBytes 0', 'Nothing was sent to the client.'));
  return doubts;
}

/**
 * Over TLS, probes and clients can be sent different server names. Where nothing passes, and every failure is a quick 502,
 * the handshake under the clients' name may be what fails, and the status the gateway's own note of that.
 */
export function handshakeDoubt(
  readings: Readings,
  target: LogTarget,
  relayed: readonly TrafficGroup[],
): readonly Citation[] {
  const setting = settingOfLog(readings, target);
  if (!setting || !/^(https|tls)$/i.test(setting.protocol ?? '')) return [];
  if (setting.hostName !== undefined || setting.pickHostNameFromBackendAddress || setting.sniName !== undefined)
    return [];
  const isQuick = ({ status, serverLatency }: TrafficGroup) =>
    status === 502 && (serverLatency?.max ?? 0) < LONGER_THAN_A_REFUSAL_SECONDS;
  if (target.groups.some(isServed) || !relayed.every(isQuick)) return [];
  const says = `${setting.name} sends no name of its own to the backends, and no request passes: their handshake may fail.`;
  return [{ evidence: 'gateway', quote: '"pickHostNameFromBackendAddress": false', says }];
}
