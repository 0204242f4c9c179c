import {
  ANSWERED,
  CANNOT_CONNECT,
  CERTIFICATE_NAME,
  NO_PROBE_FOR_NAME,
  NOT_RETRIEVABLE,
} from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, GATEWAY_ID, gatewayJson } from '../case.ts';
import { probeResultsJson } from '../case-members.ts';
import { gatewaySubnet, networkJson, privateDnsJson } from '../case-network.ts';

const name = 'orders.internal.contoso.com';
const target = { pool: 'pool-orders', setting: 'https-443' };
const gateway = gatewayJson({
  pools: { 'pool-orders': [name] },
  settings: { 'https-443': { port: 443, protocol: 'Https', pickHostNameFromBackendAddress: true } },
  routes: [['pool-orders', 'https-443']],
  properties: {
    gatewayIPConfigurations: [
      {
        name: 'gateway-ip',
        properties: {
          subnet: {
            id: '/subscriptions/7c1f2e0a-54b6-4d0f-9a53-2f6b8d1e9c44/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/snet-agw',
          },
        },
      },
    ],
  },
});
const lookedUp = (member: string, resolution: Readonly<Record<string, unknown>>) =>
  probeResultsJson([{ member, ...target, resolution, ports: [], requests: [] }]);
const told = backendHealthJson({ 'pool-orders~https-443': [[name, 'Unhealthy', NO_PROBE_FOR_NAME]] });
const unread = backendHealthJson({ 'pool-orders~https-443': [[name, 'Unknown', NOT_RETRIEVABLE]] });
const app = 'orders-weu.azurewebsites.net';
const zone = 'internal.contoso.com';
const gatewayIn = (member: string) =>
  gatewayJson({
    pools: { 'pool-orders': [member] },
    settings: { 'https-443': { port: 443, protocol: 'Https', pickHostNameFromBackendAddress: true } },
    routes: [['pool-orders', 'https-443']],
    properties: gatewaySubnet(),
  });
const inApp = gatewayIn(name);
const network = { prefixes: ['10.20.0.0/16'], subnets: { 'snet-agw': '10.20.0.0/24' } };
const azureDns = networkJson(network);
const ownServers = networkJson({ ...network, dnsServers: ['10.9.0.10', '10.9.0.11'] });

