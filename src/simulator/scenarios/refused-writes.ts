import type { Scenario } from '../scenario.ts';
import { pods, tickets, ticketsGateway } from '../worlds/tickets.ts';

const TIDIED_UP = -95;
const ROLLED_OUT = -14;
const before = ['10.60.4.17', '10.60.4.31'] as const;
const after = ['10.60.4.22', '10.60.4.40'] as const;
const gateway = ticketsGateway(before.map((address) => ({ address })));

/** What the controller is told whenever it writes. */
const refusal = {
  operation: 'Microsoft.Network/applicationGateways/write',
  resource: `Microsoft.Network/applicationGateways/${gateway.name}`,
  by: 'application',
  error: {
    code: 'LinkedAuthorizationFailed',
    message:
      "The client has permission to perform action 'Microsoft.Network/applicationGateways/write' on the gateway, but does not have permission to perform action 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope.",
  },
} as const;

export const refusedWrites = {
  name: 'refused-writes',
  title: 'A controller that may not write any more',
  story:
    'Somebody tidied up role assignments an hour and a half ago, and the ingress controller lost its right on the subnet of the gateway. Since then every change that it makes is refused, and nobody noticed, because nothing had to change. Fourteen minutes ago a release moved the pods, and the pool still holds those of before.',
  expected: {
    established: true,
    anyOf: ['gateway-update-rejected'],
    at: ['likely', 'confirmed'],
    mayBeConfirmed: ['stale-pool-member'],
  },
  world: {
    ...tickets,
    gateway,
    hosts: [...pods(before, { untilMinute: ROLLED_OUT }), ...pods(after, { fromMinute: ROLLED_OUT })],
    network: {
      changes: [
        {
          atMinute: TIDIED_UP,
          operation: 'Microsoft.Authorization/roleAssignments/delete',
          resource: 'Microsoft.Authorization/roleAssignments/5d7f1b0a-6f0b-4d1c-9b7e-2a4c8e6f1d02',
          by: 'person',
        },
        { ...refusal, atMinute: -72 },
        { ...refusal, atMinute: -13 },
        { ...refusal, atMinute: -9 },
        { ...refusal, atMinute: -4 },
      ],
    },
  },
} as const satisfies Scenario;
