import type { Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { targetsOf } from '../../core/targets.ts';
import type { Citation, FixStep } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import {
  citeCheck,
  citeFinding,
  connectivityRead,
  contextOf,
  issuesTo,
  unreachableFromGateway,
} from '../../reasoning/connectivity.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { destinationOf, interfaceOf } from '../../reasoning/member-network.ts';
import type { Unreached } from '../../reasoning/reachability.ts';
import { fixFor } from './fix.ts';
import { type Detour, type Way, wayThere } from './paths.ts';

/** What speaks for a detour on the way to one member: a connectivity check, or a route that leads away. */
export interface Sign {
  readonly level: 'confirmed' | 'likely' | 'possible';
  readonly citations: readonly Citation[];
  readonly fix: readonly FixStep[];
}

/** `UserDefinedRoute` stands for routes of any origin; the others for a peering and for an appliance. */
const ROUTE_ISSUE = /^(userdefinedroute|vnetaccessnotallowed|ipforwardingnotenabled)$/i;

export function checkSign(readings: Readings, { port }: Unreached, member: Member): Sign | undefined {
  const to = destinationOf(readings, member, port);
  const found = issuesTo(readings, to, ROUTE_ISSUE);
  const finding = found.find(({ isFromGateway }) => isFromGateway) ?? found[0];
  const fix = [
    {
      text: `Correct what the check names on the way to ${member.address}: the route, the access of the peering, or IP forwarding on the appliance.`,
      command: connectivityRead(readings, member.address, port).command,
    },
  ];
  if (finding) {
    const from = finding.isFromGateway ? 'from the gateway' : 'whose start is not told';
    const says = `A connectivity check ${from} to ${member.address} is stopped by ${describeIssue(finding.issue.type)}.`;
    const detail = contextOf(finding.issue, 'RouteType');
    return {
      level: finding.isFromGateway ? 'confirmed' : 'likely',
      citations: [citeFinding(finding, says, detail)],
      fix,
    };
  }
  const lost = unreachableFromGateway(readings, to);
  const appliance = lost?.hops.find(({ type }) => /appliance/i.test(type ?? ''));
  if (!lost || !appliance || lost.hops.some(({ issues }) => issues.length > 0)) return undefined;
  const says = `A check from the gateway to ${member.address} leads through an appliance and does not arrive.`;
  return { level: 'likely', citations: [citeCheck(lost, says)], fix };
}

function describeIssue(type: string): string {
  if (/^vnetaccess/i.test(type)) return 'a peering that allows no access';
  return /^ipforwarding/i.test(type) ? 'an appliance that does not forward' : 'a route';
}

/** Whether both ways lead through one appliance: then somebody meant them to, and what it lets pass is not known. */
export function isSymmetric(there: Way, back: Way): boolean {
  if (typeof there === 'string' || typeof back === 'string') return false;
  const [out, home] = [there.route?.nextHopAddresses[0], back.route?.nextHopAddresses[0]];
  return out !== undefined && out === home;
}

export function detourSign(
  readings: Readings,
  unreached: Unreached,
  member: Member,
  way: Way,
  isMeant: boolean,
): Sign | undefined {
  if (typeof way === 'string') return undefined;
  const citation = citeDetour(way, member);
  const fix = [fixFor(readings, way)];
  if (isMeant) return { level: 'possible', citations: [citation], fix: [] };
  const odd = reachedAllTheSame(readings, unreached, member, way);
  if (odd) return { level: 'possible', citations: [citation, odd], fix: [] };
  // An appliance may let everything pass, so only a route to nowhere is a fault by itself.
  return { level: way.kind === 'drops' && way.isSure ? 'confirmed' : 'likely', citations: [citation], fix };
}

function citeDetour({ way, kind, evidence, route, table }: Detour, member: Member): Citation {
  if (kind === 'no-peering') {
    const says = `The routes of ${member.address} lead to no other network, and the gateway is in another one.`;
    return { evidence, quote: 'no active route with next hop VNetPeering', says };
  }
  const [prefix = ''] = route?.prefixes ?? [];
  const name = route?.name === undefined ? 'A route' : `Route ${route.name}`;
  const of = table?.name === undefined ? '' : ` of ${table.name}`;
  const to =
    kind === 'drops' ? 'leads nowhere' : `leads to ${route?.nextHopAddresses[0] ?? describeHop(route?.nextHopType)}`;
  const what =
    way === 'there' ? `for what the gateway sends to ${member.address}` : `for what ${member.address} answers`;
  return {
    evidence,
    quote: `"addressPrefix": "${prefix}", "nextHopType": "${route?.nextHopType ?? ''}"`,
    says: `${name}${of} ${to}, ${what}.`,
  };
}

export function describeHop(type: string | undefined): string {
  if (/^internet$/i.test(type ?? '')) return 'the Internet';
  return /gateway/i.test(type ?? '') ? 'a network gateway' : 'an appliance';
}

/** A member that answers although the same route takes its traffic: what stands at the next hop lets it pass. */
function reachedAllTheSame(
  readings: Readings,
  { target }: Unreached,
  member: Member,
  way: Detour,
): Citation | undefined {
  const subnets = interfaceOf(readings, target, member)?.subnetIds ?? [];
  for (const other of targetsOf(readings)) {
    const reached = other.members.find((candidate) => {
      if (!isIpAddress(candidate.address) || candidate.health !== 'healthy' || candidate.observed.kind !== 'answered')
        return false;
      if (way.way === 'there') {
        const its = wayThere({ ...readings, interfaces: [] }, other, candidate);
        return typeof its === 'object' && its.route === way.route;
      }
      const its = interfaceOf(readings, other, candidate)?.subnetIds ?? [];
      return its.some((subnet) => subnets.some((own) => own.toLowerCase() === subnet.toLowerCase()));
    });
    if (reached) return citeMember(reached, `${reached.address} is reached, though its traffic takes the same route.`);
  }
  return undefined;
}
