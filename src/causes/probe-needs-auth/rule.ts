import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { trafficOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, Verdict } from '../../core/verdict.ts';
import { isOnSharedPlatform } from '../../reasoning/backend-address.ts';
import { citeRequests, endpointsOf, isServed } from '../../reasoning/from-access-log.ts';
import { acceptStatus, changeProbePath } from '../../reasoning/probe-fix.ts';
import { citeProbe, hostDoubt, probeRead, probeRequestOf } from '../../reasoning/probe-request.ts';
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

const id = 'probe-needs-auth';

export const probeNeedsAuth = {
  id,
  title: 'The probe asks for a path that demands a login',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log'],
  meaning:
    'The backend answers the probe with 401 or 403. A probe cannot carry credentials, so a path behind a login fails for ' +
    'it even while the application serves its users. A 403 can also come from an access restriction of the platform, ' +
    'which is another cause.',
  confirmedBy:
    'The probe receives 401, and the same member answers something else with 2xx: another probe on the same port, or the requests of clients in the access log. A 403 is never confirmed from these readings.',
  ruledOutBy: 'No probe receives 401 or 403.',
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
  if (status === 403) return { ...base, ...judgeForbidden(sighting, because) };

  const served = citeServed(readings, sighting);
  if (served.length > 0)
    return { ...base, verdict: 'confirmed', because: [...because, ...served], missing: [], weight: 3 };
  return { ...base, verdict: 'likely', because, weight: 2 };
}

/** A 403 has more than one author: a login, an access restriction, a Host that is not served. */
function judgeForbidden(
  { target, example, status }: StatusSighting,
  because: readonly Citation[],
): Pick<Verdict, 'verdict' | 'because' | 'weight'> {
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
