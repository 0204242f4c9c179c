import { ANSWERED, CANNOT_CONNECT, invalidStatus, STATUS_MISMATCH_NAME } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { portsJson, probeResultsJson } from '../case-members.ts';
import { onDemandJson, type TestSketch } from '../case-on-demand.ts';

const target = { pool: 'pool-portal', setting: 'portal-443' };
const app = 'portal-prod-weu.azurewebsites.net';
const refused = (address: string, status = 404) =>
  backendHealthJson({ 'pool-portal~portal-443': [[address, 'Unhealthy', invalidStatus(status)]] });
const toApp = (setting: Readonly<Record<string, unknown>>, probe?: Readonly<Record<string, unknown>>) =>
  gatewayJson({
    pools: { 'pool-portal': [app] },
    settings: {
      'portal-443': { port: 443, protocol: 'Https', ...setting, ...(probe ? { probe: 'probe-portal' } : {}) },
    },
    ...(probe ? { probes: { 'probe-portal': { protocol: 'Https', ...probe } } } : {}),
    routes: [['pool-portal', 'portal-443']],
  });
const toMachine = gatewayJson({
  pools: { 'pool-portal': ['10.20.8.4'] },
  settings: { 'portal-443': { port: 443, protocol: 'Https', probe: 'probe-portal' } },
  probes: { 'probe-portal': { protocol: 'Https', host: 'portal.contoso.com', path: '/status' } },
  routes: [['pool-portal', 'portal-443']],
});
const probed = (requests: readonly unknown[]) =>
  probeResultsJson([{ member: '10.20.8.4', ...target, ports: portsJson(443, { 443: 'open' }), requests }]);
const ownRequest = {
  kind: 'probe',
  path: '/status',
  host: 'portal.contoso.com',
  status: 404,
  seconds: 0.1,
  isAccepted: false,
};

/** Two settings that reach the same machine on one port with two probes, of which the second is answered. */
function twoProbes(first: Readonly<Record<string, unknown>>, second: Readonly<Record<string, unknown>>) {
  return {
    'backend-health': backendHealthJson({
      'pool-portal~portal-443': [['10.20.8.4', 'Unhealthy', invalidStatus(404)]],
      'pool-portal~admin-443': [['10.20.8.4', 'Healthy', ANSWERED]],
    }),
    gateway: gatewayJson({
      pools: { 'pool-portal': ['10.20.8.4'] },
      settings: {
        'portal-443': { port: 443, protocol: 'Https', probe: 'probe-portal' },
        'admin-443': { port: 443, protocol: 'Https', probe: 'probe-admin' },
      },
      probes: {
        'probe-portal': { protocol: 'Https', path: '/status', ...first },
        'probe-admin': { protocol: 'Https', path: '/status', ...second },
      },
      routes: [
        ['pool-portal', 'portal-443'],
        ['pool-portal', 'admin-443', ['/admin/*']],
      ],
    }),
  };
}

/** A machine that the probe asks under one name while clients come under another, and the gateway's own tests of it. */
function tested(status: number, tests: readonly TestSketch[]) {
  return {
    'backend-health': refused('10.20.8.4', status),
    gateway: gatewayJson({
      pools: { 'pool-portal': ['10.20.8.4'] },
      settings: { 'portal-443': { port: 443, protocol: 'Https', probe: 'probe-portal' } },
      probes: { 'probe-portal': { protocol: 'Https', host: 'portal.contoso.local', path: '/status' } },
      routes: [['pool-portal', 'portal-443']],
      listenerHosts: ['portal.contoso.com'],
    }),
    'on-demand-health': onDemandJson({ ...target, members: ['10.20.8.4'] }, tests),
  };
}
const otherHost = { changed: 'host', value: 'PORTAL.contoso.com' } as const;
const otherPath = { changed: 'path', value: '/' } as const;
const anyStatus = { changed: 'accepted-range', value: '100-599' } as const;

