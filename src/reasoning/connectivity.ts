import type { ConnectivityCheck, ConnectivityHop, ConnectivityIssue } from '../core/network.ts';
import type { Readings } from '../core/readings.ts';
import { parseGatewayId, sameName } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import { gatewayNames } from '../core/targets.ts';
import type { Citation, MissingRead } from '../core/verdict.ts';

/** What Network Watcher's connectivity check says of the way to a member: whether it arrives, and what stops it where. */

export interface Finding {
  readonly check: ConnectivityCheck;
  readonly hop: ConnectivityHop;
  readonly issue: ConnectivityIssue;
  readonly at: 'source' | 'between' | 'destination';
  /** Whether the check started at this gateway; undefined where it does not say where it started. */
  readonly isFromGateway: true | undefined;
}

/** Where a member is: its own address, and what its name resolves to. */
export interface Destination {
  readonly addresses: readonly string[];
  readonly port?: number;
}

/** The checks that went to a destination. `az` prints no port, so a check without one stands for the port asked about. */
function checksTo(readings: Readings, { addresses, port }: Destination): readonly ConnectivityCheck[] {
  return (readings.connectivity ?? []).filter((check) => {
    const isPort = check.destinationPort === undefined || port === undefined || check.destinationPort === port;
    const end = check.hops.at(-1)?.address;
    const named = [check.destination, end].filter((name) => name !== undefined);
    return isPort && named.some((name) => addresses.some((address) => sameName(address, name)));
  });
}

/** The issues of one kind that kept checks to this destination from arriving. */
export function issuesTo(readings: Readings, destination: Destination, kind: RegExp): readonly Finding[] {
  return checksTo(readings, destination)
    .filter(isUnreachable)
    .flatMap((check) =>
      check.hops.flatMap((hop, index) =>
        hop.issues
          .filter((issue) => kind.test(issue.type) && !/^warning$/i.test(issue.severity ?? ''))
          .map((issue) => ({
            check,
            hop,
            issue,
            at: placeOf(check, hop, index, destination),
            isFromGateway: startsAtGateway(readings, check),
          })),
      ),
    );
}

function placeOf(check: ConnectivityCheck, hop: ConnectivityHop, index: number, to: Destination): Finding['at'] {
  if (/^source$/i.test(hop.type ?? '') || (index === 0 && check.hops.length > 1)) return 'source';
  if (to.addresses.some((address) => hop.address !== undefined && sameName(address, hop.address))) return 'destination';
  const isLast = index === check.hops.length - 1;
  return isLast && !/appliance/i.test(hop.type ?? '') ? 'destination' : 'between';
}

/** A check from this gateway to the destination that did not arrive, whatever stopped it. */
export function unreachableFromGateway(readings: Readings, to: Destination): ConnectivityCheck | undefined {
  return checksTo(readings, to).find((check) => isUnreachable(check) && startsAtGateway(readings, check));
}

/** A check from this gateway that arrived at the very port: nothing on the path blocks it. */
export function reachableFromGateway(readings: Readings, to: Destination): ConnectivityCheck | undefined {
  return checksTo(readings, to).find(
    (check) => /^(reachable|connected)$/i.test(check.status) && startsAtGateway(readings, check),
  );
}

function isUnreachable({ status }: ConnectivityCheck): boolean {
  return /^(unreachable|disconnected)$/i.test(status);
}

function startsAtGateway(readings: Readings, check: ConnectivityCheck): true | undefined {
  const { name } = gatewayNames(readings);
  const source = check.sourceId ?? check.hops[0]?.resourceId ?? '';
  const gateway = parseGatewayId(source);
  return gateway && name !== undefined && sameName(gateway.name, name) ? true : undefined;
}

/** The addresses in its own subnet that the gateway sent checks from. */
export function gatewayAddresses(readings: Readings): readonly string[] {
  return (readings.connectivity ?? []).flatMap((check) => {
    const [first] = check.hops;
    const isSource = first?.address !== undefined && /^source$/i.test(first.type ?? '');
    return isSource && startsAtGateway(readings, check) ? [first.address] : [];
  });
}

/** A value of the issue's context, which comes as `{ "key": "RuleName", "value": "..." }` or as `{ "RuleName": "..." }`. */
export function contextOf({ context }: ConnectivityIssue, name: string): string | undefined {
  for (const pair of context) {
    if (pair.key !== undefined && sameName(pair.key, name)) return pair.value;
    const key = Object.keys(pair).find((candidate) => sameName(candidate, name));
    if (key !== undefined) return pair[key];
  }
  return undefined;
}

export function citeFinding({ issue }: Finding, says: string, detail?: string): Citation {
  const origin = issue.origin === undefined ? '' : `, "origin": "${issue.origin}"`;
  return {
    evidence: 'connectivity-check',
    quote: `"type": "${issue.type}"${origin}${detail === undefined ? '' : `, "value": "${detail}"`}`,
    says,
  };
}

export function citeCheck(check: ConnectivityCheck, says: string): Citation {
  return { evidence: 'connectivity-check', quote: `"connectionStatus": "${check.status}"`, says };
}

/** The check to run: from the gateway itself to a member. It does not work for a v1 or a network-isolated gateway. */
export function connectivityRead(readings: Readings, address: string, port: number | undefined): MissingRead {
  const { id: gatewayId = '<gateway resource id>', resourceGroup = '<resource-group>' } = gatewayNames(readings);
  return {
    evidence: 'connectivity-check',
    read: `A connection test from the gateway itself to ${address}, which names the hop and the rule that stops it.`,
    command: command(
      ...['az', 'network', 'watcher', 'test-connectivity', '--resource-group', resourceGroup],
      ...['--source-resource', gatewayId, '--dest-address', address, '--protocol', 'Tcp'],
      ...['--dest-port', port === undefined ? '<port>' : String(port)],
    ),
  };
}
