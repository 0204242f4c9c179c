import { describe, expect, test } from '@jest/globals';
import type { HealthTarget, Member, Observation } from '../../core/backend-health.ts';
import type { BackendSetting, Gateway, Probe } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import { onDemandHealth } from './index.ts';
import { isStillTelling, type Variant, variantsFor } from './variants.ts';

const schema = 'appgw-triage/on-demand-health@1';
const answered = { pool: 'p', setting: 's', changed: 'path', value: '/', body: { backendHealthHttpSettings: {} } };
const refused = { pool: 'p', setting: 's', changed: 'host', value: 'a.example', error: '429: throttled' };

const GATEWAY = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw';

/** The service's answer: as the specification has it, or with every key in another case, as PowerShell writes it. */
function bodyOf(servers: readonly Readonly<Record<string, unknown>>[], isShouted = false): Record<string, unknown> {
  const body = {
    backendAddressPool: { id: `${GATEWAY}/backendAddressPools/pool-a` },
    backendHealthHttpSettings: {
      backendHttpSettings: { id: `${GATEWAY}/backendHttpSettingsCollection/set-a` },
      servers,
    },
  };
  return isShouted ? (shout(body) as Record<string, unknown>) : body;
}

function shout(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shout);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [`${key[0]?.toUpperCase()}${key.slice(1)}`, shout(item)]),
  );
}

const up = { address: '10.0.0.4', health: 'Up', healthProbeLog: 'Success. Received 204 status code' };
const down = { address: '10.0.0.5', health: 'Down' };
const testOf = (body: unknown, parts: object = {}) => ({
  ...{ pool: 'pool-a', setting: 'set-a', changed: 'path', value: '/', body },
  ...parts,
});
const readTests = (...tests: readonly unknown[]) => onDemandHealth.read([{ schema, tests }]).reading.onDemand?.tests;

describe('reading', () => {
  test.each([
    [[{ schema, tests: [answered] }], { state: 'ok' }],
    [
      [{ schema, tests: [answered, refused] }],
      { state: 'ok', reason: '1 of 2 tests were not answered: 429: throttled' },
    ],
    [
      [{ schema, tests: [refused] }],
      { state: 'failed', reason: '1 of 1 tests were not answered: 429: throttled', reading: {} },
    ],
    [[{ schema, tests: [] }], { state: 'failed' }],
    [[{ schema }], { state: 'failed' }],
    [[{ schema, tests: 'none' }], { state: 'failed' }],
    [[{ schema, tests: [null, 3, 'x', [], {}] }], { state: 'failed', reading: {} }],
    [[{ tests: [answered] }], { state: 'failed' }],
    [[null, 3, [], 'x'], { state: 'failed' }],
    [[], { state: 'failed' }],
  ] as const)('%j', (documents, told) => {
    expect(onDemandHealth.read(documents)).toMatchObject(told);
  });

  test.each([false, true])(
    'what each member answered, by both vocabularies (keys in another case: %j)',
    (isShouted) => {
      expect(readTests(testOf(bodyOf([up, down], isShouted)))).toEqual([
        {
          ...{ pool: 'pool-a', setting: 'set-a', changed: 'path', value: '/' },
          members: [
            {
              ...{ address: '10.0.0.4', health: 'healthy', healthAsWritten: 'Up' },
              text: up.healthProbeLog,
              observed: { kind: 'answered', status: 204 },
            },
            { address: '10.0.0.5', health: 'unhealthy', healthAsWritten: 'Down', observed: { kind: 'silent' } },
          ],
        },
      ]);
    },
  );

  test('the word for what was changed is read in any case, and only a known one together with a value counts', () => {
    const changes = readTests(
      testOf(bodyOf([up]), { changed: 'Accepted-Range', value: '100-599' }),
      testOf(bodyOf([up]), { changed: 'timeout', value: 40 }),
      testOf(bodyOf([up]), { changed: 'protocol', value: 'Https' }),
      testOf(bodyOf([up]), { changed: 'host', value: '' }),
      testOf(bodyOf([up]), { changed: 'path', value: null }),
    )?.map(({ changed = 'unknown', value = 'none' }) => `${changed} ${value}`);
    expect(changes).toEqual(['accepted-range 100-599', 'timeout 40', 'unknown Https', 'unknown none', 'unknown none']);
  });

  test('an answer about other members than those asked for is none', () => {
    expect(readTests(testOf(bodyOf([up]), { pool: 'POOL-A' }))?.[0]?.error).toBeUndefined();
    for (const foreign of [{ pool: 'pool-b' }, { setting: 'set-b' }]) {
      const { state, reason } = onDemandHealth.read([{ schema, tests: [testOf(bodyOf([up]), foreign)] }]);
      expect(state).toBe('failed');
      expect(reason).toContain('the answer is about another pool or backend setting');
    }
  });

  test('without the names in our own document those of the answer hold', () => {
    expect(readTests({ changed: 'path', value: '/', body: bodyOf([up]) })).toMatchObject([
      { pool: 'pool-a', setting: 'set-a', changed: 'path' },
    ]);
  });

  test('texts and tests are bounded', () => {
    const long = 'x'.repeat(9_000);
    const tests = readTests(
      ...Array.from({ length: 500 }, () => testOf(bodyOf([up]), { value: long })),
      testOf(undefined, { error: long }),
    );
    expect(tests).toHaveLength(200);
    expect(tests?.[0]?.value).toHaveLength(500);
    const { reason = '' } = onDemandHealth.read([{ schema, tests: [testOf(undefined, { error: long })] }]);
    expect(reason.length).toBeLessThan(300);
  });
});

