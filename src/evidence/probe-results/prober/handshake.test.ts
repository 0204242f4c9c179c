import { X509Certificate } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { TlsObservation } from '../../../core/prober.ts';
import { connect } from './connection.ts';
import { bundle, type CertificateWish, daysFromNow, type Issued, issue } from './test-certificates.ts';
import {
  closeMembers,
  type GatewaySketch,
  gatewaySketch,
  httpMember,
  httpsMember,
  ok,
  probeLocally,
  tcpMember,
} from './test-members.ts';

const NAME = 'app.contoso.com';

let root: Issued;
let intermediate: Issued;

beforeAll(async () => {
  root = await issue({ name: 'Public Root', isCa: true });
  intermediate = await issue({ name: 'Public Intermediate', issuer: root, isCa: true });
});

afterEach(closeMembers);

const leafOf = (wish: Partial<CertificateWish> = {}) =>
  issue({ name: NAME, issuer: intermediate, dns: [NAME], ...wish });

/** The handshake with a member on 443, as the prober saw it. */
async function handshakeWith(port: number, sketch: GatewaySketch = {}): Promise<TlsObservation> {
  const readings = gatewaySketch({ protocol: 'Https', port: 443, hostName: NAME, ...sketch });
  const [observation] = await probeLocally(readings, { 443: port }, { roots: [root.pem] });
  if (!observation?.tls) throw new Error('There was no handshake.');
  return observation.tls;
}

const serve = (leaf: Issued, cert: string) => httpsMember({ cert, key: leaf.keyPem });
const subjects = ({ chain }: TlsObservation) => chain.map(({ subject }) => subject);

