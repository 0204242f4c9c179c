import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Batch, newBatch } from './batch.ts';
import { accessRecord, bytesOfText, envelope, spelled } from './message-samples.ts';
import { parseMessage } from './parse.ts';
import { Scanner } from './scan.ts';

const origin = { sequenceNumber: 1, enqueuedAt: Date.parse('2026-09-14T02:11:00Z') };

/** All that a batch says, in words. */
function contents({ records, messages }: Batch) {
  return {
    messages: messages.map(({ readInFull: _readInFull, ...message }) => message),
    records: Array.from({ length: records.length }, (_record, index) => ({
      message: records.message[index],
      gateway: records.gateways.name(records.gateway[index] as number),
      pool: records.pools.name(records.pool[index] as number),
      setting: records.settings.name(records.setting[index] as number),
      member: records.members.name(records.member[index] as number),
      error: records.errors.name(records.error[index] as number),
      path: records.paths.name(records.path[index] as number),
      status: records.status[index],
      serverStatus: records.serverStatus[index],
      // A record without a time has NaN here, which JSON cannot tell from null.
      at: String(records.at[index]),
      timeTaken: records.timeTaken[index],
      sentBytes: records.sentBytes[index],
      receivedBytes: records.receivedBytes[index],
    })),
  };
}

/** Reads the messages both ways, expects the same, and returns it with the number of records read in full. */
function readBothWays(messages: readonly Uint8Array[]) {
  const [scanned, parsed] = [newBatch(), newBatch()];
  const scanner = new Scanner();
  for (const [index, bytes] of messages.entries()) {
    scanner.scanMessage(scanned, bytes, { ...origin, sequenceNumber: index });
    parseMessage(parsed, bytes, { ...origin, sequenceNumber: index });
  }
  // As text, because comparing deeply takes far longer than reading.
  expect(JSON.stringify(contents(scanned))).toBe(JSON.stringify(contents(parsed)));
  return { ...contents(scanned), inFull: scanned.messages.reduce((sum, message) => sum + message.readInFull, 0) };
}

const readText = (...texts: readonly string[]) => readBothWays(texts.map(bytesOfText));

