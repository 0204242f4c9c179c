import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { CERTIFICATE_DATES, INTERMEDIATE_MISSING, ROOT_MISMATCH, verifyError } from '../certificate-texts.ts';
import { ANSWERED } from '../probe-texts.ts';

const gateway = gatewayJson({
  pools: { 'pool-docs': ['10.42.1.4'] },
  settings: { 'docs-443': { port: 443, protocol: 'Https', hostName: 'docs.contoso.com' } },
  routes: [['pool-docs', 'docs-443']],
});

const one = (text: string) => backendHealthJson({ 'pool-docs~docs-443': [['10.42.1.4', 'Unhealthy', text]] });

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
];
