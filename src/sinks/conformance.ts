import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Notification } from '../core/notification.ts';
import { hostileNotification, hugeNotification, QUERY_SECRET } from './arbitrary-notification.ts';
import { likelyWrongPort, samples } from './samples.ts';
import type { SendOutcome, Sink } from './sink.ts';

/** What every sink has to do alike with its settings and with hostile notifications. Test support. */
export interface RenderFixtures<Message> {
  /** Settings with which the sink posts to this URL. */
  readonly values: (url: string) => Readonly<Record<string, string>>;
  /** The settings that hold a URL, and values that cannot work for the others. */
  readonly urlSettings: readonly string[];
  readonly badValues: readonly { readonly setting: string; readonly value: string }[];
  /** The sink's secrets other than the URL, as `values` has them. */
  readonly secrets: readonly string[];
  /** Throws where the service would refuse the message, or where something from outside has become markup. */
  readonly accepts: (message: Message) => void;
}

/** What every sink that posts over HTTP has to do alike, against a real server. */
export interface SinkFixtures<Message> extends RenderFixtures<Message> {
  /** The body of an answer 200 that means delivered. */
  readonly acceptance: string;
  /** Whether only the body of a 200 tells that it was delivered. */
  readonly needsBody: boolean;
  /** What the service is known to answer otherwise. */
  readonly quirks: readonly {
    readonly status: number;
    readonly body: string;
    readonly outcome: SendOutcome['outcome'];
    readonly says?: string;
  }[];
  /** Which answers mean delivered, with that body; 200, 201, 202 and 204 where absent. */
  readonly delivered?: readonly number[];
  /** How many requests the first full message makes; 1 where absent. */
  readonly requests?: number;
  /** What the sink adds to the path that it is given. */
  readonly pathEnd?: string;
  /** What it says the body is, where that is not plain JSON. */
  readonly contentType?: RegExp;
}

const DELIVERED = [200, 201, 202, 204];
const RETRIED = [408, 429, 500, 502, 503, 504];
const REJECTED = [301, 302, 304, 307, 308, 400, 401, 403, 404, 410, 413, 422];

export function describeSinkConformance<Config, Message>(
  sink: Sink<Config, Message>,
  fixtures: SinkFixtures<Message>,
): void {
  describeSinkRendering(sink, fixtures);
  describeSinkSending(sink, fixtures);
}

function configuredWith<Config, Message>(
  sink: Sink<Config, Message>,
  { values }: RenderFixtures<Message>,
): (url: string) => Config {
  return (url) => {
    const config = sink.configure(values(url));
    if (config === undefined) throw new Error('These settings should configure the sink.');
    return config;
  };
}

export function describeSinkRendering<Config, Message>(
  sink: Sink<Config, Message>,
  fixtures: RenderFixtures<Message>,
): void {
  const configured = configuredWith(sink, fixtures);
  const render = (notification: Notification, url = 'https://example.com/in'): Message =>
    sink.render(notification, configured(url));
  describe(`${sink.name}: configure`, () => {
    test('is not configured without settings, or with blank ones', () => {
      expect(sink.configure({})).toBeUndefined();
      expect(sink.configure(Object.fromEntries(sink.settings.map(({ name }) => [name, '  '])))).toBeUndefined();
    });

    test('declares every setting that it reads', () => {
      const declared = sink.settings.map(({ name }) => name);
      expect(declared).toEqual(expect.arrayContaining(Object.keys(fixtures.values('https://example.com/in'))));
      expect(sink.configure(Object.fromEntries(sink.settings.map(({ name, sample }) => [name, sample])))).toBeDefined();
    });

    test.each([
      'https://example.com/in',
      'http://127.0.0.1:8080/in',
      'http://localhost:8080/in',
      'http://[::1]:8080/in',
      '  https://example.com/in  ',
    ])('accepts %s', (url) => {
      expect(sink.configure(fixtures.values(url))).toBeDefined();
    });

    const urls = [
      'hush-hush',
      '//hush-hush/in',
      'http://hush-hush.example.com/in',
      'http://127.0.0.1.hush-hush.com/in',
      'http://localhost@hush-hush.com/in',
      'ftp://hush-hush/in',
      'javascript:alert("hush-hush")',
      'https:hush-hush',
      'https://',
      'https://hush hush/hush-hush',
      'https://example.com/hush-hush\nx',
      'https://someone:hush-hush@example.com/in',
      'https://hush-hush@example.com/in',
      'https://example.com:99999/hush-hush',
      `https://example.com/${'hush-hush'.repeat(1_000)}`,
    ];
    const bad = [
      ...fixtures.urlSettings.flatMap((setting) => urls.map((value) => ({ setting, value }))),
      ...fixtures.badValues,
    ];
    test.each(bad)('refuses $setting = $value, without repeating it', ({ setting, value }) => {
      const values = { ...fixtures.values('https://example.com/in'), [setting]: value };
      const message = messageOf(() => sink.configure(values));
      expect(message).toContain(setting);
      expect(message).not.toContain('hush');
      if (value.length > 8) expect(message).not.toContain(value);
    });
  });

  describe(`${sink.name}: render`, () => {
    test.each(Object.entries(samples))('makes a message of the sample %s that the service takes', (_name, sample) => {
      const before = JSON.stringify(sample);
      const message = render(sample);
      fixtures.accepts(message);
      expect(render(sample)).toEqual(message);
      expect(JSON.stringify(sample)).toBe(before);
    });

    test('holds no secret and no URL that the message is sent to', () => {
      const text = JSON.stringify(render(likelyWrongPort, 'https://example.com/hush-hush'));
      for (const secret of ['hush-hush', ...fixtures.secrets]) expect(text).not.toContain(secret);
    });

    const texts = ['&', '"', '\\', '\n', 'x', '漢', '😀', '\ud83d', '*_~', 'word ', `/a?b=${QUERY_SECRET} `];
    test.each(texts)('keeps a huge notification of %j within the limits', (text) => {
      for (const kind of ['opened', 'updated', 'resolved', 'test', 'digest'] as const) {
        for (const times of kind === 'opened' ? [1, 650, 5_000] : [650]) {
          const message = render(hugeNotification(text.repeat(Math.ceil(times / text.length)), kind));
          fixtures.accepts(message);
          expectClean(message);
        }
      }
    });

    test('keeps hostile notifications within the limits, and free of markup and hidden characters', () => {
      fc.assert(
        fc.property(hostileNotification, (notification) => {
          const message = render(notification);
          fixtures.accepts(message);
          expectClean(message);
        }),
        { numRuns: 150 },
      );
    });
  });
}

