import { BACKSLASH, type JsonBytes, SLASH } from './json-bytes.ts';

/** What stands for "nothing". */
export const NO_NAME = 0;
/** A text that the short reading has no rule for: its record is read in full. */
export const ODD_NAME = -1;

/** The longest id of a gateway has about 280 characters. What is longer is read in full. */
const MAX_LENGTH = 400;
const FIRST_TABLE = 256;

/**
 * What a text of the log means: the name as it is kept, `''` where it stands for nothing, undefined where only the full
 * reading can tell. The text holds printable ASCII only and has no space at either end.
 */
export type Meaning = (text: string) => string | undefined;

/**
 * Names by small numbers. The same few pools, members and errors stand in every record, so they are told apart by their
 * bytes and decoded once; two spellings with one meaning have one number. A record costs no string and no garbage.
 */
export class Names {
  readonly #meaning: Meaning;
  /** The names by number. */
  #names: string[] = [''];
  readonly #numbers = new Map<string, number>();
  /** The bytes of every spelling seen, each from a multiple of four on. */
  #spelled = new Uint8Array(4_096);
  #view = new DataView(this.#spelled.buffer);
  #used = 0;
  /** By spelling: where its bytes start, how many there are, and the number of its name (or ODD_NAME). */
  #starts: number[] = [];
  #lengths: number[] = [];
  #meant: number[] = [];
  /** Spellings by hash, open addressing; 0 is free, otherwise one more than the spelling. */
  #table = new Int32Array(FIRST_TABLE);
  #last = 0;

  constructor(meaning: Meaning) {
    this.#meaning = meaning;
    this.#numbers.set('', NO_NAME);
  }

  /** How many spellings are known. */
  get size(): number {
    return this.#starts.length;
  }

  name(number: number): string {
    return this.#names[number] ?? '';
  }

  /** Forgets everything. Numbers that were given out mean nothing any more. */
  clear(): void {
    this.#names = [''];
    this.#numbers.clear();
    this.#numbers.set('', NO_NAME);
    this.#spelled = new Uint8Array(4_096);
    this.#view = new DataView(this.#spelled.buffer);
    this.#used = 0;
    this.#starts = [];
    this.#lengths = [];
    this.#meant = [];
    this.#table = new Int32Array(FIRST_TABLE);
    this.#last = 0;
  }

  /** The number of a name that was read in full. */
  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#names.length;
    this.#names.push(name);
    this.#numbers.set(name, number);
    return number;
  }

  /** The number of the name that these bytes of a JSON string spell, NO_NAME or ODD_NAME. */
  numberAt(json: JsonBytes, start: number, end: number): number {
    const length = end - start;
    if (length === 0) return NO_NAME;
    if (length > MAX_LENGTH) return ODD_NAME;
    // Mostly it is the one of the record before.
    if (this.#lengths[this.#last] === length && this.#isSpelled(this.#last, json, start))
      return this.#meantBy(this.#last);
    const mask = this.#table.length - 1;
    let place = hashOf(json, start, end) & mask;
    for (;;) {
      const spelling = (this.#table[place] as number) - 1;
      if (spelling < 0) break;
      if (this.#lengths[spelling] === length && this.#isSpelled(spelling, json, start)) {
        this.#last = spelling;
        return this.#meantBy(spelling);
      }
      place = (place + 1) & mask;
    }
    this.#last = this.#learn(json, start, end, place);
    return this.#meantBy(this.#last);
  }

  #meantBy(spelling: number): number {
    return this.#meant[spelling] as number;
  }

  #isSpelled(spelling: number, { bytes, view }: JsonBytes, start: number): boolean {
    const length = this.#lengths[spelling] as number;
    const from = this.#starts[spelling] as number;
    const known = this.#view;
    const words = length & ~3;
    for (let index = 0; index < words; index += 4) {
      if (view.getInt32(start + index, true) !== known.getInt32(from + index, true)) return false;
    }
    for (let index = words; index < length; index += 1) {
      if (bytes[start + index] !== this.#spelled[from + index]) return false;
    }
    return true;
  }

  #learn({ bytes }: JsonBytes, start: number, end: number, place: number): number {
    const spelling = this.#starts.length;
    const text = plainText(bytes, start, end);
    const name = text === undefined ? undefined : this.#meaning(text);
    const length = end - start;
    this.#reserve(length);
    this.#spelled.set(bytes.subarray(start, end), this.#used);
    this.#starts.push(this.#used);
    this.#lengths.push(length);
    this.#meant.push(name === undefined ? ODD_NAME : this.numberOf(name));
    this.#used += (length + 3) & ~3;
    this.#table[place] = spelling + 1;
    if (this.#starts.length * 2 > this.#table.length) this.#growTable();
    return spelling;
  }

  #reserve(length: number): void {
    if (this.#used + length + 4 <= this.#spelled.length) return;
    const larger = new Uint8Array(this.#spelled.length * 2);
    larger.set(this.#spelled);
    this.#spelled = larger;
    this.#view = new DataView(larger.buffer);
  }

  #growTable(): void {
    const larger = new Int32Array(this.#table.length * 2);
    const mask = larger.length - 1;
    const json = { bytes: this.#spelled, view: this.#view, end: this.#used };
    for (let spelling = 0; spelling < this.#starts.length; spelling += 1) {
      const start = this.#starts[spelling] as number;
      let place = hashOf(json, start, start + (this.#lengths[spelling] as number)) & mask;
      while (larger[place] !== 0) place = (place + 1) & mask;
      larger[place] = spelling + 1;
    }
    this.#table = larger;
  }
}

function hashOf({ bytes, view }: JsonBytes, start: number, end: number): number {
  const words = start + ((end - start) & ~3);
  let hash = end - start;
  let at = start;
  for (; at < words; at += 4) hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
  for (; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  // The lower bits choose the place, and a product mixes upwards only.
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}

/**
 * The text of a JSON string of printable ASCII. Of the escapes only `\/` is decoded: the service writes it in every
 * path. Undefined for any other text, and for one with a space at an end.
 */
function plainText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (bytes[start] === 0x20 || bytes[end - 1] === 0x20) return undefined;
  let text = '';
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0x20 || byte > 0x7e) return undefined;
    if (byte !== BACKSLASH) text += String.fromCharCode(byte);
    else if (at + 1 >= end || bytes[at + 1] !== SLASH) return undefined;
  }
  return text;
}
