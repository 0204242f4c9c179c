import { describe, expect, test } from '@jest/globals';
import { judged, shortOf } from '../../test/audited.ts';
import { accessLogJson, backendHealthJson, gatewayJson, type RecordSketch } from '../causes/case.ts';

const pools = { 'pool-a': ['10.20.4.4', '10.20.4.5'] };
const target = { pool: 'pool-a', setting: 'http-80' } as const;
const gatewayWith = (
  setting: Readonly<Record<string, unknown>>,
  probe?: Readonly<Record<string, unknown>>,
  more: { readonly listenerHosts?: readonly string[]; readonly members?: readonly string[] } = {},
) =>
  gatewayJson({
    pools: { 'pool-a': more.members ?? pools['pool-a'] },
    settings: { 'http-80': { ...setting, ...(probe ? { probe: 'probe-a' } : {}) } },
    ...(probe ? { probes: { 'probe-a': probe } } : {}),
    routes: [['pool-a', 'http-80']],
    ...(more.listenerHosts ? { listenerHosts: more.listenerHosts } : {}),
  });
const served = (more: Partial<RecordSketch> = {}): RecordSketch => ({
  ...target,
  status: 200,
  serverStatus: '200',
  routed: '10.20.4.4:80',
  latency: '0.040',
  ...more,
});

describe('probe-beside-traffic', () => {
  const check = 'probe-beside-traffic';
  const probe = { path: '/healthz' };

  test.each([
    ['another protocol', { protocol: 'Https', port: 443 }, { ...probe, protocol: 'Http' }, 'outage'],
    ['another port', { port: 8080 }, { ...probe, port: 9090 }, 'outage'],
    ['a path above the prefix', { path: '/v2/' }, probe, 'hygiene'],
    ['server errors that count as health', {}, { ...probe, match: { statusCodes: ['200-599'] } }, 'outage'],
    ['a star for an expected text', {}, { ...probe, match: { body: '*' } }, 'hygiene'],
  ])('finds %s', (_, setting, its, cost) => {
    const found = judged(check, { gateway: gatewayWith(setting, its) });
    expect(shortOf(found)).toEqual([[cost, 'someday']]);
    for (const { undo } of found.findings[0]?.fix ?? []) expect(undo).toContain('--name probe-a');
  });

  test('is content where they agree: the port by the setting, a path below the prefix, the default range', () => {
    for (const [setting, its] of [
      [{ port: 8080 }, probe],
      [{ port: 8080 }, { ...probe, port: 8080 }],
      [{ path: '/v2/' }, { path: '/v2/healthz' }],
      [{ path: '/' }, { path: '/healthz' }],
      [{}, { ...probe, match: { statusCodes: ['200-399', '401'] } }],
      [{}, { ...probe, match: { body: 'ok *' } }],
    ] as const)
      expect(judged(check, { gateway: gatewayWith(setting, its) }).outcome).toBe('clean');
    expect(judged(check, { gateway: gatewayWith({ port: 8080 }) }).outcome).toBe('clean');
  });

  test('is not judged without the configuration', () => {
    expect(judged(check, {}, { failed: ['gateway'] }).outcome).toBe('not-judged');
  });
});

describe('probe-pace', () => {
  const check = 'probe-pace';
  const quick = accessLogJson([served({ times: 300 })]);

  test('finds one strike, a long wait, and a time-out beyond the interval', () => {
    const pace = (probe: Readonly<Record<string, unknown>>) =>
      shortOf(judged(check, { gateway: gatewayWith({}, { path: '/healthz', ...probe }), 'access-log': quick }));
    expect(pace({ unhealthyThreshold: 1 })).toEqual([['outage', 'someday']]);
    expect(pace({ interval: 60, unhealthyThreshold: 5 })).toEqual([['requests', 'someday']]);
    expect(pace({ interval: 10, timeout: 30 })).toEqual([['hygiene', 'someday']]);
    expect(pace({ interval: 30, timeout: 30, unhealthyThreshold: 3 })).toEqual([]);
  });

  test('finds a probe that waits less long than members take, by what the log measured', () => {
    const gateway = gatewayWith({}, { path: '/healthz', timeout: 2, interval: 30 });
    const slow = (times: number) =>
      accessLogJson([served({ times: 300 - times }), served({ times, latency: '3.500', routed: '10.20.4.5:80' })]);
    expect(shortOf(judged(check, { gateway, 'access-log': slow(30) }))).toEqual([['outage', 'someday']]);
    expect(shortOf(judged(check, { gateway, 'access-log': slow(300) }))).toEqual([['outage', 'soon']]);
    // Two of three hundred are a hiccup, and thirty requests in all are no measurement.
    expect(shortOf(judged(check, { gateway, 'access-log': slow(2) }))).toEqual([]);
    expect(
      shortOf(judged(check, { gateway, 'access-log': accessLogJson([served({ times: 30, latency: '3.5' })]) })),
    ).toEqual([]);
  });

  test('is not judged without the log', () => {
    expect(judged(check, { gateway: gatewayWith({}, { path: '/healthz' }) }).outcome).toBe('not-judged');
  });
});

