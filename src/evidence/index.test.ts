import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { evidenceKinds } from './index.ts';

test('the list holds every folder, and every folder is in the list', () => {
  const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(evidenceKinds.map((kind) => kind.name).toSorted()).toEqual(folders.toSorted());
});

const collected = evidenceKinds.filter((kind) => kind.collector !== undefined);

test.each(collected.map((kind) => [kind.name, kind] as const))('%s can be collected', async (_name, kind) => {
  const collector = await kind.collector?.();
  expect(collector?.deadlineMs).toBeGreaterThan(0);
  expect(collector?.asks).not.toBe('');
});

test.each(collected.map((kind) => [kind.name, kind] as const))('%s says which rights it takes', async (name, kind) => {
  const rights = (await kind.collector?.())?.rights ?? [];
  // The prober asks the members, and the stream's counts lie in our own storage: neither asks a service of Azure.
  expect(rights.length > 0).toBe(!['probe-results', 'access-log-stream'].includes(name));
  expect(new Set(rights.map((right) => right.toLowerCase())).size).toBe(rights.length);
  for (const right of rights) expect(right).toMatch(/^Microsoft\.[A-Za-z]+(\/[A-Za-z]+)+\/(read|action)$/i);
});
