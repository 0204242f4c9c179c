import type { Scenario } from '../scenario.ts';
import { portal, portalAnswers, portalCertificate, portalGateway, portalHosts } from '../worlds/portal.ts';

const REPLACED = -18;
const [FORMER, PRESENT] = ['root-corp-a', 'root-corp-b'] as const;

export const certificateUntrustedRoot = {
  name: 'certificate-untrusted-root',
  title: 'The authority that changed its root',
  story:
    'The portal uses certificates of the company’s own authority, whose root was once uploaded to the gateway. The authority has a new root since this year, and eighteen minutes ago the machines got certificates under it. They are valid and complete, and the gateway still knows the old root alone.',
  expected: { established: true, anyOf: ['certificate-untrusted-root'], at: ['confirmed'] },
  world: {
    ...portal,
    gateway: {
      ...portalGateway,
      trustedRoots: [FORMER],
      settings: portalGateway.settings.map((setting) => ({ ...setting, trustedRoots: [FORMER] })),
    },
    hosts: portalHosts([
      {
        port: 443,
        protocol: 'Https',
        certificate: { ...portalCertificate, signedBy: FORMER, sends: 'with-root' },
        answers: portalAnswers,
        untilMinute: REPLACED,
      },
      {
        port: 443,
        protocol: 'Https',
        certificate: { ...portalCertificate, signedBy: PRESENT, sends: 'with-root', validFromDay: -9 },
        answers: portalAnswers,
        fromMinute: REPLACED,
      },
    ]),
  },
} as const satisfies Scenario;
