import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import type { Notification } from '../../core/notification.ts';
import { hostileText, hugeNotification } from '../arbitrary-notification.ts';
import { describeSinkConformance } from '../conformance.ts';
import { confirmedUpdate, firstPage, likelyWrongPort, notEstablished, resolved, testNotification } from '../samples.ts';
import { codeBlock, codeSpan, escapeProse } from './escape.ts';
import { slack } from './index.ts';
import { renderSlack, renderSlackThread, type SlackMessage, type SlackThread } from './render.ts';

const mrkdwn = z.strictObject({
  type: z.literal('mrkdwn'),
  text: z.string().min(1).max(3_000),
  verbatim: z.literal(true),
});
const block = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('header'),
    text: z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(150), emoji: z.literal(false) }),
  }),
  z.strictObject({ type: z.literal('section'), text: mrkdwn }),
  z.strictObject({ type: z.literal('context'), elements: z.array(mrkdwn).min(1).max(10) }),
]);
const schema = z.strictObject({
  text: z.string().min(1).max(3_000),
  blocks: z.array(block).min(1).max(50),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
});

function accepts(message: SlackMessage | SlackThread): void {
  const all = 'brief' in message ? [message.brief, message.whole, message.details] : [message];
  for (const each of all) if (each) acceptsMessage(each);
}

function acceptsMessage(message: SlackMessage): void {
  schema.parse(message);
  expect(JSON.stringify(message).length).toBeLessThanOrEqual(12_000);
  for (const text of [message.text, ...message.blocks.flatMap(textsOfBlock)]) expectNoForeignMarkup(text);
}

function textsOfBlock(each: SlackMessage['blocks'][number]): readonly string[] {
  if (each.type === 'image') return [each.alt_text];
  if (each.type === 'context') return each.elements.map(({ text }) => text);
  return [each.text.text];
}

