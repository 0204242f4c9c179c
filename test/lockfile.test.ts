import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { missingEntries } from '../scripts/complete-lockfile.ts';

const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');

test('holds the packages of every platform, so that npm ci takes it anywhere', () => {
  expect(missingEntries(JSON.parse(text))).toEqual({});
});

test('names no registry', () => {
  expect(text).not.toMatch(/"resolved"/);
});

test('a missing platform is noticed, with what its name says', () => {
  const packages = { 'node_modules/tool': { optionalDependencies: { '@tool/cli-linux-arm64-musl': '1.2.3' } } };
  expect(missingEntries({ packages })).toEqual({
    'node_modules/@tool/cli-linux-arm64-musl': {
      version: '1.2.3',
      optional: true,
      cpu: ['arm64'],
      os: ['linux'],
      libc: ['musl'],
    },
  });
});
