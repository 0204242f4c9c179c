import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { hugeNotification } from '../arbitrary-notification.ts';
import { describeSinkConformance, textsOf } from '../conformance.ts';
import {
  confirmedUpdate,
  firstPage,
  likelyWrongPort,
  notEstablished,
  reminder,
  resolved,
  testNotification,
} from '../samples.ts';
import { teams } from './index.ts';
import { renderTeams, type TeamsMessage } from './render.ts';

/**
 * The subset of Adaptive Cards 1.2 that Teams and its Workflows take and that is in use here. Strict: an element that
 * is not in it (a TextBlock, which would read Markdown) fails.
 */
const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string().min(1),
  fontType: z.literal('Monospace').optional(),
  isSubtle: z.literal(true).optional(),
  size: z.literal('Large').optional(),
  weight: z.literal('Bolder').optional(),
});
const richTextBlock = z.strictObject({
  type: z.literal('RichTextBlock'),
  inlines: z.array(textRun).min(1),
  spacing: z.enum(['None', 'Small', 'Medium']).optional(),
  separator: z.literal(true).optional(),
});
const container = z.strictObject({
  type: z.literal('Container'),
  style: z.enum(['emphasis', 'attention', 'warning', 'accent', 'good']),
  items: z.array(richTextBlock).min(1),
  bleed: z.literal(true).optional(),
  spacing: z.literal('Small').optional(),
});
const schema = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
        type: z.literal('AdaptiveCard'),
        version: z.literal('1.2'),
        body: z.array(z.union([richTextBlock, container])).min(1),
        actions: z
          .array(
            z.strictObject({
              type: z.literal('Action.OpenUrl'),
              title: z.literal('Open the gateway in the Azure portal'),
              url: z.string().startsWith('https://portal.azure.com/'),
            }),
          )
          .max(1)
          .optional(),
        msteams: z.strictObject({ width: z.literal('Full') }),
      }),
    }),
  ]),
});

