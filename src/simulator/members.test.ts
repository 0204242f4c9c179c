import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getHttps } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type DrillPlace, type Members, startMembers } from './members.ts';
import { createAuthorities, privateRootData } from './members-certificates.ts';
import { worldOf } from './scenarios/index.ts';
import { type Certificate, MINUTE_MS, type Service, type World } from './world.ts';

const ADDRESS = '10.31.6.10';
const NAME = 'portal.fabrikam.example';
const certificate: Certificate = { names: [NAME], validFromDay: -10, validUntilDay: 80, signedBy: 'public' };
const secured: Service = { port: 443, protocol: 'Https', certificate, answers: [{ status: 200, tookMs: 0 }] };

const running: Members[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((members) => members.close()));
});

/** The portal with other services on its machines; TLS is judged by the machine's clock, so it begins now. */
function worldWith(serves: readonly Service[], changed: Partial<World> = {}): World {
  const world = worldOf('certificate-name', new Date());
  return { ...world, hosts: world.hosts.map((host) => ({ ...host, serves })), ...changed };
}

async function play(world: World, now = () => new Date()): Promise<Members> {
  const members = await startMembers(world, await createAuthorities(world), now);
  running.push(members);
  return members;
}

function placeOf({ drill }: Members, port: number, address = ADDRESS): DrillPlace {
  const at = drill.places.filter((place) => place.address === address);
  const place = at.find((one) => one.port === port) ?? at.find((one) => one.port === undefined);
  if (!place) throw new Error('There is no such place.');
  return place;
}

/** How a connection ends within a time: it takes a moment to be refused, and silence never ends. */
function knock({ host, at }: DrillPlace, patienceMs = 60_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port: at });
    const end = (state: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(state);
    };
    const timer = setTimeout(() => end('silent'), patienceMs);
    socket.once('connect', () => end('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'failed'));
  });
}

async function shake(members: Members, options: ConnectionOptions = {}) {
  const { host, at } = placeOf(members, 443);
  const socket = connectTls({ host, port: at, servername: NAME, ca: [...members.drill.roots], ...options });
  try {
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return { version: socket.getProtocol(), subjects: subjectsOf(socket) };
  } finally {
    socket.destroy();
  }
}

function subjectsOf(socket: TLSSocket): readonly string[] {
  const subjects: string[] = [];
  let next = socket.getPeerCertificate(true);
  while (next.subject && !subjects.includes(String(next.subject.CN))) {
    subjects.push(String(next.subject.CN));
    next = next.issuerCertificate;
  }
  return subjects;
}

interface Answered {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function ask({ host, at }: DrillPlace, options: RequestOptions & ConnectionOptions, isTls = false): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const get = isTls ? getHttps : getHttp;
    const request = get({ host, port: at, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject);
  });
}

