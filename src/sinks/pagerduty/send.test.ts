import { describe, expect, test } from '@jest/globals';
import { essentialsOf } from '../../core/essentials.ts';
import type { Notification } from '../../core/notification.ts';
import { createReceivers } from '../../simulator/receivers/index.ts';
import { changedBefore, confirmedUpdate, firstPage, knownToPagerDuty, resolved } from '../samples.ts';
import type { SendOutcome } from '../sink.ts';
import { pagerduty } from './index.ts';

const ROUTING_KEY = 'A0UT1NGKEY0123456789abcdefABCDEF';
const TOKEN = 'u+hushhushhushhush1234';
const FROM = 'triage@hush-hush.example';
const events = {
  PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
  PAGERDUTY_EVENTS_URL: 'https://events.example/pagerduty/v2/enqueue',
};
const rest = {
  PAGERDUTY_API_TOKEN: TOKEN,
  PAGERDUTY_FROM: FROM,
  PAGERDUTY_API_URL: 'https://rest.example/pagerduty/',
};

/** The simulator's PagerDuty behind a `fetch`, with answers of the test in front of it. */
function account(values: Readonly<Record<string, string>>) {
  const receivers = createReceivers('/subscriptions/s', () => new Date('2026-10-01T03:12:07.000Z'));
  const calls: { at: string; body: Record<string, unknown>; headers: Headers }[] = [];
  const faults: { at: string; answer: () => Response | Promise<Response> }[] = [];
  const fetchFrom: typeof fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(String(url));
    const method = init?.method ?? 'GET';
    const text = init?.body === undefined ? '' : String(init.body);
    const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    const headers = new Headers(init?.headers);
    const place = pathname.replace('/pagerduty', '');
    const at = `${method} ${place}`;
    calls.push({ at, body: json, headers });
    const answered = receivers.pagerduty({
      method,
      path: pathname,
      query: searchParams,
      authorization: headers.get('authorization') ?? undefined,
      from: headers.get('from') ?? undefined,
      contentType: headers.get('content-type') ?? '',
      bytes: Buffer.byteLength(text),
      text,
      json,
    });
    const fault = faults.findIndex((each) => each.at === at);
    if (fault >= 0) return faults.splice(fault, 1)[0]?.answer() ?? Response.error();
    const { status, body } = answered.answer;
    return Response.json(body, { status });
  };
  const config = pagerduty.configure(values);
  if (config === undefined) throw new Error('These settings should configure the sink.');
  const send = async (notification: Notification, receipt?: string): Promise<SendOutcome> => {
    const context = {
      fetch: fetchFrom,
      abort: new AbortController().signal,
      ...(receipt === undefined ? {} : { receipt }),
    };
    const outcome = await pagerduty.send(pagerduty.render(notification), config, context);
    if (outcome.outcome !== 'delivered') expect(outcome.reason).not.toMatch(/hush|ROUT|rest\.example|events\.example/);
    return outcome;
  };
  const take = () => calls.splice(0).map(({ at }) => at);
  return { send, calls, take, faults };
}

function receiptOf(outcome: SendOutcome): string {
  if (outcome.outcome !== 'delivered' || outcome.receipt === undefined)
    throw new Error('It should have left a receipt.');
  return outcome.receipt;
}

const EVENT = 'POST /v2/enqueue';
const CHANGE = 'POST /v2/change/enqueue';
const STATUS = 'GET /incidents/Q1ABCDEFGHIJKL';
const NOTES = 'GET /incidents/Q1ABCDEFGHIJKL/notes';
const NOTE = 'POST /incidents/Q1ABCDEFGHIJKL/notes';
const broken = () => new Response(null, { status: 503 });
const lost = () => Promise.reject(new TypeError('fetch failed'));

describe('an incident of ours', () => {
  test('is triggered, told anew under one key, and resolved; nobody acknowledges it but a person', async () => {
    const { send, calls } = account(events);
    const receipt = receiptOf(await send(firstPage));
    await send(confirmedUpdate, receipt);
    await send(resolved, receipt);
    expect(calls.map(({ body }) => body.event_action)).toEqual(['trigger', 'trigger', 'resolve']);
    expect(new Set(calls.map(({ body }) => body.dedup_key)).size).toBe(1);
  });

  test('is told of a change once, after the event that wakes people', async () => {
    const { send, calls, take } = account(events);
    const receipt = receiptOf(await send(changedBefore));
    expect(calls[1]?.body).toMatchObject({
      routing_key: ROUTING_KEY,
      payload: {
        summary: 'Security rule baseline-inbound of network security group nsg-orders was changed',
        timestamp: '2026-10-01T03:58:41.000Z',
        custom_details: { By: 'kim.berg@fabrikam.example (Azure Portal)', Before: 'Allow', After: 'Deny' },
      },
    });
    expect(take()).toEqual([EVENT, CHANGE]);
    const again = receiptOf(await send({ ...changedBefore, revision: 2, kind: 'updated' }, receipt));
    expect(take()).toEqual([EVENT]);
    const { nearestChange } = changedBefore;
    if (!nearestChange) throw new Error('The sample has a change.');
    const other = { ...changedBefore, revision: 3, nearestChange: { ...nearestChange, what: 'Probe p was changed' } };
    await send(other, again);
    expect(take()).toEqual([EVENT, CHANGE]);
  });

  test('a change that is not taken is no reason to repeat the event; it comes with the next message', async () => {
    const { send, take, faults } = account(events);
    faults.push({ at: CHANGE, answer: broken });
    const receipt = receiptOf(await send(changedBefore));
    const next = receiptOf(await send(changedBefore, receipt));
    await send(changedBefore, next);
    expect(take()).toEqual([EVENT, CHANGE, EVENT, CHANGE, EVENT]);
  });

  test('a change that is refused is not told again', async () => {
    const { send, take, faults } = account(events);
    faults.push({ at: CHANGE, answer: () => new Response(null, { status: 400 }) });
    const receipt = receiptOf(await send(changedBefore));
    await send(changedBefore, receipt);
    expect(take()).toEqual([EVENT, CHANGE, EVENT]);
  });

  test('an event that is not taken brings nothing else', async () => {
    const { send, take, faults } = account({ ...events, ...rest });
    faults.push({ at: EVENT, answer: broken });
    expect((await send(changedBefore)).outcome).toBe('retry');
    expect(take()).toEqual([EVENT]);
  });

  test('what follows the page is noted as well, because the page keeps its title', async () => {
    const { send, calls, take } = account({ ...events, ...rest });
    const receipt = receiptOf(await send(firstPage));
    expect(take()).toEqual([EVENT]);
    await send(confirmedUpdate, receipt);
    expect(calls.map(({ at }) => at.replace(/QKEY[A-F0-9]+/, 'QKEY'))).toEqual([
      EVENT,
      'GET /incidents',
      'GET /incidents/QKEY/notes',
      'POST /incidents/QKEY/notes',
    ]);
    expect(JSON.stringify(calls[3]?.body)).toContain('http-settings update');
  });

  test('a note on it that fails does not touch the delivery', async () => {
    const { send, faults, take } = account({ ...events, ...rest });
    const receipt = receiptOf(await send(firstPage));
    faults.push({ at: 'GET /incidents', answer: broken });
    expect((await send(confirmedUpdate, receipt)).outcome).toBe('delivered');
    expect(take()).toEqual([EVENT, EVENT, 'GET /incidents']);
  });
});

