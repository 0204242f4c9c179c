import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import { type BundledPackage, bundledPackages } from '../scripts/bundled.ts';
import { licencesOf, licencesPage, mayBeBundled } from '../scripts/licences.ts';
import { MAX_ZIP_BYTES, type Packaged, pack } from '../scripts/package.ts';
import { normaliseSbom } from '../scripts/sbom.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8');

describe('the package', () => {
  let folder: string;
  let first: Packaged;
  let second: Packaged;
  let content: Record<string, Uint8Array>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'appgw-triage-package-'));
    first = await pack({ root, outdir: join(folder, 'first') });
    second = await pack({ root, outdir: join(folder, 'second', 'deeper') });
    content = unzipSync(readFileSync(first.zip));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is the same, byte by byte, when it is made again', () => {
    expect(readFileSync(second.zip).equals(readFileSync(first.zip))).toBe(true);
    expect(readFileSync(second.sbom, 'utf8')).toBe(readFileSync(first.sbom, 'utf8'));
    expect(readFileSync(`${first.zip}.sha256`, 'utf8')).toBe(`${first.sha256}  appgw-triage-${version}.zip\n`);
  });

  test('is smaller than 5 MB', () => {
    expect(first.bytes).toBe(readFileSync(first.zip).length);
    expect(first.bytes).toBeLessThan(MAX_ZIP_BYTES);
    expect(MAX_ZIP_BYTES).toBe(5 * 1024 * 1024);
  });

  test('holds what Flex Consumption runs, and nothing else', () => {
    const other = Object.keys(content).filter(
      (file) => !/^((functions|chunks)\/[\w.-]+\.js|assets\/[\w.-]+)$/.test(file),
    );
    expect(other.sort()).toEqual(['THIRD-PARTY.txt', 'host.json', 'package.json']);
    const manifest = JSON.parse(text(content['package.json']));
    expect(manifest).toMatchObject({ type: 'module', main: 'functions/*.js', dependencies: {} });
    expect(text(content['host.json'])).toBe(readFileSync(join(root, 'host.json'), 'utf8'));
  });

  test('loads where it is unpacked, with no package beside it, as the worker loads it', async () => {
    const unpacked = join(folder, 'unpacked');
    for (const [file, bytes] of Object.entries(content)) {
      mkdirSync(dirname(join(unpacked, file)), { recursive: true });
      writeFileSync(join(unpacked, file), bytes);
    }
    const functions = Object.keys(content).filter((file) => file.startsWith('functions/'));
    const env = { PATH: process.env.PATH };
    const list = [join(root, 'src/local/host/main.ts'), '--root', unpacked, '--list'];
    const listed = await run(process.execPath, list, { env });
    const names: readonly { readonly name: string }[] = JSON.parse(listed.stdout);
    const registered = names.map(({ name }) => `functions/${name}.js`);
    // Functions of the streams register only where a hub is configured.
    expect(registered.filter((file) => !functions.includes(file))).toEqual([]);
    expect(registered).toEqual(
      expect.arrayContaining(
        ['deliver', 'health', 'investigate', 'receive-alert', 'sweep'].map((name) => `functions/${name}.js`),
      ),
    );
    // The worker answers the name to whoever requires it; the loader of the benchmark does the same.
    const load = [join(root, 'bench/start-up-load.js'), ...functions.map((file) => join(unpacked, file))];
    await expect(run(process.execPath, load, { env, cwd: unpacked })).resolves.toMatchObject({ stderr: '' });
  });

  test('has a bill of materials of what is in it, with nothing of the machine that made it', () => {
    const sbom = readFileSync(first.sbom, 'utf8');
    const { bomFormat, serialNumber, metadata, components } = JSON.parse(sbom);
    expect({ bomFormat, serialNumber }).toEqual({
      bomFormat: 'CycloneDX',
      serialNumber: expect.stringMatching(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
    });
    expect(metadata.component).toMatchObject({ name: 'appgw-triage', version, type: 'application' });
    expect(metadata.timestamp).toBeUndefined();
    const names = components.map(({ name }: BundledPackage) => name);
    expect(names).toEqual(expect.arrayContaining(['@azure/functions', '@azure/identity', 'pino', 'zod']));
    expect(names).not.toContain('jest');
    expect(sbom.replaceAll('http://cyclonedx.org/schema/bom-1.5.schema.json', '')).not.toMatch(/https?:\/\//);
  });

  test('holds what docs/licences.md lists (npm run licences writes it anew)', () => {
    expect(readFileSync(join(root, 'docs/licences.md'), 'utf8')).toBe(licencesPage(licencesOf(first.built, root)));
    expect(bundledPackages(first.built, root).length).toBeGreaterThan(50);
  });

  test('brings the texts of all licences along', () => {
    const notice = text(content['THIRD-PARTY.txt']);
    for (const words of ['@azure/identity ', 'Permission is hereby granted, free of charge', 'Apache License']) {
      expect(notice).toContain(words);
    }
  });
});

