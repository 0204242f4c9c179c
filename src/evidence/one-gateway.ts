import type { Evidence } from '../core/evidence.ts';
import { type GatewayId, parseGatewayId, sameName } from '../core/resource-id.ts';
import { fieldsOf, first, isObject, listOf, textOf } from './json.ts';

/** The gateway that the evidence itself names, where the snapshot does not: backend health's, then the configuration's. */
export function gatewayMeant(evidence: readonly Evidence[]): string | undefined {
  for (const name of ['backend-health', 'gateway']) {
    const ids = new Set(
      evidence
        .filter((item) => item.name === name)
        .flatMap((item) => gatewaysIn(item.raw).map((id) => id.toLowerCase())),
    );
    const [only] = ids;
    if (ids.size === 1) return only;
  }
  return undefined;
}

/**
 * The documents without what belongs to another gateway. An item that names no gateway is kept. Where the items name
 * one gateway only, its name is compared and not its whole id, since people mask subscriptions before they share a file.
 */
export function keepGateway(documents: readonly unknown[], gatewayId: string | undefined): readonly unknown[] {
  const meant = gatewayId === undefined ? undefined : parseGatewayId(gatewayId);
  if (!meant) return documents;
  const named = [...new Set(documents.flatMap(gatewaysIn).map((id) => id.toLowerCase()))];
  const exact = named.some((id) => sameName(id, meant.id));
  const isMeant = (id: GatewayId) => (exact ? sameName(id.id, meant.id) : sameName(id.name, meant.name));
  if (named.every((id) => isForeignTo(id, isMeant) === false)) return documents;
  return documents.flatMap((document) => {
    const kept = keepIn(document, isMeant);
    return kept === undefined ? [] : [kept];
  });
}

type IsMeant = (id: GatewayId) => boolean;

function isForeignTo(id: string | undefined, isMeant: IsMeant): boolean {
  const parsed = id === undefined ? undefined : parseGatewayId(id);
  return parsed !== undefined && !isMeant(parsed);
}

/** The keys under which a document holds items that each name their gateway. */
const LISTS = ['records', 'value', 'backendaddresspools'];

/** Whether an id names a resource that is no gateway. A masked or shortened id names nothing, and is not foreign. */
export function isOtherResource(id: unknown): boolean {
  const text = textOf(id);
  return text !== undefined && /\/providers\/./i.test(text) && parseGatewayId(text) === undefined;
}

/** How many gateways the documents name. */
export function countGateways(documents: readonly unknown[]): number {
  return new Set(documents.flatMap(gatewaysIn).map((id) => id.toLowerCase())).size;
}

/** The ids of the gateways that a document's items name. */
function gatewaysIn(document: unknown): readonly string[] {
  const own = idOf(document);
  const ids = new Set(own === undefined ? [...itemsOf(document).map(idOf), ...tableIds(document)] : [own]);
  return [...ids].flatMap((id) => parseGatewayId(id ?? '')?.id ?? []);
}

/** The document without foreign items; undefined where nothing of it is left, or all of it is another gateway's. */
function keepIn(document: unknown, isMeant: IsMeant): unknown {
  if (isForeignTo(idOf(document), isMeant)) return undefined;
  if (Array.isArray(document)) {
    const items = document.filter((item) => !isForeignTo(idOf(item), isMeant));
    return items.length === 0 && document.length > 0 ? undefined : items;
  }
  if (!isObject(document)) return document;
  const entries = Object.entries(document).map(([key, value]) => {
    if (!Array.isArray(value)) return [key, value] as const;
    if (key.toLowerCase() === 'tables') return [key, value.map((table) => keepInTable(table, isMeant))] as const;
    if (!LISTS.includes(key.toLowerCase())) return [key, value] as const;
    return [key, value.filter((item) => !isForeignTo(idOf(item), isMeant))] as const;
  });
  const emptied = entries.some(
    ([key, value]) => Array.isArray(value) && value.length === 0 && listOf(document[key]).length > 0,
  );
  return emptied ? undefined : Object.fromEntries(entries);
}

function itemsOf(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  const fields = fieldsOf(document);
  return LISTS.flatMap((name) => listOf(fields.get(name)));
}

/**
 * The id in an item: its own, the resource's that logged it, the pool's that backend health speaks of, or that of the
 * resource at which a connectivity check began.
 */
function idOf(item: unknown): string | undefined {
  if (!isObject(item)) return undefined;
  // The usual spellings first: a log can hold a million records.
  const usual = item.resourceId ?? item._ResourceId ?? item.ResourceId ?? item.id;
  if (typeof usual === 'string') return usual;
  const fields = fieldsOf(item);
  return (
    textOf(first(fields, 'resourceid', '_resourceid', 'id')) ??
    textOf(fieldsOf(fields.get('backendaddresspool')).get('id')) ??
    textOf(fieldsOf(listOf(fields.get('hops'))[0]).get('resourceid'))
  );
}

function tableIds(document: unknown): readonly (string | undefined)[] {
  return listOf(fieldsOf(document).get('tables')).flatMap((table) => {
    const column = idColumn(table);
    return column < 0 ? [] : rowsOf(table).map((row) => (Array.isArray(row) ? textOf(row[column]) : undefined));
  });
}

function keepInTable(table: unknown, isMeant: IsMeant): unknown {
  const column = idColumn(table);
  if (column < 0 || !isObject(table)) return table;
  const rows = rowsOf(table).filter((row) => !Array.isArray(row) || !isForeignTo(textOf(row[column]), isMeant));
  return { ...table, rows };
}

function idColumn(table: unknown): number {
  return listOf(fieldsOf(table).get('columns')).findIndex((column) =>
    ['resourceid', '_resourceid'].includes(textOf(fieldsOf(column).get('name'))?.toLowerCase() ?? ''),
  );
}

function rowsOf(table: unknown): readonly unknown[] {
  return listOf(fieldsOf(table).get('rows'));
}
