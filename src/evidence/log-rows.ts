import { type Fields, fieldsOf, flatFieldsOf, isObject, listOf, textOf } from './json.ts';

/**
 * The rows of the gateway's logs in every shape they come in: Event Hubs envelopes, bare records, rows of AzureDiagnostics
 * and of the resource-specific tables, and the answers of a log query. A row is its fields by lower-cased name, without
 * the type suffix of AzureDiagnostics, so that `httpStatus`, `httpStatus_d` and `HttpStatus` are all `httpstatus`.
 */
export type LogKind = 'access' | 'firewall';

/** Whether a document holds at least one row of this kind, or a query's answer that would hold such rows. */
export function holdsRows(document: unknown, kind: LogKind): boolean {
  if (tablesIn(document).some((table) => kindOf(columnsOf(table)) === kind)) return true;
  for (const row of rowsIn(document, kind)) if (row !== undefined) return true;
  return false;
}

/** A single log record that is a document of its own, as a storage blob has one a line. */
export function isBareRecord(document: unknown): boolean {
  if (!isObject(document) || isEnvelope(document)) return false;
  return kindOfItem(document) !== undefined;
}

/** The rows of one kind. Rows of other kinds are passed over; undefined stands for an item that is no row at all. */
export function* rowsIn(document: unknown, kind: LogKind, depth = 0): Generator<Fields | undefined> {
  for (const table of tablesIn(document)) yield* tableRows(table, kind);
  for (const item of itemsIn(document)) {
    if (!isObject(item)) yield undefined;
    // A batch is a list of envelopes; nothing real nests deeper.
    else if (isEnvelope(item)) yield* depth === 0 ? rowsIn(item, kind, 1) : [undefined];
    else if (kindOfItem(item) === kind) yield plainNames(flatFieldsOf(item));
  }
}

/** The code of a query's partial error: the answer has status 200, its rows are not all there. */
export function partialErrorIn(document: unknown): string | undefined {
  if (tablesIn(document).length === 0) return undefined;
  const error = fieldsOf(document).get('error');
  if (error === undefined) return undefined;
  const code = textOf(fieldsOf(error).get('code'));
  return code !== undefined && /^[\w.-]{1,60}$/.test(code) ? code : 'PartialError';
}

function isEnvelope(item: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(item.records) || Array.isArray(item.tables ?? item.Tables);
}

function itemsIn(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  if (!isObject(document)) return [];
  if (Array.isArray(document.records)) return document.records;
  return isEnvelope(document) ? [] : [document];
}

function tablesIn(document: unknown): readonly unknown[] {
  if (!isObject(document)) return [];
  const tables = document.tables ?? document.Tables;
  return Array.isArray(tables) ? tables : [];
}

function* tableRows(table: unknown, kind: LogKind): Generator<Fields | undefined> {
  const columns = [...columnsOf(table).keys()];
  const rows = fieldsOf(table).get('rows');
  for (const row of Array.isArray(rows) ? rows : []) {
    if (!Array.isArray(row)) {
      yield undefined;
      continue;
    }
    const fields = new Map(
      columns.flatMap((name, index) => {
        const value: unknown = row[index];
        return value === null || value === undefined ? [] : [[name, value] as const];
      }),
    );
    // A null cell must not change what kind of table this is, so the columns decide where the cells do not.
    if ((kindByLabel(fields) ?? kindOf(columnsOf(table))) === kind) yield fields;
  }
}

function columnsOf(table: unknown): Fields {
  const names = listOf(fieldsOf(table).get('columns')).map((column) => textOf(fieldsOf(column).get('name')) ?? '');
  return plainNames(new Map(names.map((name, index) => [name === '' ? `column ${index}` : name.toLowerCase(), ''])));
}

/** Renames the columns of AzureDiagnostics: the suffix tells the type, and is no part of the name. */
function plainNames(fields: Fields): Fields {
  let renamed: Map<string, unknown> | undefined;
  for (const name of fields.keys()) {
    if (!/[a-z]_[sdgtb]$/.test(name)) continue;
    renamed ??= new Map();
  }
  if (renamed === undefined) return fields;
  for (const [name, value] of fields) {
    const plain = name.replace(/([a-z])_[sdgtb]$/, '$1');
    // Where a table holds both `hostname_s` and a column of that very name, each keeps its place.
    renamed.set(plain !== name && fields.has(plain) ? name : plain, value);
  }
  return renamed;
}

/** The kind of one record. Looks at the labels before it reads all fields, because there can be a million records. */
function kindOfItem(item: Readonly<Record<string, unknown>>): LogKind | undefined {
  const label = item.category ?? item.Category;
  if (typeof label === 'string' && label !== '') return kindOfLabel(label);
  const fields = plainNames(flatFieldsOf(item));
  return kindByLabel(fields) ?? kindOf(fields);
}

/** What the row says of itself; `undefined` where it carries no label. */
function kindByLabel(fields: Fields): LogKind | undefined {
  for (const name of ['category', 'operationname', 'type']) {
    const label = textOf(fields.get(name));
    const kind = label === undefined ? undefined : kindOfLabel(label);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

function kindOfLabel(label: string): LogKind | undefined {
  const word = label.toLowerCase();
  if (word === 'applicationgatewayaccesslog' || word === 'applicationgatewayaccess' || word === 'agwaccesslogs')
    return 'access';
  if (word === 'applicationgatewayfirewalllog' || word === 'applicationgatewayfirewall' || word === 'agwfirewalllogs')
    return 'firewall';
  return undefined;
}

const ACCESS_FIELDS = ['timetaken', 'serverrouted', 'requests', 'clientip', 'backendpoolname', 'serverstatus'];

/** The kind that the names of the fields tell. */
function kindOf(fields: Fields): LogKind | undefined {
  const has = (name: string) => fields.has(name);
  if (textOf(fields.get('category')) !== undefined || has('metricname')) return undefined;
  if (has('httpstatus') && ACCESS_FIELDS.some(has)) return 'access';
  if (has('minute') && has('requests') && has('failed')) return 'access';
  if (has('sessiontime') && has('serverrouted')) return 'access';
  if (has('ruleid') && has('action')) return 'firewall';
  return undefined;
}

/** What stands for "nothing": the gateway writes `""` and `-`, and the command line prints Python's words for null. */
const BLANK = new Set(['', '-', 'None', 'null', 'NaN', 'nan']);

/** The first of the named cells that holds something, as trimmed text. */
export function cell(row: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = textOf(row.get(name))?.trim();
    if (text !== undefined && !BLANK.has(text)) return text;
  }
  return undefined;
}

/** The path without query, fragment and host; undefined where the text holds no path. */
export function pathOf(uri: string | undefined): string | undefined {
  if (uri === undefined) return undefined;
  const path = uri.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').replace(/[?#][\s\S]*$/, '');
  return path === '' ? undefined : path.slice(0, MAX_PATH_LENGTH);
}

/** Longer paths carry data of the client's more than they name a place in the application. */
const MAX_PATH_LENGTH = 300;
