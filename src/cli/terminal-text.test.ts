import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asciiCommand, asciiLine, clip, columnsOf, plainCommand, plainLine, wrap } from './terminal-text.ts';

describe('plainLine', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b[2J\u001b[1;1Htop', 'top'],
    ['\u001b]0;title\u0007name', 'name'],
    ['\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['\u009b31mred', 'red'],
    ['\u001bP1$tq\u001b\\left', 'left'],
    ['a\r\nb\tc', 'a b c'],
    ['safe\u202egnp.exe', 'safegnp.exe'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['lone\ud800surrogate', 'lonesurrogate'],
    ['bell\u0007 null\u0000', 'bell null'],
    ['größe 数据 🚨', 'größe 数据 🚨'],
  ])('%j', (from, to) => {
    expect(plainLine(from)).toBe(to);
  });

  test('leaves nothing that a terminal acts on, whatever comes in', () => {
    const pieces = fc.constantFrom('\u001b', '[', ']', '\u009b', '\u009d', '\u0007', '\u001b\\', '31m', 'x', '\n', ' ');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        expect(plainLine(input)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(plainCommand(input)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      }),
    );
  });
});

test('a command keeps the spaces in its arguments', () => {
  expect(plainCommand("az x --query 'a  b'\n")).toBe("az x --query 'a  b'");
});

describe('ASCII', () => {
  test('text falls back to spellings and code points', () => {
    expect(asciiLine('“größe” – 数…')).toBe('"gr\\u{f6}\\u{df}e" - \\u{6570}...');
  });

  test('a command stays the same command for the shell', () => {
    expect(asciiCommand("az --name 'größe'")).toBe("az --name 'gr'$'\\xc3\\xb6\\xc3\\x9f''e'");
  });
});

describe('wrap', () => {
  test('breaks at spaces, and gives a long word a line of its own', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('see https://aka.ms/servernotreachable now', 10)).toEqual([
      'see',
      'https://aka.ms/servernotreachable',
      'now',
    ]);
    expect(wrap('', 10)).toEqual([]);
  });

  test('counts wide characters as two columns', () => {
    expect(columnsOf('数据')).toBe(4);
    expect(wrap('数据 数据', 6)).toEqual(['数据', '数据']);
  });

  test('loses no word and breaks no bound that can be kept', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 30 }));
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), (list, width) => {
        const lines = wrap(list.join(' '), width);
        expect(lines.join(' ')).toBe(list.join(' '));
        for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
      }),
    );
  });
});

test('clip says how much is missing', () => {
  expect(clip('abc', 3)).toBe('abc');
  expect(clip('🚨🚨🚨🚨', 3)).toBe('🚨🚨🚨... (1 more characters)');
});
