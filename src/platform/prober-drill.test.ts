import { describe, expect, test } from '@jest/globals';
import { readSettings } from './settings.ts';

const ARM_ENDPOINT = 'https://127.0.0.1:8443';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIBszCC\n-----END CERTIFICATE-----';
const place = { address: '10.0.0.4', port: 8080, host: '127.0.0.1', at: 40_001 };
const whole = {
  places: [place, { address: '10.0.0.4', host: '127.0.0.1', at: 40_002 }],
  names: [{ name: 'app.contoso.com', addresses: ['10.0.0.4', 'fd00::4'] }],
  roots: [PEM],
};
const { signal } = new AbortController();

function drillOf(value: unknown, endpoint = ARM_ENDPOINT) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const { PROBER_DRILL } = readSettings({ ARM_ENDPOINT: endpoint, PROBER_DRILL: text });
  if (!PROBER_DRILL) throw new Error('There is no drill.');
  return PROBER_DRILL;
}

test('a place is found by its port, and else by its address', () => {
  const { placeOf } = drillOf(whole);
  expect(placeOf('10.0.0.4', 8080)).toEqual({ host: '127.0.0.1', port: 40_001 });
  expect(placeOf('10.0.0.4', 443)).toEqual({ host: '127.0.0.1', port: 40_002 });
  expect(() => placeOf('10.0.0.5', 8080)).toThrow();
});

test('names have the addresses that they are given, and others have none', async () => {
  const { resolve, roots } = drillOf(whole);
  expect(await resolve?.('APP.contoso.com.', signal)).toEqual({ addresses: ['10.0.0.4', 'fd00::4'] });
  expect(await resolve?.('web.contoso.com', signal)).toEqual({ addresses: [], error: 'ENOTFOUND' });
  await expect(resolve?.('app.contoso.com', AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  expect(roots).toEqual([PEM]);
});

test('it is absent where it is not set, or empty', () => {
  expect(readSettings({}).PROBER_DRILL).toBeUndefined();
  expect(readSettings({ PROBER_DRILL: '' }).PROBER_DRILL).toBeUndefined();
});

describe('a drill that leads off this machine is refused', () => {
  test.each([
    ['10.0.0.4'],
    ['169.254.169.254'],
    ['168.63.129.16'],
    ['0.0.0.0'],
    ['localhost'],
    ['::ffff:127.0.0.1'],
    ['127.0.0.1.evil.example'],
    ['127.1'],
    [''],
  ])('to %s', (host) => {
    const attempt = () => drillOf({ ...whole, places: [{ ...place, host }] });
    expect(attempt).toThrow(/PROBER_DRILL\.places\.0\.host must be a loopback address/);
  });

  test('to more than one machine can be', () => {
    expect(drillOf({ ...whole, places: [{ ...place, host: '127.20.4.4' }] }).placeOf('10.0.0.4', 8080).host).toBe(
      '127.20.4.4',
    );
    expect(drillOf({ ...whole, places: [{ ...place, host: '::1' }] }).placeOf('10.0.0.4', 8080).host).toBe('::1');
  });
});

test.each([
  ['no JSON', 'secret-value'],
  ['no object', [1]],
  ['nothing at all', 'null'],
  ['a part too few', { places: [], names: [] }],
  ['a part too many', { ...whole, 'secret-value': 1 }],
  ['a port that is none', { ...whole, places: [{ ...place, port: 70_000 }] }],
  ['a place without its port', { ...whole, places: [{ address: '10.0.0.4', host: '127.0.0.1' }] }],
  ['a member that is a name', { ...whole, places: [{ ...place, address: 'secret-value' }] }],
  ['an address that is none', { ...whole, names: [{ name: 'a.net', addresses: ['secret-value'] }] }],
  ['a root that is none', { ...whole, roots: ['secret-value'] }],
  ['places without end', { ...whole, places: Array.from({ length: 2_001 }, () => place) }],
  ['a text without end', 'x'.repeat(100_001)],
])('%s is refused by name, and its value is not repeated', (_what, value) => {
  const attempt = () => drillOf(value);
  expect(attempt).toThrow(/PROBER_DRILL/);
  expect(attempt).not.toThrow(/secret-value/);
});

test.each([
  'https://management.azure.com',
  'https://management.chinacloudapi.cn',
  'https://127.0.0.1.evil.example',
  'https://127.0.0.1:8443@evil.example',
])('it is refused where %s is asked', (endpoint) => {
  expect(() => drillOf(whole, endpoint)).toThrow(/PROBER_DRILL must not be set/);
});
