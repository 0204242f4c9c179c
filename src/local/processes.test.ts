import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type ChildOptions, startChild } from './processes.ts';

const fixtures = join(import.meta.dirname, 'fixture-processes');
const env = { PATH: process.env.PATH };

function start(behaviour: string, options: Partial<ChildOptions<string>> = {}) {
  return startChild<string>({
    name: 'The fixture',
    entry: join(fixtures, 'child.ts'),
    args: [behaviour],
    env,
    readReady: (message) => (message as { ready?: string }).ready,
    readyWithinMs: 60_000,
    ...options,
  });
}

interface Launched {
  readonly pids: readonly number[];
}

/** A launcher with children of its own, and what it says when it ends. */
async function launch(...args: string[]) {
  const lines: string[] = [];
  const launcher = await startChild<Launched>({
    name: 'The launcher',
    entry: join(fixtures, 'launcher.ts'),
    args,
    env,
    readReady: (message) => message as Launched,
    readyWithinMs: 60_000,
    onLine: (line) => lines.push(line),
  });
  return { launcher, lines, pids: launcher.ready.pids };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isRunning)) await sleep(20);
}

describe('a child process', () => {
  test('is handed over when it says that it is ready, and ends when it is asked to', async () => {
    const lines: string[] = [];
    const child = await start('good', { onLine: (line) => lines.push(line) });
    expect(child.ready).toBe('good');
    await child.stop();
    await child.stop();
    expect(await child.exited).toBe('The fixture was ended by SIGTERM. Its last words: up');
    expect(lines).toEqual(['up']);
  });

  test('that ends before it is ready is one sentence, with its last words', async () => {
    await expect(start('fails')).rejects.toThrow(
      /^The fixture ended with exit code 3\. Its last words: the port is taken$/,
    );
  });

  test('that is never ready is given up and ended', async () => {
    await expect(start('silent', { readyWithinMs: 1 })).rejects.toThrow('The fixture was not ready within 0.001 s.');
  });

  test('can be called off before and while it starts', async () => {
    await expect(start('good', { abort: AbortSignal.abort() })).rejects.toThrow('aborted');
    const callOff = new AbortController();
    const starting = start('silent', { abort: callOff.signal });
    callOff.abort();
    await expect(starting).rejects.toThrow('The start of The fixture was called off.');
  });

  test('that does not listen is ended anyway', async () => {
    const child = await start('stubborn', { stopWithinMs: 50 });
    await child.stop();
    expect(await child.exited).toBe('The fixture was ended by SIGKILL.');
  });

  test('that is no module is one sentence, too', async () => {
    await expect(start('good', { entry: join(fixtures, 'missing.ts') })).rejects.toThrow(
      /^The fixture ended with exit code 1\./,
    );
  });
});

describe('a launcher', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends all it started at %s', async (signal) => {
    const { launcher, lines, pids } = await launch();
    process.kill(launcher.pid ?? 0, signal);
    expect(await launcher.exited).toMatch(/^The launcher ended with exit code 0\./);
    expect(lines).toEqual([JSON.stringify({ cause: 'signal', signal })]);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test('ends the others when a child dies, and says which one', async () => {
    const { launcher, lines, pids } = await launch();
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await launcher.exited;
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      cause: 'lost',
      reason: 'good was ended by SIGKILL. Its last words: up',
    });
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test('leaves nothing behind even when it is killed, Azurite included', async () => {
    const { launcher, pids } = await launch('--azurite');
    expect(pids).toHaveLength(3);
    process.kill(launcher.pid ?? 0, 'SIGKILL');
    await launcher.exited;
    await untilGone(pids);
  });

  test('ends when the shell that npm started it in is gone', async () => {
    const launcher = join(fixtures, 'launcher.ts');
    // Two commands, so that the shell stays and does not become the launcher.
    const shell = spawn('sh', ['-c', '"$0" "$1"; true', process.execPath, launcher], {
      env: { ...env, npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: shell.stdout }), 'line');
    const { pid, pids } = JSON.parse(line) as Launched & { readonly pid: number };
    shell.kill('SIGKILL');
    await untilGone([pid, ...pids]);
  });
});
