import { describe, expect, test } from '@jest/globals';
import { type ScreenFacts, screenOf } from './screen.ts';

const terminal: ScreenFacts = { isTerminal: true, columns: 90, platform: 'linux', env: { LANG: 'en_US.UTF-8' } };
const pipe: ScreenFacts = { isTerminal: false, platform: 'linux', env: { LANG: 'en_US.UTF-8' } };

describe('width', () => {
  test.each([
    [{ ...terminal }, 90],
    [{ ...terminal, columns: 300 }, 100],
    [{ ...terminal, columns: 20 }, 40],
    [{ ...terminal, columns: 0 }, 80],
    [{ ...terminal, columns: undefined }, 80],
    [{ ...pipe, columns: 200 }, 80],
  ])('%#', (facts, width) => {
    expect(screenOf(facts).width).toBe(width);
  });
});

describe('colour', () => {
  test.each<[string, ScreenFacts, boolean]>([
    ['on a terminal', terminal, true],
    ['not in a pipe', pipe, false],
    ['not on a dumb terminal', { ...terminal, env: { TERM: 'dumb' } }, false],
    ['not with NO_COLOR', { ...terminal, env: { NO_COLOR: '1' } }, false],
    ['with an empty NO_COLOR', { ...terminal, env: { NO_COLOR: '' } }, true],
    ['in a pipe with FORCE_COLOR', { ...pipe, env: { FORCE_COLOR: '1' } }, true],
    ['not with FORCE_COLOR=0', { ...terminal, env: { FORCE_COLOR: '0' } }, false],
    ['NO_COLOR wins over FORCE_COLOR', { ...terminal, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
    ['--color wins over NO_COLOR', { ...pipe, env: { NO_COLOR: '1' }, color: true }, true],
    ['--no-color wins over FORCE_COLOR', { ...terminal, env: { FORCE_COLOR: '1' }, color: false }, false],
  ])('%s', (_, facts, hasColor) => {
    expect(screenOf(facts).hasColor).toBe(hasColor);
  });
});

describe('character set', () => {
  test.each<[Record<string, string>, boolean]>([
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }, false],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true],
    [{ LANG: 'de_DE.ISO-8859-1' }, false],
    [{}, false],
  ])('%j', (env, isUnicode) => {
    expect(screenOf({ ...pipe, env }).isUnicode).toBe(isUnicode);
  });

  test('of Windows', () => {
    expect(screenOf({ ...pipe, platform: 'win32', env: { LANG: 'x.UTF-8' } }).isUnicode).toBe(false);
    expect(screenOf({ ...pipe, platform: 'win32', env: { WT_SESSION: 'id' } }).isUnicode).toBe(true);
  });
});
