import type { Screen } from './screen.ts';
import { asciiCommand, asciiLine, plainCommand, plainLine, wrap } from './terminal-text.ts';

/** Select Graphic Rendition codes: each pair switches a style on and off again. */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof STYLES;

export interface LineOptions {
  /** Columns before the text. */
  readonly indent?: number;
  /** What stands before the first line, within the indent: a bullet, a number, a label. */
  readonly mark?: string;
  readonly markStyles?: readonly Style[];
  readonly styles?: readonly Style[];
}

/** The lines of an output in the making. Everything that goes through it is made harmless for terminals. */
export interface Page {
  /** A paragraph, wrapped. */
  readonly text: (text: string, options?: LineOptions) => void;
  /** A command on a line of its own, never wrapped, without a prompt: ready to paste. */
  readonly command: (command: string, indent: number) => void;
  /** An empty line, unless the page is empty or ends with one. */
  readonly gap: () => void;
  readonly toString: () => string;
}

export function newPage(screen: Screen): Page {
  const lines: string[] = [];
  const paint = (text: string, styles: readonly Style[] = []) => {
    if (!screen.hasColor || text === '') return text;
    return styles.reduce((inner, style) => `\u001b[${STYLES[style][0]}m${inner}\u001b[${STYLES[style][1]}m`, text);
  };
  const plain = (text: string) => (screen.isUnicode ? plainLine(text) : asciiLine(plainLine(text)));

  return {
    text: (text, { indent = 0, mark = '', markStyles, styles } = {}) => {
      const wrapped = wrap(plain(text), screen.width - indent);
      for (const [index, line] of wrapped.entries()) {
        const start = index === 0 ? `${/^ */.exec(mark)?.[0]}${plain(mark)}` : '';
        const padding = ' '.repeat(Math.max(0, indent - start.length));
        lines.push(`${paint(start, markStyles)}${padding}${paint(line, styles)}`);
      }
    },
    command: (command, indent) => {
      const line = plainCommand(command);
      lines.push(`${' '.repeat(indent)}${paint(screen.isUnicode ? line : asciiCommand(line), ['cyan'])}`);
    },
    gap: () => {
      if (lines.length > 0 && lines.at(-1) !== '') lines.push('');
    },
    toString: () => `${lines.join('\n').trimEnd()}\n`,
  };
}
