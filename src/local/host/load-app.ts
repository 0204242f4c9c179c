import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Core, installCore } from './core-api.ts';
import type { LogCategory, LogLevel } from './rpc.ts';

/**
 * Loads the function app in `root` as the deployed worker does: every file that the `main` of its package.json matches
 * is imported, and registers its functions. Throws one sentence where the app cannot be loaded.
 */
export async function loadApp(
  root: string,
  log: (level: LogLevel, category: LogCategory, message: string) => void,
): Promise<Core> {
  const main = readMain(root);
  const files = globSync(main, { cwd: root }).sort();
  if (files.length === 0) throw new Error(`No file matches "${main}", the "main" of package.json. Build first.`);

  const core = installCore(log);
  for (const file of files) {
    try {
      await import(pathToFileURL(join(root, file)).href);
    } catch (error) {
      throw new Error(`${file} could not be loaded: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  const capabilities = await core.model()?.getCapabilities?.({});
  if (capabilities?.HttpUri !== undefined) {
    throw new Error('The app turns on HTTP streams (enableHttpStream), which the local host does not serve.');
  }
  core.endStartup();
  return core;
}

function readMain(root: string): string {
  const path = join(root, 'package.json');
  const text = readFileSync(path, 'utf8');
  const manifest: unknown = JSON.parse(text);
  if (typeof manifest === 'object' && manifest !== null && 'main' in manifest && typeof manifest.main === 'string') {
    return manifest.main;
  }
  throw new Error('package.json names no "main".');
}
