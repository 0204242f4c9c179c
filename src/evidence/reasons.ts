import { fieldsOf, isObject, textOf } from './json.ts';

/**
 * One sentence on why a read failed, fit for a message. It is made of what is known to be harmless: the status, the
 * error's code, and for a refusal the name of the missing right. The service's own text stays out, because it names
 * callers by their object id and repeats URLs, which can carry a signature.
 */
export function reasonOf(error: unknown): string {
  const fields = fieldsOf(error);
  const name = error instanceof Error ? error.name : undefined;
  if ((name === 'UnreadableAnswer' || name === 'BudgetSpent') && error instanceof Error) return error.message;
  const code = plainWord(textOf(fields.get('code')));
  const status = statusOf(error);
  if (status !== undefined && code !== 'PARSE_ERROR') return reasonOfStatus(status, error);
  if (name === 'AbortError') return 'the read was given up before the answer came';
  if (code === 'PARSE_ERROR') return 'the service answered with something that is not JSON';
  if (name === 'CredentialUnavailableError') return 'no Azure sign-in was found';
  if (
    name === 'AuthenticationError' ||
    name === 'AuthenticationRequiredError' ||
    name === 'AggregateAuthenticationError'
  )
    return 'the sign-in to Azure failed';
  if (code !== undefined && CERTIFICATE_ERROR.test(code))
    return `no connection: the certificate of the endpoint is not trusted (${code})`;
  if (code !== undefined && /^E[A-Z_]+$|REQUEST_SEND_ERROR/.test(code)) return `no connection to the service (${code})`;
  const failed = error instanceof Error ? /operation has failed\. (\w{1,60})\./.exec(error.message)?.[1] : undefined;
  if (failed !== undefined) return `${failed}: the service could not complete the read`;
  return `the read failed${name === undefined || !/^\w{1,40}$/.test(name) ? '' : ` (${name})`}`;
}

const CERTIFICATE_ERROR = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

function reasonOfStatus(status: number, error: unknown): string {
  const { code, message } = bodyOf(error);
  const head = [String(status), code === String(status) ? undefined : code]
    .filter((part) => part !== undefined)
    .join(' ');
  return `${head}: ${explain(status, code, message, error)}`;
}

function explain(status: number, code: string | undefined, message: string, error: unknown): string {
  if (code === 'ScopeLocked' || code === 'ReadOnlyDisabledSubscription')
    return 'a lock on the gateway, or a disabled subscription, forbids this read';
  if (status === 401) return 'the sign-in was not accepted';
  if (status === 403) {
    const right = /perform action '([\w./*-]{3,200})'/i.exec(message)?.[1];
    return right === undefined ? 'the identity may not read this' : `the identity lacks ${right}`;
  }
  if (status === 404) return 'the service does not know this gateway, or holds nothing on it';
  if (status === 409) return 'another operation is in the way';
  if (status === 429) return `throttled${retryAfter(error)}`;
  if (status === 504 || status === 408) return 'the service did not answer in time';
  if (status >= 500) return 'the service failed';
  if (status >= 400) return 'the service did not accept the request';
  return 'the answer was not the expected one';
}

function retryAfter(error: unknown): string {
  const response = isObject(error) ? error.response : undefined;
  const headers = isObject(response) ? (response.headers as { readonly get?: unknown } | undefined) : undefined;
  const value: unknown =
    typeof headers?.get === 'function' ? (headers.get as (name: string) => unknown)('retry-after') : undefined;
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? `, to be tried again after ${Number(value)} s` : '';
}

function statusOf(error: unknown): number | undefined {
  const status = isObject(error) ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 100 && status <= 599 ? status : undefined;
}

/**
 * Code and message of the error's body, whose shape is `{"error":{"code","message"}}`, `{"code","message"}` or
 * `{"Code","Message"}`. The SDKs disagree on where they keep it.
 */
function bodyOf(error: unknown): { readonly code?: string; readonly message: string } {
  // The SDKs hide the response from enumeration, so it is asked for by name.
  const response = isObject(error) ? error.response : undefined;
  const bodies = [
    parse(isObject(response) ? response.bodyAsText : undefined),
    isObject(error) ? error.details : undefined,
    error,
  ];
  const layers = bodies.flatMap((body) => [fieldsOf(fieldsOf(body).get('error')), fieldsOf(body)]);
  const code = layers.map((layer) => plainWord(textOf(layer.get('code')))).find((text) => text !== undefined);
  const messages = layers.flatMap((layer) => textOf(layer.get('message')) ?? []);
  if (error instanceof Error) messages.push(error.message);
  return { ...(code === undefined ? {} : { code }), message: messages.join(' ') };
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string' || text.length > 100_000) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A code is one word; anything else in its place is not shown. */
function plainWord(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w.-]{1,60}$/.test(text) ? text : undefined;
}
