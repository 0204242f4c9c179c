import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Built, build } from '../scripts/build.ts';
import { packagesFrom } from '../scripts/bundled.ts';

/**
 * What a function loads when it starts, when it is first called, and at most, read off the bundler's own record. An SDK
 * that is imported at the top of a file would be loaded by every function that shares the file, at every cold start.
 */
const root = join(import.meta.dirname, '..');

/** The programming model, which the worker asks for before anything else. */
const MODEL = ['@azure/functions', '@azure/functions-extensions-base', 'cookie'];

/** What is big, and is loaded by whoever needs it and at the moment that needs it. */
const SDK = /^(@azure\/(?!functions)|@opentelemetry\/|@resvg\/|echarts$|apache-arrow$|rhea)/;

const STORAGE = ['@azure/data-tables', '@azure/identity', '@azure/storage-blob', '@azure/storage-queue'];

/** Functions that need little, and the SDKs that they may reach at all. The others run the flows, which need all. */
const FRUGAL: Readonly<Record<string, readonly string[]>> = { health: STORAGE };

let folder: string;
let built: Built;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'appgw-triage-bundle-'));
  built = await build({ root, outdir: folder });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The output of each function, as the metafile names it: below the project. */
function entries(): readonly { readonly name: string; readonly output: string }[] {
  return built.functions.map((name) => ({ name, output: relative(root, join(folder, `functions/${name}.js`)) }));
}

describe('the built functions', () => {
  test('load the programming model and nothing else', () => {
    for (const { name, output } of entries()) {
      expect({ name, loads: packagesFrom(built.metafile, output, 'static') }).toEqual({ name, loads: MODEL });
    }
  });

  test('load no SDK when they are called, before it is needed', () => {
    for (const { name, output } of entries()) {
      const handlers = built.metafile.outputs[output]?.imports.filter(({ kind }) => kind === 'dynamic-import') ?? [];
      expect({ name, handlers: handlers.length }).toEqual({ name, handlers: 1 });
      const loads = handlers.flatMap(({ path }) => packagesFrom(built.metafile, path, 'static'));
      expect({ name, sdks: loads.filter((packageName) => SDK.test(packageName)) }).toEqual({ name, sdks: [] });
    }
  });

  test.each(Object.entries(FRUGAL))('%s reaches no other SDK than those it needs', (name, needs) => {
    const output = entries().find((entry) => entry.name === name)?.output ?? '';
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const reached = packagesFrom(built.metafile, output, 'all');
    // Those that this project chose; what they bring along is theirs.
    const chosen = reached.filter((packageName) => SDK.test(packageName) && packageName in dependencies);
    expect(chosen.filter((packageName) => !/^@azure\/core-/.test(packageName))).toEqual(needs);
  });

  test('an investigation does reach what reads Azure: the record that is read here holds it', () => {
    const output = entries().find(({ name }) => name === 'investigate')?.output ?? '';
    const reached = packagesFrom(built.metafile, output, 'all');
    expect(reached).toEqual(expect.arrayContaining(['@azure/arm-network', '@azure/identity', '@opentelemetry/api']));
  });

  test('import nothing that would have to be installed beside them', () => {
    const outside = Object.values(built.metafile.outputs).flatMap(({ imports }) =>
      imports.filter(({ external, path }) => external && !path.startsWith('node:')).map(({ path }) => path),
    );
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(manifest.dependencies).toEqual({});
    expect(outside).toContain('@azure/functions-core');
  });
});
