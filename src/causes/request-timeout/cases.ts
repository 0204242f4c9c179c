import { ANSWERED, CANNOT_CONNECT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';

const target = { pool: 'pool-shop', setting: 'shop-80' };
const member = '10.50.1.4:80';
const TIMED_OUT = 'ERRORINFO_UPSTREAM_TIMED_OUT';

const sketch = (requestTimeout: number) =>
  gatewayJson({
    pools: { 'pool-shop': ['10.50.1.4'] },
    settings: { 'shop-80': { port: 80, requestTimeout } },
    routes: [['pool-shop', 'shop-80']],
  });

const well = backendHealthJson({ 'pool-shop~shop-80': [['10.50.1.4', 'Healthy', ANSWERED]] });

const quick = { ...target, status: 200, serverStatus: '200', routed: member, latency: '0.120', timeTaken: 0.14 };
const slow = { ...target, status: 504, error: TIMED_OUT, routed: member, path: '/reports/year', timeTaken: 20.01 };

/** As records were before they carried `error_info`. */
const withoutWords = (log: unknown): unknown =>
  JSON.parse(JSON.stringify(log, (key, value: unknown) => (key === 'error_info' ? undefined : value)));

export const cases: readonly Case[] = [
  {
    name: 'one path ends in 504 after twenty seconds, the rest of the site is quick',
    evidence: {
      'backend-health': well,
      gateway: sketch(20),
      'access-log': accessLogJson([
        { ...quick, times: 600, at: '2026-09-14T02:05:00Z', path: '/products' },
        { ...slow, times: 45, at: '2026-09-14T02:07:00Z' },
      ]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'two members, so every failed request took twice as long',
    evidence: {
      gateway: sketch(20),
      'access-log': accessLogJson([
        { ...quick, times: 600, at: '2026-09-14T02:05:00Z', path: '/products' },
        { ...slow, times: 45, at: '2026-09-14T02:07:00Z', timeTaken: 40.03 },
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'the configuration could not be read',
    evidence: {
      'access-log': accessLogJson([
        { ...quick, times: 600, at: '2026-09-14T02:05:00Z', path: '/products' },
        { ...slow, times: 45, at: '2026-09-14T02:07:00Z' },
      ]),
    },
    failed: { gateway: '403 AuthorizationFailed' },
    expect: 'likely',
  },
  {
    name: 'requests of all kinds end after twenty seconds, and none is answered any more',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-shop~shop-80': [['10.50.1.4', 'Unhealthy', CANNOT_CONNECT]] }),
      gateway: sketch(20),
      'access-log': accessLogJson([
        { ...quick, times: 300, at: '2026-09-14T02:00:00Z', path: '/products' },
        { ...slow, times: 60, at: '2026-09-14T02:07:00Z', path: '/products' },
        { ...slow, times: 60, at: '2026-09-14T02:07:00Z', path: '/' },
        { ...target, times: 200, at: '2026-09-14T02:08:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'within one minute requests of all kinds end after twenty seconds, then all is well again',
    evidence: {
      'backend-health': well,
      gateway: sketch(20),
      'access-log': accessLogJson([
        { ...quick, times: 600, at: '2026-09-14T02:05:00Z', path: '/' },
        { ...slow, times: 9, at: '2026-09-14T02:07:00Z', path: '/' },
        { ...slow, times: 6, at: '2026-09-14T02:07:00Z', path: '/products' },
        { ...slow, times: 5, at: '2026-09-14T02:07:00Z', path: '/cart' },
        { ...slow, times: 5, at: '2026-09-14T02:07:00Z', path: '/account' },
        { ...slow, times: 5, at: '2026-09-14T02:07:00Z', path: '/search' },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'for a quarter of an hour one report fails, and the log gathers what succeeds without its paths',
    evidence: {
      gateway: sketch(20),
      'access-log': accessLogJson([
        { ...quick, times: 1000, at: '2026-09-14T02:00:00Z', path: '' },
        { ...slow, times: 6, at: '2026-09-14T02:01:00Z' },
        { ...slow, times: 6, at: '2026-09-14T02:08:00Z' },
        { ...slow, times: 6, at: '2026-09-14T02:15:00Z' },
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'a slow catalog in the evening, and an outage of another kind at night',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-shop~shop-80': [['10.50.1.4', 'Unhealthy', CANNOT_CONNECT]] }),
      gateway: sketch(180),
      'access-log': accessLogJson([
        { ...quick, times: 300, at: '2026-09-13T20:00:00Z', path: '/products' },
        { ...slow, times: 13, at: '2026-09-13T20:02:00Z', path: '/catalog', timeTaken: 180.03 },
        { ...target, times: 800, at: '2026-09-13T22:00:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'two slow requests in a busy hour',
    evidence: {
      gateway: sketch(20),
      'access-log': accessLogJson([
        { ...quick, times: 900, at: '2026-09-14T02:05:00Z', path: '/products' },
        { ...slow, times: 2, at: '2026-09-14T02:07:00Z' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'clients give up shortly before a timeout that nothing reaches',
    evidence: {
      gateway: sketch(180),
      'access-log': accessLogJson([
        { ...quick, times: 300, path: '/products' },
        {
          ...{ ...target, times: 40, status: 499, error: 'ERRORINFO_CLIENT_CLOSED_REQUEST', routed: member },
          ...{ timeTaken: 178.2, path: '/catalog' },
        },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'every 504 ends after exactly sixty seconds, with a status from behind',
    evidence: {
      gateway: sketch(230),
      'access-log': accessLogJson([
        { ...quick, times: 300, path: '/products' },
        {
          ...{ ...target, times: 40, status: 504, serverStatus: '504', routed: member },
          ...{ latency: '60.002', timeTaken: 60.01, path: '/export' },
        },
      ]),
    },
    expect: 'ruled-out',
    alsoConfirmed: ['backend-generated'],
  },
  {
    name: 'a dozen timeouts in five thousand requests, all of them of the one path that is never answered',
    evidence: {
      gateway: sketch(120),
      'access-log': accessLogJson([
        { ...quick, times: 5000, path: '/products' },
        { ...slow, times: 12, timeTaken: 120.02, path: '/reports/all' },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'one row that somebody picked out, of a pool whose members answer their probes',
    evidence: {
      'backend-health': well,
      gateway: sketch(20),
      'access-log': accessLogJson([{ ...slow, times: 1 }]),
    },
    expect: 'likely',
  },
  {
    name: 'an older log without error words: every 504 after the same half minute, the gateway not read',
    evidence: {
      'access-log': withoutWords(
        accessLogJson([
          { ...quick, times: 200, timeTaken: 12, latency: '11.9' },
          { ...slow, times: 60, serverStatus: '504', latency: '30.004', timeTaken: 30.21 },
        ]),
      ),
    },
    expect: 'likely',
  },
  {
    name: 'the gateway has one pool, and the log is of a schema that does not name it',
    evidence: {
      gateway: sketch(20),
      'access-log': accessLogJson([
        { ...quick, pool: undefined, times: 600, at: '2026-09-14T02:05:00Z', path: '/products' },
        { ...slow, pool: undefined, times: 45, at: '2026-09-14T02:07:00Z' },
      ]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'requests fail at once, for want of a live member',
    evidence: {
      gateway: sketch(20),
      'access-log': accessLogJson([
        { ...target, times: 200, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE', timeTaken: 0.001 },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the log query was throttled',
    evidence: { 'backend-health': well, gateway: sketch(20) },
    failed: { 'access-log': '429 TooManyRequests' },
    expect: 'inconclusive',
  },
];
