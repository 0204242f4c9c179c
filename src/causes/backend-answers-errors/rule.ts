import type { Readings } from '../../core/readings.ts';
import { accessLogRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { trafficOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, Verdict } from '../../core/verdict.ts';
import {
  blamesUpstream,
  citeRequests,
  endpointsOf,
  type LogTarget,
  logTargets,
  nameOfLog,
  scopeOfLog,
  wasLogRead,
} from '../../reasoning/from-access-log.ts';
import { changeProbePath } from '../../reasoning/probe-fix.ts';
import { citeProbe, probeRead, testProbeRead } from '../../reasoning/probe-request.ts';
import {
  citeStatus,
  notSeenInStatus,
  type StatusSighting,
  scopeOfSighting,
  statusSightings,
} from '../../reasoning/probe-status.ts';
import { triedOnDemand } from '../../reasoning/tried-on-demand.ts';

const id = 'backend-answers-errors';

export const backendAnswersErrors = {
  id,
  title: 'The backend answers with server errors of its own',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log', 'on-demand-health'],
  meaning:
    'The gateway reaches the backend, and the backend answers with a 5xx. The application, or something that it depends ' +
    'on, is failing. A 502, 503 or 504 may come from a proxy, an ingress or a platform front end that stands before the ' +
    'application and does not reach it.',
  confirmedBy:
    "The probe receives a 5xx other than 502, 503 and 504, and the same backend answers it to others as well: to clients, by the access log; or to the gateway's own tests, on another path and with another Host alike.",
  ruledOutBy: 'Probes receive no 5xx, and neither do clients from the backend.',
  doNot: [
    'Do not change the gateway: it reports truthfully what the backend answers.',
    'Do not accept 5xx in the probe: the gateway would send clients to a broken member.',
  ],
  prevention: [
    'Let the health path answer for the application alone. A health path that tests a shared database takes every member down at once.',
    'Watch the dependencies themselves, with alerts of their own.',
  ],
  blindSpots: [
    'Why the application fails is in its own logs only.',
    'Of a 502, 503 or 504 it is not known which hop behind the gateway wrote it.',
  ],
  judge,
} satisfies Rule;

/** Statuses that a hop before the application writes when it does not reach the application. */
const OF_A_HOP: readonly number[] = [502, 503, 504];

/** Relayed errors below these floors are what every busy application has on any day. */
const MIN_RELAYED_REQUESTS = 20;
const MIN_RELAYED_SHARE = 0.1;

/** Relayed errors that back what the probe says: the probe has shown the failure already. */
const MIN_AGREEING_REQUESTS = 5;

function judge(readings: Readings): readonly Verdict[] {
  const seen = statusSightings(readings, (status) => status >= 500 && status <= 599);
  const onProbes = seen.map((sighting) => judgeSighting(readings, sighting));
  const inLog = logTargets(readings)
    .filter((log) => !seen.some(({ target }) => isSameTarget(log, target)))
    .map((log) => judgeRelayed(readings, log))
    .filter((verdict) => verdict !== undefined);
  const verdicts = [...onProbes, ...inLog];
  return verdicts.length > 0 ? verdicts : [judgeNone(readings)];
}

function isSameTarget(log: LogTarget, target: { pool: string; setting: string }): boolean {
  return sameName(log.pool ?? '', target.pool) && sameName(log.setting ?? '', target.setting);
}

function judgeSighting(readings: Readings, sighting: StatusSighting): Verdict {
  const { target, example, status } = sighting;
  const isOfHop = OF_A_HOP.includes(status);
  const onDemand = sighting.healthy.length > 0 ? undefined : triedOnDemand(readings, sighting);
  const says = `Whether the application or a hop before it answers ${status}: the Server header and the page that ${example.address} sends.`;
  const base = {
    cause: id,
    scope: scopeOfSighting(readings, sighting),
    fix: [
      repair(sighting),
      ...changeProbePath(
        readings,
        target,
        'Where only the health path fails because it tests a dependency, point the probe at one that does not.',
        onDemand?.outcome === 'path' ? onDemand.value : undefined,
      ),
    ],
  };
  const because: Citation[] = [citeStatus(sighting), ...citeProbe(target, example)];
  const relayed = relayedBy(readings, sighting);
  const agrees = requestsIn(relayed) >= MIN_AGREEING_REQUESTS;
  if (agrees) {
    const what = `httpStatus ${status}, serverStatus ${status}`;
    const cite = `Clients receive the same ${status} from this backend, relayed by the gateway.`;
    because.push(citeRequests(relayed, trafficOf(readings, target), what, cite));
  }
  because.push(...(onDemand?.because ?? []));
  const isEverywhere = onDemand?.outcome === 'everywhere' && onDemand.isSettled;
  if ((agrees || isEverywhere) && !isOfHop)
    return { ...base, verdict: 'confirmed', because, missing: [], weight: agrees && isEverywhere ? 4 : 3 };
  const missing = [
    ...testProbeRead(
      readings,
      target,
      { changed: 'path', value: '/<path that clients use>' },
      `Whether the members of ${target.pool} answer ${status} on every path and Host, by the gateway's own test.`,
    ),
    probeRead(target, example, says),
    ...(agrees ? [] : [accessLogRead(readings)]),
  ];
  if (onDemand?.outcome === 'otherwise' && !agrees) return { ...base, verdict: 'possible', because, missing };
  // A page that fails alone, or a hop that fails throughout: both are told by the tests, and neither says why.
  const isTold = onDemand?.isStill === true && (onDemand.outcome === 'path' || isEverywhere);
  return { ...base, verdict: 'likely', because, missing, weight: agrees || isTold ? 2 : 1 };
}

function repair({ target, example, status }: StatusSighting): FixStep {
  const who = OF_A_HOP.includes(status)
    ? `Find the hop behind ${example.address} that answers ${status}, an ingress, a proxy or a stopped application`
    : `Repair the application on ${example.address}, or what it depends on`;
  const look = probeRead(target, example, '');
  return { text: `${who}; its own log says why. This asks as the probe does.`, command: look.command };
}

/** Requests that these members answered with the status that their probe received. */
function relayedBy(readings: Readings, { target, members, status }: StatusSighting): readonly TrafficGroup[] {
  const isWhole = members.length === target.members.length;
  return trafficOf(readings, target).filter((group) => {
    if (group.status !== status || group.serverStatus !== status || blamesUpstream(group)) return false;
    const [endpoint] = endpointsOf(group).slice(-1);
    if (!endpoint) return false;
    return isWhole || members.some((member) => sameName(member.address, endpoint.address));
  });
}

/** Errors that clients receive from a backend whose probes do not show them. */
function judgeRelayed(readings: Readings, log: LogTarget): Verdict | undefined {
  const relayed = log.groups.filter(
    (group) => group.status >= 500 && group.status === group.serverStatus && !blamesUpstream(group),
  );
  const count = requestsIn(relayed);
  if (count < MIN_RELAYED_REQUESTS || count < MIN_RELAYED_SHARE * requestsIn(log.groups)) return undefined;
  const own = relayed.filter((group) => !OF_A_HOP.includes(group.status));
  const isOwn = requestsIn(own) * 2 > count;
  const statuses = [...new Set(relayed.map((group) => group.status))].toSorted().join(', ');
  const says = `${nameOfLog(log)} itself answers clients with server errors; the gateway relays them.`;
  return {
    cause: id,
    // A 502, 503 or 504 of the backend's own is the sign of another cause first; here it only shares the signal.
    verdict: isOwn ? 'likely' : 'possible',
    scope: scopeOfLog(readings, log),
    because: [citeRequests(relayed, log.groups, `serverStatus ${statuses}, relayed as it was`, says)],
    missing: [
      { read: 'The log of the application for the failing requests: what failed, and where.' },
      { read: 'Whether the failing paths have anything in common, such as one dependency.' },
    ],
    fix: [{ text: 'Repair the application or what it depends on. Nothing in the gateway has to change.' }],
    weight: isOwn ? 1 : 0,
  };
}

function judgeNone(readings: Readings): Verdict {
  const none = notSeenInStatus(readings, id);
  const allHealthy = readings.backendHealth?.targets.every((target) =>
    target.members.every((member) => member.health === 'healthy'),
  );
  if (none.verdict !== 'ruled-out' || (!wasLogRead(readings) && allHealthy)) {
    return { ...none, verdict: 'inconclusive', missing: [...none.missing, accessLogRead(readings)] };
  }
  if (!wasLogRead(readings)) return none;
  const all = readings.traffic?.groups ?? [];
  const relayed = all.filter((group) => group.status >= 500 && group.status === group.serverStatus);
  const says = 'Backends answer hardly any request of clients with a server error of their own.';
  return { ...none, because: [...none.because, citeRequests(relayed, all, 'serverStatus 5xx', says)] };
}
