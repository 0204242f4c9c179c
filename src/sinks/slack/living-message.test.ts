import { describe, expect, test } from '@jest/globals';
import { createSlackWebApi } from '../../simulator/receivers/slack-web-api.ts';
import { confirmedUpdate, firstPage, likelyWrongPort, resolved } from '../samples.ts';
import type { SendOutcome } from '../sink.ts';
import { slack } from './index.ts';

const TOKEN = 'xoxb-000000000000-hushhushhush';

interface Call {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The simulator's Web API behind a `fetch`, with answers of the test in front of it. */
function workspace() {
  const receive = createSlackWebApi(() => new Date('2026-10-01T03:12:07.000Z'));
  const calls: Call[] = [];
  /** What is answered instead, by method, once each; `reply` is a post into a thread. */
  const faults: { at: string; answer: () => Response | Promise<Response> }[] = [];
  const fetchFrom: typeof fetch = async (url, init) => {
    const text = String(init?.body);
    const args = JSON.parse(text) as Call['args'];
    const path = new URL(String(url)).pathname;
    const method = path.slice('/slack/api/'.length);
    const at = args.thread_ts === undefined ? method : 'reply';
    calls.push({ method: at, args });
    const fault = faults.findIndex((each) => each.at === at);
    if (fault >= 0) return faults.splice(fault, 1)[0]?.answer() ?? Response.error();
    const headers = new Headers(init?.headers);
    const { answer } = receive({
      method: 'POST',
      path,
      query: new URLSearchParams(),
      authorization: headers.get('authorization') ?? undefined,
      from: undefined,
      contentType: headers.get('content-type') ?? '',
      bytes: Buffer.byteLength(text),
      text,
      json: args,
    });
    return Response.json(answer.body, { status: answer.status });
  };
  const says = (error: string) => () => Response.json({ ok: false, error });
  const send = (notification: typeof likelyWrongPort, receipt?: string, channel = 'C012AB3CD') => {
    const config = slack.configure({
      SLACK_BOT_TOKEN: TOKEN,
      SLACK_CHANNEL: channel,
      SLACK_API_URL: 'https://slack.example/slack/api/',
    });
    if (config === undefined) throw new Error('These settings should configure the sink.');
    const context = {
      fetch: fetchFrom,
      abort: new AbortController().signal,
      ...(receipt === undefined ? {} : { receipt }),
    };
    return slack.send(slack.render(notification, config), config, context);
  };
  const take = () => calls.splice(0).map(({ method }) => method);
  return { send, calls, take, faults, says };
}

function receiptOf(outcome: SendOutcome): string {
  if (outcome.outcome !== 'delivered' || outcome.receipt === undefined)
    throw new Error('It should have left a receipt.');
  return outcome.receipt;
}

describe('one living message for each incident', () => {
  test('is posted once, then edited, with a quiet reply for each update', async () => {
    const { send, calls, take } = workspace();
    const page = receiptOf(await send(firstPage));
    expect(take()).toEqual(['chat.postMessage']);
    const update = receiptOf(await send(confirmedUpdate, page));
    expect(update).toBe(page);
    const [edit, reply] = calls;
    const { channel, ts } = JSON.parse(page) as { channel: string; ts: string };
    expect(edit).toMatchObject({ method: 'chat.update', args: { channel, ts } });
    expect(edit?.args).not.toHaveProperty('thread_ts');
    expect(reply).toMatchObject({ method: 'reply', args: { channel, thread_ts: ts, reply_broadcast: false } });
    expect(JSON.stringify(reply?.args)).toContain('is confirmed now');
    expect(take()).toEqual(['chat.update', 'reply']);
    await send(resolved, update);
    expect(take()).toEqual(['chat.update', 'reply']);
  });

  test.each(['message_not_found', 'cant_update_message', 'edit_window_closed', 'channel_not_found', 'is_archived'])(
    'that cannot be edited any more (%s) is posted anew',
    async (error) => {
      const { send, take, faults, says } = workspace();
      const first = receiptOf(await send(firstPage));
      take();
      faults.push({ at: 'chat.update', answer: says(error) });
      const second = receiptOf(await send(confirmedUpdate, first));
      expect(take()).toEqual(['chat.update', 'chat.postMessage', 'reply']);
      expect(second).not.toBe(first);
    },
  );

  test.each([
    ['ratelimited', 'retry'],
    ['internal_error', 'retry'],
    ['invalid_auth', 'rejected'],
    ['msg_too_long', 'rejected'],
    ['no_such_word_yet', 'rejected'],
  ])('an edit that is refused with %s posts nothing beside it: %s', async (error, outcome) => {
    const { send, take, faults, says } = workspace();
    const first = receiptOf(await send(firstPage));
    take();
    faults.push({ at: 'chat.update', answer: says(error) });
    expect(await send(confirmedUpdate, first)).toEqual({ outcome, reason: expect.stringContaining(error) });
    expect(take()).toEqual(['chat.update']);
  });

  test.each(['', 'null', '{}', '{"channel":"C1","ts":"../../x"}', '{"channel":1,"ts":"1.2"}', 'C1 1.2'])(
    'a receipt that is none (%j) makes a new message',
    async (receipt) => {
      const { send, take } = workspace();
      receiptOf(await send(confirmedUpdate, receipt));
      expect(take()).toEqual(['chat.postMessage', 'reply']);
    },
  );

  test('the id of a channel that was named comes from the answer, and edits go there', async () => {
    const { send, calls } = workspace();
    const receipt = receiptOf(await send(firstPage, undefined, '#on-call'));
    await send(confirmedUpdate, receipt, '#on-call');
    expect(calls[0]?.args.channel).toBe('#on-call');
    expect(calls[1]?.args.channel).toBe(JSON.parse(receipt).channel);
  });
});

describe('two sends of which the second fails', () => {
  const throttled = () =>
    new Response('{"ok":false,"error":"ratelimited"}', { status: 429, headers: { 'retry-after': '9' } });
  const cut = () => Promise.reject(new TypeError('fetch failed'));

  test.each([
    ['is throttled', throttled],
    ['breaks off', cut],
    ['is refused', () => Response.json({ ok: false, error: 'cannot_reply_to_message' })],
  ])('a new message is not posted twice where its reply %s: its details are edited in', async (_name, answer) => {
    const { send, calls, take, faults } = workspace();
    faults.push({ at: 'reply', answer });
    const receipt = receiptOf(await send(likelyWrongPort));
    expect(JSON.stringify(calls.at(-1)?.args)).toContain('resource-health');
    expect(take()).toEqual(['chat.postMessage', 'reply', 'chat.update']);
    // The next message finds it, and has its thread.
    await send(confirmedUpdate, receipt);
    expect(take()).toEqual(['chat.update', 'reply']);
  });

  test('even where nothing gets through any more after the message, it counts as delivered', async () => {
    const { send, take, faults } = workspace();
    faults.push({ at: 'reply', answer: throttled }, { at: 'chat.update', answer: cut });
    receiptOf(await send(likelyWrongPort));
    expect(take()).toEqual(['chat.postMessage', 'reply', 'chat.update']);
  });

  test('an edit is repeated with its reply where the reply may be taken later', async () => {
    const { send, take, faults } = workspace();
    const receipt = receiptOf(await send(firstPage));
    take();
    faults.push({ at: 'reply', answer: throttled });
    expect(await send(confirmedUpdate, receipt)).toMatchObject({ outcome: 'retry', retryAfterSeconds: 9 });
    expect(receiptOf(await send(confirmedUpdate, receipt))).toBe(receipt);
    // One message, edited twice to say the same, and one reply.
    expect(take()).toEqual(['chat.update', 'reply', 'chat.update', 'reply']);
  });

  test('a thread that takes no replies does not hold the message up', async () => {
    const { send, take, faults, says } = workspace();
    const receipt = receiptOf(await send(firstPage));
    take();
    faults.push({ at: 'reply', answer: says('cannot_reply_to_message') });
    expect(receiptOf(await send(confirmedUpdate, receipt))).toBe(receipt);
    expect(take()).toEqual(['chat.update', 'reply', 'chat.update']);
  });
});

describe('who is configured', () => {
  test('a bot goes before a webhook, and takes pages; a webhook does not', () => {
    const url = 'https://hooks.slack.example/services/x';
    const bot = slack.configure({ SLACK_WEBHOOK_URL: url, SLACK_BOT_TOKEN: TOKEN, SLACK_CHANNEL: 'C012AB3CD' });
    const webhook = slack.configure({ SLACK_WEBHOOK_URL: url, SLACK_CHANNEL: 'C012AB3CD' });
    if (!bot || !webhook) throw new Error('Both should be configured.');
    expect([bot.way, slack.takesPages(bot)]).toEqual(['bot', true]);
    expect([webhook.way, slack.takesPages(webhook)]).toEqual(['webhook', false]);
  });
});
