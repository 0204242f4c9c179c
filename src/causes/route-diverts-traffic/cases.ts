import { ANSWERED, CANNOT_CONNECT, NOT_RETRIEVABLE, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { machineId, nicsJson } from '../case-members.ts';
import {
  checkJson,
  effectiveRoutesJson,
  gatewaySubnet,
  hopJson,
  networkJson,
  nsgJson,
  type PeeringSketch,
  routeTableJson,
  subnetId,
  systemRoutes,
} from '../case-network.ts';

const target = { pool: 'pool-api', setting: 'api-443' };
const sketch = {
  pools: { 'pool-api': ['10.20.8.4'], 'pool-web': ['10.20.8.9'] },
  settings: { 'api-443': { port: 443, protocol: 'Https', hostName: 'api.contoso.com' }, 'web-80': { port: 80 } },
  routes: [
    ['pool-api', 'api-443'],
    ['pool-web', 'web-80'],
  ],
} as const;
const gateway = gatewayJson({ ...sketch, properties: gatewaySubnet() });
const inHub = gatewayJson({ ...sketch, properties: gatewaySubnet('snet-agw', 'vnet-hub') });
const health = (text: string, state = 'Unhealthy') =>
  backendHealthJson({ 'pool-api~api-443': [['10.20.8.4', state, text]] });
const blank = health(NOT_RETRIEVABLE, 'Unknown');
const nics = nicsJson([
  { name: 'vm-api-1-nic', address: '10.20.8.4', machine: machineId('vm-api-1') },
  { name: 'vm-web-1-nic', address: '10.20.8.9', machine: machineId('vm-web-1') },
]);
const system = systemRoutes('10.20.0.0/16');
const own = [subnetId('snet-agw')];
const appliance = '10.20.250.4';
const hub = (peerings: readonly PeeringSketch[], table?: string) =>
  networkJson({
    name: 'vnet-hub',
    prefixes: ['10.1.0.0/16'],
    subnets: { 'snet-agw': { prefix: '10.1.0.0/24', ...(table === undefined ? {} : { table }) } },
    peerings,
  });
const network = (table?: string) =>
  networkJson({
    prefixes: ['10.20.0.0/16'],
    subnets: { 'snet-agw': { prefix: '10.20.0.0/24', ...(table === undefined ? {} : { table }) } },
  });

export const cases: readonly Case[] = [
  {
    name: 'the table of the gateway subnet drops what goes to the range of the machine',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics,
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', system),
      'route-table': routeTableJson('rt-agw', own, [['10.20.8.0/24', 'None']]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the machine has no route back into its own network',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics,
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', [
        ['10.20.0.0/16', 'VnetLocal', undefined, 'Default', 'Invalid'],
        ['10.20.0.0/16', 'None', undefined, 'User'],
        ['0.0.0.0/0', 'Internet'],
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'a check from the gateway is stopped by a route where it starts',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway: inHub,
      'connectivity-check': checkJson('Unreachable', [
        { type: 'Source', address: '10.1.0.5', issue: ['UserDefinedRoute', 'Outbound', 'RouteType', 'User'] },
        { type: 'Destination', address: '10.20.8.4' },
      ]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the answers of the machine go to a firewall, the requests came straight',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics,
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', [
        ['10.20.0.0/16', 'VnetLocal', undefined, 'Default', 'Invalid'],
        ['10.20.0.0/16', 'VirtualAppliance', appliance, 'User'],
        ['0.0.0.0/0', 'VirtualAppliance', appliance, 'User'],
      ]),
    },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'effective routes that do not say whose they are take one range of the network to a firewall',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      'effective-routes': effectiveRoutesJson(undefined, [
        ...system,
        ['10.20.0.0/24', 'VirtualAppliance', appliance, 'User'],
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'gateway and machine are in different networks that nothing joins',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway: inHub,
      nics,
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', system),
    },
    expect: 'likely',
  },
  {
    name: 'the gateway subnet sends the range of the machine to a firewall',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      'route-table': routeTableJson('rt-agw', own, [['10.20.8.0/24', 'VirtualAppliance', appliance]]),
    },
    expect: 'likely',
  },
  {
    name: 'two half default routes lead to a firewall and no health can be retrieved',
    evidence: {
      'backend-health': blank,
      gateway,
      'route-table': routeTableJson('rt-agw', own, [
        ['0.0.0.0/1', 'VirtualAppliance', appliance],
        ['128.0.0.0/1', 'VirtualAppliance', appliance],
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'a default route comes in by BGP and no health can be retrieved',
    evidence: {
      'backend-health': blank,
      gateway,
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', [
        ['10.20.0.0/16', 'VnetLocal'],
        ['0.0.0.0/0', 'VirtualNetworkGateway', undefined, 'VirtualNetworkGateway'],
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'an isolated gateway sends its default route to a firewall, health is unknown and traffic is well',
    evidence: {
      'backend-health': blank,
      gateway,
      'route-table': routeTableJson('rt-agw', own, [['0.0.0.0/0', 'VirtualAppliance', appliance]]),
      'access-log': accessLogJson([
        { ...target, times: 60, at: '2026-09-14T02:10:00Z', status: 200, serverStatus: '200', routed: '10.20.8.4:443' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'both ways lead through the same firewall',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics,
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', [
        ['10.20.0.0/16', 'VnetLocal', undefined, 'Default', 'Invalid'],
        ['10.20.0.0/16', 'VirtualAppliance', appliance, 'User'],
      ]),
      'route-table': routeTableJson('rt-agw', own, [['10.20.8.0/24', 'VirtualAppliance', appliance]]),
    },
    expect: 'possible',
  },
  {
    name: 'a neighbour in the same subnet is reached over the same route',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [['10.20.8.4', 'Unhealthy', CANNOT_CONNECT]],
        'pool-web~web-80': [['10.20.8.9', 'Healthy', ANSWERED]],
      }),
      gateway,
      'route-table': routeTableJson('rt-agw', own, [['10.20.8.0/24', 'VirtualAppliance', appliance]]),
    },
    expect: 'possible',
  },
  {
    name: 'the machine cannot be connected to, and no route was read',
    evidence: { 'backend-health': health(CANNOT_CONNECT), gateway },
    expect: 'possible',
  },
  {
    name: 'only what leaves for the Internet goes to a firewall, on both sides',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      nics,
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', [
        ['10.20.0.0/16', 'VnetLocal'],
        ['0.0.0.0/0', 'VirtualAppliance', appliance, 'User'],
      ]),
      'route-table': routeTableJson('rt-agw', own, [['0.0.0.0/0', 'Internet']]),
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
    name: 'a check from the gateway is stopped by a security rule at the machine',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway,
      'connectivity-check': checkJson('Unreachable', [
        {
          type: 'VirtualNetwork',
          address: '10.20.8.4',
          issue: ['NetworkSecurityRule', 'Inbound', 'RuleName', 'UserRule_lock'],
        },
      ]),
    },
    expect: 'possible',
    alsoConfirmed: ['backend-nsg-blocks'],
  },
  {
    name: 'backend health was refused',
    evidence: { gateway },
    failed: { 'backend-health': '403 AuthorizationFailed' },
    expect: 'inconclusive',
  },
  {
    name: 'the peering to the network of the machine has lost its other side, and nothing else leads there',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway: inHub,
      'virtual-network': hub([{ remote: 'vnet-app', prefixes: ['10.20.0.0/16'], state: 'Disconnected' }]),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the peering has lost its other side, and the subnet of the gateway has routes of its own',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway: inHub,
      'virtual-network': hub([{ remote: 'vnet-app', prefixes: ['10.20.0.0/16'], state: 'Disconnected' }], 'rt-agw'),
    },
    expect: 'likely',
  },
  {
    name: 'the peering has lost its other side, and another one lends its network gateway',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway: inHub,
      'virtual-network': hub([
        { remote: 'vnet-app', prefixes: ['10.20.0.0/16'], state: 'Initiated' },
        { remote: 'vnet-core', prefixes: ['10.9.0.0/16'], more: { useRemoteGateways: true } },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the peering lets neither side reach the other',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway: inHub,
      'virtual-network': hub([
        { remote: 'vnet-app', prefixes: ['10.20.0.0/16'], more: { allowVirtualNetworkAccess: false } },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the network of the machine has grown, and the peering was not synchronised',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway: inHub,
      'virtual-network': hub([
        { remote: 'vnet-app', prefixes: ['10.40.0.0/16'], now: ['10.40.0.0/16', '10.20.0.0/16'] },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the machine is outside the network of the gateway, which leads nowhere else',
    evidence: { 'backend-health': health(TIMED_OUT), gateway: inHub, 'virtual-network': hub([]) },
    expect: 'likely',
  },
  {
    name: 'the way to the machine is over an appliance behind a peering that takes no forwarded traffic back',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway: inHub,
      'virtual-network': hub([{ remote: 'vnet-core', prefixes: ['10.9.0.0/16'] }], 'rt-agw'),
      'route-table': routeTableJson(
        'rt-agw',
        [subnetId('snet-agw', 'vnet-hub')],
        [['10.20.0.0/16', 'VirtualAppliance', '10.9.0.4']],
      ),
    },
    expect: 'likely',
  },
  {
    name: 'a peering shows as disconnected, and a machine behind it is reached',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-api~api-443': [['10.20.8.4', 'Unhealthy', TIMED_OUT]],
        'pool-web~web-80': [['10.20.8.9', 'Healthy', ANSWERED]],
      }),
      gateway: inHub,
      'virtual-network': hub([{ remote: 'vnet-app', prefixes: ['10.20.0.0/16'], state: 'Disconnected' }]),
    },
    expect: 'possible',
  },
  {
    name: 'the peering works, and the group of the machine lets nothing in',
    evidence: {
      'backend-health': health(CANNOT_CONNECT),
      gateway: inHub,
      nics,
      'virtual-network': hub([{ remote: 'vnet-app', prefixes: ['10.20.0.0/16'] }]),
      nsg: nsgJson('nsg-app', [subnetId('snet-app')], [['deny-inbound', 4000, 'Deny', '*', '*']]),
    },
    expect: 'possible',
    alsoConfirmed: ['backend-nsg-blocks'],
  },
  {
    name: 'the table of the gateway subnet drops the range of the machine, which the network routes more widely',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      'virtual-network': network('rt-agw'),
      'route-table': routeTableJson('rt-agw', own, [['10.20.8.0/24', 'None']]),
    },
    expect: 'confirmed',
  },
  {
    name: 'Network Watcher finds no next hop for the answers of the machine',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics,
      'ip-flow': hopJson('vm-api-1-nic', '10.20.8.4', 'None'),
    },
    expect: 'confirmed',
  },
  {
    name: 'Network Watcher sends the answers of the machine to a firewall',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics,
      'virtual-network': network(),
      'ip-flow': hopJson('vm-api-1-nic', '10.20.8.4', 'VirtualAppliance', appliance),
    },
    expect: 'likely',
  },
  {
    name: 'the subnet of the gateway has no table, and Network Watcher sends the answers straight back',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics,
      'virtual-network': network(),
      'ip-flow': hopJson('vm-api-1-nic', '10.20.8.4', 'VnetLocal'),
    },
    expect: 'ruled-out',
  },
  {
    name: 'a route takes another range of the network to a firewall, and the gateway subnet is not in it',
    evidence: {
      'backend-health': health(TIMED_OUT),
      gateway,
      nics,
      'virtual-network': network(),
      'effective-routes': effectiveRoutesJson('vm-api-1-nic', [
        ...system,
        ['10.20.64.0/18', 'VirtualAppliance', appliance, 'User'],
      ]),
    },
    expect: 'ruled-out',
  },
  {
    name: 'a gateway with a private side only sends its default route to a firewall, and shows no health',
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
      'route-table': routeTableJson('rt-agw', own, [['0.0.0.0/0', 'VirtualAppliance', appliance]]),
    },
    expect: 'possible',
  },
];
