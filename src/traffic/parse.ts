import { isInternal, readAccessRow } from '../evidence/access-log/row.ts';
import { type Fields, isObject } from '../evidence/json.ts';
import { cell, rowsIn } from '../evidence/log-rows.ts';
import { addMessage, type Batch, MAX_MESSAGE_BYTES, type Message, type MessageOrigin } from './batch.ts';
import { gatewayOf, nameOf, type Records, timeTakenMsOf, wholeBytesOf } from './records.ts';

/**
 * The full reading of a message: JSON.parse, and then the very functions that read the log in a file or in the answer
 * of a query. It defines what a message says. The scanner is a short cut to the same result, and comes here for whatever
 * it has no rule for.
 */
export function parseMessage(batch: Batch, bytes: Uint8Array, origin: MessageOrigin): Message {
  const message = addMessage(batch, origin);
  readMessage(batch, message, bytes);
  return message;
}

/** Reads all of a message or nothing: a message that goes to the dead letters may come again, and must not count twice. */
export function readMessage(batch: Batch, message: Message, bytes: Uint8Array): void {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    message.unreadable = 'too-large';
    return;
  }
  const documents = documentsIn(new TextDecoder().decode(bytes));
  if (!documents) {
    message.unreadable = 'not-json';
    return;
  }
  for (const document of documents) for (const item of itemsIn(document)) readItem(batch, message, item);
}

/** One document, or one a line, as a storage blob has them. */
function documentsIn(text: string): readonly unknown[] | undefined {
  const whole = parseJson(text);
  if (whole) return [whole.value];
  const lines = text.split('\n').filter((line) => !/^[ \t\r]*$/.test(line));
  if (lines.length < 2) return undefined;
  const documents: unknown[] = [];
  for (const line of lines) {
    const document = parseJson(line);
    if (!document) return undefined;
    documents.push(document.value);
  }
  return documents;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function itemsIn(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  if (!isObject(document) || 'tables' in document || 'Tables' in document) return [document];
  return Array.isArray(document.records) ? document.records : [document];
}

/** One item of a message: mostly one record, sometimes an envelope of its own. */
export function readItem({ records, messages }: Batch, message: Message, item: unknown): void {
  let rows = 0;
  for (const fields of rowsIn([item], 'access')) {
    rows += 1;
    if (fields !== undefined && isInternal(fields)) message.internal += 1;
    else if (fields === undefined || !addRecord(records, messages.length - 1, fields)) message.unread += 1;
  }
  if (rows === 0) message.others += 1;
}

function addRecord(records: Records, message: number, fields: Fields): boolean {
  // Such fields make it a line of a summary, and a summary is no request.
  if (['requests', 'minute', 'firstat', 'lastat'].some((name) => fields.has(name))) return false;
  const row = readAccessRow(fields);
  if (!row) return false;
  const { status, serverStatus, pool, setting, member, errorInfo, path } = row.key;
  const isFailed = status === 502 || status === 504;
  const index = records.add();
  records.message[index] = message;
  records.gateway[index] = records.gateways.numberOf(gatewayOf(cell(fields, 'resourceid', '_resourceid') ?? ''));
  records.pool[index] = records.pools.numberOf(nameOf(pool));
  records.setting[index] = records.settings.numberOf(nameOf(setting));
  records.member[index] = records.members.numberOf(nameOf(member));
  records.error[index] = records.errors.numberOf(nameOf(errorInfo));
  records.path[index] = isFailed ? records.paths.numberOf(path ?? '') : 0;
  records.status[index] = status;
  records.serverStatus[index] = serverStatus ?? 0;
  records.at[index] = row.lastAt ?? Number.NaN;
  records.timeTaken[index] = timeTakenMsOf(row.values.timeTaken);
  records.sentBytes[index] = wholeBytesOf(row.values.sentBytes);
  records.receivedBytes[index] = wholeBytesOf(row.values.receivedBytes);
  return true;
}
