import { describe, expect, test } from '@jest/globals';
import type { ServedCertificate, TlsObservation } from '../core/prober.ts';
import { covers, type Expectation, examine, type Flaw } from './served-chain.ts';

const certificate = (changed: Partial<ServedCertificate>): ServedCertificate => ({
  subject: 'CN=a.contoso.com',
  issuer: 'CN=Issuing 1',
  names: ['a.contoso.com'],
  validFrom: '2026-01-01T00:00:00Z',
  validTo: '2027-01-01T00:00:00Z',
  ...changed,
});
const issuing = certificate({ subject: 'CN = Issuing 1', issuer: 'CN=Root 1', names: [], isCa: true });
const root = certificate({ subject: 'CN=Root 1', issuer: 'CN=Root 1', names: [], isCa: true });

function outcome(flaw: Flaw, tls: Partial<TlsObservation>, changed: Partial<Expectation> = {}): string | undefined {
  const served: TlsObservation = { port: 443, isHandshakeDone: true, chain: [], ...tls };
  const expected: Expectation = {
    names: ['a.contoso.com'],
    at: '2026-09-14T00:00:00Z',
    observed: { kind: 'tls-failed' },
    known: [],
    ...changed,
  };
  return examine(served, flaw, expected)?.outcome;
}

test.each([
  ['a.contoso.com', 'A.contoso.com', true],
  ['*.contoso.com', 'a.contoso.com', true],
  ['*.contoso.com', 'b.a.contoso.com', false],
  ['*.contoso.com', 'contoso.com', false],
  ['DNS:a.contoso.com', 'a.contoso.com.', true],
  ['10.0.0.4', '10.0.0.4', true],
  ['*.0.0.4', '10.0.0.4', false],
  ['*', 'localhost', false],
])('a certificate for %s and the host %s', (served, host, expected) => {
  expect(covers(served, host)).toBe(expected);
});

describe('dates', () => {
  test('in the words of openssl', () => {
    const chain = [certificate({ validTo: 'Sep  1 00:00:00 2026 GMT' })];
    expect(outcome('dates', { chain })).toBe('flawed');
  });

  test('of a certificate that is sent without need, because another way is trusted', () => {
    const chain = [certificate({}), { ...issuing, validTo: '2021-09-30T00:00:00Z' }];
    expect(outcome('dates', { chain, isTrusted: true })).toBe('open');
    expect(outcome('dates', { chain, isTrusted: false, trustError: 'CERT_HAS_EXPIRED' })).toBe('flawed');
    expect(outcome('dates', { chain, isTrusted: false, trustError: 'SELF_SIGNED_CERT_IN_CHAIN' })).toBe('open');
  });

  test('cannot be judged without a time, without legible dates, or of a root that is not sent', () => {
    expect(outcome('dates', { chain: [certificate({})] }, { at: undefined })).toBeUndefined();
    expect(outcome('dates', { chain: [certificate({ validTo: 'soon' })] })).toBeUndefined();
    expect(outcome('dates', { chain: [certificate({}), issuing] })).toBe('open');
    expect(outcome('dates', { chain: [certificate({}), issuing, root] })).toBe('sound');
  });
});

describe('root', () => {
  test('is only known where the chain reaches one', () => {
    const trust = { isTrusted: false, trustError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' };
    expect(outcome('root', { chain: [certificate({}), issuing], ...trust })).toBe('open');
    expect(outcome('root', { chain: [certificate({}), issuing, root], ...trust })).toBe('flawed');
  });

  test('is not judged by an error about something else, or without a verification', () => {
    const chain = [certificate({}), issuing, root];
    expect(outcome('root', { chain, isTrusted: false, trustError: 'CERT_HAS_EXPIRED' })).toBe('open');
    expect(outcome('root', { chain, isTrusted: false, trustError: 'ERR_TLS_CERT_ALTNAME_INVALID' })).toBe('open');
    expect(outcome('root', { chain })).toBeUndefined();
  });
});

describe('chain', () => {
  const untrusted = { isTrusted: false, trustError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' };

  test('without its issuer is open, unless something tells that the issuer is an intermediate', () => {
    const chain = [certificate({})];
    expect(outcome('chain', { chain, ...untrusted })).toBe('open');
    expect(outcome('chain', { chain, ...untrusted }, { known: [issuing] })).toBe('flawed');
    expect(outcome('chain', { chain, ...untrusted }, { known: [{ ...issuing, issuer: issuing.subject }] })).toBe(
      'open',
    );
    const observed = { kind: 'certificate-chain', about: 'intermediate-missing' } as const;
    expect(outcome('chain', { chain, ...untrusted }, { observed })).toBe('flawed');
  });

  test('out of order, whichever certificate is misplaced', () => {
    expect(outcome('chain', { chain: [certificate({}), root, issuing], ...untrusted })).toBe('flawed');
    expect(outcome('chain', { chain: [issuing, certificate({ isCa: false })], ...untrusted })).toBe('flawed');
  });

  test('with a certificate too many is in order', () => {
    const other = certificate({ subject: 'CN=Other root', issuer: 'CN=Other root' });
    expect(outcome('chain', { chain: [certificate({}), issuing, root, other], ...untrusted })).toBe('sound');
  });

  test('that goes round in circles ends', () => {
    const circle = [certificate({ issuer: 'CN=x' }), certificate({ subject: 'CN=x', issuer: 'CN=a.contoso.com' })];
    for (const flaw of ['chain', 'root', 'dates'] as const)
      expect(outcome(flaw, { chain: circle, ...untrusted })).toBe('open');
  });
});

test('a name is open where only an address is expected and the gateway does not speak of names', () => {
  const chain = [certificate({})];
  expect(outcome('name', { chain }, { names: ['10.0.0.4'] })).toBe('open');
  expect(outcome('name', { chain }, { names: ['10.0.0.4'], observed: { kind: 'certificate-name' } })).toBe('flawed');
  expect(outcome('name', { chain: [certificate({ names: [] })] })).toBeUndefined();
  expect(outcome('name', { chain }, { names: [] })).toBeUndefined();
});

test('without a certificate nothing is found', () => {
  for (const flaw of ['name', 'root', 'chain', 'dates'] as const) expect(outcome(flaw, {})).toBeUndefined();
});
