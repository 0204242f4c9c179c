import type { TrafficGroup } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import {
  citeRequests,
  highest,
  isSameBackend,
  type LogTarget,
  saysNoError,
  seconds,
} from '../../reasoning/from-access-log.ts';
import { endsWellBefore, SHORTEST_TIMEOUT_SECONDS } from '../../reasoning/timeouts.ts';

/**
 * Proof takes three things. The gateway says that it met no error. The answer came before any timeout: the configured
 * one, or, where that was not read, the shortest that there is. And it was the backend: 503 is a status that the gateway
 * never notes for one that it did not reach; a 502 or 504 could stand for a refused connection, unless the same backend
 * answers other requests.
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
    return group.serverStatus === 503 || served.some((other) => isSameBackend(group, other));
  });
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
