import { ANSWERED, NOT_RETRIEVABLE, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';

const web = { pool: 'pool-web', setting: 'http-80' };
const gateway = gatewayJson({
  pools: { 'pool-web': ['10.20.1.5', '10.20.1.6'] },
  settings: { 'http-80': { port: 80 } },
  routes: [['pool-web', 'http-80']],
});
const nothingRead = backendHealthJson({
  'pool-web~http-80': [
    ['10.20.1.5', 'Unknown', NOT_RETRIEVABLE],
    ['10.20.1.6', 'Unknown', NOT_RETRIEVABLE],
  ],
});
const flowing = accessLogJson([
  { ...web, status: 200, serverStatus: '200', routed: '10.20.1.5:80', times: 90, at: '2026-09-14T02:26:00Z' },
  { ...web, status: 404, serverStatus: '404', routed: '10.20.1.6:80', times: 6, at: '2026-09-14T02:26:00Z' },
]);

export const cases: readonly Case[] = [
  {
    name: 'the read was refused for want of a right while clients are served',
    evidence: { gateway, 'access-log': flowing },
    failed: { 'backend-health': 'The read was refused: 403 AuthorizationFailed.' },
    expect: 'confirmed',
  },
  {
    name: 'all members are Unknown while clients are served',
    evidence: { 'backend-health': nothingRead, gateway, 'access-log': flowing },
    expect: 'confirmed',
  },
  {
    name: 'a ReadOnly lock forbids the read, and no log was read',
    evidence: { gateway },
    failed: { 'backend-health': '409 ScopeLocked: the scope cannot perform the operation because it is locked.' },
    expect: 'likely',
  },
  {
    name: 'the member is a name, Unknown, and its clients are served',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [['web.internal.contoso.com', 'Unknown', NOT_RETRIEVABLE]],
      }),
      'access-log': flowing,
    },
    expect: 'likely',
  },
  {
    name: 'all members are Unknown, and the last answer to a client is hours old',
    evidence: {
      'backend-health': nothingRead,
      'access-log': accessLogJson([
        { ...web, status: 200, serverStatus: '200', routed: '10.20.1.5:80', times: 90, at: '2026-09-13T22:00:00Z' },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'all members are Unknown while most requests fail',
    evidence: {
      'backend-health': nothingRead,
      'access-log': accessLogJson([
        { ...web, status: 200, serverStatus: '200', routed: '10.20.1.5:80', times: 40 },
        { ...web, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE', times: 80, at: '2026-09-14T02:12:00Z' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'all members are Unknown and nothing else was read',
    evidence: { 'backend-health': nothingRead },
    expect: 'possible',
  },
  {
    name: 'the read was throttled',
    evidence: { gateway },
    failed: { 'backend-health': 'Throttled: 429 after 3 attempts.' },
    expect: 'possible',
  },
  {
    name: 'the members are down, and backend health says why',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [
          ['10.20.1.5', 'Unhealthy', TIMED_OUT],
          ['10.20.1.6', 'Unhealthy', TIMED_OUT],
        ],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'one pool of two is Unknown',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [['10.20.1.5', 'Unknown', NOT_RETRIEVABLE]],
        'pool-api~http-8080': [['10.20.1.9', 'Healthy', ANSWERED]],
      }),
    },
    expect: 'possible',
  },
  { name: 'backend health was never asked for', evidence: { gateway }, expect: 'inconclusive' },
  {
    name: 'all members of a gateway with a private side only are Unknown, and nothing else was read',
    evidence: {
      'backend-health': nothingRead,
      gateway: gatewayJson({
        pools: { 'pool-web': ['10.20.1.5', '10.20.1.6'] },
        settings: { 'http-80': { port: 80 } },
        routes: [['pool-web', 'http-80']],
        properties: {
          frontendIPConfigurations: [{ name: 'private', properties: { privateIPAddress: '10.20.0.9' } }],
        },
      }),
    },
    expect: 'possible',
  },
];
