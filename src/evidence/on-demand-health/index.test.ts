import { describe, expect, test } from '@jest/globals';
import type { Observation } from '../../core/backend-health.ts';
import type { BackendSetting, Gateway, Probe } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import { onDemandHealth } from './index.ts';
import { variantsFor } from './variants.ts';

const schema = 'appgw-triage/on-demand-health@1';
const answered = { pool: 'p', setting: 's', changed: 'path', value: '/', body: { backendHealthHttpSettings: {} } };
const refused = { pool: 'p', setting: 's', changed: 'host', value: 'a.example', error: '429: throttled' };

describe('reading', () => {
  test.each([
    [[{ schema, tests: [answered] }], { state: 'ok', reading: {} }],
    [
      [{ schema, tests: [answered, refused] }],
      { state: 'ok', reason: '1 of 2 tests were not answered: 429: throttled', reading: {} },
    ],
    [
      [{ schema, tests: [refused] }],
      { state: 'failed', reason: '1 of 1 tests were not answered: 429: throttled', reading: {} },
    ],
    [[{ schema, tests: [] }], { state: 'failed' }],
    [[{ schema }], { state: 'failed' }],
    [[{ tests: [answered] }], { state: 'failed' }],
    [[null, 3, [], 'x'], { state: 'failed' }],
    [[], { state: 'failed' }],
  ] as const)('%j', (documents, told) => {
    expect(onDemandHealth.read(documents)).toMatchObject(told);
  });

  test('recognises its own schema alone', () => {
    expect(onDemandHealth.recognise({ schema })).toBe(true);
    expect(onDemandHealth.recognise({ schema: 'appgw-triage/probe-results@1' })).toBe(false);
    expect(onDemandHealth.recognise([schema])).toBe(false);
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

  function readingsOf(observed: Observation, parts: { setting?: BackendSetting; probe?: Probe } = {}): Readings {
    const gateway: Gateway = {
      tags: {},
      subnetIds: [],
      pools: [],
      settings: [parts.setting ?? setting],
      probes: [parts.probe ?? probe],
      listeners: [{ name: 'l', hostNames: ['*.example', 'www.example'] }],
      routes: [{ rule: 'r', listener: 'L', paths: [], pool: 'P', setting: 'S', redirects: false }],
      trustedRootNames: [],
    };
    const members = [{ address: '10.0.0.4', health: 'unhealthy', healthAsWritten: 'Unhealthy', observed } as const];
    return { evidence: [], gateway, backendHealth: { targets: [{ pool: 'p', setting: 's', members }] } };
  }
  const tried = (readings: Readings) => variantsFor(readings).map(({ changed, value }) => `${changed} ${value}`);

  test.each([
    [{ kind: 'status-mismatch', received: 404 }, ['path /', 'host app.example', 'accepted-range 100-599']],
    [{ kind: 'timed-out' }, ['path /', 'host app.example', 'timeout 40']],
    [{ kind: 'body-mismatch' }, ['path /', 'host app.example', 'accepted-range 100-599', 'timeout 40']],
    [{ kind: 'certificate-name' }, ['host app.example']],
    [{ kind: 'cannot-connect' }, []],
    [{ kind: 'name-unresolved' }, []],
    [{ kind: 'certificate-dates' }, []],
  ] as const)('%j', (observed, variants) => {
    expect(tried(readingsOf(observed))).toEqual(variants);
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
    for (const { changed, request } of variantsFor(readingsOf({ kind: 'body-mismatch' }))) {
      const key = changed === 'accepted-range' ? 'match' : changed;
      expect({ ...request, [key]: undefined }).toEqual({ ...configured, [key]: undefined });
      expect(request).not.toEqual(configured);
    }
  });

  test('without a name of its own the setting is asked with that of the listener', () => {
    const { hostName: _name, ...bare } = setting;
    const { host: _host, ...hostless } = probe;
    const readings = readingsOf({ kind: 'status-mismatch', received: 404 }, { setting: bare, probe: hostless });
    expect(tried(readings)).toContain('host www.example');
  });

  test('a patience that nobody has is bounded, and other protocols are left alone', () => {
    const patient = readingsOf({ kind: 'timed-out' }, { probe: { ...probe, timeoutSeconds: 60 } });
    expect(tried(patient)).toEqual(['path /', 'host app.example']);
    expect(tried(readingsOf({ kind: 'timed-out' }, { probe: { ...probe, protocol: 'Tcp' } }))).toEqual([]);
  });
});
