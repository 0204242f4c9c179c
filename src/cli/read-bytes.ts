import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CliError } from './command.ts';
import { fitsInMemory } from './memory.ts';

/**
 * The most that one run reads, in bytes. A JSON text takes several times its size once parsed, and the largest text that
 * Node can hold in one piece is 512 MiB.
 */
export const MAX_INPUT_BYTES = 256 * 1024 * 1024;

export class InputTooLarge extends CliError {
  constructor(shownAs: string) {
    super(`${shownAs} is larger than ${MAX_INPUT_BYTES / 1024 / 1024} MiB; give logs of a shorter time`);
  }
}

/** All bytes of a file, pipe or device, up to the limit. Throws a `CliError` that begins with the shown name. */
export async function readFileBytes(path: string, shownAs: string, maxBytes = MAX_INPUT_BYTES): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new CliError(`${shownAs} is a folder`);
    // Pipes and devices have no size to ask for beforehand; they are stopped while they are read.
    if (stats.isFile() && stats.size > maxBytes) throw new InputTooLarge(shownAs);
    return await readStream(handle.createReadStream({ autoClose: false }), shownAs, maxBytes);
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`${shownAs} ${reasonOf(error)}`);
  } finally {
    await handle?.close().catch(() => {});
  }
}

/** All bytes of a stream, up to the limit. */
export async function readStream(stream: Readable, shownAs: string, maxBytes = MAX_INPUT_BYTES): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      size += bytes.length;
      if (size > maxBytes) throw new InputTooLarge(shownAs);
      chunks.push(bytes);
    }
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`${shownAs} ${reasonOf(error)}`);
  }
  const bytes = Buffer.concat(chunks, size);
  if (!fitsInMemory(bytes))
    throw new CliError(`${shownAs} would take more memory than Node has; give logs of a shorter time`);
  return bytes;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read (permission denied)',
  EPERM: 'may not be read (permission denied)',
  EISDIR: 'is a folder',
  ELOOP: 'is a symbolic link that leads nowhere',
  ENAMETOOLONG: 'is too long for a path',
};

/** Why the operating system refused, as a fragment behind the name of the file. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return REASONS[code] ?? `cannot be read (${code})`;
}
