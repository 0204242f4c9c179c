import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createPagerDutyDoor } from './pagerduty-door.ts';

const SECRET = 'hush-hush-hush-hush';
const body = Buffer.from('{"event":{"title":"Größe 漢字"}}', 'utf8');
const sign = (bytes: Uint8Array, secret = SECRET) => createHmac('sha256', secret).update(bytes).digest('hex');
const door = createPagerDutyDoor({ PAGERDUTY_WEBHOOK_SECRET: SECRET });

describe('the signature of a webhook', () => {
  test('fits a vector that was computed elsewhere', () => {
    // printf '{"event":{}}' | openssl dgst -sha256 -hmac hush-hush-hush-hush
    const header = 'v1=edd3b59cc6f0def6f72021464cd2bf4d9af0385fd6293d796a857ba9e86be8b0';
    expect(door.isSigned(Buffer.from('{"event":{}}'), header)).toBe(true);
  });

  test.each([
    ['alone', `v1=${sign(body)}`],
    ['in capitals', `v1=${sign(body).toUpperCase()}`],
    ['beside that of another secret', `v1=${sign(body, 'other')},v1=${sign(body)}`],
    ['with blanks around it', `v1=${sign(body, 'other')} , v1=${sign(body)} `],
    ['beside a scheme nobody knows', `v2=abc,v1=${sign(body)}`],
  ])('is good %s', (_name, header) => {
    expect(door.isSigned(body, header)).toBe(true);
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['of another secret', `v1=${sign(body, 'other')}`],
    ['of another body', `v1=${sign(Buffer.from('{}'))}`],
    ['of another scheme', `v0=${sign(body)}`],
    ['without its scheme', sign(body)],
    ['cut off', `v1=${sign(body).slice(0, -1)}`],
    ['too long', `v1=${sign(body)}0`],
    ['behind more than anybody sends', `${'v1=00,'.repeat(9)}v1=${sign(body)}`],
    ['in a header that is too long', `${' '.repeat(1_000)}v1=${sign(body)}`],
  ])('that is %s is none', (_name, header) => {
    expect(door.isSigned(body, header)).toBe(false);
  });

  test('is never good where no secret is set', () => {
    for (const environment of [{}, { PAGERDUTY_WEBHOOK_SECRET: '' }, { PAGERDUTY_WEBHOOK_SECRET: '  ' }]) {
      const shut = createPagerDutyDoor(environment);
      for (const secret of ['', 'undefined', '  ']) expect(shut.isSigned(body, `v1=${sign(body, secret)}`)).toBe(false);
    }
  });
});

describe('asking for alerts', () => {
  const TOKEN = 'u+tokentokentoken';
  const asked: string[] = [];
  const askWith = (answer: () => Response | Promise<Response>) =>
    createPagerDutyDoor({ PAGERDUTY_API_TOKEN: TOKEN, PAGERDUTY_FROM: 'a@b.example' }, async (url, init) => {
      asked.push(`${init?.method} ${url}`);
      return answer();
    }).askForAlerts?.('Q1ABC');

  test('is not possible without a token', () => {
    expect(door.askForAlerts).toBeUndefined();
    expect(() => createPagerDutyDoor({ PAGERDUTY_API_TOKEN: TOKEN })).toThrow('PAGERDUTY_FROM');
  });

  test('reads what PagerDuty says', async () => {
    expect(await askWith(() => Response.json({ alerts: [] }))).toEqual({ outcome: 'read', body: { alerts: [] } });
    expect(asked.at(-1)).toBe('GET https://api.pagerduty.com/incidents/Q1ABC/alerts?limit=100');
  });

  test.each([
    [() => new Response(null, { status: 503 }), 'later'],
    [() => new Response(null, { status: 429 }), 'later'],
    [() => Promise.reject(new TypeError('fetch failed')), 'later'],
    [() => new Response(`no ${TOKEN}`, { status: 401 }), 'refused'],
    [() => new Response(null, { status: 404 }), 'refused'],
    [() => new Response('<html>'), 'refused'],
    [() => new Response(`{"alerts":["${'x'.repeat(2_000_000)}"]}`), 'refused'],
  ])('%# ends as it should', async (answer, outcome) => {
    const alerts = await askWith(answer);
    expect(alerts).toEqual({ outcome, reason: expect.any(String) });
    expect(JSON.stringify(alerts)).not.toMatch(/token|api\.pagerduty/);
  });
});
