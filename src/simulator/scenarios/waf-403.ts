import type { Scenario } from '../scenario.ts';
import { shop, shopGateway } from '../worlds/shop.ts';

const CAMPAIGN = -18;

export const waf403 = {
  name: 'waf-403',
  title: 'A firewall that takes a form for an attack',
  story:
    'Eighteen minutes ago, early on a quiet morning, the shop began to send delivery notes as free text. The web application firewall takes some of them for SQL injection and answers 403; the request never reaches a backend, and all members are healthy.',
  expected: { established: true, anyOf: ['waf-blocked'], at: ['likely', 'confirmed'] },
  world: {
    ...shop,
    gateway: { ...shopGateway, tier: 'WAF_v2', waf: { policy: 'waf-shop-prod', mode: 'Prevention' } },
    demand: [
      ...shop.demand.map((demand) => ({ ...demand, requestsPerMinute: Math.ceil(demand.requestsPerMinute / 3) })),
      {
        listener: 'https-shop',
        host: 'shop.fabrikam.example',
        method: 'POST',
        path: '/api/orders/notes',
        requestsPerMinute: 25,
        receivedBytes: 1900,
        fromMinute: CAMPAIGN,
        wafRule: {
          id: '942130',
          group: 'SQLI',
          message: 'SQL Injection Attack: SQL Boolean-based attack detected',
        },
      },
    ],
    alert: {
      kind: 'metric',
      rule: 'shop-client-errors',
      severity: 'Sev3',
      metric: 'ResponseStatus',
      operator: 'GreaterThan',
      threshold: 50,
      aggregation: 'Total',
      dimensions: [{ name: 'HttpStatusGroup', value: '4xx' }],
      windowMinutes: 5,
    },
  },
} as const satisfies Scenario;
