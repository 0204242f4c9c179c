import { CliError } from './command.ts';
import { plainLine } from './terminal-text.ts';

/** One clear line for what `parseArgs` throws; its own messages explain its implementation. */
export function usageError(error: unknown, command: string): CliError {
  const message = error instanceof Error ? error.message : '';
  const option = /'(-[^'\s]*)/.exec(message)?.[1] ?? 'an option';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
    return new CliError(`${command}: ${option} is given wrongly: ${firstSentence(message)}`);
  return new CliError(`${command} has no option ${option}; see ${command} --help`);
}

function firstSentence(message: string): string {
  return plainLine(message.split('\n')[0] ?? '').replace(/\.$/, '');
}
