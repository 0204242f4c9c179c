import {
  CLOSE_BRACE,
  COLON,
  COMMA,
  findQuote,
  isAt,
  isDigit,
  type JsonBytes,
  OPEN_BRACE,
  QUOTE,
  skipNumber,
  skipSpace,
  skipValue,
} from './json-bytes.ts';
import { Keys, ODD_KEY, SLOT, SLOTS } from './keys.ts';

/** In which form of JSON a value stands. */
export const FORM = { nothing: 0, text: 1, number: 2, other: 3 } as const;

/** Real records have about forty fields. */
const MAX_FIELDS = 256;
const ALL_SLOTS = (1 << SLOTS) - 1;

/**
 * Where the fields of a record stand in its message.
 *
 * Records of one kind have the same keys in the same order, and many have the same values. So one record of a message is
 * walked over byte by byte, and those after it are read as their difference from it: equal bytes are passed over eight at
 * a time, and where bytes differ inside a value, that value alone is walked over. What is equal to JSON that was walked
 * over needs no second look. A record that differs anywhere else is not alike, and is walked over itself.
 */
export class Fields {
  /** Slots whose value has changed since it was last read, one bit each. The reader clears them. */
  stale = ALL_SLOTS;
  /** Slots that the record has, one bit each. */
  seen = 0;
  /** Whether the record has something that only the full reading can judge. */
  isOdd = false;

  readonly #recordKeys = new Keys('record');
  readonly #propertyKeys = new Keys('properties');

  /** The record that was walked over, from its opening brace to the byte after its closing brace; none where both are 0. */
  #json: JsonBytes = { bytes: new Uint8Array(), view: new DataView(new ArrayBuffer(0)), end: 0 };
  #from = 0;
  #to = 0;
  /** Its fields in their order: first byte of the value, the byte after it (quotes stand outside), form and slot. */
  #count = 0;
  readonly #start = new Int32Array(MAX_FIELDS);
  readonly #end = new Int32Array(MAX_FIELDS);
  readonly #form = new Uint8Array(MAX_FIELDS);
  readonly #slot = new Int8Array(MAX_FIELDS);
  /** The field of each slot. */
  readonly #fieldOf = new Uint8Array(SLOTS);
  /** Where the values of the present record stand: where it has changed nothing, that is in the record walked over. */
  readonly #slotStart = new Int32Array(SLOTS);
  readonly #slotEnd = new Int32Array(SLOTS);
  /** Slots that stand elsewhere than in the record walked over. */
  #changed = 0;

  /** Before each message: records are compared within one message only. */
  begin(): void {
    this.#from = 0;
    this.#to = 0;
    this.#recordKeys.trim();
    this.#propertyKeys.trim();
  }

  get json(): JsonBytes {
    return this.#json;
  }

  /** Whether the record has the slot, and not as null. */
  has(slot: number): boolean {
    return (this.seen & (1 << slot)) !== 0 && this.formOf(slot) !== FORM.nothing;
  }

  formOf(slot: number): number {
    return this.#form[this.#fieldOf[slot] as number] as number;
  }

  startOf(slot: number): number {
    return this.#slotStart[slot] as number;
  }

  endOf(slot: number): number {
    return this.#slotEnd[slot] as number;
  }

