import { ANSWERED, CANNOT_CONNECT, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { machineId, nicsJson } from '../case-members.ts';
import {
  checkJson,
  effectiveNsgJson,
  effectiveRoutesJson,
  flowJson,
  gatewaySubnet,
  networkJson,
  nsgJson,
  subnetId,
  systemRoutes,
} from '../case-network.ts';

const target = { pool: 'pool-api', setting: 'api-443' };
const sketch = {
  pools: { 'pool-api': ['10.20.8.4', '10.20.8.5'] },
  settings: { 'api-443': { port: 443, protocol: 'Https', hostName: 'api.contoso.com' } },
  routes: [['pool-api', 'api-443']],
} as const;
const gateway = gatewayJson({ ...sketch, properties: gatewaySubnet() });
const inHub = gatewayJson({ ...sketch, properties: gatewaySubnet('snet-agw', 'vnet-hub') });
const health = (...texts: readonly (string | undefined)[]) =>
  backendHealthJson({
    'pool-api~api-443': texts.map((text, index) => [
      `10.20.8.${4 + index}`,
      text === ANSWERED ? 'Healthy' : 'Unhealthy',
      text,
    ]),
  });
const nics = nicsJson([
  { name: 'vm-api-1-nic', address: '10.20.8.4', machine: machineId('vm-api-1') },
  { name: 'vm-api-2-nic', address: '10.20.8.5', machine: machineId('vm-api-2') },
]);
const alone = nicsJson([{ name: 'vm-api-1-nic', address: '10.20.8.4', machine: machineId('vm-api-1') }]);
const deny = ['deny-other-inbound', 4000, 'Deny', '*', '*', { protocol: '*' }] as const;
const admin = ['allow-admin', 200, 'Allow', 'VirtualNetwork', '22'] as const;
const network = networkJson({
  prefixes: ['10.20.0.0/16'],
  subnets: { 'snet-agw': '10.20.0.0/24', 'snet-app': '10.20.8.0/24' },
});
const hubWith = (table?: string) =>
  networkJson({
    name: 'vnet-hub',
    prefixes: ['10.1.0.0/16'],
    subnets: { 'snet-agw': { prefix: '10.1.0.0/24', ...(table === undefined ? {} : { table }) } },
    peerings: [{ remote: 'vnet-app', prefixes: ['10.20.0.0/16'] }],
  });
const hub = hubWith();

export const cases: readonly Case[] = [
  {
    name: 'the subnet of both machines takes nothing but SSH',
    evidence: {
      'backend-health': health(CANNOT_CONNECT, CANNOT_CONNECT),
      gateway,
      nics,
      nsg: nsgJson('nsg-app', [subnetId('snet-app')], [admin, deny]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the effective rules of one machine deny what comes from its own network, and its probe only times out',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics: alone,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-app': [],
        'nsg-api': [admin, ['deny-network', 300, 'Deny', 'VirtualNetwork', '*']],
      }),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the allowed range is that of another network than the one the gateway lives in',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: alone,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-api': [['allow-web', 100, 'Allow', '10.50.0.0/24', '443'], deny],
      }),
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', systemRoutes('10.20.0.0/16')),
    },
    expect: 'confirmed',
  },
  {
    name: 'an allow was written with the port on the wrong side',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: alone,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-api': [['allow-web', 100, 'Allow', 'VirtualNetwork', '*', { sourcePortRange: '443-443' }], deny],
      }),
    },
    expect: 'confirmed',
  },
  {
    name: 'a connectivity check from the gateway ends at the machine with a rule',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway: inHub,
      'connectivity-check': checkJson('Unreachable', [
        {
          type: 'VirtualNetwork',
          address: '10.20.8.4',
          issue: ['NetworkSecurityRule', 'Inbound', 'RuleName', 'UserRule_deny-other-inbound'],
        },
      ]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'somebody sent the effective rules of an interface along, and it is not said whose they are',
    evidence: {
      'backend-health': health(CANNOT_CONNECT, CANNOT_CONNECT),
      gateway: inHub,
      'effective-nsg': effectiveNsgJson(undefined, { 'nsg-app': [admin, deny] }),
    },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'the allow holds two addresses that instances of the gateway once had',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: alone,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-api': [['allow-appgw', 100, 'Allow', ['10.20.0.5/32', '10.20.0.6/32'], '443'], deny],
      }),
    },
    expect: 'likely',
  },
  {
    name: 'the machine takes one range on this port, and the range of the gateway subnet was not read',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: alone,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-api': [['allow-appgw', 100, 'Allow', '10.20.0.0/24', '443'], deny],
      }),
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', systemRoutes('10.20.0.0/16')),
    },
    expect: 'possible',
  },
  {
    name: 'an interface with the same address lies in another network',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway: inHub,
      nics: nicsJson([
        { name: 'vm-api-1-nic', address: '10.20.8.4', machine: machineId('vm-api-1') },
        { name: 'vm-lab-1-nic', address: '10.20.8.4', machine: machineId('vm-lab-1') },
      ]),
      nsg: nsgJson('nsg-lab', [subnetId('snet-app')], [deny]),
    },
    expect: 'likely',
  },
  {
    name: 'one of two machines behind the same group is well',
    evidence: {
      'backend-health': health(CANNOT_CONNECT, ANSWERED),
      gateway,
      nics,
      nsg: nsgJson('nsg-app', [subnetId('snet-app')], [admin, deny]),
    },
    expect: 'possible',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'the effective rules let the network in',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: alone,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-app': [],
        'nsg-api': [['allow-web', 100, 'Allow', 'VirtualNetwork', '443'], deny],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'a connection from the gateway arrives',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      'connectivity-check': checkJson('Reachable', [{ type: 'VirtualNetwork', address: '10.20.8.4' }]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the machine cannot be connected to, and no rule was read',
    evidence: { 'backend-health': health(CANNOT_CONNECT), gateway },
    expect: 'possible',
  },
  {
    name: 'the member answers with a login page behind a strict group',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [
          ['10.20.8.4', 'Unhealthy', "Received invalid status code: 302 in the backend server's HTTP response."],
        ],
      }),
      gateway,
      nics: alone,
      nsg: nsgJson('nsg-app', [subnetId('snet-app')], [admin, deny]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'a private endpoint in a subnet whose group denies everything',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: nicsJson([{ name: 'pe-api-nic', address: '10.20.8.4', endpoint: 'pe-api' }]),
      nsg: nsgJson('nsg-app', [subnetId('snet-app')], [deny]),
    },
    expect: 'possible',
  },
  {
    name: 'backend health was refused',
    evidence: { gateway, nics, nsg: nsgJson('nsg-app', [subnetId('snet-app')], [deny]) },
    failed: { 'backend-health': '403 AuthorizationFailed' },
    expect: 'inconclusive',
  },
  {
    name: 'one range may not enter on this port, and it is that of the gateway subnet',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics: alone,
      'virtual-network': network,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-api': [['quarantine-edge', 300, 'Deny', '10.20.0.0/24', ['80', '443']]],
      }),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'one range may not enter on this port, and it is that of another subnet',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: alone,
      'virtual-network': network,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-api': [['quarantine-edge', 300, 'Deny', '10.20.1.0/24', ['80', '443']]],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'only the range of the gateway subnet may enter, and the group denies the rest',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: alone,
      'virtual-network': network,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-api': [['allow-edge', 100, 'Allow', '10.20.0.0/24', '443'], deny],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the gateway is in a peered hub, and traffic between networks is denied',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway: inHub,
      nics: alone,
      'virtual-network': hub,
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-api': [['deny-network', 300, 'Deny', 'VirtualNetwork', '*']],
      }),
    },
    expect: 'confirmed',
  },
  {
    name: 'Network Watcher denies a packet from the gateway subnet',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics: alone,
      'ip-flow': flowJson('vm-api-1-nic', '10.20.8.4:443', 'Deny', 'securityRules/quarantine-edge'),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'Network Watcher lets a packet from the gateway subnet in',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: alone,
      'ip-flow': flowJson('vm-api-1-nic', '10.20.8.4:443', 'Allow', 'defaultSecurityRules/AllowVnetInBound'),
    },
    expect: 'ruled-out',
  },
  {
    name: 'Network Watcher denies a packet to another port',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics: alone,
      'ip-flow': flowJson('vm-api-1-nic', '10.20.8.4:8443', 'Deny', 'defaultSecurityRules/DenyAllInBound'),
    },
    expect: 'possible',
  },
  {
    name: 'somebody sent along what Network Watcher said, and it is not told of what',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      'ip-flow': { access: 'Deny', ruleName: 'UserRule_quarantine-edge' },
    },
    expect: 'likely',
  },
  {
    name: 'the gateway is in a peered hub whose routes may lead over an appliance, and the range of its subnet is denied',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway: inHub,
      nics: alone,
      'virtual-network': hubWith('rt-agw'),
      'effective-nsg': effectiveNsgJson('vm-api-1-nic', {
        'nsg-api': [['deny-edge', 300, 'Deny', '10.1.0.0/24', '*']],
      }),
    },
    expect: 'likely',
  },
];
