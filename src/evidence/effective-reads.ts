import type { NetworkManagementClient } from '@azure/arm-network';
import { type CollectContext, NothingToAsk, type Part, Parts } from './evidence-kind.ts';
import { interfacesInQuestion } from './interfaces-in-question.ts';
import { fieldsOf, isObject, textOf } from './json.ts';
import { rawResultOf } from './long-running.ts';
import { partNames } from './part-names.ts';
import { unreadableAnswer } from './raw-body.ts';
import { type ResourceIdParts, resourceIn } from './resource-ids.ts';

/** How many interfaces are asked about. Each costs a call and its polls, of the 40 that an investigation has. */
const MAX_INTERFACES = 3;

type Begin = (
  client: NetworkManagementClient,
  nic: ResourceIdParts,
  options: Parameters<Parameters<typeof rawResultOf>[2]>[0],
) => ReturnType<Parameters<typeof rawResultOf>[2]>;

/**
 * Asks for the effective rules or routes of the members' interfaces, side by side: one part an interface, each body with
 * `nicId` beside what the service sent, because the body does not always say whose it is.
 */
export async function askOfEachInterface(context: CollectContext, begin: Begin): Promise<Parts> {
  const interfaces = await interfacesInQuestion(context);
  const own = interfaces.flatMap(({ id }) => resourceIn(id, 'networkInterfaces') ?? []);
  if (own.length === 0) {
    throw new NothingToAsk('the members are instances of a scale set, of which the service does not show this');
  }
  const asked = own.slice(0, MAX_INTERFACES);
  const parts = partNames(asked.map(({ name }) => name));
  return new Parts(await Promise.all(asked.map((nic, index) => askOf(context, nic, parts[index] ?? nic.name, begin))));
}

async function askOf(
  { clients, abort }: CollectContext,
  nic: ResourceIdParts,
  part: string,
  begin: Begin,
): Promise<Part> {
  try {
    const client = await clients.network(nic.subscription);
    const body = await rawResultOf(client, abort, (options) => begin(client, nic, options));
    if (!isObject(body)) throw unreadableAnswer('the service answered with something else than a list');
    return { part, raw: { ...body, nicId: nic.id } };
  } catch (error) {
    const refusal = refusalOf(error);
    return refusal ? { part, raw: { error: refusal, nicId: nic.id } } : { part, error };
  }
}

/**
 * Effective rules and routes exist only while the machine runs. That refusal is an answer of its own, for it says that the
 * machine does not run, and so it is kept as the service words it. The words name the interface and nobody else.
 */
function refusalOf(error: unknown): { readonly code: string; readonly message: string } | undefined {
  const fields = fieldsOf(error);
  const code = textOf(fields.get('code'));
  if (code === undefined || !/^NicMustBeAttachedToRunningVm\w*$/.test(code)) return undefined;
  return { code, message: error instanceof Error ? error.message.slice(0, 1_000) : '' };
}
