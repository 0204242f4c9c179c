import { describe, expect, test } from '@jest/globals';
import { describeSinkRendering } from '../conformance.ts';
import { accepts as acceptsEvent } from '../conformance-cloud-event.ts';
import { confirmedUpdate, likelyWrongPort } from '../samples.ts';
import type { HubEvent, PublishEvent } from '../sink.ts';
import { eventHub } from './index.ts';
import { renderEventHub } from './render.ts';

const KEY = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ=';
const CONNECTION = `Endpoint=sb://hub.example.com/;SharedAccessKeyName=send;SharedAccessKey=${KEY}`;

function accepts({ body, contentType, partitionKey, messageId }: HubEvent): void {
  acceptsEvent(JSON.parse(body));
  expect(contentType).toBe('application/cloudevents+json; charset=utf-8');
  expect(partitionKey.length).toBeGreaterThan(0);
  expect(partitionKey.length).toBeLessThanOrEqual(128);
  expect(messageId).toBe(JSON.parse(body).id);
}

describeSinkRendering(eventHub, {
  values: () => ({ EVENT_HUB_CONNECTION_STRING: CONNECTION, EVENT_HUB_NAME: 'incidents' }),
  urlSettings: [],
  badValues: [
    { setting: 'EVENT_HUB_CONNECTION_STRING', value: 'hush-hush' },
    { setting: 'EVENT_HUB_CONNECTION_STRING', value: 'Endpoint=https://hush-hush/;SharedAccessKey=hush' },
    { setting: 'EVENT_HUB_CONNECTION_STRING', value: 'Endpoint=sb://hush-hush/;SharedAccessKeyName=hush' },
    { setting: 'EVENT_HUB_NAME', value: 'hush/hush-hush' },
    { setting: 'EVENT_HUB_NAME', value: ' ' },
  ],
  secrets: [KEY],
  accepts,
});

describe('event-hub: where it publishes', () => {
  test.each([
    [
      { EVENT_HUB_CONNECTION_STRING: `${CONNECTION};EntityPath=own` },
      { connectionString: `${CONNECTION};EntityPath=own`, eventHub: 'own' },
    ],
    [
      { EVENT_HUB_CONNECTION_STRING: CONNECTION, EVENT_HUB_NAME: 'incidents' },
      { connectionString: CONNECTION, eventHub: 'incidents' },
    ],
    [
      { EVENT_HUB_NAMESPACE: 'ns.servicebus.windows.net', EVENT_HUB_NAME: 'incidents' },
      { namespace: 'ns.servicebus.windows.net', eventHub: 'incidents' },
    ],
  ])('%j is %j', (values, place) => {
    expect(eventHub.configure(values)).toEqual(place);
  });

  test.each(['sb://ns.servicebus.windows.net', 'https://hush-hush.example', 'hush-hush', 'ns.example/hush-hush'])(
    'a namespace %s is refused without being repeated',
    (value) => {
      const attempt = () => eventHub.configure({ EVENT_HUB_NAMESPACE: value, EVENT_HUB_NAME: 'incidents' });
      expect(attempt).toThrow('EVENT_HUB_NAMESPACE');
      expect(attempt).not.toThrow('hush');
    },
  );
});

describe('event-hub: what becomes of an event', () => {
  const place = { connectionString: CONNECTION, eventHub: 'incidents' };
  const event = renderEventHub(likelyWrongPort);
  const send = (publish: PublishEvent | undefined, abort = new AbortController().signal) =>
    eventHub.send(event, place, { fetch, abort, ...(publish ? { publish } : {}) });

  test('the messages of one incident share a partition key, and none an id', () => {
    const next = renderEventHub(confirmedUpdate);
    expect(next.partitionKey).toBe(event.partitionKey);
    expect(next.messageId).not.toBe(event.messageId);
  });

  test('it is delivered once the hub has it', async () => {
    const published: unknown[] = [];
    const outcome = await send(async (...call) => void published.push(call));
    expect(outcome).toEqual({ outcome: 'delivered' });
    expect(published).toEqual([[place, event, expect.any(AbortSignal)]]);
  });

  test.each([
    ['ServerBusyError', 'retry'],
    ['QuotaExceededError', 'retry'],
    ['ServiceCommunicationError', 'retry'],
    ['ECONNREFUSED', 'retry'],
    ['UnauthorizedError', 'rejected'],
    ['MessagingEntityNotFoundError', 'rejected'],
    ['MessageTooLargeError', 'rejected'],
  ])('%s means %s, and its message is not repeated', async (code, outcome) => {
    const result = await send(async () => {
      throw Object.assign(new Error(`hub.example.com said no to ${KEY}`), { code });
    });
    expect(result).toEqual({ outcome, reason: `The event hub did not take the event (${code}).` });
  });

  test.each([undefined, null, 'a text', { code: 'hub.example.com' }, Object.assign(new Error('x'), { name: 'a b' })])(
    'whatever is thrown (%j) is worth another attempt',
    async (thrown) => {
      const result = await send(() => Promise.reject(thrown));
      expect(result).toEqual({ outcome: 'retry', reason: expect.stringContaining('unknown error') });
    },
  );

  test('the deadline is said to be one', async () => {
    const result = await send(() => Promise.reject(new Error('aborted')), AbortSignal.abort());
    expect(result).toEqual({ outcome: 'retry', reason: expect.stringContaining('deadline') });
  });

  test('without anybody who can publish, it says so', async () => {
    expect(await send(undefined)).toMatchObject({ outcome: 'rejected' });
  });
});
