import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { command, quoteArgument } from './shell.ts';

test('plain words stay plain', () => {
  expect(command('az', 'network', '--name', 'pool-a_1.b')).toBe('az network --name pool-a_1.b');
});

test.each([
  ['$(reboot)', "'$(reboot)'"],
  ["a'b", "'a'\\''b'"],
  ['<gateway>', "'<gateway>'"],
  ['', "''"],
  ['a\nrm -rf /', "'arm -rf /'"],
  ['\u001b[2Jx', "'[2Jx'"],
])('%p is quoted', (argument, quoted) => {
  expect(quoteArgument(argument)).toBe(quoted);
});

test('a shell gets back exactly the printable characters, whatever they are', () => {
  const argument = fc.string({ unit: 'grapheme-ascii', maxLength: 40 });
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 4 }), (words) => {
      const output = execFileSync('sh', ['-c', `printf '%s\\n' ${command(...words)}`], { encoding: 'utf8' });
      expect(output).toBe(`${words.join('\n')}\n`);
    }),
    { numRuns: 50 },
  );
});
