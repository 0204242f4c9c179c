import { type Answer, armError, ok } from './answer.ts';
import { type Interface, interfacesAt, networkOf, routeTableId } from './network.ts';
import { decidingRule, takenRoute } from './packet-filter.ts';
import type { World } from './world.ts';

/** Network Watcher's calculations for a machine: which rule decides about a packet, and where its routes lead. */

export function verifyFlow(world: World, body: unknown, minute: number): Answer {
  const asked = fieldsOf(body);
  const port = Number(asked.localPort);
  if (!['Inbound', 'Outbound'].includes(asked.direction ?? '') || !Number.isInteger(port)) {
    return armError(400, 'InvalidRequestFormat', 'The direction and the local port are required.');
  }
  return ofMachine(world, asked, asked.localIPAddress, minute, ({ subnet }) => {
    const isInbound = asked.direction === 'Inbound';
    const [local = '', remote = ''] = [asked.localIPAddress, asked.remoteIPAddress];
    const flow = {
      direction: isInbound ? ('Inbound' as const) : ('Outbound' as const),
      source: isInbound ? remote : local,
      destination: isInbound ? local : remote,
      port: isInbound ? port : Number(asked.remotePort),
    };
    const rule = decidingRule(networkOf(world), subnet, flow, minute);
    if (!rule) return { access: 'Allow', ruleName: '' };
    const kind = rule.priority >= 65_000 ? 'defaultSecurityRules' : 'securityRules';
    return { access: rule.access, ruleName: `${kind}/${rule.name}` };
  });
}

export function nextHop(world: World, body: unknown, minute: number): Answer {
  const asked = fieldsOf(body);
  return ofMachine(world, asked, asked.sourceIPAddress, minute, ({ subnet }) => {
    const { table, route, hop } = takenRoute(networkOf(world), subnet, asked.destinationIPAddress ?? '', minute);
    return {
      nextHopType: hop,
      ...(route?.nextHopAddress === undefined ? {} : { nextHopIpAddress: route.nextHopAddress }),
      routeTableId: table === undefined ? 'System Route' : routeTableId(world, table),
    };
  });
}

function ofMachine(
  world: World,
  asked: Readonly<Record<string, string | undefined>>,
  address: string | undefined,
  minute: number,
  answer: (nic: Interface) => unknown,
): Answer {
  const isAsked = ({ machineId, id, host }: Interface) =>
    machineId.toLowerCase() === asked.targetResourceId?.toLowerCase() &&
    host.address === address &&
    (asked.targetNicResourceId === undefined || asked.targetNicResourceId.toLowerCase() === id.toLowerCase());
  const nic = interfacesAt(world, minute).find(isAsked);
  if (!nic || nic.host.scaleSet !== undefined) {
    return armError(404, 'ResourceNotFound', 'The target, or an interface of it with this address, was not found.');
  }
  return nic.isRunning
    ? ok(answer(nic))
    : armError(400, 'TargetVirtualMachineNotRunning', 'The target has to run for this to be told.');
}

function fieldsOf(body: unknown): Readonly<Record<string, string | undefined>> {
  return (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, string | undefined>>;
}