describe('what the service really writes is read the short way', () => {
  test('an access record of the current gateway', () => {
    const { records, inFull } = readText(envelope([spelled(accessRecord())]));
    expect(inFull).toBe(0);
    expect(records).toEqual([
      {
        message: 0,
        gateway:
          '/subscriptions/6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9/resourcegroups/shop-west/providers/microsoft.network/applicationgateways/shop-edge',
        pool: 'shop-web',
        setting: 'https-443',
        member: '10.20.1.4:443',
        error: 'ERRORINFO_NO_ERROR',
        path: '',
        status: 200,
        serverStatus: 200,
        at: String(Date.parse('2026-09-14T02:10:31Z')),
        timeTaken: 34,
        sentBytes: 20_480,
        receivedBytes: 512,
      },
    ]);
  });

  test('a failure keeps its path, without the query', () => {
    const properties = {
      httpStatus: 502,
      serverStatus: '',
      serverRouted: '',
      serverResponseLatency: '',
      error_info: 'ERRORINFO_UPSTREAM_NO_LIVE',
      originalRequestUriWithArgs: '/basket/items?token=secret',
    };
    const { records, inFull } = readText(envelope([spelled(accessRecord({ properties }))]));
    expect(inFull).toBe(0);
    expect(records).toMatchObject([
      { status: 502, serverStatus: 0, member: '', error: 'ERRORINFO_UPSTREAM_NO_LIVE', path: '/basket/items' },
    ]);
    expect(JSON.stringify(records)).not.toContain('secret');
  });

  const properties = accessRecord().properties as Readonly<Record<string, unknown>>;
  const { properties: _properties, ...own } = accessRecord();
  const flat = { ...own, ...properties };
  const suffixed = Object.fromEntries(
    Object.entries(flat).map(([name, value]) => {
      if (['category', 'operationName', 'resourceId'].includes(name)) return [name, value];
      return [`${name}_${typeof value === 'number' ? 'd' : 's'}`, value];
    }),
  );
  const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
  const dedicated = Object.fromEntries(
    Object.entries(flat)
      .filter(([name]) => name !== 'category')
      .map(([name, value]) => [
        name === 'error_info' ? 'ErrorInfo' : name === 'resourceId' ? '_ResourceId' : capital(name),
        value,
      ]),
  );
  test.each([
    ['time instead of timeStamp', { ...accessRecord(), timeStamp: null, time: '2026-09-14T02:10:31.1234567Z' }],
    ['AzureDiagnostics', { ...suffixed, timeStamp_s: undefined, TimeGenerated: '2026-09-14T02:10:31.123Z' }],
    ['AGWAccessLogs', { ...dedicated, ServerStatus: 200, Type: 'AGWAccessLogs' }],
    ['without a time', { ...accessRecord(), timeStamp: undefined }],
    ['layer 4', accessRecord({ properties: { httpStatus: undefined, serverStatus: '502', sessionTime: 12.5 } })],
    ['a status of the backend that stands for none', accessRecord({ properties: { serverStatus: '-' } })],
    ['no status at all', accessRecord({ properties: { httpStatus: 0, serverStatus: '' } })],
    ['the gateway itself', accessRecord({ properties: { clientIP: '127.0.0.1' } })],
    ['firewall', { ...accessRecord(), category: 'ApplicationGatewayFirewallLog' }],
    [
      'performance',
      { ...accessRecord(), category: 'ApplicationGatewayPerformanceLog', properties: { healthyHostCount: 2 } },
    ],
    ['no properties', { category: 'ApplicationGatewayAccessLog', properties: {} }],
    ['deeper values', accessRecord({ properties: { details: { a: [1, { httpStatus: 502 }], b: null } } })],
  ])('%s', (_name, record) => {
    const { records, messages, inFull } = readText(
      envelope([spelled(record), spelled(record), spelled(accessRecord())]),
    );
    expect(inFull).toBe(0);
    expect(
      records.length + (messages[0]?.others ?? 0) + (messages[0]?.internal ?? 0) + (messages[0]?.unread ?? 0),
    ).toBe(3);
  });

  test.each([
    ['a list', (records: readonly string[]) => `[${records.join(',')}]`],
    ['lines', (records: readonly string[]) => records.join('\n')],
    ['lines, with a last one and carriage returns', (records: readonly string[]) => `${records.join('\r\n')}\r\n`],
    ['lines of envelopes', (records: readonly string[]) => `${envelope(records)}\n\n${envelope(records)}\n`],
    ['a byte-order mark', (records: readonly string[]) => `\uFEFF${envelope(records)}`],
    ['indentation', (records: readonly string[]) => JSON.stringify(JSON.parse(envelope(records)), null, 2)],
  ])('as %s', (_name, written) => {
    const { records, inFull } = readText(written([spelled(accessRecord()), spelled(accessRecord())]));
    expect(inFull).toBe(0);
    expect(records.length).toBeGreaterThanOrEqual(2);
  });

  test('a single record', () => {
    expect(readText(spelled(accessRecord()))).toMatchObject({ inFull: 0, records: [{ status: 200 }] });
  });
});

