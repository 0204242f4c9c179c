import { type HelpOption, optionsIn } from './help-options.ts';

/** Scripts that complete the program's commands and options. Pure: everything comes from the commands themselves. */

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly help: string;
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const PROGRAM = 'appgw-triage';

/** What a value is, by its name in the help; where it is none of these, nothing is offered. */
const PATHS: readonly string[] = ['FILE', 'FOLDER', 'PATH'];

export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

/** Words that commands take beside options and paths. */
function wordsOf({ name }: CompletedCommand): readonly string[] {
  return name === 'completion' ? SHELLS : [];
}

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map((command) => {
    const options = optionsIn(command.help);
    const valued = options.filter(({ value }) => value !== undefined && !PATHS.includes(value));
    return [
      `    ${command.name})`,
      `      words='${[...options.map(({ name }) => name), ...wordsOf(command)].join(' ')}'`,
      `      valued=' ${valued.map(({ name }) => name).join(' ')} '`,
      '      ;;',
    ].join('\n');
  });
  const names = [...commands.map(({ name }) => name), 'help', '--help', '--version'].join(' ');
  return `# Completion of ${PROGRAM} for bash. Add to ~/.bashrc: source <(${PROGRAM} completion bash)
_appgw_triage() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" words='' valued=' '
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names}' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
    help)
      words='${commands.map(({ name }) => name).join(' ')}'
      ;;
${cases.join('\n')}
  esac
  # A value that nobody but its owner knows is not completed, not even with file names.
  case "$valued" in
    *" $previous "*)
      compopt +o default 2>/dev/null
      return
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
# Where nothing is offered, bash completes file names.
complete -o default -F _appgw_triage ${PROGRAM}
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const specs = optionsIn(command.help).map((option) => quoted(zshOption(option)));
    const words = wordsOf(command);
    const rest = words.length > 0 ? quoted(`*:argument:(${words.join(' ')})`) : quoted('*:file:_files');
    return `    ${command.name})\n      _arguments ${[...specs, rest].join(' \\\n        ')}\n      ;;`;
  });
  return `#compdef ${PROGRAM}
# Completion of ${PROGRAM} for zsh. Add to ~/.zshrc: source <(${PROGRAM} completion zsh)
_appgw_triage() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
compdef _appgw_triage ${PROGRAM}
`;
}

/** `--name[what it does]:value:action`; brackets and colons in it would end a part. */
function zshOption({ name, value, description }: HelpOption): string {
  const text = description.replace(/[[\]\\]/g, '').replaceAll(':', '\\:');
  if (value === undefined) return `*${name}[${text}]`;
  return `*${name}[${text}]:${value}:${PATHS.includes(value) ? '_files' : ' '}`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const isFirst = quoted('__fish_use_subcommand');
  const lines = commands.flatMap((command) => {
    const isHere = quoted(`__fish_seen_subcommand_from ${command.name}`);
    const words = wordsOf(command);
    return [
      `complete -c ${PROGRAM} -n ${isFirst} -f -a ${command.name} -d ${quoted(command.summary)}`,
      ...(words.length === 0 ? [] : [`complete -c ${PROGRAM} -n ${isHere} -f -a ${quoted(words.join(' '))}`]),
      ...optionsIn(command.help).map(({ name, value, description }) => {
        const takes = value === undefined ? '' : PATHS.includes(value) ? ' -r -F' : ' -x';
        return `complete -c ${PROGRAM} -n ${isHere} -l ${name.slice(2)}${takes} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# Completion of ${PROGRAM} for fish. Save as ~/.config/fish/completions/${PROGRAM}.fish
${lines.join('\n')}
`;
}

/** In single quotes, which all three shells read alike where no quote and no backslash stands between them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
