import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { WebPorts } from '../web/ports.ts';

type AssetName = Parameters<WebPorts['readFile']>[0];

/**
 * The files that pages and pictures need beside the code, and the packages that they come from. The build copies them into
 * the folder that is deployed; from a checkout they are read where they are.
 */
export const ASSET_SOURCES: Readonly<Record<AssetName, string>> = {
  'inter-400.woff2': '@fontsource/inter/files/inter-latin-400-normal.woff2',
  'inter-600.woff2': '@fontsource/inter/files/inter-latin-600-normal.woff2',
  'inter-400.woff': '@fontsource/inter/files/inter-latin-400-normal.woff',
  'inter-600.woff': '@fontsource/inter/files/inter-latin-600-normal.woff',
  'resvg.wasm': '@resvg/resvg-wasm/index_bg.wasm',
};

/** The folder of the copies, beside those of the functions and of the chunks. */
export const ASSET_FOLDER = 'assets';

/** Rejects where the file is in neither place, which only a build that left it out can do. */
export async function readAsset(name: AssetName): Promise<Uint8Array> {
  try {
    return await readFile(new URL(`../${ASSET_FOLDER}/${name}`, import.meta.url));
  } catch {
    return readFile(createRequire(import.meta.url).resolve(ASSET_SOURCES[name]));
  }
}