describe('redirected-probe', () => {
  const check = 'redirected-probe';
  const answered = (status: number) =>
    backendHealthJson({
      'pool-a~http-80': [
        ['10.20.4.4', 'Healthy', `Success. Received ${status} status code`],
        ['10.20.4.5', 'Healthy', `Success. Received ${status} status code`],
      ],
    });

  test('finds a default probe that is content with a redirect', () => {
    const found = judged(check, { gateway: gatewayWith({}), 'backend-health': answered(302) });
    expect(shortOf(found)).toEqual([['outage', 'someday']]);
  });

  test('takes a custom probe that was told to accept it for a smaller matter', () => {
    const probe = { path: '/', match: { statusCodes: ['200-399', '401'] } };
    const found = judged(check, { gateway: gatewayWith({}, probe), 'backend-health': answered(401) });
    expect(shortOf(found)).toEqual([['hygiene', 'someday']]);
    expect(found.findings[0]?.fix[0]?.undo).toContain('--path /');
  });

  test('is content with 200, and leaves members that are down to a diagnosis', () => {
    const gateway = gatewayWith({});
    expect(judged(check, { gateway, 'backend-health': answered(200) }).outcome).toBe('clean');
    const down = backendHealthJson({
      'pool-a~http-80': [['10.20.4.4', 'Unhealthy', 'Received invalid status code: 401 in the answer.']],
    });
    expect(judged(check, { gateway, 'backend-health': down }).outcome).toBe('clean');
  });

  test('is not judged without backend health', () => {
    expect(judged(check, { gateway: gatewayWith({}) }).outcome).toBe('not-judged');
  });
});

describe('host-names', () => {
  const check = 'host-names';
  const app = 'app-orders.azurewebsites.net';
  const https = { protocol: 'Https', port: 443 };

  test('finds an app that is sent the host of the client', () => {
    const gateway = gatewayWith(https, undefined, { members: [app] });
    const found = judged(check, { gateway });
    expect(shortOf(found)).toEqual([['outage', 'someday']]);
    expect(found.findings[0]?.missing?.length).toBe(1);
    // Clients are answered, so the domain is bound to the app.
    expect(judged(check, { gateway, 'access-log': accessLogJson([served({ times: 40 })]) }).outcome).toBe('clean');
    for (const own of [{ hostName: app }, { pickHostNameFromBackendAddress: true }]) {
      const told = gatewayWith({ ...https, ...own }, undefined, { members: [app] });
      expect(judged(check, { gateway: told }).outcome).toBe('clean');
    }
  });

  test('finds a probe that asks for another host than requests carry', () => {
    const probe = { host: 'health.contoso.com', path: '/', protocol: 'Https' };
    const gateway = gatewayWith({ ...https, hostName: 'shop.contoso.com' }, probe);
    expect(shortOf(judged(check, { gateway }))).toEqual([['outage', 'someday']]);
    const fine = accessLogJson([served({ times: 40 })]);
    expect(shortOf(judged(check, { gateway, 'access-log': fine }))).toEqual([['hygiene', 'someday']]);
  });

  test('is content with a host of the listener, wildcards included, and where any host may be asked for', () => {
    const probe = { host: 'shop.contoso.com', path: '/' };
    for (const listenerHosts of [['shop.contoso.com'], ['*.contoso.com', 'other.example'], ['sho?.*.com'], ['*'], []])
      expect(judged(check, { gateway: gatewayWith({}, probe, { listenerHosts }) }).outcome).toBe('clean');
    for (const listenerHosts of [['*.example'], ['shopXcontoso.com'], ['?.contoso.com'], ['shop.contoso.com?']])
      expect(judged(check, { gateway: gatewayWith({}, probe, { listenerHosts }) }).outcome).toBe('found');
  });

  test('takes no time over a pattern made to take some', () => {
    const probe = { host: `${'a'.repeat(250)}!`, path: '/' };
    const gateway = gatewayWith({}, probe, { listenerHosts: [`${'a*'.repeat(120)}b`] });
    expect(judged(check, { gateway }).outcome).toBe('found');
  });

  test('finds a host of which members only say that they do not know it', () => {
    const probe = { host: 'shop.contoso.com', path: '/' };
    const gateway = gatewayWith({}, probe, { listenerHosts: ['shop.contoso.com', 'book.contoso.com'] });
    const refused = served({ times: 40, status: 404, serverStatus: '404', originalHost: 'book.contoso.com' });
    const found = judged(check, { gateway, 'access-log': accessLogJson([served({ times: 40 }), refused]) });
    expect(shortOf(found)).toEqual([['requests', 'now']]);
    // Some pages of it are served: then the others are merely not there.
    const some = served({ times: 5, originalHost: 'book.contoso.com' });
    expect(judged(check, { gateway, 'access-log': accessLogJson([refused, some]) }).findings).toEqual([]);
  });

  test('finds an address in place of a name over TLS, unless names are not compared', () => {
    expect(shortOf(judged(check, { gateway: gatewayWith({ ...https, hostName: '10.20.4.4' }) }))).toEqual([
      ['outage', 'someday'],
    ]);
    expect(
      judged(check, { gateway: gatewayWith({ ...https, pickHostNameFromBackendAddress: true }) }).findings[0]?.fix[0]
        ?.undo,
    ).toContain('--host-name-from-backend-pool true');
    const unchecked = gatewayWith({ ...https, hostName: '10.20.4.4', validateSNI: false });
    expect(judged(check, { gateway: unchecked }).outcome).toBe('clean');
    expect(judged(check, { gateway: gatewayWith({ hostName: '10.20.4.4' }) }).outcome).toBe('clean');
  });

  test('is not judged without the configuration', () => {
    expect(judged(check, {}, { failed: ['gateway'] }).outcome).toBe('not-judged');
  });
});
