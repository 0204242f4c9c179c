import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { hostileText } from '../arbitrary-notification.ts';
import { describeSinkConformance } from '../conformance.ts';
import {
  confirmedUpdate,
  firstPage,
  knownToPagerDuty,
  likelyWrongPort,
  resolved,
  testNotification,
} from '../samples.ts';
import { pagerduty } from './index.ts';
import { dedupKey, lastLineOf, type PagerDutyMessage, renderPagerDuty } from './render.ts';

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

const changeSchema = z.strictObject({
  payload: z.strictObject({
    summary: z.string().min(1).max(1_024),
    source: shortText,
    timestamp: z.iso.datetime({ offset: true }).optional(),
    custom_details: z.record(z.string(), shortText),
  }),
  links: z.array(z.strictObject({ href: z.string().startsWith('https://portal.azure.com/'), text: z.string().min(1) })),
});

function accepts(message: PagerDutyMessage): void {
  if (message.kind === 'nothing') {
    expect(message.reason).not.toBe('');
    return;
  }
  schema.parse(message.event);
  if (message.change) {
    changeSchema.parse(message.change.event);
    expect(Buffer.byteLength(JSON.stringify(message.change.event), 'utf8')).toBeLessThanOrEqual(20_000);
  }
  expect(message.note.length).toBeGreaterThan(0);
  expect(message.note.length).toBeLessThanOrEqual(6_000);
  if (message.kind === 'note') expect(message.pagerdutyIncidentId).toMatch(/^[A-Z0-9]{4,40}$/);
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

const TOKEN = 'u+hushhushhushhush1234';
const notesOnly = {
  PAGERDUTY_API_TOKEN: TOKEN,
  PAGERDUTY_FROM: 'triage@hush-hush.example',
  PAGERDUTY_API_URL: 'https://rest.example/pagerduty/',
};

describe('pagerduty: what is said', () => {
  test('the first short page claims nothing', () => {
    const { payload } = eventOf(renderPagerDuty(firstPage));
    expect(payload.summary).toBe('An alert fired. The gateway is being read; the cause follows. [agw-shop-weu]');
    expect(JSON.stringify(payload.custom_details)).not.toMatch(/not established|guess/);
  });

  test('every event says why it is sent, and a note says before and after', () => {
    const { payload } = eventOf(renderPagerDuty(confirmedUpdate));
    expect(payload.custom_details['Why this message']).toContain('is confirmed now');
    const end = renderPagerDuty(resolved);
    if (end.kind === 'nothing') throw new Error('The end is told.');
    expect(end.note).toContain(
      'before: 0 of 2 members healthy; wrong-backend-port (confirmed) → after: 2 of 2 members',
    );
  });

  test('a note has cause, evidence and fix, and ends with the line by which it is found', () => {
    const message = renderPagerDuty(knownToPagerDuty);
    if (message.kind !== 'note') throw new Error('It should be a note.');
    expect(message.pagerdutyIncidentId).toBe('Q1ABCDEFGHIJKL');
    expect(message.note).toMatch(/^The backend setting points at the wrong port \(confirmed\)/);
    expect(message.note).toContain('“"port": 8080” (gateway)');
    expect(message.note).toContain('Run: az network application-gateway http-settings update');
    expect(lastLineOf(message.note)).toBe('appgw-triage, incident 20261001-031300-agw-shop-weu-9d0a, message 2.');
  });

  test('a note links to the portal alone, and its commands stay whole', () => {
    const [cause] = knownToPagerDuty.causes;
    if (cause === undefined) throw new Error('The sample has a cause.');
    const fix = [{ text: 'See https://evil.example/login.', command: 'curl -sk https://10.20.4.7/health' }];
    const message = renderPagerDuty({ ...knownToPagerDuty, causes: [{ ...cause, fix }] });
    if (message.kind !== 'note') throw new Error('It should be a note.');
    expect(message.note).toContain('See evil.example/login.');
    expect(message.note).toContain('Run: curl -sk https://10.20.4.7/health');
    expect(message.note).toContain('https://portal.azure.com/');
  });

  test.each(['../users', 'q1', '', 'Q1?x=1'])(
    'what is no id of PagerDuty (%j) is not asked for',
    (pagerdutyIncidentId) => {
      expect(renderPagerDuty({ ...knownToPagerDuty, pagerdutyIncidentId }).kind).toBe('event');
    },
  );

  test.each([
    [{ PAGERDUTY_API_TOKEN: TOKEN }, 'PAGERDUTY_FROM'],
    [{ ...notesOnly, PAGERDUTY_FROM: 'hush-hush' }, 'PAGERDUTY_FROM'],
    [{ ...notesOnly, PAGERDUTY_FROM: 'a@hush-hush\r\nx: y' }, 'PAGERDUTY_FROM'],
    [{ ...notesOnly, PAGERDUTY_API_TOKEN: 'hush hush hush' }, 'PAGERDUTY_API_TOKEN'],
    [{ ...notesOnly, PAGERDUTY_API_URL: 'http://hush-hush.example' }, 'PAGERDUTY_API_URL'],
  ])('settings that cannot work are refused by name: %#', (values, name) => {
    const attempt = () => pagerduty.configure(values);
    expect(attempt).toThrow(name);
    expect(attempt).not.toThrow('hush');
  });

  test('without a routing key it wakes nobody', () => {
    const config = pagerduty.configure(notesOnly);
    if (!config) throw new Error('These settings should configure the sink.');
    expect(pagerduty.takesPages(config)).toBe(false);
  });
});

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
    expect(message).toMatchObject({ event: { event_action: 'resolve', dedup_key: opened.dedup_key } });
  });

  test('a test notification pages nobody: nothing is sent, and that is a delivery', async () => {
    const message = renderPagerDuty(testNotification);
    expect(message).toEqual({ kind: 'nothing', reason: 'A test notification pages nobody.' });
    let calls = 0;
    const fetchFrom: typeof fetch = async () => {
      calls += 1;
      return new Response(null, { status: 202 });
    };
    const config = { events: { routingKey: ROUTING_KEY, eventsUrl: 'https://example.com/in' } };
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
    const config = { events: { routingKey: ROUTING_KEY, eventsUrl: 'https://example.com/in' } };
    await pagerduty.send(message, config, { fetch: fetchFrom, abort: new AbortController().signal });
    expect(JSON.parse(bodies[0] ?? '')).toEqual({ routing_key: ROUTING_KEY, ...eventOf(message) });
    expect(JSON.stringify(message)).not.toContain(ROUTING_KEY);
  });

  test('the EU region is a setting, and the default is the US', () => {
    const eu = 'https://events.eu.pagerduty.com/v2/enqueue';
    expect(pagerduty.configure({ PAGERDUTY_ROUTING_KEY: ROUTING_KEY })).toEqual({
      events: { routingKey: ROUTING_KEY, eventsUrl: 'https://events.pagerduty.com/v2/enqueue' },
    });
    expect(pagerduty.configure({ PAGERDUTY_ROUTING_KEY: ROUTING_KEY, PAGERDUTY_EVENTS_URL: eu })).toMatchObject({
      events: { eventsUrl: eu },
    });
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
