import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_BODY_BYTES, parseJsonBody } from './json-body.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const bytes = (text: string) => new TextEncoder().encode(text);

describe('parseJsonBody', () => {
  test.each([
    ['a text', '{"a":[1]}'],
    ['bytes', bytes('{"a":[1]}')],
    ['a text with a byte order mark', '\ufeff{"a":[1]}'],
    ['bytes with a byte order mark', bytes('\ufeff{"a":[1]}')],
  ])('reads %s', (_, body) => {
    expect(parseJsonBody(body, JSON_TYPE)).toEqual({ outcome: 'ok', value: { a: [1] } });
  });

  test('null is JSON', () => {
    expect(parseJsonBody('null', JSON_TYPE)).toEqual({ outcome: 'ok', value: null });
  });

  test.each([
    'application/json',
    'APPLICATION/JSON;charset="UTF-8"',
    'text/json',
    'application/cloudevents+json; charset=utf8; profile=x',
  ])('accepts the content type %s', (contentType) => {
    expect(parseJsonBody('{}', contentType).outcome).toBe('ok');
  });

  test.each([
    undefined,
    null,
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json; charset=utf-16',
    'multipart/form-data; boundary=application/json',
    `application/${'a'.repeat(100_000)}+json`,
  ])('refuses the content type %s', (contentType) => {
    expect(parseJsonBody('{}', contentType)).toMatchObject({ status: 415, code: 'content-type-not-json' });
  });

  test.each([
    ['nothing', '', 'body-empty'],
    ['no bytes', new Uint8Array(), 'body-empty'],
    ['blanks', ' \r\n\t', 'body-empty'],
    ['a byte order mark', bytes('\ufeff'), 'body-empty'],
    ['a torn object', '{"alertId": "s3cret"', 'body-not-json'],
    ['something after the end', '{} s3cret', 'body-not-json'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 'body-not-utf8'],
  ])('refuses %s', (_, body, code) => {
    const parsed = parseJsonBody(body, JSON_TYPE);
    expect(parsed).toEqual({
      outcome: 'invalid',
      status: 400,
      code,
      message: expect.stringMatching(/^The body .*\.$/),
    });
    expect(JSON.stringify(parsed)).not.toContain('s3cret');
  });

  /** A JSON text of exactly so many bytes, made of characters of three bytes as far as they go. */
  function jsonOfBytes(size: number): string {
    const wide = Math.floor((size - 2) / 3);
    return `"${'€'.repeat(wide)}${'x'.repeat(size - 2 - wide * 3)}"`;
  }

  test('takes 1 MiB and not a byte more, counted in bytes and not in characters', () => {
    const atLimit = jsonOfBytes(MAX_BODY_BYTES);
    const beyond = jsonOfBytes(MAX_BODY_BYTES + 1);
    expect(bytes(atLimit)).toHaveLength(1_048_576);
    for (const body of [atLimit, bytes(atLimit)]) expect(parseJsonBody(body, JSON_TYPE).outcome).toBe('ok');
    for (const body of [beyond, bytes(beyond), 'x'.repeat(MAX_BODY_BYTES + 1)]) {
      expect(parseJsonBody(body, JSON_TYPE)).toMatchObject({ status: 413, code: 'body-too-large' });
    }
  });

  test('takes nesting as deep as the size allows', () => {
    const depth = 500_000;
    expect(() => parseJsonBody('['.repeat(depth), JSON_TYPE)).not.toThrow();
    expect(() => parseJsonBody(`${'['.repeat(depth)}${']'.repeat(depth)}`, JSON_TYPE)).not.toThrow();
  });

  test('never throws', () => {
    const body = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array(), fc.json());
    const contentType = fc.oneof(fc.constant(JSON_TYPE), fc.string());
    fc.assert(
      fc.property(body, contentType, (sent, type) => {
        expect(['ok', 'invalid']).toContain(parseJsonBody(sent, type).outcome);
      }),
    );
  });
});
