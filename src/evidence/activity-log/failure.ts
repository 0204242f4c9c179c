import { type Fields, fieldsOf, first, isObject, listOf, textOf } from '../json.ts';

const MAX_MESSAGE_LENGTH = 500;
/** More is taken up than is kept, since the replacements are shorter. No pattern below looks at a character often. */
const MAX_READ_LENGTH = 2_000;
const MAX_STATUS_LENGTH = 100_000;

/** Code and message of the error of a failed operation, as far as the entry tells. */
export function failureOf(fields: Fields): { readonly errorCode?: string; readonly errorMessage?: string } {
  const properties = fieldsOf(parsed(fields.get('properties')));
  const status = parsed(first(properties, 'statusmessage') ?? first(fields, 'statusmessage'));
  const outer = fieldsOf(status);
  const error = fieldsOf(outer.get('error') ?? status);
  // A wrapper without words of its own: the first of its details is the error.
  const detail = fieldsOf(listOf(error.get('details'))[0]);
  const code = textOf(error.get('code')) ?? textOf(detail.get('code'));
  const message = textOf(error.get('message')) ?? textOf(detail.get('message'));
  const isError = code !== undefined && /^[\w.-]{1,100}$/.test(code);
  if (!isError) return {};
  return { errorCode: code, ...(message === undefined ? {} : { errorMessage: withoutCallers(message) }) };
}

/** The value, or what is written in it as JSON. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > MAX_STATUS_LENGTH) return isObject(value) ? value : undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * The service's text without what tells who asked and from where: names of people, object and application ids, client
 * addresses, and the query of any URL, which can hold a signature. Ids of subscriptions stay, since they name resources.
 */
export function withoutCallers(message: string): string {
  return message
    .slice(0, MAX_READ_LENGTH)
    .replace(/https?:\/\/[^\s'"<>]*/gi, (url) => url.split('?', 1)[0] ?? '')
    .replace(/[^\s'"<>(),;=]+/g, (word) => (word.includes('@') ? '<caller>' : word))
    .replace(/(client (?:ip )?address|client ip)(\s*[:=]?\s*)['"]?[\da-f.:]*[\da-f]['"]?/gi, '$1$2<address>')
    .replace(/(\/subscriptions\/)?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi, (whole, subscription?: string) =>
      subscription === undefined ? '<id>' : whole,
    )
    .slice(0, MAX_MESSAGE_LENGTH);
}
