import type { LogLevel } from './rpc.ts';

export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  /** `user` is the function's own log, `system` the programming model's, `host` this host's. */
  readonly category: 'user' | 'system' | 'host';
  readonly function?: string;
  readonly invocationId?: string;
  readonly [field: string]: unknown;
}

export type Log = (entry: LogEntry) => void;

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];

/** How much of an error's text is logged, in characters: enough for a stack, too little for a pasted document. */
const MAX_ERROR_CHARS = 4_000;

export function isLogLevel(value: unknown): value is LogLevel {
  return LEVELS.some((level) => level === value);
}

/** Drops what host.json's `logging.logLevel` does not ask for; the longest category that fits decides, as in Azure. */
export function filterLog(log: Log, levels: Readonly<Record<string, LogLevel>>): Log {
  return (entry) => {
    const wanted = levelFor(categoryOf(entry), levels);
    if (wanted !== 'none' && LEVELS.indexOf(entry.level) >= LEVELS.indexOf(wanted)) log(entry);
  };
}

/** One JSON line for each entry on standard error, so that standard output stays free for the ready line. */
export function logToStderr(entry: LogEntry): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
}

/** The stack, without web addresses: SDK errors quote them, and they carry signatures and webhook keys. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.slice(0, MAX_ERROR_CHARS).replace(/\bhttps?:\/\/\S+/gi, '<url>');
}

function categoryOf(entry: LogEntry): string {
  if (entry.category === 'host') return 'Host';
  const name = entry.function === undefined ? 'Function' : `Function.${entry.function}`;
  return entry.category === 'user' ? `${name}.User` : name;
}

function levelFor(category: string, levels: Readonly<Record<string, LogLevel>>): LogLevel {
  let best: { readonly length: number; readonly level: LogLevel } | undefined;
  for (const [prefix, level] of Object.entries(levels)) {
    const fits = category === prefix || category.startsWith(`${prefix}.`);
    if (fits && prefix.length > (best?.length ?? -1)) best = { length: prefix.length, level };
  }
  return best?.level ?? levels.default ?? 'information';
}
