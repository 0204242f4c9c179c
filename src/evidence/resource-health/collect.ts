import type { Collector } from '../evidence-kind.ts';
import { rawBodyOf } from '../raw-body.ts';

export const collector: Collector = {
  deadlineMs: 20_000,
  asks: 'GET .../Microsoft.ResourceHealth/availabilityStatuses/current',
  rights: [
    'Microsoft.ResourceHealth/availabilityStatuses/read',
    'Microsoft.ResourceHealth/availabilityStatuses/current/read',
  ],
  collect: async ({ gateway, clients, abort }) => {
    const client = await clients.resourceHealth(gateway.subscription);
    return rawBodyOf((onResponse) =>
      // The path of the call brings its own first slash.
      client.availabilityStatuses.getByResource(gateway.id.replace(/^\//, ''), { abortSignal: abort, onResponse }),
    );
  },
};
