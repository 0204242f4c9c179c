import { isFailing, type Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { accessLogRead, backendHealthRead, gatewayRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { gatewayNames, gatewayScope, scopeOf, type Target, targetsOf, trafficOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, Verdict } from '../../core/verdict.ts';
import { citeRequests, endpointsOf, isServed, spanOf, wasLogRead } from '../../reasoning/from-access-log.ts';
import { activityRead, citeEvent, failed, succeeded, timedEvents } from '../../reasoning/from-activity-log.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import {
  controllerLogRead,
  controllerSigns,
  controllerTags,
  endpointsRead,
  lastWritten,
  serviceOf,
} from '../../reasoning/kubernetes-signs.ts';
import { citeInterface, interfacesWith, neighboursOf } from '../../reasoning/member-interfaces.ts';

const id = 'ingress-controller-lag';

export const ingressControllerLag = {
  id,
  title: 'The pool still holds pods that are gone',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log', 'activity-log', 'nics'],
  meaning:
    'An ingress controller writes the addresses of pods into the pools of this gateway. Pods move within seconds, and a ' +
    'write to the gateway takes up to minutes, or fails. In between, the gateway sends requests to addresses where nothing ' +
    'listens any more: for a short time at every release, or for good where the controller has stopped writing.',
  confirmedBy:
    'The time of the last write to the pool lies behind the move of the pods, by the log of the controller and the endpoints of the service. Both are read in the cluster.',
  ruledOutBy: 'No pool of the gateway is filled by an ingress controller, or all of its pods answer.',
  doNot: [
    'Do not edit the pool by hand: the controller overwrites it with its next write.',
    'Do not restart the gateway: the addresses stay as they are.',
  ],
  prevention: [
    'Have pods wait before they stop (a preStop hook of 90 s, and a longer grace period), and let connections drain on the backend setting.',
    'Watch the controller for failed writes, and keep its rights on the gateway and its subnet.',
    'Roll out in small steps, so that pods of both ages are in the pool while it is written.',
  ],
  blindSpots: [
    'Which pods exist is known in the cluster only; a blocked path to the pods looks alike.',
    'A log that keeps no address of the backend shows no move.',
  ],
  judge,
} satisfies Rule;

/** How long before the first failure, and after the last, a write still belongs to the same release. */
const BEFORE_MS = 15 * 60_000;
const AFTER_MS = 15 * 60_000;

/** Fewer failed requests than this can be chance. */
const MIN_FAILED_REQUESTS = 5;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  const targets = targetsOf(readings).filter((target) => target.members.length > 0);
  const controlled = targets.flatMap((target) => {
    const signs = controllerSigns(readings, target, 'backend-health');
    return signs.length > 0 ? [{ target, signs }] : [];
  });
  const verdicts = controlled.flatMap(({ target, signs }) => judgeTarget(readings, target, signs) ?? []);
  if (verdicts.length > 0) return verdicts;
  const [first] = controlled;
  const [member] = first?.target.members ?? [];
  if (first && member?.health === 'healthy') {
    const says = `The pods in ${first.target.pool} answer, and no request went to one that has gone.`;
    return [{ ...base, verdict: 'ruled-out', because: [citeMember(member, says), ...first.signs], missing: [] }];
  }
  if (first || targets.length === 0 || controllerTags(readings.gateway).length > 0)
    return [{ ...base, verdict: 'inconclusive', because: first?.signs ?? [], missing: [backendHealthRead(readings)] }];
  if (!readings.gateway) return [{ ...base, verdict: 'inconclusive', because: [], missing: [gatewayRead(readings)] }];
  const [pool] = readings.gateway.pools;
  const says = 'No tag and no name shows an ingress controller that writes this gateway.';
  const because = [{ evidence: 'gateway', quote: `"name": "${pool?.name ?? ''}"`, says }];
  return [{ ...base, verdict: 'ruled-out', because, missing: [] }];
}

function judgeTarget(readings: Readings, target: Target, marks: readonly Citation[]): Verdict | undefined {
  const gone = target.members.filter(
    (member) => isFailing(member) && ['cannot-connect', 'timed-out'].includes(member.observed.kind),
  );
  const failures = trafficOf(readings, target).filter((group) => isGatewayError(group) || group.status === 503);
  const moved = citeMoved(readings, target, failures);
  const [example] = gone;
  if (!example && !moved) return undefined;
  const signs = [
    ...(moved ? [moved] : []),
    ...citeWrites(readings, failures),
    ...citePart(target, gone.length),
    ...citeOwnerless(readings, gone),
  ];
  const seen = example
    ? [
        citeMember(
          example,
          `${gone.length} of ${target.members.length} pods in ${target.pool} are not there for the gateway.`,
        ),
      ]
    : [];
  // Pods that do not answer, and nothing else, are told of a blocked path or a crashing application as well.
  const isLikely = signs.length > 0;
  return {
    cause: id,
    verdict: isLikely ? 'likely' : 'possible',
    scope: scopeOf(readings, target, example && gone.length < target.members.length ? gone : undefined),
    because: [...seen, ...signs, ...citeStale(readings, failures), ...marks].slice(0, 6),
    missing: [
      endpointsRead(
        target.pool,
        `The endpoints of the service behind ${target.pool}: the addresses that its pods have now.`,
      ),
      controllerLogRead(),
      ...(readings.activity ? [] : [writesRead(readings)]),
      ...(wasLogRead(readings) ? [] : [accessLogRead(readings)]),
    ],
    fix: fixFor(target),
    ...(isLikely ? { weight: signs.length } : {}),
  };
}

