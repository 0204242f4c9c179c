import { afterEach, describe, expect, test } from '@jest/globals';
import type { ProbeObservation } from '../../../core/prober.ts';
import { connect } from './connection.ts';
import { type ProberOptions, probe } from './prober.ts';
import { issue } from './test-certificates.ts';
import {
  closedPort,
  closeMembers,
  type GatewaySketch,
  gatewaySketch,
  httpMember,
  httpsMember,
  ok,
  probeLocally,
  silentPort,
  tcpMember,
} from './test-members.ts';

afterEach(closeMembers);

async function observe(
  sketch: GatewaySketch,
  places: Readonly<Record<number, number>>,
  options: Partial<ProberOptions> = {},
): Promise<ProbeObservation> {
  const [observation] = await probeLocally(gatewaySketch(sketch), places, options);
  if (!observation) throw new Error('The member was not asked.');
  return observation;
}

const stateOf = ({ ports }: ProbeObservation) => Object.fromEntries(ports.map(({ port, state }) => [port, state]));

describe('ports', () => {
  test('the configured port and the usual ones are tried, and each says how it answers', async () => {
    const observation = await observe(
      { port: 8080 },
      { 80: await httpMember(ok), 8443: await tcpMember((socket) => socket.destroy()) },
    );
    expect(observation.ports).toEqual([
      { port: 8080, state: 'refused', isConfigured: true },
      { port: 80, state: 'open', isConfigured: false },
      { port: 443, state: 'refused', isConfigured: false },
      { port: 5000, state: 'refused', isConfigured: false },
      { port: 8000, state: 'refused', isConfigured: false },
      { port: 8443, state: 'open', isConfigured: false },
    ]);
    expect(observation).toMatchObject({ member: '10.0.0.4', pool: 'pool', setting: 'setting' });
    expect(observation.requests.filter(({ kind }) => kind !== 'other-port')).toEqual([]);
    expect(observation).not.toHaveProperty('tls');
  });

  test("the probe's own port goes before the setting's, which is tried as well", async () => {
    const observation = await observe({ port: 5000, probe: { port: 9000 } }, { 9000: await httpMember(ok) });
    expect(stateOf(observation)).toMatchObject({ 9000: 'open', 5000: 'refused' });
    expect(observation.ports.filter(({ isConfigured }) => isConfigured)).toEqual([
      { port: 9000, state: 'open', isConfigured: true },
    ]);
  });

  test('a port that does not answer at all is silent, and the rest is still seen', async () => {
    const silent = await silentPort();
    const patient: ProberOptions['connect'] = (place, patience) =>
      connect(place, place.port === silent ? { ...patience, timeoutMs: 300 } : patience);
    const places = { 80: silent, 8080: await httpMember(ok) };
    const observation = await observe({ port: 80 }, places, { connect: patient });
    expect(stateOf(observation)).toMatchObject({ 80: 'silent', 443: 'refused', 8080: 'open', 8443: 'refused' });
    expect(observation.requests.map(({ kind, port, status }) => [kind, port, status])).toEqual([
      ['other-port', 8080, 200],
    ]);
  });

  test.each([
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'open'],
    ['ETIMEDOUT', 'silent'],
  ])('%s is %s', async (code, state) => {
    const connect = async () => {
      throw Object.assign(new Error(), { code });
    };
    const states = Object.values(stateOf(await observe({ port: 80 }, {}, { connect })));
    expect(states.length).toBeGreaterThan(3);
    expect(new Set(states)).toEqual(new Set([state]));
  });

  test.each(['EMFILE', 'EACCES', 'ENOBUFS'])('%s says nothing of the member', async (code) => {
    const connect = async () => {
      throw Object.assign(new Error(), { code });
    };
    expect(await probeLocally(gatewaySketch({ port: 80 }), {}, { connect })).toEqual([]);
  });

  test('what serves on another open port is asked for the same path, over TLS where that is usual', async () => {
    const asked: (string | undefined)[] = [];
    const port = await httpMember((request, response) => {
      asked.push(request.method, request.url, request.headers.host);
      response.writeHead(503).end();
    });
    const observation = await observe(
      { port: 9100, probe: { host: 'app.contoso.com', path: '/up?key=1' } },
      { 80: port, 443: port },
    );
    const answers = observation.requests.map(({ seconds: _seconds, ...rest }) => rest);
    const elsewhere = { kind: 'other-port', path: '/up', host: 'app.contoso.com' };
    expect(answers).toEqual([
      { ...elsewhere, port: 80, status: 503, isAccepted: false },
      { ...elsewhere, port: 443, error: expect.stringMatching(/^ERR_SSL_/) },
    ]);
    expect(asked).toEqual(['GET', '/up?key=1', 'app.contoso.com']);
  });

  test("the setting's own port speaks what the setting says, though the probe has another", async () => {
    const leaf = await issue({ name: 'app.contoso.com' });
    const port = await httpsMember({ cert: leaf.pem, key: leaf.keyPem });
    const sketch = { protocol: 'Https', port: 9100, probe: { protocol: 'Http', port: 9000 } } as const;
    const observation = await observe(sketch, { 9100: port });
    expect(observation.requests).toMatchObject([{ kind: 'other-port', port: 9100, status: 200 }]);
  });

  test('a layer 4 target is connected to and not asked', async () => {
    const observation = await observe({ protocol: 'Tcp', port: 5432 }, { 5432: await tcpMember(() => {}) });
    expect(stateOf(observation)[5432]).toBe('open');
    expect(observation.requests).toEqual([]);
  });
});

