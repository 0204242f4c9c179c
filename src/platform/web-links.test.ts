import { describe, expect, test } from '@jest/globals';
import { essentialsOf } from '../core/essentials.ts';
import type { Notification } from '../core/notification.ts';
import { likelyWrongPort, testNotification } from '../sinks/samples.ts';
import { readSettings } from './settings.ts';
import { linkedSink } from './web-links.ts';

const settings = readSettings({ PUBLIC_URL: 'https://triage.example', LINK_SECRET: 's'.repeat(32) });

/** What a sink is handed, with these settings. */
async function handed(notification: Notification, given = settings): Promise<Notification> {
  const seen: Notification[] = [];
  const sink = linkedSink(
    {
      name: 'any',
      deliver: async (each) => {
        seen.push(each);
        return { outcome: 'delivered' };
      },
    },
    given,
  );
  await sink.deliver(notification);
  return seen[0] ?? notification;
}

describe('a message on its way to a sink', () => {
  test('is told the page and the picture of its incident, the same at every attempt', async () => {
    const { pageUrl, imageUrl } = await handed(likelyWrongPort);
    expect(pageUrl).toMatch(
      new RegExp(`^https://triage\\.example/api/web/link/\\d{10}/[\\w-]{43}/incidents/${likelyWrongPort.incidentId}$`),
    );
    expect(imageUrl).toBe(`${pageUrl}/plot.png`);
    expect((await handed(likelyWrongPort)).pageUrl).toBe(pageUrl);
  });

  test.each([
    ['a test', testNotification],
    ['one cut to its essentials', essentialsOf(likelyWrongPort)],
  ])('%s gets the page and no picture', async (_name, notification) => {
    const linked = await handed(notification);
    expect(linked.pageUrl).toContain('/incidents/');
    expect(linked.imageUrl).toBeUndefined();
  });

  test.each([{}, { PUBLIC_URL: 'https://triage.example' }, { LINK_SECRET: 's'.repeat(32) }])(
    'stays as it is where a setting is missing: %j',
    async (environment) => {
      expect(await handed(likelyWrongPort, readSettings(environment))).toEqual(likelyWrongPort);
    },
  );

  test.each([
    ['PUBLIC_URL', 'http://triage.example'],
    ['LINK_SECRET', 'short'],
    ['WEB_KEY', 'short'],
    ['LINK_HOURS', '0'],
    ['WEB_OPEN', 'everywhere'],
    ['WEB_CALLERS', 'me'],
  ])('%s = %s is no setting', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(name);
  });
});