describe('the bare answer of the service', () => {
  test.each([false, true])(
    'is a test of which nobody knows what it changed (keys in another case: %j)',
    (isShouted) => {
      const bare = bodyOf([up], isShouted);
      expect(onDemandHealth.recognise(bare)).toBe(true);
      const { state, reason, reading } = onDemandHealth.read([bare]);
      expect({ state, reason }).toEqual({
        state: 'ok',
        reason: 'what 1 of 1 tests changed in the probe is not part of the answer',
      });
      const [test] = reading.onDemand?.tests ?? [];
      expect(test).toMatchObject({ pool: 'pool-a', setting: 'set-a', members: [{ health: 'healthy' }] });
      expect(test).not.toHaveProperty('changed');
    },
  );

  test('stands beside those of our own document', () => {
    const { reading } = onDemandHealth.read([{ schema, tests: [testOf(bodyOf([up]))] }, bodyOf([down])]);
    expect(reading.onDemand?.tests.map(({ changed }) => changed)).toEqual(['path', undefined]);
  });

  test('is told from backend health, from our own document of another kind, and from anything else', () => {
    expect(onDemandHealth.recognise({ schema })).toBe(true);
    const health = { backendAddressPools: [{ backendAddressPool: {}, backendHttpSettingsCollection: [] }] };
    const others = [health, { schema: 'appgw-triage/probe-results@1' }, [schema], null, { backendAddressPool: {} }];
    for (const other of [...others, { backendAddressPool: {}, backendHealthHttpSettings: 'x' }]) {
      expect(onDemandHealth.recognise(other)).toBe(false);
    }
  });
});

