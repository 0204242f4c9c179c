import { fieldsOf, isObject } from '../json.ts';
import { actorOf, callerOf, UNNAMED } from './actor.ts';
import { withoutCallers } from './failure.ts';

/** What is kept of an entry beside the caller. The rest (claims, authorization, request) tells more than who it was. */
const KEPT = new Set([
  ...['id', 'eventtimestamp', 'submissiontimestamp', 'eventname', 'eventdataid', 'category', 'level', 'channels'],
  ...['operationname', 'operationid', 'correlationid', 'status', 'substatus'],
  ...['resourceid', 'resourcegroupname', 'resourceprovidername', 'resourcetype', 'subscriptionid'],
]);

/** What is kept of an entry's properties: how it ended, and what Resource Health says. Bodies can hold secrets. */
const KEPT_PROPERTIES = new Set([
  ...['statuscode', 'statusmessage', 'eventcategory', 'entity'],
  ...['title', 'details', 'type', 'cause', 'currenthealthstatus', 'previoushealthstatus'],
]);

/** An entry of the activity log with who did it, and without from where, with which rights, and what was sent. */
export function redactEvent(event: unknown): unknown {
  if (!isObject(event)) return undefined;
  const fields = fieldsOf(event);
  const actor = actorOf(fields);
  const name = callerOf(fields);
  // Without its claims an entry must not look like somebody else's.
  const isTelling = name !== undefined && actorOf(fieldsOf({ caller: name })) === actor;
  const caller = isTelling ? name : actor && UNNAMED[actor];
  const kept = Object.entries(event).flatMap(([key, value]): readonly (readonly [string, unknown])[] => {
    const name = key.toLowerCase();
    if (name === 'properties' && isObject(value)) return [[key, redactProperties(value)]];
    return KEPT.has(name) ? [[key, value]] : [];
  });
  return { ...Object.fromEntries(kept), ...(caller === undefined ? {} : { caller }) };
}

function redactProperties(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept = Object.entries(properties).filter(([key]) => KEPT_PROPERTIES.has(key.toLowerCase()));
  return Object.fromEntries(kept.map(([key, value]) => [key, redactValue(value)]));
}

/** Texts without callers, also where a text is JSON, as the status message of a failed operation is. */
function redactValue(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) return undefined;
  if (typeof value === 'string') {
    const inner = parsed(value);
    return inner === undefined ? withoutCallers(value) : JSON.stringify(redactValue(inner, depth + 1));
  }
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redactValue(item, depth + 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactValue(item, depth + 1)]));
}

const MAX_DEPTH = 8;
const MAX_ITEMS = 20;
const MAX_TEXT_LENGTH = 100_000;

/** The object that a text holds as JSON; undefined where it holds none. */
function parsed(text: string): unknown {
  if (text.length > MAX_TEXT_LENGTH || !/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
