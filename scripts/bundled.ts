import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { Built } from './build.ts';

/** Reads off the bundler's own record what is in the outputs. */

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** Where it lies, below the project: `node_modules/a/node_modules/b`. */
  readonly folder: string;
}

/** Every package of which at least a byte is in an output, or a file was copied beside it, in the order of names. */
export function bundledPackages(
  { metafile, assets }: Pick<Built, 'metafile' | 'assets'>,
  root: string,
): readonly BundledPackage[] {
  const folders = new Set<string>();
  for (const asset of assets) {
    const folder = folderOf(asset);
    if (folder !== undefined) folders.add(folder);
  }
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = folderOf(input);
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders]
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      return { name, version, folder } as BundledPackage;
    })
    .sort((left, right) => compare(left.name, right.name) || compare(left.version, right.version));
}

/** By code units, so that the order is the same on every machine. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * `node_modules/@azure/identity/node_modules/open/index.js` lies in the package `node_modules/@azure/identity/node_modules/open`.
 * A module that a plugin made up may have a prefix before its path.
 */
function folderOf(input: string): string | undefined {
  return /^(?:[\w-]+:)?((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

export function packageNameOf(input: string): string | undefined {
  return folderOf(input)?.replace(/^.*node_modules\//, '');
}

/** How far imports are followed: what loads at once, or what may load later as well. */
export type Reach = 'static' | 'all';

/** The outputs that an output imports, itself among them. */
export function outputsFrom(metafile: Metafile, from: string, reach: Reach): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [from];
  for (let output = waiting.pop(); output !== undefined; output = waiting.pop()) {
    if (seen.has(output)) continue;
    seen.add(output);
    for (const { path, kind, external } of metafile.outputs[output]?.imports ?? []) {
      if (external || (reach === 'static' && kind === 'dynamic-import')) continue;
      waiting.push(path);
    }
  }
  return seen;
}

/** The packages in those outputs. */
export function packagesFrom(metafile: Metafile, from: string, reach: Reach): readonly string[] {
  const names = new Set<string>();
  for (const output of outputsFrom(metafile, from, reach)) {
    for (const [input, { bytesInOutput }] of Object.entries(metafile.outputs[output]?.inputs ?? {})) {
      const name = packageNameOf(input);
      if (name !== undefined && bytesInOutput > 0) names.add(name);
    }
  }
  return [...names].sort();
}