export const cases: readonly Case[] = [
  {
    name: 'a second probe asks the same machine for the same path under another name, and is answered',
    evidence: twoProbes({ host: 'portal.contoso.com' }, { host: 'portal.contoso.local' }),
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'a test from inside the network is answered on the same path under another name',
    evidence: {
      'backend-health': refused('10.20.8.4'),
      gateway: toMachine,
      'probe-results': probed([
        ownRequest,
        {
          kind: 'other-host',
          path: '/status',
          host: 'portal.contoso.local',
          status: 200,
          seconds: 0.1,
          isAccepted: true,
        },
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'the default probe asks a web app for 127.0.0.1',
    evidence: { 'backend-health': refused(app), gateway: toApp({}) },
    expect: 'likely',
  },
  {
    name: 'the probe asks a web app for a domain of the company',
    evidence: {
      'backend-health': refused(app),
      gateway: toApp(
        { hostName: 'portal.contoso.com' },
        { pickHostNameFromBackendHttpSettings: true, path: '/health' },
      ),
    },
    expect: 'likely',
  },
  {
    name: 'a server with named sites answers 400 to the default probe',
    evidence: {
      'backend-health': refused('10.20.8.4', 400),
      gateway: gatewayJson({
        pools: { 'pool-portal': ['10.20.8.4'] },
        settings: { 'portal-443': { port: 443, protocol: 'Https' } },
        routes: [['pool-portal', 'portal-443']],
      }),
    },
    expect: 'likely',
  },
  {
    name: 'clients are answered on the very path of the probe, under their own name',
    evidence: {
      'backend-health': refused('10.20.8.4'),
      gateway: toMachine,
      'access-log': accessLogJson([
        {
          ...{ ...target, times: 25, status: 200, serverStatus: '200', routed: '10.20.8.4:443', path: '/status' },
          originalHost: 'www.contoso.com',
        },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the web app forbids the probe, which asks for a domain of the company',
    evidence: { 'backend-health': refused(app, 403), gateway: toApp({ hostName: 'portal.contoso.com' }) },
    expect: 'possible',
  },
  {
    name: 'a machine answers 404 to a probe with a name, and nothing else is known',
    evidence: { 'backend-health': refused('10.20.8.4'), gateway: toMachine },
    expect: 'possible',
  },
  {
    name: 'the probe asks the web app for its own name',
    evidence: {
      'backend-health': refused(app),
      gateway: toApp(
        { pickHostNameFromBackendAddress: true },
        { pickHostNameFromBackendHttpSettings: true, path: '/health' },
      ),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the same name is answered on another path',
    evidence: {
      'backend-health': refused('10.20.8.4'),
      gateway: toMachine,
      'probe-results': probed([
        ownRequest,
        { kind: 'other-path', path: '/', host: 'portal.contoso.com', status: 200, seconds: 0.1, isAccepted: true },
        { kind: 'other-host', path: '/status', host: '10.20.8.4', status: 404, seconds: 0.1, isAccepted: false },
      ]),
    },
    expect: 'ruled-out',
    alsoConfirmed: ['probe-path-not-served'],
  },
  {
    name: 'the machine cannot be connected to',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-portal~portal-443': [['10.20.8.4', 'Unhealthy', CANNOT_CONNECT]] }),
      gateway: toMachine,
    },
    expect: 'ruled-out',
  },
  {
    name: 'the error is named without any status',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-portal~portal-443': [['10.20.8.4', 'Unhealthy', undefined, STATUS_MISMATCH_NAME]],
      }),
    },
    expect: 'inconclusive',
  },
  {
    name: 'the gateway is answered under the name that clients use, and still refused under the other',
    evidence: tested(404, [
      { ...otherHost, answer: 200 },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'a request that is forbidden under one name is answered under another',
    evidence: tested(403, [
      { ...otherHost, answer: 200 },
      { ...anyStatus, answer: 403 },
    ]),
    expect: 'confirmed',
  },
  {
    name: 'the gateway is answered under another name, and nobody asked under the first one again',
    evidence: tested(404, [
      { ...otherHost, answer: 200 },
      { ...anyStatus, error: '429: throttled' },
    ]),
    expect: 'likely',
  },
  {
    name: 'under another name the gateway is sent elsewhere',
    evidence: tested(404, [
      { ...otherHost, answer: 301 },
      { ...otherPath, answer: 404 },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'possible',
  },
  {
    name: 'every name and every path is answered 404',
    evidence: tested(404, [
      { ...otherHost, answer: 404 },
      { ...otherPath, answer: 404 },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'possible',
  },
  {
    name: 'the other name is refused alike, and another path is answered',
    evidence: tested(404, [
      { ...otherHost, answer: 404 },
      { ...otherPath, answer: 200 },
      { ...anyStatus, answer: 404 },
    ]),
    expect: 'ruled-out',
    alsoConfirmed: ['probe-path-not-served'],
  },
];
