import { type Collector, NothingToAsk } from '../evidence-kind.ts';
import { knownAddresses, knownNames } from '../members-in-question.ts';
import { askResourceGraph } from '../resource-graph.ts';
import { ownersQuery } from './query.ts';

export const collector: Collector = {
  deadlineMs: 20_000,
  asks: 'POST .../Microsoft.ResourceGraph/resources for load balancers, apps and other owners of addresses',
  rights: [
    'Microsoft.ResourceGraph/resources/read',
    'Microsoft.Network/loadBalancers/read',
    'Microsoft.Network/azureFirewalls/read',
    'Microsoft.Network/publicIPAddresses/read',
    'Microsoft.Web/sites/read',
    'Microsoft.Web/sites/slots/read',
    'Microsoft.Storage/storageAccounts/read',
    'Microsoft.ContainerInstance/containerGroups/read',
  ],
  collect: async (context) => {
    const [addresses, names] = [knownAddresses(context.readings), knownNames(context.readings)];
    if (addresses.length + names.length === 0) throw new NothingToAsk('no member has an address or a name');
    return askResourceGraph(context, ownersQuery(addresses, names));
  },
};
