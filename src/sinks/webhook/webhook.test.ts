import { describe, expect, test } from '@jest/globals';
import { hugeNotification } from '../arbitrary-notification.ts';
import { describeSinkConformance } from '../conformance.ts';
import { likelyWrongPort, samples } from '../samples.ts';
import { webhook } from './index.ts';
import { renderWebhook, type WebhookMessage } from './render.ts';

function accepts(message: WebhookMessage): void {
  expect(message.schema).toBe('appgw-triage/notification@1');
  expect(Buffer.byteLength(JSON.stringify(message), 'utf8')).toBeLessThanOrEqual(256_000);
}

describeSinkConformance(webhook, {
  values: (url) => ({ WEBHOOK_URL: url }),
  urlSettings: ['WEBHOOK_URL'],
  badValues: [],
  secrets: [],
  acceptance: 'whatever',
  needsBody: false,
  quirks: [
    { status: 200, body: '', outcome: 'delivered' },
    { status: 422, body: '{"detail":"unknown schema"}', outcome: 'rejected', says: 'unknown schema' },
  ],
  accepts,
});

describe('webhook: what is sent', () => {
  test.each(Object.entries(samples))('%s arrives as it is, with the schema', (_name, sample) => {
    const plain = JSON.parse(JSON.stringify(sample));
    expect(JSON.parse(JSON.stringify(renderWebhook(sample)))).toEqual({
      schema: 'appgw-triage/notification@1',
      ...plain,
    });
  });

  test('what is left out is counted by list', () => {
    const affected = Array.from({ length: 700 }, (_, index) => ({
      pool: `pool-${index}`,
      setting: 'https',
      unhealthy: ['10.0.0.1'],
      total: 1,
    }));
    const message = renderWebhook({ ...likelyWrongPort, affected });
    expect(message.leftOut).toEqual({ affected: 700 - message.affected.length });
    expect(message.affected[0]).toEqual(affected[0]);
  });

  test('a huge notification loses entries from every long list, and counts them', () => {
    const message = renderWebhook(hugeNotification('word '.repeat(300)));
    expect(message.fired.length).toBeGreaterThan(0);
    expect(message.leftOut?.fired).toBe(1_000 - message.fired.length);
    expect(message.leftOut?.causes).toBe(100 - message.causes.length);
  });

  test('a command with a query string is absent, not changed', () => {
    const nextRead = { read: 'The endpoint.', command: 'curl https://10.20.4.7/health?key=1' };
    expect(renderWebhook({ ...likelyWrongPort, nextRead }).nextRead).toEqual({ read: 'The endpoint.' });
  });
});
