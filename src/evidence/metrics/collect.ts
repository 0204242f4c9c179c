import type { Collector } from '../evidence-kind.ts';
import { fieldsOf, isObject } from '../json.ts';
import { rawBodyOf, unreadableAnswer } from '../raw-body.ts';
import { reasonOf } from '../reasons.ts';

/**
 * Metrics of one call have to share their dimensions, hence a call for each set of dimensions. Capacity is asked for
 * by itself, because not every kind of gateway has it. The least of the healthy and the most of the
 * unhealthy hosts are what counts: an average over gateway instances hides a member that is down.
 */
const CALLS = [
  {
    metricnames: 'HealthyHostCount,UnhealthyHostCount',
    aggregation: 'Average,Minimum,Maximum',
    filter: "BackendSettingsPool eq '*'",
  },
  {
    metricnames: 'ResponseStatus,BackendResponseStatus',
    aggregation: 'Total',
    filter: "HttpStatusGroup eq '*'",
  },
  {
    metricnames: 'TotalRequests,FailedRequests,ApplicationGatewayTotalTime,CurrentConnections',
    aggregation: 'Total,Average,Maximum',
  },
  {
    metricnames: 'BackendConnectTime,BackendFirstByteResponseTime,BackendLastByteResponseTime',
    aggregation: 'Average,Maximum',
    filter: "BackendPool eq '*' and BackendHttpSetting eq '*'",
  },
  { metricnames: 'CapacityUnits,ComputeUnits', aggregation: 'Average,Maximum' },
] as const;

/** Series of one call. A gateway has at most 100 pools and 100 settings, but few of their combinations are in use. */
const MAX_SERIES = 200;

export const collector: Collector = {
  deadlineMs: 30_000,
  asks: 'GET .../Microsoft.Insights/metrics, once for each set of dimensions',
  rights: ['Microsoft.Insights/metrics/read'],
  collect: async ({ gateway, clients, abort, from, to }) => {
    const client = await clients.monitor(gateway.subscription);
    const answers = await Promise.allSettled(
      CALLS.map((call) =>
        rawBodyOf((onResponse) =>
          // The path of the call brings its own first slash.
          client.metrics.list(gateway.id.replace(/^\//, ''), {
            ...call,
            timespan: `${from.toISOString()}/${to.toISOString()}`,
            interval: intervalFor(from, to),
            metricnamespace: 'Microsoft.Network/applicationGateways',
            ...('filter' in call ? { top: MAX_SERIES } : {}),
            abortSignal: abort,
            onResponse,
          }),
        ),
      ),
    );
    return merge(answers);
  },
};

/** The answers as one document of the service's own shape; `unread` holds the calls that failed beside others. */
function merge(answers: readonly PromiseSettledResult<unknown>[]): unknown {
  const read = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const failed = answers.flatMap((answer, index) =>
    answer.status === 'rejected' ? [{ metricnames: CALLS[index]?.metricnames, reason: reasonOf(answer.reason) }] : [],
  );
  const [firstError] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  if (read.length === 0) throw firstError;
  const lists = read.map((body) => fieldsOf(body).get('value'));
  if (!lists.every(Array.isArray)) throw unreadableAnswer('the service answered without metrics');
  const [head] = read.filter(isObject);
  return { ...head, value: lists.flat(), ...(failed.length > 0 ? { unread: failed } : {}) };
}

/** From here on minutes would make an answer of tens of megabytes on a gateway with many pools. */
const LONG_SPAN_MS = 6 * 3_600_000;

function intervalFor(from: Date, to: Date): string {
  return to.getTime() - from.getTime() > LONG_SPAN_MS ? 'PT5M' : 'PT1M';
}
