import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CliError } from '../src/cli/command.ts';
import { commands } from '../src/cli/commands/index.ts';
import { SHELLS } from '../src/cli/completion.ts';
import { doctorText } from '../src/cli/doctor-text.ts';
import { optionsIn } from '../src/cli/help-options.ts';
import { startProgress } from '../src/cli/progress.ts';
import { lettersText, silencesText } from '../src/cli/store-lists.ts';
import { columnsOf } from '../src/cli/terminal-text.ts';
import { summarise } from '../src/doctor/examine.ts';

/** What every command owes a user at a terminal: help, examples, exit codes, completion, and lines that fit. */

const root = join(import.meta.dirname, '..');
const bin = join(root, 'bin/appgw-triage.js');

function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { env: { PATH: process.env.PATH } }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
}

const loaded = await Promise.all(commands.map(async (entry) => ({ ...entry, command: await entry.load() })));

test('every command of the folder is in the list', () => {
  const files = readdirSync(join(root, 'src/cli/commands')).filter((file) => !/^index\.ts$|\.test\.ts$/.test(file));
  expect(commands.map(({ name }) => `${name}.ts`).toSorted()).toEqual(files.toSorted());
});

describe.each(loaded.map((one) => [one.name, one] as const))('%s', (name, { command, summary }) => {
  const { help } = command;

  test('has a help with usage, options, exit codes and examples, in 80 columns', () => {
    expect(help).toMatch(new RegExp(`^Usage: appgw-triage ${name}\\b`));
    expect(help).toMatch(/\nOptions:\n/);
    expect(help).toMatch(/\nExit code: 0\b/);
    expect(help).toMatch(new RegExp(`\\nExamples?:\\n[^]*\\bappgw-triage ${name}\\b`));
    expect(help).toMatch(/ {2}-h, --help +show this help\n/);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(summary).not.toMatch(/\.$/);
  });

  test('takes every option that its help shows, and no other', async () => {
    const io = { stdin: { isTTY: true }, stdout: { write: () => true }, stderr: { write: () => true }, env: {} };
    const saidOf = async (...args: readonly string[]): Promise<string> => {
      try {
        // A second option that nobody knows ends every command before it does anything.
        await command.run([...args, '--no-such-option-at-all'], io as never);
        return 'nothing';
      } catch (error) {
        return (error as CliError).message;
      }
    };
    for (const { name: option, value } of optionsIn(help).filter((one) => one.name !== '--help'))
      expect(await saidOf(option, ...(value === undefined ? [] : ['1']))).toContain('--no-such-option-at-all');
    expect(await saidOf()).toContain('--no-such-option-at-all');
  });

  test('describes every option', () => {
    for (const { description } of optionsIn(help)) expect(description.length).toBeGreaterThan(3);
    // Nothing that looks like an option escapes the reader.
    const shown = [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option);
    expect(optionsIn(help).map((option) => option.name)).toEqual(shown);
  });
});