/** Links only to the portal, no mention, no bare `&`, code blocks closed, no line that begins with a quotation mark. */
function expectNoForeignMarkup(text: string): void {
  const tokens = text.match(/<[^>]*>?/g) ?? [];
  for (const token of tokens) {
    expect(token).toMatch(/^<https:\/\/[^|<>\s]+\|Open the gateway in the Azure portal>$/);
    expect(token).toMatch(/^<https:\/\/portal\.azure\.com\//);
  }
  const plain = text.replace(/<[^>]*>/g, '');
  expect(plain).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
  expect((plain.match(/```/g) ?? []).length % 2).toBe(0);
  const prose = plain.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  expect(prose).not.toMatch(/^\s*&gt;/m);
  expect(prose).not.toMatch(/`|@(channel|here|everyone)|:\/\//i);
}

describeSinkConformance(slack, {
  values: (url) => ({ SLACK_WEBHOOK_URL: url }),
  urlSettings: ['SLACK_WEBHOOK_URL'],
  badValues: [],
  secrets: [],
  acceptance: 'ok',
  needsBody: true,
  quirks: [
    { status: 200, body: 'ok\n', outcome: 'delivered' },
    { status: 200, body: 'invalid_blocks', outcome: 'rejected', says: 'invalid_blocks' },
    { status: 200, body: 'rate_limited', outcome: 'retry', says: 'rate_limited' },
    { status: 200, body: '', outcome: 'retry' },
    { status: 200, body: '<html>Sign in to the network</html>', outcome: 'retry' },
    { status: 200, body: 'ok, but not from Slack', outcome: 'retry' },
    { status: 400, body: 'invalid_blocks', outcome: 'rejected', says: 'invalid_blocks' },
    { status: 403, body: 'action_prohibited', outcome: 'rejected', says: 'action_prohibited' },
    { status: 404, body: 'no_service', outcome: 'rejected', says: 'no_service' },
    { status: 410, body: 'channel_is_archived', outcome: 'rejected', says: 'channel_is_archived' },
    { status: 500, body: 'rollup_error', outcome: 'retry' },
  ],
  accepts,
});

const TOKEN = 'xoxb-000000000000-000000000001-hushhushhushhushhushhush';

describeSinkConformance(slack, {
  values: (url) => ({ SLACK_API_URL: url, SLACK_BOT_TOKEN: TOKEN, SLACK_CHANNEL: 'C012AB3CD' }),
  urlSettings: ['SLACK_API_URL'],
  badValues: [
    { setting: 'SLACK_BOT_TOKEN', value: 'hush-hush' },
    { setting: 'SLACK_BOT_TOKEN', value: 'xoxb-hush hush hush hush' },
    { setting: 'SLACK_BOT_TOKEN', value: 'xoxb-hushhushhushhush\r\nx: y' },
    { setting: 'SLACK_CHANNEL', value: 'hush-hush' },
    { setting: 'SLACK_CHANNEL', value: ' ' },
  ],
  secrets: [TOKEN, 'xoxb', 'C012AB3CD'],
  acceptance: '{"ok":true,"channel":"C012AB3CD","ts":"1759288327.000100","message":{}}',
  needsBody: true,
  delivered: [200, 201, 202],
  requests: 2,
  pathEnd: '/chat.postMessage',
  quirks: [
    { status: 200, body: '{"ok":true}', outcome: 'delivered' },
    { status: 200, body: '{"ok":false,"error":"ratelimited"}', outcome: 'retry', says: 'ratelimited' },
    { status: 200, body: '{"ok":false,"error":"internal_error"}', outcome: 'retry', says: 'internal_error' },
    { status: 200, body: '{"ok":false,"error":"fatal_error","warning":"x"}', outcome: 'retry' },
    { status: 200, body: '{"ok":false,"error":"channel_not_found"}', outcome: 'rejected', says: 'channel_not_found' },
    { status: 200, body: '{"ok":false,"error":"not_in_channel"}', outcome: 'rejected', says: 'not_in_channel' },
    { status: 200, body: '{"ok":false,"error":"is_archived"}', outcome: 'rejected', says: 'is_archived' },
    { status: 200, body: '{"ok":false,"error":"invalid_auth"}', outcome: 'rejected', says: 'invalid_auth' },
    { status: 200, body: '{"ok":false,"error":"token_revoked"}', outcome: 'rejected', says: 'token_revoked' },
    { status: 200, body: '{"ok":false,"error":"missing_scope","needed":"chat:write"}', outcome: 'rejected' },
    { status: 200, body: '{"ok":false,"error":"msg_too_long"}', outcome: 'rejected', says: 'msg_too_long' },
    { status: 200, body: '{"ok":false,"error":"invalid_blocks"}', outcome: 'rejected', says: 'invalid_blocks' },
    { status: 200, body: `{"ok":false,"error":"no such token ${TOKEN}"}`, outcome: 'retry' },
    { status: 200, body: 'ok', outcome: 'retry' },
    { status: 200, body: '<html>Sign in to the network</html>', outcome: 'retry' },
    { status: 200, body: 'null', outcome: 'retry' },
    { status: 400, body: `bad header Bearer ${TOKEN}`, outcome: 'rejected', says: 'bad header' },
    { status: 429, body: '{"ok":false,"error":"ratelimited"}', outcome: 'retry' },
  ],
  accepts,
});

function wholeText(message: SlackMessage): string {
  return message.blocks.flatMap(textsOfBlock).join('\n');
}

describe('slack: what is said', () => {
  test('a likely cause has its evidence, its check before its fix, the undo and what was not readable', () => {
    const message = renderSlack(likelyWrongPort);
    expect(message.text).toContain('The backend setting points at the wrong port (likely)');
    expect(message.blocks[0]).toMatchObject({ type: 'header' });
    const text = wholeText(message);
    expect(text).toContain('`Cannot connect to backend server. Check whether any NSG/UDR/Firewall');
    expect(text).toContain('(backend-health)');
    expect(text).toContain('2 of 2 members not healthy — `10.20.4.7`, `10.20.4.8`');
    expect(text).toContain('1,204 of 1,311 requests');
    expect(text).toContain("--name https-orders --port '&lt;port&gt;'\n```");
    expect(text).toContain('Undo:\n```\naz network application-gateway http-settings update');
    expect(text).toContain('Do not raise the probe timeout');
    expect(text).toContain('*resource-health* — Azure answered 403');
    expect(text.indexOf('nc -vz')).toBeLessThan(text.indexOf('http-settings update'));
    expect(text).toContain('*Fix, if the check agrees*');
    expect(text).toContain('<https://portal.azure.com/#@/resource/subscriptions/');
  });

  test('where nothing is established it says so, and offers no fix', () => {
    const text = wholeText(renderSlack(notEstablished));
    expect(text).toContain('*Cause: not established*');
    expect(text).toContain('```\naz network application-gateway show-backend-health');
    expect(text).toContain('*What still stands*');
    expect(text).not.toContain('*Fix');
  });

  test('a test and a resolution are short and say what they are', () => {
    expect(renderSlack(testNotification).text).toMatch(/^🧪 TEST, nothing is wrong: /);
    const text = wholeText(renderSlack(resolved));
    expect(renderSlack(resolved).text).toMatch(/^✅ Resolved: /);
    expect(text).toContain('(46 min)');
    expect(text).not.toContain('```');
  });

  test('what does not fit is counted', () => {
    const message = renderSlack({
      ...likelyWrongPort,
      affected: Array.from({ length: 400 }, (_, index) => ({
        pool: `pool-${index}`,
        setting: 'https',
        unhealthy: Array.from({ length: 30 }, (_unused, at) => `10.0.${index % 256}.${at}`),
        total: 40,
      })),
    });
    const text = wholeText(message);
    expect(text).toContain('30 of 40 members not healthy');
    expect(text).toContain(' and 24 more');
    const shown = text.match(/`pool-\d+~https`/g) ?? [];
    expect(text).toContain(`_… and ${400 - shown.length} more pools_`);
  });

  test('a headline that is too long for the header follows in full', () => {
    const headline = `The backend setting points at the wrong port (likely): ${'member and '.repeat(20)}end.`;
    const [header, second] = renderSlack({ ...likelyWrongPort, headline }).blocks;
    expect(header).toMatchObject({ type: 'header', text: { text: expect.stringMatching(/…$/) } });
    expect(second).toMatchObject({ type: 'section', text: { text: `*${headline}*` } });
  });

  test('a command that does not fit is left out whole, and the message says so', () => {
    const [cause] = likelyWrongPort.causes;
    if (cause === undefined) throw new Error('The sample has a cause.');
    const command = `az x ${'&'.repeat(700)} --end`;
    const fix = [{ text: 'Do this.', command, undo: 'az y' }];
    const text = wholeText(renderSlack({ ...likelyWrongPort, causes: [{ ...cause, fix }] }));
    expect(text).toContain('Do this. (The command is left out: it is too long for this message.)');
    expect(text).not.toContain('az x');
    expect(text).toContain('az y');
  });

  test('a line that its entities make too long is cut between them', () => {
    const [cause] = likelyWrongPort.causes;
    if (cause === undefined) throw new Error('The sample has a cause.');
    const because = [{ evidence: 'gateway', says: '&'.repeat(590), quote: '<'.repeat(390) }];
    const message = renderSlack({ ...likelyWrongPort, causes: [{ ...cause, because }] });
    acceptsMessage(message);
    expect(wholeText(message)).toMatch(/&amp;… — `(&lt;)+…` \(gateway\)/);
  });

  test('a huge notification still has its most important lines', () => {
    const text = wholeText(renderSlack({ ...hugeNotification('many words '.repeat(60)), impact: '12 clients.' }));
    expect(text).toContain('12 clients.');
    expect(text).toContain('*Cause (cause 1 of 100)*');
  });
});

describe('slack: one living message', () => {
  const detailsOf = (notification: Notification) => {
    const { details } = renderSlackThread(notification);
    return details === undefined ? '' : wholeText(details);
  };

  test('the message has what is to be done, its thread the evidence', () => {
    const brief = wholeText(renderSlackThread(likelyWrongPort).brief);
    expect(brief).toContain('`Cannot connect to backend server.');
    expect(brief).not.toContain('"port": 8080');
    expect(brief).toContain('_… and 1 more reason_');
    expect(brief).toContain('http-settings update');
    expect(brief).not.toContain('resource-health');
    const details = detailsOf(likelyWrongPort);
    expect(details).toMatch(/^Message 1 in detail/);
    expect(details).toContain('"port": 8080');
    expect(details).toContain('*What else still stands*');
    expect(details).toContain('resource-health');
    expect(details).not.toContain('http-settings update');
  });

  test('a reply says what is new', () => {
    expect(detailsOf(confirmedUpdate)).toContain('is confirmed now');
    expect(wholeText(renderSlackThread(confirmedUpdate).brief)).toContain('is confirmed now');
    expect(detailsOf({ ...resolved, causes: [] })).toContain('Every reading of the last 5 minutes was well.');
  });

  test('the first short page claims nothing, and needs no reply', () => {
    const { brief, details } = renderSlackThread(firstPage);
    expect(details).toBeUndefined();
    const text = wholeText(brief);
    expect(text).toContain('The gateway is being read; the cause follows.');
    expect(text).toContain('How many clients see errors is being read.');
    expect(text).not.toMatch(/not established|guess/);
  });

  test('the end has before and after side by side', () => {
    const text = wholeText(renderSlackThread(resolved).brief);
    expect(text).toContain('46 min, from the first signal');
    expect(text).toContain(
      '`pool-orders~https-orders` — before: 0 of 2 members healthy; wrong-backend-port (confirmed) → after: 2 of 2 members healthy',
    );
  });
});

describe('slack: escaping', () => {
  test('names and addresses stay as they are', () => {
    for (const text of ['pool_orders~https_orders', '10.20.4.7:8080', 'a-b.example.com', '2026-10-01T03:12:07Z'])
      expect(escapeProse(text)).toBe(text);
  });

  test('nothing in a sentence formats, links or mentions', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const escaped = escapeProse(text);
        expect(escaped).not.toMatch(/(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])/u);
        expect(escaped).not.toMatch(/[`<>]|&(?!(amp|lt|gt);)|@(channel|here|everyone)|:\/\/|(^|\s):\w+:/i);
      }),
      { numRuns: 500 },
    );
  });

  test('a code span ends only where it should', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const span = codeSpan(text);
        expect(span.match(/`/g)).toHaveLength(2);
        expect(span).not.toMatch(/[<>\n]/);
      }),
    );
  });

  test('a command that would end its block early is not shown', () => {
    expect(codeBlock('echo ```')).toBeUndefined();
    expect(codeBlock('`date`')).toBeUndefined();
    expect(codeBlock("echo '<a>' && x")).toBe("```\necho '&lt;a&gt;' &amp;&amp; x\n```");
  });
});
