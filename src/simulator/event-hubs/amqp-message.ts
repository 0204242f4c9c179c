/**
 * Encoded AMQP 1.0 messages as bytes. What a publisher sent is spliced and never decoded and encoded again, because
 * that would lose its types: a long would come back as an int.
 */

export interface Section {
  readonly kind: number;
  readonly start: number;
  /** Where the section's value begins, behind its descriptor. */
  readonly valueAt: number;
  readonly end: number;
}

/** The descriptors of the sections, in the order in which a message holds them. */
const HEADER = 0x70;
const DELIVERY_ANNOTATIONS = 0x71;
const MESSAGE_ANNOTATIONS = 0x72;
const APPLICATION_PROPERTIES = 0x74;
const DATA = 0x75;

/** Type codes that are written or looked for here. */
const ULONG = 0x80;
const SMALL_ULONG = 0x53;
const TRUE = 0x41;
const FALSE = 0x42;
const DOUBLE = 0x82;
const LONG = 0x81;
const TIMESTAMP = 0x83;
const BINARY_8 = 0xa0;
const BINARY_32 = 0xb0;
const STRING_8 = 0xa1;
const STRING_32 = 0xb1;
const SYMBOL_8 = 0xa3;
const SYMBOL_32 = 0xb3;
const MAP_8 = 0xc1;
const MAP_32 = 0xd1;

/** More than any client nests; a hostile message must not exhaust the stack. */
const MOST_DESCRIPTORS = 8;

/** Bytes that are no AMQP message. */
export class DecodeError extends Error {}

/** The sections of an encoded message. Throws a DecodeError where the bytes are none. */
export function sectionsOf(message: Buffer): readonly Section[] {
  const sections: Section[] = [];
  let at = 0;
  while (at < message.length) {
    const section = sectionAt(message, at);
    sections.push(section);
    at = section.end;
  }
  return sections;
}

function sectionAt(bytes: Buffer, start: number): Section {
  if (byteAt(bytes, start) !== 0x00) throw new DecodeError('A section begins with no descriptor.');
  const valueAt = valueEnd(bytes, start + 1);
  return { kind: descriptorAt(bytes, start + 1), start, valueAt, end: valueEnd(bytes, valueAt) };
}

/** Descriptors by name are legal too, and no client uses them for sections. */
function descriptorAt(bytes: Buffer, at: number): number {
  const code = byteAt(bytes, at);
  if (code === SMALL_ULONG) return byteAt(bytes, at + 1);
  if (code === ULONG) return Number(bytes.readBigUInt64BE(at + 1));
  throw new DecodeError('A descriptor of a section is no number.');
}

/** Where the value that begins at `at` ends. The upper half of a type code says how wide the type is. */
function valueEnd(bytes: Buffer, at: number, descriptors = 0): number {
  const code = byteAt(bytes, at);
  if (code === 0x00) {
    if (descriptors >= MOST_DESCRIPTORS) throw new DecodeError('Descriptors are nested too deep.');
    return valueEnd(bytes, valueEnd(bytes, at + 1, descriptors + 1), descriptors + 1);
  }
  const end = at + 1 + width(bytes, at, code >> 4);
  if (end > bytes.length) throw new DecodeError('A value is cut off.');
  return end;
}

function width(bytes: Buffer, at: number, category: number): number {
  switch (category) {
    case 0x4:
      return 0;
    case 0x5:
      return 1;
    case 0x6:
      return 2;
    case 0x7:
      return 4;
    case 0x8:
      return 8;
    case 0x9:
      return 16;
    case 0xa:
    case 0xc:
    case 0xe:
      return 1 + byteAt(bytes, at + 1);
    case 0xb:
    case 0xd:
    case 0xf:
      return 4 + sizeAt(bytes, at + 1);
    default:
      throw new DecodeError('A type is unknown.');
  }
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new DecodeError('A value is cut off.');
  return byte;
}

function sizeAt(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw new DecodeError('A size is cut off.');
  return bytes.readUInt32BE(at);
}

/** The bytes of a binary, string or symbol value; undefined for any other. */
function contentAt(bytes: Buffer, at: number): Buffer | undefined {
  const code = byteAt(bytes, at);
  const isShort = code === BINARY_8 || code === STRING_8 || code === SYMBOL_8;
  const isLong = code === BINARY_32 || code === STRING_32 || code === SYMBOL_32;
  if (!isShort && !isLong) return undefined;
  return bytes.subarray(at + (isShort ? 2 : 5), valueEnd(bytes, at));
}

interface Entry {
  readonly key: string;
  readonly start: number;
  readonly valueAt: number;
  readonly end: number;
}

/** The entries of a map value. */
function entriesAt(bytes: Buffer, at: number): readonly Entry[] {
  const code = byteAt(bytes, at);
  if (code !== MAP_8 && code !== MAP_32) throw new DecodeError('Annotations are no map.');
  const end = valueEnd(bytes, at);
  let next = at + (code === MAP_8 ? 3 : 9);
  const entries: Entry[] = [];
  while (next < end) {
    const valueAt = valueEnd(bytes, next);
    const entryEnd = valueEnd(bytes, valueAt);
    if (entryEnd > end) throw new DecodeError('A map ends within an entry.');
    entries.push({ key: contentAt(bytes, next)?.toString('latin1') ?? '', start: next, valueAt, end: entryEnd });
    next = entryEnd;
  }
  return entries;
}

const PARTITION_KEY = 'x-opt-partition-key';
/** What the service alone may say about an event; a publisher that sends it on is not believed. */
const ASSIGNED = ['x-opt-sequence-number', 'x-opt-offset', 'x-opt-enqueued-time'];

