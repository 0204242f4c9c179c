import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EvidenceKind } from '../evidence/evidence-kind.ts';
import { fitsInMemory, parsedSize } from './memory.ts';
import { readFileBytes, readStream, reasonOf } from './read-bytes.ts';
import { readInput } from './read-input.ts';
import { readSnapshotFolder } from './snapshot-folder.ts';
import { mergeManifest, readManifest } from './snapshot-manifest.ts';

/** A kind that recognises `{ "<key>": ... }`. */
const kind = (name: string, key: string): EvidenceKind => ({
  name,
  title: name,
  recognise: (document) => typeof document === 'object' && document !== null && key in document,
  read: () => ({ state: 'ok', reading: {} }),
});
const kinds = [kind('first', 'one'), kind('effective-nsg', 'two')];

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'appgw-triage-input-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

describe('bytes', () => {
  test('a stream is read up to its limit', async () => {
    await expect(readStream(Readable.from([Buffer.from('ab'), 'cd']), 'it', 4)).resolves.toEqual(Buffer.from('abcd'));
    await expect(readStream(Readable.from([Buffer.from('ab'), 'cde']), 'it', 4)).rejects.toThrow(/^it is larger/);
  });

  test('a stream that breaks off says so', async () => {
    const broken = new Readable({
      read() {
        this.destroy(Object.assign(new Error('secret path'), { code: 'EIO' }));
      },
    });
    await expect(readStream(broken, 'it')).rejects.toThrow('it cannot be read (EIO)');
  });

  test('a file over the limit is not read', async () => {
    await writeFile(join(root, 'five.json'), '12345');
    await expect(readFileBytes(join(root, 'five.json'), 'five', 4)).rejects.toThrow(/^five is larger/);
    await expect(readFileBytes(root, 'it')).rejects.toThrow('it is a folder');
  });

  test('reasons are words', () => {
    expect(reasonOf(Object.assign(new Error('x'), { code: 'EACCES' }))).toBe('may not be read (permission denied)');
    expect(reasonOf(new Error('x'))).toBe('cannot be read (unknown error)');
  });

  test('what would take more memory than there is, is known before it is parsed', () => {
    const dense = Buffer.from(`[${'{},'.repeat(4 * 1024 * 1024)}{}]`);
    const plain = Buffer.alloc(dense.length, 'a');
    expect(parsedSize(dense)).toBeGreaterThan(10 * parsedSize(plain));
    expect(fitsInMemory(dense, 512 * 1024 * 1024)).toBe(false);
    expect(fitsInMemory(plain, 512 * 1024 * 1024)).toBe(true);
    expect(fitsInMemory(dense.subarray(0, 1_000), 1)).toBe(true);
  });
});

test('a terminal is not waited for', async () => {
  const stdin = Object.assign(Readable.from([]), { isTTY: true }) as unknown as NodeJS.ReadStream;
  await expect(readInput('-', { stdin }, kinds)).rejects.toThrow('stdin is a terminal');
});

describe('folders', () => {
  async function folder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    await mkdir(join(root, name));
    for (const [file, content] of Object.entries(files)) await writeFile(join(root, name, file), content);
    return join(root, name);
  }

  test('hold evidence in the order of its kinds, named by shape; hidden files and folders are left alone', async () => {
    const path = await folder('plain', {
      'a.log': '{"two":1}',
      'b.ndjson': '{"one":1}\n{"one":2}\n',
      'c.txt': '{"one":3}',
      '.d.json': '{"one":4}',
    });
    await mkdir(join(path, 'e.json'));
    const { snapshot, warnings, hasManifest } = await readSnapshotFolder(path, kinds);
    expect(snapshot).toEqual({
      evidence: [
        { name: 'first', state: 'ok', raw: { one: 1 } },
        { name: 'first', state: 'ok', raw: { one: 2 } },
        { name: 'effective-nsg', state: 'ok', raw: { two: 1 } },
      ],
    });
    expect({ warnings, hasManifest }).toEqual({ warnings: [], hasManifest: false });
  });

  test('a file that cannot be read is failed evidence of the kind that its name speaks of', async () => {
    const path = await folder('names', {
      'effective-nsg-nic7.json': '{',
      'first.json': '{"one":1}',
      'odd.json': '<a>',
    });
    const { snapshot, warnings } = await readSnapshotFolder(path, kinds);
    expect(snapshot.evidence.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'first ok',
      'effective-nsg failed',
      'odd failed',
    ]);
    expect(warnings).toHaveLength(2);
  });

  test('a torn last line is left out, and said', async () => {
    const path = await folder('torn', { 'first.ndjson': '{"one":1}\n{"one":2}\n{"on' });
    const { snapshot, warnings } = await readSnapshotFolder(path, kinds);
    expect(snapshot.evidence).toHaveLength(2);
    expect(warnings).toEqual(['first.ndjson: 1 line is no JSON and left out']);
  });

  test('a snapshot of which every read failed can be read', async () => {
    const manifest = {
      schema: 'appgw-triage/snapshot@1',
      evidence: [{ name: 'first', state: 'failed', reason: 'Throttled.' }],
    };
    const path = await folder('all-failed', { 'snapshot.json': JSON.stringify(manifest) });
    const { snapshot, hasManifest } = await readSnapshotFolder(path, kinds);
    expect(snapshot).toEqual({ evidence: [{ name: 'first', state: 'failed', reason: 'Throttled.' }] });
    expect(hasManifest).toBe(true);
  });

  test('too many files are no snapshot', async () => {
    const files = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`${index}.json`, '{}']));
    await expect(readSnapshotFolder(await folder('many', files), kinds)).rejects.toThrow('holds 1001 files');
  });
});

describe('the list of a snapshot', () => {
  test('keeps what it can read of an odd one', () => {
    const document = {
      schema: 'appgw-triage/snapshot@1',
      takenAt: '2026-10-02T05:04:05+02:00',
      gatewayId: 'no gateway',
      evidence: [
        { name: 'first', state: 'ok', tookMs: '12', takenAt: 'yesterday' },
        { name: 'second', state: 'great' },
        { state: 'ok' },
        null,
      ],
    };
    expect(readManifest(document)).toEqual({
      takenAt: '2026-10-02T03:04:05.000Z',
      evidence: [{ name: 'first', state: 'ok', tookMs: 12 }],
    });
    expect(readManifest({ schema: 'something else', evidence: [] })).toBeUndefined();
  });

  test('a body stands where the list calls its evidence failed, without the time of the failure', () => {
    const manifest = {
      evidence: [
        { name: 'first', state: 'failed', takenAt: '2026-10-02T03:04:05.000Z', reason: 'Timed out.' },
        { name: 'second', state: 'skipped', reason: 'Not needed.' },
        { name: 'third', state: 'ok', takenAt: '2026-10-02T03:04:05.000Z' },
        { name: 'fourth', state: 'ok' },
      ] as const,
    };
    const found = ['first', 'third'].map((name) => ({ name, state: 'ok' as const, raw: name }));
    expect(mergeManifest(manifest, found).evidence).toEqual([
      { name: 'first', state: 'ok', raw: 'first' },
      { name: 'third', state: 'ok', raw: 'third', takenAt: '2026-10-02T03:04:05.000Z' },
      { name: 'second', state: 'skipped', reason: 'Not needed.' },
      { name: 'fourth', state: 'failed', reason: expect.stringContaining('file is missing') },
    ]);
  });
});