/** Requests to addresses that are no members of the pool any more: pods that have moved since. */
function citeMoved(readings: Readings, target: Target, failures: readonly TrafficGroup[]): Citation | undefined {
  const present = [...target.members.map(({ address }) => address), ...(target.poolConfig?.addresses ?? [])];
  const isAbsent = (group: TrafficGroup) =>
    endpointsOf(group).some(({ address }) => !present.some((known) => sameName(known, address)));
  const all = trafficOf(readings, target);
  const toAbsent = failures.filter(isAbsent);
  const addresses = (groups: readonly TrafficGroup[]) => [...new Set(groups.flatMap((group) => group.member ?? []))];
  if (requestsIn(toAbsent) >= MIN_FAILED_REQUESTS) {
    const what = `serverRouted ${addresses(toAbsent).slice(0, 3).join(', ')}`;
    return citeRequests(
      toAbsent,
      failures,
      what,
      'These failed requests went to pods that are not in the pool any more.',
    );
  }
  const answeredThere = all.filter((group) => isServed(group) && isAbsent(group));
  if (requestsIn(answeredThere) < MIN_FAILED_REQUESTS || requestsIn(failures) < MIN_FAILED_REQUESTS) return undefined;
  const what = `serverRouted ${addresses(answeredThere).slice(0, 3).join(', ')}`;
  return citeRequests(
    answeredThere,
    all,
    what,
    'Pods at other addresses answered within the same log, so the pods have moved.',
  );
}

/** Writes of an application to the gateway about the time of the failures; in time together, not therefore the cause. */
function citeWrites(readings: Readings, failures: readonly TrafficGroup[]): readonly Citation[] {
  const span = spanOf(failures);
  const gateway = gatewayNames(readings).id;
  if (!span || gateway === undefined) return [];
  const writes = timedEvents(readings).filter(
    (event) =>
      sameName(event.resourceId, gateway) &&
      /\/applicationgateways\/write$/i.test(event.operation) &&
      event.actor === 'application' &&
      event.time >= span.from - BEFORE_MS &&
      event.time <= span.to + AFTER_MS,
  );
  const rejected = writes.find(failed);
  const last = writes.filter(succeeded).at(-1);
  if (rejected) return [citeEvent(rejected, 'A write of an application to the gateway failed about that time.')];
  return last
    ? [citeEvent(last, 'An application wrote the gateway about that time, as a controller does at a release.')]
    : [];
}

/** A controller that has not written since the failures began: it agrees with lag, and as well with nothing to write. */
function citeStale(readings: Readings, failures: readonly TrafficGroup[]): readonly Citation[] {
  const span = spanOf(failures);
  const written = lastWritten(readings);
  // What a controller writes at a release reaches the gateway within minutes, so less than these is no lag yet.
  if (!span || !written || written.time > span.from || span.to - span.from < 5 * 60_000) return [];
  return [
    { ...written.citation, says: 'The ingress controller has not written the gateway since the failures began.' },
  ];
}

/** Some pods that answer where others do not: the path to the pods is open. */
function citePart(target: Target, gone: number): readonly Citation[] {
  const answering = target.members.find(({ health, observed }) => health === 'healthy' && observed.kind === 'answered');
  if (!answering || gone === 0) return [];
  return [citeMember(answering, `${answering.address}, in the same pool, answers, so the way to the pods is open.`)];
}

/** Pods that have addresses of the nodes' interfaces, and an address among theirs that none of these holds. */
function citeOwnerless(readings: Readings, gone: readonly Member[]): readonly Citation[] {
  const lost = gone.find(
    ({ address }) => interfacesWith(readings, address).length === 0 && neighboursOf(readings, address).length > 0,
  );
  const [neighbour] = lost ? neighboursOf(readings, lost.address) : [];
  if (!lost || !neighbour) return [];
  return [
    citeInterface(neighbour, `Interfaces hold addresses next to ${lost.address}, and none of them holds that one.`),
  ];
}

function writesRead(readings: Readings) {
  const { id: gateway = '<gateway resource id>' } = gatewayNames(readings);
  return activityRead(
    'The activity log of the gateway: when it was written, and whether a write failed.',
    '--resource-id',
    gateway,
  );
}

function fixFor({ pool }: Target): readonly FixStep[] {
  const { namespace = '<namespace>' } = serviceOf(pool);
  return [
    {
      text: 'Have the controller write the pool anew: look for failed writes in its log, repair its rights or its configuration, and restart it. A restart of the controller does not interrupt traffic.',
      command: 'kubectl -n kube-system rollout restart deployment/ingress-appgw-deployment',
    },
    {
      text: `Have the pods behind ${pool} wait before they stop (a preStop hook of 90 s and a terminationGracePeriodSeconds above it), so that the pool is written first.`,
      command: command('kubectl', '-n', namespace, 'edit', 'deployment/<deployment>'),
    },
  ];
}
