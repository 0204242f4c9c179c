import { endingEarly } from '../ending-early.ts';
import { type Collector, NothingToAsk, Parts } from '../evidence-kind.ts';
import { attachedTo, readEach } from '../subnet-attachments.ts';

/** That of the gateway's subnet and those of the members' subnets. */
const MAX_TABLES = 3;

const deadlineMs = 30_000;

export const collector: Collector = {
  deadlineMs,
  asks: 'GET .../virtualNetworks/subnets, then GET .../routeTables',
  rights: ['Microsoft.Network/virtualNetworks/subnets/read', 'Microsoft.Network/routeTables/read'],
  collect: async (asked) => {
    const context = endingEarly(asked, deadlineMs);
    const { ids, failed } = await attachedTo(context, 'routeTable');
    const tables = ids.slice(0, MAX_TABLES);
    if (tables.length + failed.length === 0) throw new NothingToAsk('the gateway subnet has no route table');
    const read = await readEach(tables, async ({ subscription, resourceGroup, name }, onResponse) => {
      const client = await context.clients.network(subscription);
      return client.routeTables.get(resourceGroup, name, { abortSignal: context.abort, onResponse });
    });
    return new Parts([...read, ...failed]);
  },
};
