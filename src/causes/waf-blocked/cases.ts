import { accessLogJson, type Case, GATEWAY_ID, gatewayJson } from '../case.ts';

const target = { pool: 'pool-web', setting: 'web-80' };
const TRANSACTION = '5c3fa1d2e4b64f0f9d1a7e8c2b3d4e5f';

const firewallLog = (action: string, properties: Readonly<Record<string, unknown>> = {}) => ({
  records: [
    {
      timeStamp: '2026-09-14T02:10:00+00:00',
      resourceId: GATEWAY_ID.toUpperCase(),
      operationName: 'ApplicationGatewayFirewall',
      category: 'ApplicationGatewayFirewallLog',
      properties: {
        instanceId: 'appgw_1',
        clientIp: '203.0.113.24',
        clientPort: '',
        requestUri: '/api/comments',
        ruleSetType: 'OWASP_CRS',
        ruleSetVersion: '3.2.0',
        ruleId: '942130',
        ruleGroup: 'REQUEST-942-APPLICATION-ATTACK-SQLI',
        message: 'SQL Injection Attack: SQL Tautology Detected.',
        action,
        site: 'Global',
        hostname: 'shop.contoso.com',
        transactionId: TRANSACTION,
        policyId:
          '/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/waf-shop',
        ...properties,
      },
    },
  ],
});

const fine = { ...target, times: 300, status: 200, serverStatus: '200', routed: '10.95.1.4:80', wafMode: 'Prevention' };
const forbidden = { ...target, status: 403, path: '/api/comments', wafMode: 'Prevention', transactionId: TRANSACTION };

const gateway = gatewayJson({
  pools: { 'pool-web': ['10.95.1.4'] },
  settings: { 'web-80': { port: 80 } },
  routes: [['pool-web', 'web-80']],
});

export const cases: readonly Case[] = [
  {
    name: 'customers cannot post since the rules were renewed',
    evidence: {
      'access-log': accessLogJson([fine, { ...forbidden, times: 60 }]),
      'firewall-log': firewallLog('Blocked'),
    },
    expect: 'confirmed',
  },
  {
    name: 'the same, with no log of the firewall',
    evidence: { 'access-log': accessLogJson([fine, { ...forbidden, times: 60 }]) },
    expect: 'likely',
  },
  {
    name: 'a handful among many requests',
    evidence: {
      'access-log': accessLogJson([
        { ...fine, times: 900 },
        { ...forbidden, times: 4 },
      ]),
      'firewall-log': firewallLog('Blocked'),
    },
    expect: 'possible',
  },
  {
    name: 'one forbidden request that somebody picked out, with its record of the firewall',
    evidence: {
      'access-log': accessLogJson([{ ...forbidden, wafMode: '', times: 1 }]),
      'firewall-log': firewallLog('Blocked'),
    },
    expect: 'likely',
  },
  {
    name: 'only the log of the firewall is at hand, and one path is what it blocks',
    evidence: { 'firewall-log': firewallLog('Blocked') },
    expect: 'likely',
  },
  {
    name: 'records of matches alone, and a mode that is not logged',
    evidence: {
      'access-log': accessLogJson([
        { ...fine, wafMode: '' },
        { ...forbidden, times: 60, wafMode: '' },
      ]),
      'firewall-log': firewallLog('Matched'),
    },
    expect: 'possible',
  },
  {
    name: 'the application forbids',
    evidence: {
      'access-log': accessLogJson([fine, { ...forbidden, times: 60, serverStatus: '403', routed: '10.95.1.4:80' }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'forbidden by a gateway that has nothing to forbid with',
    evidence: {
      gateway,
      'access-log': accessLogJson([
        { ...fine, wafMode: '' },
        { ...forbidden, times: 60, wafMode: '' },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'requests fail for want of a live member',
    evidence: {
      'access-log': accessLogJson([{ ...target, times: 90, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'no log could be read',
    evidence: { gateway },
    failed: { 'access-log': '403 InsufficientAccessError', 'firewall-log': '403 InsufficientAccessError' },
    expect: 'inconclusive',
  },
];
