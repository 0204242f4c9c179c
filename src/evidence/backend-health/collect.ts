import type { Collector } from '../evidence-kind.ts';
import { rawResultOf } from '../long-running.ts';

/** Backend health is a long-running operation, which takes 30 to 60 seconds on a real gateway. */
export const collector: Collector = {
  deadlineMs: 70_000,
  asks: 'POST .../applicationGateways/backendhealth, then poll',
  rights: ['Microsoft.Network/applicationGateways/backendhealth/action'],
  collect: async ({ gateway, clients, abort }) => {
    const client = await clients.network(gateway.subscription);
    return rawResultOf(client, abort, (options) =>
      client.applicationGateways.backendHealth(gateway.resourceGroup, gateway.name, options),
    );
  },
};
