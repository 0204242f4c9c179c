import { isDnsName } from '../members-in-question.ts';
import { quoted } from '../resource-graph.ts';
import { resourceIn } from '../resource-ids.ts';

/** How many names are asked about: pools rarely hold more than a few. */
const MAX_NAMES = 40;
/** How many rows are answered: zones first, then links (that of the gateway's network before all), then the rest. */
const MAX_ROWS = 600;

/**
 * The zones that can hold a name: every part of it that has two labels or more, and the same as Azure keeps it for private
 * endpoints, with `privatelink` before it. `a.b.example` can be in `a.b.example`, `b.example`, `privatelink.b.example`.
 */
export function zonesFor(name: string): readonly string[] {
  const labels = name.toLowerCase().split('.');
  const suffixes = labels.map((_, index) => labels.slice(index)).filter((suffix) => suffix.length >= 2);
  return suffixes.flatMap((suffix, index) => [
    suffix.join('.'),
    ...(index > 0 && suffix[0] !== 'privatelink' ? [`privatelink.${suffix.join('.')}`] : []),
  ]);
}

/**
 * The zones that can hold the names, with their links and those of their records that the names can mean, and the private
 * endpoints that were made for one of the names or for a resource of that name. One query, across all subscriptions that
 * the caller may read. Only DNS names and the ids of networks go into it, each checked for its characters.
 */
export function privateDnsQuery(names: readonly string[], networks: readonly string[]): string {
  const wanted = names.filter(isDnsName).slice(0, MAX_NAMES);
  const zones = listed(wanted.flatMap(zonesFor));
  const ids = listed(networks.flatMap((id) => resourceIn(id, 'virtualNetworks')?.id.toLowerCase() ?? []));
  const labels = listed(wanted.flatMap((name) => recordsFor(name)));
  const isMeant = wanted.flatMap((name) => [
    `text contains ${quoted(`"${name.toLowerCase()}"`)}`,
    `text contains ${quoted(`/${name.toLowerCase().split('.')[0]}"`)}`,
  ]);
  return `// appgw-triage: private-dns v1
resources
| where type in~ ('microsoft.network/privatednszones', 'microsoft.network/privatednszones/virtualnetworklinks')
| extend zone = tolower(tostring(split(id, '/')[8])), networkId = tolower(tostring(properties.virtualNetwork.id))
| where zone in (${zones})
| extend rank = case(type =~ 'microsoft.network/privatednszones', 0, networkId in (${ids}), 1, 3)
| union (resources
  | where type =~ 'microsoft.network/privateendpoints'
  | extend text = tolower(strcat(tostring(properties.customDnsConfigs), tostring(properties.privateLinkServiceConnections),
      tostring(properties.manualPrivateLinkServiceConnections)))
  | where ${['false', ...isMeant].join(' or ')}
  | extend rank = 2)
| union (dnsresources
  | where type in~ ('microsoft.network/privatednszones/a', 'microsoft.network/privatednszones/aaaa',
      'microsoft.network/privatednszones/cname')
  | extend zone = tolower(tostring(split(id, '/')[8])), label = tolower(tostring(split(id, '/')[10]))
  | where zone in (${zones}) and label in (${labels})
  | extend rank = 2)
| order by rank asc, id asc
| limit ${MAX_ROWS}
| project id, name, type, location, resourceGroup, subscriptionId, properties`;
}

/** The records that a name can mean in any of its zones: its leading labels, the zone itself, and wildcards. */
function recordsFor(name: string): readonly string[] {
  const labels = name.toLowerCase().split('.');
  const heads = labels.map((_, index) => labels.slice(0, index + 1).join('.'));
  const wildcards = labels.map((_, index) => ['*', ...labels.slice(1, index + 1)].join('.'));
  return ['@', ...heads, ...wildcards];
}

/** Quoted and separated; never empty, because an empty list is no list. */
function listed(texts: readonly string[]): string {
  const unique = [...new Set(texts)];
  return (unique.length > 0 ? unique : ['']).map(quoted).join(', ');
}
