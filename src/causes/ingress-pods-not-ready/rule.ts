import type { Readings } from '../../core/readings.ts';
import { accessLogRead, gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, scopeOf, targetsOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { allOfRoute, nameOfRoute, type RouteAnswers, routesThat } from '../../reasoning/answers-by-route.ts';
import {
  blamesUpstream,
  citeRequests,
  highest,
  isServed,
  type LogTarget,
  logTargets,
  scopeOfLog,
  seconds,
  wasLogRead,
} from '../../reasoning/from-access-log.ts';
import {
  controllerSigns,
  endpointsRead,
  ingressLogRead,
  ingressSigns,
  isDefaultPool,
  singlePrivateAddress,
} from '../../reasoning/kubernetes-signs.ts';

const id = 'ingress-pods-not-ready';

export const ingressPodsNotReady = {
  id,
  title: 'The ingress has no ready pod for this service',
  maturity: 'stable',
  explains: 'outage',
  sign: 'relayed-error',
  reads: ['access-log', 'gateway', 'backend-health'],
  meaning:
    'The gateway reaches the ingress, and the ingress itself answers 503 or 502, because the service behind its rule has ' +
    'no pod that is ready: the pods crash, fail their readiness check, or carry other labels than the service selects. ' +
    'Probes stay green, since the ingress is well.',
  confirmedBy: 'The endpoints of the service are empty in the cluster. Nothing that is read from Azure shows them.',
  ruledOutBy: 'No backend that could be an ingress answers 502 or 503 of its own for a host or path.',
  doNot: [
    'Do not change the gateway, its probes or its timeouts: the ingress was reached and has answered.',
    'Do not restart the ingress: it reports truthfully that nothing is ready behind it.',
  ],
  prevention: [
    'Roll out with maxUnavailable 0 and a readiness check that passes only when the pod can serve.',
    'Alert on services without endpoints inside the cluster; the gateway cannot see them.',
  ],
  blindSpots: [
    'A 502 or 503 that the application writes itself looks the same from outside.',
    'An ingress that no name, tag or probe path gives away is not recognised as one.',
  ],
  judge,
} satisfies Rule;

/** Without a ready pod there is nothing to wait for: the ingress answers at once. */
const AT_ONCE_SECONDS = 1;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  const emptied = judgeEmptiedPools(readings);
  if (!wasLogRead(readings)) {
    const missing = [
      accessLogRead(readings, 'The access log: whether the backend itself answers 502 or 503, and for what.'),
    ];
    return emptied.length > 0 ? emptied : [{ ...base, verdict: 'inconclusive', because: [], missing }];
  }
  const verdicts = [...logTargets(readings).flatMap((target) => judgeTarget(readings, target) ?? []), ...emptied];
  if (verdicts.length > 0) return verdicts;
  const all = readings.traffic?.groups ?? [];
  const says = 'No host or path gets 502 or 503 throughout from what could be an ingress.';
  const because = [citeRequests(all.filter(isRelayed), all, 'serverStatus 502 or 503', says)];
  return [{ ...base, verdict: 'ruled-out', because, missing: [] }];
}

function isRelayed(group: TrafficGroup): boolean {
  const { status, serverStatus } = group;
  return (status === 502 || status === 503) && serverStatus === status && !blamesUpstream(group);
}

function judgeTarget(readings: Readings, target: LogTarget): Verdict | undefined {
  const [route] = routesThat(readings, target, isRelayed);
  if (!route) return undefined;
  const ingress = ingressSigns(readings, target);
  if (ingress.length === 0 && singlePrivateAddress(readings.gateway, target.pool ?? '') === undefined) return undefined;
  const statuses = [...new Set(route.showing.map((group) => group.status))].toSorted().join(', ');
  const says = `${allOfRoute(target, route)} is answered so by the backend itself.`;
  const because: Citation[] = [
    citeRequests(route.showing, route.all, `serverStatus ${statuses}`, says),
    ...citePace(route),
    ...ingress,
  ];
  const served = target.groups.filter((group) => isServed(group) && group.status < 400);
  if (requestsIn(served) > 0)
    because.push(
      citeRequests(served, target.groups, 'serverStatus below 400', 'The same backend serves other hosts or paths.'),
    );
  const isLikely = ingress.length > 0 && isAtOnce(route);
  return {
    cause: id,
    verdict: isLikely ? 'likely' : 'possible',
    scope: scopeOfLog(readings, target),
    because: because.slice(0, 5),
    missing: missingReads(readings, target.pool, route),
    fix: fixFor(),
    // 503 is what ingresses answer for a service without endpoints; a 502 tells of a pod that was there and refused.
    ...(isLikely ? { weight: 1 + (statuses === '503' ? 1 : 0) + (requestsIn(served) > 0 ? 1 : 0) } : {}),
  };
}

function isAtOnce({ showing }: RouteAnswers): boolean {
  const slowest = highest(showing, (group) => group.serverLatency ?? group.timeTaken);
  return slowest !== undefined && slowest < AT_ONCE_SECONDS;
}

function citePace(route: RouteAnswers): readonly Citation[] {
  const slowest = highest(route.showing, (group) => group.serverLatency ?? group.timeTaken);
  if (slowest === undefined) return [];
  const says = isAtOnce(route)
    ? 'The answers come at once, as where there is no pod to ask.'
    : 'Some of the answers take their time, as where a pod was asked.';
  return [citeRequests(route.showing, route.all, `serverResponseLatency up to ${seconds(slowest)}`, says)];
}

/** A controller that writes pods into the pool leaves it empty when none is ready; other reasons empty it as well. */
function judgeEmptiedPools(readings: Readings): readonly Verdict[] {
  return targetsOf(readings).flatMap((target): Verdict[] => {
    if (target.members.length > 0 || isDefaultPool(target.pool)) return [];
    const signs = controllerSigns(readings, target, 'backend-health');
    if (signs.length === 0) return [];
    const says = `Pool ${target.pool} is filled with the pods that are ready, and it is empty.`;
    const because = [{ evidence: 'backend-health', quote: '"servers": []', says }, ...signs];
    const missing = [endpointsRead(target.pool, 'The endpoints of the service: the pods of it that are ready.')];
    return [{ cause: id, verdict: 'possible', scope: scopeOf(readings, target), because, missing, fix: [] }];
  });
}

function missingReads(readings: Readings, pool: string | undefined, route: RouteAnswers): readonly MissingRead[] {
  const reads = [
    endpointsRead(
      pool,
      `The endpoints of the service that answers ${nameOfRoute(route)}: the pods of it that are ready.`,
    ),
    ingressLogRead(),
  ];
  return readings.gateway ? reads : [...reads, gatewayRead(readings)];
}

function fixFor(): readonly FixStep[] {
  return [
    {
      text: 'Get the pods of the service ready: see why they restart or fail their readiness check, and whether their labels are those that the service selects.',
      command: "kubectl -n '<namespace>' describe pods --selector '<selector of the service>'",
    },
    {
      text: 'Where it began with a release, take that back.',
      command: "kubectl -n '<namespace>' rollout undo 'deployment/<deployment>'",
      undo: "kubectl -n '<namespace>' rollout undo 'deployment/<deployment>'",
    },
  ];
}
