import type { RequestObservation } from '../core/prober.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import type { Citation } from '../core/verdict.ts';
import { probeHostOf, probeRequestOf } from './probe-request.ts';
import type { StatusSighting } from './probe-status.ts';
import { citeRequest, isWellAnswered, observationOf, requestsOfKind } from './prober-observations.ts';

/** What the prober was answered by a member on the probe's path, on other paths, and under other Hosts. */

export interface Tried {
  /**
   * `path`: another path is answered under the same Host, and this path under no Host. `host`: this path is answered
   * under another Host. `passes`: the member answers the probe's own request by now.
   */
  readonly outcome: 'path' | 'host' | 'passes';
  readonly because: readonly Citation[];
}

/** Undefined where the prober did not ask as the probe does, or where what it met leaves path and Host open. */
export function triedDirectly(readings: Readings, { target, example }: StatusSighting): Tried | undefined {
  const observation = observationOf(readings, target, example);
  const own = probeRequestOf(target);
  const host = probeHostOf(target, example);
  const [probe] = requestsOfKind(observation, 'probe');
  if (!own || host === undefined || !probe || probe.path !== own.path || !sameName(probe.host ?? host, host))
    return undefined;
  if (isWellAnswered(probe)) {
    const says = `${example.address} answers the probe's own request by now.`;
    return { outcome: 'passes', because: [citeRequest(probe, says)] };
  }
  if (probe.status !== 404) return undefined;
  const otherHosts = [...requestsOfKind(observation, 'other-host'), ...requestsOfKind(observation, 'live-host')].filter(
    (request) => request.path === probe.path && request.host !== undefined && !sameName(request.host, host),
  );
  const served = otherHosts.find(isWellAnswered);
  if (served) {
    const says = `The same path is answered under Host ${served.host}, so the Host is what is not served.`;
    return { outcome: 'host', because: [citeRequest(served, says)] };
  }
  const otherPath = requestsOfKind(observation, 'other-path').find(
    (request) => isWellAnswered(request) && request.path !== probe.path && sameName(request.host ?? host, host),
  );
  if (!otherPath || hasUntriedHost(readings, host, otherHosts)) return undefined;
  const because = [
    citeRequest(probe, 'The same request from inside the virtual network is answered 404 as well.'),
    citeRequest(otherPath, 'Another path is answered, under the same Host.'),
    ...otherHosts.slice(0, 1).map((request) => citeRequest(request, 'Another Host does not make the path known.')),
  ];
  return { outcome: 'path', because };
}

/**
 * A default site may answer / under any Host while the path lives under another one. So every Host that the gateway's
 * own configuration knows has to have been tried before the path is blamed; a wildcard cannot be tried.
 */
function hasUntriedHost({ gateway }: Readings, host: string, tried: readonly RequestObservation[]): boolean {
  const known = [
    ...(gateway?.listeners.flatMap(({ hostNames }) => hostNames) ?? []),
    ...(gateway?.settings.flatMap(({ hostName }) => hostName ?? []) ?? []),
  ].filter((name) => !name.includes('*') && !sameName(name, host));
  // One of them is enough: a site that knows the clients' names knows them together.
  return known.length > 0 && !tried.some((request) => known.some((name) => sameName(name, request.host ?? '')));
}