describe('bounds', () => {
  const many = Array.from({ length: 50 }, (_, index) => `10.0.1.${index}`);

  test('at most 20 members, twelve connections at once', async () => {
    let open = 0;
    let most = 0;
    const connect = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      throw Object.assign(new Error(), { code: 'ECONNREFUSED' });
    };
    const observations = await probeLocally(gatewaySketch({ members: many }), {}, { connect });
    expect(observations.map(({ member }) => member)).toEqual(many.slice(0, 20));
    expect(most).toBe(12);
  });

  test('the configured ports of all come before the other ports of any', async () => {
    const asked: number[] = [];
    const connect = async ({ port }: { readonly port: number }) => {
      asked.push(port);
      await new Promise((resolve) => setImmediate(resolve));
      throw Object.assign(new Error(), { code: 'ECONNREFUSED' });
    };
    const abort = new AbortController().signal;
    const limits = { drill: { placeOf: (_address: string, port: number) => ({ host: '127.0.0.1', port }) } };
    await probe({ readings: gatewaySketch({ members: many, port: 8000 }), limits, abort, connect });
    expect(asked.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 8000));
  });

  test('when the time is up, what has been seen is returned', async () => {
    let passTime = () => {};
    const answered = Promise.withResolvers<void>();
    // The answer does not end by itself: the prober closes the connection when it has taken down what it needs.
    const open = await httpMember((request, response) => {
      request.socket.once('close', answered.resolve);
      response.write('ok');
    });
    const hanging = await httpMember(() => {
      answered.promise.then(() => passTime());
    });
    const readings = gatewaySketch({ members: ['10.0.0.4', '10.0.0.5'] });
    const nowhere = await closedPort();
    const placeOf = (address: string, port: number) => ({
      host: '127.0.0.1',
      port: port !== 80 ? nowhere : address === '10.0.0.4' ? open : hanging,
    });
    const { observations } = await probe({
      readings,
      limits: { drill: { placeOf } },
      abort: new AbortController().signal,
      bounds: { connectionMs: 60_000, answerMs: 60_000 },
      after: (_delayMs, callback) => {
        passTime = callback;
        return () => {};
      },
    });
    expect(observations.map(({ member, requests }) => [member, requests.map(({ status }) => status)])).toEqual([
      ['10.0.0.4', [200]],
      ['10.0.0.5', []],
    ]);
    expect(observations.map((one) => stateOf(one)[80])).toEqual(['open', 'open']);
  });

  test('an abort ends the run at once, with its reason', async () => {
    const controller = new AbortController();
    const port = await httpMember(() => controller.abort(new Error('given up')));
    await expect(observe({ port: 80 }, { 80: port }, { abort: controller.signal })).rejects.toThrow('given up');
  });

  test('an abort before the run makes no connection', async () => {
    const connect = async () => {
      throw new Error('Nobody may be asked.');
    };
    const abort = AbortSignal.abort();
    await expect(observe({ port: 80 }, {}, { abort, connect })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('one member that cannot be placed does not spoil the others', async () => {
    const port = await httpMember(ok);
    const nowhere = await closedPort();
    const placeOf = (address: string, asked: number) => {
      if (address === '10.0.0.4') throw new Error('no such member');
      return { host: '127.0.0.1', port: asked === 80 ? port : nowhere };
    };
    const readings = gatewaySketch({ members: ['10.0.0.4', '10.0.0.5'] });
    const { observations } = await probe({
      readings,
      limits: { drill: { placeOf } },
      abort: new AbortController().signal,
    });
    expect(observations.map(({ member }) => member)).toEqual(['10.0.0.5']);
  });
});

describe('where the prober may go', () => {
  const record = () => {
    const hosts: string[] = [];
    const connect: ProberOptions['connect'] = async ({ host }) => {
      hosts.push(host);
      throw Object.assign(new Error(), { code: 'ECONNREFUSED' });
    };
    return { hosts, connect };
  };
  const go = async (address: string, options: Partial<ProberOptions> = {}) => {
    const { hosts, connect } = record();
    const { observations } = await probe({
      readings: gatewaySketch({ address }),
      limits: {},
      abort: new AbortController().signal,
      connect,
      ...options,
    });
    return { hosts: [...new Set(hosts)], observations };
  };

  test.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '169.254.169.254',
    '168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::4%eth0',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:a83f:8110',
    '::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
    'localhost',
    'metadata.localhost',
    '0177.0.0.1',
    '2130706433',
    '10.0.0.4:8080',
    'http://10.0.0.4/',
    '',
  ])('%s is never connected to', async (address) => {
    // Were one of these taken for a name, its resolution would lead to the same place.
    const { hosts } = await go(address, { resolve: async () => ({ addresses: ['127.0.0.1'] }) });
    expect(hosts).toEqual([]);
  });

  test.each(['10.0.0.4', '52.174.10.1', 'fd00::4', '::ffff:10.0.0.4', '169.253.1.1', '168.63.129.17'])(
    '%s is connected to as it is',
    async (address) => {
      expect((await go(address)).hosts).toEqual([address]);
    },
  );

  test.each([
    [['169.254.169.254'], []],
    [['127.0.0.1', '::1', '::ffff:127.0.0.1'], []],
    [['169.254.169.254', '10.0.0.7', '10.0.0.8'], ['10.0.0.7']],
    [['fd00::7', '10.0.0.7'], ['10.0.0.7']],
    [['fd00::7'], ['fd00::7']],
    [['not-an-address'], []],
  ])('a name is judged by the address it resolves to: %j', async (addresses, expected) => {
    const { hosts, observations } = await go('app.contoso.com', { resolve: async () => ({ addresses }) });
    expect(hosts).toEqual(expected);
    expect(observations[0]?.resolution).toEqual({ addresses });
  });

  test('a name is asked for once, and the address that was checked is the one that is used', async () => {
    let asked = 0;
    const { hosts } = await go('app.contoso.com', {
      resolve: async () => {
        asked += 1;
        return { addresses: [asked === 1 ? '10.0.0.7' : '127.0.0.1'] };
      },
    });
    expect([asked, hosts]).toEqual([1, ['10.0.0.7']]);
  });

  test('a name without an address is an observation of its own', async () => {
    const { hosts, observations } = await go('app.contoso.com', {
      resolve: async () => ({ addresses: [], error: 'ENOTFOUND' }),
    });
    expect(hosts).toEqual([]);
    expect(observations).toEqual([
      {
        ...{ member: 'app.contoso.com', pool: 'pool', setting: 'setting' },
        resolution: { addresses: [], error: 'ENOTFOUND' },
        ports: [],
        requests: [],
      },
    ]);
  });

  test('a drill may lead to this machine, and nowhere else that is forbidden', async () => {
    const at = (host: string) => ({ limits: { drill: { placeOf: (_: string, port: number) => ({ host, port }) } } });
    expect((await go('10.0.0.4', at('127.0.0.1'))).hosts).toEqual(['127.0.0.1']);
    expect((await go('10.0.0.4', at('169.254.169.254'))).hosts).toEqual([]);
    expect((await go('10.0.0.4', at('localhost'))).hosts).toEqual([]);
    expect((await go('10.0.0.4', at('10.0.0.4'))).hosts).toEqual([]);
  });

  test.each(['127.0.0.1', '169.254.169.254', '::1'])('a drill makes %s no member either', async (address) => {
    const placeOf = (_: string, port: number) => ({ host: '127.0.0.1', port });
    expect((await go(address, { limits: { drill: { placeOf } } })).hosts).toEqual([]);
    const resolve = async () => ({ addresses: [address] });
    expect((await go('app.contoso.com', { limits: { drill: { placeOf, resolve } } })).hosts).toEqual([]);
  });

  test('the names of a drill are its own, and their addresses are what is placed', async () => {
    const placed: string[] = [];
    const placeOf = (address: string, port: number) => {
      placed.push(address);
      return { host: '127.0.0.1', port };
    };
    const resolve = async (name: string) =>
      name === 'app.contoso.com' ? { addresses: ['10.0.0.7'] } : { addresses: [], error: 'ENOTFOUND' };
    const drill = { placeOf, resolve };
    const known = await go('app.contoso.com', { limits: { drill } });
    expect([known.hosts, [...new Set(placed)]]).toEqual([['127.0.0.1'], ['10.0.0.7']]);
    expect(known.observations[0]?.resolution).toEqual({ addresses: ['10.0.0.7'] });
    const unknown = await go('web.contoso.com', { limits: { drill } });
    expect(unknown.hosts).toEqual([]);
    expect(unknown.observations[0]?.resolution).toEqual({ addresses: [], error: 'ENOTFOUND' });
  });
});
