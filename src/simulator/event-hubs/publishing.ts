import type { AmqpError, EventContext, Receiver } from 'rhea';
import { DecodeError, messagesInBatch, openMessage } from './amqp-message.ts';
import type { Endpoint, Peer } from './endpoint.ts';
import type { Hub, Partition } from './hub.ts';
import { type ReceivedMessage, receivedMessage } from './rhea-links.ts';

/** The format of an envelope of which every data section is a whole message. */
const BATCH_FORMAT = 0x8001_3700;
/** How many batches a publisher may have under way; granted anew at half. */
const CREDIT = 300;

export interface PublishingPlace {
  readonly hub: Hub;
  /** Where absent, the hub chooses. */
  readonly partition: Partition | undefined;
}

/** Takes what a publisher sends to a hub, or to one of its partitions. */
export function openPublisher(
  receiver: Receiver,
  { hub, partition }: PublishingPlace,
  peer: Peer,
  endpoint: Endpoint,
): void {
  const { faults, totals } = endpoint;
  let credit = CREDIT;
  receiver.add_credit(CREDIT);
  receiver.on('message', (context: EventContext) => {
    credit -= 1;
    if (credit < CREDIT / 2) {
      receiver.add_credit(CREDIT - credit);
      credit = CREDIT;
    }
    const received = receivedMessage(context);
    if (!received) return;
    faults.later(() => {
      const error = store(received, hub, partition, endpoint);
      if (error) {
        totals.refusedBatches += 1;
        received.delivery.reject(error);
      } else if (faults.lostAcknowledgements > 0) {
        faults.lostAcknowledgements -= 1;
        peer.cut();
      } else received.delivery.accept();
    });
  });
}

/** A batch goes whole to one partition, or not at all. */
function store(
  { bytes, format }: ReceivedMessage,
  hub: Hub,
  chosen: Partition | undefined,
  { totals, mostMessageBytes }: Endpoint,
): AmqpError | undefined {
  if (bytes.length > mostMessageBytes) {
    const description = `The received message (size:${bytes.length}) exceeds the limit (${mostMessageBytes} bytes) currently allowed on the link.`;
    return { condition: 'amqp:link:message-size-exceeded', description };
  }
  try {
    const envelope = openMessage(bytes);
    // All of them are opened before the first is stored.
    const messages = format === BATCH_FORMAT ? messagesInBatch(bytes).map(openMessage) : [envelope];
    const partition = chosen ?? hub.choose(envelope.partitionKey ?? messages[0]?.partitionKey);
    for (const message of messages) partition.append(message);
    totals.batches += 1;
    totals.events += messages.length;
    return undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { condition: 'amqp:decode-error', description: error.message };
  }
}
