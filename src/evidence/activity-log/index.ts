import type { ActivityEvent } from '../../core/network.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type Fields, fieldsOf, first, isObject, present, textOf } from '../json.ts';
import { isEmptyList } from '../listed.ts';
import { isoOf, timeOf } from '../time.ts';
import { actorOf, callerOf } from './actor.ts';
import { failureOf } from './failure.ts';

/** What was done to the gateway and to what it depends on, and by whom. */
export const activityLog = {
  name: 'activity-log',
  title: 'Activity log',
  recognise: (document) => itemsIn(document).some(isEvent),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** The newest are kept. */
const MAX_EVENTS = 5_000;

function itemsIn(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document.flatMap((item) => listWithin(item) ?? [item]);
  return listWithin(document) ?? [document];
}

function listWithin(document: unknown): readonly unknown[] | undefined {
  if (!isObject(document)) return undefined;
  const { records, value, Value } = document;
  return [records, value, Value].find((list) => Array.isArray(list)) as readonly unknown[] | undefined;
}

/** The activity log's own categories; those of the older event hub export name the kind of operation. */
const CATEGORIES = new Set([
  ...['administrative', 'policy', 'autoscale', 'resourcehealth', 'servicehealth', 'security', 'alert'],
  ...['recommendation', 'write', 'delete', 'action'],
]);

/** Every log of Azure has operations and categories; the categories, or a time of its own name, tell this one. */
function isEvent(item: unknown): boolean {
  if (!isObject(item)) return false;
  // The usual spelling first: a log can hold a million records of other kinds.
  if (typeof item.category === 'string' && item.category !== '' && !CATEGORIES.has(item.category.toLowerCase()))
    return false;
  const fields = fieldsOf(item);
  if (operationOf(fields) === undefined) return false;
  const category = categoryOf(fields);
  if (category !== undefined) return CATEGORIES.has(category.toLowerCase());
  return fields.has('eventtimestamp');
}

function read(documents: readonly unknown[]): ReadResult {
  const found = documents.flatMap((document) => itemsIn(document).filter(isEvent));
  const events = new Map<string, ActivityEvent>();
  for (const item of found) {
    const event = readEvent(fieldsOf(item));
    if (event) events.set(JSON.stringify(event), event);
  }
  const activity = [...events.values()]
    .toSorted((left, right) => ((left.at ?? '') < (right.at ?? '') ? -1 : (left.at ?? '') > (right.at ?? '') ? 1 : 0))
    .slice(-MAX_EVENTS);
  if (activity.length > 0) {
    const left = events.size - activity.length;
    const reason = left === 0 ? undefined : `the oldest ${left} events were left out`;
    return present<ReadResult>({ state: 'ok', reason, reading: { activity } });
  }
  if (documents.length > 0 && documents.every(isEmpty))
    return {
      state: 'empty',
      reason: 'the activity log holds nothing for the time that was read',
      reading: { activity },
    };
  return { state: 'failed', reason: reasonOfNoAnswer(documents, 'an activity log'), reading: {} };
}

function isEmpty(document: unknown): boolean {
  return isEmptyList(document) || listWithin(document)?.length === 0;
}

function readEvent(fields: Fields): ActivityEvent | undefined {
  const operation = operationOf(fields);
  if (operation === undefined) return undefined;
  const at = timeOf(first(fields, 'eventtimestamp', 'time', 'timegenerated'));
  return present<ActivityEvent>({
    at: at === undefined ? undefined : isoOf(at),
    operation: operation.slice(0, 300),
    status: statusOf(fields),
    resourceId: textOf(first(fields, 'resourceid', '_resourceid', 'resourceuri'))?.slice(0, 1_000),
    actor: actorOf(fields),
    caller: callerOf(fields),
    category: categoryOf(fields)?.slice(0, 60),
    ...failureOf(fields),
    correlationId: textOf(fields.get('correlationid'))?.slice(0, 100),
  });
}

/** `{"value": "...", "localizedValue": "..."}`, or the value alone. */
function namedValue(value: unknown): string | undefined {
  return textOf(isObject(value) ? fieldsOf(value).get('value') : value)?.trim();
}

function operationOf(fields: Fields): string | undefined {
  return namedValue(first(fields, 'operationnamevalue', 'operationname'));
}

function categoryOf(fields: Fields): string | undefined {
  return namedValue(first(fields, 'categoryvalue', 'category'));
}

/** Event hubs and Log Analytics use words of their own for the four outcomes. */
const STATUSES: Readonly<Record<string, string>> = {
  start: 'Started',
  started: 'Started',
  accept: 'Accepted',
  accepted: 'Accepted',
  success: 'Succeeded',
  succeeded: 'Succeeded',
  failure: 'Failed',
  failed: 'Failed',
};

function statusOf(fields: Fields): string | undefined {
  const word = namedValue(first(fields, 'activitystatusvalue', 'status', 'activitystatus', 'resulttype'));
  if (word === undefined) return undefined;
  const key = word.toLowerCase();
  return Object.hasOwn(STATUSES, key) ? STATUSES[key] : word.slice(0, 40);
}
