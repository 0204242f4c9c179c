import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { hostileText, hugeNotification } from '../arbitrary-notification.ts';
import { describeSinkConformance } from '../conformance.ts';
import { likelyWrongPort, notEstablished, resolved, testNotification } from '../samples.ts';
import { codeBlock, codeSpan, escapeProse } from './escape.ts';
import { slack } from './index.ts';
import { renderSlack, type SlackMessage } from './render.ts';

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

function accepts(message: SlackMessage): void {
  schema.parse(message);
  expect(JSON.stringify(message).length).toBeLessThanOrEqual(12_000);
  for (const text of [message.text, ...message.blocks.flatMap(textsOfBlock)]) expectNoForeignMarkup(text);
}

function textsOfBlock(each: SlackMessage['blocks'][number]): readonly string[] {
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
    accepts(message);
    expect(wholeText(message)).toMatch(/&amp;… — `(&lt;)+…` \(gateway\)/);
  });

  test('a huge notification still has its most important lines', () => {
    const text = wholeText(renderSlack({ ...hugeNotification('many words '.repeat(60)), impact: '12 clients.' }));
    expect(text).toContain('12 clients.');
    expect(text).toContain('*Cause (cause 1 of 100)*');
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
