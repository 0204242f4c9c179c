import type { Notification } from '../core/notification.ts';

/** Notifications as the investigation makes them, for the sinks' tests. */

const gateway = {
  id: '/subscriptions/8f0c6c5e-0000-4000-8000-5b6a3c1d2e4f/resourceGroups/rg-edge-weu/providers/Microsoft.Network/applicationGateways/agw-shop-weu',
  name: 'agw-shop-weu',
  resourceGroup: 'rg-edge-weu',
  subscription: '8f0c6c5e-0000-4000-8000-5b6a3c1d2e4f',
  portalUrl:
    'https://portal.azure.com/#@/resource/subscriptions/8f0c6c5e-0000-4000-8000-5b6a3c1d2e4f/resourceGroups/rg-edge-weu/providers/Microsoft.Network/applicationGateways/agw-shop-weu/overview',
} as const;

const portQuote =
  'Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server. Check if application is running on correct port. To learn more visit - https://aka.ms/servernotreachable.';

const inGateway = '--gateway-name agw-shop-weu --resource-group rg-edge-weu';

/** Two rebuilt members serve on another port than the backend setting says; a blocked path is not ruled out. */
export const likelyWrongPort: Notification = {
  incidentId: '20261001-031207-agw-shop-weu-7c1f',
  revision: 1,
  kind: 'opened',
  severity: 'critical',
  gateway,
  headline: 'The backend setting points at the wrong port (likely): 2 members of pool-orders~https-orders.',
  fired: ['Minimum HealthyHostCount is 0, below 1, for pool-orders~https-orders.'],
  causes: [
    {
      cause: 'wrong-backend-port',
      title: 'The backend setting points at the wrong port',
      verdict: 'likely',
      scope: {
        gateway: 'agw-shop-weu',
        pool: 'pool-orders',
        setting: 'https-orders',
        members: ['10.20.4.7', '10.20.4.8'],
      },
      because: [
        {
          evidence: 'backend-health',
          quote: portQuote,
          says: 'The gateway cannot open a connection to 10.20.4.7 and 10.20.4.8 on port 8080.',
        },
        {
          evidence: 'gateway',
          quote: '"port": 8080',
          says: 'Backend setting https-orders sends requests to port 8080, and its probe asks there, too.',
        },
      ],
      fix: [
        {
          text: 'Point backend setting https-orders at the port that the members listen on.',
          command: `az network application-gateway http-settings update ${inGateway} --name https-orders --port '<port>'`,
          undo: `az network application-gateway http-settings update ${inGateway} --name https-orders --port 8080`,
        },
      ],
      doNot: ['Do not raise the probe timeout: nothing answers on this port, however long the gateway waits.'],
    },
  ],
  alternatives: [
    {
      cause: 'network-path-blocked',
      title: 'The path between gateway and backend is blocked',
      verdict: 'possible',
      missing: [
        {
          read: 'Which ports of 10.20.4.7 accept a connection from inside the virtual network (8080, 80, 443).',
          command: 'nc -vz -w 5 10.20.4.7 8080; nc -vz -w 5 10.20.4.7 80; nc -vz -w 5 10.20.4.7 443',
        },
      ],
    },
  ],
  affected: [{ pool: 'pool-orders', setting: 'https-orders', unhealthy: ['10.20.4.7', '10.20.4.8'], total: 2 }],
  impact: '1,204 of 1,311 requests (92 %) between 03:02 and 03:12 UTC were answered 502.',
  unreadable: [
    { evidence: 'resource-health', reason: 'Azure answered 403: the identity may not read Resource Health.' },
  ],
  nextRead: {
    read: 'Which ports of 10.20.4.7 accept a connection from inside the virtual network (8080, 80, 443).',
    command: 'nc -vz -w 5 10.20.4.7 8080; nc -vz -w 5 10.20.4.7 80; nc -vz -w 5 10.20.4.7 443',
  },
  openedAt: '2026-10-01T03:12:07.000Z',
  at: '2026-10-01T03:12:31.000Z',
};

/** Health cannot be read and there are no logs: nothing is named. */
export const notEstablished: Notification = {
  ...likelyWrongPort,
  incidentId: '20261001-040000-agw-shop-weu-90aa',
  severity: 'error',
  headline:
    'The cause is not established. The next read: Backend health: what the gateway itself says of every member.',
  fired: [
    'Total FailedRequests is 214, above 50.',
    'Maximum UnhealthyHostCount is 1, above 0, for pool-cart~http-cart.',
  ],
  causes: [],
  alternatives: [
    {
      cause: 'network-path-blocked',
      title: 'The path between gateway and backend is blocked',
      verdict: 'possible',
      missing: [
        {
          read: 'Backend health: what the gateway itself says of every member.',
          command:
            'az network application-gateway show-backend-health --name agw-shop-weu --resource-group rg-edge-weu',
        },
      ],
    },
    {
      cause: 'request-timeout',
      title: 'The backend answers later than the gateway waits',
      verdict: 'inconclusive',
      missing: [{ read: 'The access log of the failing time: who answered the failed requests, and how quickly.' }],
    },
  ],
  affected: [],
  impact: 'How many clients see errors is not known: the access log could not be read.',
  unreadable: [
    { evidence: 'backend-health', reason: 'Azure did not answer within 60 s.' },
    { evidence: 'access-log', reason: 'No Log Analytics workspace is configured.' },
  ],
  nextRead: {
    read: 'Backend health: what the gateway itself says of every member.',
    command: 'az network application-gateway show-backend-health --name agw-shop-weu --resource-group rg-edge-weu',
  },
};

