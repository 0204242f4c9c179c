import type { Scenario } from '../scenario.ts';
import { academy, academyDemand } from '../worlds/academy.ts';

const OPENED = -21;
const exams = { listener: 'https-academy', host: 'exams.fabrikam.example', method: 'GET', receivedBytes: 700 } as const;

export const hostWithoutRule = {
  name: 'host-without-rule',
  title: 'An exam that nobody can open',
  story:
    'The exams got a name of their own, and 21 minutes ago the first people were sent there. The listener of the gateway knows the name, and the ingress of the cluster does not: whatever is asked for under it, the ingress answers with its own 404. The courses next door work as always.',
  // The rules of the ingress can be read in the cluster only.
  expected: { established: true, anyOf: ['ingress-route-missing'], at: ['likely'], waitsFor: 'kubectl get ingress' },
  world: {
    ...academy,
    demand: [
      ...academyDemand,
      { ...exams, path: '/', requestsPerMinute: 41, fromMinute: OPENED },
      { ...exams, path: '/rooms', requestsPerMinute: 24, fromMinute: OPENED },
      { ...exams, path: '/api/session', requestsPerMinute: 17, fromMinute: OPENED },
    ],
    alert: {
      kind: 'metric',
      rule: 'academy-client-errors',
      severity: 'Sev2',
      metric: 'ResponseStatus',
      operator: 'GreaterThan',
      threshold: 100,
      aggregation: 'Total',
      dimensions: [{ name: 'HttpStatusGroup', value: '4xx' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
