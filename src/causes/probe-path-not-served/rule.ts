import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import type { Citation, Verdict } from '../../core/verdict.ts';
import { changeProbePath } from '../../reasoning/probe-fix.ts';
import {
  citeProbe,
  hostDoubt,
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
import { triedDirectly } from '../../reasoning/tried-directly.ts';
import { type TriedOnDemand, triedOnDemand } from '../../reasoning/tried-on-demand.ts';

const id = 'probe-path-not-served';

export const probePathNotServed = {
  id,
  title: 'The probe asks for a path that the backend does not serve',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'on-demand-health', 'probe-results'],
  meaning:
    'The backend is reachable and answers, but it answers the probe with 404, so the gateway counts it as down. The ' +
    'application itself may be fine: what it lacks is the one path that the probe asks for. The default probe asks for /, ' +
    'which many APIs do not serve.',
  confirmedBy:
    "The probe receives 404, while a request to the same member with the same protocol, port and Host, but another path, receives 2xx: another probe of the gateway, a test of the gateway's own, or a request from inside the virtual network. A test counts where the probe's own request still receives 404 in the same run, and no other Host that the gateway knows brings the path.",
  ruledOutBy: 'No probe receives 404, or the same path is answered with 2xx when it is asked for with another Host.',
  doNot: [
    'Do not add 404 to the accepted status codes: a backend that serves nothing at all would then count as healthy.',
    'Do not look at network rules or restart the gateway: the backend was reached and has answered.',
  ],
  prevention: [
    'Give every application a health path that is part of its contract, and test that path in its own deployment pipeline.',
    'Deploy the probe together with the application that it asks.',
  ],
  blindSpots: [
    'A 404 because of the Host header looks the same. Only the same request with another Host tells the two apart.',
    'An ingress in front of the application answers its own 404 for a host or path that no route names.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const seen = statusSightings(readings, (status) => status === 404);
  return seen.length > 0 ? seen.map((sighting) => judgeSighting(readings, sighting)) : [notSeenInStatus(readings, id)];
}

function judgeSighting(readings: Readings, sighting: StatusSighting): Verdict {
  const { target, example } = sighting;
  const base = {
    cause: id,
    scope: scopeOfSighting(readings, sighting),
    missing: missingReads(readings, sighting),
    fix: fixFor(readings, sighting),
  };
  const because: Citation[] = [citeStatus(sighting), ...citeProbe(target, example)];
  if (sighting.healthy.length > 0)
    return { ...base, verdict: 'possible', because: [...because, ...citeHealthySibling(sighting)] };

  const others = answeredProbes(readings, target, example);
  const samePath = others.find((other) => isSamePath(sighting, other) && !isSameHost(sighting, other));
  if (samePath)
    return { ...base, verdict: 'ruled-out', because: [...because, ...citeOtherProbe(samePath)], missing: [], fix: [] };
  const otherPath = others.find((other) => !isSamePath(sighting, other) && isSameHost(sighting, other));
  if (otherPath)
    return {
      ...base,
      verdict: 'confirmed',
      because: [...because, ...citeOtherProbe(otherPath)],
      missing: [],
      weight: 3,
    };

  const tries = sighting.members.flatMap((member) => triedDirectly(readings, { ...sighting, example: member }) ?? []);
  // Where members answered differently, what speaks against the path counts.
  const direct = ['passes', 'host', 'path'].flatMap((outcome) => tries.filter((one) => one.outcome === outcome))[0];
  const onDemand = triedOnDemand(readings, sighting);
  // What confirms goes first: what speaks against it is other evidence, and must not be what keeps it from being confirmed.
  const proofs = [...(direct?.outcome === 'path' ? [direct] : []), ...(isProof(onDemand) ? [onDemand] : [])];
  if (proofs.length > 0) {
    const cited = [...because, ...proofs.flatMap((proof) => proof.because)];
    return {
      ...base,
      verdict: 'confirmed',
      because: cited,
      missing: [],
      fix: fixFor(readings, sighting, onDemand),
      weight: 3,
    };
  }
  const told = [direct, onDemand].filter((one) => one !== undefined);
  const cited = [...because, ...told.flatMap((one) => one.because)];
  if (direct?.outcome === 'host' || (onDemand?.outcome === 'host' && onDemand.isSettled))
    return { ...base, verdict: 'ruled-out', because: cited, missing: [], fix: [] };
  if (direct?.outcome === 'passes' || onDemand?.outcome === 'otherwise' || onDemand?.outcome === 'host')
    return { ...base, verdict: 'possible', because: cited };
  if (onDemand?.outcome === 'path')
    return { ...base, verdict: 'likely', because: cited, fix: fixFor(readings, sighting, onDemand), weight: 3 };
  // Every path and Host brings the same 404, which says nothing of this path; unless the Host tried is the member's own name.
  const isOwnName = sameName(onDemand?.value ?? '', example.address);
  if (onDemand?.outcome === 'everywhere' && !isOwnName) return { ...base, verdict: 'possible', because: cited };
  const doubt = isOwnName ? undefined : hostDoubt(target, example);
  if (doubt) return { ...base, verdict: 'possible', because: [...cited, { ...citeStatus(sighting), says: doubt }] };
  // A custom probe names the path on purpose; of the default probe, both path and Host are only assumptions.
  const weight = probeRequestOf(target)?.probeName === undefined ? 1 : 2;
  return { ...base, verdict: 'likely', because: cited, weight };
}

function isProof(tried: TriedOnDemand | undefined): tried is TriedOnDemand {
  return tried?.outcome === 'path' && tried.isSettled;
}

function fixFor(readings: Readings, { target }: StatusSighting, tried?: TriedOnDemand): Verdict['fix'] {
  if (tried?.outcome !== 'path' || tried.value === undefined)
    return changeProbePath(readings, target, 'Point the probe at a path that the backend serves without a login.');
  const text = `Point the probe at a path that the backend serves without a login. ${tried.value} is one; better is a health path of its own.`;
  return changeProbePath(readings, target, text, tried.value);
}

function isSamePath({ target }: StatusSighting, { request }: OtherProbe): boolean {
  return probeRequestOf(target)?.path === request.path;
}

function isSameHost({ target, example }: StatusSighting, { host }: OtherProbe): boolean {
  const own = probeHostOf(target, example);
  return own !== undefined && host !== undefined && sameName(own, host);
}

function missingReads(readings: Readings, { target, example }: StatusSighting): Verdict['missing'] {
  const otherPath = '/<path that clients use>';
  return [
    ...testProbeRead(
      readings,
      target,
      { changed: 'path', value: otherPath },
      `What the members of ${target.pool} answer to the gateway's own test with another path, and with another Host.`,
    ),
    probeRead(target, example, `What ${example.address} answers to the probe's own request with another path.`, {
      path: otherPath,
    }),
    probeRead(target, example, `What ${example.address} answers on the probe's path with another Host.`, {
      host: '<host that clients use>',
    }),
  ];
}