describe('whatever is unusual is read in full, with the same result', () => {
  const properties = (changes: Readonly<Record<string, unknown>>) => spelled(accessRecord({ properties: changes }));
  const own = (changes: Readonly<Record<string, unknown>>) => spelled(accessRecord({ own: changes }));
  const plain = spelled(accessRecord());
  test.each([
    ['an escape in a wanted text', plain.replace('shop-web', 'shop\\u002dweb')],
    ['an escape in a wanted key', plain.replace('"httpStatus"', '"http\\u0053tatus"')],
    ['letters beyond ASCII', own({ backendPoolName: 'läden' })],
    ['a letter that is a wanted one once lower-cased', plain.replace('"backendPoolName"', '"bac\u212aendPoolName"')],
    ['spaces around a name', own({ backendPoolName: ' shop-web ' })],
    ['a key twice', plain.replace('"httpStatus":200', '"httpStatus":200,"httpStatus":502')],
    ['a key twice, the second null', plain.replace('"httpStatus":200', '"httpStatus":200,"httpStatus":null')],
    ['a key in two spellings', plain.replace('"httpStatus":200', '"httpStatus":200,"httpStatus_d":502')],
    ['a field beside and in the properties', own({ httpStatus: 404 })],
    ['two properties', plain.replace('"properties"', '"properties":{"httpStatus":502},"properties"')],
    ['a status with a fraction', properties({ httpStatus: '200.4' })],
    ['a status out of range', properties({ httpStatus: 99 })],
    ['a number with an exponent', plain.replace('"timeTaken":0.034', '"timeTaken":3.4e-2')],
    ['a negative number', properties({ timeTaken: -1, sentBytes: -5 })],
    ['a huge number', plain.replace('"sentBytes":20480', '"sentBytes":123456789012345678901234567890')],
    ['a number that is too large to be one', plain.replace('"sentBytes":20480', '"sentBytes":1e999')],
    ['texts for numbers', properties({ httpStatus: '502', timeTaken: '1.5', sentBytes: ' 7 ', receivedBytes: 'NaN' })],
    ['numbers for texts', own({ backendPoolName: 1, backendSettingName: 2 })],
    ['words for texts', own({ backendPoolName: true, backendSettingName: ['a'], resourceId: { a: 1 } })],
    ['a list of members', properties({ serverRouted: '10.20.1.4:443, 10.20.1.5:443', serverStatus: '502, 200' })],
    [
      'v1',
      properties({
        instanceId: 'ApplicationGatewayRole_IN_0',
        timeTaken: 34,
        serverRouted: undefined,
        requestQuery: 'X-AzureApplicationGateway-CACHE-HIT=0&SERVER-ROUTED=10.4.0.4&SERVER-STATUS=404',
      }),
    ],
    ['an address of the gateway with spaces', properties({ clientIP: ' 127.0.0.1' })],
    ['an escaped address of the gateway', plain.replace('198.51.100.24', '\\u0031\\u00327.0.0.1')],
    ['a neighbour of the address of the gateway', properties({ clientIP: '127.0.0.10' })],
    ['another offset', own({ timeStamp: '2026-09-14T04:10:31+02:00' })],
    ['a time that cannot be', own({ timeStamp: '2026-02-31T02:10:31Z', time: '2026-09-14T02:10:31Z' })],
    ['the end of a day', own({ timeStamp: '2026-09-14T24:00:00Z' })],
    ['a leap second', own({ timeStamp: '2026-12-31T23:59:60Z' })],
    ['a time without seconds', own({ timeStamp: '2026-09-14T02:10Z' })],
    ['a time as a number', own({ timeStamp: 1_789_000_000 })],
    ['a path with a host', properties({ httpStatus: 502, originalRequestUriWithArgs: 'https://shop.example/a?b' })],
    ['a path beyond ASCII', properties({ httpStatus: 502, originalRequestUriWithArgs: '/caf\u00e9?x' })],
    ['a query only', properties({ httpStatus: 502, originalRequestUriWithArgs: '?a=b', requestUri: '/x' })],
    ['a dash for a path', properties({ httpStatus: 502, originalRequestUriWithArgs: '-', requestUri: '/x#y' })],
    ['a long path', properties({ httpStatus: 502, originalRequestUriWithArgs: `/${'a'.repeat(5_000)}` })],
    ['a path with a space before its query', properties({ httpStatus: 502, originalRequestUriWithArgs: '/a ?b' })],
    ['a line of a summary', properties({ requests: 40 })],
    ['a minute of a summary', properties({ minute: '2026-09-14T02:10:00Z', requests: 4, failed: 1 })],
    ['no label', spelled({ ...accessRecord(), category: undefined, operationName: undefined })],
    ['a null label', own({ category: null })],
    ['an empty label', own({ category: '' })],
    ['a label in another spelling', plain.replace('"category"', '"CATEGORY"')],
    ['an envelope in the list', envelope([plain, plain])],
    ['an envelope with tables', '{"records":[],"tables":[{"columns":[],"rows":[]}]}'],
    ['no record at all', '5'],
    ['null', 'null'],
    ['an empty record', '{}'],
    ['a long id', own({ resourceId: `/subscriptions/${'a'.repeat(600)}` })],
    [
      'more fields than fit',
      spelled({
        ...Object.fromEntries(Array.from({ length: 400 }, (_field, index) => [`f${index}`, index])),
        ...accessRecord(),
      }),
    ],
  ])('%s', (_name, record) => {
    readText(envelope([record]));
    readText(envelope([plain, record, plain, record, record, plain]));
    readText(record, envelope([record]), plain);
    readText(`${plain}\n${record}\n${plain}`);
  });

  test.each([
    ['nothing', ''],
    ['spaces', ' \n '],
    ['half a message', envelope([plain, plain]).slice(0, -300)],
    ['a word', 'records'],
    ['something after the end', `${envelope([plain])}]`],
    ['two documents in one line', `${plain} ${plain}`],
    ['a broken line', `${plain}\n${plain.slice(0, -5)}\n${plain}`],
    ['a trailing comma', `{"records":[${plain},]}`],
    ['a control character in a text', envelope([plain.replace('Mozilla', 'Moz\u0001illa')])],
    ['an escape that is none', envelope([plain.replace('Mozilla', 'Moz\\xilla')])],
    ['half an escape', envelope([plain.replace('Mozilla', 'Moz\\u00')])],
    ['a number that is none', envelope([plain.replace('45057', '045057')])],
    ['an open number', envelope([plain.replace('45057', '45057.')])],
    ['a word that is none', envelope([plain.replace('45057', 'nul')])],
    ['a very deep value', envelope([plain.replace('45057', `${'['.repeat(99)}${']'.repeat(98)}`)])],
    ['two byte-order marks', `\uFEFF\uFEFF${envelope([plain])}`],
  ])('%s cannot be read, and nothing of it is kept', (_name, text) => {
    const { records, messages } = readText(text);
    expect(records).toEqual([]);
    expect(messages).toMatchObject([{ unreadable: 'not-json', others: 0, unread: 0, internal: 0 }]);
  });

  test('a very deep value that is closed can be read', () => {
    const deep = plain.replace('45057', `${'['.repeat(99)}${']'.repeat(99)}`);
    expect(readText(envelope([plain, deep])).records).toHaveLength(2);
  });

  test('bytes that are no UTF-8 stand for nothing wanted', () => {
    const bytes = bytesOfText(envelope([plain]));
    const at = bytes.indexOf('M'.charCodeAt(0), 900);
    expect(readBothWays([bytes.with(at, 0xff)]).records).toHaveLength(1);
    expect(readBothWays([bytes.with(0, 0xff)]).messages).toMatchObject([{ unreadable: 'not-json' }]);
  });
});

