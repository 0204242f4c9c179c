import { parseArgs } from 'node:util';
import { CliError, type Command, type Io } from '../command.ts';
import { completionScript, SHELLS } from '../completion.ts';
import { usageError } from '../usage.ts';

const help = `Usage: appgw-triage completion bash|zsh|fish

Prints a script that completes commands and options in your shell.

Options:
  -h, --help  show this help

Exit code: 0; 2 on bad usage.

Examples:
  source <(appgw-triage completion bash)
  source <(appgw-triage completion zsh)
  appgw-triage completion fish >~/.config/fish/completions/appgw-triage.fish
`;

export const completion = { help, run } satisfies Command;

async function run(args: readonly string[], { stdout }: Io): Promise<void> {
  const [name, ...more] = parse(args);
  const shell = SHELLS.find((known) => known === name);
  if (!shell || more.length > 0) throw new CliError(`completion takes one of ${SHELLS.join(', ')}`);
  // Loaded here, because the list of commands has this one in it.
  const { commands } = await import('./index.ts');
  const described = commands.map(async ({ name: own, summary, load }) => ({
    name: own,
    summary,
    help: (await load()).help,
  }));
  stdout.write(completionScript(shell, await Promise.all(described)));
}

function parse(args: readonly string[]): readonly string[] {
  try {
    return parseArgs({ args: [...args], options: {}, allowPositionals: true }).positionals;
  } catch (error) {
    throw usageError(error, 'completion');
  }
}