describe('what is tried', () => {
  const setting: BackendSetting = {
    name: 's',
    protocol: 'Https',
    port: 443,
    hostName: 'app.example',
    trustedRootNames: [],
    probeName: 'pr',
  };
  const probe: Probe = {
    name: 'pr',
    protocol: 'Https',
    path: '/health',
    host: 'other.example',
    timeoutSeconds: 10,
    acceptedStatusCodes: ['200'],
  };

  interface Sketch {
    readonly setting?: BackendSetting;
    readonly probe?: Probe;
    /** The paths of the path rule that leads here. */
    readonly paths?: readonly string[];
    readonly targets?: readonly HealthTarget[];
  }

  const memberOf = (observed: Observation, address = '10.0.0.4'): Member => ({
    ...{ address, observed },
    ...(observed.kind === 'answered'
      ? { health: 'healthy', healthAsWritten: 'Healthy' }
      : { health: 'unhealthy', healthAsWritten: 'Unhealthy' }),
  });

  function readingsOf(observed: Observation, parts: Sketch = {}): Readings {
    const own = parts.setting ?? setting;
    const gateway: Gateway = {
      tags: {},
      subnetIds: [],
      pools: [],
      settings: [own, { ...own, name: 's2' }],
      probes: [parts.probe ?? probe],
      listeners: [{ name: 'l', hostNames: ['*.example', 'www.example'] }],
      routes: [{ rule: 'r', listener: 'L', paths: parts.paths ?? [], pool: 'P', setting: 'S', redirects: false }],
      trustedRootNames: [],
    };
    const targets = parts.targets ?? [{ pool: 'p', setting: 's', members: [memberOf(observed)] }];
    return { evidence: [], gateway, backendHealth: { targets } };
  }
  const tried = (readings: Readings) => variantsFor(readings).map(({ changed, value }) => `${changed} ${value}`);

  test.each([
    [{ kind: 'status-mismatch', received: 404 }, ['host app.example', 'path /', 'accepted-range 100-599']],
    [{ kind: 'status-mismatch' }, ['accepted-range 100-599', 'host app.example', 'path /']],
    [{ kind: 'timed-out' }, ['timeout 40', 'path /', 'accepted-range 100-599']],
    [{ kind: 'body-mismatch' }, ['accepted-range 100-599', 'path /']],
    [{ kind: 'certificate-name' }, ['host app.example']],
    [{ kind: 'silent' }, ['accepted-range 100-599', 'timeout 40', 'host app.example', 'path /']],
    [{ kind: 'cannot-connect' }, []],
    [{ kind: 'name-unresolved' }, []],
    [{ kind: 'certificate-dates' }, []],
  ] as const)('%j', (observed, variants) => {
    expect(tried(readingsOf(observed))).toEqual(variants);
  });

  test('the path that clients are sent to goes before the root, and the control keeps its place', () => {
    const readings = readingsOf({ kind: 'status-mismatch', received: 404 }, { paths: ['/api/orders/*', '/api/more'] });
    expect(tried(readings)).toEqual(['host app.example', 'path /api/orders/', 'path /', 'accepted-range 100-599']);
  });

  test('a prefix that the setting puts before every path is tried in the place of the clients path', () => {
    const readings = readingsOf(
      { kind: 'status-mismatch', received: 404 },
      { paths: ['/shop/*'], setting: { ...setting, path: 'v2/' } },
    );
    expect(tried(readings)).toContain('path /v2/');
    expect(tried(readings)).not.toContain('path /shop/');
  });

  test.each(['/a b/*', '/*/x', '/x?y=1', "/x'y", `/${'x'.repeat(400)}`])('a path such as %j is not tried', (path) => {
    expect(tried(readingsOf({ kind: 'timed-out' }, { paths: [path] }))).toEqual([
      'timeout 40',
      'path /',
      'accepted-range 100-599',
    ]);
  });

  test('each differs from the configured probe in one thing', () => {
    const configured = {
      protocol: 'Https',
      path: '/health',
      host: 'other.example',
      pickHostNameFromBackendHttpSettings: false,
      timeout: 10,
      match: { statusCodes: ['200'] },
    };
    const variants = variantsFor(readingsOf({ kind: 'silent' }));
    expect(variants).toHaveLength(4);
    for (const { changed, request } of variants) {
      const key = changed === 'accepted-range' ? 'match' : changed;
      expect({ ...request, [key]: undefined }).toEqual({ ...configured, [key]: undefined });
      expect(request).not.toEqual(configured);
    }
  });

  test('the expected text goes where a status is in question, and stays where it is the text', () => {
    const withText = { ...probe, matchBody: 'ok' };
    const matchOf = (observed: Observation) =>
      variantsFor(readingsOf(observed, { probe: withText })).find(({ changed }) => changed === 'accepted-range')
        ?.request.match;
    expect(matchOf({ kind: 'status-mismatch', received: 404 })).toEqual({ statusCodes: ['100-599'] });
    expect(matchOf({ kind: 'body-mismatch' })).toEqual({ statusCodes: ['100-599'], body: 'ok' });
  });

  test('without a name of its own the setting is asked with that of the listener', () => {
    const { hostName: _name, ...bare } = setting;
    const { host: _host, ...hostless } = probe;
    const readings = readingsOf({ kind: 'status-mismatch', received: 404 }, { setting: bare, probe: hostless });
    expect(tried(readings)).toContain('host www.example');
  });

  test('the default probe is repeated with the Host that it sends', () => {
    const { hostName: _name, probeName: _probe, ...bare } = setting;
    const hostsOf = (own: BackendSetting) =>
      variantsFor(readingsOf({ kind: 'timed-out' }, { setting: own })).map(({ request }) => [
        request.host,
        request.pickHostNameFromBackendHttpSettings,
      ]);
    expect(hostsOf(bare)).toContainEqual(['127.0.0.1', false]);
    expect(hostsOf({ ...bare, hostName: 'app.example' })).toContainEqual([undefined, true]);
  });

  test('a patience that nobody has is bounded, a short one is lengthened to what tells, and other protocols are left alone', () => {
    const patient = readingsOf({ kind: 'timed-out' }, { probe: { ...probe, timeoutSeconds: 60 } });
    expect(tried(patient)).toEqual(['path /', 'accepted-range 100-599']);
    const hasty = readingsOf({ kind: 'timed-out' }, { probe: { ...probe, timeoutSeconds: 2 } });
    expect(tried(hasty)).toContain('timeout 30');
    expect(tried(readingsOf({ kind: 'timed-out' }, { probe: { ...probe, protocol: 'Tcp' } }))).toEqual([]);
  });

  test('a probe that cannot be repeated is not tried: a port of its own, or a configuration without it', () => {
    expect(tried(readingsOf({ kind: 'timed-out' }, { probe: { ...probe, port: 8443 } }))).toEqual([]);
    expect(tried(readingsOf({ kind: 'timed-out' }, { probe: { ...probe, port: 443 } }))).not.toEqual([]);
    expect(tried(readingsOf({ kind: 'timed-out' }, { probe: { ...probe, name: 'gone' } }))).toEqual([]);
  });

  test('of several targets the one that is most open is tried: a shared fault, and one with several causes', () => {
    const missing = { kind: 'status-mismatch', received: 404 } as const;
    const target = (pool: string, ...observed: readonly Observation[]): HealthTarget => ({
      ...{ pool, setting: 's2' },
      members: observed.map((one, index) => memberOf(one, `10.0.0.${index + 4}`)),
    });
    const poolOf = (...targets: readonly HealthTarget[]) => variantsFor(readingsOf(missing, { targets }))[0]?.pool;
    expect(poolOf(target('one-of-two', missing, { kind: 'answered', status: 200 }), target('all', missing))).toBe(
      'all',
    );
    expect(poolOf(target('redirect', { kind: 'status-mismatch', received: 302 }), target('missing', missing))).toBe(
      'missing',
    );
    expect(poolOf(target('unreached', { kind: 'cannot-connect' }), target('late', { kind: 'timed-out' }))).toBe('late');
  });
});

