import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { build as bundle, type Metafile, stop as stopBundler } from 'esbuild';
import { ASSET_FOLDER, ASSET_SOURCES } from '../src/platform/web-assets.ts';

export interface BuildOptions {
  /** The folder that holds package.json, host.json and functions/. */
  readonly root: string;
  /** Emptied before every build. */
  readonly outdir: string;
}

/**
 * No package: the Functions worker answers this name itself, to whoever requires it. The programming model, which does
 * so, is bundled like everything else, so that nothing has to be installed beside the bundle, and the functions load
 * faster. The worker takes the copy that registers itself last, which is ours.
 */
const WORKER_MODULE = '@azure/functions-core';

/**
 * Parts of the SDKs are CommonJS inside, and an ES module has none of the three names that they use. Every output file
 * gets them, because splitting may move such code anywhere.
 */
const COMMONJS_NAMES = [
  "import { createRequire as commonJsRequire } from 'node:module';",
  "import { dirname as commonJsDirname } from 'node:path';",
  "import { fileURLToPath as commonJsPath } from 'node:url';",
  'const require = commonJsRequire(import.meta.url);',
  'const __filename = commonJsPath(import.meta.url);',
  'const __dirname = commonJsDirname(__filename);',
].join('\n');

export interface Built {
  readonly functions: readonly string[];
  /** What was bundled, and which output holds it: what is licensed, listed and tested is read off this. */
  readonly metafile: Metafile;
  /** Files of packages that were copied as they are, below the project. */
  readonly assets: readonly string[];
}

/**
 * Bundles functions/*.ts into a folder that can be deployed as it is; a package that stayed outside would be in the
 * folder's package.json. Rejects with one clear sentence where it cannot.
 */
export async function build({ root, outdir }: BuildOptions): Promise<Built> {
  const entryPoints = globSync('functions/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .sort();
  if (entryPoints.length === 0) throw new Error('functions/ holds no function.');

  clean(root, outdir);
  const { metafile } = await bundle({
    absWorkingDir: root,
    entryPoints,
    outbase: '.',
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    // A package that exists in both forms is taken as ES modules: a dynamic import of CommonJS would lose its named exports
    // when it becomes a chunk of its own.
    mainFields: ['module', 'main'],
    target: 'node22',
    external: [WORKER_MODULE],
    banner: { js: COMMONJS_NAMES },
    // Names stay, so that a stack trace can be read even without its source map.
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: true,
    // The map only has to lead back to a line; the sources are in the repository.
    sourcesContent: false,
    legalComments: 'external',
    metafile: true,
    logLevel: 'silent',
  }).finally(stopBundler);

  const manifest = readManifest(root);
  const dependencies = externalsOf(metafile).map((name) => [name, manifest.versionOf(name)]);
  writeJson(join(outdir, 'package.json'), {
    name: manifest.name,
    version: manifest.version,
    private: true,
    type: 'module',
    main: 'functions/*.js',
    dependencies: Object.fromEntries(dependencies),
  });
  writeFileSync(join(outdir, 'host.json'), readFileSync(join(root, 'host.json')));
  const assets = copyAssets(outdir).map((file) => relative(root, file).split(sep).join('/'));
  return { functions: entryPoints.map((file) => basename(file, '.ts')), metafile, assets };
}

/** What the pages load beside themselves: fonts, and the program that makes pictures of drawings. Returns where they were. */
function copyAssets(outdir: string): readonly string[] {
  const folder = join(outdir, ASSET_FOLDER);
  mkdirSync(folder, { recursive: true });
  const { resolve: find } = createRequire(import.meta.url);
  return Object.entries(ASSET_SOURCES).map(([name, source]) => {
    const file = find(source);
    copyFileSync(file, join(folder, name));
    return file;
  });
}

/** Empties the output folder; refuses one that holds the sources. */
function clean(root: string, outdir: string): void {
  const down = relative(outdir, root);
  if (down === '' || !(down.startsWith('..') || isAbsolute(down))) {
    throw new Error('The output folder must not hold the sources.');
  }
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
}

/** The packages that the output still imports, read off the output itself. */
function externalsOf(metafile: Metafile): readonly string[] {
  const packages = new Set<string>();
  for (const output of Object.values(metafile.outputs)) {
    for (const { path, external } of output.imports) {
      if (external && !isBuiltin(path) && path !== WORKER_MODULE) packages.add(packageOf(path));
    }
  }
  return [...packages].sort();
}

function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  /** The exact version of a dependency. Throws where package.json does not pin one. */
  readonly versionOf: (dependency: string) => string;
}

function readManifest(root: string): Manifest {
  const { name, version, dependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    name,
    version,
    versionOf: (dependency) => {
      const pinned: unknown = dependencies[dependency];
      if (typeof pinned === 'string' && /^\d+\.\d+\.\d+/.test(pinned)) return pinned;
      throw new Error(`The output imports "${dependency}", which package.json does not pin to one version.`);
    },
  };
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** One line for a person: esbuild's own errors hold the place and the reason of each. */
function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('errors' in error) || !Array.isArray(error.errors)) {
    return error instanceof Error ? error.message : String(error);
  }
  const [first] = error.errors;
  const place = first?.location ? `${first.location.file}:${first.location.line}: ` : '';
  const more = error.errors.length > 1 ? ` (and ${error.errors.length - 1} more)` : '';
  return `${place}${first?.text}${more}`;
}

if (import.meta.main) {
  const startedAt = performance.now();
  try {
    const { values } = parseArgs({ options: { root: { type: 'string' }, outdir: { type: 'string' } } });
    const root = resolve(values.root ?? dirname(import.meta.dirname));
    const { functions: names } = await build({ root, outdir: resolve(values.outdir ?? join(root, 'dist')) });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    process.stdout.write(`Built ${names.length} functions in ${seconds} s: ${names.join(', ')}\n`);
  } catch (error) {
    process.stderr.write(`The build failed: ${describe(error)}\n`);
    process.exitCode = 1;
  }
}