/** The messages in a batch: each of its data sections is a whole encoded message. */
export function messagesInBatch(batch: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (const { kind, valueAt } of sectionsOf(batch)) {
    if (kind !== DATA) continue;
    const message = contentAt(batch, valueAt);
    if (message === undefined) throw new DecodeError('A data section holds no bytes.');
    messages.push(message);
  }
  return messages;
}

/** A message that was looked through, cut where the service's annotations go in. */
export interface OpenedMessage {
  readonly header: Buffer;
  /** The publisher's own annotations, as whole entries. */
  readonly annotations: readonly Buffer[];
  /** From the properties to the end. */
  readonly body: Buffer;
  readonly partitionKey: string | undefined;
}

/** Looks through an encoded message, a batch's envelope included. Throws a DecodeError where it is none. */
export function openMessage(message: Buffer): OpenedMessage {
  let header: Buffer = Buffer.alloc(0);
  let bodyAt = 0;
  let partitionKey: string | undefined;
  const annotations: Buffer[] = [];
  for (const { kind, start, valueAt, end } of sectionsOf(message)) {
    if (kind > MESSAGE_ANNOTATIONS) continue;
    bodyAt = end;
    if (kind === HEADER) header = message.subarray(start, end);
    if (kind !== MESSAGE_ANNOTATIONS) continue;
    for (const entry of entriesAt(message, valueAt)) {
      if (entry.key === PARTITION_KEY) partitionKey = contentAt(message, entry.valueAt)?.toString('utf8');
      if (!ASSIGNED.includes(entry.key)) annotations.push(message.subarray(entry.start, entry.end));
    }
  }
  return { header, annotations, body: message.subarray(bodyAt), partitionKey };
}

/** What the service assigns to an event. */
export interface Assigned {
  readonly sequenceNumber: number;
  readonly offset: string;
  readonly enqueuedAtMs: number;
}

/** An event as it is delivered, cut where delivery annotations go in. It shares no bytes with what it was made of. */
export interface StampedMessage {
  readonly head: Buffer;
  readonly rest: Buffer;
}

/** Puts what the service assigns among the annotations, and leaves every other byte as it is. */
export function stamp(message: OpenedMessage, { sequenceNumber, offset, enqueuedAtMs }: Assigned): StampedMessage {
  const annotations = annotationSection(MESSAGE_ANNOTATIONS, [
    ...message.annotations,
    entry('x-opt-sequence-number', wide(LONG, sequenceNumber)),
    entry('x-opt-offset', text(STRING_8, STRING_32, offset)),
    entry('x-opt-enqueued-time', wide(TIMESTAMP, enqueuedAtMs)),
  ]);
  return { head: Buffer.from(message.header), rest: Buffer.concat([annotations, message.body]) };
}

/** The annotations of one delivery to a reader that asked how far its partition goes. */
export function runtimeMetrics(last: Assigned, retrievedAtMs: number): Buffer {
  return annotationSection(DELIVERY_ANNOTATIONS, [
    entry('last_enqueued_sequence_number', wide(LONG, last.sequenceNumber)),
    entry('last_enqueued_offset', text(STRING_8, STRING_32, last.offset)),
    entry('last_enqueued_time_utc', wide(TIMESTAMP, last.enqueuedAtMs)),
    entry('runtime_info_retrieval_time_utc', wide(TIMESTAMP, retrievedAtMs)),
  ]);
}

export type PropertyValue = string | number | boolean;

/** Encodes an event of bytes with application properties, as a client would. */
export function encodeMessage(body: Uint8Array, properties: Readonly<Record<string, PropertyValue>> = {}): Buffer {
  const pairs = Object.entries(properties).flatMap(([key, value]) => [
    text(STRING_8, STRING_32, key),
    propertyValue(value),
  ]);
  const data = sized(BINARY_8, BINARY_32, Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  return Buffer.concat([
    ...(pairs.length > 0 ? [descriptor(APPLICATION_PROPERTIES), map(pairs, pairs.length)] : []),
    descriptor(DATA),
    data,
  ]);
}

function propertyValue(value: PropertyValue): Buffer {
  if (typeof value === 'string') return text(STRING_8, STRING_32, value);
  if (typeof value === 'boolean') return Buffer.from([value ? TRUE : FALSE]);
  if (Number.isSafeInteger(value)) return wide(LONG, value);
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(DOUBLE);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function annotationSection(kind: number, entries: readonly Buffer[]): Buffer {
  return Buffer.concat([descriptor(kind), map(entries, entries.length * 2)]);
}

function descriptor(kind: number): Buffer {
  return Buffer.from([0x00, SMALL_ULONG, kind]);
}

function map(parts: readonly Buffer[], count: number): Buffer {
  const content = Buffer.concat(parts);
  const head = Buffer.alloc(9);
  head.writeUInt8(MAP_32);
  // The size counts the four bytes of the count, too.
  head.writeUInt32BE(content.length + 4, 1);
  head.writeUInt32BE(count, 5);
  return Buffer.concat([head, content]);
}

function entry(key: string, value: Buffer): Buffer {
  return Buffer.concat([text(SYMBOL_8, SYMBOL_32, key), value]);
}

function text(short: number, long: number, value: string): Buffer {
  return sized(short, long, Buffer.from(value, 'utf8'));
}

function sized(short: number, long: number, content: Buffer): Buffer {
  if (content.length <= 255) return Buffer.concat([Buffer.from([short, content.length]), content]);
  const head = Buffer.alloc(5);
  head.writeUInt8(long);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}

function wide(code: number, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(code);
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
}
