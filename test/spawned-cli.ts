import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const bin = join(import.meta.dirname, '../bin/appgw-triage.js');

/** The program as a user starts it, while it runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when the output fits; rejects where the program ends before. */
  readonly until: (fits: () => boolean) => Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

export function startProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [bin, ...args], { env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  // The program may end before it has read everything.
  child.stdin.on('error', () => {});
  let isOver = false;
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => {
      isOver = true;
      resolve({ code, stdout, stderr });
    });
  });
  const until = async (fits: () => boolean) => {
    while (!fits()) {
      if (isOver) throw new Error(`The program ended: ${stdout} ${stderr}`);
      await sleep(20);
    }
  };
  return { child, stdout: () => stdout, stderr: () => stderr, until, ended };
}

/** Runs it to its end, with nothing or this on stdin. */
export function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = '') {
  const { child, ended } = startProgram(args, env);
  child.stdin.end(input);
  return ended;
}
