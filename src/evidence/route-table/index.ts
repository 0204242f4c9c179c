import type { RouteTable } from '../../core/network.ts';
import { lastSegment } from '../../core/resource-id.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { booleanOf, fieldsOf, flatFieldsOf, isObject, listOf, present, textOf } from '../json.ts';
import { isEmptyList, isOfType, listedIn, lists, reasonOfNextPage, referredIds } from '../listed.ts';
import { readNetworkRoutes } from '../network-routes.ts';

/** Route tables as configured, with the subnets that they apply to. */
export const routeTable = {
  name: 'route-table',
  title: 'Route tables',
  recognise: (document) => lists(document, isRouteTable),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

function tablesIn(document: unknown): readonly unknown[] {
  return listedIn(document).filter(isRouteTable);
}

function isRouteTable(item: unknown): boolean {
  if (!isObject(item)) return false;
  const fields = flatFieldsOf(item);
  if (!Array.isArray(fields.get('routes')) && !isObject(fields.get('routes'))) return false;
  return fields.has('disablebgproutepropagation') || isOfType(item, 'routeTables');
}

function read(documents: readonly unknown[]): ReadResult {
  const tables = new Map<string, RouteTable>();
  const unreadable: string[] = [];
  for (const [index, item] of documents.flatMap(tablesIn).entries()) {
    const table = readTable(item);
    if (table) tables.set(table.id?.toLowerCase() ?? String(index), table);
    else unreadable.push(textOf(fieldsOf(item).get('name'))?.slice(0, 80) ?? 'without a name');
  }
  const reason =
    unreadable.length === 0
      ? reasonOfNextPage(documents)
      : `some routes could not be read, so these tables were left out: ${unreadable.slice(0, 5).join(', ')}`;
  if (tables.size > 0)
    return present<ReadResult>({ state: 'ok', reason, reading: { routeTables: [...tables.values()] } });
  if (documents.length > 0 && documents.every(isEmptyList))
    return { state: 'empty', reason: 'the answer lists no route table', reading: {} };
  return { state: 'failed', reason: reason ?? reasonOfNoAnswer(documents, 'a route table'), reading: {} };
}

function readTable(item: unknown): RouteTable | undefined {
  const fields = flatFieldsOf(item);
  const id = textOf(fields.get('id'));
  const routes = readNetworkRoutes(listOf(fields.get('routes')));
  return (
    routes &&
    present<RouteTable>({
      id,
      name: textOf(fields.get('name')) ?? (id === undefined ? undefined : lastSegment(id)),
      subnetIds: referredIds(fields.get('subnets')),
      disablesBgpPropagation: booleanOf(fields.get('disablebgproutepropagation')),
      routes,
    })
  );
}
