import { rowsIn } from '../evidence/log-rows.ts';
import { timeOf } from '../evidence/time.ts';
import { type Fields, FORM } from './fields.ts';
import { isDigit, type JsonBytes } from './json-bytes.ts';
import { Names, NO_NAME, ODD_NAME } from './names.ts';

/** Reads the values of a record from their bytes. What is not written the usual way is left to the full reading. */

/** What a reader returns where there is no value, and where only the full reading can tell. */
export const NONE = -1;
export const ODD_VALUE = -2;

/** The number of a name; NO_NAME where the record has none. */
export function nameAt(fields: Fields, slot: number, names: Names): number {
  if (!fields.has(slot)) return NO_NAME;
  if (fields.formOf(slot) !== FORM.text) return ODD_NAME;
  return names.numberAt(fields.json, fields.startOf(slot), fields.endOf(slot));
}

/** The number of a path, whose query is cut off before anything is kept. */
export function pathAt(fields: Fields, slot: number, names: Names): number {
  if (!fields.has(slot)) return NO_NAME;
  if (fields.formOf(slot) !== FORM.text) return ODD_NAME;
  const { json } = fields;
  const { bytes } = json;
  const start = fields.startOf(slot);
  const end = fields.endOf(slot);
  if (start === end) return NO_NAME;
  // Whatever names a host, or is no path, is read in full.
  if ((bytes[start] !== 0x2f && bytes[start] !== 0x5c) || end - start > MAX_URI_LENGTH) return ODD_NAME;
  let cut = start;
  while (cut < end && bytes[cut] !== 0x3f && bytes[cut] !== 0x23) cut += 1;
  return names.numberAt(json, start, cut);
}

/** The reader of evidence cuts texts at 4,000 characters; far below that, nothing is cut. */
const MAX_URI_LENGTH = 2_000;

/** A status between 100 and 999; `""`, `-` and 0 all mean that there is none. */
export function statusAt(fields: Fields, slot: number): number {
  if (!fields.has(slot)) return NONE;
  if (fields.formOf(slot) === FORM.other) return ODD_VALUE;
  const { bytes } = fields.json;
  const start = fields.startOf(slot);
  const length = fields.endOf(slot) - start;
  if (length === 0) return NONE;
  if (length === 1) return bytes[start] === 0x30 || bytes[start] === 0x2d ? NONE : ODD_VALUE;
  if (length !== 3) return ODD_VALUE;
  const [hundreds, tens, ones] = [bytes[start] as number, bytes[start + 1] as number, bytes[start + 2] as number];
  if (hundreds === 0x30 || !isDigit(hundreds) || !isDigit(tens) || !isDigit(ones)) return ODD_VALUE;
  return hundreds * 100 + tens * 10 + ones - 0x30 * 111;
}

/** A decimal number without sign or exponent, as a number or as a text. */
export function decimalAt(fields: Fields, slot: number): number {
  if (!fields.has(slot)) return NONE;
  if (fields.formOf(slot) === FORM.other) return ODD_VALUE;
  const { bytes } = fields.json;
  const start = fields.startOf(slot);
  const end = fields.endOf(slot);
  if (start === end || (end === start + 1 && bytes[start] === 0x2d)) return NONE;
  // Up to fifteen digits and the power of ten are exact, so that the quotient is the number that JSON.parse reads.
  if (end - start > MAX_DIGITS) return ODD_VALUE;
  let digits = 0;
  let point = -1;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (isDigit(byte)) digits = digits * 10 + byte - 0x30;
    else if (byte === 0x2e && point < 0 && at > start) point = at;
    else return ODD_VALUE;
  }
  if (point < 0) return digits;
  return point === end - 1 ? ODD_VALUE : digits / (POWERS[end - 1 - point] as number);
}

const MAX_DIGITS = 15;
const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_power, index) => 10 ** index);

/** 1 where the client is the gateway itself, otherwise 0. Three bytes tell for nearly every client. */
export function loopbackAt(fields: Fields, slot: number): number {
  if (!fields.has(slot)) return 0;
  if (fields.formOf(slot) !== FORM.text) return ODD_VALUE;
  const { bytes } = fields.json;
  const start = fields.startOf(slot);
  const length = fields.endOf(slot) - start;
  if (length < LOOPBACK.length) return 0;
  for (let index = 0; index < 3; index += 1) {
    const byte = bytes[start + index] as number;
    const isPlain = isDigit(byte) || byte === 0x2e || byte === 0x3a || (byte >= 0x61 && byte <= 0x66);
    if (!isPlain) return ODD_VALUE;
    if (byte !== LOOPBACK[index]) return 0;
  }
  return length === LOOPBACK.length && LOOPBACK.every((byte, index) => bytes[start + index] === byte) ? 1 : ODD_VALUE;
}

const LOOPBACK = [...'127.0.0.1'].map((character) => character.charCodeAt(0));

/** v1 packs the backend into a query; its instances have the longer names, such as `ApplicationGatewayRole_IN_0`. */
export function v1InstanceAt(fields: Fields, slot: number): number {
  if (!fields.has(slot) || fields.formOf(slot) !== FORM.text) return 0;
  return fields.endOf(slot) - fields.startOf(slot) >= 'ApplicationGatewayRole'.length ? ODD_VALUE : 0;
}

