import 'reflect-metadata';
import { webcrypto } from 'node:crypto';

/** Certificates for the tests of the prober: authorities, and servers that are certified well or badly. */

export interface Issued {
  readonly pem: string;
  readonly keyPem: string;
  readonly keys: webcrypto.CryptoKeyPair;
  /** The distinguished name, as an issuer needs it. */
  readonly subject: string;
}

export interface CertificateWish {
  /** The common name. */
  readonly name: string;
  /** Signed itself where absent. */
  readonly issuer?: Issued;
  readonly isCa?: boolean;
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly validFrom?: Date;
  readonly validTo?: Date;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

export function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}

let serial = 0;

export async function issue(wish: CertificateWish): Promise<Issued> {
  const { name, issuer, isCa = false, dns = [], ip = [] } = wish;
  const { validFrom = daysFromNow(-2), validTo = daysFromNow(30) } = wish;
  // Loaded here, because a static import may run before the polyfill.
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const subject = `CN=${name}`;
  serial += 1;
  const names = [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...ip.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial.toString(16).padStart(4, '0'),
      subject,
      issuer: issuer?.subject ?? subject,
      notBefore: validFrom,
      notAfter: validTo,
      publicKey: keys.publicKey,
      signingKey: (issuer?.keys ?? keys).privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(isCa, undefined, true),
        ...(isCa ? [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)] : []),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    pem: certificate.toString('pem'),
    keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    keys,
    subject,
  };
}

/** Certificates one after another in a file, as servers are given them. */
export function bundle(...certificates: readonly Issued[]): string {
  return certificates.map(({ pem }) => pem).join('\n');
}
