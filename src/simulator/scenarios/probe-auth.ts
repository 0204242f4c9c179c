import type { Scenario } from '../scenario.ts';
import { portal, portalAnswers, portalCertificate, portalHosts } from '../worlds/portal.ts';

const RELEASED = -17;

export const probeAuth = {
  name: 'probe-auth',
  title: 'A sign-in in front of everything',
  story:
    'Since seventeen minutes ago the portal asks for a sign-in on every page, its status page included. A health probe cannot sign in: it is told 401, and the gateway takes every member out.',
  expected: { established: true, anyOf: ['probe-needs-auth'], at: ['likely', 'confirmed'] },
  world: {
    ...portal,
    hosts: portalHosts([
      {
        port: 443,
        protocol: 'Https',
        certificate: portalCertificate,
        answers: [{ path: '/status', status: 401, tookMs: 5, sentBytes: 0, fromMinute: RELEASED }, ...portalAnswers],
      },
    ]),
  },
} as const satisfies Scenario;
