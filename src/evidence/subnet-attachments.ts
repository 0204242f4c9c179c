import type { NetworkInterface } from '../core/network.ts';
import { sameName } from '../core/resource-id.ts';
import { type CollectContext, NothingToAsk, type Part } from './evidence-kind.ts';
import { interfacesInQuestion } from './interfaces-in-question.ts';
import { fieldsOf, flatFieldsOf, textOf } from './json.ts';
import { partNames } from './part-names.ts';
import { rawBodyOf } from './raw-body.ts';
import { type ResourceIdParts, resourceIn, type SubnetId, subnetIn } from './resource-ids.ts';

/** Subnets that are looked at: that of the gateway, and those of the members in trouble. A call each. */
const MAX_MEMBER_SUBNETS = 2;

/** What hangs on a subnet, by the name of its field in the resource and in its id. */
type Attachment = 'networkSecurityGroup' | 'routeTable';
const TYPES = { networkSecurityGroup: 'networkSecurityGroups', routeTable: 'routeTables' } as const;

export interface Attached {
  readonly ids: readonly ResourceIdParts[];
  /** Subnets that could not be read. */
  readonly failed: readonly Part[];
  /** The interfaces of the members in trouble, where an earlier round read them. */
  readonly interfaces: readonly NetworkInterface[];
}

/** The security groups or route tables of the gateway's subnet, then of the members' subnets, each once. */
export async function attachedTo(context: CollectContext, attachment: Attachment): Promise<Attached> {
  const { gateway } = context.readings;
  const own = unique((gateway?.subnetIds ?? []).flatMap((id) => subnetIn(id) ?? [])).slice(0, 1);
  if (own.length === 0) throw new NothingToAsk('the subnet of the gateway is not known');
  const interfaces = await knownInterfaces(context);
  const theirs = unique(interfaces.flatMap((nic) => nic.subnetIds.flatMap((id) => subnetIn(id) ?? [])));
  const subnets = unique([...own, ...theirs.slice(0, MAX_MEMBER_SUBNETS)]);
  const ids: ResourceIdParts[] = [];
  const failed: Part[] = [];
  const known = (context.readings.networks ?? []).flatMap((network) => network.subnets);
  const unread = subnets.filter((subnet) => {
    // A virtual network that was read shows its subnets with what hangs on them, which saves a call each.
    const own = known.find(({ id }) => sameName(id, subnet.id));
    const attached = attachment === 'routeTable' ? own?.routeTableId : own?.securityGroupId;
    ids.push(...[resourceIn(attached ?? '', TYPES[attachment]) ?? []].flat());
    return own === undefined;
  });
  const answers = await Promise.allSettled(unread.map((subnet) => readSubnet(context, subnet)));
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 'fulfilled') {
      const id = textOf(fieldsOf(flatFieldsOf(answer.value).get(attachment.toLowerCase())).get('id')) ?? '';
      ids.push(...[resourceIn(id, TYPES[attachment]) ?? []].flat());
    } else failed.push({ part: `subnet-${unread[index]?.name ?? index}`, error: answer.reason });
  }
  return { ids: unique(ids), failed, interfaces };
}

/** Only what was read already: a security group is not worth a look-up of its own. */
async function knownInterfaces(context: CollectContext): Promise<readonly NetworkInterface[]> {
  if (context.readings.interfaces === undefined) return [];
  try {
    return await interfacesInQuestion(context);
  } catch (error) {
    if (error instanceof NothingToAsk) return [];
    throw error;
  }
}

async function readSubnet({ clients, abort }: CollectContext, subnet: SubnetId): Promise<unknown> {
  const client = await clients.network(subnet.subscription);
  return rawBodyOf((onResponse) =>
    client.subnets.get(subnet.resourceGroup, subnet.network, subnet.name, { abortSignal: abort, onResponse }),
  );
}

/** Reads each resource by its id, side by side, one part each. */
export async function readEach(
  ids: readonly ResourceIdParts[],
  read: (id: ResourceIdParts, onResponse: Parameters<Parameters<typeof rawBodyOf>[0]>[0]) => Promise<unknown>,
): Promise<readonly Part[]> {
  const parts = partNames(ids.map(({ name }) => name));
  return Promise.all(
    ids.map(async (id, index): Promise<Part> => {
      const part = parts[index] ?? id.name;
      try {
        return { part, raw: await rawBodyOf((onResponse) => read(id, onResponse)) };
      } catch (error) {
        return { part, error };
      }
    }),
  );
}

export function unique<T extends ResourceIdParts>(ids: readonly T[]): readonly T[] {
  return [...new Map(ids.map((one) => [one.id.toLowerCase(), one])).values()];
}
