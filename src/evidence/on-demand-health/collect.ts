import { endingEarly } from '../ending-early.ts';
import { type CollectContext, type Collector, NothingToAsk } from '../evidence-kind.ts';
import { fieldsOf, isObject } from '../json.ts';
import { rawResultOf } from '../long-running.ts';
import { isStopped, membersInQuestion } from '../members-in-question.ts';
import { unreadableAnswer } from '../raw-body.ts';
import { reasonOf } from '../reasons.ts';
import { ON_DEMAND_SCHEMA } from './index.ts';
import { readTest } from './read-test.ts';
import { isStillTelling, type Variant, variantsFor } from './variants.ts';

const deadlineMs = 90_000;

/** One test as it is kept: what was changed, and the body as the service sent it or why there is none. */
type KeptTest = Omit<Variant, 'request'> & ({ readonly body: unknown } | { readonly error: string });

/**
 * The gateway itself as the test bench: it probes the members of one target once more, with one thing changed. That sends
 * a member one request more than the probes that it gets every few seconds, and changes nothing.
 */
export const collector: Collector = {
  deadlineMs,
  asks: 'POST .../applicationGateways/getBackendHealthOnDemand, up to four times, then poll',
  rights: ['Microsoft.Network/applicationGateways/getBackendHealthOnDemand/action'],
  collect: async (context) => {
    const { readings, gateway } = context;
    if (isStopped(readings.gateway)) throw new NothingToAsk('the gateway is stopped');
    if (membersInQuestion(readings, 1).length === 0) throw new NothingToAsk('no member is in trouble');
    const variants = variantsFor(readings);
    if (variants.length === 0) {
      throw new NothingToAsk(
        'no member in trouble is reached by a probe that a test could repeat with one thing changed',
      );
    }
    // One after the other, so that no test disturbs another; what has been answered when the time is up is kept.
    const { abort } = endingEarly(context, deadlineMs);
    const tests: KeptTest[] = [];
    let lastError: unknown;
    for (const variant of variants) {
      if (!isStillTelling(variant, tests.map(readTest))) continue;
      const { request: _request, ...test } = variant;
      try {
        abort.throwIfAborted();
        tests.push({ ...test, body: await ask({ ...context, abort }, variant) });
      } catch (error) {
        if (context.abort.aborted) throw error;
        lastError = error;
        tests.push({ ...test, error: abort.aborted ? 'the time for tests was over' : reasonOf(error) });
      }
    }
    if (tests.every((test) => 'error' in test)) throw lastError;
    return { schema: ON_DEMAND_SCHEMA, resourceId: gateway.id, tests };
  },
};

async function ask({ clients, gateway, abort }: CollectContext, { pool, setting, request }: Variant): Promise<unknown> {
  const client = await clients.network(gateway.subscription);
  const probe = {
    ...request,
    match: { ...request.match, statusCodes: [...request.match.statusCodes] },
    backendAddressPool: { id: `${gateway.id}/backendAddressPools/${pool}` },
    backendHttpSettings: { id: `${gateway.id}/backendHttpSettingsCollection/${setting}` },
  };
  const body = await rawResultOf(client, abort, (options) =>
    client.applicationGateways.backendHealthOnDemand(gateway.resourceGroup, gateway.name, probe, options),
  );
  if (!isObject(body) || !fieldsOf(body).has('backendhealthhttpsettings')) {
    throw unreadableAnswer('the service answered without the health of a backend setting');
  }
  return body;
}
