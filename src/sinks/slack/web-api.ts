import { ask } from '../post-json.ts';
import type { SendContext, SendOutcome } from '../sink.ts';

/** Where the Web API is, and who calls it. */
export interface SlackApi {
  /** Such as `https://slack.com/api`. */
  readonly apiUrl: string;
  readonly token: string;
}

export type SlackAnswer =
  | { readonly kind: 'done'; readonly posted?: PostedMessage }
  /** `code` is Slack's own word; absent where the request did not get as far as a word of Slack's. */
  | {
      readonly kind: 'failed';
      readonly code?: string;
      readonly outcome: Exclude<SendOutcome, { readonly outcome: 'delivered' }>;
    };

/** What is needed to edit a message, or to reply to it. */
export interface PostedMessage {
  readonly channel: string;
  readonly ts: string;
}

/** The whole message comes back in the answer, with its blocks. */
const ANSWER_BYTES = 128 * 1024;

/**
 * Calls a method of Slack's Web API. It answers 200 also where it refuses, with `ok: false` and a word; only throttling
 * has a status of its own. Never throws; neither the token nor what was sent comes into a reason.
 */
export async function callSlack(
  { apiUrl, token }: SlackApi,
  method: 'chat.postMessage' | 'chat.update',
  args: Readonly<Record<string, unknown>>,
  context: Pick<SendContext, 'fetch' | 'abort'>,
): Promise<SlackAnswer> {
  const answer = await ask(
    {
      method: 'POST',
      url: `${apiUrl}/${method}`,
      headers: { authorization: `Bearer ${token}` },
      body: args,
      readsAnswer: () => true,
      answerBytes: ANSWER_BYTES,
    },
    context,
  );
  if (answer.kind === 'failed') return { kind: 'failed', outcome: answer.outcome };
  const body = parse(answer.text);
  if (body?.ok === true) {
    const posted = readPosted(body);
    return { kind: 'done', ...(posted ? { posted } : {}) };
  }
  const code = body?.ok === false && typeof body.error === 'string' && isCode(body.error) ? body.error : undefined;
  if (code === undefined) {
    const reason = `The answer was ${answer.status}, but not one of Slack’s Web API.`;
    return { kind: 'failed', outcome: { outcome: 'retry', reason } };
  }
  const outcome = PASSING_CODES.includes(code) ? 'retry' : 'rejected';
  return { kind: 'failed', code, outcome: { outcome, reason: `Slack refused ${method} with the error ${code}.` } };
}

/** Codes that say nothing about the message or the app: the same call may be taken a little later. */
export const PASSING_CODES: readonly string[] = [
  'rate_limited',
  'ratelimited',
  'message_limit_exceeded',
  'rollup_error',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  // The workspace is being moved; calls are taken again afterwards.
  'team_added_to_org',
];

export function isCode(word: string): boolean {
  return /^[a-z][a-z0-9_]{1,60}$/.test(word);
}

/** A message as an answer or a receipt names it; undefined where it cannot be one. */
export function readPosted(value: unknown): PostedMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { channel, ts } = value as { channel?: unknown; ts?: unknown };
  if (typeof channel !== 'string' || !/^[A-Z0-9]{2,40}$/.test(channel)) return undefined;
  return typeof ts === 'string' && /^\d{1,12}\.\d{1,9}$/.test(ts) ? { channel, ts } : undefined;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
