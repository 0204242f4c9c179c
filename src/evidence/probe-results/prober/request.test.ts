import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { RequestObservation } from '../../../core/prober.ts';
import type { ProberOptions } from './prober.ts';
import { issue } from './test-certificates.ts';
import {
  closeMembers,
  type GatewaySketch,
  gatewaySketch,
  httpMember,
  httpsMember,
  probeLocally,
  tcpMember,
} from './test-members.ts';

afterEach(closeMembers);

async function requestsTo(
  port: number,
  sketch: GatewaySketch = {},
  options: Partial<ProberOptions> = {},
): Promise<readonly RequestObservation[]> {
  const [observation] = await probeLocally(gatewaySketch(sketch), { [sketch.port ?? 80]: port }, options);
  return observation?.requests ?? [];
}

const without = ({ seconds: _seconds, ...rest }: RequestObservation) => rest;

async function probeOf(port: number, sketch: GatewaySketch = {}, options: Partial<ProberOptions> = {}) {
  const [probe] = await requestsTo(port, sketch, options);
  if (!probe) throw new Error('There was no request.');
  return probe;
}

describe("the probe's own request", () => {
  test('is a bare GET with the Host of the probe, and says who asks', async () => {
    const seen: IncomingMessage[] = [];
    const port = await httpMember((request, response) => {
      seen.push(request);
      response.end('fine');
    });
    const probe = await probeOf(port, { probe: { host: 'app.contoso.com', path: '/health?deep=1' } });
    expect(seen).toHaveLength(1);
    expect([seen[0]?.method, seen[0]?.url, seen[0]?.headers]).toEqual([
      'GET',
      '/health?deep=1',
      { host: 'app.contoso.com', 'user-agent': 'appgw-triage-prober', accept: '*/*', connection: 'close' },
    ]);
    expect(without(probe)).toEqual({
      ...{ kind: 'probe', path: '/health', host: 'app.contoso.com' },
      ...{ status: 200, isAccepted: true },
    });
    expect(probe.seconds).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ['the default probe', {}, '127.0.0.1', '/'],
    ['the default probe, host on the setting', { hostName: 'app.contoso.com' }, 'app.contoso.com', '/'],
    ['the host of the address', { address: 'a.net', pickHostNameFromBackendAddress: true }, 'a.net', '/'],
    [
      'a probe that takes the host of the setting',
      { hostName: 'app.contoso.com', probe: { host: 'x.com', path: '/a', pickHostNameFromBackendSetting: true } },
      ...['app.contoso.com', '/a'],
    ],
    ['an address of six', { address: 'fd00::4', pickHostNameFromBackendAddress: true }, 'fd00::4', '/'],
  ] as const)('%s', async (_what, sketch, host, path) => {
    const hosts: (string | undefined)[] = [];
    const port = await httpMember((request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    expect(await probeOf(port, sketch)).toMatchObject({ kind: 'probe', host, path, status: 200 });
    expect(hosts[0]).toBe(host.includes(':') ? `[${host}]` : host);
  });

  test.each([
    [200, [], true],
    [204, [], true],
    [301, [], true],
    [401, [], false],
    [404, [], false],
    [503, [], false],
    [401, ['200-399', '401'], true],
    [401, ['200-399,401'], true],
    [204, ['200'], false],
    [200, ['2xx'], undefined],
  ] as const)('%i with the accepted codes %j', async (status, acceptedStatusCodes, accepted) => {
    const port = await httpMember((_request, response) => response.writeHead(status).end());
    const probe = await probeOf(port, { probe: { host: 'app.contoso.com', acceptedStatusCodes } });
    expect([probe.status, probe.isAccepted]).toEqual([status, accepted]);
  });

  test('a redirect is reported without query, fragment or credentials, and not followed', async () => {
    let asked = 0;
    const port = await httpMember((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: 'https://user:pass@login.contoso.com/signin?state=secret#top' }).end();
    });
    const probe = await probeOf(port);
    expect(probe).toMatchObject({ status: 302, location: 'https://login.contoso.com/signin', isAccepted: true });
    expect(asked).toBe(1);
  });

  test('a path that could become a second line is never sent', async () => {
    let asked = 0;
    const port = await httpMember((_request, response) => {
      asked += 1;
      response.end();
    });
    const path = '/\r\nX-Injected: 1';
    expect(await requestsTo(port, { probe: { host: 'app.contoso.com', path } })).toEqual([]);
    expect(await requestsTo(port, { probe: { host: 'app.contoso.com\r\nX: 1', path: '/' } })).toEqual([]);
    expect(asked).toBe(0);
  });

  test('over TLS, whatever the certificate', async () => {
    const leaf = await issue({ name: 'whoever' });
    const hosts: string[] = [];
    const port = await httpsMember({ cert: leaf.pem, key: leaf.keyPem }, (request, response) => {
      hosts.push(String(request.headers.host));
      response.writeHead(403).end();
    });
    const sketch = { protocol: 'Https', port: 443, hostName: 'app.contoso.com' } as const;
    expect(await probeOf(port, sketch)).toMatchObject({ status: 403, isAccepted: false });
    expect(hosts[0]).toBe('app.contoso.com');
  });
});

