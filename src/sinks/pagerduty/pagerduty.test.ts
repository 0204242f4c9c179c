import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { hostileText } from '../arbitrary-notification.ts';
import { describeSinkConformance } from '../conformance.ts';
import { likelyWrongPort, resolved, testNotification } from '../samples.ts';
import { pagerduty } from './index.ts';
import { dedupKey, type PagerDutyMessage, renderPagerDuty } from './render.ts';

const ROUTING_KEY = 'R0UT1NGKEY0123456789abcdefABCDEF';

const key = z.string().startsWith('appgw-triage/').max(255);
const shortText = z.string().min(1).max(255);
const schema = z.union([
  z.strictObject({ event_action: z.literal('resolve'), dedup_key: key }),
  z.strictObject({
    event_action: z.literal('trigger'),
    dedup_key: key,
    client: z.literal('appgw-triage'),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: shortText,
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime().optional(),
      component: shortText.optional(),
      group: shortText.optional(),
      class: shortText.optional(),
      custom_details: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    }),
    links: z
      .array(z.strictObject({ href: z.string().startsWith('https://portal.azure.com/'), text: z.string().min(1) }))
      .max(1),
  }),
]);

function accepts(message: PagerDutyMessage): void {
  if (message.kind === 'nothing') {
    expect(message.reason).not.toBe('');
    return;
  }
  schema.parse(message.event);
  const sent = JSON.stringify({ routing_key: ROUTING_KEY, ...message.event });
  expect(Buffer.byteLength(sent, 'utf8')).toBeLessThanOrEqual(512_000);
}

describeSinkConformance(pagerduty, {
  values: (url) => ({ PAGERDUTY_ROUTING_KEY: ROUTING_KEY, PAGERDUTY_EVENTS_URL: url }),
  urlSettings: ['PAGERDUTY_EVENTS_URL'],
  badValues: [
    { setting: 'PAGERDUTY_ROUTING_KEY', value: 'hush-hush' },
    { setting: 'PAGERDUTY_ROUTING_KEY', value: `${ROUTING_KEY}hush` },
    { setting: 'PAGERDUTY_ROUTING_KEY', value: 'hush-hush-0123456789abcdef-hush-' },
    { setting: 'PAGERDUTY_ROUTING_KEY', value: `${ROUTING_KEY.slice(1)}\u00e9` },
  ],
  secrets: [ROUTING_KEY, ROUTING_KEY.slice(0, 12)],
  acceptance: '{"status":"success","message":"Event processed","dedup_key":"x"}',
  needsBody: false,
  quirks: [
    { status: 202, body: '{"status":"success","message":"Event processed"}', outcome: 'delivered' },
    {
      status: 400,
      body: `{"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect (should be 32 characters)"]}`,
      outcome: 'rejected',
      says: "Length of 'routing_key' is incorrect",
    },
    {
      status: 400,
      body: `{"errors":["routing_key ${ROUTING_KEY} is invalid"]}`,
      outcome: 'rejected',
      says: 'is invalid',
    },
    { status: 429, body: '{"status":"throttle exceeded"}', outcome: 'retry' },
  ],
  accepts,
});

function eventOf(message: PagerDutyMessage) {
  if (message.kind === 'nothing' || message.event.event_action !== 'trigger') throw new Error('It should page.');
  return message.event;
}

