import { createServer, type Server, type Socket } from 'node:net';
import type { TokenCredential } from '@azure/core-auth';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseGatewayId } from '../core/resource-id.ts';
import { daysFromNow, issue } from '../evidence/probe-results/prober/test-certificates.ts';
import { type EventHubs, startEventHubs } from '../simulator/event-hubs/event-hubs.ts';
import { createDoctorArm } from './doctor-arm.ts';
import { certificateEnd } from './doctor-certificate.ts';
import { namedHubs, readHubs } from './doctor-hubs.ts';
import { configuredSinks, reachPlace } from './doctor-places.ts';
import { testNotification } from './doctor-port.ts';
import { gatewaysIn, settingsIn } from './doctor-scope.ts';

const credential: TokenCredential = { getToken: async () => ({ token: 't0ken', expiresOnTimestamp: 4e12 }) };
const ENDPOINT = 'https://arm.example';
const NOW = new Date('2026-09-20T10:00:00.000Z');

type Reply = () => Response | Promise<Response>;

/** Resource Manager that gives one reply after the other, and notes what it was asked. */
function armWith(...replies: readonly Reply[]) {
  const asked: string[] = [];
  const waits: number[] = [];
  const arm = createDoctorArm(
    { ARM_ENDPOINT: ENDPOINT },
    {
      credential,
      now: () => NOW,
      wait: async (ms) => void waits.push(ms),
      fetch: async (url, init) => {
        const headers = new Headers(init?.headers);
        expect(headers.get('authorization')).toBe('Bearer t0ken');
        expect(init?.redirect).toBe('error');
        asked.push(String(url));
        const reply = replies[asked.length - 1] ?? replies.at(-1);
        if (!reply) throw new Error('no reply');
        return reply();
      },
    },
  );
  return { arm, asked, waits };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Reply => {
  return () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
};

describe('asking Resource Manager', () => {
  test('a path is asked once, also by two at the same time', async () => {
    const { arm, asked } = armWith(json({ id: 'x' }));
    const [first, second] = await Promise.all([arm.get('/a?api-version=1'), arm.get('/a?api-version=1')]);
    expect(first).toEqual({ state: 'read', value: { id: 'x' } });
    expect(second).toEqual(first);
    expect(asked).toEqual([`${ENDPOINT}/a?api-version=1`]);
  });

  test('pages are followed on the own host alone: the token goes nowhere else', async () => {
    const next = { value: [2], nextLink: '' };
    const { arm, asked } = armWith(json({ value: [1], nextLink: `${ENDPOINT}/a?page=2` }), json(next));
    expect(await arm.list('/a')).toEqual({ state: 'read', value: [1, 2] });
    expect(asked).toHaveLength(2);
    for (const nextLink of ['https://evil.example/a', `${ENDPOINT}.evil.example/a`, `${ENDPOINT}@evil.example/`]) {
      const elsewhere = armWith(json({ value: [1], nextLink }));
      expect(await elsewhere.arm.list('/a')).toMatchObject({ state: 'unread' });
      expect(elsewhere.asked).toHaveLength(1);
    }
  });

  test('pages without end are given up, and half a list is no list', async () => {
    const pages = { last: 1 };
    const endless = armWith(() => {
      pages.last += 1;
      return Response.json({ value: [1], nextLink: `${ENDPOINT}/a?page=${pages.last}` });
    });
    expect(await endless.arm.list('/a')).toMatchObject({ state: 'unread' });
    const broken = armWith(json({ value: [1], nextLink: `${ENDPOINT}/b` }), json({}, 403));
    expect(await broken.arm.list('/a')).toMatchObject({ state: 'unread', reason: expect.stringMatching(/^403/) });
    expect(await armWith(json({ other: [] })).arm.list('/a')).toMatchObject({ state: 'unread' });
  });

  test('throttled, it waits as long as it is told, and not for ever', async () => {
    const patient = armWith(json('', 429, { 'retry-after': '7' }), json('', 503), json({ ok: true }));
    expect(await patient.arm.get('/a')).toMatchObject({ state: 'read' });
    expect(patient.waits).toEqual([7_000, 2_000]);
    const long = armWith(json('', 429, { 'retry-after': '600' }));
    expect(await long.arm.get('/a')).toMatchObject({ state: 'unread', reason: expect.stringMatching(/^429/) });
    expect(long.waits).toEqual([]);
    const down = armWith(json('', 500));
    expect(await down.arm.get('/a')).toMatchObject({ state: 'unread', reason: expect.stringMatching(/^500/) });
    expect(down.asked).toHaveLength(3);
  });

  test.each([
    ['refused', json({ error: { code: 'AuthorizationFailed', message: 'x' } }, 403), /^403 AuthorizationFailed/],
    ['not JSON', json('<html>'), /could not be understood/],
    ['a bare word', json('null'), /could not be understood/],
    [
      'cut off',
      () =>
        Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) })),
      /ECONNRESET/,
    ],
    ['too late', () => Promise.reject(new DOMException('late', 'TimeoutError')), /not answered within 20 s/],
  ] as const)('%s is a reason, and nothing of the answer', async (_, reply, reason) => {
    expect(await armWith(reply).arm.get('/a')).toEqual({ state: 'unread', reason: expect.stringMatching(reason) });
  });

  test('an answer that is too large is not held', async () => {
    const chunk = new Uint8Array(1024 * 1024);
    const endless = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }), { status: 200 });
    expect(await armWith(endless).arm.get('/a')).toEqual({ state: 'unread', reason: 'the answer is too large' });
  });

  test('404 is an answer', async () => {
    expect(await armWith(json({}, 404)).arm.get('/a')).toEqual({ state: 'absent' });
  });

  test('the clock is read off any answer, whole seconds and all', async () => {
    const { arm } = armWith(json({ value: [] }, 200, { date: 'Sun, 20 Sep 2026 09:58:00 GMT' }));
    expect(await arm.clockAheadMs()).toEqual({ state: 'read', value: 119_500 });
    expect(await armWith(json({ value: [] }, 200, { date: 'soon' })).arm.clockAheadMs()).toEqual({ state: 'absent' });
  });
});

