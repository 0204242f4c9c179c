/** What the output can be: how wide, and whether it takes colour and more than ASCII. */
export interface Screen {
  /** In columns. */
  readonly width: number;
  readonly hasColor: boolean;
  readonly isUnicode: boolean;
}

export interface ScreenFacts {
  readonly isTerminal: boolean;
  /** The terminal's own width, where it is known. */
  readonly columns?: number;
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--color` and `--no-color`, which win over the environment. */
  readonly color?: boolean;
}

/** Lines beyond this are hard to read, however wide the window is. */
const MAX_WIDTH = 100;
const MIN_WIDTH = 40;
/** Where there is no terminal: what mail, tickets and chat code blocks show unbroken. */
const PIPED_WIDTH = 80;

export function screenOf(facts: ScreenFacts): Screen {
  const width = facts.isTerminal ? (facts.columns ?? PIPED_WIDTH) : PIPED_WIDTH;
  return {
    // A terminal that reports no columns reports 0.
    width: width === 0 ? PIPED_WIDTH : Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width)),
    hasColor: takesColor(facts),
    isUnicode: takesUnicode(facts),
  };
}

/** The screen that a command writes to. `color` is what its options say of colour. */
export function screenFor(
  { stdout, env }: { readonly stdout: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>; readonly env: ScreenFacts['env'] },
  color?: boolean,
): Screen {
  const { isTTY, columns } = stdout;
  const isTerminal = isTTY === true;
  return screenOf({ isTerminal, columns, platform: process.platform, env, ...(color === undefined ? {} : { color }) });
}

/** https://no-color.org and FORCE_COLOR as Node reads it: set and not empty counts, and `0` or `false` forces it off. */
function takesColor({ color, env, isTerminal }: ScreenFacts): boolean {
  if (color !== undefined) return color;
  if (env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  if (forced) return forced !== '0' && forced !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

/** The locale's character set, with the precedence of POSIX. Windows has none; its newer terminals name themselves. */
function takesUnicode({ env, platform }: ScreenFacts): boolean {
  if (platform === 'win32') return Boolean(env.WT_SESSION || env.TERM_PROGRAM);
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale);
}
