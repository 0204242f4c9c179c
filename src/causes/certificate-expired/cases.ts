import { CERTIFICATE_DATES, INTERMEDIATE_MISSING, verifyError } from '../../reasoning/certificate-texts.ts';
import { ANSWERED, CERTIFICATE_NAME } from '../../reasoning/probe-texts.ts';
import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { type CertificateSketch, handshakesJson } from '../case-tls.ts';

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

const members = ['mail-a.contoso.com', 'mail-b.contoso.com'];

/** Both members serve a certificate of the same public authority. */
function served(
  leaf: Partial<CertificateSketch>,
  trust: { readonly isTrusted: boolean; readonly trustError?: string } = { isTrusted: true },
): unknown {
  return handshakesJson(
    ...members.map((member) => ({
      ...{ member, pool: 'pool-mail', setting: 'mail-443', serverName: member },
      chain: [
        { subject: `CN=${member}`, issuer: 'CN=Public CA 7, O=Public', names: [member], ...leaf },
        { subject: 'CN=Public CA 7, O=Public', issuer: 'CN=Public Root, O=Public', isCa: true },
      ],
      ...trust,
    })),
  );
}

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
  {
    name: 'both serve what ran out two hours before',
    evidence: {
      'backend-health': both(CERTIFICATE_DATES),
      gateway: sketch(),
      'probe-results': served(
        { validTo: '2026-09-14T00:00:00.000Z' },
        { isTrusted: false, trustError: 'CERT_HAS_EXPIRED' },
      ),
    },
    expect: 'confirmed',
    scope: { pool: 'pool-mail', setting: 'mail-443' },
  },
  {
    name: 'a certificate that begins tomorrow, on a number that stands for it',
    evidence: {
      'backend-health': both(verifyError(9)),
      gateway: sketch(),
      'probe-results': served(
        { validFrom: 'Sep 15 00:00:00 2026 GMT' },
        { isTrusted: false, trustError: 'CERT_NOT_YET_VALID' },
      ),
    },
    expect: 'confirmed',
  },
  {
    name: 'the name is blamed and right, while the date is over',
    evidence: {
      'backend-health': both(CERTIFICATE_NAME),
      gateway: sketch(),
      'probe-results': served(
        { validTo: '2026-09-14T00:00:00.000Z' },
        { isTrusted: false, trustError: 'CERT_HAS_EXPIRED' },
      ),
    },
    expect: 'likely',
  },
  {
    name: 'the certificates served are in date up to a root that is trusted',
    evidence: { 'backend-health': both(CERTIFICATE_DATES), gateway: sketch(), 'probe-results': served({}) },
    expect: 'ruled-out',
  },
  {
    name: 'the members break off before they show a certificate',
    evidence: {
      'backend-health': both(CERTIFICATE_DATES),
      gateway: sketch(),
      'probe-results': handshakesJson(
        ...members.map((member) => ({
          ...{ member, pool: 'pool-mail', setting: 'mail-443', serverName: member },
          error: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
        })),
      ),
    },
    expect: 'ruled-out',
    alsoConfirmed: ['tls-handshake-failed'],
  },
  {
    name: 'nothing is checked by the setting, and what is served ran out long ago',
    evidence: {
      'backend-health': both(CERTIFICATE_DATES),
      gateway: sketch({ validateCertChainAndExpiry: false }),
      'probe-results': served(
        { validTo: '2025-01-01T00:00:00.000Z' },
        { isTrusted: false, trustError: 'CERT_HAS_EXPIRED' },
      ),
    },
    expect: 'possible',
  },
];
