import type { Readings } from '../../core/readings.ts';
import { accessLogRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { gatewayNames, gatewayScope, scopeOf, targetsOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { burstOf, CLOSED, closedUpon, dips, largeBodies, tracksLoad } from '../../reasoning/closed-connections.ts';
import {
  citeRequests,
  endpointsOf,
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
import { activityRead, byWhom, citeEvent } from '../../reasoning/from-activity-log.ts';
import { type Restart, restartsBefore } from '../../reasoning/member-restarts.ts';
import { updateSetting } from '../../reasoning/setting-command.ts';

const id = 'backend-recycling';

export const backendRecycling = {
  id,
  title: 'The backend restarts or gives out while requests are under way',
  maturity: 'stable',
  explains: 'outage',
  reads: ['access-log', 'activity-log', 'nics', 'metrics', 'gateway'],
  meaning:
    'Processes of the backend end while they still hold connections: a crash, a restart, a deployment, a worker that is ' +
    'recycled for its memory. Every request under way on them fails with 502. The failures come in bursts or grow with ' +
    'the load, and members drop out of the pool and return.',
  confirmedBy:
    'All closed connections lie in the minutes after a restart of the very members that closed them, as the activity log has it, with good answers before and after.',
  ruledOutBy: 'No request is logged as closed by the backend, and no member went and came back.',
  doNot: [
    'Do not restart the members once more to get rid of it: every restart closes connections again.',
    'Do not raise the request timeout: the connections are closed, not slow.',
    'Do not enlarge the gateway: it is not the part that gives out.',
  ],
  prevention: [
    'Take a member out of the pool before it is restarted, let connection draining finish, and have processes end their requests before they stop.',
    'Deploy to a part of the members at a time, with a slot or a second set to swap to.',
    'Give the backend capacity and memory limits that hold at its busiest hour.',
  ],
  blindSpots: [
    'A process that crashes by itself leaves no trace in the activity log; its own log and its memory tell.',
    'A burst of network trouble on the way closes connections as well.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  const verdicts = logTargets(readings).flatMap((target) => judgeTarget(readings, target) ?? []);
  if (verdicts.length > 0) return verdicts;
  const flapping = judgeFlapping(readings);
  if (flapping.length > 0) return flapping;
  if (!wasLogRead(readings))
    return [{ ...base, verdict: 'inconclusive', because: [], missing: [accessLogRead(readings)] }];
  const says = 'No request is logged as closed by the backend.';
  const because = [citeRequests([], readings.traffic?.groups ?? [], `error_info ${CLOSED}`, says)];
  return [{ ...base, verdict: 'ruled-out', because, missing: [] }];
}

function judgeTarget(readings: Readings, target: LogTarget): Verdict | undefined {
  const closed = closedUpon(target);
  if (closed.length === 0) return undefined;
  const count = requestsIn(closed);
  const says = `The backends of ${nameOfLog(target)} closed the connection under these requests.`;
  const closings = citeRequests(closed, target.groups, `httpStatus 502, error_info ${CLOSED}`, says);
  const base = { cause: id, scope: scopeOfLog(readings, target), fix: fixFor(readings, target) };
  const span = spanOf(closed);
  const restarts = span ? restartsBefore(readings, target, closed, span) : [];
  const large = largeBodies(target, closed);
  if (!large) {
    const proof = proofOf(target, closed, restarts);
    if (proof)
      return { ...base, verdict: 'confirmed', because: [closings, ...proof].slice(0, 5), missing: [], weight: 4 };
  }
  const signs = signsOf(readings, target, closed, restarts);
  const missing = missingReads(readings, target);
  // A tenth of the failures does not explain the rest, and a handful is chance.
  const isLikely = signs.length > 0 && !large && count >= 5 && count * 10 >= requestsIn(failuresOf(target));
  const because = [closings, ...signs, ...citeBreakOff(target, closed), ...(large ? [large] : [])].slice(0, 5);
  return isLikely
    ? { ...base, verdict: 'likely', because, missing, weight: signs.length }
    : { ...base, verdict: 'possible', because, missing };
}

function failuresOf({ groups }: LogTarget): readonly TrafficGroup[] {
  return groups.filter(({ status }) => status === 502 || status === 504);
}

/** How many closed connections have to follow a restart before it is more than a meeting by chance. */
const MIN_PROVEN_REQUESTS = 10;

/**
 * Every backend that closed connections was restarted, none closed any outside the minutes after it, and the target
 * answered before and after. `restarts` holds only events whose wake covers all of the failures.
 */
function proofOf(
  target: LogTarget,
  closed: readonly TrafficGroup[],
  restarts: readonly Restart[],
): readonly Citation[] | undefined {
  const span = spanOf(closed);
  const addresses = [...new Set(closed.flatMap(endpointsOf).map(({ address }) => address))];
  const own = restarts.filter((restart) => restart.isRestart && restart.addresses.length > 0);
  const [first] = own;
  const isOfAll = addresses.every((address) => own.some((restart) => restart.addresses.includes(address)));
  const isLogged = closed.every((group) => endpointsOf(group).length > 0 && group.firstAt !== undefined);
  if (!first || !span || !isOfAll || !isLogged || requestsIn(closed) < MIN_PROVEN_REQUESTS) return undefined;
  const served = target.groups.filter((group) => isServed(group) && group.status < 400);
  const all = spanOf(served);
  // Where the log begins or ends with the failures, nothing shows that they began or ended with the restart.
  if (!all || all.from > span.from - 2 * 60_000 || all.to < span.to + 2 * 60_000) return undefined;
  const lasted = Math.max(1, Math.round((span.to - span.from) / 60_000));
  return [
    citeEvent(
      first.event,
      `The backend that closed them was restarted${byWhom(first.event)}, and all of them lie within ${lasted} min of that time.`,
    ),
    citeRequests(served, target.groups, 'serverStatus below 400', 'The target answers before and after these minutes.'),
  ];
}

/** Each sign sets this cause apart from connections that were merely idle for too long. */
function signsOf(
  readings: Readings,
  target: LogTarget,
  closed: readonly TrafficGroup[],
  restarts: readonly Restart[],
): readonly Citation[] {
  const [restart] = restarts.toSorted((left, right) => right.addresses.length - left.addresses.length);
  const told = restart
    ? citeEvent(
        restart.event,
        restart.addresses.length > 0
          ? `This was done to ${restart.addresses[0]}${byWhom(restart.event)} about that time.`
          : `This was done${byWhom(restart.event)} about that time; whether to one of these backends is not known.`,
      )
    : undefined;
  const burst = burstOf(readings, target, closed);
  const load = tracksLoad(readings, closed);
  const dip = dips(readings, target);
  // An event alone, of something that may be another machine, is no sign of its own.
  const isSign = told !== undefined && ((restart?.addresses.length ?? 0) > 0 || burst !== undefined);
  return [burst, load, dip, isSign ? told : undefined].filter((citation) => citation !== undefined);
}

/** A connection that was idle fails at once; one that a process left in the middle of its work fails after a while. */
function citeBreakOff(target: LogTarget, closed: readonly TrafficGroup[]): readonly Citation[] {
  const median = typical(closed, (group) => group.timeTaken);
  if (median === undefined || median <= 2) return [];
  const says = 'They fail only after a while, as where a process ends in the middle of its work.';
  return [citeRequests(closed, target.groups, `timeTaken typically ${seconds(median)}`, says)];
}

/** Members that went and came back, without a word of closed connections in the log. */
function judgeFlapping(readings: Readings): readonly Verdict[] {
  return targetsOf(readings).flatMap((target): Verdict[] => {
    const groups = (readings.traffic?.groups ?? []).filter((group) => sameName(group.pool ?? '', target.pool));
    const dip = dips(readings, { ...target, groups });
    if (!dip) return [];
    const missing = missingReads(readings, { ...target, groups });
    const scope = scopeOf(readings, target);
    return [{ cause: id, verdict: 'possible', scope, because: [dip], missing, fix: [] }];
  });
}

function missingReads(readings: Readings, target: LogTarget): readonly MissingRead[] {
  const { id: gateway = '<gateway resource id>' } = gatewayNames(readings);
  const reads: MissingRead[] = [
    {
      read: `The log and the memory of the backends of ${nameOfLog(target)} at these minutes: whether a process ended.`,
    },
  ];
  if (!readings.activity)
    reads.unshift(activityRead('The activity log of the backends: restarts and deployments at these minutes.'));
  if (!readings.metrics) {
    const options = ['--metric', 'HealthyHostCount', '--interval', 'PT1M', '--offset', '2h'];
    reads.push({
      read: 'The number of healthy members by the minute: whether some went and came back.',
      command: command('az', 'monitor', 'metrics', 'list', '--resource', gateway, ...options),
    });
  }
  return wasLogRead(readings) ? reads : [accessLogRead(readings), ...reads];
}

function fixFor(readings: Readings, target: LogTarget): readonly FixStep[] {
  const { setting } = target;
  const config = settingOfLog(readings, target);
  const steps: FixStep[] = [
    {
      text: `Find out in their own logs why the backends of ${nameOfLog(target)} end: memory, crash, deployment or schedule. Give them the capacity or the repair that this asks for.`,
    },
  ];
  if (setting === undefined || config?.connectionDrainingEnabled === true) return steps;
  const draining = (seconds: string) =>
    updateSetting(readings, { setting, settingConfig: config }, '--connection-draining-timeout', seconds);
  const step = {
    text: `Let connections drain on backend setting ${setting} before a member that is taken out of the pool is stopped. It does not help against a crash.`,
    command: draining('60'),
  };
  return [...steps, config?.connectionDrainingEnabled === false ? { ...step, undo: draining('0') } : step];
}
