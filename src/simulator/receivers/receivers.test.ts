import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Simulator, startSimulator } from '../simulator.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ scenario: 'all-healthy' });
});
beforeEach(() => {
  simulator.clearFaults();
  simulator.inbox.clear();
});
afterAll(() => simulator.close());

async function post(path: string, body: unknown): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${simulator.httpUrl}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const header = (text: string) => ({ type: 'header', text: { type: 'plain_text', text } });
const toSlack = (body: unknown) => post('/slack/services/T000/B000/XXXX', body);

describe('Slack', () => {
  test('takes a message', async () => {
    const message = {
      text: 'Orders are down',
      blocks: [
        header('x'.repeat(150)),
        section('y'.repeat(3000)),
        { type: 'divider' },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'since 10:18' }] },
        { type: 'section', fields: [{ type: 'mrkdwn', text: 'a' }] },
        {
          type: 'actions',
          elements: [{ type: 'button', text: { type: 'plain_text', text: 'Open' }, url: 'https://a.example' }],
        },
      ],
    };
    expect(await toSlack(message)).toMatchObject({ status: 200, text: 'ok' });
    expect(simulator.inbox.all()).toMatchObject([
      { receiver: 'slack', outcome: 'accepted', status: 200, body: message },
    ]);
  });

  test.each([
    ['no JSON', '{', 'invalid_payload'],
    ['no object', '[]', 'invalid_payload'],
    ['no text', {}, 'no_text'],
    ['51 blocks', { text: 't', blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }, 'invalid_blocks'],
    ['no blocks', { text: 't', blocks: [] }, 'invalid_blocks'],
    ['a long section', { text: 't', blocks: [section('y'.repeat(3001))] }, 'invalid_blocks'],
    ['an empty section', { text: 't', blocks: [section('')] }, 'invalid_blocks'],
    ['a section of nothing', { text: 't', blocks: [{ type: 'section' }] }, 'invalid_blocks'],
    ['a long header', { text: 't', blocks: [header('x'.repeat(151))] }, 'invalid_blocks'],
    ['a header in markup', { text: 't', blocks: [{ ...section('x'), type: 'header' }] }, 'invalid_blocks'],
    ['an unknown block', { text: 't', blocks: [{ type: 'poem' }] }, 'invalid_blocks'],
    [
      'the same id twice',
      {
        blocks: [
          { ...section('a'), block_id: 'i' },
          { ...section('b'), block_id: 'i' },
        ],
      },
      'invalid_blocks',
    ],
    [
      'eleven fields',
      { blocks: [{ type: 'section', fields: Array.from({ length: 11 }, () => ({ type: 'mrkdwn', text: 'f' })) }] },
      'invalid_blocks',
    ],
    [
      'a button to nowhere',
      {
        blocks: [
          { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'b' }, url: 'nowhere' }] },
        ],
      },
      'invalid_blocks',
    ],
    ['too much text', { blocks: Array.from({ length: 5 }, () => section('y'.repeat(2900))) }, 'msg_blocks_too_long'],
  ])('refuses %s', async (_name, body, word) => {
    expect(await toSlack(body)).toMatchObject({ status: 400, text: word });
    expect(simulator.inbox.all()).toMatchObject([{ outcome: 'refused', status: 400, reason: expect.any(String) }]);
  });

  test('knows its own webhooks only, and only POST', async () => {
    expect(await post('/slack/services/T000', { text: 't' })).toMatchObject({ status: 404, text: 'no_service' });
    expect((await fetch(`${simulator.httpUrl}/slack/services/T/B/X`)).status).toBe(405);
  });
});

const card = (content: unknown) => ({
  type: 'message',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
});
const text = (words: string) => ({ type: 'TextBlock', text: words, wrap: true });
const adaptive = (...body: unknown[]) => ({ type: 'AdaptiveCard', version: '1.5', body });
const toTeams = (body: unknown) => post('/teams/workflows/drill/triggers/manual/paths/invoke?sig=secret', body);