describe('the chain, as it is served', () => {
  test('one that is complete', async () => {
    const leaf = await leafOf({ ip: ['10.0.0.4'] });
    const tls = await handshakeWith(await serve(leaf, bundle(leaf, intermediate)));
    expect(tls).toMatchObject({
      ...{ port: 443, serverName: NAME, isHandshakeDone: true, version: 'TLSv1.2' },
      ...{ demandsClientCertificate: false, isTrusted: true },
    });
    expect(tls).not.toHaveProperty('trustError');
    expect(tls.chain).toEqual([
      {
        ...{ subject: `CN=${NAME}`, issuer: 'CN=Public Intermediate', names: [NAME, '10.0.0.4'], isCa: false },
        ...{ validFrom: expect.stringMatching(/^\d{4}-.*Z$/), validTo: expect.stringMatching(/^\d{4}-.*Z$/) },
      },
      {
        ...{ subject: 'CN=Public Intermediate', issuer: 'CN=Public Root', names: ['Public Intermediate'], isCa: true },
        ...{ validFrom: expect.any(String), validTo: expect.any(String) },
      },
    ]);
  });

  test('an intermediate that is not sent is not made up, whatever this machine knows', async () => {
    const leaf = await leafOf();
    const readings = gatewaySketch({ protocol: 'Https', port: 443, hostName: NAME });
    // Even where the missing certificate lies in the store that trust is measured by.
    const places = { 443: await serve(leaf, leaf.pem) };
    const [seen] = await probeLocally(readings, places, { roots: [root.pem, intermediate.pem] });
    expect(seen?.tls?.chain.map(({ subject }) => subject)).toEqual([`CN=${NAME}`]);
    const tls = await handshakeWith(places[443]);
    expect(subjects(tls)).toEqual([`CN=${NAME}`]);
    expect(tls).toMatchObject({
      isHandshakeDone: true,
      isTrusted: false,
      trustError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  test('a wrong order, a certificate too many and one twice are kept as they are', async () => {
    const leaf = await leafOf();
    const stray = await issue({ name: 'Stray', isCa: true });
    const cert = bundle(leaf, root, stray, intermediate, intermediate);
    const tls = await handshakeWith(await serve(leaf, cert));
    expect(subjects(tls)).toEqual([
      ...[`CN=${NAME}`, 'CN=Public Root', 'CN=Stray', 'CN=Public Intermediate', 'CN=Public Intermediate'],
    ]);
    expect(tls.isTrusted).toBe(true);
  });

  test('a root that nobody knows', async () => {
    const ownRoot = await issue({ name: 'Own Root', isCa: true });
    const leaf = await leafOf({ issuer: ownRoot });
    const tls = await handshakeWith(await serve(leaf, bundle(leaf, ownRoot)));
    expect(subjects(tls)).toEqual([`CN=${NAME}`, 'CN=Own Root']);
    expect(tls).toMatchObject({ isTrusted: false, trustError: 'SELF_SIGNED_CERT_IN_CHAIN' });
  });

  test('a certificate that signed itself', async () => {
    const leaf = await issue({ name: NAME, dns: [NAME] });
    const tls = await handshakeWith(await serve(leaf, leaf.pem));
    expect(tls).toMatchObject({ isHandshakeDone: true, isTrusted: false, trustError: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  test.each([[{ trustedRootNames: ['own-root'] }], [{ tier: 'Standard' }]])(
    'trust is left open where it is not known which roots decide: %j',
    async (sketch) => {
      const leaf = await leafOf();
      const tls = await handshakeWith(await serve(leaf, bundle(leaf, intermediate)), sketch);
      expect(tls.isHandshakeDone).toBe(true);
      expect(tls).not.toHaveProperty('isTrusted');
      expect(tls).not.toHaveProperty('trustError');
    },
  );

  describe('roots of the backend setting', () => {
    const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
    const der = (pem: string) => new X509Certificate(pem).raw;
    const trustOf = async (sketch: GatewaySketch, signedBy: Issued = root) => {
      const middle = await issue({ name: 'Private Intermediate', issuer: signedBy, isCa: true });
      const leaf = await leafOf({ issuer: middle });
      const { isTrusted, trustError } = await handshakeWith(await serve(leaf, bundle(leaf, middle, signedBy)), sketch);
      return { isTrusted, trustError };
    };

    test('decide where all of them are shown, as DER or as PEM', async () => {
      const own = await issue({ name: 'Own Root', isCa: true });
      const trustedRoots = [
        { name: 'own-root', data: base64(der(own.pem)) },
        { name: 'new-root', data: base64(root.pem) },
      ];
      expect(await trustOf({ trustedRootNames: ['OWN-ROOT'], trustedRoots }, own)).toEqual({ isTrusted: true });
      expect(await trustOf({ trustedRootNames: ['own-root', 'new-root'], trustedRoots })).toEqual({ isTrusted: true });
      expect(await trustOf({ trustedRootNames: ['own-root'], trustedRoots })).toEqual({
        isTrusted: false,
        trustError: 'SELF_SIGNED_CERT_IN_CHAIN',
      });
    });

    test('say yes but never no where one of them is not shown, or is none', async () => {
      const own = await issue({ name: 'Own Root', isCa: true });
      const data = base64(der(own.pem));
      const hidden = { trustedRootNames: ['own-root', 'vault-root'], trustedRoots: [{ name: 'own-root', data }] };
      expect(await trustOf(hidden, own)).toEqual({ isTrusted: true });
      expect(await trustOf(hidden)).toEqual({});
      const broken = [
        { name: 'own-root', data },
        { name: 'vault-root', data: data.slice(0, 100) },
      ];
      expect(await trustOf({ ...hidden, trustedRoots: broken })).toEqual({});
    });
  });

  test('the authorities that come with Node count where no others are given', async () => {
    const leaf = await leafOf();
    const readings = gatewaySketch({ protocol: 'Https', port: 443, hostName: NAME });
    const [seen] = await probeLocally(readings, { 443: await serve(leaf, bundle(leaf, intermediate)) });
    expect(seen?.tls).toMatchObject({ isHandshakeDone: true, isTrusted: false });
  });

  test.each([
    ['expired', { validFrom: daysFromNow(-20), validTo: daysFromNow(-10) }, 'CERT_HAS_EXPIRED'],
    ['not valid yet', { validFrom: daysFromNow(10), validTo: daysFromNow(20) }, 'CERT_NOT_YET_VALID'],
  ])('a certificate that is %s', async (_what, dates, trustError) => {
    const leaf = await leafOf(dates);
    const tls = await handshakeWith(await serve(leaf, bundle(leaf, intermediate)));
    expect(tls).toMatchObject({ isHandshakeDone: true, isTrusted: false, trustError });
    const seconds = (date: Date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000).toISOString();
    expect(tls.chain[0]).toMatchObject({ validFrom: seconds(dates.validFrom), validTo: seconds(dates.validTo) });
  });

  test('an intermediate that has expired', async () => {
    const old = await issue({
      ...{ name: 'Old Intermediate', issuer: root, isCa: true },
      ...{ validFrom: daysFromNow(-20), validTo: daysFromNow(-10) },
    });
    const leaf = await leafOf({ issuer: old });
    const tls = await handshakeWith(await serve(leaf, bundle(leaf, old)));
    expect(tls).toMatchObject({ isTrusted: false, trustError: 'CERT_HAS_EXPIRED' });
  });

  test('a wrong name is no matter of trust: it is shown, and compared by whoever reads it', async () => {
    const leaf = await leafOf({ dns: ['*.fabrikam.com', 'fabrikam.com'] });
    const tls = await handshakeWith(await serve(leaf, bundle(leaf, intermediate)));
    expect(tls).toMatchObject({ isTrusted: true });
    expect(tls.chain[0]?.names).toEqual(['*.fabrikam.com', 'fabrikam.com']);
  });

  test('a name with a comma in it stays one name', async () => {
    const leaf = await leafOf({ dns: ['a.com, DNS:b.com', 'c.com'] });
    const tls = await handshakeWith(await serve(leaf, bundle(leaf, intermediate)));
    expect(tls.chain[0]?.names).toHaveLength(2);
    expect(tls.chain[0]?.names).not.toContain('b.com');
  });

  test('a chain too long to be one is cut to what is kept of it', async () => {
    const leaf = await leafOf();
    const cert = bundle(leaf, ...Array.from({ length: 40 }, () => intermediate));
    const tls = await handshakeWith(await serve(leaf, cert));
    expect(tls.isHandshakeDone).toBe(true);
    expect(tls.chain).toHaveLength(20);
  });
});

describe('the server name', () => {
  const asked = async (sketch: GatewaySketch) => {
    const leaf = await leafOf();
    const names: (string | undefined)[] = [];
    const port = await httpsMember({
      ...{ cert: bundle(leaf, intermediate), key: leaf.keyPem },
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    });
    const tls = await handshakeWith(port, sketch);
    return [names[0], tls.serverName];
  };

  test.each([
    ["the custom probe's host first", { probe: { host: 'probe.contoso.com' } }, 'probe.contoso.com'],
    ["then the setting's host name", { probe: { host: 'x.com', pickHostNameFromBackendSetting: true } }, NAME],
    ['the same for the default probe', {}, NAME],
    ["then the member's own name", { hostName: undefined, address: 'a.internal.net' }, 'a.internal.net'],
    ['nothing for an address', { hostName: undefined }, undefined],
    ['nothing for an address as host', { address: 'a.internal.net', hostName: '10.0.0.4' }, undefined],
    [
      'a name that is set for it before all',
      { sniName: 'sni.contoso.com', probe: { host: 'p.com' } },
      'sni.contoso.com',
    ],
  ])('%s', async (_what, sketch, expected) => {
    expect(await asked(sketch)).toEqual([expected, expected]);
  });

  test('a server that knows no such name breaks off, and says so', async () => {
    const leaf = await leafOf();
    const port = await httpsMember({
      SNICallback: (_name, done) => done(new Error('no such name')),
      ...{ cert: leaf.pem, key: leaf.keyPem },
    });
    const tls = await handshakeWith(port);
    expect(tls).toMatchObject({ serverName: NAME, isHandshakeDone: false, chain: [] });
    expect(tls.error).toMatch(/^E[A-Z_0-9]+$/);
  });
});

describe('a handshake that fails', () => {
  test('where a client certificate is demanded, the chain is still seen', async () => {
    const leaf = await leafOf();
    const cert = bundle(leaf, intermediate);
    const port = await httpsMember({
      cert,
      key: leaf.keyPem,
      ca: [root.pem],
      requestCert: true,
      rejectUnauthorized: true,
    });
    const tls = await handshakeWith(port);
    expect(tls).toMatchObject({ isHandshakeDone: false, demandsClientCertificate: true });
    expect(tls.error).toMatch(/HANDSHAKE_FAILURE|ECONNRESET/);
    expect(subjects(tls)).toEqual([`CN=${NAME}`, 'CN=Public Intermediate']);
  });

  test('a certificate that is asked for and not demanded is neither', async () => {
    const leaf = await leafOf();
    const cert = bundle(leaf, intermediate);
    const port = await httpsMember({ cert, key: leaf.keyPem, requestCert: true, rejectUnauthorized: false });
    const tls = await handshakeWith(port);
    expect(tls.isHandshakeDone).toBe(true);
    expect(tls).not.toHaveProperty('demandsClientCertificate');
  });

  test('plain HTTP on the port', async () => {
    const tls = await handshakeWith(await httpMember(ok));
    expect(tls).toMatchObject({ isHandshakeDone: false, chain: [] });
    expect(tls.error).toMatch(/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/);
  });

  test('a version that the gateway does not offer', async () => {
    const leaf = await leafOf();
    const tls = await handshakeWith(await httpsMember({ cert: leaf.pem, key: leaf.keyPem, minVersion: 'TLSv1.3' }));
    expect(tls).toMatchObject({ isHandshakeDone: false, error: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', chain: [] });
  });

  test('no suite in common', async () => {
    const leaf = await leafOf();
    const ciphers = 'ECDHE-ECDSA-CHACHA20-POLY1305';
    const tls = await handshakeWith(
      await httpsMember({ cert: leaf.pem, key: leaf.keyPem, maxVersion: 'TLSv1.2', ciphers }),
    );
    expect(tls).toMatchObject({ isHandshakeDone: false, chain: [] });
    expect(tls.error).toMatch(/HANDSHAKE_FAILURE/);
  });

  test.each([
    ['closes at once', (socket: import('node:net').Socket) => socket.end()],
    ['resets', (socket: import('node:net').Socket) => socket.resetAndDestroy()],
    ['answers with nonsense', (socket: import('node:net').Socket) => socket.end('220 mail.contoso.com ESMTP\r\n')],
    [
      'sends a broken record',
      (socket: import('node:net').Socket) => socket.end(Buffer.from('16030300040b0000ff', 'hex')),
    ],
  ])('a server that %s', async (_what, accept) => {
    const tls = await handshakeWith(await tcpMember(accept));
    expect(tls).toMatchObject({ isHandshakeDone: false, chain: [] });
    expect(tls.error).toMatch(/^E[A-Z_0-9]+$/);
  });

  test('a server that never answers is given up', async () => {
    const port = await tcpMember((socket) => socket.resume());
    const readings = gatewaySketch({ protocol: 'Https', port: 443 });
    const [seen] = await probeLocally(
      readings,
      { 443: port },
      {
        bounds: { connectionMs: 500 },
        connect: (place, patience) => connect(place, { ...patience, timeoutMs: 60_000 }),
      },
    );
    expect(seen?.tls).toMatchObject({ isHandshakeDone: false, error: 'ETIMEDOUT', chain: [] });
    // The gateway waits longer, so this is no answer that failed to come.
    expect(seen?.requests).toEqual([]);
  });

  test('the probe request fails with it, and is not tried again', async () => {
    let connections = 0;
    const port = await tcpMember((socket) => {
      connections += 1;
      socket.resetAndDestroy();
    });
    const readings = gatewaySketch({ protocol: 'Https', port: 443, probe: { host: NAME, path: '/health' } });
    const [seen] = await probeLocally(readings, { 443: port });
    expect(seen?.requests).toEqual([{ kind: 'probe', path: '/health', host: NAME, error: 'ECONNRESET' }]);
    // The port, and the handshake.
    expect(connections).toBe(2);
  });
});
