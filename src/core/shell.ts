/**
 * Commands that people paste into a shell. Resource names come from outside, so every argument is quoted unless it is
 * plainly safe, and control characters (which a terminal would act on) are dropped.
 */
const SAFE_ARGUMENT = /^[A-Za-z0-9_./:=@%+,-]+$/;

export function quoteArgument(argument: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: dropping them is the point.
  const printable = argument.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '');
  if (SAFE_ARGUMENT.test(printable)) return printable;
  return `'${printable.replaceAll("'", "'\\''")}'`;
}

/** Joins a command from its words, quoting each. `<placeholders>` are kept readable, in quotes. */
export function command(...words: readonly string[]): string {
  return words.map(quoteArgument).join(' ');
}