export const cases: readonly Case[] = [
  {
    name: 'the gateway cannot make a probe, and the name has no address inside the network',
    evidence: {
      'backend-health': told,
      gateway,
      'probe-results': lookedUp(name, { addresses: [], error: 'ENOTFOUND' }),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'health cannot be read, and the name has no address inside the network',
    evidence: {
      'backend-health': unread,
      gateway,
      'probe-results': lookedUp(name, { addresses: [], error: 'ENOTFOUND' }),
    },
    expect: 'confirmed',
  },
  {
    name: 'a test from the gateway stops at the look-up of the name',
    evidence: {
      'backend-health': told,
      gateway,
      'connectivity-check': {
        connectionStatus: 'Unreachable',
        probesSent: 0,
        probesFailed: 0,
        destination: { address: name, port: 443 },
        hops: [
          {
            ...{ id: 'a', type: 'Source', address: '10.20.0.5', resourceId: GATEWAY_ID, nextHopIds: [] },
            issues: [{ origin: 'Outbound', severity: 'Error', type: 'DnsResolution', context: [] }],
          },
        ],
      },
    },
    expect: 'confirmed',
  },
  {
    name: 'the gateway cannot make a probe, though the name has an address inside the network by now',
    evidence: { 'backend-health': told, gateway, 'probe-results': lookedUp(name, { addresses: ['10.20.9.4'] }) },
    expect: 'likely',
  },
  {
    name: 'health cannot be read, and the name has an address inside the network',
    evidence: { 'backend-health': unread, gateway, 'probe-results': lookedUp(name, { addresses: ['10.20.9.4'] }) },
    expect: 'ruled-out',
  },
  {
    name: 'health cannot be read of a name of Azure that the servers of the network do not know',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-orders~https-443': [['orders-weu.azurewebsites.net', 'Unknown', NOT_RETRIEVABLE]],
      }),
      'probe-results': lookedUp('orders-weu.azurewebsites.net', { addresses: [], error: 'ENOTFOUND' }),
    },
    expect: 'possible',
  },
  {
    name: 'the gateway says that it cannot make a probe for the name',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~https-443': [[name, 'Unhealthy', NO_PROBE_FOR_NAME]] }),
      gateway,
    },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'health cannot be read for the name, but can for a machine of another pool',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-orders~https-443': [[name, 'Unknown', NOT_RETRIEVABLE]],
        'pool-web~http-80': [['10.20.1.5', 'Healthy', ANSWERED]],
      }),
    },
    expect: 'likely',
    scope: target,
  },
  {
    name: 'health cannot be read for the only member, a name, and the requests for it find no backend',
    evidence: {
      'backend-health': unread,
      gateway,
      'access-log': accessLogJson([{ ...target, status: 502, error: 'ERRORINFO_UPSTREAM_NO_LIVE', times: 50 }]),
    },
    expect: 'likely',
  },
  {
    name: 'health cannot be read for the only member, a name',
    evidence: { 'backend-health': unread, gateway },
    expect: 'possible',
  },
  {
    name: 'health cannot be read for the name, and its requests are answered all the same',
    evidence: {
      'backend-health': unread,
      gateway,
      'access-log': accessLogJson([
        { ...target, status: 200, serverStatus: '200', routed: '10.20.9.4:443', times: 60, at: '2026-09-14T02:28:00Z' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'health cannot be read for machines that have no name',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [
          ['10.20.1.5', 'Unknown', NOT_RETRIEVABLE],
          ['10.20.1.6', 'Unknown', NOT_RETRIEVABLE],
        ],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the name resolves to something that presents the certificate of another',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~https-443': [[name, 'Unhealthy', CERTIFICATE_NAME]] }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the name resolves to an address that nothing listens on',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~https-443': [[name, 'Unhealthy', CANNOT_CONNECT]] }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'backend health was not read in time',
    evidence: { gateway },
    failed: { 'backend-health': 'No answer within 60 seconds.' },
    expect: 'inconclusive',
  },
  {
    name: 'the gateway cannot make a probe, and the zone that holds the name is linked to another network only',
    evidence: {
      'backend-health': told,
      gateway: inApp,
      'virtual-network': azureDns,
      'private-dns': privateDnsJson({ [zone]: { links: ['vnet-core'], records: { orders: '10.20.9.4' } } }),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the gateway cannot make a probe, and the zone that is linked to its network lacks the name',
    evidence: {
      'backend-health': told,
      gateway: inApp,
      'virtual-network': azureDns,
      'private-dns': privateDnsJson({ [zone]: { links: ['vnet-app'] } }),
    },
    expect: 'confirmed',
  },
  {
    name: 'the zone of private endpoints was linked for another app, and hides the public address of this one',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~https-443': [[app, 'Unhealthy', NO_PROBE_FOR_NAME]] }),
      gateway: gatewayIn(app),
      'virtual-network': azureDns,
      'private-dns': privateDnsJson({ 'privatelink.azurewebsites.net': { links: ['vnet-app'] } }),
    },
    expect: 'confirmed',
  },
  {
    name: 'the zone is linked to another network, and that of the gateway has DNS servers of its own',
    evidence: {
      'backend-health': told,
      gateway: inApp,
      'virtual-network': ownServers,
      'private-dns': privateDnsJson({ [zone]: { links: ['vnet-core'], records: { orders: '10.20.9.4' } } }),
    },
    expect: 'likely',
  },
  {
    name: 'the linked zone lacks the name, and falls back to public DNS',
    evidence: {
      'backend-health': told,
      gateway: inApp,
      'virtual-network': azureDns,
      'private-dns': privateDnsJson({ [zone]: { links: ['vnet-app'], fallsBack: true } }),
    },
    expect: 'likely',
  },
  {
    name: 'the zone is linked and leads the name to a machine by now',
    evidence: {
      'backend-health': told,
      gateway: inApp,
      'virtual-network': azureDns,
      'private-dns': privateDnsJson({ [zone]: { links: ['vnet-app'], records: { orders: '10.20.9.4' } } }),
    },
    expect: 'likely',
  },
  {
    name: 'health cannot be read, and the zone that is linked to the network of the gateway lacks the name',
    evidence: {
      'backend-health': unread,
      gateway: inApp,
      'virtual-network': azureDns,
      'private-dns': privateDnsJson({ [zone]: { links: ['vnet-app'] } }),
    },
    expect: 'likely',
  },
  {
    name: 'health cannot be read, and the zone of private endpoints of an app is not linked',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-orders~https-443': [[app, 'Unknown', NOT_RETRIEVABLE]] }),
      gateway: gatewayIn(app),
      'virtual-network': azureDns,
      'private-dns': privateDnsJson({
        'privatelink.azurewebsites.net': { links: ['vnet-core'], records: { 'orders-weu': '10.20.9.4' } },
      }),
    },
    expect: 'possible',
  },
];
