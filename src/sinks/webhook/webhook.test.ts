import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { hugeNotification } from '../arbitrary-notification.ts';
import { type CloudEvent, cloudEventOf } from '../cloud-event.ts';
import { describeSinkConformance } from '../conformance.ts';
import { accepts } from '../conformance-cloud-event.ts';
import { likelyWrongPort, samples } from '../samples.ts';
import { webhook } from './index.ts';
import { renderWebhook } from './render.ts';
import { signatureHeaders } from './sign.ts';

const SECRET = 'a-secret-that-both-sides-know';

describeSinkConformance(webhook, {
  values: (url) => ({ WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET }),
  urlSettings: ['WEBHOOK_URL'],
  badValues: [{ setting: 'WEBHOOK_SECRET', value: 'hush-hush' }],
  secrets: [SECRET],
  acceptance: 'whatever',
  needsBody: false,
  contentType: /^application\/cloudevents\+json; charset=utf-8$/,
  quirks: [
    { status: 200, body: '', outcome: 'delivered' },
    { status: 422, body: '{"detail":"unknown schema"}', outcome: 'rejected', says: 'unknown schema' },
  ],
  accepts,
});

const data = (notification: Parameters<typeof renderWebhook>[0]) => renderWebhook(notification).data;

describe('webhook: what is sent', () => {
  test.each(Object.entries(samples))('%s arrives as it is, with the schema', (_name, sample) => {
    const plain = JSON.parse(JSON.stringify(sample));
    expect(JSON.parse(JSON.stringify(data(sample)))).toEqual({ schema: 'appgw-triage/notification@1', ...plain });
  });

  test('its envelope says which message of which incident it is', () => {
    const { data: _data, ...envelope } = renderWebhook(likelyWrongPort);
    expect(envelope).toEqual({
      specversion: '1.0',
      id: '20261001-031207-agw-shop-weu-7c1f/1',
      source: likelyWrongPort.gateway.id,
      type: 'appgw-triage.incident.opened',
      subject: '20261001-031207-agw-shop-weu-7c1f',
      time: '2026-10-01T03:12:31.000Z',
      datacontenttype: 'application/json',
    });
    const kinds = (['opened', 'updated', 'resolved', 'test'] as const).map(
      (kind) => cloudEventOf({ ...likelyWrongPort, kind }).type,
    );
    expect(kinds).toEqual([
      'appgw-triage.incident.opened',
      'appgw-triage.incident.updated',
      'appgw-triage.incident.resolved',
      'appgw-triage.incident.test',
    ]);
  });

  test.each([
    ['a name with a space', '/subscriptions/s/resourceGroups/a b', '/subscriptions/s/resourceGroups/a%20b'],
    ['something else', 'javascript:alert(1)', '/appgw-triage'],
    ['another host', '//evil.example/x', '/appgw-triage'],
    ['nothing', '', '/appgw-triage'],
    ['a fragment', '/subscriptions/s#x', '/subscriptions/s%23x'],
    ['half a character', '/s/\ud83d', '/s/%EF%BF%BD'],
  ])('a gateway id that is %s makes no unusable source', (_name, id, source) => {
    expect(cloudEventOf({ ...likelyWrongPort, gateway: { id, name: 'g' } }).source).toBe(source);
  });

  test('what is no time is not sent as one', () => {
    for (const at of ['soon', '2026-13-41T99:00:00Z', ''])
      expect(cloudEventOf({ ...likelyWrongPort, at })).not.toHaveProperty('time');
  });

  test('what is left out is counted by list', () => {
    const affected = Array.from({ length: 700 }, (_, index) => ({
      pool: `pool-${index}`,
      setting: 'https',
      unhealthy: ['10.0.0.1'],
      total: 1,
    }));
    const message = data({ ...likelyWrongPort, affected });
    expect(message.leftOut).toEqual({ affected: 700 - message.affected.length });
    expect(message.affected[0]).toEqual(affected[0]);
  });

  test('a huge notification loses entries from every long list, and counts them', () => {
    const message = data(hugeNotification('word '.repeat(300)));
    expect(message.fired.length).toBeGreaterThan(0);
    expect(message.leftOut?.fired).toBe(1_000 - message.fired.length);
    expect(message.leftOut?.causes).toBe(100 - message.causes.length);
    expect(message.leftOut?.places).toBe(1_000 - (message.recovery?.places.length ?? 0));
  });

  test('minutes that are none are no reason to send none', () => {
    const recovery = { minutes: Number.NaN, places: [] };
    expect(data({ ...likelyWrongPort, kind: 'resolved', recovery }).recovery).toEqual({ minutes: 0, places: [] });
  });

  test('a command with a query string is absent, not changed', () => {
    const nextRead = { read: 'The endpoint.', command: 'curl https://10.20.4.7/health?key=1' };
    expect(data({ ...likelyWrongPort, nextRead }).nextRead).toEqual({ read: 'The endpoint.' });
  });
});

describe('webhook: its signature', () => {
  const at = new Date('2026-10-01T03:12:31.900Z');

  async function sent(secret: string | undefined, message: CloudEvent) {
    const seen: RequestInit[] = [];
    const fetchFrom: typeof fetch = async (_url, init) => {
      seen.push(init ?? {});
      return new Response(null, { status: 204 });
    };
    const config = { url: 'https://example.com/in', ...(secret === undefined ? {} : { secret }) };
    const context = { fetch: fetchFrom, abort: new AbortController().signal, now: () => at };
    expect(await webhook.send(message, config, context)).toEqual({ outcome: 'delivered' });
    const [init] = seen;
    return { headers: new Headers(init?.headers), body: String(init?.body) };
  }

  test('is the HMAC-SHA256 of the time, a dot and the body as it is sent', async () => {
    const message = renderWebhook({ ...likelyWrongPort, headline: 'Größe 漢字 😀' });
    const { headers, body } = await sent(SECRET, message);
    const timestamp = String(Date.UTC(2026, 9, 1, 3, 12, 31) / 1000);
    expect(headers.get('x-appgw-triage-timestamp')).toBe(timestamp);
    const expected = createHmac('sha256', SECRET)
      .update(`${timestamp}.`)
      .update(Buffer.from(body, 'utf8'))
      .digest('hex');
    expect(headers.get('x-appgw-triage-signature')).toBe(`v1=${expected}`);
    expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(message)));
  });

  test('fits a vector that was computed elsewhere', async () => {
    // printf '1000000000.{}' | openssl dgst -sha256 -hmac a-secret-that-both-sides-know
    expect(await signatureHeaders(SECRET, '{}', new Date(1_000_000_000_999))).toEqual({
      'x-appgw-triage-timestamp': '1000000000',
      'x-appgw-triage-signature': 'v1=db50766deffb605ce05041df8c91d722a2bbf73de61fe45a9912d94dc1547c6c',
    });
  });

  test('is absent where no secret is set, and the secret is never sent', async () => {
    const { headers, body } = await sent(undefined, renderWebhook(likelyWrongPort));
    expect(headers.has('x-appgw-triage-signature')).toBe(false);
    const signed = await sent(SECRET, renderWebhook(likelyWrongPort));
    expect(body + signed.body + JSON.stringify([...signed.headers])).not.toContain(SECRET);
  });
});
