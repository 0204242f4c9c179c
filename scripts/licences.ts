import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Built, build } from './build.ts';
import { type BundledPackage, bundledPackages } from './bundled.ts';

/**
 * Writes docs/licences.md from what is in the bundle, read off the bundler's own record. Whatever is deployed is
 * distributed, so its licences have to allow that, and their texts go along in THIRD-PARTY.txt. A test compares.
 */

/** Licences that ask for no more than that their text goes along. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'Unlicense'];

/** Others, by package, with the reason why they may be in the bundle. */
const EXPLAINED: Readonly<Record<string, { readonly licence: string; readonly reason: string }>> = {
  '@fontsource/inter': {
    licence: 'OFL-1.1',
    reason: 'A font: the OFL lets it go along with any program, under its own name and with its text.',
  },
  '@resvg/resvg-wasm': {
    licence: 'MPL-2.0',
    reason: 'The MPL covers its own files, which are shipped as they were published; their source is public.',
  },
};

export interface Licensed extends BundledPackage {
  /** An SPDX expression. */
  readonly licence: string;
  /** The texts that come with the package. */
  readonly texts: readonly string[];
}

/** Throws one sentence that names every package whose licence is unknown, or not one that may be in the bundle. */
export function licencesOf(built: Pick<Built, 'metafile' | 'assets'>, root: string): readonly Licensed[] {
  const packages = new Map<string, Licensed>();
  for (const found of bundledPackages(built, root)) {
    // Several copies of one version have one licence.
    const key = `${found.name}@${found.version}`;
    if (!packages.has(key))
      packages.set(key, { ...found, licence: licenceOf(root, found), texts: textsOf(root, found) });
  }
  const refused = [...packages.values()].filter((licensed) => !mayBeBundled(licensed));
  if (refused.length > 0) {
    const names = refused.map(({ name, version, licence }) => `${name} ${version} (${licence})`).join(', ');
    throw new Error(`These packages may not be in the bundle, or need a reason in scripts/licences.ts: ${names}.`);
  }
  return [...packages.values()];
}

export function mayBeBundled({ name, licence }: Pick<Licensed, 'name' | 'licence'>): boolean {
  if (EXPLAINED[name]?.licence === licence) return true;
  // One of several is enough where the package leaves the choice; where it does not, all have to be permissive.
  const choices = licence.replace(/[()]/g, '').split(/ OR /);
  return choices.some((choice) => choice.split(/ AND /).every((part) => PERMISSIVE.includes(part)));
}

function licenceOf(root: string, { folder }: BundledPackage): string {
  const { license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  if (typeof license === 'string') return license;
  return typeof license?.type === 'string' ? license.type : 'unknown';
}

function textsOf(root: string, { folder }: BundledPackage): readonly string[] {
  return readdirSync(join(root, folder))
    .filter((file) => /^(licen[cs]e|notice|copying)(\.|-|$)/i.test(file))
    .sort()
    .map((file) =>
      readFileSync(join(root, folder, file), 'utf8')
        .replaceAll('\r\n', '\n')
        .trim(),
    );
}

export function licencesPage(licensed: readonly Licensed[]): string {
  const rows = licensed.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  const explained = licensed.flatMap(({ name }) => (EXPLAINED[name] ? [`- ${name}: ${EXPLAINED[name].reason}`] : []));
  return [
    '# Licences of what is deployed',
    'Generated from the bundle by `npm run licences`. Only what is in the bundle counts: tools and tests are not deployed. The texts of all these licences are in the deployed package, as `THIRD-PARTY.txt`.',
    ['| package | version | licence |', '|---|---|---|', ...rows].join('\n'),
    ...(explained.length === 0 ? [] : ['Not permissive, and allowed for a reason:', explained.join('\n')]),
  ]
    .join('\n\n')
    .concat('\n');
}

/** The texts of all licences, for the package. */
export function thirdPartyText(licensed: readonly Licensed[]): string {
  const blocks = licensed.map(({ name, version, licence, texts }) => {
    const text = texts.length > 0 ? texts.join('\n\n') : `The package names its licence, ${licence}, without a text.`;
    return `${name} ${version}\n${licence}\n\n${text}`;
  });
  return `${['This package contains the following software of others.', ...blocks].join(`\n\n${'='.repeat(80)}\n\n`)}\n`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const outdir = mkdtempSync(join(tmpdir(), 'licences-'));
  try {
    const page = licencesPage(licencesOf(await build({ root, outdir }), root));
    const file = join(root, 'docs/licences.md');
    const isNew = !existsSync(file) || readFileSync(file, 'utf8') !== page;
    writeFileSync(file, page);
    process.stdout.write(`docs/licences.md ${isNew ? 'written anew' : 'was up to date'}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
