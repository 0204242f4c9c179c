import { type Delivery, isRecord, type Judgement, type Receiver } from './receiver.ts';
import { MOST_TEXT, problemWithBlocks, textLength } from './slack.ts';

/** Characters of `text`: a new message may be longer than an edited one. */
const LIMITS = { 'chat.postMessage': 40_000, 'chat.update': 4_000 } as const;
const MOST_BYTES = 1024 * 1024;
/** Older messages cannot be edited or replied to any more. */
const MOST_MESSAGES = 10_000;

/**
 * Two methods of Slack's Web API. It answers 200 and says in the body whether it did as it was told. A token that begins
 * with `xoxb-revoked` is refused; a channel that begins with `CGONE` does not exist, and the app is no member of one that
 * begins with `CPRIVATE`.
 */
export function createSlackWebApi(now: () => Date): Receiver {
  const messages = new Set<string>();
  let count = 0;

  const post = ({ channel, thread_ts: thread, text }: Arguments): Judgement => {
    const id = channelId(channel);
    if (thread !== undefined && !messages.has(`${id} ${thread}`)) return refuse('cannot_reply_to_message');
    count += 1;
    const ts = `${Math.floor(now().getTime() / 1000)}.${String(count).padStart(6, '0')}`;
    messages.add(`${id} ${ts}`);
    const [oldest] = messages;
    if (messages.size > MOST_MESSAGES && oldest !== undefined) messages.delete(oldest);
    return { answer: { status: 200, body: { ok: true, channel: id, ts, message: { type: 'message', text, ts } } } };
  };
  const update = ({ channel, ts, text }: Arguments): Judgement => {
    if (!messages.has(`${channel} ${ts}`)) return refuse('message_not_found');
    return { answer: { status: 200, body: { ok: true, channel, ts, text, message: { type: 'message', text } } } };
  };

  return (delivery) => {
    const action = delivery.path.slice('/slack/api/'.length);
    if (action !== 'chat.postMessage' && action !== 'chat.update') return refuse('unknown_method');
    const word = problemWith(delivery, LIMITS[action]);
    if (word !== undefined) return { ...refuse(word), action };
    const args = delivery.json as Arguments;
    return { ...(action === 'chat.update' ? update(args) : post(args)), action };
  };
}

type Arguments = Readonly<Record<string, unknown>>;

function problemWith({ authorization, contentType, bytes, json }: Delivery, mostText: number): string | undefined {
  if (authorization === undefined) return 'not_authed';
  if (!/^Bearer xoxb-[\w-]+$/.test(authorization) || authorization.includes('xoxb-revoked')) return 'invalid_auth';
  if (!/^application\/json/.test(contentType)) return 'invalid_post_type';
  if (bytes > MOST_BYTES || !isRecord(json)) return 'invalid_json';
  const { channel, text, blocks } = json;
  if (typeof channel !== 'string' || channel.startsWith('CGONE')) return 'channel_not_found';
  if (!/^([CGD][A-Z0-9]+|#[\w-]+)$/.test(channel)) return 'channel_not_found';
  if (channel.startsWith('CPRIVATE')) return 'not_in_channel';
  if (text !== undefined && typeof text !== 'string') return 'invalid_arguments';
  if (!text && blocks === undefined) return 'no_text';
  if (text !== undefined && text.length > mostText) return 'msg_too_long';
  if (blocks !== undefined && problemWithBlocks(blocks) !== undefined) return 'invalid_blocks';
  return textLength(blocks) > MOST_TEXT ? 'msg_blocks_too_long' : undefined;
}

/** Where a channel was named by its name, the answer has its id. */
function channelId(channel: unknown): string {
  const name = String(channel);
  return name.startsWith('#') ? 'C0FROMNAME' : name;
}

function refuse(error: string): Judgement {
  return { answer: { status: 200, body: { ok: false, error } }, refusal: error };
}
