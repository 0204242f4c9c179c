import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CliError, type Command, type Io } from '../command.ts';
import { printJson } from '../diagnosis-json.ts';
import { newPage } from '../page.ts';
import { screenFor } from '../screen.ts';
import { usageError } from '../usage.ts';

const help = `Usage: appgw-triage drill [name] [options]
       appgw-triage drill --list [--json]

Breaks a simulated gateway on this machine and shows the incident as it would be
told: the alert, what is read, the cause, the messages. Azure is not needed, and
nothing leaves this machine. It needs a checkout of the repository.

Options:
  --list      list the drills
  --stay      keep everything running after the drill, to look at and to try
  --verbose   show the log of the functions
  --json      with --list, one JSON object
  -h, --help  show this help

Exit code: 0 when the incident arrived; 1 when not; 2 on bad usage, or without a
checkout.

Examples:
  appgw-triage drill
  appgw-triage drill --list
  appgw-triage drill expired-certificate --stay
`;

export const drill = { help, run } satisfies Command;

const options = {
  list: { type: 'boolean' },
  stay: { type: 'boolean' },
  verbose: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

interface Drill {
  readonly name: string;
  readonly title: string;
}

async function run(args: readonly string[], io: Io): Promise<void> {
  const { values, positionals } = parse(args);
  const [name, ...more] = positionals;
  if (more.length > 0) throw new CliError('drill plays one drill at a time; see drill --list');
  if (values.json && !values.list) throw new CliError('drill has --json for --list alone');
  const start = inCheckout('../../local/start.ts');
  const drills = await listDrills();
  if (values.list) {
    io.stdout.write(values.json ? printJson({ schema: 'appgw-triage/drills@1', drills }) : listText(drills, io));
    return;
  }
  if (name !== undefined && !drills.some((known) => known.name === name))
    throw new CliError(`there is no drill ${name}; see drill --list`);
  process.exitCode = await play(start, [
    ...(name === undefined ? [] : ['--scenario', name]),
    ...(values.stay ? [] : ['--once']),
    ...(values.verbose ? ['--verbose'] : []),
  ]);
}

/** The path of a source file; in an installed package there are none. */
function inCheckout(relative: string): string {
  const path = fileURLToPath(new URL(relative, import.meta.url));
  if (existsSync(path)) return path;
  throw new CliError(
    'drills need a checkout: clone the repository of appgw-triage, and run npm ci and npx appgw-triage drill there',
  );
}

/**
 * By its path and not by an import that a bundler follows: the simulator is never part of what is installed or deployed.
 */
async function listDrills(): Promise<readonly Drill[]> {
  const module: unknown = await import(new URL('../../simulator/scenarios/index.ts', import.meta.url).href);
  const { scenarios } = module as { readonly scenarios: readonly Drill[] };
  return scenarios.map(({ name, title }) => ({ name, title }));
}

function listText(drills: readonly Drill[], io: Io): string {
  const page = newPage(screenFor(io));
  const longest = Math.max(...drills.map(({ name }) => name.length)) + 2;
  for (const { name, title } of drills) page.text(title, { indent: longest, mark: name, markStyles: ['bold'] });
  return page.toString();
}

/** Runs as a process of its own, which has Azurite and the local host below it, and takes them down in the end. */
async function play(start: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [start, ...args], { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // Ctrl-C on a terminal reaches the child as well, which this process then only has to outlive.
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  const interrupt = process.stdin.isTTY ? () => {} : pass;
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', pass).on('SIGHUP', pass);
  child.once('error', () => reject(new CliError('the drill could not be started')));
  child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  try {
    return await promise;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', pass).off('SIGHUP', pass);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw usageError(error, 'drill');
  }
}
