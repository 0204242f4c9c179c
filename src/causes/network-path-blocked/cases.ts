import { ANSWERED, CANNOT_CONNECT, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { machineId, nicsJson, portsJson, probeResultsJson, siteId } from '../case-members.ts';
import { checkJson, effectiveNsgJson, gatewaySubnet, privateDnsJson } from '../case-network.ts';

const sketch = {
  pools: { 'pool-api': ['10.30.8.4', '10.30.8.5'], 'pool-web': ['10.30.4.4'] },
  settings: { 'api-443': { port: 443, protocol: 'Https', hostName: 'api.contoso.com' }, 'web-80': { port: 80 } },
  routes: [
    ['pool-web', 'web-80'],
    ['pool-api', 'api-443'],
  ],
} as const;

const api = { pool: 'pool-api', setting: 'api-443' };
const alone = (text: string) => backendHealthJson({ 'pool-api~api-443': [['10.30.8.4', 'Unhealthy', text]] });
const seen = (states: Readonly<Record<number, string>>) =>
  probeResultsJson([{ member: '10.30.8.4', ...api, ports: portsJson(443, states), requests: [] }]);
const inNetwork = gatewayJson({ ...sketch, properties: gatewaySubnet() });
const nics = (powerState?: string) =>
  nicsJson([
    {
      name: 'vm-api-1-nic',
      address: '10.30.8.4',
      machine: machineId('vm-api-1'),
      ...(powerState === undefined ? {} : { powerState }),
    },
  ]);

export const cases: readonly Case[] = [
  {
    name: 'two machines of one pool cannot be connected to, a pool in another range is well',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [
          ['10.30.8.4', 'Unhealthy', CANNOT_CONNECT],
          ['10.30.8.5', 'Unhealthy', CANNOT_CONNECT],
        ],
        'pool-web~web-80': [['10.30.4.4', 'Healthy', ANSWERED]],
      }),
      gateway: gatewayJson(sketch),
    },
    expect: 'likely',
    scope: api,
  },
  {
    name: 'no member of any pool answers its probe in time',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [
          ['10.30.8.4', 'Unhealthy', TIMED_OUT],
          ['10.30.8.5', 'Unhealthy', TIMED_OUT],
        ],
        'pool-web~web-80': [['10.30.4.4', 'Unhealthy', TIMED_OUT]],
      }),
      gateway: gatewayJson(sketch),
    },
    expect: 'likely',
  },
  {
    name: 'an endpoint of the platform cannot be connected to on 443',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-site~site-443': [['shop-prod.azurewebsites.net', 'Unhealthy', CANNOT_CONNECT]],
      }),
      gateway: gatewayJson({
        pools: { 'pool-site': ['shop-prod.azurewebsites.net'] },
        settings: { 'site-443': { port: 443, protocol: 'Https', pickHostNameFromBackendAddress: true } },
        routes: [['pool-site', 'site-443']],
      }),
    },
    expect: 'likely',
  },
  {
    name: 'a single machine cannot be connected to, and nothing else is known of it',
    evidence: { 'backend-health': backendHealthJson({ 'pool-api~api-443': [['10.30.8.4', 'Down', CANNOT_CONNECT]] }) },
    expect: 'possible',
  },
  {
    name: 'a member still counted as healthy took too long for its last probe',
    evidence: { 'backend-health': backendHealthJson({ 'pool-api~api-443': [['10.30.8.4', 'Healthy', TIMED_OUT]] }) },
    expect: 'possible',
  },
  {
    name: 'probes time out on both members',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [
          ['10.30.8.4', 'Unhealthy', TIMED_OUT],
          ['10.30.8.5', 'Unhealthy', TIMED_OUT],
        ],
        'pool-web~web-80': [['10.30.4.4', 'Healthy', ANSWERED]],
      }),
      gateway: gatewayJson(sketch),
    },
    expect: 'possible',
  },
  {
    name: 'probes time out now and then while requests are answered before and after each gap',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [
          ['10.30.8.4', 'Unhealthy', TIMED_OUT],
          ['10.30.8.5', 'Unhealthy', TIMED_OUT],
        ],
      }),
      gateway: gatewayJson(sketch),
      'access-log': accessLogJson([
        {
          ...{ ...api, times: 30, at: '2026-09-14T02:05:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
        },
        {
          ...{ ...api, times: 900, at: '2026-09-14T02:00:00Z', status: 200, serverStatus: '200' },
          ...{ routed: '10.30.8.4:443', latency: '2.4', timeTaken: 2.5 },
        },
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the machines were replaced in the range where the old ones answered on this port',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [
          ['10.30.8.4', 'Unhealthy', CANNOT_CONNECT],
          ['10.30.8.5', 'Unhealthy', CANNOT_CONNECT],
        ],
      }),
      gateway: gatewayJson(sketch),
      'access-log': accessLogJson([
        {
          ...{ ...api, times: 50, at: '2026-09-14T01:40:00Z', status: 200, serverStatus: '200' },
          ...{ routed: '10.30.8.9:443' },
        },
        { ...api, times: 50, at: '2026-09-14T02:10:00Z', status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'the members present a certificate that the gateway does not take',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [
          [
            '10.30.8.4',
            'Unhealthy',
            'The backend Server certificate is not signed by a well-known Certificate Authority (CA).',
          ],
        ],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the port is open to another subnet and closed to the gateway',
    evidence: {
      'backend-health': alone(CANNOT_CONNECT),
      gateway: gatewayJson(sketch),
      'probe-results': seen({ 443: 'open' }),
    },
    expect: 'likely',
  },
  {
    name: 'the port is open to another subnet, and a connection from the gateway does not arrive',
    evidence: {
      'backend-health': alone(TIMED_OUT),
      gateway: gatewayJson(sketch),
      'probe-results': seen({ 443: 'open' }),
      'connectivity-check': checkJson('Unreachable', [{ type: 'VirtualNetwork', address: '10.30.8.4' }]),
    },
    expect: 'likely',
  },
  {
    name: 'no port of the machine answers from inside the network',
    evidence: {
      'backend-health': alone(TIMED_OUT),
      gateway: gatewayJson(sketch),
      'probe-results': seen({ 80: 'silent', 443: 'silent', 8080: 'silent' }),
    },
    expect: 'likely',
  },
  {
    name: 'no port answers, because the machine is deallocated',
    evidence: {
      'backend-health': alone(TIMED_OUT),
      gateway: gatewayJson(sketch),
      nics: nics('VM deallocated'),
      'probe-results': seen({ 80: 'silent', 443: 'silent', 8080: 'silent' }),
    },
    expect: 'possible',
    alsoConfirmed: ['backend-stopped'],
  },
  {
    name: 'the port is open to another subnet, and the probe of the gateway takes too long',
    evidence: {
      'backend-health': alone(TIMED_OUT),
      gateway: gatewayJson(sketch),
      'probe-results': seen({ 443: 'open' }),
    },
    expect: 'possible',
  },
  {
    name: 'the security group of the machine is what stands in the way',
    evidence: {
      'backend-health': alone(CANNOT_CONNECT),
      gateway: inNetwork,
      nics: nics(),
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', { 'nsg-api': [['deny-inbound', 4000, 'Deny', '*', '*']] }),
      'probe-results': seen({ 80: 'silent', 443: 'silent' }),
    },
    expect: 'possible',
    alsoConfirmed: ['backend-nsg-blocks'],
  },
  {
    name: 'a connection from the gateway arrives while its probe takes too long',
    evidence: {
      'backend-health': alone(TIMED_OUT),
      gateway: gatewayJson(sketch),
      'connectivity-check': checkJson('Reachable', [{ type: 'VirtualNetwork', address: '10.30.8.4' }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'backend health was refused',
    evidence: { gateway: gatewayJson(sketch) },
    failed: { 'backend-health': '403 AuthorizationFailed' },
    expect: 'inconclusive',
  },
  {
    name: 'the private endpoint that has the address is no longer connected to its backend',
    evidence: {
      'backend-health': alone(CANNOT_CONNECT),
      gateway: inNetwork,
      nics: nicsJson([{ name: 'pe-api.nic.1', address: '10.30.8.4', endpoint: 'pe-api' }]),
      'private-dns': privateDnsJson({}, { 'pe-api': [siteId('api'), 'Disconnected'] }),
    },
    expect: 'likely',
  },
  {
    name: 'the private endpoint that has the address is approved',
    evidence: {
      'backend-health': alone(CANNOT_CONNECT),
      gateway: inNetwork,
      nics: nicsJson([{ name: 'pe-api.nic.1', address: '10.30.8.4', endpoint: 'pe-api' }]),
      'private-dns': privateDnsJson({}, { 'pe-api': [siteId('api')] }),
    },
    expect: 'possible',
  },
];
