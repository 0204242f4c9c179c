import { ANSWERED, CANNOT_CONNECT, NOT_RETRIEVABLE, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { machineId, nicsJson } from '../case-members.ts';
import { checkJson, gatewaySubnet, networkJson, nsgJson, subnetId } from '../case-network.ts';

const target = { pool: 'pool-api', setting: 'api-443' };
const sketch = {
  pools: { 'pool-api': ['10.20.8.4', '10.20.8.5'] },
  settings: { 'api-443': { port: 443, protocol: 'Https', hostName: 'api.contoso.com' } },
  routes: [['pool-api', 'api-443']],
} as const;
const gateway = gatewayJson({ ...sketch, properties: gatewaySubnet() });
const v1 = gatewayJson({ ...sketch, tier: 'Standard', properties: gatewaySubnet() });
const both = (text: string, health = 'Unhealthy') =>
  backendHealthJson({
    'pool-api~api-443': [
      ['10.20.8.4', health, text],
      ['10.20.8.5', health, text],
    ],
  });
const blank = both(NOT_RETRIEVABLE, 'Unknown');
const near = nicsJson([
  { name: 'vm-api-1-nic', address: '10.20.8.4', machine: machineId('vm-api-1') },
  { name: 'vm-api-2-nic', address: '10.20.8.5', machine: machineId('vm-api-2') },
]);
const own = [subnetId('snet-agw')];
const manager = ['allow-gateway-manager', 100, 'Allow', 'GatewayManager', '65200-65535'] as const;
const clients = ['allow-clients', 110, 'Allow', 'Internet', '443'] as const;
const outbound = { direction: 'Outbound' };
const lateral = [
  'deny-lateral',
  300,
  'Deny',
  'VirtualNetwork',
  '*',
  { ...outbound, destinationAddressPrefix: 'VirtualNetwork' },
] as const;
const network = (nsg?: string) =>
  networkJson({
    prefixes: ['10.20.0.0/16'],
    subnets: { 'snet-agw': { prefix: '10.20.0.0/24', ...(nsg === undefined ? {} : { nsg }) } },
  });

export const cases: readonly Case[] = [
  {
    name: 'the group on the subnet of the gateway lets nothing out',
    evidence: {
      'backend-health': both(CANNOT_CONNECT),
      gateway,
      nsg: nsgJson('nsg-agw', own, [manager, clients, ['deny-outbound', 4000, 'Deny', '*', '*', outbound]]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'one range is denied outbound, and the probes to it time out',
    evidence: {
      'backend-health': both(TIMED_OUT),
      gateway,
      nsg: nsgJson('nsg-agw', own, [
        manager,
        ['deny-app-range', 300, 'Deny', '*', '*', { ...outbound, destinationAddressPrefix: '10.20.8.0/24' }],
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'traffic within the network is denied outbound, and the machines are in it',
    evidence: {
      'backend-health': both(CANNOT_CONNECT),
      gateway,
      nics: near,
      nsg: nsgJson('nsg-agw', own, [
        manager,
        [
          'deny-lateral',
          300,
          'Deny',
          'VirtualNetwork',
          '*',
          { ...outbound, destinationAddressPrefix: 'VirtualNetwork' },
        ],
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'a check from the gateway does not leave its subnet',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-api~api-443': [['10.20.8.4', 'Unhealthy', CANNOT_CONNECT]] }),
      gateway,
      'connectivity-check': checkJson('Unreachable', [
        {
          type: 'Source',
          address: '10.20.0.5',
          issue: ['NetworkSecurityRule', 'Outbound', 'RuleName', 'UserRule_deny-lateral'],
        },
        { type: 'VirtualNetwork', address: '10.20.8.4' },
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'the management ports of a v1 gateway are denied and no health can be retrieved',
    evidence: {
      'backend-health': blank,
      gateway: v1,
      nsg: nsgJson('nsg-agw', own, [clients, ['deny-inbound', 4000, 'Deny', '*', '*']]),
    },
    expect: 'confirmed',
  },
  {
    name: 'a part of the management ports of a v2 gateway is denied and no health can be retrieved',
    evidence: {
      'backend-health': blank,
      gateway,
      nsg: nsgJson('nsg-agw', own, [
        ['allow-gateway-manager', 100, 'Allow', 'GatewayManager', '65503-65534'],
        clients,
        ['deny-inbound', 4000, 'Deny', 'Internet', '*'],
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the members are in a peered network, and traffic between networks is denied outbound',
    evidence: {
      'backend-health': both(CANNOT_CONNECT),
      gateway,
      nsg: nsgJson('nsg-agw', own, [
        manager,
        [
          'deny-lateral',
          300,
          'Deny',
          'VirtualNetwork',
          '*',
          { ...outbound, destinationAddressPrefix: 'VirtualNetwork' },
        ],
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'a member that the rule should stop as well is reached',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [['10.20.8.4', 'Unhealthy', CANNOT_CONNECT]],
        'pool-web~web-80': [['10.20.9.4', 'Healthy', ANSWERED]],
      }),
      gateway,
      nsg: nsgJson('nsg-agw', own, [manager, ['deny-outbound', 4000, 'Deny', '*', '*', outbound]]),
    },
    expect: 'possible',
  },
  {
    name: 'no health can be retrieved while requests are answered, and an isolated subnet lets nothing out',
    evidence: {
      'backend-health': blank,
      gateway,
      nsg: nsgJson('nsg-agw', own, [manager, ['deny-outbound', 4000, 'Deny', '*', '*', outbound]]),
      'access-log': accessLogJson([
        { ...target, times: 60, at: '2026-09-14T02:10:00Z', status: 200, serverStatus: '200', routed: '10.20.8.4:443' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'no health can be retrieved, and the subnet was not read',
    evidence: { 'backend-health': blank, gateway },
    expect: 'possible',
  },
  {
    name: 'no health can be retrieved, and the subnet allows all that is needed',
    evidence: { 'backend-health': blank, gateway, nsg: nsgJson('nsg-agw', own, [manager, clients]) },
    expect: 'ruled-out',
  },
  {
    name: 'the members cannot be connected to, and the subnet of the gateway lets everything in its network out',
    evidence: {
      'backend-health': both(CANNOT_CONNECT),
      gateway,
      nics: near,
      nsg: nsgJson('nsg-agw', own, [manager, clients]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the deny stands in the group of the machines instead',
    evidence: {
      'backend-health': both(CANNOT_CONNECT),
      gateway,
      nics: near,
      nsg: [
        nsgJson('nsg-agw', own, [manager, clients]),
        nsgJson('nsg-app', [subnetId('snet-app')], [['deny-inbound', 4000, 'Deny', '*', '*']]),
      ],
    },
    expect: 'ruled-out',
    alsoConfirmed: ['backend-nsg-blocks'],
  },
  {
    name: 'backend health was refused',
    evidence: { gateway },
    failed: { 'backend-health': '403 AuthorizationFailed' },
    expect: 'inconclusive',
  },
  {
    name: 'traffic within the network is denied outbound, and the range of the network holds the members',
    evidence: {
      'backend-health': both(CANNOT_CONNECT),
      gateway,
      'virtual-network': network('nsg-agw'),
      nsg: nsgJson('nsg-agw', own, [manager, lateral]),
    },
    expect: 'confirmed',
  },
  {
    name: 'the group does not say where it is attached, but the subnet of the gateway does',
    evidence: {
      'backend-health': both(CANNOT_CONNECT),
      gateway,
      'virtual-network': network('nsg-agw'),
      nsg: nsgJson('nsg-agw', [], [manager, ['deny-outbound', 4000, 'Deny', '*', '*', outbound]]),
    },
    expect: 'confirmed',
  },
  {
    name: 'the members are behind a peering that works, and traffic between networks is denied outbound',
    evidence: {
      'backend-health': both(CANNOT_CONNECT),
      gateway: gatewayJson({ ...sketch, properties: gatewaySubnet('snet-agw', 'vnet-hub') }),
      'virtual-network': networkJson({
        name: 'vnet-hub',
        prefixes: ['10.1.0.0/16'],
        subnets: { 'snet-agw': { prefix: '10.1.0.0/24', nsg: 'nsg-agw' } },
        peerings: [{ remote: 'vnet-app', prefixes: ['10.20.0.0/16'] }],
      }),
      nsg: nsgJson('nsg-agw', [subnetId('snet-agw', 'vnet-hub')], [manager, lateral]),
    },
    expect: 'confirmed',
  },
  {
    name: 'the members cannot be connected to, and the subnet of the gateway has no group',
    evidence: { 'backend-health': both(CANNOT_CONNECT), gateway, 'virtual-network': network() },
    expect: 'ruled-out',
  },
  {
    name: 'no health can be retrieved, and the subnet of the gateway has no group',
    evidence: { 'backend-health': blank, gateway, 'virtual-network': network() },
    expect: 'ruled-out',
  },
  {
    name: 'a group that denies what a gateway needs is that of another gateway',
    evidence: {
      'backend-health': both(CANNOT_CONNECT),
      gateway,
      'virtual-network': network('nsg-agw'),
      nsg: nsgJson('nsg-other', [], [manager, ['deny-outbound', 4000, 'Deny', '*', '*', outbound]]),
    },
    expect: 'possible',
  },
  {
    name: 'no health can be retrieved of a gateway with a private side only, which lets no manager in',
    evidence: {
      'backend-health': blank,
      gateway: gatewayJson({
        ...sketch,
        properties: {
          ...gatewaySubnet(),
          frontendIPConfigurations: [
            { name: 'private', properties: { subnet: { id: subnetId('snet-agw') }, privateIPAddress: '10.20.0.9' } },
          ],
        },
      }),
      nsg: nsgJson('nsg-agw', own, [clients, ['deny-inbound', 4000, 'Deny', 'Internet', '*']]),
    },
    expect: 'possible',
  },
];
