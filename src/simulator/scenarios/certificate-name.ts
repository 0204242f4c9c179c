import type { Scenario } from '../scenario.ts';
import { portal, portalAnswers, portalCertificate, portalHosts } from '../worlds/portal.ts';

const REPLACED = -15;

export const certificateName = {
  name: 'certificate-name',
  title: 'A certificate for another name',
  story:
    'The certificate on the portal machines was replaced fifteen minutes ago. It is valid and from a public authority, but it is made out to an internal name, not to the one that the gateway asks for, so every probe ends at the handshake.',
  expected: { established: true, anyOf: ['certificate-name-mismatch'], at: ['likely', 'confirmed'] },
  world: {
    ...portal,
    hosts: portalHosts([
      {
        port: 443,
        protocol: 'Https',
        certificate: portalCertificate,
        answers: portalAnswers,
        untilMinute: REPLACED,
      },
      {
        port: 443,
        protocol: 'Https',
        certificate: { ...portalCertificate, names: ['web.int.fabrikam.example'] },
        answers: portalAnswers,
        fromMinute: REPLACED,
      },
    ]),
  },
} as const satisfies Scenario;
