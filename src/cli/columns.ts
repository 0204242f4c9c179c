import type { Screen } from './screen.ts';
import { asciiLine, columnsOf, plainLine } from './terminal-text.ts';

/** Text in exactly so many columns, made harmless first: padded at its end, or cut with a mark where it is too long. */
export function fitLeft(text: string, columns: number, screen: Pick<Screen, 'isUnicode'>): string {
  const plain = shown(text, screen);
  if (columnsOf(plain) <= columns) return plain + ' '.repeat(columns - columnsOf(plain));
  const mark = screen.isUnicode ? '…' : '...';
  let kept = '';
  let used = columnsOf(mark);
  for (const character of plain) {
    used += columnsOf(character);
    if (used > columns) break;
    kept += character;
  }
  const cut = `${kept}${mark}`;
  return cut + ' '.repeat(Math.max(0, columns - columnsOf(cut)));
}

/** The same, at the right edge: for numbers. */
export function fitRight(text: string, columns: number): string {
  return text.padStart(columns);
}

/** A line that is no wider than the screen. */
export function cutLine(text: string, screen: Screen): string {
  const plain = shown(text, screen);
  return columnsOf(plain) <= screen.width ? plain : fitLeft(plain, screen.width, screen).trimEnd();
}

function shown(text: string, { isUnicode }: Pick<Screen, 'isUnicode'>): string {
  return isUnicode ? plainLine(text) : asciiLine(plainLine(text));
}

/** `12,345`, whatever the machine's own language. */
export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 message`, `2,000 messages`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A share in percent with one digit, and never rounded to all or nothing. */
export function percentOf(part: number, whole: number): string {
  if (whole === 0) return '-';
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  if (percent < 100 && percent > 99.9) return '>99.9 %';
  return `${percent.toFixed(1)} %`;
}

/** `45s`, `2m 10s`, `3h 5m`. */
export function durationOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m ${seconds % 60}s`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
