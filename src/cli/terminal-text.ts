/**
 * Text for terminals. Resource names, health texts and log fields come from outside, and a terminal acts on what it is
 * sent: escape sequences move the cursor and rewrite lines, bidirectional overrides make a command read as another one.
 */

/**
 * Escape sequences with their content: CSI (`ESC [ ... letter`), OSC, DCS, PM, APC and SOS strings (up to their
 * terminator; without one only the introducer goes), and two-character escapes. Their 8-bit forms start at U+0080.
 */
const ESCAPE_SEQUENCES = new RegExp(
  [
    '(?:\\u001b\\[|\\u009b)[\\u0020-\\u003f]*[\\u0040-\\u007e]?',
    '(?:\\u001b[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])[^\\u0007\\u001b\\u009c]{0,4096}(?:\\u0007|\\u001b\\\\|\\u009c)',
    '\\u001b[\\u0020-\\u002f]*[\\u0030-\\u007e]?',
  ].join('|'),
  'gu',
);

/** White space in every form becomes one space, so that nothing from outside starts a new line. */
const WHITE_SPACE = /[\s\u0085]+/gu;

/**
 * Controls, invisible format characters (bidirectional controls, zero-width characters, tags) and lone surrogates.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** More combining marks than any script needs on one letter spill over the lines above and below. */
const STACKED_MARKS = /(\p{M}{3})\p{M}+/gu;

/** One line of plain text that a terminal only displays. */
export function plainLine(text: string): string {
  return text
    .replace(ESCAPE_SEQUENCES, '')
    .replace(WHITE_SPACE, ' ')
    .replace(INVISIBLE, '')
    .replace(STACKED_MARKS, '$1')
    .trim();
}

/** A command that a terminal only displays. Spaces stay as they are: they can stand in a quoted argument. */
export function plainCommand(command: string): string {
  return command
    .replace(ESCAPE_SEQUENCES, '')
    .replace(/[\r\n\t\v\f\u0085\u2028\u2029]+/g, ' ')
    .replace(INVISIBLE, '')
    .trim();
}

/** Cuts a long text and says how much is missing. `maxLength` is in characters. */
export function clip(text: string, maxLength: number): string {
  const characters = [...text];
  if (characters.length <= maxLength) return text;
  return `${characters.slice(0, maxLength).join('')}... (${characters.length - maxLength} more characters)`;
}

const ASCII_SPELLING: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '…': '...',
  '\u00a0': ' ',
  '→': '->',
};

/** The text in ASCII, for terminals that are not set to UTF-8: what has no ASCII spelling shows as its code point. */
export function asciiLine(text: string): string {
  return text.replace(/[^\u0020-\u007e]/gu, (character) => {
    return ASCII_SPELLING[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}

/**
 * A shell command in ASCII that still means the same. Other characters stand only inside single quotes (`quoteArgument`
 * sees to that), so each run of them leaves the quotes as bytes that bash, zsh and ksh read back: `'caf'$'\xc3\xa9'''`.
 */
export function asciiCommand(command: string): string {
  const encoder = new TextEncoder();
  return command.replace(/[^\u0020-\u007e]+/gu, (characters) => {
    const bytes = [...encoder.encode(characters)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
    return `'$'${bytes.join('')}''`;
  });
}

/** Characters that take two columns: East Asian wide and full-width forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** The number of columns that a plain line takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

/**
 * Breaks a plain line at its spaces into lines of at most `width` columns. A word longer than that keeps its line to
 * itself: a terminal breaks it where it must, and it can still be copied in one piece.
 */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ')) {
    const columns = columnsOf(word);
    if (line !== '' && used + 1 + columns > width) {
      lines.push(line);
      line = word;
      used = columns;
    } else {
      line = line === '' ? word : `${line} ${word}`;
      used += columns + (used === 0 ? 0 : 1);
    }
  }
  return line === '' ? lines : [...lines, line];
}