describe('Teams', () => {
  test('takes a card, and forgets the signature', async () => {
    const message = card({
      ...adaptive(
        text('Orders are down'),
        { type: 'FactSet', facts: [{ title: 'Pool', value: 'pool-orders' }] },
        { type: 'Container', items: [text('inside')] },
        { type: 'ColumnSet', columns: [{ type: 'Column', items: [text('left')] }] },
      ),
      actions: [{ type: 'Action.OpenUrl', title: 'Open', url: 'https://a.example' }],
      msteams: { width: 'Full' },
    });
    expect(await toTeams(message)).toMatchObject({ status: 202, text: '' });
    expect(simulator.inbox.of('teams')).toMatchObject([{ outcome: 'accepted', body: message }]);
    expect(JSON.stringify(simulator.inbox.all())).not.toContain('sig=');
  });

  test.each([
    ['no JSON', 'hello'],
    ['another type', { ...card(adaptive(text('t'))), type: 'event' }],
    ['no attachment', { type: 'message', attachments: [] }],
    ['another content type', { type: 'message', attachments: [{ contentType: 'text/html', content: {} }] }],
    ['another card type', card({ ...adaptive(text('t')), type: 'Card' })],
    ['a version that Teams does not show', card({ ...adaptive(text('t')), version: '1.6' })],
    ['an empty body', card(adaptive())],
    ['an unknown element', card(adaptive({ type: 'Poem' }))],
    ['a text without text', card(adaptive({ type: 'TextBlock' }))],
    ['an unknown element deep inside', card(adaptive({ type: 'Container', items: [{ type: 'Poem' }] }))],
    ['a fact that is a number', card(adaptive({ type: 'FactSet', facts: [{ title: 'n', value: 3 }] }))],
    ['an action that webhooks cannot take', card({ ...adaptive(text('t')), actions: [{ type: 'Action.Submit' }] })],
    ['an action to nowhere', card({ ...adaptive(text('t')), actions: [{ type: 'Action.OpenUrl', url: 'x' }] })],
  ])('refuses %s', async (_name, body) => {
    const answer = await toTeams(body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'TriggerInputSchemaMismatch' } });
    expect(simulator.inbox.of('teams')).toMatchObject([{ outcome: 'refused' }]);
  });

  test('refuses more than 28 KB', async () => {
    expect((await toTeams(card(adaptive(text('x'.repeat(28_000)))))).status).toBe(202);
    expect((await toTeams(card(adaptive(text('x'.repeat(28_800)))))).status).toBe(413);
  });
});

const event = {
  routing_key: 'a'.repeat(32),
  event_action: 'trigger',
  dedup_key: 'incident-1',
  payload: { summary: 'Orders are down', source: 'gw-shop-weu-prod', severity: 'critical' },
};
const toPagerDuty = (body: unknown) => post('/pagerduty/v2/enqueue', body);

describe('PagerDuty', () => {
  test('takes an event and gives its key back', async () => {
    const answer = await toPagerDuty(event);
    expect(answer.status).toBe(202);
    expect(JSON.parse(answer.text)).toEqual({ status: 'success', message: 'Event processed', dedup_key: 'incident-1' });
    const { payload: _payload, ...resolve } = { ...event, event_action: 'resolve' };
    expect((await toPagerDuty(resolve)).status).toBe(202);
    expect(simulator.inbox.of('pagerduty').map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  });

  test.each([
    ['no JSON', '{', /not a JSON object/],
    ['a short key', { ...event, routing_key: 'a' }, /routing_key/],
    ['no key', { ...event, routing_key: undefined }, /routing_key/],
    ['another action', { ...event, event_action: 'panic' }, /event_action/],
    ['a resolve without a key', { ...event, event_action: 'resolve', dedup_key: undefined }, /dedup_key/],
    ['a long dedup_key', { ...event, dedup_key: 'k'.repeat(256) }, /dedup_key/],
    ['no payload', { ...event, payload: undefined }, /payload/],
    ['no summary', { ...event, payload: { ...event.payload, summary: '' } }, /summary/],
    ['a long summary', { ...event, payload: { ...event.payload, summary: 's'.repeat(1025) } }, /summary/],
    ['no source', { ...event, payload: { ...event.payload, source: undefined } }, /source/],
    ['another severity', { ...event, payload: { ...event.payload, severity: 'Sev1' } }, /severity/],
    ['a link to nowhere', { ...event, links: [{ href: 'nowhere' }] }, /links/],
  ])('refuses %s', async (_name, body, problem) => {
    const answer = await toPagerDuty(body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 'invalid event',
      message: 'Event object is invalid',
      errors: [expect.stringMatching(problem)],
    });
  });

  test('refuses more than 512 KB', async () => {
    const custom_details = { raw: 'x'.repeat(512 * 1024) };
    expect((await toPagerDuty({ ...event, payload: { ...event.payload, custom_details } })).status).toBe(413);
  });
});

