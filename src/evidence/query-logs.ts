import { randomUUID } from 'node:crypto';
import type { LogsQueryClient } from '@azure/monitor-query-logs';
import type { CollectContext } from './evidence-kind.ts';
import { type RawResponse, rawBodyOf } from './raw-body.ts';

/** How long the service may work on a query, in seconds. The collector's deadline leaves room for the way. */
export const QUERY_TIMEOUT_SECONDS = 50;
export const QUERY_DEADLINE_MS = 60_000;

const REQUEST_ID = 'x-ms-client-request-id';

/**
 * Runs a query in the context of the gateway and returns the answer as the service sent it. `queryResource` takes no
 * abort signal and hands out no raw answer, so a policy does both for this one request, known by its request id.
 */
export async function queryLogs(
  { gateway, clients, abort, from, to }: CollectContext,
  query: string,
): Promise<unknown> {
  const client = await clients.logs();
  const requestId = randomUUID();
  const name = `appgw-triage ${requestId}`;
  return rawBodyOf(async (onResponse) => {
    addPolicy(client, name, requestId, abort, onResponse);
    try {
      abort.throwIfAborted();
      await client.queryResource(
        // The path of the call brings its own first slash.
        gateway.id.replace(/^\//, ''),
        query,
        { startTime: from, endTime: to },
        {
          serverTimeoutInSeconds: QUERY_TIMEOUT_SECONDS,
          // No timeout here: its timer would keep a process alive long after the answer. The abort signal does it.
          requestOptions: { headers: { [REQUEST_ID]: requestId } },
        },
      );
    } finally {
      client.pipeline.removePolicy({ name });
    }
  });
}

function addPolicy(
  { pipeline }: LogsQueryClient,
  name: string,
  requestId: string,
  abort: AbortSignal,
  onResponse: (response: RawResponse) => void,
): void {
  pipeline.addPolicy({
    name,
    sendRequest: async (request, next) => {
      if (request.headers.get(REQUEST_ID) !== requestId) return next(request);
      request.abortSignal = abort;
      const response = await next(request);
      onResponse(response);
      return response;
    },
  });
}
