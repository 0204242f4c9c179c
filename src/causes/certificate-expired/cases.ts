import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { CERTIFICATE_DATES, INTERMEDIATE_MISSING, verifyError } from '../certificate-texts.ts';
import { ANSWERED, CERTIFICATE_NAME } from '../probe-texts.ts';

const sketch = (properties: Readonly<Record<string, unknown>> = {}) =>
  gatewayJson({
    pools: { 'pool-mail': ['mail-a.contoso.com', 'mail-b.contoso.com'] },
    settings: { 'mail-443': { port: 443, protocol: 'Https', pickHostNameFromBackendAddress: true, ...properties } },
    routes: [['pool-mail', 'mail-443']],
  });

const both = (text: string) =>
  backendHealthJson({
    'pool-mail~mail-443': [
      ['mail-a.contoso.com', 'Unhealthy', text],
      ['mail-b.contoso.com', 'Unhealthy', text],
    ],
  });

export const cases: readonly Case[] = [
  {
    name: 'both members went down at midnight',
    evidence: { 'backend-health': both(CERTIFICATE_DATES), gateway: sketch() },
    expect: 'likely',
    scope: { pool: 'pool-mail', setting: 'mail-443' },
  },
  {
    name: 'the verification ends with number 10 on one member',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-mail~mail-443': [
          ['mail-a.contoso.com', 'Unhealthy', verifyError(10)],
          ['mail-b.contoso.com', 'Healthy', ANSWERED],
        ],
      }),
      gateway: sketch(),
    },
    expect: 'likely',
    alsoConfirmed: ['single-member-unhealthy'],
    scope: { members: ['mail-a.contoso.com'] },
  },
  {
    name: 'the setting does not check dates',
    evidence: { 'backend-health': both(CERTIFICATE_DATES), gateway: sketch({ validateCertChainAndExpiry: false }) },
    expect: 'possible',
  },
  {
    name: 'the members are still counted as healthy',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-mail~mail-443': [['mail-a.contoso.com', 'Healthy', CERTIFICATE_DATES]],
      }),
    },
    expect: 'possible',
  },
  {
    name: 'the verification ends without a number',
    evidence: {
      'backend-health': both('The validity of the backend certificate could not be verified.'),
      gateway: sketch(),
    },
    expect: 'possible',
  },
  {
    name: 'the name is the complaint',
    evidence: { 'backend-health': both(CERTIFICATE_NAME), gateway: sketch() },
    expect: 'ruled-out',
  },
  {
    name: 'an intermediate is the complaint',
    evidence: { 'backend-health': both(INTERMEDIATE_MISSING), gateway: sketch() },
    expect: 'ruled-out',
  },
];
