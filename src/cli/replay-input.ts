import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { decodeText, parseDocuments } from '../evidence/documents.ts';
import { CliError, type Io } from './command.ts';
import { fitsInMemory } from './memory.ts';
import { MAX_INPUT_BYTES, readStream, reasonOf } from './read-bytes.ts';

/** Something to read logs from, as often as wanted. */
export interface ReplaySource {
  /** What messages call it. */
  readonly name: string;
  readonly open: () => Readable;
}

/** A line of a file, or an element of the list that it holds. */
export type ReplayItem =
  /** JSON text and its value. */
  { readonly text: string; readonly value: unknown } | { readonly isBroken: true };

const LOG_FILE = /\.(json|ndjson|jsonl|log)(\.gz)?$/i;
/** A storage account has one file an hour: this is eleven years of them. */
const MAX_FILES = 100_000;
/** A message on the dearest tier has 20 MB. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** The files to read, in the order of their paths, which for the folders of a storage account is that of time. */
export async function replaySources(path: string, io: Pick<Io, 'stdin'>, isReadTwice: boolean) {
  if (path === '-') return [await stdinSource(io, isReadTwice)];
  if (path === '') throw new CliError('the path is empty');
  try {
    if (!(await stat(path)).isDirectory()) return [fileSource(path)];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && LOG_FILE.test(entry.name) && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
    if (files.length === 0)
      throw new CliError(`${path} holds no log files (*.json, *.ndjson, *.jsonl, *.log, and these as .gz)`);
    if (files.length > MAX_FILES) throw new CliError(`${path} holds more than ${MAX_FILES} files; give a part of it`);
    return files.map(fileSource);
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`${path} ${reasonOf(error)}`);
  }
}

function fileSource(path: string): ReplaySource {
  return { name: path, open: () => createReadStream(path) };
}

async function stdinSource({ stdin }: Pick<Io, 'stdin'>, isReadTwice: boolean): Promise<ReplaySource> {
  // Waiting for somebody to type JSON looks like a program that hangs.
  if (stdin.isTTY) throw new CliError('stdin is a terminal: pipe logs into this command, or give a file');
  if (!isReadTwice) return { name: 'stdin', open: () => stdin };
  const bytes = await readStream(stdin, 'stdin');
  return { name: 'stdin', open: () => Readable.from([bytes]) };
}

/**
 * The items of a source, one after the other and without holding the source: a file with a document a line can have any
 * size. Another one is held whole. Throws a `CliError` where it cannot be read, also in the middle. Ends when it is
 * stopped, also while it waits for input.
 */
export async function* itemsOf(source: ReplaySource, stopped: AbortSignal): AsyncGenerator<ReplayItem> {
  const lines = linesOf(source, stopped);
  try {
    let first: ReplayItem | undefined;
    for (let line = await lines.next(); !line.done && first === undefined; ) {
      first = itemFrom(line.value);
      // No document a line. So the whole of it has to be one document, or several.
      if (first && 'isBroken' in first) return yield* documentsOf(source, lines, line.value);
      if (first === undefined) line = await lines.next();
    }
    if (first) yield first;
    for await (const line of lines) {
      const item = itemFrom(line);
      if (item) yield item;
    }
  } finally {
    await lines.return(undefined);
  }
}

async function* documentsOf(
  { name }: ReplaySource,
  lines: AsyncGenerator<Uint8Array>,
  first: Uint8Array,
): AsyncGenerator<ReplayItem> {
  const held: Uint8Array[] = [first];
  let size = first.length;
  for await (const line of lines) {
    size += line.length + 1;
    if (size > MAX_INPUT_BYTES)
      throw new CliError(`${name} is one document of more than ${MAX_INPUT_BYTES / 1024 / 1024} MiB; give it in parts`);
    held.push(NEWLINE, line);
  }
  const bytes = Buffer.concat(held);
  if (!fitsInMemory(bytes)) throw new CliError(`${name} would take more memory than Node has; give it in parts`);
  const read = parseDocuments(decodeText(bytes));
  if ('error' in read) throw new CliError(`${name} cannot be read: ${read.error.replace(/\.$/, '')}`);
  for (const document of read.documents) {
    for (const value of Array.isArray(document) ? document : [document]) yield { text: JSON.stringify(value), value };
  }
  for (let line = 0; line < read.unreadLines; line += 1) yield { isBroken: true };
}

const NEWLINE = new Uint8Array([10]);

/** Undefined for an empty line. */
function itemFrom(line: Uint8Array): ReplayItem | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim();
  if (text === '') return undefined;
  try {
    return { text, value: JSON.parse(text) as unknown };
  } catch {
    return { isBroken: true };
  }
}

async function* linesOf(source: ReplaySource, stopped: AbortSignal): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  const take = () => {
    const line = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    [pieces, size] = [[], 0];
    return line;
  };
  for await (const chunk of bytesOf(source, stopped)) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      pieces.push(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    pieces.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > MAX_LINE_BYTES)
      throw new CliError(`${source.name} has a line of more than ${MAX_LINE_BYTES / 1024 / 1024} MiB`);
  }
  // A line that was cut off by the stop is not one that is broken.
  if (pieces.length > 0 && !stopped.aborted) yield take();
}

/** The bytes, unpacked where they are gzip, which its first two bytes tell. */
async function* bytesOf({ name, open }: ReplaySource, stopped: AbortSignal): AsyncGenerator<Uint8Array> {
  if (stopped.aborted) return;
  const stream = open();
  const stop = () => stream.destroy();
  stopped.addEventListener('abort', stop, { once: true });
  try {
    const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
    const { value: first, done } = await chunks.next();
    if (done) return;
    const all = joined(first, chunks, stream);
    if (first[0] !== 0x1f || first[1] !== 0x8b) return yield* all;
    const unpacked = createGunzip();
    // Its errors come out of the last stream.
    pipeline(Readable.from(all), unpacked, () => {});
    yield* unpacked;
  } catch (error) {
    if (stopped.aborted) return;
    const { code } = error as { code?: unknown };
    throw new CliError(`${name} ${String(code).startsWith('Z_') ? 'is no whole gzip file' : reasonOf(error)}`);
  } finally {
    stopped.removeEventListener('abort', stop);
  }
}

async function* joined(first: Uint8Array, rest: AsyncIterator<Uint8Array>, stream: Readable) {
  try {
    yield first;
    for (let chunk = await rest.next(); !chunk.done; chunk = await rest.next()) yield chunk.value;
  } finally {
    stream.destroy();
  }
}
