import { contains, parseRange } from '../../core/address-range.ts';
import type { Readings } from '../../core/readings.ts';
import { endingEarly } from '../ending-early.ts';
import { type CollectContext, type Collector, NothingToAsk, type Part, Parts } from '../evidence-kind.ts';
import { firstPageOf } from '../first-page.ts';
import { fieldsOf, listOf, textOf, textsOf } from '../json.ts';
import { knownAddresses, knownNames } from '../members-in-question.ts';
import { partNames } from '../part-names.ts';
import { askResourceGraph } from '../resource-graph.ts';
import { type ResourceIdParts, resourceIn } from '../resource-ids.ts';
import { nics } from './index.ts';
import { interfacesQuery, networkOfSubnet, scaleSetsQuery } from './query.ts';

/** How many scale sets are asked for the interfaces of their instances, a call each. */
const MAX_SCALE_SETS = 3;

const deadlineMs = 40_000;

export const collector: Collector = {
  deadlineMs,
  asks: 'POST .../Microsoft.ResourceGraph/resources for network interfaces, then GET those of scale sets',
  rights: [
    'Microsoft.ResourceGraph/resources/read',
    'Microsoft.Network/networkInterfaces/read',
    'Microsoft.Network/virtualNetworks/read',
    'Microsoft.Compute/virtualMachines/read',
    'Microsoft.Compute/virtualMachineScaleSets/read',
    'Microsoft.Compute/virtualMachineScaleSets/networkInterfaces/read',
  ],
  collect: async (context) => {
    const parts = await interfaceParts(context);
    const [only] = parts;
    return parts.length === 1 && only && 'raw' in only ? only.raw : new Parts(parts);
  },
};

/**
 * The interfaces behind the members' addresses. Resource Graph lists none of those of scale-set instances, so the sets
 * that the pools name, or whose subnets hold an address that nobody has, are asked for theirs. Where one of them cannot be
 * asked its part says so: an address that is not in the list may be in there.
 */
export async function interfaceParts(context: CollectContext): Promise<readonly Part[]> {
  const { readings } = context;
  const addresses = knownAddresses(readings);
  const names = knownNames(readings);
  const named = scaleSetsOfPools(readings);
  if (addresses.length + names.length + named.length === 0) {
    throw new NothingToAsk('no member has an address or a name of which an interface could be looked up');
  }
  const early = endingEarly(context, deadlineMs);
  const parts: Part[] = [];
  let sets = named;
  if (addresses.length + names.length > 0) {
    const networks = (readings.gateway?.subnetIds ?? []).flatMap((id) => networkOfSubnet(id) ?? []);
    const raw = await askResourceGraph(context, interfacesQuery(addresses, names, networks));
    parts.push({ part: 'resource-graph', raw });
    const known = new Set(nics.read([raw]).reading.interfaces?.flatMap((nic) => nic.addresses));
    const unknown = addresses.filter((address) => !known.has(address));
    if (sets.length === 0 && unknown.length > 0) {
      try {
        sets = await scaleSetsAround(early, unknown, networks);
      } catch (error) {
        parts.push({ part: 'scale-sets', error });
      }
    }
  }
  const asked = sets.slice(0, MAX_SCALE_SETS);
  const parted = partNames(asked.map(({ name }) => name));
  return [
    ...parts,
    ...(await Promise.all(asked.map((set, index) => instancesOf(early, set, parted[index] ?? set.name)))),
  ];
}

async function instancesOf({ clients, abort }: CollectContext, set: ResourceIdParts, part: string): Promise<Part> {
  try {
    const client = await clients.network(set.subscription);
    const raw = await firstPageOf(abort, (options) =>
      client.networkInterfaces.listVirtualMachineScaleSetNetworkInterfaces(set.resourceGroup, set.name, options),
    );
    return { part, raw };
  } catch (error) {
    return { part, error };
  }
}

/** The scale sets whose instances are members by their interfaces. */
function scaleSetsOfPools({ gateway }: Readings): readonly ResourceIdParts[] {
  const ids = gateway?.pools.flatMap((pool) => pool.nicIpConfigurationIds) ?? [];
  return unique(ids.flatMap((id) => resourceIn(id, 'virtualMachineScaleSets') ?? []));
}

/** The scale sets with instances in a subnet that one of the addresses lies in. */
async function scaleSetsAround(
  context: CollectContext,
  addresses: readonly string[],
  networks: readonly string[],
): Promise<readonly ResourceIdParts[]> {
  if (networks.length === 0) return [];
  const answer = await askResourceGraph(context, scaleSetsQuery(networks));
  const wanted = addresses.flatMap((address) => parseRange(address) ?? []);
  const rows = listOf(fieldsOf(answer).get('data')).map(fieldsOf);
  const around = rows.filter((row) => {
    const subnet = prefixesOf(row.get('prefix'), row.get('prefixes')).flatMap((text) => parseRange(text) ?? []);
    return subnet.some((range) => wanted.some((address) => contains(range, address)));
  });
  return unique(around.flatMap((row) => resourceIn(textOf(row.get('id')) ?? '', 'virtualMachineScaleSets') ?? []));
}

/** The one prefix of a subnet, and the list that newer subnets have instead; a query hands the list out as JSON text. */
function prefixesOf(prefix: unknown, prefixes: unknown): readonly string[] {
  const list = typeof prefixes === 'string' ? prefixes.split(/[^\da-f.:/]+/i) : textsOf(prefixes);
  return [...textsOf(prefix), ...list.filter((text) => text !== '')];
}

function unique(sets: readonly ResourceIdParts[]): readonly ResourceIdParts[] {
  return [...new Map(sets.map((set) => [set.id.toLowerCase(), set])).values()];
}
