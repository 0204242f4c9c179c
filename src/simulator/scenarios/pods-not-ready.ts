import type { Scenario } from '../scenario.ts';
import { academy, academyHosts, academyRules } from '../worlds/academy.ts';

const ROLLED_OUT = -24;

export const podsNotReady = {
  name: 'pods-not-ready',
  title: 'A release that never gets ready',
  story:
    'The progress API was released 24 minutes ago, and none of its new pods passes its readiness check. The ingress has nobody to hand its requests to and answers 503 at once, for this one path. The ingress itself is well, and so is everything else, so every probe stays green.',
  // The endpoints of the service can be read in the cluster only; that the ingress made the answer is in the log.
  expected: {
    established: true,
    anyOf: ['ingress-pods-not-ready', 'backend-generated'],
    at: ['likely', 'confirmed'],
    alsoNamed: [{ anyOf: ['ingress-pods-not-ready'], at: ['likely'], pool: 'pool-academy' }],
    mayBeConfirmed: ['backend-generated'],
  },
  world: {
    ...academy,
    hosts: academyHosts([
      {
        host: 'learn.fabrikam.example',
        path: '/api/*',
        status: 503,
        tookMs: 1,
        sentBytes: 190,
        fromMinute: ROLLED_OUT,
      },
      ...academyRules,
    ]),
  },
} as const satisfies Scenario;
