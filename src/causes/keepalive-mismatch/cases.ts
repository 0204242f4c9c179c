import { ANSWERED, CANNOT_CONNECT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';

const target = { pool: 'pool-node', setting: 'node-3000' };
const CLOSED = 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION';

const gateway = gatewayJson({
  pools: { 'pool-node': ['10.70.1.4', '10.70.1.5'] },
  settings: { 'node-3000': { port: 3000 } },
  routes: [['pool-node', 'node-3000']],
});

const well = backendHealthJson({
  'pool-node~node-3000': [
    ['10.70.1.4', 'Healthy', ANSWERED],
    ['10.70.1.5', 'Healthy', ANSWERED],
  ],
});

const fine = { ...target, times: 900, at: '2026-09-14T02:00:00Z', status: 200, serverStatus: '200', latency: '0.030' };
const failed = { ...target, status: 502, error: CLOSED, timeTaken: 0.004 };

export const cases: readonly Case[] = [
  {
    name: 'now and then a request fails at once, on either member',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        { ...fine, routed: '10.70.1.4:3000' },
        { ...fine, routed: '10.70.1.5:3000' },
        { ...failed, times: 3, at: '2026-09-14T02:01:00Z', routed: '10.70.1.4:3000', path: '/cart' },
        { ...failed, times: 3, at: '2026-09-14T02:07:00Z', routed: '10.70.1.5:3000', path: '/search' },
        { ...failed, times: 3, at: '2026-09-14T02:13:00Z', routed: '10.70.1.4:3000', path: '/cart' },
      ]),
    },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'all failures fall within one minute of a quarter of an hour',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        { ...fine, routed: '10.70.1.4:3000' },
        { ...fine, routed: '10.70.1.5:3000' },
        { ...failed, times: 20, at: '2026-09-14T02:07:00Z', routed: '10.70.1.4:3000', path: '/cart' },
        { ...failed, times: 20, at: '2026-09-14T02:07:00Z', routed: '10.70.1.5:3000', path: '/search' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'the failing requests carry files, the others do not',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        { ...fine, routed: '10.70.1.4:3000' },
        {
          ...{ ...failed, times: 6, at: '2026-09-14T02:01:00Z', routed: '10.70.1.4:3000' },
          ...{ path: '/upload', method: 'POST', receivedBytes: 8_400_000 },
        },
        {
          ...{ ...failed, times: 6, at: '2026-09-14T02:12:00Z', routed: '10.70.1.5:3000' },
          ...{ path: '/upload', method: 'POST', receivedBytes: 9_100_000 },
        },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'one of the members fails its probe as well',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-node~node-3000': [
          ['10.70.1.4', 'Unhealthy', CANNOT_CONNECT],
          ['10.70.1.5', 'Healthy', ANSWERED],
        ],
      }),
      gateway,
      'access-log': accessLogJson([
        { ...fine, routed: '10.70.1.5:3000' },
        { ...failed, times: 9, at: '2026-09-14T02:01:00Z', routed: '10.70.1.4:3000' },
        { ...failed, times: 9, at: '2026-09-14T02:12:00Z', routed: '10.70.1.5:3000' },
      ]),
    },
    expect: 'possible',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'a few rows that somebody picked out: closed at once, beside others that were answered',
    evidence: {
      'backend-health': well,
      'access-log': accessLogJson([
        { ...fine, times: 4, routed: '10.70.1.4:3000' },
        { ...failed, times: 2, at: '2026-09-14T02:01:00Z', routed: '10.70.1.4:3000', path: '/cart' },
        { ...failed, times: 2, at: '2026-09-14T02:09:00Z', routed: '10.70.1.5:3000', path: '/search' },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'every single request is closed upon',
    evidence: {
      gateway,
      'access-log': accessLogJson([{ ...failed, times: 200, routed: '10.70.1.4:3000' }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'slow requests end at the timeout',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        { ...fine, routed: '10.70.1.4:3000' },
        {
          ...{ ...target, times: 5, status: 504, error: 'ERRORINFO_UPSTREAM_TIMED_OUT', timeTaken: 20.0 },
          ...{ routed: '10.70.1.4:3000', path: '/export' },
        },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the log query found no workspace',
    evidence: { 'backend-health': well, gateway },
    failed: { 'access-log': '404 WorkspaceNotFound' },
    expect: 'inconclusive',
  },
];