describe('licences', () => {
  test.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND Apache-2.0', true],
    ['MIT AND GPL-3.0-only', false],
    ['GPL-3.0-only', false],
    ['MPL-2.0', false],
    ['unknown', false],
    ['SEE LICENSE IN LICENSE.md', false],
  ])('%s may be in the bundle: %s', (licence, may) => {
    expect(mayBeBundled({ name: 'some-package', licence })).toBe(may);
  });

  test('a licence that is allowed for a reason is allowed for its package alone', () => {
    expect(mayBeBundled({ name: '@resvg/resvg-wasm', licence: 'MPL-2.0' })).toBe(true);
    expect(mayBeBundled({ name: '@resvg/resvg-wasm', licence: 'GPL-3.0-only' })).toBe(false);
  });

  test('a package that may not be deployed stops the build of the package, by name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'appgw-triage-gpl-'));
    const place = join(folder, 'node_modules/left');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), '{"name":"left","version":"1.0.0","license":"GPL-3.0-only"}');
    const inputs = { 'node_modules/left/index.js': { bytesInOutput: 1 } };
    const metafile = { inputs: {}, outputs: { 'x.js': { bytes: 1, inputs, imports: [], exports: [] } } };
    expect(() => licencesOf({ metafile, assets: [] }, folder)).toThrow('left 1.0.0 (GPL-3.0-only)');
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('the bill of materials', () => {
  const component = (name: string) => ({ 'bom-ref': `${name}@1.0.0`, name, version: '1.0.0' });
  const bom = JSON.stringify({
    serialNumber: 'urn:uuid:random',
    metadata: { timestamp: 'now', tools: [], component: { 'bom-ref': 'main@1', name: 'folder', type: 'library' } },
    components: [{ ...component('a'), externalReferences: [{ url: 'https://mirror.example/a.tgz' }] }, component('b')],
    dependencies: [{ ref: 'main@1', dependsOn: ['a@1.0.0', 'b@1.0.0'] }, { ref: 'b@1.0.0' }],
  });
  const bundled = (name: string) => ({ name, version: '1.0.0', folder: `node_modules/${name}` });

  test('leaves what is bundled, and how it hangs together', () => {
    const { components, dependencies } = JSON.parse(normaliseSbom(bom, 'appgw-triage', [bundled('a')]));
    expect(components).toEqual([component('a')]);
    expect(dependencies).toEqual([{ ref: 'main@1', dependsOn: ['a@1.0.0'] }]);
  });

  test('another content has another number', () => {
    const number = (names: readonly string[]) =>
      JSON.parse(normaliseSbom(bom, 'appgw-triage', names.map(bundled))).serialNumber;
    expect(number(['a'])).not.toBe(number(['a', 'b']));
  });

  test('refuses to leave something out that is bundled', () => {
    expect(() => normaliseSbom(bom, 'appgw-triage', [bundled('c')])).toThrow('c@1.0.0');
  });
});
