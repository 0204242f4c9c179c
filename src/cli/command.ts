/** What a command has to do with the outside. A test can hand in its own. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One command of the program: one file in `commands/`, one entry in its list. */
export interface Command {
  /** The whole help text, with its usage and examples. */
  readonly help: string;
  /** Runs with the arguments behind the command's name. Throws a `CliError` for what the user can put right. */
  readonly run: (args: readonly string[], io: Io) => Promise<void>;
}

/**
 * Bad usage, or input that cannot be read: one line on stderr and exit code 2. The message is a fragment without a full
 * stop, since it stands behind the program's name; it may hold text from outside.
 */
export class CliError extends Error {}
