import type { Readings } from '../../core/readings.ts';
import { gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import type { Citation, MissingRead, Verdict } from '../../core/verdict.ts';
import { acceptStatus, changeProbePath } from '../../reasoning/probe-fix.ts';
import { citeProbe, probeRead, testProbeRead } from '../../reasoning/probe-request.ts';
import {
  acceptedRange,
  citeHealthySibling,
  citeRangeChanged,
  citeStatus,
  notSeenInStatus,
  type StatusSighting,
  scopeOfSighting,
  statusSightings,
} from '../../reasoning/probe-status.ts';
import { triedOnDemand } from '../../reasoning/tried-on-demand.ts';

const id = 'probe-status-not-accepted';

export const probeStatusNotAccepted = {
  id,
  title: 'The backend answers the probe with a status that the probe does not accept',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'on-demand-health'],
  meaning:
    'The backend answers the probe, but with a status outside the codes that the probe accepts: 405 because the path does ' +
    'not take GET, or 204 where only 200 is accepted. The gateway then counts a working member as down.',
  confirmedBy:
    "The received status and the accepted codes were both read, the one is not among the other, and the status has no other usual author. Of a 400 or 421, tests of the gateway's own have to show that another path is answered under the same Host, and this one under no Host.",
  ruledOutBy:
    'No probe receives such a status, or it goes away with another Host. 404, 401, 403, redirects and 5xx are causes of their own.',
  doNot: ['Do not restart the members: they answer, and will answer the same again.'],
  prevention: [
    'Write the accepted status codes down beside the health path of the application, and change them together.',
  ],
  blindSpots: [
    'A 400 or 421 can come from a Host header that the backend does not serve, or from plain HTTP sent to a TLS port.',
    'A 429 or 408 can be a sign of load.',
  ],
  judge,
} satisfies Rule;

/** Statuses that another cause accounts for. */
const OF_OTHER_CAUSES: readonly number[] = [301, 302, 303, 307, 308, 401, 403, 404];

/** Statuses that a Host header, a name in the TLS handshake or the wrong protocol bring about as well. */
const OF_HOST_OR_PROTOCOL: readonly number[] = [400, 421];

/** Statuses that speak of load, of limits or of a proxy on the way rather than of the path. */
const OF_LOAD_OR_PROXY: readonly number[] = [407, 408, 413, 425, 429, 431];

function judge(readings: Readings): readonly Verdict[] {
  const seen = statusSightings(readings, (status) => status < 500 && !OF_OTHER_CAUSES.includes(status));
  return seen.length > 0 ? seen.map((sighting) => judgeSighting(readings, sighting)) : [notSeenInStatus(readings, id)];
}

function judgeSighting(readings: Readings, sighting: StatusSighting): Verdict {
  const { target, example, status } = sighting;
  const again = probeRead(
    target,
    example,
    `The answer of ${example.address} to the probe's own request, with its headers.`,
  );
  const base = {
    cause: id,
    scope: scopeOfSighting(readings, sighting),
    fix: [
      ...changeProbePath(
        readings,
        target,
        `Point the probe at a path that answers a plain GET with an accepted status.`,
      ),
      ...acceptStatus(
        readings,
        target,
        status,
        `Or accept ${status}, where that is what this path answers when all is well.`,
      ),
    ],
  };
  const because: Citation[] = [citeStatus(sighting), ...citeProbe(target, example)];
  if (sighting.healthy.length > 0)
    return { ...base, verdict: 'possible', because: [...because, ...citeHealthySibling(sighting)], missing: [again] };
  const range = acceptedRange(sighting);
  if (OF_HOST_OR_PROTOCOL.includes(status)) {
    const tried = triedOnDemand(readings, sighting);
    const tested = [...because, ...(tried?.because ?? [])];
    if (tried?.isSettled && tried.outcome === 'path' && range?.holds === false)
      return { ...base, verdict: 'confirmed', because: [...tested, range.citation], missing: [], weight: 2 };
    if (tried?.isSettled && tried.outcome === 'host')
      return { ...base, verdict: 'ruled-out', because: tested, missing: [], fix: [] };
    return { ...base, verdict: 'possible', because: tested, missing: [...withAnotherHost(readings, sighting), again] };
  }

  if (range?.holds)
    return { ...base, verdict: 'possible', because: [...because, range.citation], missing: [gatewayRead(readings)] };
  if (range?.holds === undefined)
    return { ...base, verdict: 'likely', because, missing: [gatewayRead(readings)], weight: 1 };
  const read = [...because, range.citation, ...citeRangeChanged(sighting)];
  if (OF_LOAD_OR_PROXY.includes(status))
    return { ...base, verdict: 'likely', because: read, missing: [again], weight: 1 };
  return { ...base, verdict: 'confirmed', because: read, missing: [], weight: 2 };
}

function withAnotherHost(readings: Readings, { target, example }: StatusSighting): readonly MissingRead[] {
  const host = '<host that clients use>';
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
