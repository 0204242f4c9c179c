/**
 * Walks over JSON in its bytes, without decoding it. Every function takes the position to start at and returns the
 * position after what it walked over, or -1 where the bytes are not what they should be, end too early, or nest deeper
 * than anything real. The grammar is followed strictly: what passes here, JSON.parse takes as well. The reverse need not
 * hold, because after a -1 the message is read by JSON.parse, whose word is final.
 */
export interface JsonBytes {
  readonly bytes: Uint8Array;
  /** The same bytes: one read of four is quicker than four reads of one. */
  readonly view: DataView;
  /** The position after the last byte. */
  readonly end: number;
}

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const SLASH = 0x2f;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const LOWER_U = 0x75;

/** A log record nests three levels deep. */
const MAX_DEPTH = 32;

/** How many bytes a null takes, and so on for the other words; and the words themselves. */
const NULL = [0x6e, 0x75, 0x6c, 0x6c] as const;
const TRUE = [0x74, 0x72, 0x75, 0x65] as const;
const FALSE = [0x66, 0x61, 0x6c, 0x73, 0x65] as const;

export function jsonBytes(bytes: Uint8Array): JsonBytes {
  // A Node Buffer is a Uint8Array of another hidden class; one class keeps the loops below monomorphic.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return { bytes: plain, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), end: bytes.length };
}

export function skipSpace({ bytes, end }: JsonBytes, start: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
  return at;
}

/**
 * From the byte after the opening quote to the closing quote itself (not after it). Looks at four bytes at once: the
 * highest bit of each byte of `marked` says whether that byte is a quote, a backslash or a control character. The first
 * mark is always true; one after it may not be, because a subtraction borrows from the byte above.
 */
export function findQuote(json: JsonBytes, start: number): number {
  const { bytes, view, end } = json;
  const lastWord = end - 4;
  let at = start;
  for (;;) {
    while (at <= lastWord) {
      const word = view.getInt32(at, true);
      const marked = (((word ^ 0x02020202) - 0x21212121) | ((word ^ 0x5c5c5c5c) - 0x01010101)) & ~word & 0x80808080;
      if (marked !== 0) {
        at += (31 - Math.clz32(marked & -marked)) >> 3;
        break;
      }
      at += 4;
    }
    if (at >= end) return -1;
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at;
    if (byte < 0x20) return -1;
    if (byte !== BACKSLASH) at += 1;
    else if (bytes[at + 1] === SLASH) at += 2;
    else {
      at = skipEscape(json, at);
      if (at < 0) return -1;
    }
  }
}

function skipEscape({ bytes, end }: JsonBytes, backslash: number): number {
  const kind = backslash + 1 < end ? (bytes[backslash + 1] as number) : 0;
  if (kind !== LOWER_U) return '"\\/bfnrt'.includes(String.fromCharCode(kind)) ? backslash + 2 : -1;
  if (backslash + 6 > end) return -1;
  for (let at = backslash + 2; at < backslash + 6; at += 1) {
    const byte = bytes[at] as number;
    const isHex = isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
    if (!isHex) return -1;
  }
  return backslash + 6;
}

export function skipNumber(json: JsonBytes, start: number): number {
  const { bytes, end } = json;
  let at = start;
  if (bytes[at] === MINUS) at += 1;
  if (at >= end) return -1;
  const integer = at;
  at = skipDigits(json, at);
  // A number needs a digit, and none that starts with 0 goes on.
  if (at === integer || (bytes[integer] === ZERO && at > integer + 1)) return -1;
  if (at < end && bytes[at] === POINT) {
    const fraction = at + 1;
    at = skipDigits(json, fraction);
    if (at === fraction) return -1;
  }
  if (at < end && ((bytes[at] as number) | 0x20) === 0x65) {
    at += 1;
    if (at < end && (bytes[at] === PLUS || bytes[at] === MINUS)) at += 1;
    const exponent = at;
    at = skipDigits(json, exponent);
    if (at === exponent) return -1;
  }
  return at;
}

function skipDigits({ bytes, end }: JsonBytes, start: number): number {
  let at = start;
  while (at < end && isDigit(bytes[at] as number)) at += 1;
  return at;
}

/** Any value, from its first byte. */
export function skipValue(json: JsonBytes, at: number, depth = 0): number {
  const { bytes, end } = json;
  if (at >= end || depth > MAX_DEPTH) return -1;
  const first = bytes[at] as number;
  if (first === QUOTE) {
    const quote = findQuote(json, at + 1);
    return quote < 0 ? -1 : quote + 1;
  }
  if (first === MINUS || isDigit(first)) return skipNumber(json, at);
  if (first === OPEN_BRACE) return skipObject(json, at + 1, depth);
  if (first === OPEN_BRACKET) return skipArray(json, at + 1, depth);
  if (first === NULL[0]) return skipWord(json, at, NULL);
  if (first === TRUE[0]) return skipWord(json, at, TRUE);
  return first === FALSE[0] ? skipWord(json, at, FALSE) : -1;
}

function skipWord({ bytes, end }: JsonBytes, start: number, word: readonly number[]): number {
  if (start + word.length > end) return -1;
  for (let index = 0; index < word.length; index += 1) if (bytes[start + index] !== word[index]) return -1;
  return start + word.length;
}

function skipObject(json: JsonBytes, start: number, depth: number): number {
  let at = skipSpace(json, start);
  if (isAt(json, at, CLOSE_BRACE)) return at + 1;
  for (;;) {
    at = skipKey(json, at);
    at = at < 0 ? -1 : skipValue(json, at, depth + 1);
    if (at < 0) return -1;
    at = skipSpace(json, at);
    if (isAt(json, at, CLOSE_BRACE)) return at + 1;
    if (!isAt(json, at, COMMA)) return -1;
    at = skipSpace(json, at + 1);
  }
}

function skipArray(json: JsonBytes, start: number, depth: number): number {
  let at = skipSpace(json, start);
  if (isAt(json, at, CLOSE_BRACKET)) return at + 1;
  for (;;) {
    at = skipValue(json, at, depth + 1);
    if (at < 0) return -1;
    at = skipSpace(json, at);
    if (isAt(json, at, CLOSE_BRACKET)) return at + 1;
    if (!isAt(json, at, COMMA)) return -1;
    at = skipSpace(json, at + 1);
  }
}

/** From the opening quote of a key to the first byte of its value. */
export function skipKey(json: JsonBytes, at: number): number {
  if (!isAt(json, at, QUOTE)) return -1;
  const quote = findQuote(json, at + 1);
  if (quote < 0) return -1;
  const colon = skipSpace(json, quote + 1);
  return isAt(json, colon, COLON) ? skipSpace(json, colon + 1) : -1;
}

/** Whether this byte stands there, and not after the end. */
export function isAt({ bytes, end }: JsonBytes, at: number, byte: number): boolean {
  return at < end && bytes[at] === byte;
}

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}
