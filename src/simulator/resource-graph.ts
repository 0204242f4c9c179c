import { type Answer, armError, ok } from './answer.ts';
import { armInterface } from './arm-network.ts';
import { groupId, interfacesAt, isInside, networkId, networkOf, subnetId } from './network.ts';
import { ADDRESS_OWNERS, endpointInterfaceRows, ownerRows, PRIVATE_DNS, privateDnsRows } from './private-names.ts';
import { changeRows, pageOf, RESOURCE_CHANGES } from './resource-changes.ts';
import type { World } from './world.ts';

const INTERFACES = '// appgw-triage: nics v1';
const SCALE_SETS = '// appgw-triage: scale-sets v1';

/**
 * Answers a Resource Graph query. KQL is not interpreted: the marker in the first line says what is asked, and the
 * addresses between quotes say of whom.
 */
export function answerGraphQuery(world: World, body: unknown, minute: number): Answer {
  const { query } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  if (typeof query !== 'string' || query.trim() === '') {
    return armError(400, 'BadRequest', 'Please provide below info when asking for support: the query is missing.');
  }
  if (query.startsWith(INTERFACES))
    return rows([...interfaceRows(world, query, minute), ...endpointInterfaceRows(world, query)]);
  if (query.startsWith(PRIVATE_DNS)) return rows(privateDnsRows(world, query, minute));
  if (query.startsWith(ADDRESS_OWNERS)) return rows(ownerRows(world, query, minute));
  if (query.startsWith(RESOURCE_CHANGES)) return ok(pageOf(changeRows(world, query, minute), body));
  if (query.startsWith(SCALE_SETS)) return rows(scaleSetRows(world, query, minute));
  return armError(400, 'InvalidQuery', 'Query is invalid. Please refer to the documentation for the Resource Graph.');
}

function rows(data: readonly unknown[]): Answer {
  return ok({ totalRecords: data.length, count: data.length, data, facets: [], resultTruncated: 'false' });
}

function interfaceRows(world: World, query: string, minute: number): readonly unknown[] {
  const texts = [...query.matchAll(/'([\d.]+)'/g)].map(([, text = '']) => text);
  const isNear = query.toLowerCase().includes(`'${networkId(world).toLowerCase()}'`);
  const isMember = (address: string) => texts.includes(address);
  const isNeighbour = (address: string) =>
    isNear && texts.some((text) => text.endsWith('.') && address.startsWith(text));
  return interfacesAt(world, minute)
    .filter(({ host }) => host.scaleSet === undefined)
    .filter(({ host }) => isMember(host.address) || isNeighbour(host.address))
    .toSorted((left, right) => Number(isMember(right.host.address)) - Number(isMember(left.host.address)))
    .map((nic) => {
      const { id, name, location, properties } = armInterface(world, nic);
      return {
        id,
        name,
        // Resource Graph writes types, and often names of resource groups, in lower case.
        type: 'microsoft.network/networkinterfaces',
        location,
        resourceGroup: world.resourceGroup.toLowerCase(),
        subscriptionId: world.subscription,
        powerState: nic.isRunning ? 'PowerState/running' : 'PowerState/deallocated',
        properties,
      };
    });
}

function scaleSetRows(world: World, query: string, minute: number): readonly unknown[] {
  if (!query.toLowerCase().includes(`'${networkId(world).toLowerCase()}'`)) return [];
  const sets = new Map<string, unknown>();
  for (const { host } of interfacesAt(world, minute)) {
    const subnet = networkOf(world).subnets.find(({ prefix }) => isInside(host.address, prefix));
    if (host.scaleSet === undefined || !subnet) continue;
    const id = scaleSetId(world, host.scaleSet);
    sets.set(`${id} ${subnet.name}`, {
      id,
      subnetId: subnetId(world, subnet.name).toLowerCase(),
      prefix: subnet.prefix,
      prefixes: '',
    });
  }
  return [...sets.values()];
}

export function scaleSetId(world: World, name: string): string {
  return `${groupId(world)}/providers/Microsoft.Compute/virtualMachineScaleSets/${name}`;
}
