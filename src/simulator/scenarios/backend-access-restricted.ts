import type { Scenario } from '../scenario.ts';
import { bookings, bookingsAnswers, bookingsAt, bookingsPublicAddress } from '../worlds/bookings.ts';

const RESTRICTED = -12;

export const backendAccessRestricted = {
  name: 'backend-access-restricted',
  title: 'A guest list without the gateway',
  story:
    'Twelve minutes ago access restrictions were switched on for the bookings app, and the gateway’s subnet was left off their list. The app runs; the platform in front of it answers 403 to whatever the gateway asks for, and so to its probe.',
  // Whose 403 it is stands in the app's access rules, which these readings do not hold.
  expected: {
    established: true,
    anyOf: ['backend-access-restricted'],
    at: ['likely'],
    waitsFor: 'access-restriction show',
    notNamed: ['probe-needs-auth'],
  },
  world: {
    ...bookings,
    hosts: [
      bookingsAt(bookingsPublicAddress, [
        { status: 403, tookMs: 3, sentBytes: 1892, body: 'Ip Forbidden', fromMinute: RESTRICTED },
        ...bookingsAnswers,
      ]),
    ],
  },
} as const satisfies Scenario;
