import { isDnsName, isIpv4 } from '../members-in-question.ts';
import { quoted } from '../resource-graph.ts';
import { resourceIn } from '../resource-ids.ts';

/** How many interfaces are listed: the members' own first, then their neighbours. A query answers at most 1,000 rows. */
export const MAX_INTERFACES = 200;
/** How many addresses a query names. A gateway has at most 1,200 members in a pool; the first are as good as the rest. */
const MAX_ADDRESSES = 300;
/** How many names, of which each is compared with every interface that a private endpoint has. */
const MAX_NAMES = 40;
const MAX_SUBNETS = 200;

/** The virtual network that a subnet is in, by its lower-case id; undefined where the id is not one. */
export function networkOfSubnet(subnetId: string): string | undefined {
  return resourceIn(subnetId, 'virtualNetworks')?.id.toLowerCase();
}

/**
 * The interfaces that have one of the addresses, or that stand for one of the names (those of private endpoints), wherever
 * the caller may read, and their neighbours: those of the same /24 in the gateway's network or in one peered with it, since
 * the ranges of unconnected networks overlap. Nothing but addresses, DNS names and the ids of networks goes into the text,
 * each checked for its characters.
 */
export function interfacesQuery(
  addresses: readonly string[],
  names: readonly string[],
  networks: readonly string[],
): string {
  const members = addresses.filter(isIpv4).slice(0, MAX_ADDRESSES);
  const wanted = names.filter(isDnsName).slice(0, MAX_NAMES);
  const isNamed = wanted.map((name) => `fqdns contains ${quoted(`"${name.toLowerCase()}"`)}`);
  const ranges = [...new Set(members.map((address) => address.slice(0, address.lastIndexOf('.') + 1)))];
  const isNeighbour = ['false', ...ranges.map((range) => `address startswith ${quoted(range)}`)].join(' or ');
  return `// appgw-triage: nics v1
resources
| where type =~ 'microsoft.network/networkinterfaces'
| mv-expand ipConfiguration = properties.ipConfigurations limit 256
| extend address = tostring(ipConfiguration.properties.privateIPAddress)
| extend fqdns = tolower(tostring(ipConfiguration.properties.privateLinkConnectionProperties.fqdns))
| extend isMember = address in (${(members.length > 0 ? members : ['']).map(quoted).join(', ')}) or ${['false', ...isNamed].join(' or ')}
| where isMember or ${isNeighbour}
| extend networkId = tostring(split(tolower(tostring(ipConfiguration.properties.subnet.id)), '/subnets/')[0])
| join kind=leftouter (${networksQuery(networks)} | project networkId = tolower(id), isNear = true) on networkId
| where isMember or isNear == true
| summarize rank = max(iff(isMember, 2, 0) + iff(isNear == true, 1, 0)) by id
| join kind=inner (resources
  | where type =~ 'microsoft.network/networkinterfaces'
  | project id, name, type, location, resourceGroup, subscriptionId, properties,
    machineId = tolower(tostring(properties.virtualMachine.id))) on id
| join kind=leftouter (resources
  | where type =~ 'microsoft.compute/virtualmachines'
  | project machineId = tolower(id), powerState = tostring(properties.extended.instanceView.powerState.code)) on machineId
| order by rank desc, id asc
| limit ${MAX_INTERFACES}
| project id, name, type, location, resourceGroup, subscriptionId, powerState, properties`;
}

/** Scale sets by the subnets of their instances, with the ranges of these subnets. Resource Graph has no instances. */
export function scaleSetsQuery(networks: readonly string[]): string {
  return `// appgw-triage: scale-sets v1
resources
| where type =~ 'microsoft.compute/virtualmachinescalesets'
| mv-expand interface = properties.virtualMachineProfile.networkProfile.networkInterfaceConfigurations
| mv-expand ipConfiguration = interface.properties.ipConfigurations
| project id, subnetId = tolower(tostring(ipConfiguration.properties.subnet.id))
| join kind=inner (${networksQuery(networks)}
  | mv-expand subnet = properties.subnets limit 1000
  | project subnetId = tolower(tostring(subnet.id)), prefix = tostring(subnet.properties.addressPrefix),
    prefixes = subnet.properties.addressPrefixes) on subnetId
| distinct id, subnetId, prefix, tostring(prefixes)
| order by id asc
| limit ${MAX_SUBNETS}`;
}

/** The named networks and those peered with one of them. */
function networksQuery(networks: readonly string[]): string {
  const ids = networks.flatMap((id) => resourceIn(id, 'virtualNetworks')?.id.toLowerCase() ?? []);
  const isPeered = ids.map((id) => `tostring(properties.virtualNetworkPeerings) contains ${quoted(`${id}"`)}`);
  const isNear = [`id in~ (${(ids.length > 0 ? ids : ['']).map(quoted).join(', ')})`, ...isPeered].join(' or ');
  return `resources | where type =~ 'microsoft.network/virtualnetworks' | where ${isNear}`;
}
