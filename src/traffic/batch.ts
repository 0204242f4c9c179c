import { Records } from './records.ts';

/** One Event Hubs message, and what became of it. */
export interface Message {
  /** The number that the partition gave it. */
  readonly sequenceNumber: number;
  /** When Event Hubs took it in, milliseconds since 1970: the same at every delivery. */
  readonly enqueuedAt: number;
  /** Log records of other kinds: firewall, performance and what else the hub carries. */
  others: number;
  /** The gateway's own security process logs its requests too; they are no client's. */
  internal: number;
  /** Items that should be requests and have no status, or are no records at all. */
  unread: number;
  /** Records that the short reading passed on to the full one. */
  readInFull: number;
  /** Why nothing of the message could be read. Such a message belongs in the dead letters, whole. */
  unreadable?: Unreadable;
}

export type Unreadable = 'not-json' | 'too-large';

/** The messages of one partition in the order of their sequence numbers, and the records in them. */
export interface Batch {
  readonly messages: Message[];
  readonly records: Records;
}

export function newBatch(): Batch {
  return { messages: [], records: new Records() };
}

/** Makes a batch ready for the next messages. */
export function clearBatch(batch: Batch): void {
  batch.messages.length = 0;
  batch.records.clear();
}

export function addMessage(batch: Batch, { sequenceNumber, enqueuedAt }: MessageOrigin): Message {
  const message: Message = { sequenceNumber, enqueuedAt, others: 0, internal: 0, unread: 0, readInFull: 0 };
  batch.messages.push(message);
  return message;
}

export type MessageOrigin = Pick<Message, 'sequenceNumber' | 'enqueuedAt'>;

/** Event Hubs takes at most 20 MB a message, on its dearest tier. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
