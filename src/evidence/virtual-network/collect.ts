import { endingEarly } from '../ending-early.ts';
import { type Collector, NothingToAsk, Parts } from '../evidence-kind.ts';
import { resourceIn } from '../resource-ids.ts';
import { readEach, unique } from '../subnet-attachments.ts';

/** The gateway's own network, and those of members that are elsewhere. A call each. */
const MAX_NETWORKS = 3;

const deadlineMs = 20_000;

export const collector: Collector = {
  deadlineMs,
  asks: 'GET .../virtualNetworks',
  rights: ['Microsoft.Network/virtualNetworks/read'],
  collect: async (asked) => {
    const context = endingEarly(asked, deadlineMs);
    const { gateway, interfaces = [] } = context.readings;
    const networkOf = (subnetId: string) => resourceIn(subnetId, 'virtualNetworks') ?? [];
    const own = (gateway?.subnetIds ?? []).flatMap(networkOf);
    if (own.length === 0) throw new NothingToAsk('the subnet of the gateway is not known');
    const theirs = interfaces.flatMap((nic) => nic.subnetIds.flatMap(networkOf));
    const parts = await readEach(unique([...own, ...theirs]).slice(0, MAX_NETWORKS), async (id, onResponse) => {
      const client = await context.clients.network(id.subscription);
      return client.virtualNetworks.get(id.resourceGroup, id.name, { abortSignal: context.abort, onResponse });
    });
    const [only] = parts;
    return parts.length === 1 && only && 'raw' in only ? only.raw : new Parts(parts);
  },
};
