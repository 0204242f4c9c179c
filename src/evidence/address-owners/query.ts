import { isDnsName, isIpv4 } from '../members-in-question.ts';
import { quoted } from '../resource-graph.ts';

const MAX_ADDRESSES = 200;
const MAX_NAMES = 40;
const MAX_ROWS = 200;

/**
 * The resources that hold one of the addresses or answer to one of the names, wherever the caller may read. Of each only
 * what tells that is asked for: apps have long lists of settings, and none of them is wanted here.
 */
export function ownersQuery(addresses: readonly string[], names: readonly string[]): string {
  const wanted = [
    ...addresses.filter(isIpv4).slice(0, MAX_ADDRESSES),
    ...names.filter(isDnsName).slice(0, MAX_NAMES),
  ].map((text) => text.toLowerCase());
  const isWanted = wanted.flatMap((text) => [
    `text contains ${quoted(`"${text}"`)}`,
    ...(isIpv4(text) ? [] : [`text contains ${quoted(`//${text}/`)}`]),
  ]);
  return `// appgw-triage: address-owners v1
resources
| where type in~ ('microsoft.network/loadbalancers', 'microsoft.network/azurefirewalls',
    'microsoft.network/publicipaddresses', 'microsoft.web/sites', 'microsoft.web/sites/slots',
    'microsoft.storage/storageaccounts', 'microsoft.containerinstance/containergroups')
| extend kept = bag_pack('frontendIPConfigurations', properties.frontendIPConfigurations,
    'ipConfigurations', iff(type =~ 'microsoft.network/azurefirewalls', properties.ipConfigurations, dynamic(null)),
    'ipAddress', properties.ipAddress, 'dnsSettings', properties.dnsSettings, 'state', properties.state,
    'defaultHostName', properties.defaultHostName, 'hostNames', properties.hostNames,
    'primaryEndpoints', properties.primaryEndpoints, 'publicNetworkAccess', properties.publicNetworkAccess)
| extend text = tolower(tostring(kept))
| where ${['false', ...isWanted].join(' or ')}
| order by id asc
| limit ${MAX_ROWS}
| project id, name, type, location, resourceGroup, subscriptionId, properties = kept`;
}
