import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from '@jest/globals';

/** The browser of this machine, for tests of pages. */

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

function findBrowser(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export const executablePath = findBrowser();
if (executablePath === undefined && !process.env.CI) {
  process.stderr.write('No Chromium was found: the tests of the pages in a browser are skipped.\n');
}

/** `describe`; without a browser its tests are skipped, but not in CI, where one has to be there. */
export const inBrowser = executablePath !== undefined || process.env.CI ? describe : describe.skip;
