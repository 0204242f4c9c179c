import { isFailing } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { accessLogRead, backendHealthRead, requestRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, targetsOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { burstOf, CLOSED, closedUpon, dips, largeBodies, tracksLoad } from '../../reasoning/closed-connections.ts';
import {
  citeRequests,
  isExcerpt,
  isServed,
  type LogTarget,
  logTargets,
  nameOfLog,
  scopeOfLog,
  seconds,
  settingOfLog,
  spanOf,
  typical,
  wasLogRead,
} from '../../reasoning/from-access-log.ts';
import { citeEvent } from '../../reasoning/from-activity-log.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { restartsBefore } from '../../reasoning/member-restarts.ts';

const id = 'keepalive-mismatch';

export const keepaliveMismatch = {
  id,
  title: 'The backend closes idle connections that the gateway still uses',
  maturity: 'stable',
  explains: 'outage',
  reads: ['access-log', 'backend-health', 'gateway', 'metrics', 'activity-log', 'nics'],
  meaning:
    'The gateway keeps connections to a backend open and uses them again. Where the backend closes an idle connection ' +
    'first, now and then a request is sent into a connection that is just being closed, and fails with 502 at once. It ' +
    'hits a small share of requests, on all members and paths alike, while probes stay green.',
  confirmedBy:
    'The keep-alive time of the backend is shorter than the time for which the gateway uses idle connections, and the failures end once it is raised.',
  ruledOutBy: 'No request is logged as closed by the backend, or nearly all of them are: this cause only hits some.',
  doNot: [
    'Do not raise the request timeout: these requests fail at once.',
    'Do not switch keep-alive off on the backend: every request then pays for a new connection.',
  ],
  prevention: [
    'Set the keep-alive time of the backend to minutes rather than seconds; several servers start with 5 s or less.',
  ],
  blindSpots: [
    'How long the gateway keeps an idle connection is not published.',
    'A backend that crashes, restarts or limits the body of a request closes connections as well; time, size and member of the failures hint at it.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  if (!wasLogRead(readings))
    return [{ ...base, verdict: 'inconclusive', because: [], missing: [accessLogRead(readings)] }];
  const verdicts = logTargets(readings).flatMap((target) => judgeTarget(readings, target) ?? []);
  if (verdicts.length > 0) return verdicts;
  const says = 'No request is logged as closed by the backend.';
  const because = [citeRequests([], readings.traffic?.groups ?? [], `error_info ${CLOSED}`, says)];
  return [{ ...base, verdict: 'ruled-out', because, missing: [] }];
}

function judgeTarget(readings: Readings, target: LogTarget): Verdict | undefined {
  const closed = closedUpon(target);
  if (closed.length === 0) return undefined;
  const base = { cause: id, scope: scopeOfLog(readings, target) };
  const share = requestsIn(closed) / requestsIn(target.groups);
  const median = typical(closed, (group) => group.timeTaken);
  const quick = median === undefined ? '' : `, typically after ${seconds(median)} s`;
  const says = `The backends of ${nameOfLog(target)} closed the connection under these requests${quick}.`;
  const because = [citeRequests(closed, target.groups, `httpStatus 502, error_info ${CLOSED}`, says)];
  // An idle connection that is closed too early cannot cost nearly every request: most use a fresh or a busy one.
  const isPicked = isExcerpt(readings.traffic, 10);
  if (share > 0.9 && requestsIn(closed) >= 10 && !isPicked)
    return { ...base, verdict: 'ruled-out', because, missing: [], fix: [] };

  const doubts = doubtsOf(readings, target, closed, share, median);
  const isLikely = doubts.length === 0 && requestsIn(closed) >= 3;
  const signs = isLikely ? citeSpread(readings, target, closed) : [];
  return {
    ...base,
    verdict: isLikely ? 'likely' : 'possible',
    because: [...because, ...signs, ...doubts].slice(0, 5),
    missing: missingReads(readings, target, closed),
    fix: fixFor(target),
    ...(isLikely ? { weight: 1 + signs.length } : {}),
  };
}

/** What points at a backend that crashes, restarts or chokes on large bodies instead. */
function doubtsOf(
  readings: Readings,
  target: LogTarget,
  closed: readonly TrafficGroup[],
  share: number,
  median: number | undefined,
): readonly Citation[] {
  const served = target.groups.filter(isServed);
  const doubts: Citation[] = [];
  // A fifth of all requests is far more than chance meetings with a closing connection.
  // In a few rows that somebody picked out, the share means nothing; then the probes have to show the backends to be well.
  const isWell = healthOf(readings, target)?.members.every(({ health }) => health === 'healthy') ?? false;
  const isPicked = isExcerpt(readings.traffic, 10) && served.length > 0 && isWell;
  if (share > 0.2 && !isPicked)
    doubts.push(citeRequests(closed, target.groups, `error_info ${CLOSED}`, 'That is more than now and then.'));
  const failed = target.groups.filter(isGatewayError);
  if (requestsIn(closed) < requestsIn(failed) * 0.1)
    doubts.push(citeRequests(closed, failed, `error_info ${CLOSED}`, 'Most failures are of another kind.'));
  // The connection is already closed when the request arrives, so the failure takes no time.
  if (median !== undefined && median > 2) {
    const says = 'They fail only after a while, as where a backend breaks off in the middle of its work.';
    doubts.push(citeRequests(closed, target.groups, `timeTaken typically ${seconds(median)}`, says));
  }
  const others = [
    largeBodies(target, closed),
    burstOf(readings, target, closed),
    tracksLoad(readings, closed),
    dips(readings, target),
    restartOf(readings, target, closed),
  ];
  doubts.push(...others.filter((doubt) => doubt !== undefined));
  const members = new Set(served.flatMap((group) => group.member ?? []));
  const failing = new Set(closed.flatMap((group) => group.member ?? []));
  if (failing.size === 1 && members.size > 1 && requestsIn(closed) >= 5) {
    const says = `Only one of ${members.size} backends closes connections, so that one may be failing.`;
    doubts.push(citeRequests(closed, target.groups, `serverRouted ${[...failing].join()}`, says));
  }
  const down = healthOf(readings, target)?.members.find((member) => isFailing(member));
  if (down) doubts.push(citeMember(down, `${down.address} fails its probe, which idle connections do not explain.`));
  return doubts;
}

/** Something that ends processes, done to one of these backends in the minutes before. */
function restartOf(readings: Readings, target: LogTarget, closed: readonly TrafficGroup[]): Citation | undefined {
  const span = spanOf(closed);
  const restarts = span ? restartsBefore(readings, target, closed, span) : [];
  const own = restarts.find(({ addresses }) => addresses.length > 0);
  return own && citeEvent(own.event, `This was done to ${own.addresses[0]} just before they began.`);
}

function citeSpread(readings: Readings, target: LogTarget, closed: readonly TrafficGroup[]): readonly Citation[] {
  const signs: Citation[] = [];
  const members = new Set(closed.flatMap((group) => group.member ?? []));
  const paths = new Set(closed.flatMap((group) => group.path ?? []));
  if (members.size > 1 || paths.size > 1) {
    const says = `They are spread over ${members.size} backends and ${paths.size} paths.`;
    signs.push(citeRequests(closed, target.groups, `error_info ${CLOSED}`, says));
  }
  const health = healthOf(readings, target);
  const [member] = health?.members ?? [];
  if (member && health?.members.every(({ health: state }) => state === 'healthy'))
    signs.push(citeMember(member, `All ${health.members.length} members of ${health.pool} pass their probes.`));
  return signs;
}

function healthOf(readings: Readings, { pool, setting }: LogTarget) {
  return targetsOf(readings).find(
    (target) => sameName(target.pool, pool ?? '') && sameName(target.setting, setting ?? ''),
  );
}

function missingReads(readings: Readings, target: LogTarget, closed: readonly TrafficGroup[]): readonly MissingRead[] {
  const [group] = closed;
  const protocol = settingOfLog(readings, target)?.protocol?.toLowerCase() === 'https' ? 'https' : 'http';
  const read = requestRead(
    `${protocol}://${group?.member ?? '<member>'}/`,
    group?.host,
    'The keep-alive time of the backend: its own configuration, or the Keep-Alive header of its answers.',
  );
  return readings.backendHealth ? [read] : [read, backendHealthRead(readings)];
}

function fixFor(target: LogTarget): readonly FixStep[] {
  return [
    {
      text: `Have the backends of ${nameOfLog(target)} keep idle connections for minutes (keepAliveTimeout, keepalive_timeout, KeepAliveTimeout, by server), longer than anything in front of them does.`,
    },
  ];
}
