import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Evidence, Snapshot } from '../core/evidence.ts';
import { decodeText } from '../evidence/documents.ts';
import type { EvidenceKind } from '../evidence/evidence-kind.ts';
import { recogniseDocuments } from '../evidence/recognise.ts';
import { CliError } from './command.ts';
import { describeDocuments, describeUnread, readText } from './describe-input.ts';
import { InputTooLarge, MAX_INPUT_BYTES, readFileBytes, reasonOf } from './read-bytes.ts';
import type { ReadInput } from './read-input.ts';
import { MANIFEST_FILE, type Manifest, mergeManifest, readManifest } from './snapshot-manifest.ts';

const EXTENSIONS = ['.json', '.ndjson', '.jsonl', '.log'];

/** A snapshot has some twenty files. A folder with more than this is something else. */
const MAX_FILES = 1_000;

/**
 * Reads the readings in a folder: as `snapshot` wrote it, with its `snapshot.json`, or as somebody filled it by hand.
 * Folders within it are not entered. One file that cannot be read does not spoil the rest: it becomes a `failed`
 * evidence and a warning. Throws a `CliError` where the folder holds nothing that can be diagnosed.
 */
export async function readSnapshotFolder(folder: string, kinds: readonly EvidenceKind[]): Promise<ReadInput> {
  const files = await listFiles(folder);
  const warnings = [...files.warnings];
  const evidence: Evidence[] = [];
  const foreign: string[] = [];
  let manifest: Manifest | undefined;
  let bytesLeft = MAX_INPUT_BYTES;

  for (const name of files.names) {
    const outcome = await readOne(folder, name, bytesLeft);
    if ('problem' in outcome) {
      warnings.push(`${name} ${outcome.problem}`);
      // Without its list a snapshot is still a folder of readings; the list itself is no evidence.
      if (name !== MANIFEST_FILE) evidence.push(failed(name, outcome.problem, kinds));
      continue;
    }
    bytesLeft -= outcome.size;
    if (name === MANIFEST_FILE) {
      manifest = readManifest(outcome.documents[0]);
      if (manifest) continue;
    }
    const recognised = recogniseDocuments(outcome.documents, kinds);
    evidence.push(...recognised);
    warnings.push(...describeUnread(name, outcome.unreadLines));
    if (recognised.length > 0) continue;
    if (!isNamedAfterKind(name, kinds)) {
      foreign.push(name);
      continue;
    }
    const problem = describeDocuments(outcome.documents);
    warnings.push(`${name} ${problem}`);
    evidence.push(failed(name, problem, kinds));
  }

  if (foreign.length > 0) warnings.push(`left out, because it is no reading that is known here: ${listNames(foreign)}`);
  const snapshot: Snapshot = manifest ? mergeManifest(manifest, evidence) : { evidence };
  // A snapshot of which every read failed is still worth a diagnosis; a folder of other files is a mistake.
  const isWorthReading = manifest ? snapshot.evidence.length > 0 : evidence.some((item) => item.state === 'ok');
  if (!isWorthReading) throw new CliError(describeNothing(folder, files, snapshot));
  return {
    snapshot: { ...snapshot, evidence: inReadingOrder(snapshot.evidence, kinds) },
    hasManifest: manifest !== undefined,
    warnings,
  };
}

interface Files {
  readonly names: readonly string[];
  readonly folders: number;
  readonly warnings: readonly string[];
}

async function listFiles(folder: string): Promise<Files> {
  const [root, entries] = await Promise.all([realpath(folder), readdir(folder, { withFileTypes: true })]).catch(
    (error: unknown) => {
      throw new CliError(`${folder} ${reasonOf(error)}`);
    },
  );
  const warnings: string[] = [];
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    if (!EXTENSIONS.some((extension) => entry.name.toLowerCase().endsWith(extension))) continue;
    if (entry.isFile()) names.push(entry.name);
    if (!entry.isSymbolicLink()) continue;
    // A snapshot that somebody sent must not make its reader open files from elsewhere.
    if (await staysInside(root, entry.name)) names.push(entry.name);
    else warnings.push(`${entry.name} is a symbolic link out of the folder and left out`);
  }
  if (names.length > MAX_FILES)
    throw new CliError(`${folder} holds ${names.length} files, too many for a snapshot (at most ${MAX_FILES})`);
  const folders = entries.filter((entry) => entry.isDirectory()).length;
  // Sorted, so that the same folder gives the same diagnosis wherever it lies.
  return { names: names.toSorted(), folders, warnings };
}

async function staysInside(root: string, name: string): Promise<boolean> {
  try {
    const target = await realpath(join(root, name));
    const path = relative(root, target);
    return !path.startsWith('..') && !path.includes(sep) && (await stat(target)).isFile();
  } catch {
    return false;
  }
}

type ReadFile =
  | { readonly documents: readonly unknown[]; readonly unreadLines: number; readonly size: number }
  | { readonly problem: string };

async function readOne(folder: string, name: string, maxBytes: number): Promise<ReadFile> {
  try {
    const bytes = await readFileBytes(join(folder, name), '', maxBytes);
    const read = readText(decodeText(bytes));
    return 'problem' in read ? read : { ...read, size: bytes.length };
  } catch (error) {
    // Over the limit is no fault of this one file, and a diagnosis of the files before it would not show what it lacks.
    if (error instanceof InputTooLarge) throw new InputTooLarge(folder);
    if (!(error instanceof CliError)) throw error;
    return { problem: error.message.trim() };
  }
}

function failed(file: string, problem: string, kinds: readonly EvidenceKind[]): Evidence {
  return { name: evidenceNameOf(file, kinds), state: 'failed', reason: `The file ${problem}.` };
}

/** The evidence that a file's name speaks of, as `snapshot` names files: `effective-nsg-<nic>` is an `effective-nsg`. */
function evidenceNameOf(file: string, kinds: readonly EvidenceKind[]): string {
  const stem = file.slice(0, file.lastIndexOf('.'));
  const named = kinds.filter(({ name }) => stem === name || stem.startsWith(`${name}-`));
  return named.toSorted((a, b) => b.name.length - a.name.length)[0]?.name ?? stem;
}

function isNamedAfterKind(file: string, kinds: readonly EvidenceKind[]): boolean {
  const name = evidenceNameOf(file, kinds);
  return kinds.some((kind) => kind.name === name);
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

function describeNothing(folder: string, files: Files, { evidence }: Snapshot): string {
  if (files.names.length === 0) {
    const hint = files.folders > 0 ? '; give one of the folders in it' : '';
    return `${folder} holds no file to read (${EXTENSIONS.map((extension) => `*${extension}`).join(', ')})${hint}`;
  }
  const first = evidence.find((item) => item.reason !== undefined);
  const why = first ? `; ${first.name}: ${first.reason?.replace(/\.$/, '')}` : '';
  return `${folder} holds no reading of an Application Gateway that is known here${why}`;
}

/** Backend health first, always; names that no kind knows come last, in their own order. */
function inReadingOrder(evidence: readonly Evidence[], kinds: readonly EvidenceKind[]): readonly Evidence[] {
  const order = (item: Evidence) => {
    const index = kinds.findIndex((kind) => kind.name === item.name);
    return index < 0 ? kinds.length : index;
  };
  return evidence.toSorted((a, b) => order(a) - order(b));
}
