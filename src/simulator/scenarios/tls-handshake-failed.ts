import type { Scenario } from '../scenario.ts';
import { portal, portalAnswers, portalCertificate, portalHosts } from '../worlds/portal.ts';

const HARDENED = -17;
const service = { port: 443, protocol: 'Https', certificate: portalCertificate, answers: portalAnswers } as const;

export const tlsHandshakeFailed = {
  name: 'tls-handshake-failed',
  title: 'No cipher in common',
  story:
    'Seventeen minutes ago a baseline left the portal machines one modern cipher suite, which browsers know and the gateway does not offer to its backends. The machines break the handshake off before they show a certificate. The gateway complains of a certificate’s dates all the same, though it has seen none.',
  expected: {
    established: true,
    anyOf: ['tls-handshake-failed'],
    at: ['confirmed'],
    // What the text blames.
    notNamed: ['certificate-expired'],
  },
  world: {
    ...portal,
    hosts: portalHosts([
      { ...service, untilMinute: HARDENED },
      { ...service, handshake: { ciphers: ['ECDHE-ECDSA-CHACHA20-POLY1305'] }, fromMinute: HARDENED },
    ]),
  },
} as const satisfies Scenario;
