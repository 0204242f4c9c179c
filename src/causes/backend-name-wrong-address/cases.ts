import { ANSWERED, CANNOT_CONNECT, invalidStatus, NO_PROBE_FOR_NAME, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';
import { machineId, metricsJson, nicsJson, portsJson, probeResultsJson, siteId } from '../case-members.ts';
import { appJson, gatewaySubnet, networkJson, privateDnsJson } from '../case-network.ts';

const app = 'orders-api-weu.azurewebsites.net';
const local = 'billing-svc.corp.contoso.com';
const target = { pool: 'pool-orders', setting: 'https-443' };
const gatewayTo = (name: string) =>
  gatewayJson({
    pools: { 'pool-orders': [name] },
    settings: { 'https-443': { port: 443, protocol: 'Https', pickHostNameFromBackendAddress: true } },
    routes: [['pool-orders', 'https-443']],
  });
const health = (name: string, text: string, state = 'Unhealthy') =>
  backendHealthJson({ 'pool-orders~https-443': [[name, state, text]] });
const endpoint = nicsJson([{ name: 'pe-orders-api-weu.nic.1', address: '10.30.1.6', endpoint: 'pe-orders-api-weu' }]);
const observed = (member: string, addresses: readonly string[], state: string, status?: number) =>
  probeResultsJson([
    {
      member,
      ...target,
      resolution: { addresses },
      ports: portsJson(443, { 443: state }),
      requests:
        status === undefined
          ? []
          : [{ kind: 'probe', path: '/', host: member, status, seconds: 0.05, isAccepted: status < 400 }],
    },
  ]);
const account = 'ordersfiles.blob.core.windows.net';
const accountId = siteId('').replace('Microsoft.Web/sites/', 'Microsoft.Storage/storageAccounts/ordersfiles');
const links = 'privatelink.azurewebsites.net';
const inApp = (name: string) =>
  gatewayJson({
    pools: { 'pool-orders': [name] },
    settings: { 'https-443': { port: 443, protocol: 'Https', pickHostNameFromBackendAddress: true } },
    routes: [['pool-orders', 'https-443']],
    properties: {
      ...gatewaySubnet(),
      frontendIPConfigurations: [{ name: 'public', properties: { publicIPAddress: { id: 'pip-agw' } } }],
    },
  });
const network = { prefixes: ['10.30.0.0/16'], subnets: { 'snet-agw': '10.30.0.0/24' } };
const azureDns = networkJson(network);
const ownServers = networkJson({ ...network, dnsServers: ['10.9.0.10'] });
const unlinked = { [links]: { links: ['vnet-core'], records: { 'orders-api-weu': '10.30.1.6' } } };
const made = { 'pe-orders-api-weu': [siteId('orders-api-weu')] } as const;

export const cases: readonly Case[] = [
  {
    name: 'the name of an app leads to the public front end, which forbids, past its private endpoint',
    evidence: {
      'backend-health': health(app, invalidStatus(403)),
      gateway: gatewayTo(app),
      nics: endpoint,
      'probe-results': observed(app, ['20.105.216.4'], 'open', 403),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the gateway sends requests to the public front end, which forbids, past a private endpoint',
    evidence: {
      'backend-health': health(app, invalidStatus(403)),
      gateway: gatewayTo(app),
      nics: endpoint,
      'access-log': accessLogJson([
        { ...target, times: 60, status: 403, serverStatus: '403', routed: '20.105.216.4:443', host: app },
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'the record of the name kept the address of an endpoint that was made anew',
    evidence: {
      'backend-health': health(app, TIMED_OUT),
      gateway: gatewayTo(app),
      nics: endpoint,
      'probe-results': observed(app, ['10.30.1.4'], 'silent'),
    },
    expect: 'confirmed',
  },
  {
    name: 'the gateway goes to an address that the name had before, and nobody has it any more',
    evidence: {
      'backend-health': health(local, TIMED_OUT),
      gateway: gatewayTo(local),
      nics: nicsJson([{ name: 'vm-billing-nic', address: '10.30.2.9', machine: machineId('vm-billing') }]),
      'probe-results': observed(local, ['10.30.2.9'], 'open', 200),
      'access-log': accessLogJson([
        {
          ...target,
          times: 40,
          status: 504,
          error: 'ERRORINFO_UPSTREAM_TIMED_OUT',
          routed: '10.30.2.5:443',
          timeTaken: 20,
        },
      ]),
    },
    expect: 'confirmed',
  },
  {
    name: 'the name leads to a public address, there is a private endpoint, and the probe gets no answer',
    evidence: {
      'backend-health': health(app, TIMED_OUT),
      gateway: gatewayTo(app),
      nics: endpoint,
      'probe-results': observed(app, ['20.105.216.4'], 'silent'),
    },
    expect: 'likely',
  },
  {
    name: 'the app forbids the probe, and has a private endpoint',
    evidence: { 'backend-health': health(app, invalidStatus(403)), gateway: gatewayTo(app), nics: endpoint },
    expect: 'likely',
  },
  {
    name: 'the name has an IPv6 address beside the one that answers',
    evidence: {
      'backend-health': health(local, TIMED_OUT, 'Unhealthy'),
      gateway: gatewayTo(local),
      'probe-results': observed(local, ['10.30.2.9', 'fd00:30:2::9'], 'open', 200),
      metrics: metricsJson([
        {
          metric: 'HealthyHostCount',
          dimensions: { BackendSettingsPool: 'pool-orders~https-443' },
          averages: [1, 1, 1],
        },
        {
          metric: 'UnhealthyHostCount',
          dimensions: { BackendSettingsPool: 'pool-orders~https-443' },
          averages: [1, 1, 1],
        },
      ]),
    },
    expect: 'likely',
  },
  {
    name: 'the name leads to a public address, and no private endpoint is known',
    evidence: {
      'backend-health': health(app, invalidStatus(403)),
      gateway: gatewayTo(app),
      'probe-results': observed(app, ['20.105.216.4'], 'open', 403),
    },
    expect: 'possible',
  },
  {
    name: 'the name leads to an address without an interface, as that of a load balancer is',
    evidence: {
      'backend-health': health(local, CANNOT_CONNECT),
      gateway: gatewayTo(local),
      nics: nicsJson([{ name: 'vm-billing-nic', address: '10.30.2.9', machine: machineId('vm-billing') }]),
      'probe-results': observed(local, ['10.30.2.100'], 'silent'),
    },
    expect: 'possible',
  },
  {
    name: 'a name cannot be connected to, and nothing else is known',
    evidence: { 'backend-health': health(local, CANNOT_CONNECT), gateway: gatewayTo(local) },
    expect: 'possible',
  },
  {
    name: 'the name leads to its private endpoint, which gives no answer',
    evidence: {
      'backend-health': health(app, TIMED_OUT),
      gateway: gatewayTo(app),
      nics: endpoint,
      'probe-results': observed(app, ['10.30.1.6'], 'silent'),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the name cannot be resolved at all',
    evidence: { 'backend-health': health(local, NO_PROBE_FOR_NAME), gateway: gatewayTo(local), nics: endpoint },
    expect: 'ruled-out',
  },
  {
    name: 'the members are machines by their addresses',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-orders~https-443': [
          ['10.30.2.9', 'Unhealthy', TIMED_OUT],
          ['10.30.2.10', 'Healthy', ANSWERED],
        ],
      }),
      nics: endpoint,
    },
    expect: 'ruled-out',
    alsoConfirmed: ['single-member-unhealthy'],
  },
  {
    name: 'backend health did not come in time',
    evidence: { gateway: gatewayTo(app), nics: endpoint },
    failed: { 'backend-health': 'No answer within 60 s.' },
    expect: 'inconclusive',
  },
  {
    name: 'the zone that leads to the private endpoint is not linked, and the app refuses the public',
    evidence: {
      'backend-health': health(app, invalidStatus(403)),
      gateway: inApp(app),
      nics: endpoint,
      'virtual-network': azureDns,
      'private-dns': privateDnsJson(unlinked, made),
      'address-owners': appJson('orders-api-weu', 'Running', 'Disabled'),
    },
    expect: 'confirmed',
    scope: target,
  },
  {
    name: 'the zone that leads to the private endpoint is not linked, and whether the app refuses the public was not read',
    evidence: {
      'backend-health': health(app, invalidStatus(403)),
      gateway: inApp(app),
      nics: endpoint,
      'virtual-network': azureDns,
      'private-dns': privateDnsJson(unlinked, made),
    },
    expect: 'likely',
  },
  {
    name: 'the zone is not linked, and the private endpoint is in a network that the gateway has no way to',
    evidence: {
      'backend-health': health(app, invalidStatus(403)),
      gateway: inApp(app),
      nics: endpoint,
      'virtual-network': networkJson({ prefixes: ['10.50.0.0/16'], subnets: { 'snet-agw': '10.50.0.0/24' } }),
      'private-dns': privateDnsJson(unlinked, made),
      'address-owners': appJson('orders-api-weu', 'Running', 'Disabled'),
    },
    expect: 'likely',
  },
  {
    name: 'servers of the network lead a storage account to its endpoint, but a public gateway does not ask them',
    evidence: {
      'backend-health': health(account, invalidStatus(403)),
      gateway: inApp(account),
      nics: nicsJson([{ name: 'pe-orders.nic.1', address: '10.30.1.6', endpoint: 'pe-orders' }]),
      'virtual-network': ownServers,
      'private-dns': privateDnsJson(
        { 'privatelink.blob.core.windows.net': { links: ['vnet-core'], records: { ordersfiles: '10.30.1.6' } } },
        { 'pe-orders': [accountId] },
      ),
      'probe-results': observed(account, ['10.30.1.6'], 'open', 200),
    },
    expect: 'likely',
  },
  {
    name: 'servers of the network lead the app to its endpoint, whatever the zones say',
    evidence: {
      'backend-health': health(app, TIMED_OUT),
      gateway: inApp(app),
      nics: endpoint,
      'virtual-network': ownServers,
      'private-dns': privateDnsJson(unlinked, made),
      'probe-results': observed(app, ['10.30.1.6'], 'silent'),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the zone is linked and leads to the endpoint, and the app itself forbids the probe',
    evidence: {
      'backend-health': health(app, invalidStatus(403)),
      gateway: inApp(app),
      nics: endpoint,
      'virtual-network': azureDns,
      'private-dns': privateDnsJson(
        { [links]: { links: ['vnet-app'], records: { 'orders-api-weu': '10.30.1.6' } } },
        made,
      ),
    },
    expect: 'possible',
  },
  {
    name: 'the linked zone leads to an address that the endpoint had before it was made anew',
    evidence: {
      'backend-health': health(app, TIMED_OUT),
      gateway: inApp(app),
      nics: endpoint,
      'virtual-network': azureDns,
      'private-dns': privateDnsJson(
        { [links]: { links: ['vnet-app'], records: { 'orders-api-weu': '10.30.1.5' } } },
        made,
      ),
    },
    expect: 'likely',
  },
];
