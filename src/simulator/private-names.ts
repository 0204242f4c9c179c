import { groupId, networkId, networkOf, subnetId } from './network.ts';
import type { PrivateEndpointPlan, PrivateZonePlan } from './network-plan.ts';
import { holds, scatterGuid, type World } from './world.ts';

/**
 * What Resource Graph shows beside machines: private zones, private endpoints, load balancers and apps. Who is asked for
 * is told by the texts between quotes in the query, as KQL is not interpreted.
 */

type Json = Readonly<Record<string, unknown>>;

export const PRIVATE_DNS = '// appgw-triage: private-dns v1';
export const ADDRESS_OWNERS = '// appgw-triage: address-owners v1';

export function privateDnsRows(world: World, query: string, minute: number): readonly unknown[] {
  const asked = textsIn(query);
  const { privateZones, privateEndpoints } = networkOf(world);
  const zones = privateZones.filter(({ name }) => asked.has(name.toLowerCase()));
  return [
    ...zones.map((zone) => row(world, zoneId(world, zone), zone.name, 'privatednszones', { numberOfRecordSets: 1 })),
    ...zones.flatMap((zone) => linksOf(world, zone, minute)),
    ...zones.flatMap((zone) =>
      zone.records
        .filter((record) => holds(record, minute) && asked.has(record.name.toLowerCase()))
        .map(({ name, addresses }) =>
          row(world, `${zoneId(world, zone)}/A/${name}`, name, 'privatednszones/a', {
            fqdn: `${name}.${zone.name}.`,
            ttl: 10,
            aRecords: addresses.map((ipv4Address) => ({ ipv4Address })),
          }),
        ),
    ),
    ...privateEndpoints
      .filter(({ fqdns, target }) =>
        [...fqdns.map((name) => `"${name}"`), `/${target.split('/').at(-1)}"`].some((text) =>
          asked.has(text.toLowerCase()),
        ),
      )
      .map((endpoint) => armPrivateEndpoint(world, endpoint)),
  ];
}

function zoneId(world: World, { name }: PrivateZonePlan): string {
  return `${groupId(world)}/providers/Microsoft.Network/privateDnsZones/${name}`;
}

function linksOf(world: World, zone: PrivateZonePlan, minute: number): readonly Json[] {
  return zone.links
    .filter((link) => holds(link, minute))
    .map(({ network, fallsBack }) =>
      row(
        world,
        `${zoneId(world, zone)}/virtualNetworkLinks/to-${network}`,
        `to-${network}`,
        'privatednszones/virtualnetworklinks',
        {
          provisioningState: 'Succeeded',
          registrationEnabled: false,
          resolutionPolicy: fallsBack ? 'NxDomainRedirect' : 'Default',
          virtualNetwork: { id: network === 'own' ? networkId(world) : networkId(world, network) },
          virtualNetworkLinkState: 'Completed',
        },
      ),
    );
}

function armPrivateEndpoint(world: World, { name, target, state }: PrivateEndpointPlan): Json {
  const id = `${groupId(world)}/providers/Microsoft.Network/privateEndpoints/${name}`;
  return row(world, id, name, 'privateendpoints', {
    provisioningState: 'Succeeded',
    // Filled only where no zone group writes the names into a zone.
    customDnsConfigs: [],
    subnet: { id: subnetId(world, endpointSubnet(world)) },
    networkInterfaces: [{ id: endpointInterfaceId(world, name) }],
    privateLinkServiceConnections: [
      {
        name,
        properties: {
          privateLinkServiceId: `${groupId(world)}/providers/${target}`,
          groupIds: ['sites'],
          privateLinkServiceConnectionState: { status: state ?? 'Approved', description: '', actionsRequired: 'None' },
        },
      },
    ],
    manualPrivateLinkServiceConnections: [],
  });
}

function endpointSubnet(world: World): string {
  return networkOf(world).subnets.at(-1)?.name ?? 'snet-endpoints';
}

function endpointInterfaceId(world: World, name: string): string {
  return `${groupId(world)}/providers/Microsoft.Network/networkInterfaces/${name}.nic.${scatterGuid(name)}`;
}

/** The interfaces of private endpoints that have one of the addresses, or stand for one of the names. */
export function endpointInterfaceRows(world: World, query: string): readonly unknown[] {
  const asked = textsIn(query);
  return networkOf(world)
    .privateEndpoints.filter(
      ({ address, fqdns }) => asked.has(address) || fqdns.some((name) => asked.has(`"${name.toLowerCase()}"`)),
    )
    .map(({ name, address, fqdns }) => {
      const id = endpointInterfaceId(world, name);
      return {
        ...row(world, id, id.slice(id.lastIndexOf('/') + 1), 'networkinterfaces', {
          provisioningState: 'Succeeded',
          ipConfigurations: [
            {
              name: 'privateEndpointIpConfig',
              id: `${id}/ipConfigurations/privateEndpointIpConfig`,
              properties: {
                privateIPAddress: address,
                privateIPAllocationMethod: 'Dynamic',
                subnet: { id: subnetId(world, endpointSubnet(world)) },
                primary: true,
                privateLinkConnectionProperties: { groupId: 'sites', requiredMemberName: 'sites', fqdns },
              },
            },
          ],
          privateEndpoint: { id: `${groupId(world)}/providers/Microsoft.Network/privateEndpoints/${name}` },
        }),
        powerState: '',
      };
    });
}

export function ownerRows(world: World, query: string, minute: number): readonly unknown[] {
  const asked = textsIn(query);
  const { loadBalancers, apps } = networkOf(world);
  return [
    ...loadBalancers
      .filter(({ address }) => asked.has(`"${address}"`))
      .map(({ name, address }) => {
        const id = `${groupId(world)}/providers/Microsoft.Network/loadBalancers/${name}`;
        const frontend = { name: 'frontend', properties: { privateIPAddress: address } };
        return row(world, id, name, 'loadbalancers', { frontendIPConfigurations: [frontend] });
      }),
    ...apps
      .filter(({ hostNames }) => hostNames.some((name) => asked.has(`"${name.toLowerCase()}"`)))
      .map(({ name, hostNames, stopped, isPrivate }) => {
        const id = `${groupId(world)}/providers/Microsoft.Web/sites/${name}`;
        return {
          ...row(world, id, name, 'sites', {
            state: holds(stopped, minute) ? 'Stopped' : 'Running',
            defaultHostName: hostNames[0],
            hostNames,
            publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled',
          }),
          type: 'microsoft.web/sites',
        };
      }),
  ];
}

/** Resource Graph writes types, and often names of resource groups, in lower case. */
function row(world: World, id: string, name: string, type: string, properties: Json): Json {
  return {
    id,
    name,
    type: `microsoft.network/${type}`,
    location: world.location,
    resourceGroup: world.resourceGroup.toLowerCase(),
    subscriptionId: world.subscription,
    properties,
  };
}

function textsIn(query: string): ReadonlySet<string> {
  return new Set([...query.matchAll(/'([^']*)'/g)].map(([, text = '']) => text.toLowerCase()));
}
