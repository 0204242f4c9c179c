import { accessLogJson, type Case, gatewayJson } from '../case.ts';

const target = { pool: 'pool-web', setting: 'web-80' };
const CLOSED = 'ERRORINFO_CLIENT_CLOSED_REQUEST';
const fine = { ...target, times: 300, status: 200, serverStatus: '200', routed: '10.96.1.4:80' };
const left = { ...target, status: 499, error: CLOSED, routed: '10.96.1.4:80', path: '/suggest' };

const gateway = gatewayJson({
  pools: { 'pool-web': ['10.96.1.4'] },
  settings: { 'web-80': { port: 80, requestTimeout: 30 } },
  routes: [['pool-web', 'web-80']],
});

export const cases: readonly Case[] = [
  {
    name: 'a search box asks with every key',
    evidence: { gateway, 'access-log': accessLogJson([fine, { ...left, times: 60, timeTaken: 0.3 }]) },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the configuration is not at hand',
    evidence: { 'access-log': accessLogJson([fine, { ...left, times: 60, timeTaken: 1.4 }]) },
    expect: 'likely',
  },
  {
    name: 'most of them shortly before half a minute',
    evidence: { gateway, 'access-log': accessLogJson([fine, { ...left, times: 60, timeTaken: 29.2 }]) },
    expect: 'possible',
  },
  {
    name: 'all after ten seconds, whatever the gateway would wait',
    evidence: { gateway, 'access-log': accessLogJson([fine, { ...left, times: 60, timeTaken: 10.0 }]) },
    expect: 'possible',
  },
  {
    name: 'three in a busy hour',
    evidence: { gateway, 'access-log': accessLogJson([fine, { ...left, times: 3, timeTaken: 0.3 }]) },
    expect: 'possible',
  },
  {
    name: 'the word stands on requests that were answered',
    evidence: { gateway, 'access-log': accessLogJson([{ ...fine, error: CLOSED }]) },
    expect: 'ruled-out',
  },
  {
    name: 'the log is not kept',
    evidence: { gateway },
    failed: { 'access-log': 'No Log Analytics workspace receives the access log.' },
    expect: 'inconclusive',
  },
];
