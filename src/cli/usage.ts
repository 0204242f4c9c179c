import { CliError } from './command.ts';
import { plainLine } from './terminal-text.ts';

/** One clear line for what `parseArgs` throws; its own messages explain its implementation. */
export function usageError(error: unknown, command: string): CliError {
  const { message: said, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  const message = typeof said === 'string' ? said : '';
  const option = /'(-[^'\s]*)/.exec(message)?.[1] ?? 'an option';
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
    return new CliError(`${command}: ${option} is given wrongly: ${firstSentence(message)}`);
  return new CliError(`${command} has no option ${option}; see ${command} --help`);
}

function firstSentence(message: string): string {
  return plainLine(message.split('\n')[0] ?? '').replace(/\.$/, '');
}
