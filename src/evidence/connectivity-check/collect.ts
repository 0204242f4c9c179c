import { isV1 } from '../../core/gateway.ts';
import { endingEarly } from '../ending-early.ts';
import { type CollectContext, type Collector, NothingToAsk, type Part, Parts } from '../evidence-kind.ts';
import { fieldsOf, isObject, listOf } from '../json.ts';
import { rawResultOf } from '../long-running.ts';
import { isStopped, type MemberInQuestion, membersInQuestion } from '../members-in-question.ts';
import { watcherIn } from '../network-watcher.ts';
import { unreadableAnswer } from '../raw-body.ts';
import type { ResourceIdParts } from '../resource-ids.ts';

/** Each check costs a call and its polls, and takes the gateway's own time. */
const MAX_CHECKS = 2;
/** How many members are looked at to find one for each target. */
const MAX_MEMBERS = 40;
const deadlineMs = 90_000;

/**
 * Network Watcher tries a connection from the gateway itself. It goes to a member that the gateway probes anyhow, at the
 * port that it probes, so it reaches nothing that the gateway does not reach for every few seconds.
 */
export const collector: Collector = {
  deadlineMs,
  asks: 'POST .../networkWatchers/connectivityCheck from the gateway, then poll',
  rights: ['Microsoft.Network/networkWatchers/read', 'Microsoft.Network/networkWatchers/connectivityCheck/action'],
  collect: async (asked) => {
    const context = endingEarly(asked, deadlineMs);
    const { gateway } = context.readings;
    if (isStopped(gateway)) throw new NothingToAsk('the gateway is stopped');
    if (isV1(gateway)) throw new NothingToAsk('a gateway of the first generation cannot be the source of a check');
    if (gateway?.location === undefined) throw new NothingToAsk('the region of the gateway is not known');
    const members = onePerTarget(membersInQuestion(context.readings, MAX_MEMBERS));
    if (members.length === 0) throw new NothingToAsk('no member is in trouble at a port that is known');
    const watcher = await watcherIn(context, context.gateway.subscription, gateway.location);
    return new Parts(await Promise.all(members.map((one) => check(context, watcher, one))));
  },
};

function onePerTarget(members: readonly MemberInQuestion[]): readonly (MemberInQuestion & { readonly port: number })[] {
  const byTarget = new Map<string, MemberInQuestion & { readonly port: number }>();
  for (const one of members) {
    const { target, port } = one;
    // Two targets that end at the same port of the same member are one check.
    const key = `${one.member.address}:${port}`.toLowerCase();
    const isKnown = [...byTarget.values()].some(
      (other) => `${other.member.address}:${other.port}`.toLowerCase() === key,
    );
    const name = `${target.pool}~${target.setting}`.toLowerCase();
    if (port !== undefined && !isKnown && !byTarget.has(name)) byTarget.set(name, { ...one, port });
  }
  return [...byTarget.values()].slice(0, MAX_CHECKS);
}

async function check(
  { clients, gateway, abort }: CollectContext,
  watcher: ResourceIdParts,
  { member: { address }, port }: MemberInQuestion & { readonly port: number },
): Promise<Part> {
  const part = `${address}-${port}`;
  try {
    const client = await clients.network(gateway.subscription);
    const parameters = { source: { resourceId: gateway.id }, destination: { address, port }, protocol: 'Tcp' };
    const body = await rawResultOf(client, abort, (options) =>
      client.networkWatchers.checkConnectivity(watcher.resourceGroup, watcher.name, parameters, options),
    );
    if (!isObject(body) || listOf(fieldsOf(body).get('hops')).length === 0) {
      throw unreadableAnswer('the service answered without the way that it took');
    }
    // What was asked stands beside the answer, which names neither the port nor, at times, the destination.
    return { part, raw: { ...body, source: parameters.source, destination: parameters.destination } };
  } catch (error) {
    return { part, error };
  }
}
