import { azGateway } from '../../core/az.ts';
import { isFailing, type Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { accessLogRead, backendHealthRead, gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { gatewayNames, gatewayScope, targetsOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { citeRequests } from '../../reasoning/from-access-log.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { citeLoad, errorsByMetric, followsLoad, type Load, loadOf, ownErrors } from './load.ts';

const id = 'gateway-saturated';

export const gatewaySaturated = {
  id,
  title: 'The gateway has no capacity left',
  maturity: 'stable',
  explains: 'outage',
  reads: ['metrics', 'gateway', 'access-log', 'backend-health'],
  meaning:
    'The load is more than the instances carry that autoscale allows, so the gateway itself turns requests away with 503 ' +
    'or 502 while every backend is well. It happens at a peak that nobody planned for, or with a low maximum that was ' +
    'set to save money.',
  confirmedBy:
    'Capacity units stay near the most that the autoscale maximum carries for at least five minutes, errors of the gateway’s own making fall into that time and no other, and every member is healthy.',
  ruledOutBy: 'Capacity units stay well below that, or the gateway makes no such errors.',
  doNot: [
    'Do not restart the gateway: that takes away what capacity there is.',
    'Do not scale the backends before their own load was looked at: they are not what is short.',
  ],
  prevention: [
    'Set the autoscale maximum high (it costs nothing while it is not used), and the minimum for the usual peak.',
    'Alert on capacity units at three quarters of the maximum.',
  ],
  blindSpots: [
    'An instance carries at least 10 capacity units, often more, so a gateway at its nominal limit may still cope.',
    'A gateway with a fixed number of instances, and one of v1, are not judged here.',
    'Autoscale takes some minutes, so a sudden peak can bring errors below the maximum, too.',
  ],
  judge,
} satisfies Rule;

/** Errors below this number, or below one in a hundred requests, happen on any busy gateway. */
const MIN_ERRORS = 10;
const MIN_SHARE = 0.01;

function judge(readings: Readings): readonly Verdict[] {
  const load = loadOf(readings);
  const errors = ownErrors(readings);
  const all = readings.traffic?.groups ?? [];
  const isMany = requestsIn(errors) >= MIN_ERRORS && requestsIn(errors) >= MIN_SHARE * requestsIn(all);
  const base = { cause: id, scope: gatewayScope(readings), missing: [], fix: [] };
  if (load?.isSustained) return [judgeSustained(readings, load, isMany ? errors : [])];
  if (load?.isRoomy) {
    const because = citeLoad(load).slice(0, 1);
    return [{ ...base, verdict: 'ruled-out', because }];
  }
  if (requestsIn(all) >= 2 * MIN_ERRORS && !isMany) {
    const says = 'The gateway makes no such errors of its own, or hardly any.';
    const because = [citeRequests(errors, all, 'httpStatus 502 or 503, no serverStatus, unexplained', says)];
    return [{ ...base, verdict: 'ruled-out', because }];
  }
  const unavailable = errors.filter(({ status }) => status === 503);
  const missing = missingReads(readings);
  if (isMany && requestsIn(unavailable) >= MIN_ERRORS && areWell(readings)) {
    const says = 'The gateway itself answers that it is not available, while every member is healthy.';
    const because = [citeErrors(unavailable, all, says), ...(load ? citeLoad(load).slice(0, 1) : [])];
    return [{ ...base, verdict: 'possible', because, missing, fix: fixFor(readings) }];
  }
  return [{ ...base, verdict: 'inconclusive', because: load ? citeLoad(load).slice(0, 1) : [], missing }];
}

function judgeSustained(readings: Readings, load: Load, errors: readonly TrafficGroup[]): Verdict {
  const all = readings.traffic?.groups ?? [];
  const base = { cause: id, scope: gatewayScope(readings), fix: fixFor(readings) };
  const [member] = members(readings);
  const isWell = areWell(readings);
  const health = isWell && member ? [citeMember(member, 'Every member of every pool in use is healthy.')] : [];
  const because: Citation[] = [...citeLoad(load)];
  if (errors.length > 0)
    because.push(citeErrors(errors, all, 'The gateway made these errors itself, and no backend explains them.'));
  const counted = errorsByMetric(readings, load);
  if (counted >= MIN_ERRORS) {
    const quote = `ResponseStatus 5xx less BackendResponseStatus 5xx: ${counted}`;
    because.push({ evidence: 'metrics', quote, says: 'So many errors of that time were not made by a backend.' });
  }
  because.push(...health);
  if (isWell && errors.length > 0 && followsLoad(readings, load, errors))
    return { ...base, verdict: 'confirmed', because, missing: [], weight: 4 };
  const isLikely = !hasFailing(readings) && (errors.length > 0 || counted >= MIN_ERRORS);
  return {
    ...base,
    verdict: isLikely ? 'likely' : 'possible',
    because,
    missing: missingReads(readings),
    ...(isLikely ? { weight: 2 + (isWell ? 1 : 0) } : {}),
  };
}

function citeErrors(errors: readonly TrafficGroup[], all: readonly TrafficGroup[], says: string): Citation {
  const statuses = [...new Set(errors.map(({ status }) => status))].toSorted().join(', ');
  return citeRequests(errors, all, `httpStatus ${statuses}, no serverStatus`, says);
}

function members(readings: Readings): readonly Member[] {
  return targetsOf(readings)
    .filter(({ inUse }) => inUse !== false)
    .flatMap((target) => target.members);
}

function areWell(readings: Readings): boolean {
  const all = members(readings);
  return all.length > 0 && all.every(({ health, observed }) => health === 'healthy' && observed.kind !== 'timed-out');
}

function hasFailing(readings: Readings): boolean {
  return members(readings).some((member) => isFailing(member));
}

function missingReads(readings: Readings): readonly MissingRead[] {
  const { id: gatewayId = '<gateway resource id>' } = gatewayNames(readings);
  const metrics: MissingRead = {
    read: 'The capacity units of the gateway by the minute, over the time of the failures and before it.',
    command: command(
      ...['az', 'monitor', 'metrics', 'list', '--resource', gatewayId, '--interval', 'PT1M', '--offset', '3h'],
      ...['--metrics', 'CapacityUnits', 'ComputeUnits', 'CurrentConnections', '--aggregation', 'Average', 'Maximum'],
    ),
  };
  const log = accessLogRead(
    readings,
    'The access log of the failing time: which errors the gateway made itself, and when.',
  );
  return [
    metrics,
    ...(readings.traffic ? [] : [log]),
    ...(readings.backendHealth ? [] : [backendHealthRead(readings)]),
    ...(readings.gateway ? [] : [gatewayRead(readings)]),
  ];
}

function fixFor(readings: Readings): readonly FixStep[] {
  const today = readings.gateway?.autoscaleMaxCapacity;
  const update = (value: string) =>
    azGateway(readings, 'update', '--set', `autoscaleConfiguration.maxCapacity=${value}`);
  // Twice what was too little; the service allows 125 instances at most.
  const wanted = today === undefined ? '<more instances>' : String(Math.min(125, today * 2));
  return [
    {
      text: 'Raise the autoscale maximum. The subnet needs a free address for every instance. The change also makes the gateway resolve the names of its backends anew.',
      command: update(wanted),
      ...(today === undefined ? {} : { undo: update(String(today)) }),
    },
    { text: 'See what the load is made of (new clients, a crawler, an attack, large answers) before paying for it.' },
  ];
}
