import 'reflect-metadata';
import { webcrypto } from 'node:crypto';

export interface ServerIdentity {
  /** The throw-away authority's certificate: what a client has to trust. */
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A certificate with its keys. Neither key leaves the process. */
export interface Issued {
  readonly subject: string;
  readonly pem: string;
  /** Base64 of the certificate's bytes, as Resource Manager shows it. */
  readonly data: string;
  readonly keyPem: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface CertificateWish {
  /** A distinguished name: `CN=localhost`. */
  readonly subject: string;
  /** Signs itself where absent. */
  readonly issuer?: Issued;
  readonly isAuthority?: boolean;
  readonly names?: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

let serial = 0;

/** Makes keys and a certificate for them. */
export async function issue(wish: CertificateWish): Promise<Issued> {
  const { subject, issuer, isAuthority = false, names = [], notBefore, notAfter } = wish;
  // Loaded here, because a static import may run before the polyfill.
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  serial += 1;
  const { keyCertSign, digitalSignature } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial.toString(16).padStart(4, '0'),
      subject,
      issuer: issuer?.subject ?? subject,
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey: (issuer?.keys ?? keys).privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(isAuthority, undefined, true),
        new x509.KeyUsagesExtension(isAuthority ? keyCertSign : digitalSignature, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        ...(isAuthority ? [] : [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth])]),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension([...names])] : []),
      ],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    subject,
    pem: certificate.toString('pem'),
    data: Buffer.from(certificate.rawData).toString('base64'),
    keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    keys,
  };
}

/**
 * Makes an authority and a certificate for loopback, good for a week. The keys stay in the process, so a machine that
 * trusts the authority for a drill trusts nobody else.
 */
export async function createServerIdentity(): Promise<ServerIdentity> {
  // TLS clients compare with the machine's clock, whatever time the drill plays at.
  const dates = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 7 * DAY_MS) };
  const authority = await issue({ subject: 'CN=appgw-triage simulator authority', isAuthority: true, ...dates });
  const server = await issue({
    subject: 'CN=localhost',
    issuer: authority,
    names: [
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ],
    ...dates,
  });
  return { caPem: authority.pem, certificatePem: server.pem, keyPem: server.keyPem };
}