describe('the body', () => {
  const answerWith = (body: string, headers: Record<string, string> = {}): RequestListener => {
    return (_request, response) => response.writeHead(200, headers).end(body);
  };
  const probe = { host: 'app.contoso.com', matchBody: 'all good' };

  test.each([
    ['there', 'today all good indeed', {}, true],
    ['not there', 'all is well', {}, false],
    ['behind what is read', `${'x'.repeat(70_000)} all good`, {}, undefined],
    ['compressed', 'all good', { 'content-encoding': 'gzip' }, undefined],
  ])('the wanted text is %s', async (_what, body, headers, accepted) => {
    const port = await httpMember(answerWith(body, headers));
    const seen = await probeOf(port, { probe });
    expect([seen.status, seen.isAccepted]).toEqual([200, accepted]);
    expect(JSON.stringify(seen)).not.toMatch(/good|well|xxx/);
  });

  test('a body without end is not read to its end', async () => {
    let sent = 0;
    const port = await httpMember((_request, response) => {
      const block = Buffer.alloc(16_384, 'x');
      const more = () => {
        while (!response.destroyed) {
          sent += block.length;
          if (!response.write(block)) break;
        }
      };
      response.on('drain', more);
      more();
    });
    expect((await probeOf(port, { probe })).status).toBe(200);
    expect((await probeOf(port, {})).status).toBe(200);
    expect(sent).toBeGreaterThan(0);
  });

  test('an answer that breaks off in its body has its status, and no verdict', async () => {
    const port = await tcpMember((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nall'));
    });
    const seen = await probeOf(port, { probe });
    expect(seen).toMatchObject({ status: 200, error: 'ECONNRESET' });
    expect(seen).not.toHaveProperty('isAccepted');
  });
});

