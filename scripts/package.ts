import { createHash } from 'node:crypto';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { type Zippable, zipSync } from 'fflate';
import { type Built, build } from './build.ts';
import { bundledPackages } from './bundled.ts';
import { licencesOf, thirdPartyText } from './licences.ts';
import { normaliseSbom, readSbom } from './sbom.ts';

/** A cold start loads the package from storage first. */
export const MAX_ZIP_BYTES = 5 * 1024 * 1024;

/** The oldest time that a zip can hold, in its own local time: the same bytes on every day and in every time zone. */
const FIXED_TIME = new Date(1980, 0, 1);

export interface PackageOptions {
  readonly root: string;
  /** Gets the zip, its digest and the bill of materials. */
  readonly outdir: string;
}

export interface Packaged {
  readonly zip: string;
  readonly sbom: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The paths in the zip, sorted. */
  readonly files: readonly string[];
  readonly built: Built;
}

/**
 * Builds and packs what Flex Consumption runs: host.json, package.json, the bundled functions, and the licences of what
 * is in them. Source maps stay behind; nothing has to be installed. The same sources make the same bytes.
 */
export async function pack({ root, outdir }: PackageOptions): Promise<Packaged> {
  // Below the project: names of chunks are digests, and source maps, which count, hold the way from here to the sources.
  mkdirSync(join(root, '.local'), { recursive: true });
  const folder = mkdtempSync(join(root, '.local/package-'));
  try {
    const built = await build({ root, outdir: folder });
    const bundled = bundledPackages(built, root);
    writeFileSync(join(folder, 'THIRD-PARTY.txt'), thirdPartyText(licencesOf(built, root)));

    const files = globSync('**/*', { cwd: folder })
      .filter((file) => statSync(join(folder, file)).isFile() && !/\.(map|LEGAL\.txt)$/.test(file))
      .map((file) => file.split(sep).join('/'))
      .sort();
    const entries: Zippable = Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file))]));
    const zip = zipSync(entries, { level: 9, mtime: FIXED_TIME });
    const sha256 = createHash('sha256').update(zip).digest('hex');

    const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    mkdirSync(outdir, { recursive: true });
    const zipPath = join(outdir, `${name}-${version}.zip`);
    const sbomPath = join(outdir, `${name}-${version}.cdx.json`);
    writeFileSync(zipPath, zip);
    writeFileSync(`${zipPath}.sha256`, `${sha256}  ${name}-${version}.zip\n`);
    writeFileSync(sbomPath, normaliseSbom(readSbom(root), name, bundled));
    return { zip: zipPath, sbom: sbomPath, sha256, bytes: zip.length, files, built };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({ options: { outdir: { type: 'string', default: 'out' } } });
    const root = join(import.meta.dirname, '..');
    const { zip, sbom, sha256, bytes, files } = await pack({ root, outdir: resolve(root, values.outdir) });
    const megabytes = (bytes / 1024 / 1024).toFixed(2);
    process.stdout.write(`${zip}\n  ${megabytes} MB, ${files.length} files, sha256 ${sha256}\n${sbom}\n`);
    if (bytes > MAX_ZIP_BYTES) throw new Error(`The package is larger than ${MAX_ZIP_BYTES / 1024 / 1024} MB.`);
  } catch (error) {
    process.stderr.write(`The package was not made: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
