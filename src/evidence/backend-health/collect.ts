import { setTimeout as wait } from 'node:timers/promises';
import { type ApplicationGatewayBackendHealth, restorePoller } from '@azure/arm-network';
import type { Collector } from '../evidence-kind.ts';
import { parseBody, type RawResponse, unreadableAnswer } from '../raw-body.ts';

/**
 * Backend health is a long-running operation: 202 with the body `null` and a place to poll, then 200 with the answer.
 * It takes 30 to 60 seconds on a real gateway. The polling URL carries a signature: it goes back to the service as it
 * came, and nowhere else.
 */
export const collector: Collector = {
  deadlineMs: 70_000,
  asks: 'POST .../applicationGateways/backendhealth, then poll',
  collect: async ({ gateway, clients, abort }) => {
    const client = await clients.network(gateway.subscription);
    const operation = client.applicationGateways.backendHealth;
    let first: RawResponse | undefined;
    const poller = operation(gateway.resourceGroup, gateway.name, {
      abortSignal: abort,
      onResponse: (response) => {
        first = response;
      },
    });
    try {
      await poller.submitted();
    } catch (error) {
      if (first?.status === 202) throw unreadableAnswer('the service accepted the read, but named no place to poll');
      if (first?.status !== 200) throw error;
    }
    if (first?.status === 200) return parseBody(first);
    if (poller.isDone) throw unreadableAnswer('the service accepted the read, but named no place to poll');

    // The SDK waits between two polls as Retry-After says, but makes the first poll at once.
    await wait(retryAfterMs(first), undefined, { signal: abort });
    const polled = restorePoller(client, await poller.serialize(), operation, {
      abortSignal: abort,
      // The body as it came: the model would drop what it does not know.
      processResponseBody: async (result) => result.body as ApplicationGatewayBackendHealth,
    });
    const body: unknown = await polled.pollUntilDone({ abortSignal: abort });
    if (body === undefined || body === null || body === '')
      throw unreadableAnswer('the service answered without a body');
    return body;
  },
};

/** How long the service asks to wait, bounded so that a wrong header cannot use up the deadline. */
function retryAfterMs(response: RawResponse | undefined): number {
  const seconds = Number(response?.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_WAIT_SECONDS) * 1_000 : 0;
}

const MAX_WAIT_SECONDS = 15;
