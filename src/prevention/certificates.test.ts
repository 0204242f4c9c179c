import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judged, shortOf } from '../../test/audited.ts';
import { backendHealthJson, GATEWAY_ID, gatewayJson } from '../causes/case.ts';
import { handshakesJson } from '../causes/case-tls.ts';
import { ANSWERED, CERTIFICATE_NAME } from '../reasoning/probe-texts.ts';
import { type Issued, issue } from '../simulator/certificates.ts';
import { leafOf, readCertificates } from './x509.ts';

const day = (text: string) => new Date(`${text}T00:00:00Z`);
const FROM = day('2026-01-01');
const root = await issue({
  subject: 'CN=Contoso Root',
  isAuthority: true,
  notBefore: FROM,
  notAfter: day('2045-01-01'),
});
const intermediate = await issue({
  subject: 'CN=Contoso Issuing',
  issuer: root,
  isAuthority: true,
  notBefore: FROM,
  notAfter: day('2036-01-01'),
});
const leafUntil = (until: string, names: readonly string[] = ['shop.contoso.com']) =>
  issue({
    subject: `CN=${names[0]}`,
    issuer: intermediate,
    names: names.map((value) => ({ type: 'dns', value })),
    notBefore: FROM,
    notAfter: day(until),
  });

/** One element of DER. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const length =
    content.length < 128
      ? [content.length]
      : [0x83, (content.length >> 16) & 255, (content.length >> 8) & 255, content.length & 255];
  return Buffer.concat([Uint8Array.from([tag, ...length]), content]);
}

/** The envelope of certificates that the gateway shows as `publicCertData`: signed data without anything signed. */
function envelope(...certificates: readonly Issued[]): string {
  const oid = (text: string) => der(0x06, Buffer.from(text, 'hex'));
  const signed = der(
    0x30,
    der(0x02, Uint8Array.of(1)),
    der(0x31),
    der(0x30, oid('2a864886f70d010701')),
    der(0xa0, ...certificates.map(({ data }) => Buffer.from(data, 'base64'))),
    der(0x31),
  );
  return Buffer.from(der(0x30, oid('2a864886f70d010702'), der(0xa0, signed))).toString('base64');
}

describe('x509', () => {
  test('reads a certificate, a PEM file and an envelope alike', async () => {
    const leaf = await leafUntil('2026-10-04', ['shop.contoso.com', '*.shop.contoso.com']);
    const expected = {
      subject: 'shop.contoso.com',
      issuer: 'Contoso Issuing',
      names: ['shop.contoso.com', '*.shop.contoso.com'],
      validFromMs: FROM.getTime(),
      validToMs: day('2026-10-04').getTime(),
      isSelfIssued: false,
    };
    for (const data of [leaf.data, Buffer.from(leaf.pem).toString('base64')])
      expect(readCertificates(data)).toEqual([expected]);
    const chain = readCertificates(envelope(root, intermediate, leaf));
    expect(chain.map(({ subject, isSelfIssued }) => [subject, isSelfIssued])).toEqual([
      ['Contoso Root', true],
      ['Contoso Issuing', false],
      ['shop.contoso.com', false],
    ]);
    expect(leafOf(chain)).toEqual(expected);
  });

  test('reads dates beyond 2049, which are written in another way', async () => {
    const late = await leafUntil('2055-06-01');
    expect(readCertificates(late.data)[0]?.validToMs).toBe(day('2055-06-01').getTime());
  });

  test('never throws, whatever the bytes are', async () => {
    const whole = Buffer.from((await leafUntil('2026-10-04')).data, 'base64');
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
        const broken = Buffer.from(whole.subarray(0, length));
        if (at < broken.length) broken[at] = byte;
        for (const { validToMs } of readCertificates(broken.toString('base64'))) expect(validToMs).not.toBeNaN();
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(readCertificates(text))));
    expect(readCertificates('MII'.repeat(100_000))).toEqual([]);
  });
});

interface Sketch {
  readonly certificate?: Readonly<Record<string, unknown>>;
  readonly hosts?: readonly string[];
  readonly setting?: Readonly<Record<string, unknown>>;
  readonly root?: Issued;
  readonly members?: readonly string[];
}

const gatewayWith = ({ certificate = {}, hosts = ['shop.contoso.com'], setting = {}, members, ...sketch }: Sketch) =>
  gatewayJson({
    pools: { 'pool-a': members ?? ['10.20.4.4', '10.20.4.5'] },
    settings: {
      'https-443': {
        protocol: 'Https',
        port: 443,
        ...setting,
        ...(sketch.root ? { trustedRootCertificates: [{ id: `${GATEWAY_ID}/trustedRootCertificates/root-a` }] } : {}),
      },
    },
    routes: [['pool-a', 'https-443']],
    properties: {
      sslCertificates: [{ name: 'cert-shop', properties: certificate }],
      httpListeners: [
        {
          name: 'listener-https',
          properties: {
            protocol: 'Https',
            hostNames: hosts,
            sslCertificate: { id: `${GATEWAY_ID}/sslCertificates/cert-shop` },
          },
        },
      ],
      ...(sketch.root ? { trustedRootCertificates: [{ name: 'root-a', properties: { data: sketch.root.data } }] } : {}),
    },
  });