describe('what is not asked any more', () => {
  const variant = (changed: Variant['changed']) => ({ changed }) as Variant;
  const answer = (changed: Variant['changed'], ...texts: readonly string[]) =>
    readTests(
      testOf(
        bodyOf(
          texts.map((text, index) => ({
            address: `10.0.0.${index + 4}`,
            health: text.startsWith('Success') ? 'Healthy' : 'Unhealthy',
            healthProbeLog: text,
          })),
        ),
        { changed, value: 'x' },
      ),
    ) ?? [];
  const ok = 'Success. Received 200 status code';
  const moved = 'Success. Received 302 status code';
  const late = "Time taken by the backend to respond to application gateway's health probe is more than the time-out";

  test.each([
    ['path', answer('host', ok, ok), false],
    ['path', answer('path', ok), false],
    ['path', answer('timeout', ok), false],
    ['path', answer('host', ok, late), true],
    ['path', answer('host', moved), true],
    ['path', answer('accepted-range', ok), true],
    ['path', answer('host'), true],
    ['path', [], true],
    ['accepted-range', answer('timeout', late, late), false],
    ['accepted-range', answer('timeout', late, ok), true],
    ['accepted-range', answer('host', ok), true],
    ['timeout', answer('accepted-range', late), true],
  ] as const)('%s after %j: still telling %j', (changed, answered, isTelling) => {
    expect(isStillTelling(variant(changed), answered)).toBe(isTelling);
  });
});
