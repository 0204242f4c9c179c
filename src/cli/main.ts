import { readFileSync } from 'node:fs';
import { CliError, type Io } from './command.ts';
import { commands } from './commands/index.ts';
import { clip, plainLine, wrap } from './terminal-text.ts';

const PROGRAM = 'appgw-triage';

/** Bad usage, or input that cannot be read. */
const EXIT_UNUSABLE = 2;

/** What every terminal shows unbroken, in columns. */
const HELP_WIDTH = 80;

/** The longest line that an error takes; paths and options in it come from outside. */
const MAX_MESSAGE_LENGTH = 400;

/** Runs the program. Sets the exit code instead of ending the process, so that everything written still gets out. */
export async function main(argv: readonly string[], io: Io = process): Promise<void> {
  endWithReader(io);
  try {
    await dispatch(argv, io);
  } catch (error) {
    io.stderr.write(`${PROGRAM}: ${clip(plainLine(messageOf(error)), MAX_MESSAGE_LENGTH)}\n`);
    process.exitCode = EXIT_UNUSABLE;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<void> {
  const [name, ...args] = argv;
  if (name === '--help' || name === '-h') return print(io, overview());
  if (name === '--version' || name === '-v') return print(io, `${PROGRAM} ${version()}\n`);
  if (name === undefined) throw new CliError(`no command given; see ${PROGRAM} --help`);
  if (name === 'help') return dispatch([...args.slice(0, 1), '--help'], io);
  const entry = commands.find((candidate) => candidate.name === name);
  if (!entry) {
    const kind = name.startsWith('-') ? 'option' : 'command';
    throw new CliError(`there is no ${kind} ${name}; see ${PROGRAM} --help`);
  }
  const command = await entry.load();
  if (asksForHelp(args)) return print(io, command.help);
  await command.run(args, io);
}

/** Whether help is asked for before `--`, behind which everything is a path. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === '--help' || arg === '-h');
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => {
    const [first = '', ...more] = wrap(summary, HELP_WIDTH - width - 4);
    return [`  ${name.padEnd(width)}  ${first}`, ...more.map((line) => `${' '.repeat(width + 4)}${line}`)].join('\n');
  });
  return `Usage: ${PROGRAM} <command> [options]

Reads what an Azure Application Gateway already knows about its 502s and names
the cause, with its evidence and its fix.

Commands:
${list.join('\n')}

Options:
  -h, --help     show this help, or that of a command behind its name
  -v, --version  show the version

Exit code: 0 when it did what it was asked to; 2 on bad usage, or on input,
Azure or storage that cannot be read. Commands that judge say 1 in their help.

Examples:
  az network application-gateway show-backend-health -g rg -n gw \\
    | ${PROGRAM} diagnose -
  ${PROGRAM} doctor --subscription "$(az account show --query id -o tsv)"
  source <(${PROGRAM} completion bash)
`;
}

function print({ stdout }: Io, text: string): void {
  stdout.write(text);
}

/** The package's version. Its file lies two folders up from here, in the sources as in the build. */
function version(): string {
  const { version: own } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String(own);
}

function messageOf(error: unknown): string {
  if (error instanceof CliError) return error.message;
  // Reachable only through a defect. A stack trace would help nobody at night.
  return `stopped by a defect of its own (${error instanceof Error ? error.message : String(error)}); please report it`;
}

/** `| head` closes the pipe early, which is no error; a full disk is. */
function endWithReader({ stdout, stderr }: Io): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    stderr.write(`${PROGRAM}: the output could not be written (${error.code ?? 'unknown error'})\n`);
    process.exit(EXIT_UNUSABLE);
  });
  stderr.on('error', () => {
    // Nobody is left to tell.
  });
}
