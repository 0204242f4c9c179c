import { ANSWERED, invalidStatus, invalidStatusOnly, STATUS_MISMATCH_NAME } from '../../reasoning/probe-texts.ts';
import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { onDemandJson, type TestSketch } from '../case-on-demand.ts';

function gatewayAccepting(...statusCodes: readonly string[]) {
  return gatewayJson({
    pools: { 'pool-shop': ['10.20.1.5', '10.20.1.6'] },
    settings: { 'http-80': { port: 80, probe: 'probe-shop' } },
    probes: { 'probe-shop': { host: 'shop.contoso.com', path: '/', match: { statusCodes } } },
    routes: [['pool-shop', 'http-80']],
  });
}

function bothSay(text: string, errorName?: string) {
  return backendHealthJson({
    'pool-shop~http-80': [
      ['10.20.1.5', 'Unhealthy', text, errorName],
      ['10.20.1.6', 'Unhealthy', text, errorName],
    ],
  });
}

/** Both members fail, and backend health gives no reason; the gateway's own tests say more. */
const tested = (tests: readonly TestSketch[]) => ({
  'backend-health': backendHealthJson({
    'pool-shop~http-80': [
      ['10.20.1.5', 'Unhealthy'],
      ['10.20.1.6', 'Unhealthy'],
    ],
  }),
  gateway: gatewayAccepting('200-299'),
  'on-demand-health': onDemandJson(
    { pool: 'pool-shop', setting: 'http-80', members: ['10.20.1.5', '10.20.1.6'] },
    tests,
  ),
});

export const cases: readonly Case[] = [
  {
    name: 'the text names both the status and the range',
    evidence: { 'backend-health': bothSay(invalidStatus(301, '200')) },
    expect: 'confirmed',
    scope: { pool: 'pool-shop', setting: 'http-80' },
  },
  {
    name: 'the text names the status, the configuration the range',
    evidence: {
      'backend-health': bothSay(invalidStatusOnly(302), STATUS_MISMATCH_NAME),
      gateway: gatewayAccepting('200-299'),
    },
    expect: 'confirmed',
  },
  {
    name: 'an older wording of the same, with the range first',
    evidence: {
      'backend-health': bothSay(
        "Status code of the backend's HTTP response did not match the probe setting. Expected:200 Received:307.",
      ),
    },
    expect: 'confirmed',
  },
  {
    name: 'the range is not known',
    evidence: { 'backend-health': bothSay(invalidStatusOnly(302)) },
    expect: 'likely',
  },
  {
    name: 'the configuration accepts redirects by now',
    evidence: { 'backend-health': bothSay(invalidStatusOnly(302)), gateway: gatewayAccepting('200-399') },
    expect: 'possible',
  },
  {
    name: 'the redirect comes from one of two members',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-shop~http-80': [
          ['10.20.1.5', 'Unhealthy', invalidStatus(302, '200')],
          ['10.20.1.6', 'Healthy', ANSWERED],
        ],
      }),
    },
    expect: 'possible',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'a redirect is accepted and counts as health',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-shop~http-80': [['10.20.1.5', 'Healthy', 'Success. Received 301 status code']],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the narrow range leaves out 204, which is no redirect',
    evidence: { 'backend-health': bothSay(invalidStatus(204, '200')) },
    expect: 'ruled-out',
    alsoConfirmed: ['probe-status-not-accepted'],
  },
  {
    name: 'backend health gives no reason, and a test that accepts any status is redirected',
    evidence: tested([{ changed: 'accepted-range', value: '100-599', answer: 308 }]),
    expect: 'confirmed',
    scope: { pool: 'pool-shop', setting: 'http-80' },
  },
  {
    name: 'backend health gives no reason, and a test that accepts any status is answered as the probe wants it',
    evidence: tested([{ changed: 'accepted-range', value: '100-599', answer: 200 }]),
    expect: 'inconclusive',
  },
  {
    name: 'backend health gives no reason, and a test that accepts any status is forbidden',
    evidence: tested([{ changed: 'accepted-range', value: '100-599', answer: 403 }]),
    expect: 'ruled-out',
  },
];
