import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { settledWithin } from './host/settled-within.ts';

export interface ChildOptions<Ready> {
  /** What it is called in messages: `Azurite`. */
  readonly name: string;
  /** The module that it runs. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Reads the message with which it says that it is ready; undefined for any other message. */
  readonly readReady: (message: unknown) => Ready | undefined;
  readonly readyWithinMs: number;
  /** How long it may take to end by itself once it is asked to; 5 s where absent. */
  readonly stopWithinMs?: number;
  /** Gets every line that it prints, on either stream. */
  readonly onLine?: (line: string) => void;
  /** Ends a start that is not wanted any more. */
  readonly abort?: AbortSignal;
}

export interface Child<Ready> {
  readonly ready: Ready;
  readonly pid: number | undefined;
  /** Resolves when it has ended, with one sentence on how. */
  readonly exited: Promise<string>;
  /** Asks it to end, and makes it end where it does not. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

const MAX_LINE_CHARS = 300;

/**
 * Starts a Node.js process of this project and waits until it says that it is ready. Rejects with one sentence where it
 * ends before, or takes too long.
 *
 * It runs in a session of its own, so that Ctrl-C reaches this process alone and the order of the ending is decided
 * here. It has a channel to this process: every entry of this project ends when the channel closes, so that not even
 * `kill -9` of this process leaves one behind.
 */
export async function startChild<Ready>(options: ChildOptions<Ready>): Promise<Child<Ready>> {
  const { name, entry, args = [], env, cwd, readReady, readyWithinMs, stopWithinMs = 5_000, onLine, abort } = options;
  abort?.throwIfAborted();
  const child = spawn(process.execPath, [entry, ...args], {
    cwd,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });

  let lastLine = '';
  for (const stream of [child.stdout, child.stderr]) {
    readLines(stream, (line) => {
      lastLine = line;
      onLine?.(line);
    });
  }

  const exited = ending(child).then((how) => {
    const words = lastLine === '' ? '' : ` Its last words: ${lastLine.slice(0, MAX_LINE_CHARS)}`;
    return `${name} ${how}.${words}`;
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    if (!(await settledWithin(stopWithinMs, exited))) child.kill('SIGKILL');
    await exited;
  };

  try {
    const ready = await readiness(child, exited, { name, readReady, readyWithinMs, abort });
    return { ready, pid: child.pid, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readiness<Ready>(
  child: ChildProcess,
  exited: Promise<string>,
  {
    name,
    readReady,
    readyWithinMs,
    abort,
  }: Pick<ChildOptions<Ready>, 'name' | 'readReady' | 'readyWithinMs' | 'abort'>,
): Promise<Ready> {
  const said = Promise.withResolvers<Ready>();
  const onMessage = (message: unknown) => {
    const ready = readReady(message);
    if (ready !== undefined) said.resolve(ready);
  };
  const onAbort = () => said.reject(new Error(`The start of ${name} was called off.`));
  child.on('message', onMessage);
  abort?.addEventListener('abort', onAbort, { once: true });
  const overdue = setTimeout(
    () => said.reject(new Error(`${name} was not ready within ${readyWithinMs / 1_000} s.`)),
    readyWithinMs,
  );
  void exited.then((how) => said.reject(new Error(how)));
  try {
    return await said.promise;
  } finally {
    clearTimeout(overdue);
    child.off('message', onMessage);
    abort?.removeEventListener('abort', onAbort);
  }
}

/** Waits for the end of the process and of what it printed. */
function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', () => resolve('could not be started'));
    child.once('close', (code, signal) => {
      resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    });
  });
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (!stream) return;
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => {
    if (line.trim() !== '') onLine(line);
  });
  stream.on('error', () => lines.close());
}

/** Anything that was started and has to be stopped again. */
export interface Stoppable {
  readonly stop: () => Promise<void>;
  /** Resolves when it ended by itself, with one sentence on how. */
  readonly exited?: Promise<string>;
}

export type End =
  | { readonly cause: 'signal'; readonly signal: NodeJS.Signals }
  /** Something that should have stayed ended by itself. */
  | { readonly cause: 'lost'; readonly reason: string };

/** Keeps what a launcher started, and ends all of it together. */
export interface Supervisor {
  /** Starts something and keeps it. What still starts when everything ends is called off, and stopped if it came up. */
  readonly start: <Started extends Stoppable>(begin: (abort: AbortSignal) => Promise<Started>) => Promise<Started>;
  /** Resolves at the first signal, or when something that was started ends by itself. */
  readonly ended: Promise<End>;
  /** Stops everything, the newest first. Safe to call twice; never rejects. */
  readonly stop: () => Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const LOOK_FOR_NPM_EVERY_MS = 500;

/**
 * Takes over this process's ending: the first signal resolves `ended`, a second one ends at once. Where npm runs this
 * process, the end of npm counts as a hang-up: npm passes a SIGTERM on to its shell alone, and the shell dies of it without
 * a word to us.
 */
export function createSupervisor(): Supervisor {
  const ended = Promise.withResolvers<End>();
  const callOff = new AbortController();
  const kept: Promise<Stoppable | undefined>[] = [];

  let isSecond = false;
  const onSignal = (signal: NodeJS.Signals) => {
    // The children notice that their channel closed.
    if (isSecond) process.exit(130);
    isSecond = true;
    ended.resolve({ cause: 'signal', signal });
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);

  let watch: NodeJS.Timeout | undefined;
  if (process.env.npm_lifecycle_event !== undefined) {
    const runBy = ancestors();
    const look = () => {
      if (ancestors() !== runBy) ended.resolve({ cause: 'signal', signal: 'SIGHUP' });
    };
    watch = setInterval(look, LOOK_FOR_NPM_EVERY_MS).unref();
  }
  // Whoever read the output may be gone before this process; that must not stop the ending half way.
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(ignoreError)) stream.on('error', ignoreError);
  }

  const stopAll = async () => {
    callOff.abort();
    for (const starting of kept.toReversed()) {
      const started = await starting;
      await started?.stop().catch(() => {});
    }
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };

  let stopped: Promise<void> | undefined;
  return {
    start: async (begin) => {
      callOff.signal.throwIfAborted();
      const starting = begin(callOff.signal);
      kept.push(starting.catch(() => undefined));
      const started = await starting;
      void started.exited?.then((reason) => ended.resolve({ cause: 'lost', reason }));
      return started;
    },
    ended: ended.promise,
    stop: () => {
      stopped ??= stopAll();
      return stopped;
    },
  };
}

function ignoreError(): void {}

/** The shell that npm started, and npm itself where the system shows it (Linux does): orphans get another parent. */
function ancestors(): string {
  let npm = '';
  try {
    // The fourth field is the parent; the second is a name in parentheses that may hold anything.
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    npm = stat.slice(stat.lastIndexOf(')') + 1).split(' ')[2] ?? '';
  } catch {
    // Without it the shell has to do.
  }
  return `${process.ppid} ${npm}`;
}
