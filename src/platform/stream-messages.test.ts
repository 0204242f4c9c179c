import { describe, expect, test } from '@jest/globals';
import { streamBatch } from './stream-messages.ts';

const body = Buffer.from('{"records":[]}');
const at = '2026-09-14T02:12:00.123Z';

describe('a batch of an Event Hubs trigger', () => {
  test.each([
    [
      'as the programming model of version 4 names things',
      {
        partitionContext: { partitionId: '3', eventHubName: 'logs' },
        sequenceNumberArray: [41, 42],
        enqueuedTimeUtcArray: [at, at],
      },
    ],
    [
      'by the properties of each message',
      {
        partitionContext: { partitionId: '3', eventHubPath: 'logs' },
        systemPropertiesArray: [
          { SequenceNumber: 41, EnqueuedTimeUtc: at },
          { SequenceNumber: 42, EnqueuedTimeUtc: at },
        ],
      },
    ],
    [
      'in the case of the host, and numbers as texts',
      {
        PartitionContext: { PartitionId: '3', EventHubName: 'logs' },
        SequenceNumberArray: ['41', '42'],
        EnqueuedTimeUtcArray: ['2026-09-14T02:12:00.123', '2026-09-14T02:12:00.1230000Z'],
      },
    ],
    [
      'by the annotations of AMQP, without the name of the hub',
      {
        partitionContext: { partitionId: 3 },
        systemPropertiesArray: [
          { 'x-opt-sequence-number': 41, 'x-opt-enqueued-time': Date.parse(at) },
          { 'x-opt-sequence-number': 42, 'x-opt-enqueued-time': new Date(at) },
        ],
      },
    ],
  ])('is read %s', (_name, metadata) => {
    expect(streamBatch([body, body], metadata, 'logs')).toEqual({
      partition: { hub: 'logs', id: '3' },
      messages: [
        { body, sequenceNumber: 41, enqueuedAt: Date.parse(at) },
        { body, sequenceNumber: 42, enqueuedAt: Date.parse(at) },
      ],
    });
  });

  const metadata = { partitionContext: { partitionId: '0' }, sequenceNumberArray: [0], enqueuedTimeUtcArray: [at] };

  test.each([
    ['bytes of another kind', new Uint8Array([123, 125]), '{}'],
    ['a text', '{"a":"ü"}', '{"a":"ü"}'],
    ['a document that the host has parsed', { records: [1] }, '{"records":[1]}'],
    ['nothing', undefined, ''],
  ])('has %s for a body', (_name, message, text) => {
    const [read] = streamBatch([message], metadata, 'logs').messages;
    expect(Buffer.from(read?.body ?? []).toString()).toBe(text);
  });

  test.each([
    ['partition id', {}],
    ['sequence number', { partitionContext: { partitionId: '0' } }],
    ['sequence number', { partitionContext: { partitionId: '0' }, sequenceNumberArray: [-1] }],
    ['sequence number', { partitionContext: { partitionId: '0' }, sequenceNumberArray: [1.5] }],
    ['time of arrival', { partitionContext: { partitionId: '0' }, sequenceNumberArray: [1] }],
    ['time of arrival', { ...metadata, enqueuedTimeUtcArray: ['yesterday'] }],
  ])('without its %s is an error, and not a guess', (what, incomplete) => {
    expect(() => streamBatch([body], incomplete, 'logs')).toThrow(`without its ${what}`);
  });
});
