import {
  ANSWERED,
  invalidStatus,
  invalidStatusOnly,
  STATUS_MISMATCH_NAME,
  TIMED_OUT,
} from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { onDemandJson, type TestSketch } from '../case-on-demand.ts';

const pools = { 'pool-cart': ['10.50.2.21', '10.50.2.22'] };
const gateway = gatewayJson({
  pools,
  settings: { 'http-5000': { port: 5000, probe: 'probe-cart' } },
  probes: { 'probe-cart': { host: 'cart.contoso.com', path: '/health/ready' } },
  routes: [['pool-cart', 'http-5000']],
});
const cart = { pool: 'pool-cart', setting: 'http-5000' };

function bothAnswer(status: number) {
  return backendHealthJson({
    'pool-cart~http-5000': [
      ['10.50.2.21', 'Unhealthy', invalidStatus(status)],
      ['10.50.2.22', 'Unhealthy', invalidStatus(status)],
    ],
  });
}

const bothWell = backendHealthJson({
  'pool-cart~http-5000': [
    ['10.50.2.21', 'Healthy', ANSWERED],
    ['10.50.2.22', 'Healthy', ANSWERED],
  ],
});

const tested = (status: number, tests: readonly TestSketch[]) => ({
  'backend-health': bothAnswer(status),
  gateway,
  'on-demand-health': onDemandJson({ ...cart, members: ['10.50.2.21', '10.50.2.22'] }, tests),
});
const otherHost = { changed: 'host', value: 'shop.contoso.com' } as const;
const otherPath = { changed: 'path', value: '/' } as const;
const anyStatus = { changed: 'accepted-range', value: '100-599' } as const;
const everywhere = (answer: number) => [
  { ...otherHost, answer },
  { ...otherPath, answer },
  { ...anyStatus, answer },
];

export const cases: readonly Case[] = [
  {
    name: 'the probe and the clients receive the same 500',
    evidence: {
      'backend-health': bothAnswer(500),
      gateway,
      'access-log': accessLogJson([
        { ...cart, status: 500, serverStatus: '500', routed: '10.50.2.21:5000', path: '/cart', times: 35 },
        { ...cart, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE', times: 120 },
      ]),
    },
    expect: 'confirmed',
    scope: { pool: 'pool-cart', setting: 'http-5000' },
  },
  {
    name: 'only the probe is known to receive 500',
    evidence: { 'backend-health': bothAnswer(500), gateway },
    expect: 'likely',
  },
  {
    name: 'the probe and the clients receive 503',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-cart~http-5000': [['10.50.2.21', 'Unhealthy', invalidStatusOnly(503), STATUS_MISMATCH_NAME]],
      }),
      'access-log': accessLogJson([
        { ...cart, status: 503, serverStatus: '503', routed: '10.50.2.21:5000', path: '/cart', times: 8 },
        { ...cart, status: 200, serverStatus: '200', routed: '10.50.2.21:5000', path: '/cart', times: 800 },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'probes are answered while a third of the requests ends in a 500 of the application',
    evidence: {
      'backend-health': bothWell,
      gateway,
      'access-log': accessLogJson([
        { ...cart, status: 200, serverStatus: '200', routed: '10.50.2.21:5000', path: '/cart', times: 80 },
        { ...cart, status: 500, serverStatus: '500', routed: '10.50.2.22:5000', path: '/cart/pay', times: 40 },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'a stray 500 among many answers',
    evidence: {
      'backend-health': bothWell,
      gateway,
      'access-log': accessLogJson([
        { ...cart, status: 200, serverStatus: '200', routed: '10.50.2.21:5000', path: '/cart', times: 600 },
        { ...cart, status: 500, serverStatus: '500', routed: '10.50.2.22:5000', path: '/cart/pay', times: 4 },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the one failing member of two answers 500',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-cart~http-5000': [
          ['10.50.2.21', 'Healthy', ANSWERED],
          ['10.50.2.22', 'Unhealthy', invalidStatus(500)],
        ],
      }),
    },
    expect: 'likely',
    scope: { members: ['10.50.2.22'] },
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'the members do not answer at all, and the gateway notes its own 504',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-cart~http-5000': [
          ['10.50.2.21', 'Unhealthy', TIMED_OUT],
          ['10.50.2.22', 'Unhealthy', TIMED_OUT],
        ],
      }),
      gateway,
      'access-log': accessLogJson([
        {
          ...cart,
          status: 504,
          serverStatus: '504',
          error: 'ERRORINFO_UPSTREAM_TIMED_OUT',
          routed: '10.50.2.21:5000',
          timeTaken: 20.01,
          latency: '20.005',
          path: '/cart',
          times: 60,
        },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'backend health is green and no log was read',
    evidence: { 'backend-health': bothWell, gateway },
    expect: 'inconclusive',
  },
  {
    name: 'every test of the gateway brings the same 500',
    evidence: tested(500, everywhere(500)),
    expect: 'confirmed',
    scope: { pool: 'pool-cart', setting: 'http-5000' },
  },
  {
    name: 'every test of the gateway brings the same 503, as a hop before the application would write it',
    evidence: tested(503, everywhere(503)),
    expect: 'likely',
  },
  {
    name: 'every test that was answered brings the same 500, and no other name was tried',
    evidence: tested(500, [
      { ...otherPath, answer: 500 },
      { ...anyStatus, answer: 500 },
    ]),
    expect: 'likely',
  },
  {
    name: 'the health page alone fails, as one does that asks a database',
    evidence: tested(500, [
      { ...otherHost, answer: 500 },
      { ...otherPath, answer: 200 },
      { ...anyStatus, answer: 500 },
    ]),
    expect: 'likely',
  },
  {
    name: 'the error has gone by the time of the tests',
    evidence: tested(500, [
      { ...otherPath, answer: 200 },
      { ...anyStatus, answer: 200 },
    ]),
    expect: 'possible',
  },
];
