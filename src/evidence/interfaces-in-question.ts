import type { NetworkInterface } from '../core/network.ts';
import { sameName } from '../core/resource-id.ts';
import { type CollectContext, NothingToAsk, type Part } from './evidence-kind.ts';
import { addressesBehind, isStopped, type MemberInQuestion, membersInQuestion } from './members-in-question.ts';
import { interfaceParts } from './nics/collect.ts';
import { nics } from './nics/index.ts';
import { networkOfSubnet } from './nics/query.ts';
import { type ResourceIdParts, resourceIn } from './resource-ids.ts';

/** How many members are looked at to find the interfaces that are asked about. */
const MAX_MEMBERS = 20;

/**
 * The interfaces of the members in question. What an earlier round read of interfaces is used; where it read none, they
 * are looked up here, so that a round is not lost on it. Throws `NothingToAsk` where no interface is known.
 */
export async function interfacesInQuestion(context: CollectContext): Promise<readonly NetworkInterface[]> {
  if (isStopped(context.readings.gateway)) throw new NothingToAsk('the gateway is stopped');
  const members = membersInQuestion(context.readings, MAX_MEMBERS);
  if (members.length === 0) throw new NothingToAsk('no member is in trouble');
  const interfaces = context.readings.interfaces ?? (await lookUp(context));
  const own = members.flatMap((one) => interfaceOf(context, interfaces, one) ?? []);
  const found = [...new Map(own.map((nic) => [nic.id.toLowerCase(), nic])).values()];
  if (found.length > 0) return found;
  throw new NothingToAsk('the network interfaces of the members in trouble are not known');
}

async function lookUp(context: CollectContext): Promise<readonly NetworkInterface[]> {
  let parts: readonly Part[];
  try {
    parts = await interfaceParts(context);
  } catch (error) {
    // A pool of interfaces needs no look-up; for every other one this is the reason.
    if (namedByPools(context).length === 0 && !(error instanceof NothingToAsk)) throw error;
    parts = [];
  }
  return nics.read(parts.flatMap((part) => ('raw' in part ? [part.raw] : []))).reading.interfaces ?? [];
}

/**
 * The interface of a member. The same address exists in many networks: where several interfaces have it, only one that
 * the pool names, or the only one in the gateway's own network, counts.
 */
function interfaceOf(
  context: CollectContext,
  interfaces: readonly NetworkInterface[],
  { member, target }: MemberInQuestion,
): NetworkInterface | undefined {
  const { readings } = context;
  const addresses = addressesBehind(readings, member.address);
  const having = interfaces.filter((nic) => nic.addresses.some((address) => addresses.includes(address)));
  if (having.length === 1) return having[0];
  const named = namedByPools(context, target.pool);
  if (having.length === 0) {
    // Which of several interfaces has the address is not told by the pool; a lone one needs no telling.
    const [only] = named;
    return only && named.length === 1 && target.members.length === 1
      ? { id: only.id, name: only.name, addresses, subnetIds: [] }
      : undefined;
  }
  const byPool = having.filter((nic) => named.some(({ id }) => sameName(id, nic.id)));
  if (byPool.length === 1) return byPool[0];
  const networks = (readings.gateway?.subnetIds ?? []).flatMap((id) => networkOfSubnet(id) ?? []);
  const near = having.filter((nic) => nic.subnetIds.some((id) => networks.includes(networkOfSubnet(id) ?? '')));
  return near.length === 1 ? near[0] : undefined;
}

/** The interfaces that the pools (or the one named) list by their IP configurations. */
function namedByPools({ readings }: CollectContext, pool?: string): readonly ResourceIdParts[] {
  const pools = (readings.gateway?.pools ?? []).filter(({ name }) => pool === undefined || sameName(name, pool));
  const ids = pools.flatMap(({ nicIpConfigurationIds }) => nicIpConfigurationIds);
  const found = ids.flatMap((id) => resourceIn(id, 'networkInterfaces') ?? []);
  return [...new Map(found.map((nic) => [nic.id.toLowerCase(), nic])).values()];
}
