import type { Member } from './backend-health.ts';
import type { Readings } from './readings.ts';
import type { TrafficMinute } from './traffic.ts';

/** How a gateway is doing at the moment of a reading, whatever caused it. */
export interface Condition {
  /**
   * `troubled`: requests fail, or members are down and nothing shows that requests succeed. `mitigated`: requests succeed
   * although something is still wrong. `well`: members healthy and no request fails. `unknown`: nothing says either.
   */
  readonly is: 'troubled' | 'mitigated' | 'well' | 'unknown';
  /** One sentence. */
  readonly reason: string;
}

/** What the last minutes of the access log say. Minutes before these may hold the failures of an outage that is over. */
const RECENT_MINUTES = 5;
/**
 * Diagnostic logs reach the workspace some minutes late. A log whose newest record is older than this, seen from the
 * reading, says nothing about now.
 */
const FRESH_MINUTES = 15;
/** Below this share of the recent requests a failure is the background noise of a large site. */
const FAILING_SHARE = 0.01;

/** Pure. Judges now, not the hour that was read: what failed and ended is over. */
export function conditionOf(readings: Readings): Condition {
  const members = membersNow(readings);
  const traffic = trafficNow(readings);
  const stopped = notServing(readings);
  if (stopped) return { is: 'troubled', reason: stopped };
  if (traffic === 'failing')
    return { is: 'troubled', reason: 'Requests of the last minutes were answered 502 or 504.' };
  if (members === 'down') {
    return traffic === 'fine'
      ? { is: 'mitigated', reason: 'Members are down, and the requests of the last minutes succeeded.' }
      : { is: 'troubled', reason: 'Members are down.' };
  }
  if (members === 'well') return { is: 'well', reason: `Every member is healthy${TRAFFIC_WORDS[traffic]}.` };
  return traffic === 'fine'
    ? { is: 'mitigated', reason: 'The requests of the last minutes succeeded; backend health could not be read.' }
    : { is: 'unknown', reason: 'Neither backend health nor recent requests could be read.' };
}

const TRAFFIC_WORDS = {
  fine: ' and the requests of the last minutes succeeded',
  quiet: '; no request of the last minutes is known',
  failing: '',
};

function notServing({ gateway, resourceHealth }: Readings): string | undefined {
  if (gateway?.operationalState !== undefined && gateway.operationalState.toLowerCase() !== 'running') {
    return 'The gateway is not running.';
  }
  return resourceHealth?.state.toLowerCase() === 'unavailable' ? 'Resource Health says unavailable.' : undefined;
}

function membersNow({ backendHealth }: Readings): 'well' | 'down' | 'unread' {
  const targets = backendHealth?.targets ?? [];
  const members = targets.flatMap((target) => target.members);
  if (targets.some((target) => target.members.length === 0)) return 'down';
  if (members.length === 0 || members.every((member) => member.health === 'unknown')) return 'unread';
  return members.every(isWell) ? 'well' : 'down';
}

/** `Healthy` can stand beside a failure text: the threshold is not reached yet, or the state lags behind. */
export function isWell({ health, observed }: Member): boolean {
  return health === 'healthy' && ['answered', 'silent', 'unclassified'].includes(observed.kind);
}

/** By the log or by the stream, whichever has the newer record: the stream is minutes ahead, where there is one. */
function trafficNow({ traffic, stream, takenAt }: Readings): 'failing' | 'fine' | 'quiet' {
  const [logged = [], streamed = []] = [traffic?.minutes, stream?.minutes];
  const recent = recentMinutes(newestIn(streamed) > newestIn(logged) ? streamed : logged, takenAt);
  const requests = recent.reduce((sum, minute) => sum + minute.requests, 0);
  const failed = recent.reduce((sum, minute) => sum + minute.failed, 0);
  if (requests === 0) return 'quiet';
  return failed / requests >= FAILING_SHARE ? 'failing' : 'fine';
}

/** The last minutes before the newest record, where that record is recent itself. */
function recentMinutes(minutes: readonly TrafficMinute[], takenAt: string | undefined): readonly TrafficMinute[] {
  const newest = newestIn(minutes);
  const now = takenAt === undefined ? newest : Date.parse(takenAt);
  if (!(now - newest < FRESH_MINUTES * 60_000)) return [];
  return minutes.filter(({ at }) => Date.parse(at) > newest - RECENT_MINUTES * 60_000);
}

function newestIn(minutes: readonly TrafficMinute[]): number {
  return Math.max(...minutes.map(({ at }) => Date.parse(at)));
}
