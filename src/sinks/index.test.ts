import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { sinks } from './index.ts';

describe('the list of sinks', () => {
  test('names every folder, and only folders', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(sinks.map(({ name }) => name).sort()).toEqual(folders.sort());
  });

  test('no two sinks share a name or a setting', () => {
    const names = [
      ...sinks.map(({ name }) => name),
      ...sinks.flatMap(({ settings }) => settings.map(({ name }) => name)),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  test('every setting says what it is for', () => {
    for (const { settings } of sinks) {
      for (const { name, description, sample } of settings) {
        expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
        expect(description).toMatch(/\.$/);
        expect(sample).not.toBe('');
      }
    }
  });
});
