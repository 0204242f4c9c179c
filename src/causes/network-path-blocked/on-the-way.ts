import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Citation } from '../../core/verdict.ts';
import { citeCheck, reachableFromGateway, unreachableFromGateway } from '../../reasoning/connectivity.ts';
import { citeInterface } from '../../reasoning/member-interfaces.ts';
import { destinationOf, interfaceOf } from '../../reasoning/member-network.ts';
import { citePorts, observationsOfMember, portsOf } from '../../reasoning/probed-ports.ts';
import type { Unreached } from '../../reasoning/reachability.ts';

/** What tests on the way to the members show: from the gateway itself, and from inside the virtual network. */

/** A check from the gateway that arrived at every one of these members. */
export function citeArrivals(readings: Readings, { members, port }: Unreached): Citation | undefined {
  const checks = members.map((member) => reachableFromGateway(readings, destinationOf(readings, member, port)));
  const [first] = checks;
  if (!first || checks.includes(undefined)) return undefined;
  return citeCheck(first, 'A connection from the gateway itself arrives at the probed port, so the path is open.');
}

/** A private endpoint that the backend has not approved, or no longer has, drops everything, though its address is there. */
function shutEndpoint(readings: Readings, address: string, id: string | undefined): Citation | undefined {
  const endpoint = (readings.privateDns?.endpoints ?? []).find(
    (one) => (id !== undefined && sameName(one.id, id)) || one.addresses.some((own) => sameName(own, address)),
  );
  if (endpoint?.state === undefined || sameName(endpoint.state, 'Approved')) return undefined;
  const name = endpoint.name ?? endpoint.id;
  const quote = `"name": "${name}", "status": "${endpoint.state}"`;
  const says = `The connection of private endpoint ${name} is ${endpoint.state.toLowerCase()}, so it lets nothing through to ${address}.`;
  return { evidence: 'private-dns', quote, says };
}

export interface Met {
  readonly signs: readonly Citation[];
  readonly doubts: readonly Citation[];
}

/**
 * What tests add. A port that is open to others and closed to the gateway speaks for its path; after a mere timeout it
 * speaks for a slow application as well. A machine of which no port answers may also be one that does not run.
 */
export function metOnTheWay(readings: Readings, unreached: Unreached): Met {
  const signs: Citation[] = [];
  const doubts: Citation[] = [];
  const { target, members, port } = unreached;
  for (const member of members) {
    const lost = unreachableFromGateway(readings, destinationOf(readings, member, port));
    if (lost) signs.push(citeCheck(lost, `A connection from the gateway itself to ${member.address} does not arrive.`));
    const nic = interfaceOf(readings, target, member);
    if (nic?.powerState !== undefined && /^(deallocat|stopp)/.test(nic.powerState)) {
      doubts.push(citeInterface(nic, `The machine behind ${member.address} does not run.`));
    }
    const endpoint = shutEndpoint(readings, member.address, nic?.privateEndpointId);
    if (endpoint) signs.push(endpoint);
    const ports = portsOf(observationsOfMember(readings, member));
    const own = ports.find((seen) => (port === undefined ? seen.isConfigured : seen.port === port));
    if (!own) continue;
    const other = ports.find((seen) => seen !== own && (seen.state === 'open' || seen.state === 'refused'));
    const isBroken = observationsOfMember(readings, member).some(
      ({ tls }) => tls?.port === own.port && !tls.isHandshakeDone,
    );
    if (own.state === 'open' && isBroken) {
      const says = `Port ${own.port} of ${member.address} is open, and its handshake fails for another subnet as well.`;
      doubts.push(citePorts([own], says));
    } else if (own.state === 'open') {
      const isLost = unreached.isRefused || lost !== undefined;
      const says = isLost
        ? `Port ${own.port} of ${member.address} is open to another subnet of the network, so it is the gateway that does not get there.`
        : `Port ${own.port} of ${member.address} is open to another subnet of the network.`;
      (isLost ? signs : doubts).push(citePorts([own], says));
    } else if (own.state === 'refused') {
      const says = `${member.address} itself refuses connections to port ${own.port}, so the way to it is open.`;
      doubts.push(citePorts([own], says));
    } else if (other) {
      const says = `${member.address} answers on port ${other.port} from inside the network, so at most a rule for port ${own.port} is in the way.`;
      doubts.push(citePorts([own, other], says));
    } else if (ports.length >= 2) {
      signs.push(citePorts(ports, `No port of ${member.address} answers from inside the network either.`));
    }
  }
  return { signs: signs.slice(0, 3), doubts: doubts.slice(0, 2) };
}
