import { describe, expect, test } from '@jest/globals';
import { probeResults } from './index.ts';

const observation = {
  member: 'app.contoso.com',
  pool: 'pool-a',
  setting: 'https',
  resolution: { addresses: ['10.1.0.4'] },
  ports: [
    { port: 443, state: 'open', isConfigured: true },
    { port: 80, state: 'refused', isConfigured: false },
  ],
  tls: {
    port: 443,
    serverName: 'app.contoso.com',
    isHandshakeDone: true,
    version: 'TLSv1.3',
    demandsClientCertificate: false,
    chain: [
      {
        subject: 'CN=app.contoso.com',
        issuer: 'CN=Issuing',
        names: ['app.contoso.com'],
        validFrom: '2026-01-01T00:00:00.000Z',
        validTo: '2027-01-01T00:00:00.000Z',
        isCa: false,
      },
    ],
    isTrusted: false,
    trustError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
  requests: [
    { kind: 'probe', path: '/health', host: 'app.contoso.com', status: 503, seconds: 0.2, isAccepted: false },
    { kind: 'other-path', path: '/', status: 302, location: 'https://app.contoso.com/login', isAccepted: false },
  ],
};
const file = (observations: readonly unknown[], more: object = {}) => ({
  schema: 'appgw-triage/probe-results@1',
  takenAt: '2026-09-14T02:20:00.000Z',
  observations,
  ...more,
});
const read = (...documents: unknown[]) => probeResults.read(documents);
const only = (value: unknown) => read(file([value])).reading.probeResults?.observations[0];

test('what the prober wrote is read back as it was', () => {
  expect(probeResults.recognise(file([observation]))).toBe(true);
  expect(read(file([observation]))).toEqual({
    state: 'ok',
    reading: { probeResults: { observations: [observation] } },
  });
});

test('a file of another format is not read', () => {
  for (const schema of ['appgw-triage/probe-results@2', undefined]) {
    expect(probeResults.recognise(file([observation], { schema }))).toBe(false);
    expect(read(file([observation], { schema }))).toMatchObject({ state: 'failed', reading: {} });
  }
});

test('of one member through one setting the later observation stands, others stand beside it', () => {
  const again = { ...observation, member: 'APP.contoso.com', ports: [] };
  const other = { ...observation, setting: 'http' };
  const { reading } = read(file([observation, other]), file([again]));
  expect(reading.probeResults?.observations.map(({ setting, ports }) => [setting, ports.length])).toEqual([
    ['https', 0],
    ['http', 2],
  ]);
});

describe('what is broken is left out whole', () => {
  test('an observation without its member', () => {
    const { member: _member, ...nobody } = observation;
    expect(read(file([observation, nobody]))).toMatchObject({
      state: 'ok',
      reason: '1 observations could not be read',
    });
    expect(read(file([nobody, 7]))).toEqual({
      state: 'failed',
      reason: '2 observations could not be read',
      reading: {},
    });
  });

  test('a chain of which one certificate is torn, which would look incomplete', () => {
    const [leaf] = observation.tls.chain;
    const chain = [leaf, { subject: 'CN=Issuing' }];
    expect(only({ ...observation, tls: { ...observation.tls, chain } })).not.toHaveProperty('tls');
  });

  test('a longer chain than any server sends', () => {
    const chain = Array.from({ length: 30 }, () => observation.tls.chain[0]);
    expect(only({ ...observation, tls: { ...observation.tls, chain } })).not.toHaveProperty('tls');
  });

  test('ports and requests in words that nobody knows', () => {
    const odd = {
      ...observation,
      ports: [{ port: 443, state: 'closed' }, { port: 99_999, state: 'open' }, observation.ports[0]],
      requests: [{ kind: 'guess', path: '/' }, { kind: 'probe' }],
    };
    expect(only(odd)).toMatchObject({ ports: [observation.ports[0]], requests: [] });
  });

  test('a resolution that holds neither an address nor an error', () => {
    expect(only({ ...observation, resolution: {} })).not.toHaveProperty('resolution');
    expect(only({ ...observation, resolution: { addresses: [], error: 'ENOTFOUND' } })?.resolution).toEqual({
      addresses: [],
      error: 'ENOTFOUND',
    });
  });
});

test('queries are not kept, wherever they come from', () => {
  const requests = [{ kind: 'probe', path: '/health?key=1', location: 'https://login.example/a?state=2#x' }];
  expect(only({ ...observation, requests })?.requests).toEqual([
    { kind: 'probe', path: '/health', location: 'https://login.example/a' },
  ]);
});

test('no observation is empty', () => {
  expect(read(file([]))).toEqual({
    state: 'empty',
    reason: 'the prober asked no member',
    reading: { probeResults: { observations: [] } },
  });
});