describe('certificate-expiry', () => {
  const check = 'certificate-expiry';
  const shown = async (until: string) =>
    gatewayWith({ certificate: { publicCertData: envelope(await leafUntil(until), intermediate, root) } });

  test('finds a certificate that ends within the month, and one that has ended', async () => {
    const soon = judged(check, { gateway: await shown('2026-10-04') });
    expect(soon.findings[0]).toMatchObject({ cost: 'outage', nearness: 'soon', daysLeft: 19 });
    expect(soon.findings[0]?.says).toContain('2026-10-04');
    const over = judged(check, { gateway: await shown('2026-09-01') });
    expect(over.findings[0]).toMatchObject({ nearness: 'now', daysLeft: -14 });
    expect(judged(check, { gateway: await shown('2027-10-04') }).outcome).toBe('clean');
  });

  test('finds a trusted root that ends, and counts one beside another root for less', async () => {
    const old = await issue({
      subject: 'CN=Old Root',
      isAuthority: true,
      notBefore: FROM,
      notAfter: day('2026-09-20'),
    });
    const certificate = { publicCertData: envelope(await leafUntil('2027-10-04')) };
    const found = judged(check, { gateway: gatewayWith({ certificate, root: old }) });
    expect(shortOf(found)).toEqual([['outage', 'soon']]);
    expect(found.findings[0]?.fix[0]?.undo).toContain('root-cert delete');
  });

  test('finds what a member serves, where the prober has seen it', async () => {
    const certificate = { publicCertData: envelope(await leafUntil('2027-10-04')) };
    const served = handshakesJson({
      ...{ member: '10.20.4.4', pool: 'pool-a', setting: 'https-443' },
      chain: [{ subject: 'CN=shop', issuer: 'CN=x', names: ['shop'], validTo: '2026-09-20T00:00:00.000Z' }],
    });
    const found = judged(check, { gateway: gatewayWith({ certificate }), 'probe-results': served });
    expect(found.findings[0]).toMatchObject({ cost: 'requests', scope: { members: ['10.20.4.4'] } });
  });

  test('is not judged where the gateway shows no certificate, and names where its date is', () => {
    const id = 'https://kv-shop.vault.azure.net/secrets/cert-shop';
    const { outcome, missing } = judged(check, { gateway: gatewayWith({ certificate: { keyVaultSecretId: id } }) });
    expect(outcome).toBe('not-judged');
    expect(missing[0]?.command).toContain(`az keyvault secret show --id ${id}`);
    expect(judged(check, { gateway: gatewayWith({ certificate: { publicCertData: 'bm9uZQ==' } }) }).outcome).toBe(
      'not-judged',
    );
  });
});

describe('certificate-source', () => {
  const check = 'certificate-source';
  const id = 'https://kv-shop.vault.azure.net/secrets/cert-shop';

  test('finds a reference with a version, whose undo is the reference as it was', () => {
    const versioned = `${id}/0123456789abcdef0123456789abcdef`;
    const found = judged(check, { gateway: gatewayWith({ certificate: { keyVaultSecretId: versioned } }) });
    expect(shortOf(found)).toEqual([['pool', 'someday']]);
    expect(found.findings[0]?.fix[0]).toMatchObject({
      command: expect.stringMatching(/cert-shop$/),
      undo: expect.stringContaining(versioned),
    });
    expect(judged(check, { gateway: gatewayWith({ certificate: { keyVaultSecretId: id } }) }).outcome).toBe('clean');
  });

  test('finds a host that the certificate does not hold; a wildcard stands for one label', async () => {
    const certificate = {
      publicCertData: envelope(await leafUntil('2027-01-01', ['shop.contoso.com', '*.shop.contoso.com']), root),
    };
    const hostsOf = (hosts: readonly string[]) =>
      shortOf(judged(check, { gateway: gatewayWith({ certificate, hosts }) }));
    expect(hostsOf(['shop.contoso.com', 'a.shop.contoso.com', '*.shop.contoso.com'])).toEqual([]);
    expect(hostsOf(['book.contoso.com'])).toEqual([['requests', 'now']]);
    expect(hostsOf(['a.b.shop.contoso.com'])).toEqual([['requests', 'now']]);
    expect(hostsOf([])).toEqual([]);
  });

  test('is not judged without the configuration', () => {
    expect(judged(check, {}, { failed: ['gateway'] }).outcome).toBe('not-judged');
  });
});

describe('backend-trust', () => {
  const check = 'backend-trust';
  const named = { setting: { hostName: 'shop.corp.internal' } };
  const health = (state: string, text: string) =>
    backendHealthJson({ 'pool-a~https-443': [['10.20.4.4', state, text]] });

  test('finds a private name without a trusted root, unless the members are trusted all the same', () => {
    const gateway = gatewayWith(named);
    const down = health('Unhealthy', CERTIFICATE_NAME);
    expect(shortOf(judged(check, { gateway, 'backend-health': down }))).toEqual([['outage', 'now']]);
    expect(judged(check, { gateway, 'backend-health': health('Healthy', ANSWERED) }).outcome).toBe('clean');
    expect(judged(check, { gateway }).outcome).toBe('not-judged');
  });

  test('is content with a public name, with a root, and with plain HTTP', () => {
    const down = health('Unhealthy', CERTIFICATE_NAME);
    for (const sketch of [
      { setting: { hostName: 'shop.contoso.com' } },
      { ...named, root },
      { setting: { protocol: 'Http', port: 80 } },
    ])
      expect(judged(check, { gateway: gatewayWith(sketch), 'backend-health': down }).outcome).toBe('clean');
  });

  test('names checks that are switched off', () => {
    const gateway = gatewayWith({ setting: { validateCertChainAndExpiry: false, validateSNI: false } });
    const found = judged(check, { gateway });
    expect(shortOf(found)).toEqual([
      ['hygiene', 'someday'],
      ['hygiene', 'someday'],
    ]);
    expect(found.findings[0]?.fix[0]?.command).toContain('=true');
  });
});