describe('both readings are the same for', () => {
  const text = fc.oneof(
    fc.constantFrom(
      '',
      '-',
      'None',
      'shop-web',
      'a/b',
      '10.0.0.1:80',
      '127.0.0.1',
      '2026-09-14T02:10:31.5Z',
      '/a?b',
      '0',
      '502',
      '1.5',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ maxLength: 12 }),
  );
  const number = fc.oneof(
    fc.constantFrom(
      '0',
      '200',
      '502',
      '504',
      '499',
      '0.034',
      '-1',
      '1e3',
      '1E-2',
      '12345678901234567890',
      '20.000',
      '1e400',
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.nat().map(String),
  );
  const quoted = text.chain((value) =>
    fc.constantFrom(
      JSON.stringify(value),
      JSON.stringify(value).replaceAll('/', '\\/'),
      `"${[...value].map((unit) => `\\u${(unit.codePointAt(0) ?? 0).toString(16).padStart(4, '0').slice(-4)}`).join('')}"`,
    ),
  );
  const scalar = fc.oneof(
    { weight: 4, arbitrary: quoted },
    { weight: 3, arbitrary: number },
    fc.constantFrom('null', 'true', 'false'),
  );
  const value = fc.oneof(
    { weight: 8, arbitrary: scalar },
    { weight: 1, arbitrary: scalar.map((item) => `{"httpStatus":${item},"properties":{"timeTaken":${item}}}`) },
    { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }).map((items) => `[${items.join(' , ')}]`) },
  );
  const known = Object.keys(accessRecord()).concat(Object.keys(accessRecord().properties as object));
  const key = fc.oneof(
    fc.constantFrom(
      ...known,
      'time',
      'timestamp',
      'TimeGenerated',
      'ErrorInfo',
      'errorInfo',
      'path',
      'Category',
      'Type',
      '_ResourceId',
      'requests',
      'records',
    ),
    fc.constantFrom(...known).map((name) => `${name}_s`),
    fc.constantFrom(...known).map((name) => name.toUpperCase()),
    fc.string({ maxLength: 6 }),
  );
  const space = fc.constantFrom('', '', '', ' ', '\n', '\t ', '\r\n');
  /** A change to a record: a field set, or written a second time, or left out. */
  const change = fc.record({
    name: key,
    value,
    isOwn: fc.boolean(),
    how: fc.constantFrom('replace', 'append', 'drop'),
  });
  const record = fc
    .tuple(fc.array(change, { maxLength: 4 }), space, fc.boolean(), fc.boolean())
    .map(([changes, gap, isReversed, isBare]) => {
      const base = JSON.parse(spelled(accessRecord())) as Record<string, unknown>;
      const inner = Object.entries(base.properties as object).map(
        ([name, item]) => [name, JSON.stringify(item).replaceAll('/', '\\/')] as const,
      );
      const outer = Object.entries(base)
        .filter(([name]) => name !== 'properties')
        .map(([name, item]) => [name, JSON.stringify(item)] as const);
      const changed = (fields: readonly (readonly [string, string])[], isOwn: boolean) => {
        let result = [...fields];
        for (const { name, value: to, how } of changes.filter((item) => item.isOwn === isOwn)) {
          if (how === 'append') result.push([name, to]);
          else if (how === 'drop') result = result.filter(([other]) => other !== name);
          else result = result.map((field) => (field[0] === name ? ([name, to] as const) : field));
        }
        return isReversed ? result.toReversed() : result;
      };
      const object = (fields: readonly (readonly [string, string])[]) =>
        `{${gap}${fields.map(([name, item]) => `${JSON.stringify(name)}${gap}:${gap}${item}`).join(`${gap},${gap}`)}${gap}}`;
      const nested = object(changed(inner, false));
      return isBare
        ? object([...changed(outer, true), ...changed(inner, false)])
        : object([...changed(outer, true), ['properties', nested]]);
    });
  const message = fc
    .tuple(fc.array(record, { minLength: 1, maxLength: 5 }), fc.constantFrom('envelope', 'list', 'lines', 'one'), space)
    .map(([records, shape, gap]) => {
      if (shape === 'list') return `[${gap}${records.join(`,${gap}`)}]${gap}`;
      if (shape === 'lines') return records.join('\n');
      return shape === 'one' ? (records[0] ?? '') : `${gap}{${gap}"records"${gap}:[${records.join(`${gap},`)}]}`;
    });

  test('records with quirks', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), (messages) => void readText(...messages)),
      { numRuns: 150 },
    );
  });

  test('messages that are cut off', () => {
    fc.assert(
      fc.property(message, fc.double({ min: 0, max: 1, noNaN: true }), (whole, share) => {
        const bytes = bytesOfText(whole);
        readBothWays([bytes.subarray(0, Math.floor(bytes.length * share)), bytes]);
      }),
      { numRuns: 100 },
    );
  });

  test('messages with a byte changed, taken out or put in anywhere', () => {
    const bytes = bytesOfText(
      envelope([502, 200, 504].map((httpStatus) => spelled(accessRecord({ properties: { httpStatus } })))),
    );
    const fresh = fc.oneof(fc.constantFrom(...bytesOfText('"\\{}[]:,0-e /x\n')), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fresh, fc.constantFrom('change', 'out', 'in'), (at, byte, how) => {
        const rest = how === 'in' ? at : at + 1;
        const put = how === 'out' ? [] : [byte];
        const changed = Uint8Array.from([...bytes.subarray(0, at), ...put, ...bytes.subarray(rest)]);
        readBothWays([bytes, changed, bytes]);
      }),
      { numRuns: 500 },
    );
  });
});

test('a message that is a part of a larger buffer is read as itself', () => {
  const bytes = bytesOfText(`xxxxx${envelope([spelled(accessRecord())])}yyyyy`);
  expect(readBothWays([bytes.subarray(5, -5)]).records).toHaveLength(1);
});

test('names and keys that never end take no memory for good', () => {
  const batch = newBatch();
  const scanner = new Scanner();
  for (let round = 0; round < 20; round += 1) {
    const records = Array.from({ length: 500 }, (_record, index) =>
      spelled(accessRecord({ properties: { serverRouted: `m${round}-${index}:80`, [`k${round}-${index}`]: 1 } })),
    );
    batch.records.clear();
    batch.messages.length = 0;
    scanner.scanMessage(batch, bytesOfText(envelope(records)), origin);
    expect(batch.records.length).toBe(500);
    expect(batch.records.members.size).toBeLessThanOrEqual(8_192 + 500);
  }
});