describe('completion', () => {
  test.each(SHELLS)('for %s names every command and option', async (shell) => {
    const { code, stdout } = await run('completion', shell);
    expect(code).toBe(0);
    for (const { name, command } of loaded) {
      expect(stdout).toContain(name);
      for (const { name: option } of optionsIn(command.help))
        expect(stdout).toContain(shell === 'fish' ? `-l ${option.slice(2)}` : option);
    }
  });

  test('in bash offers commands, options and shells, files where they belong, and nothing for an id', async () => {
    const { stdout: script } = await run('completion', 'bash');
    const offered = (...words: readonly string[]) => {
      const program = [
        script,
        `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`,
        `COMP_CWORD=${words.length - 1}`,
        '_appgw_triage',
        `printf "%s\\n" "\${COMPREPLY[@]}"`,
      ].join('\n');
      const { stdout, status } = spawnSync('bash', ['--norc', '-c', program], { encoding: 'utf8' });
      expect(status).toBe(0);
      return stdout.split('\n').filter(Boolean);
    };
    expect(offered('appgw-triage', 'do')).toEqual(['doctor']);
    expect(offered('appgw-triage', 'help', 'dia')).toEqual(['diagnose']);
    expect(offered('appgw-triage', 'doctor', '--se')).toEqual(['--settings', '--send-test']);
    expect(offered('appgw-triage', 'completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    expect(offered('appgw-triage', 'doctor', '--principal', '')).toEqual([]);
    expect(offered('appgw-triage', 'nonsense', '--')).toEqual([]);
  });

  test.each([[[]], [['tcsh']], [['bash', 'zsh']]])('%j is bad usage', async (args) => {
    expect(await run('completion', ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('bash, zsh, fish'),
    });
  });
});

describe('drill', () => {
  let installed: string;
  beforeAll(() => {
    // As a package would be installed: the command line without the local host.
    installed = mkdtempSync(join(tmpdir(), 'appgw-triage-installed-'));
    for (const path of ['bin', 'package.json', 'src/cli', 'src/core', 'src/evidence', 'src/causes', 'src/reasoning'])
      cpSync(join(root, path), join(installed, path), { recursive: true });
    mkdirSync(join(installed, 'node_modules'), { recursive: true });
  });
  afterAll(() => rmSync(installed, { recursive: true, force: true }));

  test('lists what it can play', async () => {
    const { stdout } = await run('drill', '--list', '--json');
    const { drills } = JSON.parse(stdout) as { drills: { name: string; title: string }[] };
    expect(drills.map(({ name }) => name)).toEqual(expect.arrayContaining(['wrong-port', 'expired-certificate']));
    expect((await run('drill', '--list')).stdout).toContain(drills.at(-1)?.title);
  });

  test.each([
    [['no-such-drill'], 'there is no drill no-such-drill'],
    [['wrong-port', 'slow-endpoint'], 'one drill at a time'],
    [['--json'], '--json for --list alone'],
  ])('%j is bad usage', async (args, words) => {
    expect(await run('drill', ...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
  });

  test('needs a checkout, and says so in one line', async () => {
    expect(existsSync(join(installed, 'src/local'))).toBe(false);
    const ended = spawnSync(process.execPath, [join(installed, 'bin/appgw-triage.js'), 'drill'], { encoding: 'utf8' });
    expect({ code: ended.status, stdout: ended.stdout }).toEqual({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^appgw-triage: drills need a checkout: [^\n]+\n$/);
  });
});

describe('progress', () => {
  const terminal = (isTTY: boolean, columns = 30) => {
    const written: string[] = [];
    const stderr = { isTTY, columns, write: (text: string) => written.push(text) > 0 };
    return { written, io: { stderr: stderr as never, env: {} } };
  };

  test('is one line on a terminal, which is gone in the end', () => {
    const { io, written } = terminal(true);
    const progress = startProgress(io, () => 0);
    progress.say('Looking at gateway agw-\u001b[31mwith-a-very-long-name');
    progress.end();
    progress.end();
    expect(written).toHaveLength(2);
    const [line = '', gone] = written;
    expect(line.startsWith('\r\u001b[K')).toBe(true);
    expect(line.slice(4)).not.toContain('\u001b');
    expect(columnsOf(line.slice(4))).toBeLessThan(30);
    expect(gone).toBe('\r\u001b[K');
  });

  test('is silent elsewhere', () => {
    const { io, written } = terminal(false);
    const progress = startProgress(io);
    progress.say('x');
    progress.end();
    const dumb = terminal(true);
    startProgress({ ...dumb.io, env: { TERM: 'dumb' } }).say('x');
    expect([...written, ...dumb.written]).toEqual([]);
  });
});

describe.each([80, 50])('lists at %i columns', (width) => {
  const screen = { width, hasColor: false, isUnicode: false };
  const fits = (text: string) => {
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  };
  const reason =
    'The service answered 410: the webhook was removed by somebody who has left the company since. \u001b[2J';

  test('silences', () => {
    const silence = {
      id: 'ab12cd34',
      from: '2026-09-14T02:10:00.000Z',
      until: '2026-09-14T04:10:00.000Z',
      author: 'Ada',
      reason,
    };
    const text = silencesText([{ ...silence, pool: 'pool-orders' }, silence], screen);
    fits(text);
    expect(text).toContain('2026-09-14 02:10 to 2026-09-14 04:10 UTC');
    expect(text).toContain('pool pool-orders');
    expect(text).toContain('everything');
    expect(silencesText([], screen)).toBe('No silences.\n');
  });

  test('dead letters', () => {
    const message = { sink: 'slack', incidentId: '0123456789abcdef-1', revision: 3 };
    const text = lettersText(
      [
        { at: '2026-09-14T02:10:00.000Z', message, reason },
        { message, reason: 'x' },
      ],
      screen,
    );
    fits(text);
    expect(text).toMatch(/2 dead letters\.\n$/);
    expect(text).not.toContain('\u001b');
    expect(lettersText([], screen)).toBe('No dead letters.\n');
  });

  test('the doctor, worst first', () => {
    const finding = (state: 'ok' | 'fail' | 'unknown' | 'warn') => ({
      check: 'c',
      title: 'C',
      state,
      says: `${state}: ${reason}`,
    });
    const text = doctorText(
      summarise([{ findings: [finding('ok'), finding('unknown'), finding('fail'), finding('warn')] }]),
      screen,
    );
    fits(text);
    const order = [...text.matchAll(/^ {2}(\w+)/gm)].map(([, state]) => state);
    expect(order).toEqual(['fail', 'warn', 'unknown', 'ok']);
    expect(text).toMatch(/\nNot everything can work/);
  });
});

test('what completion reads off a help is what parseArgs understands', () => {
  const names = optionsIn(
    'Options:\n  -v, --verbose     talk\n  --long-option NAME\n                 what it is;\n   --deep  no\n',
  );
  expect(names).toEqual([
    { name: '--verbose', description: 'talk' },
    { name: '--long-option', value: 'NAME', description: 'what it is' },
  ]);
  expect(parseArgs({ args: ['--verbose'], options: { verbose: { type: 'boolean' } } }).values.verbose).toBe(true);
});