describe('answers that are none', () => {
  test.each([
    ['nonsense', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), /^HPE_/],
    ['a closed connection', (socket: Socket) => socket.end(), /^ECONNRESET$/],
    ['a reset', (socket: Socket) => socket.resetAndDestroy(), /^(ECONNRESET|EPIPE)$/],
    [
      'headers without end',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`),
      /^HPE_HEADER_OVERFLOW$/,
    ],
    [
      'a switch of protocols',
      (socket: Socket) => socket.write('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      /^E/,
    ],
  ])('%s', async (_what, answer, error) => {
    const port = await tcpMember((socket) => {
      socket.once('data', () => answer(socket));
    });
    const probe = await probeOf(port);
    expect(probe.error).toMatch(error);
    expect(probe.kind).toBe('probe');
    expect(probe).not.toHaveProperty('isAccepted');
  });

  test('one that comes too late for the gateway, too, failed to come', async () => {
    const port = await httpMember(() => {});
    const probe = await probeOf(
      port,
      { probe: { host: 'app.contoso.com', timeoutSeconds: 1 } },
      { bounds: { answerMs: 1_000 } },
    );
    expect(probe).toEqual({ kind: 'probe', path: '/', host: 'app.contoso.com', error: 'ETIMEDOUT' });
  });

  test('one that was waited for less long than the gateway waits is left out', async () => {
    const port = await httpMember(() => {});
    const sketch = { probe: { host: 'app.contoso.com', timeoutSeconds: 120 } };
    const bounds = { answerMs: 500, connectionMs: 500 };
    const requests = await requestsTo(port, sketch, { bounds });
    expect(requests.filter(({ kind }) => kind === 'probe')).toEqual([]);
  });
});

describe('variations', () => {
  const byHost =
    (statuses: Readonly<Record<string, number>>): RequestListener =>
    (request, response) => {
      const { host = '', url = '' } = { host: request.headers.host, url: request.url };
      response.writeHead(statuses[`${host}${url}`] ?? statuses[host] ?? 404).end();
    };
  const brief = ({ kind, path, host, status }: RequestObservation) => [kind, path, host, status];

  test('the path and the host, one at a time, where the probe is not accepted', async () => {
    const port = await httpMember(byHost({ 'site.contoso.com': 200, 'a.internal.net/': 200 }));
    const requests = await requestsTo(port, {
      ...{ address: 'a.internal.net', listenerHosts: ['site.contoso.com', '*.contoso.com'] },
      probe: { host: 'a.internal.net', path: '/status' },
    });
    expect(requests.map(brief)).toEqual([
      ['probe', '/status', 'a.internal.net', 404],
      ['live-host', '/status', 'site.contoso.com', 200],
      ['other-path', '/', 'a.internal.net', 200],
      ['other-host', '/status', 'site.contoso.com', 200],
    ]);
    expect(requests.map(({ isAccepted }) => isAccepted)).toEqual([false, true, true, true]);
  });

  test('only the live request where the probe is accepted', async () => {
    const port = await httpMember(byHost({ '10.0.0.4': 200 }));
    const requests = await requestsTo(port, {
      ...{ probe: { host: '10.0.0.4', path: '/status' }, listenerHosts: ['site.contoso.com'] },
    });
    expect(requests.map(brief)).toEqual([
      ['probe', '/status', '10.0.0.4', 200],
      ['live-host', '/status', 'site.contoso.com', 404],
    ]);
  });

  test('the same question is put once, whatever it is asked for', async () => {
    let asked = 0;
    const port = await httpMember((_request, response) => {
      asked += 1;
      response.writeHead(404).end();
    });
    const requests = await requestsTo(port, {
      probe: { host: '10.0.0.4', path: '/' },
      listenerHosts: ['site.contoso.com'],
    });
    expect(requests.map(({ kind }) => kind)).toEqual(['probe', 'live-host', 'other-host']);
    expect(asked).toBe(2);
  });

  test.each([
    ["the setting's host", { hostName: 'set.contoso.com', asked: { 'www.contoso.com': 9 } }, ['set.contoso.com']],
    ["the member's own", { address: 'a.net', pickHostNameFromBackendAddress: true }, ['a.net']],
    ['what failed most in the log', { asked: { 'b.com': 1, 'a.com': 5, 'c.com:443': 9 } }, ['c.com', 'a.com']],
    ['a listener', { listenerHosts: ['*.contoso.com', 'www.contoso.com'] }, ['www.contoso.com']],
    ['nothing that cannot be a name', { asked: { 'x y': 9, '<script>': 8, '10.0.0.9': 7 } }, []],
  ] as const)("the live request's Host is %s", async (_what, sketch, hosts) => {
    const port = await httpMember(byHost({ 'probe.contoso.com': 200 }));
    const requests = await requestsTo(port, { ...sketch, probe: { host: 'probe.contoso.com' } });
    expect(requests.filter(({ kind }) => kind === 'live-host').map(({ host }) => host)).toEqual(hosts);
  });

  test('over TLS the server name goes with the Host, so a live name can break what the probe does not', async () => {
    const leaf = await issue({ name: 'a.internal.net', dns: ['a.internal.net'] });
    const port = await httpsMember({
      ...{ cert: leaf.pem, key: leaf.keyPem },
      SNICallback: (name, done) => done(name === 'a.internal.net' ? null : new Error('no such name')),
    });
    const requests = await requestsTo(port, {
      ...{ protocol: 'Https', port: 443, address: 'a.internal.net', listenerHosts: ['www.contoso.com'] },
      probe: { host: 'a.internal.net' },
    });
    expect(requests.map(brief)).toEqual([
      ['probe', '/', 'a.internal.net', 200],
      ['live-host', '/', 'www.contoso.com', undefined],
    ]);
    expect(requests[1]?.error).toMatch(/^E[A-Z_0-9]+$/);
  });

  test('a name that is wanted in the handshake is found by the variations', async () => {
    const leaf = await issue({ name: 'www.contoso.com' });
    const port = await httpsMember({
      ...{ cert: leaf.pem, key: leaf.keyPem },
      SNICallback: (name, done) => done(name === 'www.contoso.com' ? null : new Error('no such name')),
    });
    const requests = await requestsTo(port, {
      ...{ protocol: 'Https', port: 443, listenerHosts: ['www.contoso.com'] },
      probe: { host: 'old.contoso.com', path: '/up' },
    });
    expect(requests.map(brief)).toEqual([
      ['probe', '/up', 'old.contoso.com', undefined],
      ['live-host', '/up', 'www.contoso.com', 200],
      ['other-host', '/up', 'www.contoso.com', 200],
    ]);
  });
});