describe('certificates', () => {
  const inDays = (end: Date | undefined) => end && Math.round((end.getTime() - Date.now()) / 86_400_000);

  test('PEM, DER and a PKCS #7 bundle, whose first to end counts', async () => {
    const [long, short] = await Promise.all([
      issue({ name: 'x', validTo: daysFromNow(300) }),
      issue({ name: 'y', validTo: daysFromNow(40) }),
    ]);
    const { X509Certificate, X509Certificates } = await import('@peculiar/x509');
    const der = new X509Certificate(long.pem).toString('base64');
    expect(inDays(certificateEnd(Buffer.from(long.pem).toString('base64')))).toBe(300);
    expect(inDays(certificateEnd(der))).toBe(300);
    const chain = new X509Certificates([new X509Certificate(long.pem), new X509Certificate(short.pem)]);
    const bundle = Buffer.from(chain.export('raw'));
    expect(inDays(certificateEnd(bundle.toString('base64')))).toBe(40);
    for (let cut = 0; cut < bundle.length; cut += 7)
      expect(() => certificateEnd(bundle.subarray(0, cut).toString('base64'))).not.toThrow();
  });

  test.each([
    '',
    'garbage',
    'MIIB',
    'A'.repeat(300_000),
    Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).toString('base64'),
  ])('nonsense %# is no certificate', (data) => {
    expect(certificateEnd(data)).toBeUndefined();
  });
});

describe('places', () => {
  test('hosts of what is configured, never a path; and what cannot work', () => {
    const secret = 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
    const found = configuredSinks({
      SLACK_WEBHOOK_URL: secret,
      TEAMS_WEBHOOK_URL: '@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/teams)',
      PAGERDUTY_ROUTING_KEY: 'too short',
      EVENT_HUB_NAMESPACE: 'ns.servicebus.windows.net',
      EVENT_HUB_NAME: 'incidents',
    });
    expect(
      found.map(({ name, problem, places }) => [name, problem, places.map(({ host, port }) => `${host}:${port}`)]),
    ).toEqual([
      ['slack', undefined, ['hooks.slack.com:443']],
      ['teams', '@Microsoft.KeyVault', []],
      ['pagerduty', expect.stringContaining('PAGERDUTY_ROUTING_KEY'), []],
      ['event-hub', undefined, ['ns.servicebus.windows.net:5671']],
    ]);
    expect(JSON.stringify(found)).not.toMatch(/services|too short/);
    expect(configuredSinks({})).toEqual([]);
  });

  const sockets: Socket[] = [];
  const listen = async (answer: (socket: Socket) => void) => {
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      answer(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, port: (server.address() as { port: number }).port };
  };
  const shut = async (server: Server) => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };

  test('an open port, a closed one, and one that does not speak TLS', async () => {
    const { server, port } = await listen((socket) => socket.end('no TLS here\r\n'));
    expect(await reachPlace({ host: '127.0.0.1', port, isTls: false })).toEqual({ state: 'read', value: 'reached' });
    expect(await reachPlace({ host: '127.0.0.1', port, isTls: true })).toMatchObject({ state: 'unread' });
    await shut(server);
    expect(await reachPlace({ host: '127.0.0.1', port, isTls: true })).toEqual({
      state: 'unread',
      reason: 'the connection is refused',
    });
  });

  test('one that never answers is given up', async () => {
    const { server, port } = await listen(() => {});
    expect(await reachPlace({ host: '127.0.0.1', port, isTls: true }, { timeoutMs: 50 })).toEqual({
      state: 'unread',
      reason: 'no connection in time',
    });
    await shut(server);
  });
});

