/**
 * Addresses and prefixes as numbers, so that they can be compared. An address is a number below 2^32 (IPv4) or 2^128
 * (IPv6); a range holds every address from `from` to `to`, both included. The two families never overlap.
 */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly from: bigint;
  readonly to: bigint;
}

const BITS = { 4: 32, 6: 128 } as const;

/**
 * Reads an address (`10.0.0.4`), a prefix (`10.0.0.0/16`, `2001:db8::/32`) or a span (`10.0.0.4-10.0.0.9`). Bits beyond
 * the prefix length are dropped, as the service does. Undefined for anything else, service tags above all.
 */
export function parseRange(text: string): AddressRange | undefined {
  const trimmed = text.trim();
  const span = trimmed.split('-');
  if (span.length === 2) {
    const [first, last] = span.map((part) => parseAddress(part.trim()));
    if (!first || !last || first.family !== last.family || first.value > last.value) return undefined;
    return { family: first.family, from: first.value, to: last.value };
  }
  const [head = '', length, ...rest] = trimmed.split('/');
  const address = parseAddress(head);
  if (!address || rest.length > 0) return undefined;
  const bits = BITS[address.family];
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > bits)) return undefined;
  const size = 1n << BigInt(bits - (length === undefined ? bits : Number(length)));
  const from = (address.value / size) * size;
  return { family: address.family, from, to: from + size - 1n };
}

/** The number of leading bits that all addresses of a prefix share; undefined for a span that is not a prefix. */
export function prefixLength({ family, from, to }: AddressRange): number | undefined {
  const size = to - from + 1n;
  const isPowerOfTwo = (size & (size - 1n)) === 0n;
  return isPowerOfTwo && from % size === 0n ? BITS[family] - (size.toString(2).length - 1) : undefined;
}

/** The address at a place in an IPv4 prefix, counted from 0: `addressAt('10.0.1.0/24', 4)` is 10.0.1.4. Undefined outside it. */
export function addressAt(prefix: string, place: number): string | undefined {
  const range = parseRange(prefix);
  if (range?.family !== 4 || !Number.isInteger(place) || place < 0) return undefined;
  const address = range.from + BigInt(place);
  if (address > range.to) return undefined;
  return [24n, 16n, 8n, 0n].map((shift) => ((address >> shift) & 255n).toString()).join('.');
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.family === inner.family && outer.from <= inner.from && inner.to <= outer.to;
}

export function overlaps(left: AddressRange, right: AddressRange): boolean {
  return left.family === right.family && left.from <= right.to && right.from <= left.to;
}

/** Whether every address of `inner` lies in one or other of the ranges, which may complete each other. */
export function isCovered(inner: AddressRange, ranges: readonly AddressRange[]): boolean {
  const ordered = ranges
    .filter((range) => overlaps(range, inner))
    .sort((left, right) => (left.from < right.from ? -1 : left.from > right.from ? 1 : 0));
  let next = inner.from;
  for (const { from, to } of ordered) {
    if (from > next) return false;
    if (to >= next) next = to + 1n;
  }
  return next > inner.to;
}

function parseAddress(text: string): { readonly family: 4 | 6; readonly value: bigint } | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { family: 4, value: v4 };
  const v6 = parseV6(text);
  return v6 === undefined ? undefined : { family: 6, value: v6 };
}

function parseV4(text: string): bigint | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) : undefined;
}

/** Groups of hexadecimal digits, at most one `::`, and an IPv4 address in place of the last two groups where written so. */
function parseV6(text: string): bigint | undefined {
  if (!text.includes(':') || text.length > 45) return undefined;
  const tail = text.slice(text.lastIndexOf(':') + 1);
  const embedded = tail.includes('.') ? parseV4(tail) : undefined;
  if (tail.includes('.') && embedded === undefined) return undefined;
  const plain =
    embedded === undefined
      ? text
      : `${text.slice(0, -tail.length)}${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`;
  const halves = plain.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], end = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - end.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...end];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}
