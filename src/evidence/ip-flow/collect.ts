import type { NetworkManagementClient } from '@azure/arm-network';
import { addressAt } from '../../core/address-range.ts';
import type { NetworkInterface } from '../../core/network.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import { endingEarly } from '../ending-early.ts';
import { type CollectContext, type Collector, NothingToAsk, type Part, Parts } from '../evidence-kind.ts';
import { interfacesInQuestion } from '../interfaces-in-question.ts';
import { isObject } from '../json.ts';
import { rawResultOf } from '../long-running.ts';
import { addressesBehind, isIpv4, membersInQuestion } from '../members-in-question.ts';
import { watcherIn } from '../network-watcher.ts';
import { partNames } from '../part-names.ts';
import { unreadableAnswer } from '../raw-body.ts';
import { type ResourceIdParts, resourceIn } from '../resource-ids.ts';

/** Each takes two calls and their polls. */
const MAX_MACHINES = 2;
const MAX_MEMBERS = 20;
const deadlineMs = 80_000;

/**
 * Asks Network Watcher, which evaluates the rules and routes that are really in force, whether a packet from the gateway's
 * subnet gets into a member's interface and where the answer would go. It sends nothing: it is a calculation. Only
 * virtual machines with IPv4 addresses can be asked about.
 */
export const collector: Collector = {
  deadlineMs,
  asks: 'POST .../networkWatchers/ipFlowVerify and nextHop, then poll',
  rights: [
    'Microsoft.Network/networkWatchers/read',
    'Microsoft.Network/networkWatchers/ipFlowVerify/action',
    'Microsoft.Network/networkWatchers/nextHop/action',
    'Microsoft.Compute/virtualMachines/read',
    'Microsoft.Network/networkInterfaces/read',
    'Microsoft.ResourceGraph/resources/read',
  ],
  collect: async (asked) => {
    const context = endingEarly(asked, deadlineMs);
    const from = gatewayEnd(context.readings);
    if (!from) throw new NothingToAsk('the address range of the gateway subnet is not known');
    const machines = machinesInQuestion(context.readings, await interfacesInQuestion(context));
    const [first] = machines;
    if (!first) throw new NothingToAsk('no member in trouble is a virtual machine that runs, at a port that is known');
    const location = first.nic.location ?? context.readings.gateway?.location;
    if (location === undefined) throw new NothingToAsk('the region of the members is not known');
    const watcher = await watcherIn(context, first.machine.subscription, location);
    const names = partNames(machines.map(({ nic }) => nic.name ?? 'interface'));
    const tests = machines.flatMap((machine, index) => {
      const name = names[index] ?? 'interface';
      return [
        flowOf(context, watcher, machine, from, `${name}-flow`),
        hopOf(context, watcher, machine, from, `${name}-hop`),
      ];
    });
    return new Parts(await Promise.all(tests));
  },
};

interface GatewayEnd {
  readonly address: string;
  readonly subnetId: string;
}

/** An address in the gateway's subnet, from which its packets come: the first that Azure hands out in the range. */
function gatewayEnd({ gateway, networks = [] }: Readings): GatewayEnd | undefined {
  for (const subnetId of gateway?.subnetIds ?? []) {
    const subnet = networks.flatMap(({ subnets }) => subnets).find(({ id }) => sameName(id, subnetId));
    // Azure keeps the first four addresses of a subnet for itself.
    const address = subnet?.prefixes.map((prefix) => addressAt(prefix, 4)).find((one) => one && isIpv4(one));
    if (address !== undefined) return { address, subnetId };
  }
  return undefined;
}

interface Machine {
  readonly nic: NetworkInterface;
  readonly machine: ResourceIdParts;
  readonly address: string;
  readonly port: number;
}

/** The machines behind the members in trouble, in the region of the first: a watcher answers for its own region only. */
function machinesInQuestion(readings: Readings, interfaces: readonly NetworkInterface[]): readonly Machine[] {
  const found = new Map<string, Machine>();
  for (const { member, port } of membersInQuestion(readings, MAX_MEMBERS)) {
    const addresses = addressesBehind(readings, member.address);
    const nic = interfaces.find((one) => one.addresses.some((address) => addresses.includes(address)));
    const machine = resourceIn(nic?.machineId ?? '', 'virtualMachines');
    const address = nic?.addresses.find((one) => addresses.includes(one));
    if (!nic || !machine || address === undefined || port === undefined) continue;
    if (nic.powerState !== undefined && nic.powerState !== 'running') continue;
    if (!found.has(nic.id.toLowerCase())) found.set(nic.id.toLowerCase(), { nic, machine, address, port });
  }
  const [first, ...others] = found.values();
  return first
    ? [first, ...others.filter(({ nic }) => nic.location === first.nic.location)].slice(0, MAX_MACHINES)
    : [];
}

function flowOf(
  context: CollectContext,
  watcher: ResourceIdParts,
  { nic, machine, address, port }: Machine,
  from: GatewayEnd,
  part: string,
): Promise<Part> {
  const parameters = {
    targetResourceId: machine.id,
    direction: 'Inbound',
    protocol: 'TCP',
    localIPAddress: address,
    localPort: String(port),
    remoteIPAddress: from.address,
    // The gateway connects from changing high ports; any of them does.
    remotePort: '60000',
    targetNicResourceId: nic.id,
  };
  return test(
    context,
    part,
    { ...parameters, gatewaySubnetId: from.subnetId },
    (client, options) => client.networkWatchers.verifyIPFlow(watcher.resourceGroup, watcher.name, parameters, options),
    watcher.subscription,
  );
}

function hopOf(
  context: CollectContext,
  watcher: ResourceIdParts,
  { nic, machine, address }: Machine,
  from: GatewayEnd,
  part: string,
): Promise<Part> {
  const parameters = {
    targetResourceId: machine.id,
    sourceIPAddress: address,
    destinationIPAddress: from.address,
    targetNicResourceId: nic.id,
  };
  return test(
    context,
    part,
    { ...parameters, gatewaySubnetId: from.subnetId },
    (client, options) => client.networkWatchers.getNextHop(watcher.resourceGroup, watcher.name, parameters, options),
    watcher.subscription,
  );
}

async function test(
  { clients, abort }: CollectContext,
  part: string,
  asked: Readonly<Record<string, string>>,
  begin: (
    client: NetworkManagementClient,
    options: Parameters<Parameters<typeof rawResultOf>[2]>[0],
  ) => ReturnType<Parameters<typeof rawResultOf>[2]>,
  subscription: string,
): Promise<Part> {
  try {
    const client = await clients.network(subscription);
    const body = await rawResultOf(client, abort, (options) => begin(client, options));
    if (!isObject(body)) throw unreadableAnswer('the service answered with something else than a result');
    return { part, raw: { ...body, asked } };
  } catch (error) {
    return { part, error };
  }
}