const change = {
  routing_key: 'a'.repeat(32),
  payload: {
    summary: 'A rule was changed',
    source: 'nsg-orders',
    timestamp: '2026-10-01T03:58:41.000Z',
    custom_details: {},
  },
  links: [{ href: 'https://portal.azure.com/', text: 'Open' }],
};
const toChanges = (body: unknown) => post('/pagerduty/v2/change/enqueue', body);

describe('PagerDuty, told of a change', () => {
  test('takes it, and says that it was one', async () => {
    expect((await toChanges(change)).status).toBe(202);
    expect(simulator.inbox.of('pagerduty')).toMatchObject([{ outcome: 'accepted', action: 'change', body: change }]);
  });

  test.each([
    ['no JSON', '{', /not a JSON object/],
    ['a short key', { ...change, routing_key: 'a' }, /routing_key/],
    ['the key of a ruleset', { ...change, routing_key: `R${'a'.repeat(31)}` }, /ruleset/],
    ['no payload', { ...change, payload: undefined }, /payload/],
    ['no summary', { ...change, payload: { ...change.payload, summary: '' } }, /summary/],
    ['a long summary', { ...change, payload: { ...change.payload, summary: 's'.repeat(1025) } }, /summary/],
    ['a source that is no text', { ...change, payload: { ...change.payload, source: 7 } }, /source/],
    ['another time', { ...change, payload: { ...change.payload, timestamp: 'soon' } }, /timestamp/],
    ['details that are a text', { ...change, payload: { ...change.payload, custom_details: 'x' } }, /custom_details/],
    ['a link to nowhere', { ...change, links: [{ href: 'nowhere' }] }, /links/],
  ])('refuses %s', async (_name, body, problem) => {
    const answer = await toChanges(body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [expect.stringMatching(problem)] });
  });
});

