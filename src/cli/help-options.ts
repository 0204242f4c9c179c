/**
 * The options of a command, read off its help: what is completed is then what people are shown, and cannot drift from it.
 * A test compares the help with what each command takes.
 */
export interface HelpOption {
  /** `--json` */
  readonly name: string;
  /** What stands behind it: `ID`, `FILE`; absent for a switch. */
  readonly value?: string;
  /** The first line of its description. */
  readonly description: string;
}

const OPTION = /^ {2}(?:-\w, )?(--[a-z][a-z-]*)(?: ([A-Z][A-Z-]*))?(?: {2,}(\S.*))?$/;

/** Every option of a help text, in its order. Options are indented by two columns, their descriptions further. */
export function optionsIn(help: string): readonly HelpOption[] {
  const lines = help.split('\n');
  return lines.flatMap((line, index) => {
    const [, name, value, description] = OPTION.exec(line) ?? [];
    if (name === undefined) return [];
    // A long option has its description on the next line.
    const text = description ?? lines[index + 1]?.trim() ?? '';
    return [{ name, ...(value === undefined ? {} : { value }), description: text.replace(/[.;:,]$/, '') }];
  });
}
