import type { RequestObservation } from '../../core/prober.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { trafficOf } from '../../core/targets.ts';
import { requestsIn } from '../../core/traffic.ts';
import type { Citation, MissingRead, Verdict } from '../../core/verdict.ts';
import { isIpAddress, isOnSharedPlatform } from '../../reasoning/backend-address.ts';
import { citeRequests, isServed } from '../../reasoning/from-access-log.ts';
import {
  citeProbe,
  hostDoubt,
  liveHostOf,
  probeHostOf,
  probeRead,
  probeRequestOf,
  testProbeRead,
} from '../../reasoning/probe-request.ts';
import {
  answeredProbes,
  citeHealthySibling,
  citeOtherProbe,
  citeStatus,
  notSeenInStatus,
  type OtherProbe,
  type StatusSighting,
  scopeOfSighting,
  statusSightings,
} from '../../reasoning/probe-status.ts';
import { citeRequest, isWellAnswered, observationOf } from '../../reasoning/prober-observations.ts';
import { triedDirectly } from '../../reasoning/tried-directly.ts';
import { triedOnDemand } from '../../reasoning/tried-on-demand.ts';
import { fixFor } from './fix.ts';

const id = 'probe-host-not-served';

export const probeHostNotServed = {
  id,
  title: 'The probe asks for a host that the backend does not serve',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'on-demand-health', 'probe-results', 'access-log'],
  meaning:
    'The backend is reached, but tells its sites apart by the Host header, and the probe sends one that it does not know: ' +
    '127.0.0.1 by default, an old name, or a domain that is not bound to the app. It answers 404, 400, 421 or 403, and ' +
    'the gateway counts it as down although the application works.',
  confirmedBy:
    "The same request, sent to the same member on the same port and path with another Host, is answered with 2xx: by another probe of the gateway, by a test of the gateway's own (in whose run the probe's own request is still refused), or by a test from inside the virtual network.",
  ruledOutBy:
    'The probe receives no such status, the same Host is answered on another path, or the Host is the very name of the platform endpoint.',
  doNot: [
    'Do not accept 404 as healthy: a backend that serves nothing at all would then count as well.',
    'Do not change the path before the same path was asked for with a host that clients use.',
  ],
  prevention: [
    'Set the host once, on the backend setting, and have the probe take it from there, so that probes and clients meet the same site.',
    'Never leave the default probe in front of App Service or another platform that is shared by many names.',
  ],
  blindSpots: [
    'A path that is not served gives the same 404. Only the same path with another Host tells the two apart.',
    'A 403 is more often a login or an access restriction than a name.',
  ],
  judge,
} satisfies Rule;

const STATUSES = [400, 403, 404, 421];

function judge(readings: Readings): readonly Verdict[] {
  const seen = statusSightings(readings, (status) => STATUSES.includes(status));
  return seen.length > 0 ? seen.map((sighting) => judgeSighting(readings, sighting)) : [notSeenInStatus(readings, id)];
}

function judgeSighting(readings: Readings, sighting: StatusSighting): Verdict {
  const { target, example } = sighting;
  const because: Citation[] = [citeStatus(sighting), ...citeProbe(target, example)];
  const base = { cause: id, scope: scopeOfSighting(readings, sighting), missing: missingReads(readings, sighting) };
  // The sign of any one of the members counts, so that it does not matter in which order the service lists them.
  const each = sighting.members.map((member) => ({ ...sighting, example: member }));
  const others = each.flatMap((one) => answeredProbes(readings, target, one.example).map((other) => ({ one, other })));
  const confirmed =
    others.find(({ one, other }) => isSamePath(one, other) && isOtherHost(one, other.host))?.other ??
    each.map((one) => answeredElsewhere(readings, one)).find((request) => request !== undefined);
  if (confirmed) {
    const cited = 'kind' in confirmed ? [citeAnswered(sighting, confirmed)] : citeOtherProbe(confirmed);
    const fix = fixFor(readings, target, confirmed.host);
    return { ...base, verdict: 'confirmed', because: [...because, ...cited], missing: [], fix, weight: 3 };
  }
  // Members of which some pass the very same probe are told apart by something else than its Host.
  const onDemand = sighting.healthy.length > 0 ? undefined : triedOnDemand(readings, sighting);
  const tested = [...because, ...(onDemand?.because ?? [])];
  if (onDemand?.outcome === 'host') {
    const fix = fixFor(readings, target, onDemand.value);
    return onDemand.isSettled
      ? { ...base, verdict: 'confirmed', because: tested, missing: [], fix, weight: 3 }
      : { ...base, verdict: 'likely', because: tested, fix, weight: 3 };
  }
  if (onDemand?.outcome === 'path' && onDemand.isSettled)
    return { ...base, verdict: 'ruled-out', because: tested, missing: [], fix: [] };
  const against = contradiction(readings, each);
  if (against.length > 0)
    return { ...base, verdict: 'ruled-out', because: [...because, ...against], missing: [], fix: [] };
  const fix = fixFor(readings, target, undefined);
  if (sighting.healthy.length > 0)
    return { ...base, verdict: 'possible', because: [...because, ...citeHealthySibling(sighting)], fix };
  // Another Host was refused in the same way, or the answer is another one by now: signs weigh less than that.
  if (onDemand) return { ...base, verdict: 'possible', because: tested, fix };
  const signs = signsOf(readings, sighting);
  // Among the four statuses a 403 is the one that seldom comes from a name.
  const isLikely = signs.length > 0 && sighting.status !== 403;
  return {
    ...base,
    verdict: isLikely ? 'likely' : 'possible',
    because: [...because, ...signs],
    fix,
    // What clients are answered on the very same path weighs twice: it is almost the test that settles it.
    ...(isLikely
      ? { weight: 1 + signs.length + (signs.some(({ evidence }) => evidence === 'access-log') ? 1 : 0) }
      : {}),
  };
}

