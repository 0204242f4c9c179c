import type { Readings } from '../../core/readings.ts';
import { gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import type { Citation, Verdict } from '../../core/verdict.ts';
import { acceptStatus, changeProbePath } from '../../reasoning/probe-fix.ts';
import { citeProbe, probeRead } from '../../reasoning/probe-request.ts';
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
import { type TriedOnDemand, triedOnDemand } from '../../reasoning/tried-on-demand.ts';

const id = 'probe-redirected';

export const probeRedirected = {
  id,
  title: 'The probe is redirected, and its accepted status codes leave redirects out',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'on-demand-health'],
  meaning:
    'The backend answers the probe with a redirect, to https, to another host or to a login page. A probe does not follow ' +
    'redirects. The default range of 200-399 would accept one; this probe has a narrower range, so the member counts as down.',
  confirmedBy: 'The probe receives 301, 302, 303, 307 or 308, and the accepted status codes, read too, do not hold it.',
  ruledOutBy: 'No probe receives a redirect.',
  doNot: [
    'Do not widen the range to 200-399 before the target of the redirect is known: a login page would then pass for health.',
  ],
  prevention: [
    'Give the application a health path that answers 200 itself, outside its redirects to https and to the login.',
  ],
  blindSpots: ['Where the redirect leads is not part of backend health.'],
  judge,
} satisfies Rule;

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

function judge(readings: Readings): readonly Verdict[] {
  const seen = statusSightings(readings, (status) => REDIRECTS.includes(status));
  return seen.length > 0 ? seen.map((sighting) => judgeSighting(readings, sighting)) : [notSeenInStatus(readings, id)];
}

function judgeSighting(readings: Readings, sighting: StatusSighting): Verdict {
  const { target, example, status } = sighting;
  const onDemand = triedOnDemand(readings, sighting);
  const location = probeRead(
    target,
    example,
    `The Location header of the answer of ${example.address}: where the redirect leads.`,
  );
  const base = {
    cause: id,
    scope: scopeOfSighting(readings, sighting),
    fix: [
      {
        text: 'See where the redirect leads, in its Location header. One that leads to https asks for a probe over https.',
        command: location.command,
      },
      ...changeProbePath(
        readings,
        target,
        'Point the probe at the path that answers in the end, or at one that answers without a redirect.',
        onDemand?.outcome === 'path' ? onDemand.value : undefined,
      ),
      ...acceptStatus(
        readings,
        target,
        status,
        `Or accept ${status}, where the redirect itself shows that the application is well.`,
      ),
    ],
  };
  const because: Citation[] = [citeStatus(sighting), ...citeProbe(target, example), ...withoutRedirect(onDemand)];
  if (sighting.healthy.length > 0)
    return {
      ...base,
      verdict: 'possible',
      because: [...because, ...citeHealthySibling(sighting)],
      missing: [location],
    };
  const range = acceptedRange(sighting);
  if (range?.holds === false)
    return {
      ...base,
      verdict: 'confirmed',
      because: [...because, range.citation, ...citeRangeChanged(sighting)],
      missing: [],
      weight: 2,
    };
  if (range?.holds)
    return { ...base, verdict: 'possible', because: [...because, range.citation], missing: [gatewayRead(readings)] };
  return { ...base, verdict: 'likely', because, missing: [gatewayRead(readings), location], weight: 1 };
}

/** A test that was answered without a redirect says where the probe may go instead; the cause stays the same. */
function withoutRedirect(tried: TriedOnDemand | undefined): readonly Citation[] {
  return tried?.outcome === 'host' || tried?.outcome === 'path' ? tried.because : [];
}