describe('pagerduty: what is sent', () => {
  test('an incident triggers with the full picture', () => {
    const { payload, dedup_key, links } = eventOf(renderPagerDuty(likelyWrongPort));
    expect(dedup_key).toBe('appgw-triage/20261001-031207-agw-shop-weu-7c1f');
    expect(payload).toMatchObject({
      summary:
        'The backend setting points at the wrong port (likely): 2 members of pool-orders~https-orders. [agw-shop-weu]',
      severity: 'critical',
      component: 'pool-orders~https-orders',
      group: 'rg-edge-weu',
      class: 'wrong-backend-port',
      timestamp: '2026-10-01T03:12:31.000Z',
    });
    const details = JSON.stringify(payload.custom_details);
    expect(details).toContain('Cannot connect to backend server.');
    expect(details).toContain('Run: az network application-gateway http-settings update');
    expect(details).toContain('Undo: az network application-gateway http-settings update');
    expect(details).toContain('1,204 of 1,311 requests');
    expect(details).toContain('resource-health — Azure answered 403');
    expect(links).toHaveLength(1);
  });

  test('the four severities are the four of PagerDuty', () => {
    for (const severity of ['critical', 'error', 'warning', 'info'] as const)
      expect(eventOf(renderPagerDuty({ ...likelyWrongPort, severity })).payload.severity).toBe(severity);
  });

  test('the resolution closes the page that the incident opened', () => {
    const opened = eventOf(renderPagerDuty(likelyWrongPort));
    const message = renderPagerDuty({ ...resolved, incidentId: likelyWrongPort.incidentId });
    expect(message).toEqual({ kind: 'event', event: { event_action: 'resolve', dedup_key: opened.dedup_key } });
  });

  test('a test notification pages nobody: nothing is sent, and that is a delivery', async () => {
    const message = renderPagerDuty(testNotification);
    expect(message).toEqual({ kind: 'nothing', reason: 'A test notification pages nobody.' });
    let calls = 0;
    const fetchFrom: typeof fetch = async () => {
      calls += 1;
      return new Response(null, { status: 202 });
    };
    const config = { routingKey: ROUTING_KEY, eventsUrl: 'https://example.com/in' };
    const context = { fetch: fetchFrom, abort: new AbortController().signal };
    expect(await pagerduty.send(message, config, context)).toEqual({ outcome: 'delivered' });
    expect(calls).toBe(0);
    await pagerduty.send(renderPagerDuty(likelyWrongPort), config, context);
    expect(calls).toBe(1);
  });

  test('the routing key joins the event when it is sent, and only then', async () => {
    const bodies: string[] = [];
    const fetchFrom: typeof fetch = async (_url, init) => {
      bodies.push(String(init?.body));
      return new Response(null, { status: 202 });
    };
    const message = renderPagerDuty(likelyWrongPort);
    const config = { routingKey: ROUTING_KEY, eventsUrl: 'https://example.com/in' };
    await pagerduty.send(message, config, { fetch: fetchFrom, abort: new AbortController().signal });
    expect(JSON.parse(bodies[0] ?? '')).toEqual({ routing_key: ROUTING_KEY, ...eventOf(message) });
    expect(JSON.stringify(message)).not.toContain(ROUTING_KEY);
  });

  test('the EU region is a setting, and the default is the US', () => {
    const eu = 'https://events.eu.pagerduty.com/v2/enqueue';
    expect(pagerduty.configure({ PAGERDUTY_ROUTING_KEY: ROUTING_KEY })).toEqual({
      routingKey: ROUTING_KEY,
      eventsUrl: 'https://events.pagerduty.com/v2/enqueue',
    });
    expect(pagerduty.configure({ PAGERDUTY_ROUTING_KEY: ROUTING_KEY, PAGERDUTY_EVENTS_URL: eu })?.eventsUrl).toBe(eu);
    expect(pagerduty.configure({ PAGERDUTY_EVENTS_URL: eu })).toBeUndefined();
  });

  test('addresses from outside are no links in the details, and commands stay whole', () => {
    const [cause] = likelyWrongPort.causes;
    if (cause === undefined) throw new Error('The sample has a cause.');
    const fix = [{ text: 'See https://evil.example/login.', command: 'curl -sk https://10.20.4.7/health' }];
    const { payload } = eventOf(renderPagerDuty({ ...likelyWrongPort, causes: [{ ...cause, fix }] }));
    const details = JSON.stringify(payload.custom_details);
    expect(details).toContain('See evil.example/login.');
    expect(details).toContain('Run: curl -sk https://10.20.4.7/health');
  });

  test('a key is short, and belongs to one incident', () => {
    const long = 'x'.repeat(400);
    expect(dedupKey(long)).toHaveLength(255);
    expect(dedupKey(`${long}1`)).not.toBe(dedupKey(`${long}2`));
    fc.assert(
      fc.property(hostileText, hostileText, (one, other) => {
        expect(dedupKey(one).length).toBeLessThanOrEqual(255);
        expect(dedupKey(one).isWellFormed()).toBe(true);
        if (one !== other) expect(dedupKey(one)).not.toBe(dedupKey(other));
      }),
    );
  });
});
