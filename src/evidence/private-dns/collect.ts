import { type Collector, NothingToAsk } from '../evidence-kind.ts';
import { isObject } from '../json.ts';
import { knownNames } from '../members-in-question.ts';
import { networkOfSubnet } from '../nics/query.ts';
import { unreadableAnswer } from '../raw-body.ts';
import { askResourceGraph } from '../resource-graph.ts';
import { privateDnsQuery } from './query.ts';

export const collector: Collector = {
  deadlineMs: 20_000,
  asks: 'POST .../Microsoft.ResourceGraph/resources for private DNS zones and private endpoints',
  rights: [
    'Microsoft.ResourceGraph/resources/read',
    'Microsoft.Network/privateDnsZones/read',
    'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read',
    'Microsoft.Network/privateDnsZones/A/read',
    'Microsoft.Network/privateDnsZones/AAAA/read',
    'Microsoft.Network/privateDnsZones/CNAME/read',
    'Microsoft.Network/privateEndpoints/read',
  ],
  collect: async (context) => {
    const { readings } = context;
    const names = knownNames(readings);
    if (names.length === 0) throw new NothingToAsk('no member is a name');
    const networks = (readings.gateway?.subnetIds ?? []).flatMap((id) => networkOfSubnet(id) ?? []);
    const raw = await askResourceGraph(context, privateDnsQuery(names, networks));
    if (!isObject(raw)) throw unreadableAnswer('the service answered without rows');
    // Beside the answer stands that links and records were asked for: a zone that shows none has none.
    return { ...raw, asked: { names, isWhole: true } };
  },
};
