import { type CollectContext, NothingToAsk } from './evidence-kind.ts';
import { firstPageOf } from './first-page.ts';
import { fieldsOf, textOf } from './json.ts';
import { unreadableAnswer } from './raw-body.ts';
import { type ResourceIdParts, resourceIn } from './resource-ids.ts';

/** The watcher of a region. A subscription has one a region, in a resource group of any name. */
export async function watcherIn(
  { clients, abort }: CollectContext,
  subscription: string,
  location: string,
): Promise<ResourceIdParts> {
  const client = await clients.network(subscription);
  const raw = await firstPageOf(abort, (options) => client.networkWatchers.listAll(options));
  const list = fieldsOf(raw).get('value');
  if (!Array.isArray(list)) throw unreadableAnswer('the service answered without network watchers');
  const own = list.map(fieldsOf).find((item) => region(textOf(item.get('location')) ?? '') === region(location));
  const watcher = resourceIn(textOf(own?.get('id')) ?? '', 'networkWatchers');
  if (!watcher) throw new NothingToAsk("there is no Network Watcher in the gateway's region");
  return watcher;
}

/** `West Europe` and `westeurope` are one region. */
function region(location: string): string {
  return location.replace(/\s/g, '').toLowerCase();
}