describe('event hubs', () => {
  let hubs: EventHubs;
  beforeAll(async () => {
    hubs = await startEventHubs({ hubs: [{ name: 'logs', partitions: 2 }], now: () => NOW });
    hubs.append('logs', '0', Buffer.from('{}'));
  });
  afterAll(() => hubs.close());

  test('what their partitions hold, and a hub that is not there', async () => {
    const named = namedHubs({ EventHubsConnection: hubs.connectionString, ACCESS_LOG_HUB: 'logs', ALERT_HUB: 'other' });
    expect(await readHubs(named, {})).toEqual([
      {
        setting: 'ACCESS_LOG_HUB',
        name: 'logs',
        isOftenQuiet: false,
        partitions: { state: 'read', value: [{ id: '0', lastEnqueuedAt: NOW }, { id: '1' }] },
      },
      { setting: 'ALERT_HUB', name: 'other', isOftenQuiet: true, partitions: { state: 'absent' } },
    ]);
  });

  test('none where none is named, and none that stands in a vault', async () => {
    expect(namedHubs({ ACCESS_LOG_HUB: 'logs' })).toEqual([]);
    expect(namedHubs({ EventHubsConnection: 'x' })).toEqual([]);
    const byIdentity = { EventHubsConnection__fullyQualifiedNamespace: 'ns.example', ACCESS_LOG_HUB: 'logs' };
    expect(namedHubs(byIdentity)).toMatchObject([{ place: { namespace: 'ns.example', eventHub: 'logs' } }]);
    const reference = '@Microsoft.KeyVault(SecretUri=https://kv/secrets/x)';
    const vaulted = namedHubs({ EventHubsConnection: reference, ACCESS_LOG_HUB: 'logs' });
    expect(await readHubs(vaulted, {})).toMatchObject([{ partitions: { state: 'unread' } }]);
  });
});

describe('scope', () => {
  const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGateways/a';

  test('a gateway is itself, and everything wider is asked for', async () => {
    const asked: string[] = [];
    const list = async (path: string) => {
      asked.push(path);
      return { state: 'read' as const, value: [{ id }, { id: '/subscriptions/s' }, null] };
    };
    expect(await gatewaysIn({ list }, id)).toMatchObject({ value: [{ name: 'a' }] });
    expect(asked).toEqual([]);
    expect(await gatewaysIn({ list }, '/subscriptions/s/resourceGroups/g/')).toMatchObject({ value: [{ id }] });
    expect(asked).toEqual([
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGateways?api-version=2024-05-01',
    ]);
  });

  test.each([
    [[{ name: 'A', value: '1', slotSetting: false }, { name: 'B' }], { A: '1' }],
    [{ IsEncrypted: false, Values: { A: '1', B: 2 } }, { A: '1' }],
    [{ A: '1' }, { A: '1' }],
    [[], undefined],
    ['x', undefined],
    [null, undefined],
  ])('settings in %j', (document, expected) => {
    expect(settingsIn(document)).toEqual(expected);
  });
});

test('the test message says what it is, and pages nobody', () => {
  const gateway = parseGatewayId('/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGateways/a');
  if (!gateway) throw new Error('no gateway');
  const message = testNotification(gateway, { portalUrl: 'https://portal.azure.com', now: () => NOW });
  expect(message).toMatchObject({ kind: 'test', severity: 'info', gateway: { name: 'a' }, at: NOW.toISOString() });
});
