import type { Scenario } from '../scenario.ts';
import { portal, portalAnswers, portalCertificate, portalGateway, portalHosts } from '../worlds/portal.ts';

const RELEASED = -18;

export const probeRedirect = {
  name: 'probe-redirect',
  title: 'A status page that sends visitors elsewhere',
  story:
    'The portal moved its status page under another path eighteen minutes ago and redirects the old one with 302. The probe accepts 200 to 299 only and does not follow, so every member counts as down.',
  expected: { established: true, anyOf: ['probe-redirected'], at: ['likely', 'confirmed'] },
  world: {
    ...portal,
    gateway: {
      ...portalGateway,
      probes: portalGateway.probes.map((probe) => ({ ...probe, acceptedStatusCodes: ['200-299'] })),
    },
    hosts: portalHosts([
      {
        port: 443,
        protocol: 'Https',
        certificate: portalCertificate,
        answers: [{ path: '/status', status: 302, tookMs: 4, sentBytes: 0, fromMinute: RELEASED }, ...portalAnswers],
      },
    ]),
  },
} as const satisfies Scenario;
