import { setTimeout as wait } from 'node:timers/promises';
import { type NetworkManagementClient, restorePoller } from '@azure/arm-network';
import { parseBody, type RawResponse, unreadableAnswer } from './raw-body.ts';

type Begin = Parameters<typeof restorePoller>[2];
type Poller = ReturnType<Begin>;

/** What the SDK is handed with the call that starts an operation. */
export interface StartOptions {
  readonly abortSignal: AbortSignal;
  readonly onResponse: (response: RawResponse) => void;
}

/**
 * Runs a long-running operation of Resource Manager and returns the body of its result as the service sent it: 202 with
 * the body `null` and a place to poll, then 200 with the answer; or 200 at once. The polling URL carries a signature: it
 * goes back to the service as it came, and nowhere else. Throws what the SDK throws, or an unreadable answer.
 */
export async function rawResultOf(
  client: NetworkManagementClient,
  abort: AbortSignal,
  begin: (options: StartOptions) => Poller,
): Promise<unknown> {
  let first: RawResponse | undefined;
  const poller = begin({
    abortSignal: abort,
    onResponse: (response) => {
      first = response;
    },
  });
  try {
    await poller.submitted();
  } catch (error) {
    if (first?.status === 202) throw unreadableAnswer(NO_PLACE);
    // A good answer that only the SDK's model of it could not take.
    if (first?.status !== 200) throw error;
  }
  if (first?.status === 200) return parseBody(first);
  if (poller.isDone) throw unreadableAnswer(NO_PLACE);

  // The SDK waits between two polls as Retry-After says, but makes the first poll at once.
  await wait(retryAfterMs(first), undefined, { signal: abort });
  const polled = restorePoller(client, await poller.serialize(), begin, {
    abortSignal: abort,
    // The body as it came: the model would drop what it does not know.
    processResponseBody: async (result) => result.body as unknown,
  });
  const body: unknown = await polled.pollUntilDone({ abortSignal: abort });
  if (body === undefined || body === null || body === '') throw unreadableAnswer('the service answered without a body');
  return body;
}

const NO_PLACE = 'the service accepted the read, but named no place to poll';

/** How long the service asks to wait, bounded so that a wrong header cannot use up the deadline. */
function retryAfterMs(response: RawResponse | undefined): number {
  const seconds = Number(response?.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_WAIT_SECONDS) * 1_000 : 0;
}

const MAX_WAIT_SECONDS = 15;
