import { addMessage, type Batch, MAX_MESSAGE_BYTES, type Message, type MessageOrigin } from './batch.ts';
import { Fields } from './fields.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  isAt,
  type JsonBytes,
  jsonBytes,
  OPEN_BRACE,
  OPEN_BRACKET,
  skipKey,
  skipSpace,
  skipValue,
} from './json-bytes.ts';
import { readItem, readMessage } from './parse.ts';
import { RecordReader } from './read-record.ts';

/**
 * The short reading of a message: the hot path. It walks once over the bytes, notes where the wanted values stand, and
 * reads those; no object is built for a record, and no string for a name that is known.
 *
 * It has a rule for what gateways really write and for nothing else. A record with anything unusual in a wanted place (an
 * escape, a list, a number in an odd form, a field that stands there twice) is walked over and handed to the full
 * reading; a message that is not JSON in every byte, or nests unexpectedly, is handed over whole. So the result is that
 * of `parseMessage` for every input, and only the time differs.
 */
export class Scanner {
  readonly #layouts = Array.from(
    { length: LAYOUTS },
    (): Layout => ({ fields: new Fields(), reader: new RecordReader() }),
  );
  /** The layout of the last record. */
  #current = 0;
  /** When each layout became the current one, by a count of such changes: a new one takes the place of the oldest. */
  readonly #since = new Float64Array(LAYOUTS);
  #changes = 0;
  readonly #decoder = new TextDecoder();

  /** Reads a message into the batch: all of it or nothing. */
  scanMessage(batch: Batch, bytes: Uint8Array, origin: MessageOrigin): Message {
    const message = addMessage(batch, origin);
    const { length } = batch.records;
    for (const { fields, reader } of this.#layouts) {
      fields.begin();
      reader.trim();
    }
    if (bytes.length <= MAX_MESSAGE_BYTES && this.#scan(batch, message, bytes)) return message;
    this.#takeBack(batch, message, length);
    readMessage(batch, message, bytes);
    return message;
  }

  #takeBack(batch: Batch, message: Message, length: number): void {
    batch.records.truncate(length);
    message.others = 0;
    message.internal = 0;
    message.unread = 0;
    message.readInFull = 0;
  }

  #scan(batch: Batch, message: Message, bytes: Uint8Array): boolean {
    const json = jsonBytes(bytes);
    const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    const { length } = batch.records;
    const after = this.#scanDocument(batch, message, json, skipSpace(json, start));
    if (after < 0) return false;
    if (skipSpace(json, after) === bytes.length) return true;
    // More than one document: then each has a line of its own.
    this.#takeBack(batch, message, length);
    return this.#scanLines(batch, message, json, start);
  }

  #scanLines(batch: Batch, message: Message, json: JsonBytes, start: number): boolean {
    const { bytes } = json;
    for (let at = start; at < bytes.length; ) {
      const newline = bytes.indexOf(0x0a, at);
      const line = { ...json, end: newline < 0 ? bytes.length : newline };
      const first = skipSpace(line, at);
      if (first < line.end) {
        const after = this.#scanDocument(batch, message, line, first);
        if (after < 0 || skipSpace(line, after) < line.end) return false;
      }
      at = line.end + 1;
    }
    return true;
  }

  /** An envelope, a list of records, or a single record. */
  #scanDocument(batch: Batch, message: Message, json: JsonBytes, start: number): number {
    if (isAt(json, start, OPEN_BRACKET)) return this.#scanList(batch, message, json, start + 1);
    if (!isAt(json, start, OPEN_BRACE)) return -1;
    const valueAt = skipKey(json, skipSpace(json, start + 1));
    if (valueAt < 0 || !isNamedRecords(json, start) || !isAt(json, valueAt, OPEN_BRACKET))
      return this.#scanItem(batch, message, json, start);
    let at = this.#scanList(batch, message, json, valueAt + 1);
    if (at < 0) return -1;
    at = skipSpace(json, at);
    // Anything beside the records is left to the full reading: it could be `records` once more.
    return isAt(json, at, CLOSE_BRACE) ? at + 1 : -1;
  }

  /** From the byte after the opening bracket to the one after the closing bracket. */
  #scanList(batch: Batch, message: Message, json: JsonBytes, start: number): number {
    let at = skipSpace(json, start);
    if (isAt(json, at, CLOSE_BRACKET)) return at + 1;
    for (;;) {
      at = this.#scanItem(batch, message, json, at);
      if (at < 0) return -1;
      at = skipSpace(json, at);
      if (isAt(json, at, CLOSE_BRACKET)) return at + 1;
      if (!isAt(json, at, COMMA)) return -1;
      at = skipSpace(json, at + 1);
    }
  }

  #scanItem(batch: Batch, message: Message, json: JsonBytes, start: number): number {
    const isObject = isAt(json, start, OPEN_BRACE);
    const after = isObject ? this.#findFields(json, start) : skipValue(json, start);
    if (after < 0) return -1;
    const { fields, reader } = this.#layouts[this.#current] as Layout;
    if (isObject && reader.read(fields, batch, message)) return after;
    message.readInFull += 1;
    readItem(batch, message, JSON.parse(this.#decoder.decode(json.bytes.subarray(start, after))));
    return after;
  }

  #changeTo(layout: number): void {
    this.#current = layout;
    this.#changes += 1;
    this.#since[layout] = this.#changes;
  }

  /** Finds the fields of the record that starts here, by the layout that it then has; returns the position after it. */
  #findFields(json: JsonBytes, start: number): number {
    for (let tried = 0; tried < LAYOUTS; tried += 1) {
      const layout = (this.#current + tried) % LAYOUTS;
      const after = (this.#layouts[layout] as Layout).fields.compare(json, start);
      if (after < 0) continue;
      if (tried > 0) this.#changeTo(layout);
      return after;
    }
    this.#changeTo(this.#since.indexOf(Math.min(...this.#since)));
    return (this.#layouts[this.#current] as Layout).fields.walk(json, start);
  }
}

/**
 * Records of one kind look alike, and a hub mixes a few kinds: the access log and the firewall log take turns. For each
 * of the last few kinds the last record is remembered, and what was read of it.
 */
interface Layout {
  readonly fields: Fields;
  readonly reader: RecordReader;
}

const LAYOUTS = 3;

const RECORDS = [...'"records"'].map((character) => character.charCodeAt(0));

function isNamedRecords(json: JsonBytes, brace: number): boolean {
  const at = skipSpace(json, brace + 1);
  return RECORDS.every((byte, index) => isAt(json, at + index, byte));
}
