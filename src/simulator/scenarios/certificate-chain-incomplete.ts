import type { Scenario } from '../scenario.ts';
import { portal, portalAnswers, portalCertificate, portalHosts } from '../worlds/portal.ts';

const RENEWED = -22;

export const certificateChainIncomplete = {
  name: 'certificate-chain-incomplete',
  title: 'A link of the chain left in the drawer',
  story:
    'The portal’s certificate was renewed by hand twenty-two minutes ago. Whoever did it installed the certificate alone, without the intermediate that leads to the root. Browsers find the missing part by themselves and show no fault; the gateway fetches nothing, and its probes end at the handshake.',
  expected: { established: true, anyOf: ['certificate-chain-incomplete'], at: ['confirmed'] },
  world: {
    ...portal,
    hosts: portalHosts([
      {
        port: 443,
        protocol: 'Https',
        certificate: portalCertificate,
        answers: portalAnswers,
        untilMinute: RENEWED,
      },
      {
        port: 443,
        protocol: 'Https',
        certificate: { ...portalCertificate, validFromDay: -1, validUntilDay: 364, sends: 'leaf' },
        answers: portalAnswers,
        fromMinute: RENEWED,
      },
    ]),
  },
} as const satisfies Scenario;
