import { html as escaping } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** Markup that is finished: it is put into other markup as it stands. */
export type Html = HtmlEscapedString;

export type Value = Html | string | number | false | undefined | readonly Value[];

/**
 * Controls and characters that cannot be seen: they could turn the reading order around, or make two names look alike.
 * Line breaks and tabs stay.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are meant.
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]|[\p{Cf}\p{Co}\u{e0000}-\u{e0fff}]/gu;

/** Every text is escaped, and loses what cannot be seen. There is no other way to make markup here. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const made = escaping(strings, ...values.map(shown));
  if (made instanceof Promise) throw new TypeError('A page is made at once: no part of it may be awaited.');
  return made;
}

function shown(value: Value): unknown {
  if (typeof value === 'string') return visible(value);
  return isList(value) ? value.map(shown) : value;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function visible(text: string): string {
  return text.toWellFormed().replace(INVISIBLE, '');
}

/** A text in one line, cut to so many characters with an ellipsis. */
export function brief(text: string, length: number): string {
  const line = visible(text.length > length * 8 ? text.slice(0, length * 8) : text)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= length
    ? line
    : `${line
        .slice(0, Math.max(1, length - 1))
        .toWellFormed()
        .trimEnd()}…`;
}

/** `1 member`, `3 members`. */
export function count(number: number, one: string, many: string = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
