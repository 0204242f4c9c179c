import type { ReceivedEventData } from '@azure/event-hubs';
import type { EventHubBinding } from './event-hub-trigger-binding.ts';
import type { RpcTypedData } from './rpc.ts';

/** An event as far as a function is told of it. */
export type ReceivedEvent = Omit<ReceivedEventData, 'getRawAmqpMessage'>;

/** Which part of which hub a batch comes from. */
export interface PartitionScope {
  readonly fullyQualifiedNamespace: string;
  readonly eventHubName: string;
  readonly consumerGroup: string;
  readonly partitionId: string;
}

/** The batch as the function gets it: one element for each event. */
export function batchData(events: readonly ReceivedEvent[], dataType: EventHubBinding['dataType']): RpcTypedData {
  const bytes = events.map(({ body }) => bytesOf(body));
  return dataType === 'binary'
    ? { collectionBytes: { bytes } }
    : { collectionString: { string: bytes.map((body) => body.toString('utf8')) } };
}

/** What the service's host tells beside a batch, by its names; the programming model makes them camel case. */
export function batchMetadata(
  events: readonly ReceivedEvent[],
  { fullyQualifiedNamespace, eventHubName, consumerGroup, partitionId }: PartitionScope,
): Readonly<Record<string, RpcTypedData>> {
  const json = (value: unknown): RpcTypedData => ({ json: JSON.stringify(value) });
  return {
    // In the service it also holds what only its own code can use.
    PartitionContext: json({
      FullyQualifiedNamespace: fullyQualifiedNamespace,
      EventHubName: eventHubName,
      ConsumerGroup: consumerGroup,
      PartitionId: partitionId,
    }),
    PartitionKeyArray: json(events.map(({ partitionKey }) => partitionKey ?? null)),
    OffsetArray: json(events.map(({ offset }) => offset)),
    SequenceNumberArray: json(events.map(({ sequenceNumber }) => sequenceNumber)),
    EnqueuedTimeUtcArray: json(events.map(({ enqueuedTimeUtc }) => enqueuedTimeUtc)),
    PropertiesArray: json(events.map(({ properties }) => properties ?? {})),
    SystemPropertiesArray: json(
      events.map(({ systemProperties, sequenceNumber, offset, partitionKey, enqueuedTimeUtc }) => ({
        ...systemProperties,
        SequenceNumber: sequenceNumber,
        Offset: offset,
        PartitionKey: partitionKey ?? null,
        EnqueuedTimeUtc: enqueuedTimeUtc,
      })),
    ),
  };
}

/** An event whose body is no bytes, such as an AMQP value, goes over as JSON. */
function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Buffer.from(JSON.stringify(body) ?? 'null');
}
