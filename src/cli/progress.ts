import type { Io } from './command.ts';
import { columnsOf, plainLine } from './terminal-text.ts';

/** What is going on, on stderr, for somebody who waits at a terminal. */
export interface Progress {
  readonly say: (text: string) => void;
  /** Leaves nothing behind. Has to come before anything else is written. */
  readonly end: () => void;
}

/** Backend health alone takes up to a minute, so the seconds are counted. */
const TICK_MS = 1_000;
/** Where the terminal does not say how wide it is. */
const DEFAULT_COLUMNS = 80;

/** One line that is written over and over. Nothing at all where stderr is no terminal: nobody waits there. */
export function startProgress({ stderr, env }: Pick<Io, 'stderr' | 'env'>, now = () => performance.now()): Progress {
  // A terminal that cannot move its cursor would be filled with copies of the line.
  if (stderr.isTTY !== true || env.TERM === 'dumb') return { say: () => {}, end: () => {} };
  let text = '';
  let since = now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const draw = () => {
    const seconds = Math.floor((now() - since) / 1_000);
    const line = `${text} ...${seconds < 2 ? '' : ` ${seconds} s`}`;
    stderr.write(`\r\u001b[K${oneRow(line, (stderr.columns || DEFAULT_COLUMNS) - 1)}`);
  };
  return {
    say(next) {
      text = plainLine(next);
      since = now();
      timer ??= setInterval(draw, TICK_MS).unref();
      draw();
    },
    end() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      stderr.write('\r\u001b[K');
    },
  };
}

/** Cut so that it takes one row: a line that wraps cannot be written over. */
function oneRow(line: string, columns: number): string {
  if (columnsOf(line) <= columns) return line;
  let shown = '';
  let used = 3;
  for (const character of line) {
    used += columnsOf(character);
    if (used > columns) break;
    shown += character;
  }
  return `${shown}...`;
}
