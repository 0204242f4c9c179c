import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { trafficOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, Verdict } from '../../core/verdict.ts';
import { isOnSharedPlatform } from '../../reasoning/backend-address.ts';
import { citeRequests, endpointsOf, isServed } from '../../reasoning/from-access-log.ts';
import { acceptStatus, changeProbePath } from '../../reasoning/probe-fix.ts';
import { citeProbe, hostDoubt, probeRead, probeRequestOf, testProbeRead } from '../../reasoning/probe-request.ts';
import {
  answeredProbes,
  citeHealthySibling,
  citeOtherProbe,
  citeStatus,
  notSeenInStatus,
  type StatusSighting,
  scopeOfSighting,
  statusSightings,
} from '../../reasoning/probe-status.ts';
import { type TriedOnDemand, triedOnDemand } from '../../reasoning/tried-on-demand.ts';

const id = 'probe-needs-auth';

export const probeNeedsAuth = {
  id,
  title: 'The probe asks for a path that demands a login',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log', 'on-demand-health'],
  meaning:
    'The backend answers the probe with 401 or 403. A probe cannot carry credentials, so a path behind a login fails for ' +
    'it even while the application serves its users. A 403 can also come from an access restriction of the platform, ' +
    'which is another cause.',
  confirmedBy:
    "The probe receives 401, and the same member answers something else with 2xx: another probe on the same port, the requests of clients in the access log, or a test of the gateway's own on another path, in whose run the probe's request still receives 401, and no less under another Host. A 403 is never confirmed from these readings.",
  ruledOutBy: 'No probe receives 401 or 403, or a 403 goes away with another Host.',
  doNot: [
    'Do not switch off the login of the application.',
    'Do not raise the timeout or restart the members: they answer at once.',
  ],
  prevention: ['Serve a health path without a login that returns nothing worth protecting.'],
  blindSpots: [
    'A 403 of App Service, Storage or a firewall in front of the application looks like one of the application.',
    'A path whose directory listing is forbidden answers 403 too.',
  ],
  judge,
} satisfies Rule;

/** Requests answered with 2xx that show the application to be where the probe went; fewer could be somebody's test. */
const MIN_ANSWERED_REQUESTS = 10;

function judge(readings: Readings): readonly Verdict[] {
  const seen = statusSightings(readings, (status) => status === 401 || status === 403);
  return seen.length > 0 ? seen.map((sighting) => judgeSighting(readings, sighting)) : [notSeenInStatus(readings, id)];
}

function judgeSighting(readings: Readings, sighting: StatusSighting): Verdict {
  const { target, example, status } = sighting;
  const base = {
    cause: id,
    scope: scopeOfSighting(readings, sighting),
    missing: [
      ...testProbeRead(
        readings,
        target,
        { changed: 'path', value: '/<path without a login>' },
        `Whether the members of ${target.pool} answer another path, by the gateway's own test.`,
      ),
      probeRead(
        target,
        example,
        `Who refuses the probe: a WWW-Authenticate header or the application's own page in the answer of ${example.address}, or the platform's.`,
      ),
    ],
    fix: [
      ...changeProbePath(readings, target, 'Point the probe at a path that answers without a login.'),
      ...acceptStatus(
        readings,
        target,
        status,
        `Or accept ${status}, knowing that the probe then shows only that something answers.`,
      ),
    ],
  };
  const because: Citation[] = [citeStatus(sighting), ...citeProbe(target, example)];
  if (sighting.healthy.length > 0)
    return { ...base, verdict: 'possible', because: [...because, ...citeHealthySibling(sighting)] };
  const onDemand = triedOnDemand(readings, sighting);
  if (status === 403) {
    const verdict = judgeForbidden(sighting, because, onDemand);
    return verdict.verdict === 'ruled-out' ? { ...base, ...verdict, missing: [], fix: [] } : { ...base, ...verdict };
  }
  const served = citeServed(readings, sighting);
  const tested = onDemand?.outcome === 'path' && onDemand.isSettled ? onDemand.because : [];
  if (served.length > 0 || tested.length > 0)
    return { ...base, verdict: 'confirmed', because: [...because, ...served, ...tested], missing: [], weight: 3 };
  const seen = [...because, ...(onDemand?.because ?? [])];
  if (onDemand?.outcome === 'otherwise') return { ...base, verdict: 'possible', because: seen };
  return { ...base, verdict: 'likely', because: seen, weight: 2 };
}

/** A 403 has more than one author: a login, an access restriction, a Host that is not served. */
function judgeForbidden(
  { target, example, status }: StatusSighting,
  known: readonly Citation[],
  onDemand: TriedOnDemand | undefined,
): Pick<Verdict, 'verdict' | 'because' | 'weight'> {
  const because = [...known, ...(onDemand?.because ?? [])];
  if (onDemand?.outcome === 'host' && onDemand.isSettled) return { verdict: 'ruled-out', because };
  // What shuts the gateway out shuts it out of every path, so a path that is answered leaves the application's own refusal.
  if (onDemand?.outcome === 'path' && onDemand.isStill) return { verdict: 'likely', because, weight: 2 };
  if (onDemand && onDemand.outcome !== 'host-same') return { verdict: 'possible', because };
  const says = isOnSharedPlatform(example.address)
    ? `${example.address} belongs to a platform that answers ${status} where an access restriction shuts the gateway out.`
    : hostDoubt(target, example);
  if (says) return { verdict: 'possible', because: [...because, { ...because[0], says } as Citation] };
  // A path that somebody chose is more likely to be protected than the root that the default probe takes.
  const isChosen = probeRequestOf(target)?.probeName !== undefined && probeRequestOf(target)?.path !== '/';
  return { verdict: isChosen ? 'likely' : 'possible', because, weight: 1 };
}

/** Evidence that the application itself is what answers at this member and port. */
function citeServed(readings: Readings, { target, members, example }: StatusSighting): readonly Citation[] {
  const [other] = answeredProbes(readings, target, example);
  if (other) return citeOtherProbe(other);
  // A name's requests are logged with its address, so they can be told apart only where all members show the sign.
  const isWhole = members.length === target.members.length;
  const port = probeRequestOf(target)?.port;
  const requests = trafficOf(readings, target);
  const answered = requests.filter((group) => {
    const [endpoint] = endpointsOf(group).slice(-1);
    if (endpoint?.port === undefined || endpoint.port !== port || !isServed(group) || !isSuccess(group)) return false;
    return isWhole || members.some((member) => sameName(member.address, endpoint.address));
  });
  if (requestsIn(answered) < MIN_ANSWERED_REQUESTS) return [];
  const says = `The application behind ${target.pool} answers clients on port ${port}; what the probe asks for is what it guards.`;
  return [citeRequests(answered, requests, 'serverStatus 2xx', says)];
}

function isSuccess({ serverStatus, status }: TrafficGroup): boolean {
  return serverStatus !== undefined && serverStatus >= 200 && serverStatus <= 299 && status === serverStatus;
}