function describeSinkSending<Config, Message>(sink: Sink<Config, Message>, fixtures: SinkFixtures<Message>): void {
  const {
    requests: expectedRequests = 1,
    delivered = DELIVERED,
    pathEnd = '',
    contentType = /^application\/json/,
  } = fixtures;
  const configured = configuredWith(sink, fixtures);
  const render = (notification: Notification, url: string): Message => sink.render(notification, configured(url));
  /** Sends once, and looks at whatever reason comes back for what must not be in it. */
  const send = async (
    url: string,
    { abort = new AbortController().signal, fetchFrom = fetch, notification = likelyWrongPort } = {},
  ): Promise<SendOutcome> => {
    const outcome = await sink.send(render(notification, url), configured(url), { fetch: fetchFrom, abort });
    if (outcome.outcome !== 'delivered') expectDiscreet(outcome.reason, url, fixtures.secrets);
    return outcome;
  };

  describe(`${sink.name}: send`, () => {
    test('posts the message once, as JSON in UTF-8', async () => {
      const notification = { ...likelyWrongPort, headline: 'Größe 漢字 😀' };
      const { requests } = await withServer(answer(200, fixtures.acceptance), (url) => send(url, { notification }));
      expect(requests).toHaveLength(expectedRequests);
      expect(requests[0]).toMatchObject({ method: 'POST', path: `/in/hush-hush${pathEnd}` });
      expect(requests[0]?.headers['content-type']).toMatch(contentType);
      expect(JSON.parse(requests[0]?.body ?? '')).toBeInstanceOf(Object);
      expect(requests[0]?.body).toContain('Größe 漢字 😀');
    });

    test.each(delivered)('%i means delivered', async (status) => {
      const { result } = await withServer(answer(status, fixtures.acceptance), (url) => send(url));
      expect(result.outcome).toBe('delivered');
    });

    test.each(RETRIED)('%i is worth another attempt', async (status) => {
      const { result, requests } = await withServer(answer(status, 'busy'), (url) => send(url));
      expect(result).toEqual({ outcome: 'retry', reason: expect.stringContaining(String(status)) });
      expect(requests).toHaveLength(1);
    });

    test.each(REJECTED)('%i is final, and no redirect is followed', async (status) => {
      const respond = answer(status, 'no such thing', { location: '/in/elsewhere' });
      const { result, requests } = await withServer(respond, (url) => send(url));
      expect(result).toEqual({ outcome: 'rejected', reason: expect.stringContaining(String(status)) });
      expect(requests).toHaveLength(1);
    });

    test.each([429, 503, 408])('%i with Retry-After says how long', async (status) => {
      const wait = async (headers: Headers) =>
        (await withServer(answer(status, '', headers), (url) => send(url))).result;
      const date = 'Thu, 01 Oct 2026 03:12:00 GMT';
      const later = 'Thu, 01 Oct 2026 03:13:30 GMT';
      expect(await wait({ 'retry-after': '17' })).toMatchObject({ outcome: 'retry', retryAfterSeconds: 17 });
      expect(await wait({ 'retry-after': '0' })).toMatchObject({ outcome: 'retry', retryAfterSeconds: 0 });
      expect(await wait({ 'retry-after': later, date })).toMatchObject({ outcome: 'retry', retryAfterSeconds: 90 });
      expect(await wait({ 'retry-after': '99999999999999999999' })).toMatchObject({ retryAfterSeconds: 86_400 });
      const unusable = [
        { 'retry-after': later, date: '' },
        { 'retry-after': date, date: later },
        { 'retry-after': '-5' },
        { 'retry-after': 'soon' },
        { 'retry-after': '' },
      ];
      for (const headers of unusable) {
        const outcome = await wait(headers);
        expect(outcome.outcome).toBe('retry');
        expect(outcome).not.toHaveProperty('retryAfterSeconds');
      }
    });

    test.each(fixtures.quirks)(
      '$status with the body $body means $outcome',
      async ({ status, body, outcome, says }) => {
        const { result } = await withServer(answer(status, body), (url) => send(url));
        expect(result.outcome).toBe(outcome);
        if (says !== undefined) expect(result).toHaveProperty('reason', expect.stringContaining(says));
      },
    );

    test('an attempt that is aborted before an answer is worth another, and leaves no connection behind', async () => {
      const controller = new AbortController();
      let closed = () => {};
      const isClosed = new Promise<void>((resolve) => {
        closed = resolve;
      });
      const { result } = await withServer(
        (request) => {
          request.socket.on('close', closed);
          controller.abort();
        },
        async (url) => {
          const outcome = await send(url, { abort: controller.signal });
          await isClosed;
          return outcome;
        },
      );
      expect(result).toEqual({ outcome: 'retry', reason: expect.stringContaining('deadline') });
    });

    test('an attempt that was aborted before it began is worth another', async () => {
      const { result, requests } = await withServer(answer(200, fixtures.acceptance), (url) =>
        send(url, { abort: AbortSignal.abort() }),
      );
      expect(result.outcome).toBe('retry');
      expect(requests).toHaveLength(0);
    });

    test('a fetch that takes no notice of the deadline is left behind', async () => {
      const controller = new AbortController();
      const fetchFrom = () => {
        setImmediate(() => controller.abort());
        return new Promise<never>(() => {});
      };
      const outcome = await send('https://example.com/in/hush-hush', { abort: controller.signal, fetchFrom });
      expect(outcome.outcome).toBe('retry');
    });

    test('a refusal whose body takes no notice of the deadline is a refusal', async () => {
      const controller = new AbortController();
      const fetchFrom = async () => {
        setImmediate(() => controller.abort());
        return new Response(new ReadableStream(), { status: 400 });
      };
      const outcome = await send('https://example.com/in/hush-hush', { abort: controller.signal, fetchFrom });
      expect(outcome).toEqual({ outcome: 'rejected', reason: 'The service answered 400.' });
    });

    test('an answer 200 whose body never ends counts as far as its status says', async () => {
      const controller = new AbortController();
      const fetchFrom: typeof fetch = async (...call) => {
        const response = await fetch(...call);
        // After the promise that this function returns has settled: the status has been seen by then.
        setImmediate(() => controller.abort());
        return response;
      };
      const { result } = await withServer(
        (_request, response) => response.writeHead(200).write('o'),
        (url) => send(url, { abort: controller.signal, fetchFrom }),
      );
      expect(result.outcome).toBe(fixtures.needsBody ? 'retry' : 'delivered');
    });

    test('a refused connection is worth another attempt', async () => {
      const { url } = await withServer(answer(200, ''), async () => undefined);
      expect(await send(url)).toEqual({ outcome: 'retry', reason: expect.stringContaining('ECONNREFUSED') });
    });

    test('a connection that breaks before the answer is worth another attempt', async () => {
      const { result } = await withServer(
        (request) => request.socket.destroy(),
        (url) => send(url),
      );
      expect(result.outcome).toBe('retry');
    });

    test('an answer that breaks off counts as far as its status says', async () => {
      const breakOff = (status: number) => (_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(status, { 'content-length': '1000' });
        response.write('no', () => response.socket?.destroy());
      };
      const outcomeOf = async (status: number) => (await withServer(breakOff(status), (url) => send(url))).result;
      expect((await outcomeOf(200)).outcome).toBe(fixtures.needsBody ? 'retry' : 'delivered');
      expect((await outcomeOf(400)).outcome).toBe('rejected');
      expect((await outcomeOf(503)).outcome).toBe('retry');
    });

    test.each([200, 400, 500])('does not read an endless answer %i to its end', async (status) => {
      let closed = () => {};
      const isClosed = new Promise<void>((resolve) => {
        closed = resolve;
      });
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const { result } = await withServer(
        (_request, response) => {
          response.writeHead(status);
          const pour = () => {
            while (!response.destroyed && response.write(chunk));
          };
          response.on('drain', pour).on('close', closed);
          pour();
        },
        async (url) => {
          const outcome = await send(url);
          // Only a sender that hangs up ends this answer.
          await isClosed;
          return outcome;
        },
      );
      if (result.outcome !== 'delivered') expect(result.reason.length).toBeLessThan(400);
    });

    test('a refusal is quoted in one short line, without markup', async () => {
      const page = `<html>\r\n<title>Bad\u202e\u0007 Request</title><a href="https://hush.example/?sig=abc">x</a>${' really'.repeat(900)}`;
      const { result } = await withServer(answer(400, page), (url) => send(url));
      expect(result).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('Bad Request') });
      const reason = result.outcome === 'rejected' ? result.reason : '';
      expect(reason.length).toBeLessThan(300);
      expect(reason).not.toMatch(/[\p{Cc}\p{Cf}<>]|hush|sig=/u);
    });

    test('a refusal of nonsense bytes is still a refusal', async () => {
      const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 37) % 256));
      const { result } = await withServer(answer(400, bytes), (url) => send(url));
      expect(result.outcome).toBe('rejected');
    });

    test('a service that repeats the request does not bring it into the reason', async () => {
      for (const [from, length] of [
        [0, 4_000],
        [100, 60],
        [400, 25],
        [700, 150],
        [1_500, 40],
      ] as const) {
        const { result } = await withServer(
          async (request, response) => {
            const body = await bodyOf(request);
            const echo = `Invalid: ${request.url} ${body.slice(from, from + length)}`;
            response.writeHead(400).end(echo);
          },
          (url) => send(url),
        );
        expect(result.outcome).toBe('rejected');
      }
    });
  });
}