describe('PagerDuty’s REST API', () => {
  const authorization = 'Token token=u+0123456789';
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${simulator.httpUrl}/pagerduty${path}`, {
      ...init,
      headers: { authorization, 'content-type': 'application/json', from: 'a@b.example', ...init.headers },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const note = (content: unknown, headers: Record<string, string> = {}) =>
    ask('/incidents/Q1ABCDEF/notes', { method: 'POST', body: JSON.stringify({ note: { content } }), headers });

  test('adds a note, shows it, and keeps it in the inbox', async () => {
    expect(await note('The cause is known.')).toMatchObject({
      status: 201,
      body: { note: { content: 'The cause is known.' } },
    });
    expect(await ask('/incidents/Q1ABCDEF/notes')).toMatchObject({
      status: 200,
      body: { notes: [{ content: 'The cause is known.' }] },
    });
    expect(simulator.inbox.of('pagerduty')).toMatchObject([{ outcome: 'accepted', action: 'note' }]);
  });

  test('tells of an incident, its alerts with the gateway, and which incident a key opened', async () => {
    expect((await ask('/incidents/Q1ABCDEF')).body).toMatchObject({ incident: { status: 'triggered' } });
    expect((await ask('/incidents/QDONE1')).body).toMatchObject({ incident: { status: 'resolved' } });
    const { alerts } = (await ask('/incidents/Q1ABCDEF/alerts?limit=100')).body;
    expect(JSON.stringify(alerts)).toContain('applicationgateways/');
    const { incidents } = (await ask('/incidents?incident_key=k')).body;
    expect(incidents).toMatchObject([{ incident_key: 'k' }]);
    expect(simulator.inbox.all()).toEqual([]);
  });

  test.each([
    ['nobody', () => ask('/incidents/Q1ABCDEF', { headers: { authorization: '' } }), 401, 2006],
    ['a revoked key', () => ask('/incidents', { headers: { authorization: 'Token token=revoked-1' } }), 401, 2006],
    ['an unknown incident', () => ask('/incidents/QGONE1'), 404, 2100],
    ['an id that is none', () => ask('/incidents/q-1'), 404, 2100],
    ['an empty note', () => note(' '), 400, 2001],
    ['a note that is no text', () => note(7), 400, 2001],
    ['a note by nobody', () => note('x', { from: 'nobody' }), 400, 1008],
    ['a post elsewhere', () => ask('/incidents/Q1ABCDEF/alerts', { method: 'POST', body: '{}' }), 404, 2100],
  ])('refuses %s', async (_name, attempt, status, code) => {
    expect(await attempt()).toEqual({ status, body: { error: { message: expect.any(String), code } } });
  });
});

describe('Slack’s Web API', () => {
  const call = async (method: string, args: unknown, authorization = 'Bearer xoxb-1-2') => {
    const response = await fetch(`${simulator.httpUrl}/slack/api/${method}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(args),
    });
    return { status: response.status, ...((await response.json()) as { ok: boolean; ts?: string; channel?: string }) };
  };
  const message = { channel: 'C012AB3CD', text: 'Orders are down', blocks: [section('x')] };

  test('posts, edits and replies', async () => {
    const { ok, ts, channel } = await call('chat.postMessage', message);
    expect([ok, channel]).toEqual([true, 'C012AB3CD']);
    expect(await call('chat.update', { ...message, ts })).toMatchObject({ ok: true, ts });
    const reply = await call('chat.postMessage', { ...message, thread_ts: ts });
    expect(reply.ok).toBe(true);
    expect(reply.ts).not.toBe(ts);
    expect(simulator.inbox.of('slack').map(({ action }) => action)).toEqual([
      'chat.postMessage',
      'chat.update',
      'chat.postMessage',
    ]);
  });

  test('a channel that was named is answered with its id', async () => {
    expect((await call('chat.postMessage', { ...message, channel: '#on-call' })).channel).toMatch(/^C[A-Z0-9]+$/);
  });

  test.each([
    ['another method', 'chat.delete', message, undefined, 'unknown_method'],
    ['nobody', 'chat.postMessage', message, 'Basic x', 'invalid_auth'],
    ['a revoked token', 'chat.postMessage', message, 'Bearer xoxb-revoked-1', 'invalid_auth'],
    ['no channel', 'chat.postMessage', { ...message, channel: undefined }, undefined, 'channel_not_found'],
    ['a channel that is gone', 'chat.postMessage', { ...message, channel: 'CGONE' }, undefined, 'channel_not_found'],
    ['a channel of others', 'chat.postMessage', { ...message, channel: 'CPRIVATE' }, undefined, 'not_in_channel'],
    ['nothing to say', 'chat.postMessage', { channel: 'C1' }, undefined, 'no_text'],
    ['a long text', 'chat.postMessage', { channel: 'C1', text: 'x'.repeat(40_001) }, undefined, 'msg_too_long'],
    ['a long edit', 'chat.update', { channel: 'C1', ts: '1.1', text: 'x'.repeat(4_001) }, undefined, 'msg_too_long'],
    ['bad blocks', 'chat.postMessage', { ...message, blocks: [{ type: 'poem' }] }, undefined, 'invalid_blocks'],
    ['an unknown message', 'chat.update', { ...message, ts: '1.1' }, undefined, 'message_not_found'],
    ['an unknown thread', 'chat.postMessage', { ...message, thread_ts: '1.1' }, undefined, 'cannot_reply_to_message'],
    ['no JSON object', 'chat.postMessage', [], undefined, 'invalid_json'],
  ])('refuses %s with 200 and a word', async (_name, method, args, authorization, error) => {
    expect(await call(method, args, authorization)).toEqual({ status: 200, ok: false, error });
    expect(simulator.inbox.of('slack')).toMatchObject([{ outcome: 'refused', reason: error }]);
  });

  test('forgets its messages with the drill', async () => {
    const { ts } = await call('chat.postMessage', message);
    const other = await startSimulator({ scenario: 'all-healthy' });
    try {
      const response = await fetch(`${other.httpUrl}/slack/api/chat.update`, {
        method: 'POST',
        headers: { authorization: 'Bearer xoxb-1-2', 'content-type': 'application/json' },
        body: JSON.stringify({ ...message, ts }),
      });
      expect(await response.json()).toEqual({ ok: false, error: 'message_not_found' });
    } finally {
      await other.close();
    }
  });
});

