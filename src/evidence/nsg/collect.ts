import { endingEarly } from '../ending-early.ts';
import { type Collector, NothingToAsk, Parts } from '../evidence-kind.ts';
import { resourceIn } from '../resource-ids.ts';
import { attachedTo, readEach, unique } from '../subnet-attachments.ts';

/** Those of the gateway's subnet, of the members' subnets and of their interfaces. */
const MAX_GROUPS = 4;

const deadlineMs = 30_000;

export const collector: Collector = {
  deadlineMs,
  asks: 'GET .../virtualNetworks/subnets, then GET .../networkSecurityGroups',
  rights: ['Microsoft.Network/virtualNetworks/subnets/read', 'Microsoft.Network/networkSecurityGroups/read'],
  collect: async (asked) => {
    const context = endingEarly(asked, deadlineMs);
    const { ids, failed, interfaces } = await attachedTo(context, 'networkSecurityGroup');
    const own = interfaces.flatMap(
      ({ securityGroupId }) => resourceIn(securityGroupId ?? '', 'networkSecurityGroups') ?? [],
    );
    const groups = unique([...ids, ...own]).slice(0, MAX_GROUPS);
    if (groups.length + failed.length === 0) throw new NothingToAsk('the gateway subnet has no network security group');
    const read = await readEach(groups, async ({ subscription, resourceGroup, name }, onResponse) => {
      const client = await context.clients.network(subscription);
      return client.networkSecurityGroups.get(resourceGroup, name, { abortSignal: context.abort, onResponse });
    });
    return new Parts([...read, ...failed]);
  },
};