type Headers = Readonly<Record<string, string | undefined>>;
type Respond = (request: IncomingMessage, response: ServerResponse) => unknown;

interface SeenRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server on a free port of this machine for the time of `use`; its path stands for the secret in a webhook URL. */
async function withServer<Result>(
  respond: Respond,
  use: (url: string) => Promise<Result>,
): Promise<{ readonly result: Result; readonly requests: readonly SeenRequest[]; readonly url: string }> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request).catch(() => '');
    requests.push({ method: request.method, path: request.url, headers: request.headers, body });
    await respond(Object.assign(request, { seenBody: body }), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in/hush-hush`;
  try {
    return { result: await use(url), requests, url };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function bodyOf(request: IncomingMessage & { seenBody?: string }): Promise<string> {
  if (request.seenBody !== undefined) return request.seenBody;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function answer(status: number, body: string | Uint8Array, headers: Headers = {}): Respond {
  return (_request, response) => {
    // An empty date stands for an answer without one.
    if (headers.date === '') response.sendDate = false;
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined && !(name === 'date' && value === '')) response.setHeader(name, value);
    response.statusCode = status;
    if (status === 204 || status === 304) response.end();
    else response.end(body);
  };
}

/** What must not be in a reason: the place, the secrets, and what was sent. */
function expectDiscreet(reason: string, url: string, secrets: readonly string[]): void {
  const { host, port, pathname } = new URL(url);
  const sent = [
    likelyWrongPort.headline,
    likelyWrongPort.impact,
    likelyWrongPort.incidentId,
    likelyWrongPort.gateway.name,
    likelyWrongPort.gateway.id,
    'pool-orders',
    '10.20.4.7',
    'servernotreachable',
    'http-settings',
  ];
  const never = [url, host, pathname, 'hush', ...(port === '' ? [] : [`:${port}`]), ...secrets, ...sent];
  for (const text of never) expect(reason).not.toContain(text);
  expect(reason).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(reason.length).toBeLessThan(400);
}

const HIDDEN = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** No text of a message holds hidden characters, half a character, or what stood in a query string. */
export function expectClean(message: unknown): void {
  for (const text of textsOf(message)) {
    if (HIDDEN.test(text) || !text.isWellFormed() || text.includes(QUERY_SECRET)) {
      throw new Error(`This should not be in a message: ${JSON.stringify(text.slice(0, 500))}`);
    }
  }
}

/** Every text in a JSON value, the names of fields included. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]);
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('It should have thrown an Error.');
}