function accepts(message: TeamsMessage): void {
  schema.parse(message);
  expect(Buffer.byteLength(JSON.stringify(message), 'utf8')).toBeLessThanOrEqual(20_000);
  for (const text of textsOf(message)) expect(text).not.toMatch(/\{\{\s*(DATE|TIME)\s*\(/i);
}

describeSinkConformance(teams, {
  values: (url) => ({ TEAMS_WEBHOOK_URL: url }),
  urlSettings: ['TEAMS_WEBHOOK_URL'],
  badValues: [],
  secrets: [],
  acceptance: '1',
  needsBody: true,
  quirks: [
    { status: 202, body: '', outcome: 'delivered' },
    { status: 200, body: '', outcome: 'delivered' },
    {
      status: 200,
      body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x.',
      outcome: 'retry',
      says: '429',
    },
    { status: 200, body: 'Microsoft Teams endpoint returned HTTP error 503', outcome: 'retry', says: '503' },
    { status: 200, body: 'Microsoft Teams endpoint returned HTTP error 413', outcome: 'rejected', says: '413' },
    {
      status: 400,
      body: '{"error":{"code":"TriggerInputSchemaMismatch","message":"The input does not match."}}',
      outcome: 'rejected',
      says: 'TriggerInputSchemaMismatch',
    },
    {
      status: 401,
      body: '{"error":{"code":"DirectApiAuthorizationRequired","message":"x"}}',
      outcome: 'rejected',
      says: 'DirectApiAuthorizationRequired',
    },
    { status: 404, body: '{"error":{"code":"WorkflowNotFound"}}', outcome: 'rejected', says: 'WorkflowNotFound' },
  ],
  accepts,
});

function linesOf(message: TeamsMessage): string {
  const { body } = message.attachments[0].content;
  const blocks = body.flatMap((element) =>
    element.type === 'Container' ? element.items : element.type === 'Image' ? [] : [element],
  );
  return blocks.map(({ inlines }) => inlines.map(({ text }) => text).join('')).join('\n');
}

describe('teams: what is said', () => {
  test('a likely cause has its evidence, its check before its fix, the undo and what was not readable', () => {
    const text = linesOf(renderTeams(likelyWrongPort));
    expect(text).toMatch(/^🔴 The backend setting points at the wrong port \(likely\)/);
    expect(text).toContain('“Cannot connect to backend server. Check whether any NSG/UDR/Firewall');
    expect(text).toContain('2 of 2 members not healthy — 10.20.4.7, 10.20.4.8');
    expect(text).toContain('1,204 of 1,311 requests');
    expect(text).toContain('Do not raise the probe timeout');
    expect(text).toContain('resource-health — Azure answered 403');
    expect(text).toContain('Undo:\naz network application-gateway http-settings update');
    expect(text.indexOf('nc -vz')).toBeLessThan(text.indexOf('http-settings update'));
  });

  test('a command stands alone in a monospaced run, whole', () => {
    const command = likelyWrongPort.causes[0]?.fix[0]?.command;
    const runs = renderTeams(likelyWrongPort).attachments[0].content.body.flatMap((element) =>
      element.type === 'Container' ? element.items.flatMap(({ inlines }) => inlines) : [],
    );
    expect(runs).toContainEqual({ type: 'TextRun', text: command, fontType: 'Monospace' });
  });

  test('the words are those of the other kinds as well', () => {
    expect(linesOf(renderTeams(notEstablished))).toContain('Cause: not established');
    expect(linesOf(renderTeams(confirmedUpdate))).toContain('update 1, 2026-10-01 03:16 UTC');
    expect(linesOf(renderTeams(resolved))).toMatch(/^✅ Resolved: /);
    expect(linesOf(renderTeams(testNotification))).toMatch(/^🧪 TEST, nothing is wrong: /);
  });

  test('a later card says which message of the incident it is, and links to no other', () => {
    const says = 'Message 2 of this incident. Earlier cards stay as they were; this one has the whole picture of now.';
    expect(linesOf(renderTeams(confirmedUpdate))).toContain(says);
    expect(linesOf(renderTeams(resolved))).toContain('Message 3 of this incident.');
    for (const first of [firstPage, likelyWrongPort, testNotification])
      expect(linesOf(renderTeams(first))).not.toContain('of this incident');
    expect(renderTeams(confirmedUpdate).attachments[0].content.actions).toHaveLength(1);
  });

  test('it says why it comes, and at the end what was before and after', () => {
    expect(linesOf(renderTeams(reminder))).toContain('Why this message\nStill there 240 minutes after message 2.');
    const end = linesOf(renderTeams(resolved));
    expect(end).toContain('46 min, from the first signal until the recovery was seen.');
    expect(end).toContain('the gateway — before: 92 % of requests failed → after: no request failed');
  });

  test('the first short page claims nothing', () => {
    const text = linesOf(renderTeams(firstPage));
    expect(text).toContain('The gateway is being read; the cause follows.');
    expect(text).not.toMatch(/not established|guess/);
  });

  test('the link to the portal keeps its place and loses a query string', () => {
    const gateway = {
      ...likelyWrongPort.gateway,
      portalUrl: 'https://portal.azure.com/?sig=abc#@/resource/x?token=abc',
    };
    const { actions } = renderTeams({ ...likelyWrongPort, gateway }).attachments[0].content;
    expect(actions?.[0]?.url).toBe('https://portal.azure.com/#@/resource/x');
  });

  test.each(['http://portal.azure.com/', 'javascript:alert(1)', '/relative', '', 'https://'])(
    'offers no link to %j',
    (portalUrl) => {
      const gateway = { ...likelyWrongPort.gateway, portalUrl };
      expect(renderTeams({ ...likelyWrongPort, gateway }).attachments[0].content).not.toHaveProperty('actions');
    },
  );

  test('a huge notification uses its room and counts what it leaves out', () => {
    const message = renderTeams(hugeNotification('漢字 '.repeat(100)));
    expect(Buffer.byteLength(JSON.stringify(message), 'utf8')).toBeGreaterThan(15_000);
    expect(linesOf(message)).toMatch(/left out because this message is full|and \d+ more/);
  });
});
