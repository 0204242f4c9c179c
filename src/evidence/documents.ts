import { isBareRecord } from './log-rows.ts';

/** Text to JSON documents: what people save from a command line, a portal or a storage account. */

export type ParsedDocuments =
  | {
      readonly documents: readonly unknown[];
      /** Lines that are no JSON, such as the torn last line of a storage blob that is still written. */
      readonly unreadLines: number;
    }
  /** One clear line. Never repeats what was in the text. */
  | { readonly error: string };

/**
 * Reads one JSON document, JSON Lines (storage blobs), or several documents one after the other (two commands whose
 * output went to one file). Lines that do not parse among lines that do are counted, not fatal.
 */
export function parseDocuments(text: string): ParsedDocuments {
  const trimmed = text.replace(/^\ufeff/, '').trim();
  if (trimmed === '') return { error: 'The input is empty.' };
  const whole = parse(trimmed);
  if (whole !== undefined) return { documents: [whole.value], unreadLines: 0 };

  const lines = parseLines(trimmed);
  // Commas alone are neither a document nor a broken one.
  if (lines.broken === 0 && lines.documents.length > 0) return { documents: lines.documents, unreadLines: 0 };
  const sequence = parseSequence(trimmed);
  if (sequence !== undefined) return { documents: sequence, unreadLines: 0 };
  // A text that is not JSON at all can hold a line that happens to be; most lines must be documents.
  if (lines.documents.length > lines.broken) return { documents: lines.documents, unreadLines: lines.broken };
  const records = parseTornRecords(trimmed);
  if (records !== undefined) return { documents: records, unreadLines: 1 };
  return { error: describe(trimmed) };
}

/**
 * Bytes to text: UTF-8, and the UTF-16 that Windows PowerShell writes behind `>`, with its byte order mark or without.
 * Bytes that belong to no character become U+FFFD; nothing throws.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [one, two] = bytes;
  if (one === 0xff && two === 0xfe) return 'utf-16le';
  if (one === 0xfe && two === 0xff) return 'utf-16be';
  // JSON begins with an ASCII character, so a zero byte beside it can only be the other half of UTF-16.
  if (two === 0 && one !== undefined && one !== 0) return 'utf-16le';
  if (one === 0 && two !== undefined && two !== 0) return 'utf-16be';
  return 'utf-8';
}

/** The value in a box, since the document may be the literal `null`. */
function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function parseLines(text: string): { readonly documents: readonly unknown[]; readonly broken: number } {
  const documents: unknown[] = [];
  let broken = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    // Some exporters join records by a comma at the end of the line.
    const content = line
      .replace(/^\ufeff/, '')
      .trim()
      .replace(/,$/, '');
    if (content === '') continue;
    const parsed = /^[[{]/.test(content) ? parse(content) : undefined;
    if (parsed === undefined) broken += 1;
    else documents.push(parsed.value);
  }
  return { documents, broken };
}

/** Several documents one after the other; undefined where any part of the text belongs to none. */
function parseSequence(text: string): readonly unknown[] | undefined {
  const documents: unknown[] = [];
  let start = -1;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
      continue;
    }
    if (character === '{' || character === '[') {
      if (depth === 0) start = index;
      depth += 1;
      continue;
    }
    if (depth === 0) {
      if (/[\s,\ufeff]/.test(character)) continue;
      return undefined;
    }
    if (character === '"') inString = true;
    if (character !== '}' && character !== ']') continue;
    depth -= 1;
    if (depth > 0) continue;
    const parsed = parse(text.slice(start, index + 1));
    if (parsed === undefined) return undefined;
    documents.push(parsed.value);
  }
  return depth === 0 && documents.length > 0 ? documents : undefined;
}

/**
 * The whole records of a log that is cut off in its last one: a list of them, or an envelope of such a list. Only of a log,
 * where every record stands for itself: half a gateway or half its health would read as something that it is not.
 */
function parseTornRecords(text: string): readonly unknown[] | undefined {
  const opening = /^(?:\{\s*"records"\s*:\s*)?\[\s*(?=\{)/.exec(text)?.[0];
  if (opening === undefined) return undefined;
  const records: unknown[] = [];
  let start = -1;
  let depth = 0;
  let inString = false;
  for (let index = opening.length; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      if (depth === 0) start = index;
      depth += 1;
    } else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth < 0) return undefined;
      if (depth > 0) continue;
      const parsed = parse(text.slice(start, index + 1));
      if (parsed === undefined || !isBareRecord(parsed.value)) return undefined;
      records.push(parsed.value);
    }
  }
  // Where nothing is open at the end, the text is not cut off but broken in some other way.
  return depth > 0 && records.length > 0 ? records : undefined;
}

function describe(text: string): string {
  if (/^error\b|^\(\w+\) |^az: |^usage:/i.test(text))
    return 'The input is the error message of a command, not its JSON output.';
  if (text.startsWith('<')) return 'The input is HTML or XML, not JSON.';
  if (/^[[{]/.test(text)) return 'The input begins as JSON but is broken or cut off.';
  return 'The input is not JSON; if it came from az, add "--output json".';
}