describe('an incident of PagerDuty’s own', () => {
  test('gets one note for each message, and no second incident beside it', async () => {
    const { send, calls, take } = account({ ...events, ...rest });
    const receipt = receiptOf(await send(knownToPagerDuty));
    const [, , added] = calls;
    expect(added?.headers.get('from')).toBe(FROM);
    expect(added?.headers.get('authorization')).toBe(`Token token=${TOKEN}`);
    expect(JSON.stringify(added?.body)).toContain('wrong port');
    expect(take()).toEqual([STATUS, NOTES, NOTE]);
    await send({ ...knownToPagerDuty, revision: 3 }, receipt);
    expect(take()).toEqual([STATUS, NOTES, NOTE]);
  });

  test('gets a note also where only the essentials are said', async () => {
    const { send, take } = account({ ...events, ...rest });
    await send(essentialsOf(knownToPagerDuty));
    expect(take()).toEqual([STATUS, NOTES, NOTE]);
  });

  test('a note whose answer was lost is not added twice', async () => {
    const { send, take, faults } = account(rest);
    faults.push({ at: NOTE, answer: lost });
    expect((await send(knownToPagerDuty)).outcome).toBe('retry');
    expect((await send(knownToPagerDuty)).outcome).toBe('delivered');
    expect(take()).toEqual([NOTES, NOTE, NOTES]);
  });

  test('is told of the end, with what an event of ours may have opened closed', async () => {
    const { send, calls, take } = account({ ...events, ...rest });
    await send({ ...resolved, pagerdutyIncidentId: 'Q1ABCDEFGHIJKL' });
    expect(calls[0]?.body).toMatchObject({ event_action: 'resolve' });
    expect(take()).toEqual([EVENT, NOTES, NOTE]);
  });

  test.each(['QDONE1', 'QGONE1'])('that is over (%s) is replaced by one of ours, as the trouble is not', async (id) => {
    const { send, take } = account({ ...events, ...rest });
    const receipt = receiptOf(await send({ ...knownToPagerDuty, pagerdutyIncidentId: id }));
    expect(take()).toEqual([`GET /incidents/${id}`, EVENT]);
    // From then on ours is the one.
    await send({ ...resolved, pagerdutyIncidentId: id }, receipt);
    expect(take()[0]).toBe(EVENT);
  });

  test('that came after ours was opened changes nothing for ours', async () => {
    const { send, take } = account({ ...events, ...rest });
    const receipt = receiptOf(await send(firstPage));
    take();
    await send({ ...confirmedUpdate, pagerdutyIncidentId: 'Q1ABCDEFGHIJKL' }, receipt);
    expect(take()[0]).toBe(EVENT);
  });

  test.each([
    [STATUS, 503, 'retry'],
    [NOTES, 429, 'retry'],
    [NOTE, 500, 'retry'],
    [NOTE, 401, 'rejected'],
    [NOTE, 400, 'rejected'],
    [NOTE, 404, 'rejected'],
  ])('%s answered %i means %s', async (at, status, outcome) => {
    const { send, faults } = account({ ...events, ...rest });
    const body = `{"error":{"message":"no ${TOKEN} for ${FROM}","code":2006}}`;
    faults.push({ at, answer: () => new Response(body, { status, headers: { 'ratelimit-reset': '20' } }) });
    const result = await send(knownToPagerDuty);
    expect(result.outcome).toBe(outcome);
    if (status === 429) expect(result).toMatchObject({ retryAfterSeconds: 20 });
  });

  test('without the REST API it says what is missing, and opens no second incident', async () => {
    const { send, take } = account(events);
    expect(await send(knownToPagerDuty)).toEqual({
      outcome: 'rejected',
      reason: expect.stringContaining('PAGERDUTY_API_TOKEN'),
    });
    expect(take()).toEqual([]);
  });

  test('without a routing key, others than PagerDuty’s own are not its affair', async () => {
    const { send, take } = account(rest);
    expect((await send(confirmedUpdate)).outcome).toBe('delivered');
    expect(take()).toEqual([]);
  });
});
