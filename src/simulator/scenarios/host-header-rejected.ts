import type { Scenario } from '../scenario.ts';
import {
  bookings,
  bookingsAnswers,
  bookingsApp,
  bookingsAt,
  bookingsGateway,
  bookingsPublicAddress,
} from '../worlds/bookings.ts';

const LAUNCHED = -20;
const FORMER = 'bookings.fabrikam.example';
const PRESENT = 'book.fabrikam.example';
const target = { pool: 'pool-bookings', setting: 'https-bookings' } as const;

export const hostHeaderRejected = {
  name: 'host-header-rejected',
  title: 'A new domain for old acquaintances',
  story:
    'Bookings got a second domain, with a listener of its own; since twenty minutes ago clients use it. Nobody told the app: it knows its own name and the first domain, and answers 404 to whatever is asked for under another. The probe asks under the app’s own name, so every member is healthy.',
  expected: { established: true, anyOf: ['host-header-rejected'], at: ['confirmed'] },
  world: {
    ...bookings,
    gateway: {
      ...bookingsGateway,
      settings: bookingsGateway.settings.map(({ pickHostNameFromBackendAddress: _none, ...setting }) => setting),
      probes: bookingsGateway.probes.map(({ pickHostNameFromBackendSetting: _none, ...probe }) => ({
        ...probe,
        host: bookingsApp,
      })),
      listeners: [
        ...bookingsGateway.listeners,
        { name: 'https-book', protocol: 'Https', port: 443, hostNames: [PRESENT] },
      ],
      rules: [...bookingsGateway.rules, { name: 'rule-book', priority: 20, listener: 'https-book', target }],
    },
    hosts: [
      bookingsAt(
        bookingsPublicAddress,
        [bookingsApp, FORMER].flatMap((host) => bookingsAnswers.map((answer) => ({ ...answer, host }))),
      ),
    ],
    demand: [
      ...bookings.demand,
      ...bookings.demand.map((demand) => ({
        ...demand,
        listener: 'https-book',
        host: PRESENT,
        fromMinute: LAUNCHED,
      })),
    ],
    alert: {
      kind: 'metric',
      rule: 'bookings-response-codes',
      severity: 'Sev2',
      metric: 'BackendResponseStatus',
      operator: 'GreaterThan',
      threshold: 50,
      aggregation: 'Total',
      dimensions: [{ name: 'HttpStatusGroup', value: '4xx' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
