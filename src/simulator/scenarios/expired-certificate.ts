import type { Scenario } from '../scenario.ts';
import { portal, portalAnswers, portalCertificate, portalHosts } from '../worlds/portal.ts';

const MINUTES_PER_DAY = 24 * 60;

export const expiredCertificate = {
  name: 'expired-certificate',
  title: 'A certificate that nobody renewed',
  story:
    'The certificate on the portal machines ran out eleven minutes ago. Nothing was changed and nothing was deployed: from one minute to the next, every probe ended at the handshake.',
  expected: { established: true, anyOf: ['certificate-expired'], at: ['likely', 'confirmed'] },
  world: {
    ...portal,
    hosts: portalHosts([
      {
        port: 443,
        protocol: 'Https',
        certificate: { ...portalCertificate, validFromDay: -365, validUntilDay: -11 / MINUTES_PER_DAY },
        answers: portalAnswers,
      },
    ]),
  },
} as const satisfies Scenario;
