import type { Member } from '../../core/backend-health.ts';
import { seriesOf } from '../../core/metrics.ts';
import type { NetworkInterface } from '../../core/network.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import { type Target, trafficOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { endpointsOf, isServed, spanOf } from '../../reasoning/from-access-log.ts';
import { isPrivateAddress, resourceName } from '../../reasoning/member-interfaces.ts';
import { privateEndpointsFor } from '../../reasoning/private-names.ts';
import { observationsOfMember } from '../../reasoning/probed-ports.ts';

/** Where a member's name leads, by the network's DNS and by the gateway's own log, and where it should lead. */

/** What the prober resolved the name to, with the network's DNS. */
export function resolvedTo(readings: Readings, member: Member): readonly string[] {
  return [...new Set(observationsOfMember(readings, member).flatMap(({ resolution }) => resolution?.addresses ?? []))];
}

export interface Routed {
  readonly address: string;
  readonly groups: readonly TrafficGroup[];
  readonly isFailing: boolean;
}

/**
 * Where the gateway itself sent the latest requests for a name. Only of a pool with a single member can it be told whose
 * the address is.
 */
export function routedTo(readings: Readings, target: Target): Routed | undefined {
  if (target.members.length !== 1) return undefined;
  const byAddress = new Map<string, TrafficGroup[]>();
  for (const group of trafficOf(readings, target)) {
    const address = endpointsOf(group).at(-1)?.address;
    if (address !== undefined && isIpAddress(address))
      byAddress.set(address, [...(byAddress.get(address) ?? []), group]);
  }
  const [latest] = [...byAddress].toSorted(
    ([a, left], [b, right]) =>
      (spanOf(right)?.to ?? 0) - (spanOf(left)?.to ?? 0) || requestsIn(right) - requestsIn(left) || (a < b ? -1 : 1),
  );
  if (!latest) return undefined;
  const [address, groups] = latest;
  const served = groups.filter((group) => isServed(group) && (group.serverStatus ?? 0) < 400);
  return { address, groups, isFailing: requestsIn(served) * 2 < requestsIn(groups) };
}

export function isPublicAddress(address: string): boolean {
  return isIpAddress(address) && !isPrivateAddress(address) && !address.includes(':');
}

/** Shorter labels (`api`, `web`) are part of too many names to mean one resource. */
const MIN_LABEL = 5;

/**
 * The interfaces of private endpoints for a backend. Surely those that stand for the very name, or belong to an endpoint
 * that was made for it; where there is none, those that are named after it: `pe-shop-api` or `shop-api-pe.nic.<guid>` for
 * `shop-api.azurewebsites.net`.
 */
export function endpointsFor(readings: Readings, name: string): readonly NetworkInterface[] {
  const exact = exactEndpointsFor(readings, name);
  return exact.length > 0 ? exact : endpointsNamedAfter(readings, name);
}

/** Those that are known to lead to the backend, and do not merely sound like it. */
export function exactEndpointsFor(readings: Readings, name: string): readonly NetworkInterface[] {
  const made = privateEndpointsFor(readings, name);
  return (readings.interfaces ?? []).filter(
    ({ id, fqdns = [], privateEndpointId }) =>
      fqdns.some((fqdn) => sameName(fqdn, name)) ||
      made.some(
        (endpoint) =>
          (privateEndpointId !== undefined && sameName(endpoint.id, privateEndpointId)) ||
          endpoint.interfaceIds.some((own) => sameName(own, id)),
      ),
  );
}

/** An interface that says what it stands for is not one that merely sounds like something else. */
function endpointsNamedAfter({ interfaces }: Readings, name: string): readonly NetworkInterface[] {
  const label = name.split('.')[0]?.toLowerCase() ?? '';
  if (label.length < MIN_LABEL) return [];
  return (interfaces ?? []).filter(({ privateEndpointId, name: nicName, fqdns }) => {
    if (privateEndpointId === undefined || fqdns !== undefined) return false;
    const names = `${resourceName(privateEndpointId)} ${nicName ?? ''}`.toLowerCase();
    const at = names.indexOf(label);
    const isEdge = (character: string | undefined) => character === undefined || !/[a-z0-9]/.test(character);
    return at >= 0 && isEdge(names[at - 1]) && isEdge(names[at + label.length]);
  });
}

/**
 * The gateway counts every address of a name as a host of its own. More hosts than members, some of them well and some
 * not, mean that a name leads to several addresses that do not all serve.
 */
export function citeHostCounts({ metrics }: Readings, { pool, setting, members }: Target): readonly Citation[] {
  const latest = (metric: string) => {
    const [series] = seriesOf(metrics, metric).filter(({ dimensions }) =>
      sameName(dimensions.backendsettingspool ?? '', `${pool}~${setting}`),
    );
    const point = series?.points.at(-1);
    return point?.average ?? point?.maximum;
  };
  const [healthy, unhealthy] = [latest('HealthyHostCount'), latest('UnhealthyHostCount')];
  if (healthy === undefined || unhealthy === undefined || healthy < 1 || unhealthy < 1) return [];
  if (healthy + unhealthy <= members.length) return [];
  const says = `The gateway counts ${healthy + unhealthy} hosts for ${members.length} members: each address of a name is one, and not all serve.`;
  return [{ evidence: 'metrics', quote: `HealthyHostCount ${healthy}, UnhealthyHostCount ${unhealthy}`, says }];
}
