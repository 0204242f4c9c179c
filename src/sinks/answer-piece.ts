import { cleanText, cutText } from './clean.ts';

/** Long enough for every error that these services are known to send. */
const LONGEST_PIECE = 200;
/** A run of this many characters that was also sent is an echo, and no accident. */
const ECHO_LENGTH = 12;
/** Bounds the work for a message of many names; the run above is looked for in all of it. */
const MOST_NAMES = 1_000;

/**
 * The part of a service's refusal that is fit for a log: one line, bounded, without URLs, long tokens, or anything that
 * was sent. Services (and whatever answers in their place) do repeat the request in their errors, so words of the
 * request are replaced, and a text that repeats whole runs of it is not used at all. Empty where nothing is left. Pure.
 */
export function answerPiece(answer: string, url: string, sentBody: unknown): string {
  const sent = `${url}\n${leafTexts(sentBody).join('\n')}`.toLowerCase();
  const names = namesIn(sent);
  const words = cleanText(answer.replace(/<[^>]*>/g, ' '))
    .split(/([\s"'`{}[\](),;=]+)/)
    .map((word) => (isTelling(word, sent, names) ? '…' : word));
  const piece = words.join('').replace(/…(\s*…)+/g, '…');
  if (!/[\p{L}\p{N}]/u.test(piece) || repeats(piece.toLowerCase(), sent)) return '';
  return cutText(piece, LONGEST_PIECE);
}

/** URLs, tokens, and names or addresses that stand in the request. Plain words and numbers of the error stay. */
function isTelling(word: string, sent: string, names: readonly string[]): boolean {
  if (word.includes('://') || word.length > 60 || isToken(word)) return true;
  const part = word.toLowerCase().replace(/[.!?:]+$/, '');
  if (names.some((name) => part.includes(name))) return true;
  return part.length >= 3 && /[^a-z_]/.test(part) && sent.includes(part);
}

/** Names and addresses: words that are more than letters. */
function namesIn(sent: string): readonly string[] {
  const words = sent.match(/[\p{L}\p{N}_.-]{5,}/gu) ?? [];
  const names = words.map((word) => word.replace(/^[.-]+|[.-]+$/g, '')).filter((word) => /.[\d.-]./.test(word));
  return [...new Set(names)].slice(0, MOST_NAMES);
}

/** Error codes can be long words (`TriggerInputSchemaMismatch`); keys and signatures hold digits. */
function isToken(part: string): boolean {
  return /[A-Za-z0-9+/_-]{24,}/.test(part) && /\d/.test(part);
}

function repeats(piece: string, sent: string): boolean {
  for (let at = 0; at + ECHO_LENGTH <= piece.length; at += 1) {
    if (sent.includes(piece.slice(at, at + ECHO_LENGTH))) return true;
  }
  return false;
}

/** Every text and number of a JSON value, without the names of its fields: an error has to name a field. */
function leafTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(leafTexts);
}
