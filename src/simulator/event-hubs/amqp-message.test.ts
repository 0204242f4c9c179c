import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import rhea from 'rhea';
import { DecodeError, encodeMessage, messagesInBatch, openMessage, stamp } from './amqp-message.ts';

const assigned = { sequenceNumber: 2 ** 40, offset: '12345678901234', enqueuedAtMs: 1_773_136_800_123 };

/** As a reader would see it. */
function delivered(message: Buffer) {
  const { head, rest } = stamp(openMessage(message), assigned);
  return rhea.message.decode(Buffer.concat([head, rest]));
}

describe('an encoded message', () => {
  test('keeps every byte behind its annotations, and gets those of the service', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.dictionary(
          fc.string({ minLength: 1, maxLength: 300 }),
          fc.oneof(fc.string({ maxLength: 300 }), fc.boolean(), fc.maxSafeInteger()),
        ),
        fc.boolean(),
        (body, properties, isDurable) => {
          const plain = rhea.message.encode({
            ...(isDurable ? { durable: true } : {}),
            message_annotations: { 'x-opt-offset': 'of the publisher', 'x-opt-partition-key': 'key' },
            application_properties: properties,
            body: rhea.message.data_section(Buffer.from(body)),
          });
          const opened = openMessage(plain);
          expect(opened.partitionKey).toBe('key');
          expect(plain.subarray(plain.length - opened.body.length).equals(opened.body)).toBe(true);
          expect(stamp(opened, assigned).rest.subarray(-opened.body.length).equals(opened.body)).toBe(true);
          const seen = delivered(plain);
          expect(Buffer.from(seen.body.content)).toEqual(Buffer.from(body));
          expect(seen.message_annotations).toMatchObject({
            'x-opt-offset': assigned.offset,
            'x-opt-sequence-number': assigned.sequenceNumber,
            'x-opt-enqueued-time': new Date(assigned.enqueuedAtMs),
            'x-opt-partition-key': 'key',
          });
        },
      ),
    );
  });

  test('is made of bytes and properties', () => {
    const properties = { text: 'grüße', long: 'x'.repeat(300), whole: -7, part: 0.25, yes: true, no: false };
    const seen = delivered(encodeMessage(Buffer.alloc(70_000, 1), properties));
    expect(seen.application_properties).toEqual(properties);
    expect(seen.body.content).toHaveLength(70_000);
  });

  test('of any bytes is either opened or refused', () => {
    const valid = encodeMessage(Buffer.from('body'), { name: 'value' });
    const outcome = (bytes: Buffer) => {
      try {
        openMessage(bytes);
        messagesInBatch(bytes);
        return 'opened';
      } catch (error) {
        return error instanceof DecodeError ? 'refused' : error;
      }
    };
    expect(outcome(valid)).toBe('opened');
    expect(outcome(Buffer.alloc(100_000))).toBe('refused');
    for (let end = 1; end < valid.length; end += 1)
      expect(['opened', 'refused']).toContain(outcome(valid.subarray(0, end)));
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.uint8Array({ maxLength: 50 }), (at, byte, tail) => {
        const changed = Buffer.concat([valid, tail]);
        changed[at] = byte;
        expect(['opened', 'refused']).toContain(outcome(changed));
      }),
      { numRuns: 2_000 },
    );
  });
});
