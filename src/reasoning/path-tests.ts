import type { FlowTest, HopTest, NetworkInterface } from '../core/network.ts';
import { isInside } from '../core/network-rules.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import type { Citation, MissingRead } from '../core/verdict.ts';
import { gatewayRanges } from './gateway-network.ts';

/** What Network Watcher calculates for a member that is a virtual machine: IP flow verify, and next hop. */

type Test = FlowTest | HopTest;

/** Whether the other end of a test is the gateway's: in its subnet, or asked about because it is. */
function isOfGateway(readings: Readings, { remoteAddress, gatewaySubnetId }: Test): boolean {
  if (gatewaySubnetId !== undefined)
    return (readings.gateway?.subnetIds ?? []).some((own) => sameName(own, gatewaySubnetId));
  return (
    remoteAddress !== undefined && gatewayRanges(readings).some((range) => isInside(remoteAddress, range) === true)
  );
}

function isAbout(
  { nicId, localAddress }: Test,
  nic: NetworkInterface | undefined,
  addresses: readonly string[],
): boolean {
  if (nicId !== undefined && nic) return sameName(nicId, nic.id);
  return localAddress !== undefined && addresses.some((address) => sameName(address, localAddress));
}

/** Whether the rules in front of a member let the gateway in at a port, as Network Watcher calculated it. */
export function flowFromGateway(
  readings: Readings,
  nic: NetworkInterface | undefined,
  addresses: readonly string[],
  port: number | undefined,
): FlowTest | undefined {
  return readings.pathTests?.flows.find(
    (test) =>
      isAbout(test, nic, addresses) &&
      isOfGateway(readings, test) &&
      test.direction === 'inbound' &&
      port !== undefined &&
      test.localPort === port,
  );
}

/** A denial that does not say whose it is, where it is the only one: `az` prints the verdict and the rule alone. */
export function namelessDenial({ pathTests }: Readings): FlowTest | undefined {
  const [only, ...others] = pathTests?.flows ?? [];
  if (!only || others.length > 0 || only.access !== 'deny') return undefined;
  return only.nicId === undefined && only.localAddress === undefined ? only : undefined;
}

/** Where a member's answers to the gateway go, as Network Watcher calculated it. */
export function hopToGateway(
  readings: Readings,
  nic: NetworkInterface | undefined,
  addresses: readonly string[],
): HopTest | undefined {
  return readings.pathTests?.hops.find((test) => isAbout(test, nic, addresses) && isOfGateway(readings, test));
}

export function citeFlow({ access, rule = '' }: FlowTest, says: string): Citation {
  const word = access === 'deny' ? 'Deny' : 'Allow';
  return { evidence: 'ip-flow', quote: `"access": "${word}", "ruleName": "${rule}"`, says };
}

/**
 * The calculation to ask for. It takes an address of the gateway's subnet and a virtual machine, so the collector is named
 * only where both are known; and it takes several calls, so only after the effective rules or routes have been tried.
 */
export function pathTestRead(
  readings: Readings,
  nic: NetworkInterface | undefined,
  address: string,
  port: number | undefined,
): readonly MissingRead[] {
  const machine = nic?.machineId;
  if (machine === undefined || !/\/virtualmachines\/[^/]+$/i.test(machine) || /scalesets/i.test(machine)) return [];
  if (!readings.evidence.some(({ name }) => name === 'effective-nsg' || name === 'effective-routes')) return [];
  const from = gatewayRanges(readings)[0]?.replace(/\/\d+$/, '') ?? '<address in the gateway subnet>';
  return [
    {
      ...(gatewayRanges(readings).length > 0 ? { evidence: 'ip-flow' } : {}),
      read: `Network Watcher's calculation for ${address}: whether its rules let the gateway in, and where its routes take the answer.`,
      command: command(
        ...['az', 'network', 'watcher', 'test-ip-flow', '--direction', 'Inbound', '--protocol', 'TCP'],
        ...['--vm', machine, '--local', `${address}:${port ?? '<port>'}`, '--remote', `${from}:60000`],
      ),
    },
  ];
}
