import type { Readings } from '../../core/readings.ts';
import { accessLogRead, gatewayRead, requestRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, scopeOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { allOfRoute, isOnePage, nameOfRoute, type RouteAnswers, routesThat } from '../../reasoning/answers-by-route.ts';
import {
  blamesUpstream,
  citeRequests,
  isServed,
  type LogTarget,
  logTargets,
  scopeOfLog,
  settingOfLog,
  shortPath,
  wasLogRead,
} from '../../reasoning/from-access-log.ts';
import {
  controllerSigns,
  ingressLogRead,
  ingressRulesRead,
  ingressSigns,
  isDefaultPool,
  singlePrivateAddress,
} from '../../reasoning/kubernetes-signs.ts';
import { citeStatus, statusSightings } from '../../reasoning/probe-status.ts';

const id = 'ingress-route-missing';

export const ingressRouteMissing = {
  id,
  title: 'No ingress rule of the cluster names this host or path',
  maturity: 'stable',
  explains: 'outage',
  reads: ['access-log', 'gateway', 'backend-health'],
  meaning:
    'The gateway hands requests to an ingress in a cluster, and the ingress has no rule for their host or path, so it ' +
    'answers with its own 404. Where a controller writes the gateway itself, such requests end in its empty default pool ' +
    'as 502. The application is never asked.',
  confirmedBy:
    'The ingress rules of the cluster: none of them holds the host and path of the failing requests. Nothing that is read from Azure shows them.',
  ruledOutBy: 'No host or path is answered 404 throughout, and none ends in the default pool.',
  doNot: [
    'Do not restart the pods: they are not asked.',
    'Do not add 404 to the accepted status codes of the probe.',
    'Do not change the host on the gateway before the ingress rules have been read: they may have lost a host in a release.',
  ],
  prevention: [
    'Deploy the ingress rule with the application that it leads to, and request each of its hosts after every release.',
    'Keep the hosts of the listeners and those of the ingress rules in one place.',
  ],
  blindSpots: [
    "The application's own 404 looks the same from outside, save for the size of the page.",
    'An ingress that no name, tag or probe path gives away is not recognised as one.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  const onProbes = judgeProbes(readings);
  if (!wasLogRead(readings)) {
    const missing = [accessLogRead(readings, 'The access log: which hosts and paths are answered 404, and by whom.')];
    return onProbes.length > 0 ? onProbes : [{ ...base, verdict: 'inconclusive', because: [], missing }];
  }
  const inLog = logTargets(readings).flatMap(
    (target) => judgeDefaultPool(readings, target) ?? judgeTarget(readings, target) ?? [],
  );
  const verdicts = [...inLog, ...onProbes];
  if (verdicts.length > 0) return verdicts;
  const all = readings.traffic?.groups ?? [];
  const says = 'No host or path is answered 404 throughout by what could be an ingress.';
  const because = [citeRequests(all.filter(isNotFound), all, 'serverStatus 404', says)];
  return [{ ...base, verdict: 'ruled-out', because, missing: [] }];
}

function isNotFound(group: TrafficGroup): boolean {
  return group.status === 404 && group.serverStatus === 404 && !blamesUpstream(group);
}

function judgeTarget(readings: Readings, target: LogTarget): Verdict | undefined {
  const ingress = ingressSigns(readings, target);
  const isCandidate = ingress.length > 0 || singlePrivateAddress(readings.gateway, target.pool ?? '') !== undefined;
  // One path that is asked for over and over is a broken link; and of an unmarked address only a whole host tells.
  const route = routesThat(readings, target, isNotFound).find(
    ({ prefix, showing }) =>
      prefix === undefined || (ingress.length > 0 && new Set(showing.map(({ path }) => path)).size > 1),
  );
  if (!route) return undefined;
  // Of a gateway that was not read, a 404 throughout is not taken for an ingress at all: applications answer it, too.
  if (!isCandidate) return undefined;
  const says = `${allOfRoute(target, route)} is answered 404 by the backend.`;
  const because: Citation[] = [citeRequests(route.showing, route.all, 'serverStatus 404', says), ...ingress];
  const served = target.groups.filter((group) => isServed(group) && group.status < 400);
  if (requestsIn(served) > 0)
    because.push(
      citeRequests(served, target.groups, 'serverStatus below 400', 'The same backend serves other hosts or paths.'),
    );
  const isPage = isOnePage(route.showing);
  if (isPage) {
    const size = route.showing[0]?.sentBytes?.max;
    const one =
      'All of these answers have one size, whatever the path: a page of the ingress rather than of an application.';
    because.push(citeRequests(route.showing, route.all, `sentBytes ${size}`, one));
  }
  // Of a whole host nothing is served, as without a rule; a single path may be one that the application does not have.
  const isLikely = ingress.length > 0 && (route.prefix === undefined || isPage);
  return {
    cause: id,
    verdict: isLikely ? 'likely' : 'possible',
    scope: scopeOfLog(readings, target),
    because: because.slice(0, 5),
    missing: missingReads(readings, target, route),
    fix: fixFor(route),
    ...(isLikely ? { weight: 1 + (isPage ? 1 : 0) + (requestsIn(served) > 0 ? 1 : 0) } : {}),
  };
}

/** A controller that writes the gateway sends what no rule names to a pool of its own, which is empty. */
function judgeDefaultPool(readings: Readings, target: LogTarget): Verdict | undefined {
  if (!isDefaultPool(target.pool)) return undefined;
  const failed = target.groups.filter(isGatewayError);
  const named = controllerSigns(readings, target, 'access-log');
  const signs = named.length > 0 ? named : controllerSignsBeside(readings);
  // Scanners come this way as well, so a few requests are no incident.
  if (signs.length === 0 || requestsIn(failed) < 20) return undefined;
  const [group] = failed;
  const route: RouteAnswers = { host: group?.originalHost ?? group?.host, showing: failed, all: target.groups };
  const says = `They ended in ${target.pool}, where the ingress controller sends what no ingress rule names.`;
  return {
    cause: id,
    verdict: 'likely',
    scope: scopeOfLog(readings, target),
    because: [citeRequests(failed, target.groups, 'httpStatus 502', says), ...signs],
    missing: [ingressRulesRead('The ingress rules of the cluster: whether one holds this host and path.')],
    fix: fixFor(route),
    weight: signs.length,
  };
}

/** Other pools in the same log that are named as an ingress controller names them. */
function controllerSignsBeside(readings: Readings): readonly Citation[] {
  return (
    logTargets(readings)
      .filter(({ pool }) => !isDefaultPool(pool))
      .map((target) => controllerSigns(readings, target, 'access-log'))
      .find((signs) => signs.length > 0) ?? []
  );
}

/** An ingress that answers the probe with 404: its default page, or a path that its application does not serve. */
function judgeProbes(readings: Readings): readonly Verdict[] {
  return statusSightings(readings, (status) => status === 404).flatMap((sighting): Verdict[] => {
    const signs = ingressSigns(readings, sighting.target);
    if (signs.length === 0) return [];
    const because = [citeStatus(sighting), ...signs];
    const missing = [
      ingressRulesRead('The ingress rules of the cluster: whether one holds the host and path of the probe.'),
    ];
    return [{ cause: id, verdict: 'possible', scope: scopeOf(readings, sighting.target), because, missing, fix: [] }];
  });
}

function missingReads(readings: Readings, target: LogTarget, { host, showing }: RouteAnswers): readonly MissingRead[] {
  const [group] = showing;
  const protocol = settingOfLog(readings, target)?.protocol?.toLowerCase() === 'https' ? 'https' : 'http';
  const url = `${protocol}://${group?.member ?? '<ingress>'}${shortPath(group?.path ?? '/')}`;
  const reads = [
    ingressRulesRead('The ingress rules of the cluster: whether one holds this host and path.'),
    requestRead(
      url,
      host,
      'The same request sent straight to the ingress: its page and Server header tell who answers.',
    ),
    ingressLogRead(),
  ];
  return readings.gateway ? reads : [...reads, gatewayRead(readings)];
}

function fixFor(route: RouteAnswers): readonly FixStep[] {
  return [
    {
      text: `Add ${nameOfRoute(route)} to the ingress rule of the service that should answer it, with the ingress class that this controller watches. This lists the rules there are.`,
      command: 'kubectl get ingress --all-namespaces',
    },
    {
      text: 'Or, where the ingress knows the service under another host, have the backend setting send that one.',
    },
  ];
}
