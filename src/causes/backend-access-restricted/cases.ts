import { ANSWERED, CANNOT_CONNECT, invalidStatus } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { activityLogJson, machineId, nicsJson, portsJson, probeResultsJson, siteId } from '../case-members.ts';
import { checkJson, effectiveNsgJson, gatewaySubnet } from '../case-network.ts';

const site = 'app-shop-weu.azurewebsites.net';
const target = { pool: 'pool-site', setting: 'site-443' };
const gateway = gatewayJson({
  pools: { 'pool-site': [site] },
  settings: { 'site-443': { port: 443, protocol: 'Https', pickHostNameFromBackendAddress: true } },
  routes: [['pool-site', 'site-443']],
  properties: gatewaySubnet(),
});
const forbidden = backendHealthJson({ 'pool-site~site-443': [[site, 'Unhealthy', invalidStatus(403)]] });

const machine = '10.20.8.4';
const inside = { pool: 'pool-api', setting: 'api-8080' };
const toMachine = gatewayJson({
  pools: { 'pool-api': [machine] },
  settings: { 'api-8080': { port: 8080 } },
  routes: [['pool-api', 'api-8080']],
  properties: gatewaySubnet(),
});
const unreached = backendHealthJson({ 'pool-api~api-8080': [[machine, 'Unhealthy', CANNOT_CONNECT]] });
const nics = nicsJson([{ name: 'vm-api-1-nic', address: machine, machine: machineId('vm-api-1') }]);
const letsIn = effectiveNsgJson('vm-api-1-nic', { 'nsg-app': [] });

export const cases: readonly Case[] = [
  {
    name: 'a check from the gateway is stopped inside the machine',
    evidence: {
      'backend-health': unreached,
      gateway: toMachine,
      'connectivity-check': checkJson('Unreachable', [
        { type: 'VirtualNetwork', address: machine, issue: ['GuestFirewall', 'Inbound'] },
      ]),
    },
    expect: 'confirmed',
    scope: inside,
  },
  {
    name: 'a web app answers the probe with 403',
    evidence: { 'backend-health': forbidden, gateway },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'the same request from another subnet is answered with 200',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-api~api-8080': [[machine, 'Unhealthy', invalidStatus(403)]] }),
      gateway: toMachine,
      'probe-results': probeResultsJson([
        {
          member: machine,
          ...inside,
          ports: portsJson(8080, { 8080: 'open' }),
          requests: [{ kind: 'probe', path: '/', host: '127.0.0.1', status: 200, isAccepted: true }],
        },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the machine refuses a closed port and is silent on the configured one, which its rules let pass',
    evidence: {
      'backend-health': unreached,
      gateway: toMachine,
      nics,
      'effective-nsg': letsIn,
      'probe-results': probeResultsJson([
        {
          member: machine,
          ...inside,
          ports: portsJson(8080, { 80: 'refused', 443: 'refused', 8080: 'silent' }),
          requests: [],
        },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the web app was stopped a moment before',
    evidence: {
      'backend-health': forbidden,
      gateway,
      'activity-log': activityLogJson([
        {
          at: '2026-09-14T02:01:00Z',
          operation: 'Microsoft.Web/sites/stop/Action',
          resourceId: siteId('app-shop-weu'),
        },
      ]),
    },
    expect: 'possible',
    alsoConfirmed: ['backend-stopped'],
  },
  {
    name: 'a machine answers the probe with 403',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-api~api-8080': [[machine, 'Unhealthy', invalidStatus(403)]] }),
      gateway: toMachine,
    },
    expect: 'possible',
  },
  {
    name: 'a machine cannot be connected to, and nothing else was read',
    evidence: { 'backend-health': unreached, gateway: toMachine },
    expect: 'possible',
  },
  {
    name: 'requests through the gateway are answered while the probe gets 403',
    evidence: {
      'backend-health': forbidden,
      gateway,
      'access-log': accessLogJson([
        { ...target, times: 40, at: '2026-09-14T02:10:00Z', status: 200, serverStatus: '200', routed: '20.50.2.1:443' },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'an endpoint of the platform cannot be connected to',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-site~site-443': [[site, 'Unhealthy', CANNOT_CONNECT]] }),
      gateway,
    },
    expect: 'ruled-out',
  },
  {
    name: 'a connection from the gateway arrives at the machine',
    evidence: {
      'backend-health': unreached,
      gateway: toMachine,
      'connectivity-check': checkJson('Reachable', [{ type: 'VirtualNetwork', address: machine }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the web app demands a login',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-site~site-443': [[site, 'Unhealthy', invalidStatus(401)]] }),
      gateway,
    },
    expect: 'ruled-out',
  },
  {
    name: 'every member is well',
    evidence: { 'backend-health': backendHealthJson({ 'pool-site~site-443': [[site, 'Healthy', ANSWERED]] }), gateway },
    expect: 'ruled-out',
  },
  {
    name: 'backend health was refused',
    evidence: { gateway },
    failed: { 'backend-health': '403 AuthorizationFailed' },
    expect: 'inconclusive',
  },
];
