import type { AccessLogMessage, HubPartition } from '../app/read-traffic.ts';

/** A batch as the host hands it over, with where it comes from. */
export interface StreamBatch {
  readonly partition: HubPartition;
  readonly messages: readonly AccessLogMessage[];
}

/** What the programming model tells beside the messages. */
export type TriggerMetadata = Readonly<Record<string, unknown>> | undefined;

/**
 * Reads a batch of an Event Hubs trigger with cardinality `many` and binary data. The host's names come in camel case
 * through the programming model, and in its own case through other versions, so names are looked up whatever their case.
 * Throws where a message has no sequence number: without it, a repeat could not be told from a message.
 */
export function streamBatch(messages: unknown, metadata: TriggerMetadata, hub: string): StreamBatch {
  const bodies = Array.isArray(messages) ? messages : [messages];
  const context = fieldIn(metadata, 'partitioncontext');
  const system = listIn(metadata, 'systempropertiesarray');
  const numbers = listIn(metadata, 'sequencenumberarray');
  const times = listIn(metadata, 'enqueuedtimeutcarray');
  return {
    partition: {
      hub: textIn(context, 'eventhubname', 'eventhubpath') ?? hub,
      id: textIn(context, 'partitionid') ?? textIn(metadata, 'partitionid') ?? missing('partition id'),
    },
    messages: bodies.map((body, index) => ({
      body: bytesOf(body),
      sequenceNumber:
        numberOf(numbers[index]) ??
        numberOf(fieldIn(system[index], 'sequencenumber', 'x-opt-sequence-number')) ??
        missing('sequence number'),
      enqueuedAt:
        timeOf(times[index]) ??
        timeOf(fieldIn(system[index], 'enqueuedtimeutc', 'x-opt-enqueued-time')) ??
        missing('time of arrival'),
    })),
  };
}

function missing(what: string): never {
  throw new Error(`The host hands over a message of an event hub without its ${what}.`);
}

/** The bytes of a message. A host that parsed it against its binding gives the JSON back as it was, up to its spelling. */
function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''), 'utf8');
}

function fieldIn(container: unknown, ...names: readonly string[]): unknown {
  if (typeof container !== 'object' || container === null) return undefined;
  for (const name of names) {
    for (const [key, value] of Object.entries(container)) if (key.toLowerCase() === name) return value;
  }
  return undefined;
}

function listIn(container: unknown, name: string): readonly unknown[] {
  const value = fieldIn(container, name);
  return Array.isArray(value) ? value : [];
}

function textIn(container: unknown, ...names: readonly string[]): string | undefined {
  const value = fieldIn(container, ...names);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,19}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Times of .NET can come without a zone, and mean UTC. */
function timeOf(value: unknown): number | undefined {
  if (value instanceof Date) return finite(value.getTime());
  if (typeof value === 'number') return finite(value);
  if (typeof value !== 'string') return undefined;
  return finite(Date.parse(/(z|[+-]\d\d:?\d\d)$/i.test(value) ? value : `${value}Z`));
}

function finite(time: number): number | undefined {
  return Number.isFinite(time) && time > 0 ? time : undefined;
}
