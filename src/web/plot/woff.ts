import { inflateSync } from 'node:zlib';

/**
 * A WOFF 1.0 font as the OpenType font that it packs, for a renderer that reads only those. WOFF is a directory of tables,
 * each compressed by itself (https://www.w3.org/TR/WOFF/). Throws a RangeError on a file that is cut off or none.
 */
export function openTypeOf(woff: Uint8Array): Uint8Array {
  const view = new DataView(woff.buffer, woff.byteOffset, woff.byteLength);
  if (view.getUint32(0) !== SIGNATURE) throw new RangeError('The font is not a WOFF file.');
  const count = view.getUint16(12);
  const tables = Array.from({ length: count }, (_, index) => {
    const at = WOFF_HEADER + index * WOFF_ENTRY;
    const [tag, offset, packed, length, checksum] = [0, 4, 8, 12, 16].map((field) => view.getUint32(at + field));
    const start = offset ?? 0;
    const bytes = woff.subarray(start, start + (packed ?? 0));
    return {
      tag: tag ?? 0,
      checksum: checksum ?? 0,
      body: packed === length ? bytes : new Uint8Array(inflateSync(bytes)),
    };
  });
  const headers = FONT_HEADER + count * FONT_ENTRY;
  const font = new Uint8Array(headers + tables.reduce((sum, { body }) => sum + padded(body.length), 0));
  const out = new DataView(font.buffer);
  const power = Math.floor(Math.log2(count));
  out.setUint32(0, view.getUint32(4));
  out.setUint16(4, count);
  out.setUint16(6, 2 ** power * 16);
  out.setUint16(8, power);
  out.setUint16(10, count * 16 - 2 ** power * 16);
  let position = headers;
  for (const [index, { tag, checksum, body }] of tables.entries()) {
    const at = FONT_HEADER + index * FONT_ENTRY;
    for (const [field, value] of [tag, checksum, position, body.length].entries()) out.setUint32(at + field * 4, value);
    font.set(body, position);
    position += padded(body.length);
  }
  return font;
}

/** `wOFF` */
const SIGNATURE = 0x774f4646;
/** Sizes in bytes. */
const WOFF_HEADER = 44;
const WOFF_ENTRY = 20;
const FONT_HEADER = 12;
const FONT_ENTRY = 16;

/** Tables begin at multiples of four bytes. */
function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
