import { ANSWERED, bodyWithout, invalidStatus, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { onDemandJson } from '../case-on-demand.ts';

function gatewayMatching(match: Readonly<Record<string, unknown>>) {
  return gatewayJson({
    pools: { 'pool-shop': ['10.20.1.5', '10.20.1.6'] },
    settings: { 'http-80': { port: 80, probe: 'probe-shop' } },
    probes: { 'probe-shop': { host: 'shop.contoso.com', path: '/health', match } },
    routes: [['pool-shop', 'http-80']],
  });
}

function bothSay(text: string) {
  return backendHealthJson({
    'pool-shop~http-80': [
      ['10.20.1.5', 'Unhealthy', text],
      ['10.20.1.6', 'Unhealthy', text],
    ],
  });
}

/** The configuration names another text than backend health, and the gateway's own test keeps the text of the former. */
const tested = (text: string) => ({
  'backend-health': bothSay(bodyWithout('running')),
  gateway: gatewayMatching({ body: 'healthy' }),
  'on-demand-health': onDemandJson({ pool: 'pool-shop', setting: 'http-80', members: ['10.20.1.5', '10.20.1.6'] }, [
    { changed: 'accepted-range', value: '100-599', answer: { text } },
  ]),
});

export const cases: readonly Case[] = [
  {
    name: 'an asterisk in the expected text',
    evidence: { 'backend-health': bothSay(bodyWithout('*ok*')), gateway: gatewayMatching({ body: '*ok*' }) },
    expect: 'confirmed',
    scope: { pool: 'pool-shop', setting: 'http-80' },
  },
  {
    name: 'a plain word, and a page that was translated',
    evidence: {
      'backend-health': bothSay(bodyWithout('{Status: running}')),
      gateway: gatewayMatching({ body: 'Status: running', statusCodes: ['200'] }),
    },
    expect: 'confirmed',
  },
  {
    name: 'the configuration was not read',
    evidence: { 'backend-health': bothSay(bodyWithout('running')) },
    expect: 'likely',
  },
  {
    name: 'the configuration names another text than backend health',
    evidence: { 'backend-health': bothSay(bodyWithout('running')), gateway: gatewayMatching({ body: 'healthy' }) },
    expect: 'likely',
  },
  {
    name: 'the configuration expects no text by now',
    evidence: { 'backend-health': bothSay(bodyWithout('running')), gateway: gatewayMatching({}) },
    expect: 'possible',
  },
  {
    name: 'one of two members sends another page',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-shop~http-80': [
          ['10.20.1.5', 'Healthy', ANSWERED],
          ['10.20.1.6', 'Unhealthy', bodyWithout('running')],
        ],
      }),
      gateway: gatewayMatching({ body: 'running' }),
    },
    expect: 'possible',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'the text is set, but the status is what is refused',
    evidence: { 'backend-health': bothSay(invalidStatus(500)), gateway: gatewayMatching({ body: 'running' }) },
    expect: 'ruled-out',
  },
  {
    name: 'the text was changed since, and a test misses the new one as well',
    evidence: tested(bodyWithout('healthy')),
    expect: 'confirmed',
  },
  {
    name: 'the text was changed since, and a test is not answered in time',
    evidence: tested(TIMED_OUT),
    expect: 'likely',
  },
];
