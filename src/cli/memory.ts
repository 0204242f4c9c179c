import { getHeapStatistics } from 'node:v8';

/**
 * Roughly what a text takes in memory once it is parsed, in bytes. Objects, list items and lines are what a small text
 * can hold very many of: `[{},{},...]` takes twenty times its size. Too little memory ends a process with a page of
 * numbers and no way to say why, so this is asked beforehand. The sizes were measured on 64-bit Node 24, and rounded up.
 */
export function parsedSize(bytes: Uint8Array): number {
  let size = bytes.length * 2;
  // By index: the iterator of a typed array takes seconds for the largest inputs.
  for (let index = 0; index < bytes.length; index += 1) size += COST[bytes[index] ?? 0] ?? 0;
  return size;
}

const COST = new Uint8Array(256);
COST['{'.charCodeAt(0)] = 80;
COST['['.charCodeAt(0)] = 80;
COST[','.charCodeAt(0)] = 24;
COST['\n'.charCodeAt(0)] = 40;
COST['\r'.charCodeAt(0)] = 40;

/** Inputs below this fit into the smallest heap that Node gives itself. */
const ALWAYS_FITS_BYTES = 8 * 1024 * 1024;

/** Whether the process may hold the parsed text, with room left to work on it. */
export function fitsInMemory(bytes: Uint8Array, heapLimitBytes = getHeapStatistics().heap_size_limit): boolean {
  return bytes.length <= ALWAYS_FITS_BYTES || parsedSize(bytes) <= heapLimitBytes * 0.6;
}
