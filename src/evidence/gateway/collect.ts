import type { Collector } from '../evidence-kind.ts';
import { rawBodyOf } from '../raw-body.ts';

export const collector: Collector = {
  deadlineMs: 20_000,
  asks: 'GET .../applicationGateways',
  rights: ['Microsoft.Network/applicationGateways/read'],
  collect: async ({ gateway, clients, abort }) => {
    const client = await clients.network(gateway.subscription);
    return rawBodyOf((onResponse) =>
      client.applicationGateways.get(gateway.resourceGroup, gateway.name, { abortSignal: abort, onResponse }),
    );
  },
};
