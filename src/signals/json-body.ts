/** 1 MiB. The largest alert that Azure Monitor sends is 256 KB. */
export const MAX_BODY_BYTES = 1_048_576;

/** A body as JSON, or why it is none: the HTTP status to answer with, a stable code, and a message without what was sent. */
export type JsonBody =
  | { readonly outcome: 'ok'; readonly value: unknown }
  | {
      readonly outcome: 'invalid';
      readonly status: 400 | 413 | 415;
      readonly code: 'content-type-not-json' | 'body-too-large' | 'body-empty' | 'body-not-utf8' | 'body-not-json';
      readonly message: string;
    };

/** Reads a request's body as JSON. Never throws. */
export function parseJsonBody(body: string | Uint8Array, contentType: string | null | undefined): JsonBody {
  if (!isJsonContentType(contentType)) return NOT_JSON_TYPE;
  if (isTooLarge(body)) return TOO_LARGE;
  const text = decode(body);
  if (text === undefined) return NOT_UTF8;
  if (text.trim() === '') return EMPTY;
  try {
    return { outcome: 'ok', value: JSON.parse(text) };
  } catch {
    return NOT_JSON;
  }
}

const NOT_JSON_TYPE = {
  outcome: 'invalid',
  status: 415,
  code: 'content-type-not-json',
  message: 'The content type has to be application/json in UTF-8.',
} satisfies JsonBody;

const TOO_LARGE = {
  outcome: 'invalid',
  status: 413,
  code: 'body-too-large',
  message: `The body is larger than ${MAX_BODY_BYTES} bytes.`,
} satisfies JsonBody;

const EMPTY = { outcome: 'invalid', status: 400, code: 'body-empty', message: 'The body is empty.' } satisfies JsonBody;

const NOT_UTF8 = {
  outcome: 'invalid',
  status: 400,
  code: 'body-not-utf8',
  message: 'The body is not encoded in UTF-8.',
} satisfies JsonBody;

const NOT_JSON = {
  outcome: 'invalid',
  status: 400,
  code: 'body-not-json',
  message: 'The body is not valid JSON.',
} satisfies JsonBody;

/** `application/json`, `text/json` and `application/<anything>+json`, with no charset or with one that UTF-8 contains. */
const JSON_TYPE = /^(?:application|text)\/(?:[\w.!#$&^-]+\+)?json$/i;
const CHARSET = /^charset\s*=\s*"?(?:utf-?8|us-ascii)"?$/i;

function isJsonContentType(contentType: string | null | undefined): boolean {
  if (typeof contentType !== 'string' || contentType.length > 256) return false;
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  return JSON_TYPE.test(type) && parameters.every((part) => !/^charset/i.test(part) || CHARSET.test(part));
}

function isTooLarge(body: string | Uint8Array): boolean {
  if (typeof body !== 'string') return body.byteLength > MAX_BODY_BYTES;
  // A text has at least as many bytes as UTF-16 units, and at most three times as many: most need no encoding to know.
  if (body.length > MAX_BODY_BYTES) return true;
  return body.length * 3 > MAX_BODY_BYTES && new TextEncoder().encode(body).byteLength > MAX_BODY_BYTES;
}

/** Without a byte order mark, which JSON does not allow but some senders write. */
function decode(body: string | Uint8Array): string | undefined {
  if (typeof body === 'string') return body.startsWith('\ufeff') ? body.slice(1) : body;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}