  /**
   * Reads the record whose opening brace stands at `from` as its difference from the one walked over. Returns the position
   * after it, or -1 where they are not alike.
   */
  compare(json: JsonBytes, from: number): number {
    if (this.#to === 0) return -1;
    const { view, end } = json;
    const starts = this.#start;
    const ends = this.#end;
    const to = this.#to;
    let changed = 0;
    let field = 0;
    /** How far the comparing has come in the record walked over, and how much further on that is in this one. */
    let at = this.#from;
    let shift = from - at;
    for (;;) {
      at += equalBytes(view, at, at + shift, Math.min(to, end - shift) - at);
      if (at === to) break;
      while (field < this.#count && (ends[field] as number) < at) field += 1;
      // The end of a value belongs to it: `45` and `451` differ there.
      const isInValue = field < this.#count && (starts[field] as number) <= at;
      const start = (starts[field] as number) + shift;
      const after = isInValue ? this.#skipAlike(json, start, field) : -1;
      const slot = this.#slot[field] as number;
      if (after >= 0 && slot >= 0) {
        changed |= 1 << slot;
        this.#slotStart[slot] = start;
        this.#slotEnd[slot] = after;
      }
      if (after < 0) {
        this.#changed |= changed;
        return -1;
      }
      at = ends[field] as number;
      shift = after - at;
      field += 1;
    }
    this.#putBack(this.#changed & ~changed);
    this.stale |= this.#changed | changed;
    this.#changed = changed;
    return to + shift;
  }

  /** Over a value that has to have the same form as before. The fields of `properties` are compared one by one. */
  #skipAlike(json: JsonBytes, start: number, field: number): number {
    const form = this.#form[field] as number;
    if (form === FORM.text) return findQuote(json, start);
    if (start >= json.end || this.#slot[field] === SLOT.properties) return -1;
    if (formStarting(json.bytes[start] as number) !== form) return -1;
    return form === FORM.number ? skipNumber(json, start) : skipValue(json, start);
  }

  /** These slots are again those of the record walked over. */
  #putBack(slots: number): void {
    for (let left = slots; left !== 0; left &= left - 1) {
      const slot = 31 - Math.clz32(left & -left);
      const field = this.#fieldOf[slot] as number;
      this.#slotStart[slot] = this.#start[field] as number;
      this.#slotEnd[slot] = this.#end[field] as number;
    }
  }

  /** Walks over the whole record with its `properties`; returns the position after it, or -1. */
  walk(json: JsonBytes, from: number): number {
    const { bytes } = json;
    this.#json = json;
    this.#from = from;
    this.#to = 0;
    this.#count = 0;
    this.#changed = 0;
    this.seen = 0;
    this.stale = ALL_SLOTS;
    this.isOdd = false;
    let keys = this.#recordKeys;
    let at = skipSpace(json, from + 1);
    if (isAt(json, at, CLOSE_BRACE)) return at + 1;
    for (;;) {
      if (!isAt(json, at, QUOTE)) return -1;
      const quote = findQuote(json, at + 1);
      if (quote < 0) return -1;
      const slot = keys.slotAt(json, at + 1, quote);
      at = skipSpace(json, quote + 1);
      if (!isAt(json, at, COLON)) return -1;
      at = skipSpace(json, at + 1);

      if (slot === SLOT.properties && isAt(json, at, OPEN_BRACE)) {
        this.#note(slot, FORM.other, at, at);
        at = skipSpace(json, at + 1);
        if (!isAt(json, at, CLOSE_BRACE)) {
          keys = this.#propertyKeys;
          continue;
        }
        at += 1;
      } else {
        const after = skipValue(json, at);
        if (after < 0) return -1;
        const isText = bytes[at] === QUOTE;
        this.#note(slot, formStarting(bytes[at] as number), isText ? at + 1 : at, isText ? after - 1 : after);
        at = after;
      }

      at = skipSpace(json, at);
      if (keys === this.#propertyKeys && isAt(json, at, CLOSE_BRACE)) {
        keys = this.#recordKeys;
        at = skipSpace(json, at + 1);
      }
      if (!isAt(json, at, COMMA)) break;
      at = skipSpace(json, at + 1);
    }
    if (!isAt(json, at, CLOSE_BRACE) || keys !== this.#recordKeys) return -1;
    // With a record of more fields than fit, no other can be compared.
    this.#to = this.#count === MAX_FIELDS ? 0 : at + 1;
    return at + 1;
  }

  #note(slot: number, form: number, start: number, end: number): void {
    const field = this.#count;
    if (slot === ODD_KEY || field === MAX_FIELDS) this.isOdd = true;
    if (field === MAX_FIELDS) return;
    this.#start[field] = start;
    this.#end[field] = end;
    this.#form[field] = form;
    this.#slot[field] = slot;
    this.#count += 1;
    if (slot < 0) return;
    const bit = 1 << slot;
    // Which of two values counts depends on where they stand and how they are spelled.
    if ((this.seen & bit) !== 0) this.isOdd = true;
    this.seen |= bit;
    this.#fieldOf[slot] = field;
    this.#slotStart[slot] = start;
    this.#slotEnd[slot] = end;
  }
}

function formStarting(first: number): number {
  if (first === QUOTE) return FORM.text;
  if (isDigit(first)) return FORM.number;
  return first === 0x6e ? FORM.nothing : FORM.other;
}

/**
 * How many bytes are equal from these two positions on, out of `length`. Eight bytes are compared as one double, which
 * is the quickest read there is. Doubles that are equal have equal bytes, but for the two zeros, and those are made of
 * NUL bytes, which JSON cannot hold. Doubles that are no numbers equal nothing, so a second look tells whether the bytes
 * do differ.
 */
function equalBytes(view: DataView, left: number, right: number, length: number): number {
  let index = 0;
  for (; index <= length - 8; index += 8) {
    if (view.getFloat64(left + index, true) === view.getFloat64(right + index, true)) continue;
    const first = view.getInt32(left + index, true) ^ view.getInt32(right + index, true);
    const second = view.getInt32(left + index + 4, true) ^ view.getInt32(right + index + 4, true);
    // The lowest bit that differs is in the first byte that does.
    if (first !== 0) return index + ((31 - Math.clz32(first & -first)) >> 3);
    if (second !== 0) return index + 4 + ((31 - Math.clz32(second & -second)) >> 3);
  }
  while (index < length && view.getUint8(left + index) === view.getUint8(right + index)) index += 1;
  return index;
}
