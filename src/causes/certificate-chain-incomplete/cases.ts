import {
  CERTIFICATE_DATES,
  INTERMEDIATE_MISSING,
  ROOT_MISMATCH,
  verifyError,
} from '../../reasoning/certificate-texts.ts';
import { ANSWERED } from '../../reasoning/probe-texts.ts';
import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { type CertificateSketch, handshakesJson } from '../case-tls.ts';

const gateway = gatewayJson({
  pools: { 'pool-docs': ['10.42.1.4'] },
  settings: { 'docs-443': { port: 443, protocol: 'Https', hostName: 'docs.contoso.com' } },
  routes: [['pool-docs', 'docs-443']],
});

const one = (text: string) => backendHealthJson({ 'pool-docs~docs-443': [['10.42.1.4', 'Unhealthy', text]] });

const leaf = {
  subject: 'CN=docs.contoso.com',
  issuer: "CN=R11, O=Let's Encrypt, C=US",
  names: ['docs.contoso.com'],
};

function served(chain: readonly CertificateSketch[], isTrusted = false): unknown {
  const target = { member: '10.42.1.4', pool: 'pool-docs', setting: 'docs-443', serverName: 'docs.contoso.com' };
  const trustError = isTrusted ? {} : { trustError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' };
  return handshakesJson({ ...target, chain, isTrusted, ...trustError });
}

export const cases: readonly Case[] = [
  {
    name: 'a certificate was renewed this morning and browsers show no fault',
    evidence: { 'backend-health': one(INTERMEDIATE_MISSING), gateway },
    expect: 'likely',
    scope: { pool: 'pool-docs', setting: 'docs-443' },
  },
  {
    name: 'the verification ends with number 21',
    evidence: { 'backend-health': one(verifyError(21)), gateway },
    expect: 'likely',
  },
  {
    name: 'the certificates come in another order than the gateway wants',
    evidence: {
      'backend-health': one(
        'The Leaf certificate is not the topmost certificate in the chain presented by the backend server.',
      ),
    },
    expect: 'likely',
  },
  {
    name: 'the uploaded root is not the one that the gateway arrives at',
    evidence: { 'backend-health': one(ROOT_MISMATCH), gateway },
    expect: 'possible',
  },
  {
    name: 'the verification ends with a number that says little',
    evidence: { 'backend-health': one(verifyError(79)), gateway },
    expect: 'possible',
  },
  {
    name: 'a setting that speaks plain HTTP still shows the text',
    evidence: {
      'backend-health': one(INTERMEDIATE_MISSING),
      gateway: gatewayJson({
        pools: { 'pool-docs': ['10.42.1.4'] },
        settings: { 'docs-443': { port: 80, protocol: 'Http' } },
        routes: [['pool-docs', 'docs-443']],
      }),
    },
    expect: 'possible',
  },
  {
    name: 'the dates are the complaint',
    evidence: { 'backend-health': one(CERTIFICATE_DATES), gateway },
    expect: 'ruled-out',
  },
  {
    name: 'all members answer',
    evidence: { 'backend-health': backendHealthJson({ 'pool-docs~docs-443': [['10.42.1.4', 'Healthy', ANSWERED]] }) },
    expect: 'ruled-out',
  },
  {
    name: 'the member sends the certificate of the site and nothing else',
    evidence: { 'backend-health': one(INTERMEDIATE_MISSING), gateway, 'probe-results': served([leaf]) },
    expect: 'confirmed',
    scope: { pool: 'pool-docs', setting: 'docs-443' },
  },
  {
    name: 'the root is blamed, and a public issuer is not sent',
    evidence: { 'backend-health': one(ROOT_MISMATCH), gateway, 'probe-results': served([leaf]) },
    expect: 'likely',
  },
  {
    name: 'two intermediates come the wrong way round',
    evidence: {
      'backend-health': one(verifyError(20)),
      gateway,
      'probe-results': served([
        leaf,
        { subject: 'CN=Public Root X, O=Public', isCa: true },
        { subject: leaf.issuer, issuer: 'CN=Public Root X, O=Public', isCa: true },
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'a private issuer is not sent, and may well be the root itself',
    evidence: {
      'backend-health': one(verifyError(21)),
      gateway,
      'probe-results': served([{ ...leaf, issuer: 'CN=Contoso Issuing 1' }]),
    },
    expect: 'likely',
  },
  {
    name: 'every certificate up to the root is sent',
    evidence: {
      'backend-health': one(INTERMEDIATE_MISSING),
      gateway,
      'probe-results': served([leaf, { subject: leaf.issuer, issuer: 'CN=Public Root X, O=Public', isCa: true }], true),
    },
    expect: 'ruled-out',
  },
  {
    name: 'a lone certificate that vouches for itself',
    evidence: {
      'backend-health': one(INTERMEDIATE_MISSING),
      gateway,
      'probe-results': served([{ subject: 'CN=docs.contoso.com', names: ['docs.contoso.com'] }]),
    },
    expect: 'ruled-out',
    alsoConfirmed: ['certificate-untrusted-root'],
  },
];
