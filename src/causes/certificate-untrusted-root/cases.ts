import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { ROOT_MISMATCH, UNKNOWN_AUTHORITY, verifyError } from '../certificate-texts.ts';
import { ANSWERED, CERTIFICATE_NAME } from '../probe-texts.ts';

const root = {
  id: '/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/g/trustedRootCertificates/root-2021',
};
const sketch = (properties: Readonly<Record<string, unknown>>) =>
  gatewayJson({
    pools: { 'pool-pay': ['10.41.1.4', '10.41.1.5'] },
    settings: { 'pay-443': { port: 443, protocol: 'Https', hostName: 'pay.corp.contoso.com', ...properties } },
    routes: [['pool-pay', 'pay-443']],
  });

const both = (text: string) =>
  backendHealthJson({
    'pool-pay~pay-443': [
      ['10.41.1.4', 'Unhealthy', text],
      ['10.41.1.5', 'Unhealthy', text],
    ],
  });

export const cases: readonly Case[] = [
  {
    name: 'an internal name behind a setting that carries no certificate',
    evidence: { 'backend-health': both(UNKNOWN_AUTHORITY), gateway: sketch({}) },
    expect: 'likely',
    scope: { pool: 'pool-pay', setting: 'pay-443' },
  },
  {
    name: 'the setting carries a certificate of some years ago',
    evidence: { 'backend-health': both(ROOT_MISMATCH), gateway: sketch({ trustedRootCertificates: [root] }) },
    expect: 'likely',
  },
  {
    name: 'only one member was set up anew',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-pay~pay-443': [
          ['10.41.1.4', 'Unhealthy', UNKNOWN_AUTHORITY],
          ['10.41.1.5', 'Healthy', ANSWERED],
        ],
      }),
    },
    expect: 'likely',
    alsoConfirmed: ['single-member-unhealthy'],
    scope: { members: ['10.41.1.4'] },
  },
  {
    name: 'the gateway complains of the name',
    evidence: { 'backend-health': both(CERTIFICATE_NAME), gateway: sketch({}) },
    expect: 'possible',
  },
  {
    name: 'the setting does not check chains',
    evidence: { 'backend-health': both(UNKNOWN_AUTHORITY), gateway: sketch({ validateCertChainAndExpiry: false }) },
    expect: 'possible',
  },
  {
    name: 'requests go on being answered over the same setting',
    evidence: {
      'backend-health': both(UNKNOWN_AUTHORITY),
      gateway: sketch({}),
      'access-log': accessLogJson([
        { pool: 'pool-pay', setting: 'pay-443', times: 8, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
        {
          ...{ pool: 'pool-pay', setting: 'pay-443', times: 600, status: 200, serverStatus: '200' },
          ...{ routed: '10.41.1.4:443', latency: '0.031' },
        },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'the verification ends with a number that stands for dates',
    evidence: { 'backend-health': both(verifyError(10)), gateway: sketch({}) },
    expect: 'ruled-out',
  },
  {
    name: 'backend health has no text',
    evidence: { 'backend-health': backendHealthJson({ 'pool-pay~pay-443': [['10.41.1.4', 'Down']] }) },
    expect: 'inconclusive',
  },
];
