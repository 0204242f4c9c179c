import { describe, expect, test } from '@jest/globals';
import type { Notification } from '../core/notification.ts';
import { renderPagerDuty } from './pagerduty/render.ts';
import { likelyWrongPort } from './samples.ts';
import type { SendContext } from './sink.ts';
import { slack } from './slack/index.ts';
import { renderSlack, renderSlackThread, withoutImage } from './slack/render.ts';
import { renderTeams } from './teams/render.ts';
import { renderWebhook } from './webhook/render.ts';

const pageUrl = 'https://triage.example/api/web/link/1790000000/abc_DEF-123/incidents/0123456789abcdef-a1';
const imageUrl = `${pageUrl}/plot.png`;
const linked: Notification = { ...likelyWrongPort, pageUrl, imageUrl };

describe('the page and the picture of an incident', () => {
  test('Slack links the page before the portal, and shows the picture', () => {
    for (const { blocks } of [renderSlack(linked), renderSlackThread(linked).brief]) {
      expect(blocks).toContainEqual({ type: 'image', image_url: imageUrl, alt_text: expect.stringMatching(/./) });
      expect(JSON.stringify(blocks.at(-1))).toContain(`<${pageUrl}|Open the incident>`);
    }
    expect(JSON.stringify(renderSlackThread(linked).details)).not.toContain('plot.png');
  });

  test('Teams has a button for the page, first, and the picture', () => {
    const { body, actions } = renderTeams(linked).attachments[0].content;
    expect(actions?.map(({ url }) => url)[0]).toBe(pageUrl);
    expect(actions).toHaveLength(2);
    expect(body.at(-1)).toMatchObject({ type: 'Image', url: imageUrl });
  });

  test('PagerDuty links the page, shows the picture, and has the page in its note', () => {
    const message = renderPagerDuty(linked);
    if (message.kind !== 'event' || message.event.event_action !== 'trigger') throw new Error('It should trigger.');
    expect(message.event.links[0]).toEqual({ href: pageUrl, text: 'Open the incident' });
    expect(message.event.images).toEqual([{ src: imageUrl, href: pageUrl, alt: expect.stringMatching(/./) }]);
    expect(message.note).toContain(pageUrl);
  });

  test('programs get both', () => {
    expect(renderWebhook(linked).data).toMatchObject({ pageUrl, imageUrl });
  });

  test('without them a message is as it was', () => {
    for (const message of [
      renderSlack(likelyWrongPort),
      renderTeams(likelyWrongPort),
      renderPagerDuty(likelyWrongPort),
    ]) {
      expect(JSON.stringify(message)).not.toMatch(/Open the incident|image_url|"images"|"Image"/);
    }
  });

  test.each(['javascript:alert(1)', 'http://triage.example/x', '//evil.example', 'https://'])(
    'an address that is none to offer is left out: %s',
    (url) => {
      const text = JSON.stringify(
        [renderSlack, renderTeams, renderPagerDuty, renderWebhook].map((render) =>
          render({ ...linked, pageUrl: url, imageUrl: url }),
        ),
      );
      expect(text).not.toContain('Open the incident');
      expect(text).not.toMatch(/image_url|"images"|"Image"|pageUrl/);
    },
  );
});

describe('a picture that Slack cannot fetch', () => {
  const config = { way: 'webhook', url: 'https://hooks.slack.example/services/x' } as const;

  function receiver(refusal: string) {
    const bodies: string[] = [];
    const answer: typeof fetch = async (_url, init) => {
      const text = String(init?.body);
      bodies.push(text);
      return text.includes('"image"') ? new Response(refusal, { status: 400 }) : new Response('ok');
    };
    const context: SendContext = { fetch: answer, abort: new AbortController().signal };
    return { bodies, send: () => slack.send(slack.render(linked, config), config, context) };
  }

  test('does not cost the message, which goes without it', async () => {
    const { send, bodies } = receiver('invalid_blocks');
    expect(await send()).toEqual({ outcome: 'delivered' });
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toContain('Open the incident');
  });

  test('another refusal is one, and the message is not sent twice', async () => {
    const { send, bodies } = receiver('channel_is_archived');
    expect(await send()).toMatchObject({ outcome: 'rejected' });
    expect(bodies).toHaveLength(1);
  });

  test('a message without a picture has nothing to leave out', () => {
    expect(withoutImage(renderSlack(likelyWrongPort))).toBeUndefined();
    expect(withoutImage(renderSlackThread(likelyWrongPort))).toBeUndefined();
  });
});
