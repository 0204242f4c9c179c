import {
  CERTIFICATE_DATES,
  INTERMEDIATE_MISSING,
  ROOT_MISMATCH,
  UNKNOWN_AUTHORITY,
  verifyError,
} from '../../reasoning/certificate-texts.ts';
import { ANSWERED, CERTIFICATE_NAME } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { type HandshakeSketch, handshakesJson } from '../case-tls.ts';

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

const own = { subject: 'CN=Contoso Root 2, O=Contoso', isCa: true };
const leaf = { subject: 'CN=pay.corp.contoso.com', issuer: own.subject, names: ['pay.corp.contoso.com'] };

/** The same chain from both members, as the prober read it. */
function served(changed: Partial<HandshakeSketch>): unknown {
  const handshake = (member: string): HandshakeSketch => ({
    ...{ member, pool: 'pool-pay', setting: 'pay-443', serverName: 'pay.corp.contoso.com', chain: [leaf, own] },
    ...{ isTrusted: false, trustError: 'SELF_SIGNED_CERT_IN_CHAIN' },
    ...changed,
  });
  return handshakesJson(handshake('10.41.1.4'), handshake('10.41.1.5'));
}

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
  {
    name: 'the chain of both members ends in a root of their own, which they send along',
    evidence: { 'backend-health': both(UNKNOWN_AUTHORITY), gateway: sketch({}), 'probe-results': served({}) },
    expect: 'confirmed',
    scope: { pool: 'pool-pay', setting: 'pay-443' },
  },
  {
    name: 'the gateway complains of the name, which is on the certificate',
    evidence: { 'backend-health': both(CERTIFICATE_NAME), gateway: sketch({}), 'probe-results': served({}) },
    expect: 'confirmed',
  },
  {
    name: 'the gateway misses an intermediate of a certificate that stands alone',
    evidence: {
      'backend-health': both(INTERMEDIATE_MISSING),
      gateway: sketch({}),
      'probe-results': served({
        chain: [{ subject: 'CN=pay.corp.contoso.com', names: ['pay.corp.contoso.com'] }],
        trustError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      }),
    },
    expect: 'confirmed',
  },
  {
    name: 'the dates are the complaint, and nothing is wrong with them',
    evidence: { 'backend-health': both(CERTIFICATE_DATES), gateway: sketch({}), 'probe-results': served({}) },
    expect: 'confirmed',
  },
  {
    name: 'the name is the complaint, and it is indeed not on the certificate either',
    evidence: {
      'backend-health': both(CERTIFICATE_NAME),
      gateway: sketch({}),
      'probe-results': served({ chain: [{ ...leaf, names: ['vm-pay-01'] }, own] }),
    },
    expect: 'likely',
    alsoConfirmed: ['certificate-name-mismatch'],
  },
  {
    name: 'the members were asked for another name than the gateway asks for',
    evidence: {
      'backend-health': both(UNKNOWN_AUTHORITY),
      gateway: sketch({}),
      'probe-results': served({ serverName: 'localhost' }),
    },
    expect: 'likely',
  },
  {
    name: 'the chain is read, but the gateway was told not to look at it',
    evidence: {
      'backend-health': both(UNKNOWN_AUTHORITY),
      gateway: sketch({ validateCertChainAndExpiry: false }),
      'probe-results': served({}),
    },
    expect: 'possible',
  },
  {
    name: 'the chain leads to a root that is trusted',
    evidence: {
      'backend-health': both(UNKNOWN_AUTHORITY),
      gateway: sketch({ trustedRootCertificates: [root] }),
      'probe-results': served({ isTrusted: true, trustError: undefined }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'backend health is refused, the chain is read all the same',
    evidence: { gateway: sketch({}), 'probe-results': served({}) },
    failed: { 'backend-health': '403 AuthorizationFailed' },
    expect: 'likely',
  },
];
