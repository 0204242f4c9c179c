import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeChain, followHandshake } from './served-certificates.ts';
import { issue } from './test-certificates.ts';

const uint24 = (value: number) => Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
const message = (type: number, body: Buffer) => Buffer.concat([Buffer.from([type]), uint24(body.length), body]);
const record = (body: Buffer, type = 22) =>
  Buffer.concat([Buffer.from([type, 3, 3, body.length >> 8, body.length & 0xff]), body]);
const list = (...certificates: readonly Buffer[]) => {
  const items = Buffer.concat(certificates.flatMap((one) => [uint24(one.length), one]));
  return Buffer.concat([uint24(items.length), items]);
};

const first = Buffer.from('first certificate');
const second = Buffer.from('second');
const flight = Buffer.concat([
  message(2, Buffer.alloc(70, 1)),
  message(11, list(first, second)),
  message(13, Buffer.from('request')),
  message(14, Buffer.alloc(0)),
]);

test('messages are put together again, however they are cut into records and packets', () => {
  for (const size of [1, 2, 3, 7, 50, 10_000]) {
    const records: Buffer[] = [];
    for (let at = 0; at < flight.length; at += size) records.push(record(flight.subarray(at, at + size)));
    const bytes = Buffer.concat(records);
    for (const packet of [1, 4, 6, bytes.length]) {
      const handshake = followHandshake();
      for (let at = 0; at < bytes.length; at += packet) handshake.add(bytes.subarray(at, at + packet));
      expect(handshake.certificates()).toEqual([first, second]);
      expect(handshake.asksForClientCertificate()).toBe(true);
    }
  }
});

test('what comes after the plain part is not looked at', () => {
  const handshake = followHandshake();
  handshake.add(Buffer.concat([record(Buffer.from([1]), 20), record(flight)]));
  handshake.add(record(flight));
  expect(handshake.certificates()).toBeUndefined();
});

test('an empty list is a chain of none', () => {
  const handshake = followHandshake();
  handshake.add(record(message(11, list())));
  expect(handshake.certificates()).toEqual([]);
});

test.each([
  ['a list longer than its message', Buffer.concat([uint24(500), Buffer.alloc(20)])],
  ['a certificate longer than its list', Buffer.concat([uint24(5), uint24(50), Buffer.alloc(2)])],
  ['a length cut short', Buffer.concat([uint24(2), Buffer.alloc(2)])],
  ['nothing', Buffer.alloc(0)],
])('%s is no chain', (_what, body) => {
  const handshake = followHandshake();
  handshake.add(record(message(11, body)));
  expect(handshake.certificates()).toBeUndefined();
});

test('a server cannot make it remember without end', () => {
  const handshake = followHandshake();
  const long = message(2, Buffer.alloc(300_000));
  for (let at = 0; at < long.length; at += 16_000) handshake.add(record(long.subarray(at, at + 16_000)));
  handshake.add(record(flight));
  expect(handshake.certificates()).toBeUndefined();
});

test('no bytes make it throw', () => {
  const near = fc.tuple(fc.nat(flight.length - 1), fc.nat(255)).map(([at, value]) => {
    const bytes = Buffer.from(record(flight));
    bytes[at] = value;
    return bytes;
  });
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          near,
          fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        ),
      ),
      (packets) => {
        const handshake = followHandshake();
        for (const packet of packets) handshake.add(packet);
        describeChain(handshake.certificates() ?? []);
      },
    ),
  );
});

test('a chain with an illegible certificate is not shown in part', async () => {
  const { X509Certificate } = await import('node:crypto');
  const { pem } = await issue({ name: 'app.contoso.com' });
  const der = new X509Certificate(pem).raw;
  expect(describeChain([der])).toHaveLength(1);
  expect(describeChain([der, Buffer.from('no certificate')])).toEqual([]);
});