describe('what a member answers', () => {
  const answers = [
    { path: '/old', status: 302, tookMs: 0, location: 'https://portal.fabrikam.example/new' },
    { path: '/health', host: NAME, status: 200, tookMs: 0, body: '{"status":"up"}' },
    { path: '/large', status: 200, tookMs: 0, sentBytes: 900_000 },
    { path: '/slow', status: 503, tookMs: 40 },
  ];

  test('depends on path and Host, with status, Location and body as in the world', async () => {
    const members = await play(worldWith([{ port: 443, protocol: 'Http', answers }]));
    const place = placeOf(members, 443);
    const headers = { host: `${NAME.toUpperCase()}:443` };
    expect(await ask(place, { path: '/health?full=1', headers })).toMatchObject({
      status: 200,
      body: '{"status":"up"}',
    });
    expect(await ask(place, { path: '/health', headers: { host: 'other.example' } })).toMatchObject({ status: 404 });
    expect(await ask(place, { path: '/old' })).toMatchObject({
      status: 302,
      headers: { location: 'https://portal.fabrikam.example/new' },
    });
    expect((await ask(place, { path: '/large' })).body.length).toBeLessThan(10_000);
    expect(await ask(place, { path: '/slow' })).toMatchObject({ status: 503 });
  });

  test('comes late where the world says so', async () => {
    const members = await play(
      worldWith([{ port: 443, protocol: 'Http', answers: [{ status: 200, tookMs: 3_600_000 }] }]),
    );
    let isAnswered = false;
    const answer = ask(placeOf(members, 443), {}).then(
      () => {
        isAnswered = true;
      },
      () => {},
    );
    // Another member answers in the meantime.
    const others = await play(worldWith([{ port: 443, protocol: 'Http', answers: [{ status: 200, tookMs: 0 }] }]));
    expect(await ask(placeOf(others, 443), {})).toMatchObject({ status: 200 });
    expect(isAnswered).toBe(false);
    await members.close();
    await answer;
  });

  test('is that of the minute, whichever service holds then', async () => {
    const world = worldWith([
      { port: 443, protocol: 'Http', answers: [{ status: 500, tookMs: 0 }], untilMinute: 5 },
      { ...secured, fromMinute: 5, untilMinute: 7 },
    ]);
    let minute = 0;
    const members = await play(world, () => new Date(Date.parse(world.startedAt) + minute * MINUTE_MS));
    expect(await ask(placeOf(members, 443), {})).toMatchObject({ status: 500 });
    minute = 5;
    const options = { servername: NAME, ca: [...members.drill.roots] };
    expect(await ask(placeOf(members, 443), options, true)).toMatchObject({ status: 200 });
    minute = 7;
    await expect(ask(placeOf(members, 443), {})).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('a port', () => {
  test('on which nobody listens refuses, and one that is served is open', async () => {
    const members = await play(worldWith([{ port: 443, protocol: 'Http', answers: [] }]));
    expect(await knock(placeOf(members, 443))).toBe('open');
    expect(await knock(placeOf(members, 8080))).toBe('ECONNREFUSED');
    expect(await knock(placeOf(members, 31_337))).toBe('ECONNREFUSED');
    await members.close();
    expect(await knock(placeOf(members, 443))).toBe('ECONNREFUSED');
  });

  test.each([
    ['of a machine that is gone', { hosts: [] }],
    [
      'behind a firewall inside the machine',
      { hosts: [{ address: ADDRESS, serves: [secured], drops: [{ fromMinute: -3 }] }] },
    ],
    [
      'of an endpoint of the platform that it does not serve',
      { hosts: [{ address: ADDRESS, serves: [], isPlatform: true }] },
    ],
  ])('%s is silent, however often it is tried', async (_what, changed) => {
    const members = await play(worldWith([], changed));
    const knocks = [443, 443, 443, 8080, 31_337].map((port) => knock(placeOf(members, port), 1_200));
    expect(new Set(await Promise.all(knocks))).toEqual(new Set(['silent']));
  });

  test('that a security rule keeps from everybody in the network is silent, and others are not', async () => {
    const members = await play(worldOf('backend-nsg', new Date()));
    expect(await knock(placeOf(members, 8080, '10.20.4.4'), 1_200)).toBe('silent');
    expect(await knock(placeOf(members, 443, '10.20.4.4'))).toBe('ECONNREFUSED');
    expect(await knock(placeOf(members, 8081, '10.20.5.4'))).toBe('open');
  });

  test('that only the gateway does not reach is open to the prober', async () => {
    const members = await play(worldOf('route-to-appliance', new Date()));
    expect(await knock(placeOf(members, 8080, '10.20.4.4'))).toBe('open');
  });
});

describe('a certificate', () => {
  const chainOf = async (changed: Partial<Certificate>) =>
    shake(await play(worldWith([{ ...secured, certificate: { ...certificate, ...changed } }])));

  test('is trusted by whoever trusts the well-known authorities of the world', async () => {
    expect(await chainOf({})).toEqual({
      version: 'TLSv1.3',
      subjects: [NAME, 'Trey Research Global Issuing 1', 'Trey Research Global Root'],
    });
  });

  test.each([
    ['has expired', { validFromDay: -90, validUntilDay: -1 }, 'CERT_HAS_EXPIRED'],
    ['is not valid yet', { validFromDay: 3 }, 'CERT_NOT_YET_VALID'],
    ['is for another name', { names: ['web.int.fabrikam.example'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['comes without its intermediate', { sends: 'leaf' }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['is of a private root', { signedBy: 'root-corp' }, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['is of a private root that is sent', { signedBy: 'root-corp', sends: 'with-root' }, 'SELF_SIGNED_CERT_IN_CHAIN'],
  ] as const)('that %s is refused for that', async (_what, changed, code) => {
    await expect(chainOf(changed)).rejects.toMatchObject({ code });
  });

  test('of a private root is trusted by whoever has what the gateway resource shows of that root', async () => {
    const world = worldWith([{ ...secured, certificate: { ...certificate, signedBy: 'root-corp' } }]);
    const authorities = await createAuthorities(world);
    const members = await startMembers(world, authorities, () => new Date());
    running.push(members);
    const data = privateRootData(authorities)['root-corp'];
    const ca = `-----BEGIN CERTIFICATE-----\n${data}\n-----END CERTIFICATE-----`;
    expect((await shake(members, { ca })).subjects[0]).toBe(NAME);
    expect(Object.keys(privateRootData(authorities))).toEqual(['root-corp']);
  });
});

describe('a handshake', () => {
  const shakeWith = async (handshake: Service['handshake'], options: ConnectionOptions = {}) =>
    shake(await play(worldWith([{ ...secured, handshake }])), options);

  test('asks for a client certificate where one is demanded', async () => {
    await expect(shakeWith({ demandsClientCertificate: true }, { maxVersion: 'TLSv1.2' })).rejects.toMatchObject({
      code: expect.stringMatching(/HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED/),
    });
  });

  test('wants a server name that is known', async () => {
    const serverNames = ['*.fabrikam.example'];
    expect((await shakeWith({ serverNames })).subjects[0]).toBe(NAME);
    const alert = { code: expect.stringMatching(/ALERT/) };
    await expect(shakeWith({ serverNames: ['other.example'] })).rejects.toMatchObject(alert);
    await expect(shakeWith({ serverNames }, { servername: '' })).rejects.toMatchObject(alert);
  });

  test('has its bounds of versions', async () => {
    await expect(shakeWith({ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' })).rejects.toMatchObject({
      code: expect.stringMatching(/PROTOCOL_VERSION/),
    });
    const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    expect((await shakeWith({ maxVersion: 'TLSv1.1' }, old)).version).toBe('TLSv1.1');
    await expect(shakeWith({ maxVersion: 'TLSv1.1' })).rejects.toMatchObject({ code: expect.any(String) });
  });

  test('takes the ciphers that it is given and no others', async () => {
    const ciphers = ['ECDHE-ECDSA-CHACHA20-POLY1305'];
    const options = { maxVersion: 'TLSv1.2' } as const;
    expect((await shakeWith({ ciphers }, options)).version).toBe('TLSv1.2');
    await expect(
      shakeWith({ ciphers }, { ...options, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/HANDSHAKE_FAILURE/) });
  });

  test('with a port that speaks plain HTTP fails', async () => {
    const members = await play(worldWith([{ port: 443, protocol: 'Http', answers: [] }]));
    await expect(shake(members)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SSL_/) });
  });
});

test('names lead where they lead at the start, and a name that does not resolve has no address', async () => {
  const known = await play(worldOf('backend-name-wrong-address', new Date()));
  expect(known.drill.names).toEqual([{ name: 'app-bookings-weu.azurewebsites.net', addresses: ['20.50.2.15'] }]);
  const unknown = await play(worldOf('unresolved-backend-name', new Date()));
  expect(unknown.drill.names).toEqual([{ name: 'orders.svc.fabrikam.example', addresses: [] }]);
});

test('a world without TLS makes no certificates, and one without blocked ports starts no thread', async () => {
  const world = worldOf('probe-path-404', new Date());
  const members = await play(world);
  expect(members.drill.roots).toEqual([]);
  const ports = new Set(members.drill.places.map(({ at }) => at));
  // One server a machine, and one place for everything that is refused.
  expect(ports.size).toBe(world.hosts.length + 1);
});