/** Nothing is established, and something changed shortly before. */
export const changedBefore: Notification = {
  ...notEstablished,
  incidentId: '20261001-040500-agw-shop-weu-51cc',
  nearestChange: {
    at: '2026-10-01T03:58:41.000Z',
    what: 'Security rule baseline-inbound of network security group nsg-orders was changed',
    by: 'kim.berg@fabrikam.example (Azure Portal)',
    property: 'properties.securityRules[2].properties.access',
    before: 'Allow',
    after: 'Deny',
    minutesBefore: 3,
    sentence:
      'It came 3 minutes before the first failure (2026-10-01 04:01 UTC by access-log): a correlation in time, not a proof.',
  },
};

/** The short message that leaves before anything is read. */
export const firstPage: Notification = {
  incidentId: likelyWrongPort.incidentId,
  revision: 1,
  kind: 'opened',
  severity: 'critical',
  gateway,
  headline: 'An alert fired. The gateway is being read; the cause follows.',
  fired: likelyWrongPort.fired,
  causes: [],
  alternatives: [],
  affected: [],
  impact: 'How many clients see errors is being read.',
  unreadable: [],
  openedAt: likelyWrongPort.openedAt,
  at: likelyWrongPort.openedAt,
};

export const confirmedUpdate: Notification = {
  ...likelyWrongPort,
  revision: 2,
  kind: 'updated',
  note: 'The cause wrong-backend-port at pool-orders~https-orders is confirmed now.',
  headline: 'The backend setting points at the wrong port (confirmed): 2 members of pool-orders~https-orders.',
  causes: likelyWrongPort.causes.map((cause) => ({ ...cause, verdict: 'confirmed' as const })),
  alternatives: [],
  nextRead: undefined,
  at: '2026-10-01T03:16:02.000Z',
};

export const resolved: Notification = {
  ...confirmedUpdate,
  revision: 3,
  kind: 'resolved',
  severity: 'info',
  headline: 'All members of agw-shop-weu answer their probes again.',
  note: 'Every reading of the last 5 minutes was well.',
  recovery: {
    minutes: 46,
    places: [
      {
        place: 'pool-orders~https-orders',
        before: '0 of 2 members healthy; wrong-backend-port (confirmed)',
        after: '2 of 2 members healthy',
      },
      { place: 'the gateway', before: '92 % of requests failed', after: 'no request failed' },
    ],
  },
  affected: [],
  impact: 'No request has failed with 502 or 504 for 10 minutes; 3,410 failed while it lasted.',
  unreadable: [],
  at: '2026-10-01T03:58:00.000Z',
};

/** Nothing is new, and it is still there. */
export const reminder: Notification = {
  ...confirmedUpdate,
  revision: 3,
  note: 'Still there 240 minutes after message 2.',
  at: '2026-10-01T07:16:04.000Z',
};

/** PagerDuty has an incident of its own for this trouble. */
export const knownToPagerDuty: Notification = {
  ...confirmedUpdate,
  incidentId: '20261001-031300-agw-shop-weu-9d0a',
  pagerdutyIncidentId: 'Q1ABCDEFGHIJKL',
};

export const testNotification: Notification = {
  ...likelyWrongPort,
  incidentId: '20261001-090000-agw-shop-weu-t3st',
  kind: 'test',
  severity: 'info',
  headline: 'The action group reaches appgw-triage.',
  causes: [],
  alternatives: [],
  affected: [],
  impact: '',
  unreadable: [],
  nextRead: undefined,
};

/** What a daily audit found over two gateways. */
export const auditDigest: Notification = {
  incidentId: '5f1d0c9be2a74c11-20261001',
  revision: 1,
  kind: 'digest',
  severity: 'warning',
  gateway: { id: '', name: '2 gateways' },
  headline: 'Daily audit: 1 finding is worse and 1 is new.',
  digest: {
    audited: 3,
    items: [
      {
        gateway: 'agw-shop-weu',
        check: 'certificate-expiry',
        title: 'A certificate ends soon, or has ended',
        news: 'worse',
        costs: 'every request fails; it is close',
        says: 'Certificate cert-shop of listener https-shop ends on 2026-10-09, in 8 days.',
        because: {
          evidence: 'gateway',
          quote: 'validTo 2026-10-09 (shop.fabrikam.example)',
          says: 'That is 8 days away.',
        },
        fix: { text: 'Renew the certificate in the vault.' },
      },
      {
        gateway: 'agw-orders-neu',
        check: 'probe-pace',
        title: 'A probe is paced so that it gives up too early or too late',
        news: 'new',
        costs: 'the requests of one backend pool or listener fail; something else has to happen first',
        says: 'One missed answer to probe probe-orders takes a member out, and a hiccup of all of them the whole pool.',
        because: { evidence: 'gateway', quote: '"unhealthyThreshold": 1', says: 'Probe probe-orders counts to one.' },
        fix: {
          text: 'Let three failures in a row count as down, which is the default of the service.',
          command: `az network application-gateway probe update ${inGateway} --name probe-orders --threshold 3`,
          undo: `az network application-gateway probe update ${inGateway} --name probe-orders --threshold 1`,
        },
      },
    ],
    unread: [{ gateway: 'agw-test-weu', reason: '403: the identity may not read it' }],
  },
  fired: [],
  causes: [],
  alternatives: [],
  affected: [],
  impact: '',
  unreadable: [],
  openedAt: '2026-10-01T05:00:00.000Z',
  at: '2026-10-01T05:12:00.000Z',
};

/** Every kind of notification once. */
export const samples = {
  firstPage,
  likelyWrongPort,
  notEstablished,
  changedBefore,
  confirmedUpdate,
  reminder,
  knownToPagerDuty,
  resolved,
  testNotification,
  auditDigest,
} as const satisfies Record<string, Notification>;
