import type { Scenario } from '../scenario.ts';
import { portal, portalAnswers, portalCertificate, portalHosts } from '../worlds/portal.ts';

const SCANNED = -26;
const documents = {
  listener: 'https-portal',
  host: 'portal.fabrikam.example',
  method: 'POST',
  path: '/documents',
  requestsPerMinute: 24,
  receivedBytes: 84_000,
} as const;

export const largeUploads = {
  name: 'large-uploads',
  title: 'Whatever the new scanners send',
  story:
    'Since 26 minutes ago the branches scan their documents in colour, and some of them are twelve megabytes large. The machines of the portal take such a body from the gateway for a moment and then hang up, so its sender gets a 502. Smaller documents go through as always.',
  // That it passes without buffering, or past the gateway, is a test and no reading.
  expected: {
    established: true,
    anyOf: ['large-body-buffering'],
    at: ['likely'],
    waitsFor: 'limit of a body',
    notNamed: ['keepalive-mismatch', 'backend-recycling'],
  },
  world: {
    ...portal,
    hosts: portalHosts([
      {
        port: 443,
        protocol: 'Https',
        certificate: portalCertificate,
        answers: portalAnswers,
        closes: [{ fromBytes: 4_000_000, share: 1, tookMs: 700 }],
      },
    ]),
    demand: [
      ...portal.demand.filter(({ path }) => path !== documents.path),
      { ...documents, untilMinute: SCANNED },
      { ...documents, large: { share: 0.3, bytes: 12_400_000 }, fromMinute: SCANNED },
    ],
    alert: {
      kind: 'metric',
      rule: 'portal-failed-requests',
      severity: 'Sev2',
      metric: 'FailedRequests',
      operator: 'GreaterThan',
      threshold: 10,
      aggregation: 'Total',
      dimensions: [{ name: 'BackendSettingsPool', value: 'pool-portal~https-portal' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
