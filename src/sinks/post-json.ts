import { answerPiece } from './answer-piece.ts';
import type { SendContext, SendOutcome } from './sink.ts';

/** What an answer says is in its first bytes; a service that sends more is not listened to. */
const ANSWER_BYTES = 4_096;
const JSON_TYPE = 'application/json; charset=utf-8';
/** No service names a longer wait. A larger number is a mistake, and a message is not parked for it. */
const LONGEST_WAIT_SECONDS = 86_400;

export interface JsonPost {
  readonly url: string;
  /** A string is JSON already, and sent as it is: a signature over it needs that. */
  readonly body: unknown;
  /** `application/json` in UTF-8 where absent. */
  readonly contentType?: string;
  /** Beside those that every post has. Their values count as secrets: none of them comes into a reason. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For services whose 200 does not yet mean delivered: what its body says. Other 2xx answers mean delivered. */
  readonly judge200?: (text: string) => SendOutcome;
}

/** One attempt to post JSON. Never throws. */
export async function postJson(post: JsonPost, context: Pick<SendContext, 'fetch' | 'abort'>): Promise<SendOutcome> {
  const { judge200 } = post;
  const answer = await ask({ ...post, method: 'POST', readsAnswer: (status) => status === 200 && !!judge200 }, context);
  if (answer.kind === 'failed') return answer.outcome;
  return answer.status === 200 && judge200 ? judge200(answer.text) : { outcome: 'delivered' };
}

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Of which of the answers 2xx the body is wanted; of none where absent. */
  readonly readsAnswer?: (status: number) => boolean;
  /** How many bytes of such a body are read. */
  readonly answerBytes?: number;
}

export type Answered =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  | {
      readonly kind: 'failed';
      /** Absent where no answer came. */
      readonly status?: number;
      readonly outcome: Exclude<SendOutcome, { readonly outcome: 'delivered' }>;
    };

/**
 * One question and its answer. Never throws. A reason says what came back, and never holds the URL, a secret or anything
 * that was sent. Redirects are not followed: the message would go to a place that nobody configured.
 */
export async function ask(
  question: Question,
  { fetch, abort }: Pick<SendContext, 'fetch' | 'abort'>,
): Promise<Answered> {
  const {
    method,
    url,
    headers = {},
    body,
    contentType = JSON_TYPE,
    readsAnswer,
    answerBytes = ANSWER_BYTES,
  } = question;
  try {
    const request = fetch(url, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': contentType }),
        'user-agent': 'appgw-triage',
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
      signal: abort,
    });
    const response = await orAborted(request, abort);
    const { status } = response;
    if (status >= 200 && status <= 299) {
      if (readsAnswer?.(status))
        return { kind: 'answered', status, text: await readStart(response, abort, answerBytes) };
      discard(response);
      return { kind: 'answered', status, text: '' };
    }
    if (isWorthAnotherAttempt(status)) {
      discard(response);
      const reason = retryReason(status);
      return { kind: 'failed', status, outcome: { outcome: 'retry', reason, ...retryAfter(response.headers) } };
    }
    if (status < 400) {
      discard(response);
      const reason = `The service answered ${status}; redirects are not followed.`;
      return { kind: 'failed', status, outcome: { outcome: 'rejected', reason } };
    }
    // The status has decided already: a body that breaks off only costs the explanation.
    const text = await readStart(response, abort, ANSWER_BYTES).catch(() => '');
    const piece = answerPiece(text, url, [parsed(body), Object.values(headers)]);
    const reason = `The service answered ${status}${piece === '' ? '.' : `: ${piece}`}`;
    return { kind: 'failed', status, outcome: { outcome: 'rejected', reason } };
  } catch (error) {
    return { kind: 'failed', outcome: { outcome: 'retry', reason: failureReason(error, abort) } };
  }
}

/** The words of what was sent are looked for one by one, also where it was sent as one text. */
function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function isWorthAnotherAttempt(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function retryReason(status: number): string {
  return status === 429 ? 'The service answered 429: too many messages.' : `The service answered ${status}.`;
}

/**
 * Retry-After in seconds, or as a date. A date is compared with the answer's own Date, so that no clock of ours, right
 * or wrong, has a say; without one it is not used.
 */
function retryAfter(headers: Headers): { readonly retryAfterSeconds?: number } {
  // PagerDuty's REST API says it in a header of its own, in seconds.
  const value = (headers.get('retry-after') ?? headers.get('ratelimit-reset'))?.trim();
  if (value === undefined) return {};
  const seconds = /^\d+(\.\d+)?$/.test(value)
    ? Number(value)
    : (Date.parse(value) - Date.parse(headers.get('date') ?? '')) / 1_000;
  if (!Number.isFinite(seconds) || seconds < 0) return {};
  return { retryAfterSeconds: Math.min(Math.ceil(seconds), LONGEST_WAIT_SECONDS) };
}

/** The start of the body. Rejects where the connection breaks or the attempt is aborted before that. */
async function readStart(response: Response, abort: AbortSignal, most: number): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    while (bytes < most) {
      const { done, value } = await orAborted(reader.read(), abort);
      if (done) break;
      const piece = value.subarray(0, most - bytes);
      bytes += piece.length;
      text += decoder.decode(piece, { stream: true });
    }
    return text;
  } finally {
    reader.cancel().catch(() => {});
  }
}

function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

/** Rejects as soon as the signal fires, whether or not the promise takes any notice of it. */
async function orAborted<Value>(promise: Promise<Value>, abort: AbortSignal): Promise<Value> {
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new Error('aborted'));
    if (abort.aborted) stop();
    else abort.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    abort.removeEventListener('abort', stop);
    // The loser of the race must not surface as an unhandled rejection.
    promise.catch(() => {});
    aborted.catch(() => {});
  }
}

const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused',
  ECONNRESET: 'The connection was reset',
  EPIPE: 'The connection was reset',
  UND_ERR_SOCKET: 'The connection broke off',
  ENOTFOUND: 'The name of the service could not be resolved',
  EAI_AGAIN: 'The name of the service could not be resolved',
  ETIMEDOUT: 'The connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'The connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'No answer came',
  UND_ERR_BODY_TIMEOUT: 'The answer broke off',
};

/** The messages of network errors hold host names and addresses, so only their codes are looked at. */
function failureReason(error: unknown, abort: AbortSignal): string {
  if (abort.aborted) return 'No answer before the deadline of the attempt.';
  const code = errorCode(error);
  if (code === undefined) return 'The message could not be sent: the connection failed.';
  return `${FAILURES[code] ?? 'The connection failed'} (${code}).`;
}

function errorCode(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 4) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code;
  return errorCode(cause, depth + 1) ?? (Array.isArray(errors) ? errorCode(errors[0], depth + 1) : undefined);
}
