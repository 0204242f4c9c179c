import { ANSWERED, invalidStatus, invalidStatusOnly } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { onDemandJson, type TestSketch } from '../case-on-demand.ts';

const gateway = gatewayJson({
  pools: { 'pool-portal': ['10.30.4.11', '10.30.4.12'] },
  settings: { 'https-8443': { port: 8443, protocol: 'Https', probe: 'probe-portal' } },
  probes: { 'probe-portal': { protocol: 'Https', host: 'portal.contoso.com', path: '/app/status' } },
  routes: [['pool-portal', 'https-8443']],
});

function bothAnswer(status: number) {
  return backendHealthJson({
    'pool-portal~https-8443': [
      ['10.30.4.11', 'Unhealthy', invalidStatus(status)],
      ['10.30.4.12', 'Unhealthy', invalidStatus(status)],
    ],
  });
}

const traffic = accessLogJson([
  {
    pool: 'pool-portal',
    setting: 'https-8443',
    status: 200,
    serverStatus: '200',
    routed: '10.30.4.11:8443',
    path: '/login',
    times: 40,
  },
  { pool: 'pool-portal', setting: 'https-8443', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE', times: 60 },
]);

const tested = (status: number, tests: readonly TestSketch[]) => ({
  'backend-health': bothAnswer(status),
  gateway,
  'on-demand-health': onDemandJson(
    { pool: 'pool-portal', setting: 'https-8443', members: ['10.30.4.11', '10.30.4.12'] },
    tests,
  ),
});
const otherPath = { changed: 'path', value: '/' } as const;
const otherHost = { changed: 'host', value: 'www.contoso.com' } as const;
const anyStatus = { changed: 'accepted-range', value: '100-599' } as const;

export const cases: readonly Case[] = [
  {
    name: 'the members answered clients on this port until they were taken out for a 401',
    evidence: { 'backend-health': bothAnswer(401), gateway, 'access-log': traffic },
    expect: 'confirmed',
    scope: { pool: 'pool-portal', setting: 'https-8443' },
  },
  {
    name: 'every member asks the probe for credentials, and nothing else was read',
    evidence: { 'backend-health': bothAnswer(401) },
    expect: 'likely',
  },
  {
    name: 'another probe of the same port is answered',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-portal~https-8443': [['10.30.4.11', 'Unhealthy', invalidStatusOnly(401)]],
        'pool-portal~https-assets': [['10.30.4.11', 'Healthy', ANSWERED]],
      }),
      gateway: gatewayJson({
        pools: { 'pool-portal': ['10.30.4.11'] },
        settings: {
          'https-8443': { port: 8443, protocol: 'Https', probe: 'probe-portal' },
          'https-assets': { port: 8443, protocol: 'Https', probe: 'probe-assets' },
        },
        probes: {
          'probe-portal': { protocol: 'Https', host: 'portal.contoso.com', path: '/app/status' },
          'probe-assets': { protocol: 'Https', host: 'portal.contoso.com', path: '/assets/logo.svg' },
        },
        routes: [['pool-portal', 'https-8443']],
      }),
    },
    expect: 'confirmed',
  },
  {
    name: 'the application of virtual machines forbids a path of its own, and has answered clients',
    evidence: { 'backend-health': bothAnswer(403), gateway, 'access-log': traffic },
    expect: 'likely',
  },
  {
    name: 'a web app answers the probe with 403',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~https-443': [['app-shop-weu.azurewebsites.net', 'Unhealthy', invalidStatus(403)]],
      }),
      gateway: gatewayJson({
        pools: { 'pool-web': ['app-shop-weu.azurewebsites.net'] },
        settings: { 'https-443': { port: 443, protocol: 'Https', pickHostNameFromBackendAddress: true, probe: 'p' } },
        probes: { p: { protocol: 'Https', path: '/health', pickHostNameFromBackendHttpSettings: true } },
        routes: [['pool-web', 'https-443']],
      }),
    },
    expect: 'possible',
  },
  {
    name: 'one member of two asks for credentials',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-portal~https-8443': [
          ['10.30.4.11', 'Unhealthy', invalidStatus(401)],
          ['10.30.4.12', 'Healthy', ANSWERED],
        ],
      }),
      gateway,
    },
    expect: 'possible',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'the path is missing, not guarded',
    evidence: { 'backend-health': bothAnswer(404), gateway },
    expect: 'ruled-out',
  },
  {
    name: 'backend health was refused',
    evidence: { gateway },
    failed: { 'backend-health': 'The read was refused: 403 AuthorizationFailed.' },
    expect: 'inconclusive',
  },
  {
    name: 'the gateway is answered on another path, and asked for credentials on the one of the probe',
    evidence: tested(401, [
      { ...otherHost, answer: 401 },
      { ...otherPath, answer: 200 },
      { ...anyStatus, answer: 401 },
    ]),
    expect: 'confirmed',
  },
  {
    name: 'the gateway is asked for credentials under the name of the probe alone',
    evidence: tested(401, [
      { ...otherHost, answer: 200 },
      { ...otherPath, answer: 200 },
      { ...anyStatus, answer: 401 },
    ]),
    expect: 'likely',
  },
  {
    name: 'the gateway is asked for credentials whatever it asks for',
    evidence: tested(401, [
      { ...otherPath, answer: 401 },
      { ...otherHost, answer: 401 },
      { ...anyStatus, answer: 401 },
    ]),
    expect: 'likely',
  },
  {
    name: 'nobody is asked for credentials any more',
    evidence: tested(401, [
      { ...otherPath, answer: 200 },
      { ...anyStatus, answer: 200 },
    ]),
    expect: 'possible',
  },
  {
    name: 'one path is forbidden and another is answered',
    evidence: tested(403, [
      { ...otherPath, answer: 200 },
      { ...otherHost, answer: 403 },
      { ...anyStatus, answer: 403 },
    ]),
    expect: 'likely',
  },
  {
    name: 'the gateway is forbidden whatever it asks for',
    evidence: tested(403, [
      { ...otherPath, answer: 403 },
      { ...otherHost, answer: 403 },
      { ...anyStatus, answer: 403 },
    ]),
    expect: 'possible',
  },
  {
    name: 'what is forbidden under one name is answered under another',
    evidence: tested(403, [
      { ...otherHost, answer: 200 },
      { ...anyStatus, answer: 403 },
    ]),
    expect: 'ruled-out',
    alsoConfirmed: ['probe-host-not-served'],
  },
];
