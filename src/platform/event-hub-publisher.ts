import type { TokenCredential } from '@azure/core-auth';
import type { EventHubProducerClient } from '@azure/event-hubs';
import type { EventHubPlace, PublishEvent } from '../sinks/sink.ts';

/** What is used of the SDK's client. */
export type Producer = Pick<EventHubProducerClient, 'sendBatch' | 'close'>;

/**
 * Publishes to event hubs over AMQP. Each event has a connection of its own: there are few of them, and on one that was
 * kept and has died meanwhile the SDK waits for a minute before it notices. The SDK is loaded with the first event.
 */
export function createEventHubPublisher(
  credential: () => Promise<TokenCredential>,
  open: (place: EventHubPlace) => Promise<Producer> = (place) => openProducer(place, credential),
): PublishEvent {
  return async (place, { body, contentType, partitionKey, messageId }, abort) => {
    const event = { body: Buffer.from(body, 'utf8'), contentType, messageId };
    const producer = open(place);
    const sending = producer.then((client) => client.sendBatch([event], { partitionKey, abortSignal: abort }));
    try {
      await orAborted(sending, abort);
    } finally {
      // The event is there or it is not; a farewell that fails or hangs changes nothing.
      const closing = producer.then((client) => client.close());
      await orAborted(closing, abort).catch(() => {});
    }
  };
}

async function openProducer(place: EventHubPlace, credential: () => Promise<TokenCredential>): Promise<Producer> {
  const { EventHubProducerClient: Client } = await import('@azure/event-hubs');
  // The queue repeats the delivery as a whole.
  const options = { retryOptions: { maxRetries: 0 } };
  return 'connectionString' in place
    ? new Client(withoutHub(place.connectionString), place.eventHub, options)
    : new Client(place.namespace, place.eventHub, await credential(), options);
}

/** The SDK refuses a connection string that names a hub beside a hub's name, even where they are the same. */
function withoutHub(connectionString: string): string {
  return connectionString.replace(/(^|;)\s*EntityPath=[^;]*/gi, '');
}

/** The SDK looks at the signal between its steps; a step that hangs is not waited for. */
async function orAborted(sending: Promise<void>, abort: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Error('aborted'));
  if (abort.aborted) stop();
  else abort.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([sending, promise]);
  } finally {
    abort.removeEventListener('abort', stop);
    // The loser of the race must not surface as an unhandled rejection.
    sending.catch(() => {});
    promise.catch(() => {});
  }
}
