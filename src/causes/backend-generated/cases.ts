import { ANSWERED } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';

const target = { pool: 'pool-ingress', setting: 'ingress-80' };
const member = '10.60.0.10:80';

const gateway = gatewayJson({
  pools: { 'pool-ingress': ['10.60.0.10'] },
  settings: { 'ingress-80': { port: 80, requestTimeout: 60 } },
  routes: [['pool-ingress', 'ingress-80']],
});

const well = backendHealthJson({ 'pool-ingress~ingress-80': [['10.60.0.10', 'Healthy', ANSWERED]] });
const fine = { ...target, status: 200, serverStatus: '200', routed: member, latency: '0.040', path: '/' };
const failed = { ...target, routed: member, path: '/api/orders', sentBytes: 520 };

/** One machine that nothing marks as an ingress. */
const machine = { pool: 'pool-portal', setting: 'portal-443', routed: '10.61.2.7:443' };
const plain = (protocol: string) =>
  gatewayJson({
    pools: { 'pool-portal': ['10.61.2.7'] },
    settings: { 'portal-443': { port: 443, protocol, requestTimeout: 60 } },
    routes: [['pool-portal', 'portal-443']],
  });

export const cases: readonly Case[] = [
  {
    name: 'one part of the site answers 502 within a blink while members are green',
    evidence: {
      'backend-health': well,
      gateway,
      'access-log': accessLogJson([
        { ...fine, times: 200 },
        { ...failed, times: 80, status: 502, serverStatus: '502', latency: '0.012' },
      ]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'only the log is at hand, and everything is answered 503 at once',
    evidence: {
      'access-log': accessLogJson([{ ...failed, times: 120, status: 503, serverStatus: '503', latency: '0.003' }]),
    },
    expect: 'confirmed',
  },
  {
    name: 'nothing but 502, with a status, and no other request to compare with',
    evidence: {
      gateway: plain('Http'),
      'access-log': accessLogJson([
        { ...failed, ...machine, times: 120, status: 502, serverStatus: '502', latency: '0.001' },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the same of an ingress, where the pods behind it say more',
    evidence: {
      gateway,
      'access-log': accessLogJson([{ ...failed, times: 120, status: 502, serverStatus: '502', latency: '0.001' }]),
    },
    expect: 'possible',
  },
  {
    name: 'connections refused now and then by one machine, on the very path that it answers otherwise',
    evidence: {
      'access-log': accessLogJson([
        { ...fine, ...machine, times: 400 },
        { ...fine, ...machine, times: 30, status: 502, serverStatus: '502', latency: '0.001' },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'over TLS nothing passes but the probe, and clients are sent on under their own name',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-portal~portal-443': [['10.61.2.7', 'Healthy', ANSWERED]] }),
      gateway: plain('Https'),
      'access-log': accessLogJson([
        { ...failed, ...machine, times: 90, status: 502, serverStatus: '502', latency: '0.014' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'three rows that somebody picked out, without the gateway to compare with',
    evidence: {
      'access-log': accessLogJson([
        { ...failed, times: 2, status: 503, serverStatus: '503', latency: '0.391' },
        { ...fine, times: 1 },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'a status of 504, noted when the request timeout was over',
    evidence: {
      gateway,
      'access-log': accessLogJson([
        { ...fine, times: 200 },
        { ...failed, times: 30, status: 504, serverStatus: '504', latency: '60.001', timeTaken: 60.0 },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'a few errors of the backend among many for want of a live member',
    evidence: {
      gateway,
      'access-log': accessLogJson([
        { ...fine, times: 200 },
        { ...failed, times: 4, status: 502, serverStatus: '502', latency: '0.012' },
        { ...target, times: 400, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'the gateway says that the connection was closed, whatever status it noted',
    evidence: {
      gateway,
      'access-log': accessLogJson([
        { ...fine, times: 200 },
        {
          ...failed,
          ...{ times: 40, status: 502, serverStatus: '502', latency: '0.012' },
          error: 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION',
        },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'failed requests reached no backend',
    evidence: {
      gateway,
      'access-log': accessLogJson([{ ...target, times: 90, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'no log is kept',
    evidence: { 'backend-health': well, gateway },
    failed: { 'access-log': 'No Log Analytics workspace receives the access log.' },
    expect: 'inconclusive',
  },
];
