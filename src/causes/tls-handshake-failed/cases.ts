import { CERTIFICATE_DATES, UNKNOWN_AUTHORITY, verifyError } from '../../reasoning/certificate-texts.ts';
import { ANSWERED, CANNOT_CONNECT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { portsJson, probeResultsJson } from '../case-members.ts';
import { type HandshakeSketch, handshakesJson } from '../case-tls.ts';

const target = { pool: 'pool-crm', setting: 'crm-443' };
const address = '10.55.2.11';
const HANDSHAKE = 'The TLS handshake with the backend server failed.';

const health = (text: string, state = 'Unhealthy') =>
  backendHealthJson({ 'pool-crm~crm-443': [[address, state, text]] });

function gatewayWith(
  setting: Readonly<Record<string, unknown>> = {},
  probe: Readonly<Record<string, unknown>> = {},
): unknown {
  return gatewayJson({
    pools: { 'pool-crm': [address] },
    settings: { 'crm-443': { port: 443, protocol: 'Https', probe: 'probe-crm', ...setting } },
    probes: { 'probe-crm': { protocol: 'Https', host: 'crm.contoso.com', path: '/alive', ...probe } },
    routes: [['pool-crm', 'crm-443']],
  });
}

function tried(changed: Partial<HandshakeSketch>): unknown {
  return handshakesJson({ ...target, member: address, serverName: 'crm.contoso.com', ...changed });
}

/** The same member and port through two settings, one of which speaks HTTPS and one HTTP. */
const twoProtocols = (text: string) => ({
  'backend-health': backendHealthJson({
    'pool-crm~crm-8080': [[address, 'Unhealthy', text]],
    'pool-crm~crm-plain': [[address, 'Healthy', ANSWERED]],
  }),
  gateway: gatewayJson({
    pools: { 'pool-crm': [address] },
    settings: {
      'crm-8080': { port: 8080, protocol: 'Https', hostName: 'crm.contoso.com' },
      'crm-plain': { port: 8080, protocol: 'Http' },
    },
    routes: [
      ['pool-crm', 'crm-8080'],
      ['pool-crm', 'crm-plain', ['/public/*']],
    ],
  }),
});

const app = 'app-crm-weu.azurewebsites.net';
const forClients = gatewayJson({
  pools: { 'pool-crm': [app] },
  settings: { 'crm-443': { port: 443, protocol: 'Https', probe: 'probe-crm' } },
  probes: { 'probe-crm': { protocol: 'Https', host: app, path: '/alive' } },
  routes: [['pool-crm', 'crm-443']],
});
const green = backendHealthJson({ 'pool-crm~crm-443': [[app, 'Healthy', ANSWERED]] });
const unexplained = accessLogJson([
  { ...target, status: 502, routed: '20.50.2.15:443', originalHost: 'crm.contoso.com', times: 80, timeTaken: 0.02 },
]);
const asked = (live: Readonly<Record<string, unknown>>) =>
  probeResultsJson([
    {
      ...target,
      member: app,
      ports: portsJson(443, { 443: 'open' }),
      requests: [
        { kind: 'probe', path: '/alive', host: app, status: 200, isAccepted: true },
        { kind: 'live-host', path: '/alive', host: 'crm.contoso.com', ...live },
      ],
    },
  ]);

export const cases: readonly Case[] = [
  {
    name: 'the member breaks off with an alert, and the gateway says as much',
    evidence: {
      'backend-health': health(HANDSHAKE),
      gateway: gatewayWith(),
      'probe-results': tried({ error: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' }),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the gateway complains of dates, and no certificate is ever sent',
    evidence: {
      'backend-health': health(CERTIFICATE_DATES),
      gateway: gatewayWith(),
      'probe-results': tried({ error: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' }),
    },
    expect: 'confirmed',
  },
  {
    name: 'the answer to the first message is no TLS at all',
    evidence: {
      'backend-health': health(HANDSHAKE),
      gateway: gatewayWith(),
      'probe-results': tried({ error: 'ERR_SSL_WRONG_VERSION_NUMBER' }),
    },
    expect: 'confirmed',
  },
  {
    name: 'the gateway speaks of the authority, and the connection is merely reset',
    evidence: {
      'backend-health': health(UNKNOWN_AUTHORITY),
      gateway: gatewayWith(),
      'probe-results': tried({ error: 'ECONNRESET' }),
    },
    expect: 'likely',
  },
  {
    name: 'the name of the host is an address, and the connection is reset',
    evidence: {
      'backend-health': health(HANDSHAKE),
      gateway: gatewayWith({}, { host: address }),
      'probe-results': tried({ serverName: undefined, error: 'ECONNRESET' }),
    },
    expect: 'confirmed',
  },
  {
    name: 'one port, two settings: one is answered, the other is not understood',
    evidence: twoProtocols(HANDSHAKE),
    expect: 'confirmed',
    scope: { pool: 'pool-crm', setting: 'crm-8080' },
  },
  {
    name: 'one port, two settings: one is answered, the other cannot connect',
    evidence: twoProtocols(CANNOT_CONNECT),
    expect: 'likely',
  },
  {
    name: 'clients get errors under their own name, which the member does not shake hands for',
    evidence: {
      'backend-health': green,
      gateway: forClients,
      'access-log': unexplained,
      'probe-results': asked({ error: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' }),
    },
    expect: 'confirmed',
  },
  {
    name: 'clients get errors under their own name, and nobody has tried it directly',
    evidence: { 'backend-health': green, gateway: forClients, 'access-log': unexplained },
    expect: 'possible',
  },
  {
    name: 'clients get errors under their own name, and the member is quite willing to answer it',
    evidence: {
      'backend-health': green,
      gateway: forClients,
      'access-log': unexplained,
      'probe-results': asked({ status: 404, isAccepted: false }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'only the gateway speaks, outright',
    evidence: { 'backend-health': health(HANDSHAKE), gateway: gatewayWith() },
    expect: 'likely',
  },
  {
    name: 'the older gateway only says that its connection failed',
    evidence: { 'backend-health': health('Https probe connection error') },
    expect: 'possible',
  },
  {
    name: 'the handshake is completed for the prober',
    evidence: {
      'backend-health': health(HANDSHAKE),
      gateway: gatewayWith(),
      'probe-results': tried({
        chain: [{ subject: 'CN=crm.contoso.com', issuer: 'CN=Public CA 7', names: ['crm.contoso.com'] }],
        isTrusted: true,
      }),
    },
    expect: 'possible',
  },
  {
    name: 'the handshake is completed for the prober, which is asked who it is',
    evidence: {
      'backend-health': health(HANDSHAKE),
      gateway: gatewayWith(),
      'probe-results': tried({
        chain: [{ subject: 'CN=crm.contoso.com', issuer: 'CN=Public CA 7', names: ['crm.contoso.com'] }],
        isTrusted: true,
        demandsClientCertificate: true,
      }),
    },
    expect: 'likely',
  },
  {
    name: 'the prober was refused the connection itself',
    evidence: {
      'backend-health': health(HANDSHAKE),
      gateway: gatewayWith(),
      'probe-results': tried({ error: 'ETIMEDOUT' }),
    },
    expect: 'likely',
  },
  {
    name: 'the gateway gives a number of the verification',
    evidence: { 'backend-health': health(verifyError(20)), gateway: gatewayWith() },
    expect: 'ruled-out',
  },
  {
    name: 'members cannot be connected to',
    evidence: { 'backend-health': health(CANNOT_CONNECT), gateway: gatewayWith() },
    expect: 'ruled-out',
  },
  {
    name: 'backend health may not be read, and the member breaks off',
    evidence: { gateway: gatewayWith(), 'probe-results': tried({ error: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }) },
    failed: { 'backend-health': '429 TooManyRequests' },
    expect: 'likely',
  },
  {
    name: 'nothing but the configuration was read',
    evidence: { gateway: gatewayWith() },
    expect: 'inconclusive',
  },
];
