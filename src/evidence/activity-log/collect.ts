import { endingEarly } from '../ending-early.ts';
import { type CollectContext, type Collector, type Part, Parts } from '../evidence-kind.ts';
import { firstPageOf } from '../first-page.ts';
import { fieldsOf, textOf } from '../json.ts';
import { addressesBehind, membersInQuestion } from '../members-in-question.ts';
import { partNames } from '../part-names.ts';
import { unreadableAnswer } from '../raw-body.ts';
import { timeOf } from '../time.ts';
import { redactEvent } from './redact.ts';

/** How far before the first failure a change is looked for. */
const BEFORE_MS = 24 * 60 * 60_000;
/** The gateway's group and those of the members in trouble. */
const MAX_GROUPS = 3;
/** A page holds up to 200 entries, the newest first. */
const MAX_PAGES = 3;
const MAX_MEMBERS = 20;

const deadlineMs = 30_000;

export const collector: Collector = {
  deadlineMs,
  asks: 'GET .../Microsoft.Insights/eventtypes/management/values by resource group',
  rights: ['Microsoft.Insights/eventtypes/values/Read'],
  collect: async (context) => {
    const groups = groupsInQuestion(context);
    const early = endingEarly(context, deadlineMs);
    const answers = await Promise.allSettled(groups.map((group) => readGroup(early, group)));
    const names = partNames(groups.map(({ resourceGroup }) => resourceGroup));
    const parts = answers.map((answer, index): Part => {
      const part = names[index] ?? String(index);
      return answer.status === 'fulfilled' ? { part, raw: answer.value } : { part, error: answer.reason };
    });
    const [only] = parts;
    if (parts.length > 1 || !only) return new Parts(parts);
    if ('error' in only) throw only.error;
    return only.raw;
  },
};

interface Group {
  readonly subscription: string;
  readonly resourceGroup: string;
}

/** The group of the gateway, then those of the interfaces, machines and networks of the members in trouble. */
function groupsInQuestion({ gateway, readings }: CollectContext): readonly Group[] {
  const addresses = membersInQuestion(readings, MAX_MEMBERS).flatMap(({ member }) =>
    addressesBehind(readings, member.address),
  );
  const nics = (readings.interfaces ?? []).filter((nic) =>
    nic.addresses.some((address) => addresses.includes(address)),
  );
  const ids = [
    ...nics.flatMap(({ machineId, id }) => [machineId ?? [], id].flat()),
    ...(readings.gateway?.subnetIds ?? []),
    ...nics.flatMap(({ securityGroupId, subnetIds }) => [securityGroupId ?? [], subnetIds].flat()),
  ];
  const groups = [
    { subscription: gateway.subscription, resourceGroup: gateway.resourceGroup },
    ...ids.flatMap(groupOf),
  ];
  const named = groups.map((group) => [`${group.subscription}/${group.resourceGroup}`.toLowerCase(), group] as const);
  return [...new Map(named.toReversed()).values()].toReversed().slice(0, MAX_GROUPS);
}

function groupOf(id: string): readonly Group[] {
  const [, subscription, resourceGroup] = /^\/subscriptions\/([\w-]+)\/resourcegroups\/([^/]+)\//i.exec(id) ?? [];
  return subscription === undefined || resourceGroup === undefined ? [] : [{ subscription, resourceGroup }];
}

/**
 * The entries of a group, redacted, as one document of the service's own shape. The next page is asked for by the time of
 * the last entry: a page's own link would be followed without the deadline.
 */
async function readGroup(context: CollectContext, group: Group): Promise<unknown> {
  const events = new Map<string, unknown>();
  const from = startOf(context);
  let until = context.to;
  let isWhole = false;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = fieldsOf(await readPage(context, group, from, until));
    const value = answer.get('value');
    if (!Array.isArray(value)) throw unreadableAnswer('the service answered without a list of entries');
    for (const event of value) events.set(keyOf(event), redactEvent(event));
    const oldest = Math.min(...value.map((event) => timeOf(fieldsOf(event).get('eventtimestamp')) ?? Infinity));
    // Times have seven digits, of which the last four are lost here; what is read twice is kept once.
    const next = oldest + 1;
    isWhole = textOf(answer.get('nextlink')) === undefined;
    if (isWhole || !(next < until.getTime())) break;
    until = new Date(next);
  }
  return { value: [...events.values()].filter((event) => event !== undefined), ...(isWhole ? {} : { isCutOff: true }) };
}

async function readPage({ clients, abort }: CollectContext, group: Group, from: Date, until: Date): Promise<unknown> {
  const client = await clients.monitor(group.subscription);
  const within = `eventTimestamp ge '${from.toISOString()}' and eventTimestamp le '${until.toISOString()}'`;
  const filter = `${within} and resourceGroupName eq '${group.resourceGroup.replaceAll("'", "''")}'`;
  return firstPageOf(abort, (options) => client.activityLogs.list(filter, options));
}

/** A day before the first failed request that was read, else before the end of the time that is looked at. */
function startOf({ readings, to }: CollectContext): Date {
  const first = readings.traffic?.minutes.find(({ failed }) => failed > 0);
  const at = first === undefined ? Number.NaN : Date.parse(first.at);
  return new Date((Number.isFinite(at) ? Math.min(at, to.getTime()) : to.getTime()) - BEFORE_MS);
}

function keyOf(event: unknown): string {
  const fields = fieldsOf(event);
  return textOf(fields.get('eventdataid')) ?? textOf(fields.get('id')) ?? JSON.stringify(event);
}
