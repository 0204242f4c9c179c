import { portsJson, probeResultsJson } from './case-members.ts';

/** Handshakes with members in few words, for the cases of the rules. */

export interface CertificateSketch {
  readonly subject: string;
  /** The subject itself where absent: it signed itself. */
  readonly issuer?: string;
  readonly names?: readonly string[];
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly isCa?: boolean;
}

export function certificateJson({ subject, issuer = subject, names = [], ...rest }: CertificateSketch): unknown {
  return {
    subject,
    issuer,
    names,
    validFrom: '2026-03-01T00:00:00.000Z',
    validTo: '2027-03-01T00:00:00.000Z',
    isCa: false,
    ...rest,
  };
}

export interface HandshakeSketch {
  readonly member: string;
  readonly pool: string;
  readonly setting: string;
  readonly port?: number;
  /** The name that was sent, if any. */
  readonly serverName?: string;
  /** As served; empty where the handshake did not come so far. */
  readonly chain?: readonly CertificateSketch[];
  readonly isTrusted?: boolean;
  readonly trustError?: string;
  /** Given where the handshake was not completed. */
  readonly error?: string;
  readonly demandsClientCertificate?: boolean;
  readonly requests?: readonly Readonly<Record<string, unknown>>[];
}

/** The prober's file with one handshake a member. */
export function handshakesJson(...handshakes: readonly HandshakeSketch[]): unknown {
  return probeResultsJson(
    handshakes.map(({ member, pool, setting, port = 443, serverName, chain = [], error, requests = [], ...tls }) => ({
      ...{ member, pool, setting },
      ports: portsJson(port, { [port]: 'open' }),
      tls: {
        port,
        ...(serverName === undefined ? {} : { serverName }),
        isHandshakeDone: error === undefined,
        ...(error === undefined ? { version: 'TLSv1.2' } : { error }),
        chain: chain.map(certificateJson),
        ...tls,
      },
      requests,
    })),
  );
}
