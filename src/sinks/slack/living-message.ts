import type { SendContext, SendOutcome } from '../sink.ts';
import type { SlackMessage, SlackThread } from './render.ts';
import { callSlack, type PostedMessage, readPosted, type SlackAnswer, type SlackApi } from './web-api.ts';

/** The message of the incident that lives at `posted` is out of reach: gone, locked, or in a channel that was left. */
const OUT_OF_REACH: readonly string[] = [
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'channel_not_found',
  'not_in_channel',
  'is_archived',
];

/**
 * Keeps one message for each incident: posts it, then edits it in place, and puts what is new and the details into its
 * thread, where nobody is notified who does not follow it.
 *
 * Posting cannot be repeated without doubling, editing can. So an attempt that edits posts its reply last, and may be
 * repeated whole: everything before the reply only says the same again. An attempt that has posted a new message is
 * never repeated: where its reply is not taken, the details are edited into the message itself, and the message counts as
 * delivered either way.
 */
export async function tellInPlace(
  post: SlackThread,
  { channel, ...api }: SlackApi & { readonly channel: string },
  context: SendContext,
): Promise<SendOutcome> {
  const posted = readReceipt(context.receipt);
  if (posted) {
    const edited = await edit(post.brief, posted, api, context);
    if (edited.kind === 'done') return finishEdit(post, posted, api, context);
    if (edited.code === undefined || !OUT_OF_REACH.includes(edited.code)) return edited.outcome;
  }
  const answer = await callSlack(api, 'chat.postMessage', { channel, ...post.brief }, context);
  if (answer.kind === 'failed') return answer.outcome;
  const fresh = answer.posted;
  // Without its place it cannot be edited; the next message is a new one.
  if (!fresh) return { outcome: 'delivered' };
  const replied = await reply(post, fresh, api, context);
  if (replied.kind === 'failed') await edit(post.whole, fresh, api, context);
  return { outcome: 'delivered', receipt: JSON.stringify(fresh) };
}

/** The message itself is as it should be. Only a reply that may be taken later is worth the whole once more. */
async function finishEdit(
  post: SlackThread,
  posted: PostedMessage,
  api: SlackApi,
  context: SendContext,
): Promise<SendOutcome> {
  const replied = await reply(post, posted, api, context);
  if (replied.kind === 'failed' && replied.outcome.outcome === 'retry') return replied.outcome;
  // The thread takes no replies: the details go into the message itself.
  if (replied.kind === 'failed') await edit(post.whole, posted, api, context);
  return { outcome: 'delivered', receipt: JSON.stringify(posted) };
}

async function reply(
  { details }: SlackThread,
  { channel, ts }: PostedMessage,
  api: SlackApi,
  context: SendContext,
): Promise<SlackAnswer> {
  if (!details) return { kind: 'done' };
  return callSlack(api, 'chat.postMessage', { channel, thread_ts: ts, reply_broadcast: false, ...details }, context);
}

function edit(
  { text, blocks }: SlackMessage,
  { channel, ts }: PostedMessage,
  api: SlackApi,
  context: SendContext,
): Promise<SlackAnswer> {
  return callSlack(api, 'chat.update', { channel, ts, text, blocks }, context);
}

function readReceipt(receipt: string | undefined): PostedMessage | undefined {
  try {
    return readPosted(JSON.parse(receipt ?? 'null'));
  } catch {
    return undefined;
  }
}