/**
 * Times, by the minute: a date is worked out once a minute, and the rest is counted on from there. Records come out of
 * order, so a few minutes are remembered.
 */
export class Times {
  readonly #minutes = Array.from({ length: MINUTES }, (): KnownMinute => ({ words: new Int32Array(4), at: 0 }));
  #last = 0;

  /** Milliseconds since 1970, from `2026-09-14T02:10:31.123+00:00`, with `Z`, or without a zone. */
  timeAt(fields: Fields, slot: number): number {
    if (fields.formOf(slot) !== FORM.text) return ODD_VALUE;
    const { json } = fields;
    const { bytes } = json;
    const start = fields.startOf(slot);
    const end = fields.endOf(slot);
    const seconds = start + MINUTE_LENGTH;
    if (end < seconds + 3 || bytes[seconds] !== 0x3a) return ODD_VALUE;
    const [tens, ones] = [bytes[seconds + 1] as number, bytes[seconds + 2] as number];
    if (tens < 0x30 || tens > 0x35 || !isDigit(ones)) return ODD_VALUE;
    let milliseconds = (tens * 10 + ones - 0x30 * 11) * 1_000;
    let at = seconds + 3;
    if (bytes[at] === 0x2e) {
      const fraction = at + 1;
      let unit = 100;
      for (at = fraction; at < end && isDigit(bytes[at] as number); at += 1) {
        milliseconds += ((bytes[at] as number) - 0x30) * unit;
        unit = Math.trunc(unit / 10);
      }
      if (at === fraction || at > fraction + 9) return ODD_VALUE;
    }
    if (at < end && !isUtc(bytes, at, end)) return ODD_VALUE;
    const minute = this.#minuteAt(json, start);
    return minute === undefined ? ODD_VALUE : minute + milliseconds;
  }

  #minuteAt(json: JsonBytes, start: number): number | undefined {
    for (let tried = 0; tried < MINUTES; tried += 1) {
      const place = (this.#last + tried) % MINUTES;
      const known = this.#minutes[place] as KnownMinute;
      if (!isSpelled(known, json, start)) continue;
      this.#last = place;
      return known.at;
    }
    const text = String.fromCharCode(...json.bytes.subarray(start, start + MINUTE_LENGTH));
    // The last second of the minute has to exist as well: 24:00:00 is a time, 24:00:01 is none.
    const last = timeOf(`${text}:59Z`);
    if (last === undefined) return undefined;
    this.#last = (this.#last + 1) % MINUTES;
    const words = Int32Array.from({ length: 4 }, (_word, index) => json.view.getInt32(start + index * 4, true));
    this.#minutes[this.#last] = { words, at: last - 59_000 };
    return last - 59_000;
  }
}

interface KnownMinute {
  /** The bytes that spell it. */
  readonly words: Int32Array;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const MINUTES = 4;

function isSpelled({ words }: KnownMinute, { view }: JsonBytes, start: number): boolean {
  for (let index = 0; index < 4; index += 1) if (view.getInt32(start + index * 4, true) !== words[index]) return false;
  return true;
}

/** `2026-09-14T02:10`. */
const MINUTE_LENGTH = 16;
const UTC = [...'+00:00'].map((character) => character.charCodeAt(0));

function isUtc(bytes: Uint8Array, at: number, end: number): boolean {
  if (end === at + 1) return bytes[at] === 0x5a;
  return end === at + UTC.length && UTC.every((byte, index) => bytes[at + index] === byte);
}

/** What a record is, by its label. `unknown` leaves it to the next label. */
export const KIND = { unknown: 0, access: 1, other: 2, odd: 3 } as const;

/** The reader of evidence decides what a label means; it is asked once for each label. */
export class Kinds {
  readonly #categories = new Names(kindOfCategory);
  readonly #labels = new Names(kindOfLabel);

  /** By `category`, which decides alone where it is a text. */
  categoryAt(fields: Fields, slot: number): number {
    if (fields.formOf(slot) !== FORM.text || fields.startOf(slot) === fields.endOf(slot)) return KIND.odd;
    return this.#kindAt(fields, slot, this.#categories);
  }

  /** By another label. */
  labelAt(fields: Fields, slot: number): number {
    return fields.has(slot) ? this.#kindAt(fields, slot, this.#labels) : KIND.unknown;
  }

  /** Between two messages. */
  trim(): void {
    for (const names of [this.#categories, this.#labels]) if (names.size > MAX_LABELS) names.clear();
  }

  #kindAt(fields: Fields, slot: number, names: Names): number {
    const number = nameAt(fields, slot, names);
    return number === ODD_NAME ? KIND.odd : Number(names.name(number));
  }
}

const MAX_LABELS = 256;

function kindOfCategory(category: string): string {
  for (const _row of rowsIn([{ category }], 'access')) return String(KIND.access);
  return String(KIND.other);
}

function kindOfLabel(operationName: string): string {
  for (const _row of rowsIn([{ operationName }], 'access')) return String(KIND.access);
  for (const _row of rowsIn([{ operationName }], 'firewall')) return String(KIND.other);
  return String(KIND.unknown);
}