function isSamePath({ target }: StatusSighting, { request }: OtherProbe): boolean {
  return probeRequestOf(target)?.path === request.path;
}

function isOtherHost({ target, example }: StatusSighting, host: string | undefined): boolean {
  const own = probeHostOf(target, example);
  return own !== undefined && host !== undefined && !sameName(own, host);
}

/** The prober's request that differs from the probe's in the Host alone, and is answered where the probe's is refused. */
function answeredElsewhere(readings: Readings, sighting: StatusSighting): RequestObservation | undefined {
  const { target, example, status } = sighting;
  const requests = observationOf(readings, target, example)?.requests ?? [];
  const own = requests.find((request) => request.kind === 'probe' && request.status === status);
  if (!own || own.isAccepted === true) return undefined;
  return requests.find(
    (request) =>
      (request.kind === 'other-host' || request.kind === 'live-host') &&
      request.path === own.path &&
      request.host !== undefined &&
      own.host !== undefined &&
      !sameName(request.host, own.host) &&
      isWellAnswered(request),
  );
}

function citeAnswered({ status }: StatusSighting, request: RequestObservation): Citation {
  return citeRequest(request, `The same path is answered with another Host, where the probe's is answered ${status}.`);
}

/** What shows the Host to be served: then it is the path, or the right to it. */
function contradiction(readings: Readings, each: readonly StatusSighting[]): readonly Citation[] {
  for (const one of each) {
    const { target, example, status } = one;
    const host = probeHostOf(target, example);
    if (host === undefined) continue;
    const sameHost = answeredProbes(readings, target, example).find((other) => sameName(other.host ?? '', host));
    if (sameHost) return citeOtherProbe(sameHost);
    const tried = triedDirectly(readings, one);
    if (tried?.outcome === 'path') return tried.because;
    if (status !== 403 && sameName(host, example.address) && isOnSharedPlatform(example.address)) {
      const says = `The probe asks for ${host}, the platform's own name of this backend, which it always serves.`;
      return [{ evidence: 'gateway', quote: host, says }];
    }
  }
  return [];
}

/** What speaks for the Host rather than for the path. */
function signsOf(readings: Readings, sighting: StatusSighting): readonly Citation[] {
  const { target, example, status } = sighting;
  const host = probeHostOf(target, example);
  const request = probeRequestOf(target);
  const signs: Citation[] = [];
  const doubt = hostDoubt(target, example);
  if (doubt) signs.push({ ...citeStatus(sighting), says: doubt });
  if (status === 421)
    signs.push({ ...citeStatus(sighting), says: 'The status itself says that the request is for another host.' });
  // Servers answer 400 to a name that they do not know, and to plain HTTP on a port for TLS.
  const isPlainOnTls = request?.protocol === 'http' && (request.port === 443 || request.port === 8443);
  if (status === 400 && !doubt && host !== undefined && isNoName(host) && !isPlainOnTls)
    signs.push({
      ...citeStatus(sighting),
      says: `The probe sends Host ${host}, which servers of named sites refuse with 400.`,
    });
  return [...signs, ...servedForClients(readings, sighting)];
}

function isNoName(host: string): boolean {
  return isIpAddress(host) || sameName(host, 'localhost');
}

/** Fewer live requests could be somebody's test. */
const MIN_REQUESTS = 10;

/** Clients that are answered on the probe's own path under another Host. Rewrites of the path cannot be seen here. */
function servedForClients(readings: Readings, { target, example }: StatusSighting): readonly Citation[] {
  const path = probeRequestOf(target)?.path;
  const host = probeHostOf(target, example);
  if (host === undefined || target.settingConfig?.path !== undefined) return [];
  const requests = trafficOf(readings, target);
  const served = requests.filter((group) => {
    const live = liveHostOf(target, example, group);
    const isGood = isServed(group) && (group.serverStatus ?? 0) >= 200 && (group.serverStatus ?? 0) <= 299;
    return isGood && group.path === path && live !== undefined && !sameName(live, host);
  });
  if (requestsIn(served) < MIN_REQUESTS) return [];
  const says = `Clients are answered on the probe's path ${path}, under another Host than the probe's ${host}.`;
  return [citeRequests(served, requests, 'serverStatus 2xx', says)];
}

function missingReads(readings: Readings, { target, example }: StatusSighting): readonly MissingRead[] {
  const host = isOnSharedPlatform(example.address) ? example.address : '<host that clients use>';
  return [
    ...testProbeRead(
      readings,
      target,
      { changed: 'host', value: host },
      `What the members of ${target.pool} answer to the gateway's own test with another Host, and with another path.`,
    ),
    probeRead(target, example, `What ${example.address} answers on the probe's path with another Host.`, { host }),
  ];
}
