/**
 * The partition that the service puts a key on. Clients that choose the partition themselves, such as the buffered
 * producer, hash in the same way, so that a key keeps its partition whoever publishes.
 */
export function partitionOfKey(key: string, partitions: number): number {
  return Math.abs(hash(Buffer.from(key, 'utf8')) % partitions);
}

/** Bob Jenkins' lookup3, of which both halves are folded into sixteen bits with a sign. */
function hash(bytes: Buffer): number {
  const start = (0xdeadbeef + bytes.length) | 0;
  const state: State = [start, start, start];
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    add(state, bytes, at, 12);
    mix(state);
  }
  if (bytes.length > at) {
    add(state, bytes, at, bytes.length - at);
    finish(state);
  }
  const [, b, c] = state;
  return ((c ^ b) << 16) >> 16;
}

type State = [number, number, number];

/** Adds up to twelve bytes as three little-endian words, filled up with zeros. */
function add(state: State, bytes: Buffer, at: number, count: number): void {
  const words: State = [0, 0, 0];
  for (let index = 0; index < count; index += 1) {
    const word = (index >> 2) as 0 | 1 | 2;
    words[word] |= (bytes[at + index] ?? 0) << (8 * (index & 3));
  }
  state[0] = (state[0] + words[0]) | 0;
  state[1] = (state[1] + words[1]) | 0;
  state[2] = (state[2] + words[2]) | 0;
}

function mix(state: State): void {
  let [a, b, c] = state;
  a = (a - c) ^ rotate(c, 4);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 4);
  b = (b + a) | 0;
  state.splice(0, 3, a, b, c);
}

function finish(state: State): void {
  let [a, b, c] = state;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  state.splice(0, 3, a, b, c);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
