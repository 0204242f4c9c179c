import { describe, expect, test } from '@jest/globals';
import { decodeText, parseDocuments } from './documents.ts';

const pretty = (value: unknown) => JSON.stringify(value, null, 2);

describe('parseDocuments', () => {
  test.each([
    ['one document', pretty({ a: [1, '}{'] }), [{ a: [1, '}{'] }], 0],
    ['a byte order mark', '\ufeff{"a":1}\n', [{ a: 1 }], 0],
    ['lines', '{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }], 0],
    ['lines as Windows ends them, with blank ones', '{"a":1}\r\n\r\n{"a":2}\r\n', [{ a: 1 }, { a: 2 }], 0],
    ['lines that end in commas', '{"a":1},\n{"a":2},\n', [{ a: 1 }, { a: 2 }], 0],
    ['a torn last line', '{"a":1}\n{"a":2}\n{"a":', [{ a: 1 }, { a: 2 }], 1],
    ['broken lines among good ones', 'x\n{"a":1}\n{"a":2}\n{"a":3}\n{"b"\n', [{ a: 1 }, { a: 2 }, { a: 3 }], 2],
    [
      'documents one after the other',
      `${pretty({ a: '\\"{' })}\n${pretty([{ b: 2 }])}`,
      [{ a: '\\"{' }, [{ b: 2 }]],
      0,
    ],
    ['documents without anything between', '{"a":1}{"a":2}[3]', [{ a: 1 }, { a: 2 }, [3]], 0],
    ['a byte order mark between', '{"a":\n1}\n\ufeff{"a":\n2}', [{ a: 1 }, { a: 2 }], 0],
    ['the literal null', 'null', [null], 0],
  ])('%s', (_name, text, documents, unreadLines) => {
    expect(parseDocuments(text)).toEqual({ documents, unreadLines });
  });

  test.each([
    ['', 'empty'],
    [' \ufeff\r\n', 'empty'],
    ['{"a": {"b": [1, 2', 'cut off'],
    ['ERROR: (AuthorizationFailed) The client 0c42 has no right', 'error message'],
    ['<html>', 'HTML'],
    ['Name   ResourceGroup\n-----  -----\ngw     rg', '--output json'],
    ['{"a":1}\nnot\nJSON\nat all', 'broken'],
  ])('one clear line for %j', (text, part) => {
    const result = parseDocuments(text);
    expect(result).toEqual({ error: expect.stringContaining(part) });
    expect(JSON.stringify(result)).not.toMatch(/\\n|0c42/);
  });
});

describe('a log that is cut off', () => {
  const record = (status: number) => ({ category: 'ApplicationGatewayAccessLog', properties: { httpStatus: status } });
  const torn = (text: string) => text.slice(0, -30);

  test.each([
    ['a list', JSON.stringify([record(502), record(200), record(504)])],
    ['an envelope', JSON.stringify({ records: [record(502), record(200), record(504)] })],
    ['an envelope in lines', JSON.stringify({ records: [record(502), record(200), record(504)] }, null, 2)],
  ])('keeps the whole records of %s', (_name, text) => {
    expect(parseDocuments(torn(text))).toEqual({ documents: [record(502), record(200)], unreadLines: 1 });
  });

  test.each([
    [
      'a gateway',
      { name: 'gw', backendAddressPools: [{ name: 'pool-a', backendAddresses: [{ ipAddress: '10.0.0.4' }] }] },
    ],
    [
      'backend health',
      { backendAddressPools: [{ backendHttpSettingsCollection: [{ servers: [{ address: '10.0.0.4' }] }] }] },
    ],
    [
      'a list of other things',
      [
        { name: 'nic-a', ipConfigurations: [] },
        { name: 'nic-b', ipConfigurations: [] },
      ],
    ],
  ])('nothing is made of the rest of %s', (_name, document) => {
    expect(parseDocuments(torn(JSON.stringify(document)))).toHaveProperty('error');
  });
});

describe('decodeText', () => {
  const text = '{"name":"gw-\u00e4\u4e16"}';
  const utf16 = (swap: boolean, mark: boolean) => {
    const units = [...(mark ? '\ufeff' : ''), ...text].map((character) => character.charCodeAt(0));
    return Uint8Array.from(units.flatMap((unit) => (swap ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8])));
  };

  test.each([
    ['UTF-8', new TextEncoder().encode(text)],
    ['UTF-8 with its mark', new TextEncoder().encode(`\ufeff${text}`)],
    ['UTF-16, little end first', utf16(false, true)],
    ['UTF-16, big end first', utf16(true, true)],
    ['UTF-16 without its mark', utf16(false, false)],
    ['UTF-16, big end first, without its mark', utf16(true, false)],
  ])('%s', (_name, bytes) => {
    expect(parseDocuments(decodeText(bytes))).toEqual({ documents: [JSON.parse(text)], unreadLines: 0 });
  });

  test('bytes that are no text do not throw', () => {
    expect(decodeText(Uint8Array.of(0x7b, 0xc3, 0x28, 0xff))).toContain('\ufffd');
    expect(decodeText(new Uint8Array())).toBe('');
  });
});
