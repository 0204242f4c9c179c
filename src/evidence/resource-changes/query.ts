import { quoted } from '../resource-graph.ts';

/** How many ids a query names. The gateway's own path is a dozen resources. */
export const MAX_IDS = 100;
export const MAX_GROUPS = 10;

/**
 * The changes in a span, of the named resources wherever they are and of everything in the named resource groups; the
 * named resources first, then the newest. What was changed can be gone: a deleted machine is found by its group. The texts
 * have been checked to hold neither quotes nor backslashes.
 */
export function changesQuery(
  ids: readonly string[],
  groups: readonly string[],
  { from, until }: { readonly from: Date; readonly until: Date },
): string {
  const named = ids.slice(0, MAX_IDS).map((id) => quoted(id.toLowerCase()));
  const within = groups.slice(0, MAX_GROUPS).map((group) => quoted(group.toLowerCase()));
  return `// appgw-triage: changes v1
resourcechanges
| extend changeTime = todatetime(properties.changeAttributes.timestamp)
| where changeTime between (datetime(${from.toISOString()}) .. datetime(${until.toISOString()}))
| extend target = tolower(tostring(properties.targetResourceId))
| extend isNamed = target in (${named.join(', ')})
| where isNamed or tolower(resourceGroup) in (${within.join(', ')})
| order by isNamed desc, changeTime desc, id asc
| project id, resourceGroup, subscriptionId, properties`;
}
