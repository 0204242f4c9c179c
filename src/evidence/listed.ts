import { fieldsOf, first, isObject, textOf } from './json.ts';

/** How much of a list is looked at to tell what it holds: there are lists of log records by the million. */
const LOOKED_AT = 1_000;

/**
 * The resources in a document: one alone, a list as the command line prints it, ARM's `{"value": []}`, the rows of
 * Resource Graph (`{"data": []}`), or several such answers in one list.
 */
export function listedIn(document: unknown): readonly unknown[] {
  return Array.isArray(document) ? document.flatMap((item) => listWithin(item) ?? [item]) : unwrap(document);
}

/** Whether a document lists something of a kind. */
export function lists(document: unknown, isOfKind: (item: unknown) => boolean): boolean {
  const begin = Array.isArray(document) ? document.slice(0, LOOKED_AT) : unwrap(document).slice(0, LOOKED_AT);
  return begin.some(
    (item) => isOfKind(item) || (Array.isArray(document) && unwrap(item).slice(0, LOOKED_AT).some(isOfKind)),
  );
}

/** Why a list is not whole: the service answers in pages, and a page names the next one. */
export function reasonOfNextPage(documents: readonly unknown[]): string | undefined {
  const pages = documents.flatMap((document) => (Array.isArray(document) ? document.slice(-1) : [document]));
  const isCutOff = pages.some((page) => listWithin(page) !== undefined && nextPageOf(page) !== undefined);
  return isCutOff ? 'the list goes on after the page that was read' : undefined;
}

function nextPageOf(page: unknown): string | undefined {
  return textOf(first(fieldsOf(page), 'nextlink', 'skip_token', 'skiptoken', '$skiptoken'));
}

/** Whether a document is a list of resources that holds none. */
export function isEmptyList(document: unknown): boolean {
  if (Array.isArray(document)) return document.length === 0;
  const list = listWithin(document);
  return list !== undefined && list.length === 0;
}

function unwrap(document: unknown): readonly unknown[] {
  return listWithin(document) ?? [document];
}

function listWithin(document: unknown): readonly unknown[] | undefined {
  if (!isObject(document)) return undefined;
  const { value, Value, data, Data } = document;
  return [value, Value, data, Data].find((list) => Array.isArray(list)) as readonly unknown[] | undefined;
}

/** Whether the type of a resource, or its id where the type is not shown, is the one given: `networkSecurityGroups`. */
export function isOfType(resource: unknown, type: string): boolean {
  const fields = fieldsOf(resource);
  const wanted = type.toLowerCase();
  const own = textOf(fields.get('type'))?.toLowerCase();
  if (own?.includes('/')) return own.endsWith(`/${wanted}`);
  return textOf(fields.get('id'))?.toLowerCase().split('/').at(-2) === wanted;
}

/** The ids in a list of references, `[{"id": ""}]`; a lone reference counts as a list of one. */
export function referredIds(references: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(references) ? references : [references];
  return items.flatMap((item) => textOf(fieldsOf(item).get('id')) ?? []);
}
