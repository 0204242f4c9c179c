import { stat } from 'node:fs/promises';
import type { Snapshot } from '../core/evidence.ts';
import { decodeText } from '../evidence/documents.ts';
import type { EvidenceKind } from '../evidence/evidence-kind.ts';
import { recogniseDocuments } from '../evidence/recognise.ts';
import { CliError, type Io } from './command.ts';
import { describeDocuments, describeUnread, readText } from './describe-input.ts';
import { readFileBytes, readStream, reasonOf } from './read-bytes.ts';
import { readSnapshotFolder } from './snapshot-folder.ts';

/** What an input held, and what of it was left out, a fragment each. */
export interface ReadInput {
  readonly snapshot: Snapshot;
  /** Whether it came with the list of a snapshot, which also says what failed. */
  readonly hasManifest: boolean;
  readonly warnings: readonly string[];
}

/** Reads a file, a folder, or stdin for `-`. Throws a `CliError` where nothing in it can be diagnosed. */
export async function readInput(
  path: string,
  io: Pick<Io, 'stdin'>,
  kinds: readonly EvidenceKind[],
): Promise<ReadInput> {
  if (path === '-') return readSingle(await readStdin(io), 'stdin', kinds);
  if (await isFolder(path)) return readSnapshotFolder(path, kinds);
  return readSingle(await readFileBytes(path, path), path, kinds);
}

async function isFolder(path: string): Promise<boolean> {
  if (path === '') throw new CliError('the path is empty');
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    // A path with a zero byte is refused before the operating system sees it.
    throw new CliError(`${path} ${reasonOf(error)}`);
  }
}

async function readStdin({ stdin }: Pick<Io, 'stdin'>): Promise<Uint8Array> {
  // Waiting for somebody to type JSON looks like a program that hangs.
  if (stdin.isTTY) throw new CliError('stdin is a terminal: pipe the output of az into this command, or give a file');
  return readStream(stdin, 'stdin');
}

function readSingle(bytes: Uint8Array, shownAs: string, kinds: readonly EvidenceKind[]): ReadInput {
  const read = readText(decodeText(bytes));
  if ('problem' in read) throw new CliError(`${shownAs} ${read.problem}`);
  const evidence = recogniseDocuments(read.documents, kinds);
  if (evidence.length === 0) throw new CliError(`${shownAs} ${describeDocuments(read.documents)}`);
  return { snapshot: { evidence }, hasManifest: false, warnings: describeUnread(shownAs, read.unreadLines) };
}
