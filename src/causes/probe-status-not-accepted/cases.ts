import { ANSWERED, invalidStatus, invalidStatusOnly, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { onDemandJson, type TestSketch } from '../case-on-demand.ts';

const pools = { 'pool-api': ['10.40.0.8', '10.40.0.9'] };

function bothSay(text: string) {
  return backendHealthJson({
    'pool-api~http-8080': [
      ['10.40.0.8', 'Unhealthy', text],
      ['10.40.0.9', 'Unhealthy', text],
    ],
  });
}

function gatewayWith(probe: Readonly<Record<string, unknown>>) {
  return gatewayJson({
    pools,
    settings: { 'http-8080': { port: 8080, probe: 'probe-api' } },
    probes: { 'probe-api': { host: 'api.contoso.com', path: '/v2/orders', ...probe } },
    routes: [['pool-api', 'http-8080']],
  });
}

const tested = (text: string, tests: readonly TestSketch[]) => ({
  'backend-health': bothSay(text),
  gateway: gatewayWith({}),
  'on-demand-health': onDemandJson(
    { pool: 'pool-api', setting: 'http-8080', members: ['10.40.0.8', '10.40.0.9'] },
    tests,
  ),
});
const otherHost = { changed: 'host', value: 'orders.contoso.com' } as const;
const otherPath = { changed: 'path', value: '/' } as const;
const anyStatus = { changed: 'accepted-range', value: '100-599' } as const;

export const cases: readonly Case[] = [
  {
    name: 'the path takes POST only',
    evidence: { 'backend-health': bothSay(invalidStatus(405)), gateway: gatewayWith({}) },
    expect: 'confirmed',
    scope: { pool: 'pool-api', setting: 'http-8080' },
  },
  {
    name: 'an answer without content, where only 200 is accepted',
    evidence: {
      'backend-health': bothSay(invalidStatusOnly(204)),
      gateway: gatewayWith({ path: '/ping', match: { statusCodes: ['200'] } }),
    },
    expect: 'confirmed',
  },
  {
    name: 'the status is known, the range is not',
    evidence: { 'backend-health': bothSay(invalidStatusOnly(405)) },
    expect: 'likely',
  },
  {
    name: 'the members say that too many requests come in',
    evidence: { 'backend-health': bothSay(invalidStatus(429)), gateway: gatewayWith({}) },
    expect: 'likely',
  },
  {
    name: 'the default probe is answered with 400',
    evidence: {
      'backend-health': bothSay(invalidStatus(400)),
      gateway: gatewayJson({ pools, settings: { 'http-8080': { port: 8080 } }, routes: [['pool-api', 'http-8080']] }),
    },
    expect: 'possible',
  },
  {
    name: 'one of two members answers 405',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~http-8080': [
          ['10.40.0.8', 'Unhealthy', invalidStatus(405)],
          ['10.40.0.9', 'Healthy', ANSWERED],
        ],
      }),
    },
    expect: 'possible',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'the members do not answer in time',
    evidence: { 'backend-health': bothSay(TIMED_OUT), gateway: gatewayWith({}) },
    expect: 'ruled-out',
  },
  {
    name: 'the members answer 404',
    evidence: { 'backend-health': bothSay(invalidStatus(404)), gateway: gatewayWith({}) },
    expect: 'ruled-out',
  },
  {
    name: 'the path answers 400 under either name, and another path is answered well',
    evidence: tested(invalidStatus(400), [
      { ...otherHost, answer: 400 },
      { ...otherPath, answer: 200 },
      { ...anyStatus, answer: 400 },
    ]),
    expect: 'confirmed',
  },
  {
    name: 'everything is answered with 400, as plain HTTP is on a port for TLS',
    evidence: tested(invalidStatus(400), [
      { ...otherHost, answer: 400 },
      { ...otherPath, answer: 400 },
      { ...anyStatus, answer: 400 },
    ]),
    expect: 'possible',
  },
  {
    name: 'the 400 goes away with another name',
    evidence: tested(invalidStatus(400), [
      { ...otherHost, answer: 200 },
      { ...anyStatus, answer: 400 },
    ]),
    expect: 'ruled-out',
    alsoConfirmed: ['probe-host-not-served'],
  },
  {
    name: 'the words of backend health are not known, and a test that accepts any status receives 405',
    evidence: tested('The probe did not succeed.', [{ ...anyStatus, answer: 405 }]),
    expect: 'confirmed',
  },
];
