import type { Scenario } from '../scenario.ts';
import { portal, portalAnswers, portalCertificate, portalGateway, portalHosts } from '../worlds/portal.ts';

const RELEASED = -13;
const service = { port: 443, protocol: 'Https', certificate: portalCertificate } as const;

export const probe204 = {
  name: 'probe-204',
  title: 'A health page that has nothing more to say',
  story:
    'The portal was released thirteen minutes ago, and its health page now answers 204, since it has no content to send. The probe takes nothing but 200. Every machine is well and has just said so, and the gateway sends nobody there.',
  expected: { established: true, anyOf: ['probe-status-not-accepted'], at: ['confirmed'] },
  world: {
    ...portal,
    gateway: {
      ...portalGateway,
      probes: portalGateway.probes.map((probe) => ({ ...probe, acceptedStatusCodes: ['200'] })),
    },
    hosts: portalHosts([
      { ...service, answers: portalAnswers, untilMinute: RELEASED },
      {
        ...service,
        answers: [{ path: '/status', status: 204, tookMs: 5, sentBytes: 0 }, ...portalAnswers],
        fromMinute: RELEASED,
      },
    ]),
  },
} as const satisfies Scenario;
