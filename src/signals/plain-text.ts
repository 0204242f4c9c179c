/** Line breaks and blanks of every kind. */
const BLANKS = /[\s\u0085\u2028\u2029]+/g;
/** Control characters, and the invisible format characters that can reorder or hide what a reader sees. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/gu;
const URL_CREDENTIALS = /\/\/[^/\s@]*@/g;
/** A URL's query and fragment: that is where signatures, keys and what clients asked for are kept. */
const URL_QUERY = /(:\/\/[^\s?#]*)[?#]\S*/g;

/**
 * A text from outside on one line, printable, without the secrets that URLs carry, and at most `maxLength` UTF-16 units
 * long. It is not escaped: each place that shows it escapes for itself.
 */
export function plainText(text: string, maxLength: number): string {
  // The factor leaves room for what the cleaning takes out; it also bounds the work.
  const clean = text
    .slice(0, maxLength * 8)
    .replace(BLANKS, ' ')
    .replace(INVISIBLE, '')
    .replace(URL_CREDENTIALS, '//')
    .replace(URL_QUERY, '$1')
    .toWellFormed()
    .trim();
  if (clean.length <= maxLength) return clean;
  const kept = clean.slice(0, maxLength - 1);
  // A cut between the halves of a surrogate pair would leave half a character.
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
