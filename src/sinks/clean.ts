/**
 * What every sink does to text from outside before it escapes it for its own service. Pure.
 *
 * Names, hosts, paths and health texts come from outside. Whatever a person cannot see but a program acts on goes:
 * control characters, bidirectional overrides, zero-width characters. So does what must never leave: query strings and
 * credentials in URLs.
 */

/** Longer input is not looked at. Far above every text that a service writes; it only bounds the work. */
const LONGEST_LOOKED_AT = 20_000;

/** Printable ASCII: nearly every text, and nothing hides in it. */
const PLAIN = /^[ -~]*$/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const INVISIBLE_BUT_LINE_BREAK = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** More than two marks on one letter are drawn over the lines around it. */
const STACKED_MARKS = /(\p{M}{2})\p{M}+/gu;

/** One line of plain text, with nothing invisible, no query string and no credentials in it. */
export function cleanText(text: string, lookAt = LONGEST_LOOKED_AT): string {
  const line = startOf(text, lookAt).replace(/\s+/g, ' ');
  const visible = PLAIN.test(line)
    ? line
    : line.toWellFormed().replace(INVISIBLE, '').replace(STACKED_MARKS, '$1').replace(/ +/g, ' ');
  const anonymous = /[?@]/.test(visible) ? visible.replace(/[^\s"'`<>]+/g, withoutQuery) : visible;
  return withoutCredentials(anonymous).trim();
}

/** What headers carry to say who somebody is, where a text quotes them. */
const CREDENTIAL_HEADERS = /\b((?:proxy-)?authorization|(?:set-)?cookie|x-(?:api|functions)-key)\s?[:=]\s?[^,;"']+/gi;
const BEARER = /\bbearer\s[\w.~+/=-]{8,}/gi;

function withoutCredentials(text: string): string {
  return text.replace(CREDENTIAL_HEADERS, '$1: (hidden)').replace(BEARER, 'Bearer (hidden)');
}

/** The start of a text. Where that cuts a URL, the URL goes: its password could not be told from its host any more. */
function startOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const start = text.slice(0, length);
  const url = start.lastIndexOf('://');
  if (url < 0 || /\s/.test(start.slice(url))) return start;
  return start.slice(0, url).replace(/[a-z0-9+.-]{1,20}$/i, '');
}

function withoutQuery(word: string): string {
  const anonymous = word.replace(/:\/\/[^/@]*@/g, '://');
  const at = anonymous.indexOf('?');
  if (at < 0) return anonymous;
  const slash = anonymous.indexOf('/');
  const isPath = slash >= 0 && slash < at;
  return isPath || HAS_PARAMETER.test(anonymous) ? anonymous.slice(0, at) : anonymous;
}

const HAS_PARAMETER = /\?[\w.~%$-]+=/;

/** The same as `cleanText`, and no longer than `length` UTF-16 units, cut between characters and marked with `…`. */
export function cleanTextWithin(text: string, length: number): string {
  // What goes in cleaning is little, except in texts that are made to be a nuisance.
  return cutText(cleanText(text, 3 * length + 200), length);
}

/** Cuts between characters, never inside one, and says that it did. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = isHighSurrogate(text.charCodeAt(length - 2)) ? length - 2 : length - 1;
  return `${text.slice(0, Math.max(0, end)).trimEnd()}…`;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

export type CleanCommand = { readonly command: string } | { readonly leftOut: string };

/**
 * A command that can be pasted as it stands, or why it is not shown: a command is never cut, because the half of one
 * does something else. Line breaks stay.
 */
export function cleanCommand(command: string, longest: number): CleanCommand {
  if (command.length > longest) return { leftOut: 'it is too long for this message' };
  const clean = command.toWellFormed().replace(INVISIBLE_BUT_LINE_BREAK, '').trim();
  if (clean === '') return { leftOut: 'it is empty' };
  // Without its query string it would be another command, and with it a key could leave in a probe's path.
  const words = clean.match(/[^\s"'`<>]+/g) ?? [];
  if (words.some(holdsQuery)) return { leftOut: 'it holds a query string, which is never sent' };
  return { command: clean };
}

/** A JMESPath filter (`[?name=='x']`) is no query string, and neither is the API version of an `az rest` command. */
function holdsQuery(word: string): boolean {
  const at = word.search(/(?<!\[)\?/);
  if (at < 0) return false;
  const query = word.slice(at + 1);
  if (/^api-version=[\w.-]+$/.test(query)) return false;
  return word.lastIndexOf('/', at) >= 0 || HAS_PARAMETER.test(word.slice(at));
}

/** A portal link has about 300 characters. Services take more (Slack: 3,000), but it counts into the message. */
const LONGEST_LINK = 1_000;

/** A link that is safe to offer: absolute https, without credentials or query string. Undefined for everything else. */
export function safeLink(link: string | undefined): string | undefined {
  if (link === undefined || link.length > LONGEST_LINK || !URL.canParse(link)) return undefined;
  const url = new URL(link);
  // A second URL inside the first is a trick, and could hold a password of its own.
  if (url.protocol !== 'https:' || `${url.pathname}${url.hash}`.includes('://')) return undefined;
  url.username = '';
  url.password = '';
  url.search = '';
  // A portal link keeps its place behind the `#`, where a query string could hide as well.
  url.hash = url.hash.split('?')[0] ?? '';
  const safe = url.href.replace(
    /[<>"'`|\\^{}()[\]\s*&]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return safe.length > LONGEST_LINK ? undefined : safe;
}

/** The number of bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