describe('the generic webhook', () => {
  test('takes any JSON and nothing else', async () => {
    expect((await post('/webhook', { any: 'thing' })).status).toBe(200);
    expect((await post('/webhook', 'not json')).status).toBe(400);
    expect(simulator.inbox.of('webhook')).toMatchObject([
      { outcome: 'accepted', body: { any: 'thing' } },
      { outcome: 'refused', body: 'not json' },
    ]);
  });
});

describe('every receiver', () => {
  const paths = {
    slack: '/slack/services/T/B/X',
    teams: '/teams/workflows/drill',
    pagerduty: '/pagerduty/v2/enqueue',
    webhook: '/webhook',
  } as const;
  const cases = Object.entries(paths) as [keyof typeof paths, string][];

  test.each(cases)('%s throttles with a time', async (receiver, path) => {
    simulator.setFault({ endpoint: receiver, kind: 'throttled', retryAfterSeconds: 7 });
    const answer = await post(path, {});
    expect({ status: answer.status, retryAfter: answer.headers.get('Retry-After') }).toEqual({
      status: 429,
      retryAfter: '7',
    });
    expect(simulator.inbox.of(receiver)).toMatchObject([{ outcome: 'refused', status: 429 }]);
  });

  test.each(cases)('%s can be cut off, and records the attempt', async (receiver, path) => {
    simulator.setFault({ endpoint: receiver, kind: 'reset', times: 1 });
    await expect(post(path, {})).rejects.toThrow();
    expect(simulator.inbox.of(receiver)).toMatchObject([{ outcome: 'refused' }]);
    expect(simulator.inbox.of(receiver)[0]).not.toHaveProperty('status');
  });

  test.each(cases)('%s can answer with something else entirely', async (receiver, path) => {
    simulator.setFault({ endpoint: receiver, kind: 'malformed' });
    expect(await post(path, {})).toMatchObject({ status: 200, text: expect.stringContaining('<html>') });
  });

  test('shows what arrived, in order, and can be waited for', async () => {
    const waiting = simulator.inbox.accepted('webhook', 2);
    await post('/webhook', { n: 1 });
    await toPagerDuty({});
    await post('/webhook', { n: 2 });
    expect((await waiting).map(({ body }) => body)).toEqual([{ n: 1 }, { n: 2 }]);
    const { arrivals } = (await (await fetch(`${simulator.httpUrl}/sim/inbox`)).json()) as { arrivals: unknown[] };
    expect(arrivals).toMatchObject([
      { receiver: 'webhook' },
      { receiver: 'pagerduty', outcome: 'refused' },
      { receiver: 'webhook' },
    ]);
    const abort = AbortSignal.abort();
    await expect(simulator.inbox.accepted('webhook', 3, abort)).rejects.toThrow('did not arrive');
  });

  test('is not brought down by what is nested without end', async () => {
    const deep = `{"text":"t","blocks":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect((await toSlack(deep)).text).toBe('invalid_payload');
    expect((await post('/webhook', deep)).status).toBe(400);
    expect((await fetch(`${simulator.httpUrl}/sim/inbox`)).status).toBe(200);
    const brackets = { text: '['.repeat(1000) };
    expect((await toSlack(brackets)).text).toBe('ok');
  });

  test('refuses what is larger than any receiver takes', async () => {
    expect((await post('/webhook', JSON.stringify('x'.repeat(5 * 1024 * 1024)))).status).toBe(413);
  });
});
