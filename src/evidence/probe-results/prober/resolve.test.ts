import { createSocket } from 'node:dgram';
import { afterEach, expect, test } from '@jest/globals';
import { type DnsOptions, resolveByDns } from './resolve.ts';

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Zone {
  readonly a?: readonly string[];
  /** As 32 hexadecimal digits. */
  readonly aaaa?: readonly string[];
  /** The response code: 2 is a server failure, 3 a name that does not exist, 5 a refusal. */
  readonly code?: number;
  readonly onAsked?: () => void;
  readonly isSilent?: boolean;
}

/** A DNS server that knows one zone, whatever the name. */
async function dnsServer({ a = [], aaaa = [], code = 0, onAsked = () => {}, isSilent = false }: Zone): Promise<string> {
  const server = createSocket('udp4');
  server.on('message', (query, { port, address }) => {
    onAsked();
    if (isSilent) return;
    let end = 12;
    while (query[end] !== 0) end += (query[end] ?? 0) + 1;
    const question = query.subarray(12, end + 5);
    const type = query.readUInt16BE(end + 1);
    const data =
      type === 1
        ? a.map((one) => Buffer.from(one.split('.').map(Number)))
        : type === 28
          ? aaaa.map((one) => Buffer.from(one, 'hex'))
          : [];
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(data.length, 6);
    header.writeUInt32BE(0, 8);
    const answers = data.map((one) => {
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(60, 6);
      record.writeUInt16BE(one.length, 10);
      return Buffer.concat([record, one]);
    });
    server.send(Buffer.concat([header, question, ...answers]), port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `127.0.0.1:${server.address().port}`;
}

const ask = async (zone: Zone, options: DnsOptions = {}, signal = new AbortController().signal) =>
  resolveByDns('app.contoso.com', signal, {
    timeoutMs: 60_000,
    tries: 1,
    servers: [await dnsServer(zone)],
    ...options,
  });

test('both families, IPv4 first', async () => {
  const aaaa = ['fd000000000000000000000000000007'];
  expect(await ask({ a: ['10.0.0.7', '10.0.0.8'], aaaa })).toEqual({ addresses: ['10.0.0.7', '10.0.0.8', 'fd00::7'] });
});

test('one family alone is no error', async () => {
  expect(await ask({ a: ['10.0.0.7'] })).toEqual({ addresses: ['10.0.0.7'] });
  expect(await ask({ aaaa: ['fd000000000000000000000000000007'] })).toEqual({ addresses: ['fd00::7'] });
});

test.each([
  ['a name that does not exist', { code: 3 }, 'ENOTFOUND'],
  ['a name without addresses', {}, 'ENODATA'],
  ['a server that fails', { code: 2 }, 'ESERVFAIL'],
  ['a server that refuses', { code: 5 }, 'EREFUSED'],
])('%s', async (_what, zone, error) => {
  expect(await ask(zone)).toEqual({ addresses: [], error });
});

test('a server that does not answer', async () => {
  expect(await ask({ isSilent: true }, { timeoutMs: 200 })).toEqual({ addresses: [], error: 'ETIMEOUT' });
});

test('an abort ends the wait at once', async () => {
  const controller = new AbortController();
  const onAsked = () => controller.abort(new Error('given up'));
  await expect(ask({ isSilent: true, onAsked }, {}, controller.signal)).rejects.toThrow('given up');
});

test('no more addresses are kept than can be of use', async () => {
  const { addresses } = await ask({ a: Array.from({ length: 25 }, (_, index) => `10.0.1.${index}`) });
  expect(addresses).toHaveLength(20);
});
