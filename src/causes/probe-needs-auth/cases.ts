import { ANSWERED, invalidStatus, invalidStatusOnly } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';

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
];
