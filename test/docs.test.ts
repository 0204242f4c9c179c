import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { generatedDocs } from '../scripts/generate-docs.ts';

const root = join(import.meta.dirname, '..');
const docs = generatedDocs();

test.each([...docs.keys()])('%s says what the rules say (npm run docs writes it anew)', (path) => {
  const written = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
  expect(written).toBe(docs.get(path));
});

test('no page is left of a cause that is gone', () => {
  const pages = readdirSync(join(root, 'docs/causes')).map((file) => `docs/causes/${file}`);
  expect(pages.filter((page) => !docs.has(page))).toEqual([]);
});
