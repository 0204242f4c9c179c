import type { PropertyChange, ResourceChange } from '../../core/changes.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { fieldsOf, first, isObject, present, textOf } from '../json.ts';
import { isEmptyList, listedIn, lists, reasonOfNextPage } from '../listed.ts';
import { isoOf, timeOf } from '../time.ts';
import { attributeIn, changesIn, parsed, type Row, rowOf, targetIn } from './fields.ts';
import { HIDDEN, isHiddenProperty, shownValue } from './hide.ts';

/**
 * What Resource Graph saw change: properties of resources before and after, and by whom. As it answers a query of
 * `resourcechanges`, as `az graph query` prints that, or as the API of changes lists them.
 */
export const resourceChanges = {
  name: 'resource-changes',
  title: 'Changes of resources',
  recognise: (document) => lists(document, (item) => changeRow(item) !== undefined),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** The newest are kept. */
const MAX_CHANGES = 2_000;
/** Of one change. A resource that was made anew lists none, and few updates touch more. */
const MAX_PROPERTIES = 40;
const MAX_PATH_LENGTH = 200;
const MAX_NAME_LENGTH = 120;

/** A row has a target, and says what became of it; no other list of Azure names its targets like this. */
function changeRow(item: unknown): Row | undefined {
  // The usual shapes first: a log can hold a million records of other kinds.
  if (!isObject(item) || typeof item.operationName === 'string') return undefined;
  const row = rowOf(item);
  if (row === undefined || textOf(targetIn(row)) === undefined) return undefined;
  const isChange = textOf(attributeIn(row, 'changetype')) !== undefined || isObject(changesIn(row));
  return isChange && timeIn(row) !== undefined ? row : undefined;
}

/** The command line of PowerShell writes times as `/Date(1718198777347)/`. */
function timeIn(row: Row): number | undefined {
  const value = attributeIn(row, 'timestamp') ?? first(row.properties, 'changetime', 'time', 'timegenerated');
  const [, ticks] = /^\/Date\((\d{1,14})\)\/$/.exec(typeof value === 'string' ? value : '') ?? [];
  return ticks === undefined ? timeOf(value) : Number(ticks);
}

function read(documents: readonly unknown[]): ReadResult {
  const found = new Map<string, ResourceChange>();
  for (const item of documents.flatMap(listedIn)) {
    const row = changeRow(item);
    const change = row && readChange(row);
    if (change) found.set(JSON.stringify(change), change);
  }
  const changes = [...found.values()]
    .toSorted((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0))
    .slice(-MAX_CHANGES);
  if (changes.length > 0) {
    const isCutOff = changes.length < found.size || documents.some((one) => fieldsOf(one).get('iscutoff') === true);
    const reason = isCutOff ? 'the list of changes is longer than what was read' : reasonOfNextPage(documents);
    return present<ReadResult>({ state: 'ok', reason, reading: { changes } });
  }
  if (documents.length > 0 && documents.every(isEmptyList))
    return { state: 'empty', reason: 'no resource changed in the time that was read', reading: { changes } };
  return { state: 'failed', reason: reasonOfNoAnswer(documents, 'a list of changes'), reading: {} };
}

const KINDS: Readonly<Record<string, ResourceChange['kind']>> = { create: 'create', delete: 'delete' };

function readChange(row: Row): ResourceChange | undefined {
  const time = timeIn(row);
  const resourceId = textOf(targetIn(row));
  if (time === undefined || resourceId === undefined) return undefined;
  const text = (name: string) => textOf(attributeIn(row, name))?.trim().slice(0, MAX_NAME_LENGTH);
  const by = text('changedby');
  return present<ResourceChange>({
    at: isoOf(time),
    resourceId: resourceId.slice(0, 1_000),
    kind: KINDS[text('changetype')?.toLowerCase() ?? ''] ?? 'update',
    operation: text('operation'),
    by,
    byKind: kindOfCaller(text('changedbytype'), by),
    client: text('clienttype'),
    correlationId: text('correlationid'),
    properties: propertiesIn(changesIn(row)),
  });
}

function kindOfCaller(type = '', by = ''): ResourceChange['byKind'] {
  if (/^user$/i.test(type) || by.includes('@')) return 'person';
  if (/^(application|serviceprincipal|managedidentity|key)$/i.test(type)) return 'application';
  return /^system$/i.test(type) || /^system$/i.test(by) ? 'platform' : undefined;
}

function propertiesIn(changes: unknown): readonly PropertyChange[] {
  if (!isObject(changes)) return [];
  return Object.entries(changes)
    .slice(0, MAX_PROPERTIES)
    .map(([path, change]) => readProperty(path, change));
}

function readProperty(path: string, change: unknown): PropertyChange {
  const fields = fieldsOf(parsed(change));
  const name = path.slice(0, MAX_PATH_LENGTH);
  const [before, after] = [textIn(fields.get('previousvalue')), textIn(fields.get('newvalue'))];
  const [shownBefore, shownAfter] = [before, after].map((value) => value && shownValue(value));
  const isHidden = isHiddenProperty(path) || (before && !shownBefore) || (after && !shownAfter);
  if (isHidden) return { path: name, isHidden: true };
  return present<PropertyChange>({ path: name, before: shownBefore, after: shownAfter });
}

/** Values are texts, objects among them; a property that was not there is the text `null`. */
function textIn(value: unknown): string | undefined {
  if (value === undefined || value === null || value === 'null' || value === '') return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The row without values that nobody is to see. What is kept of a live answer goes through this. */
export function withoutSecrets(item: unknown): unknown {
  if (!isObject(item) || !isObject(item.properties)) return undefined;
  const { changes, ...rest } = item.properties;
  if (!isObject(changes)) return { ...item, properties: rest };
  const kept = Object.entries(changes).map(([path, change]) => {
    const isHidden = readProperty(path, change).isHidden;
    return [path, isHidden ? { previousValue: HIDDEN, newValue: HIDDEN } : change] as const;
  });
  return { ...item, properties: { ...rest, changes: Object.fromEntries(kept) } };
}
