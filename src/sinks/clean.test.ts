import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hostileText, QUERY_SECRET } from './arbitrary-notification.ts';
import { cleanCommand, cleanText, cleanTextWithin, cutText, safeLink } from './clean.ts';

describe('cleanText', () => {
  test.each([
    ['a\u202eb\u200bc\u0000d', 'abcd'],
    ['one\r\n  two\tthree', 'one two three'],
    ['half \ud83d a character', 'half \ufffd a character'],
    ['/orders/list?token=abc failed', '/orders/list failed'],
    ['GET "/orders?a=b&c=d"', 'GET "/orders"'],
    ['https://example.com/x?sig=abc', 'https://example.com/x'],
    ['https://someone:secret@example.com/x', 'https://example.com/x'],
    ['only ?key=abc here', 'only  here'],
    ['Is it open? Yes: 443?', 'Is it open? Yes: 443?'],
    ['somebody@example.com', 'somebody@example.com'],
    ['Größe 漢字 😀', 'Größe 漢字 😀'],
  ])('%j becomes %j', (text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  test.each([
    ['Authorization: Bearer abcdefghijkl, then more', 'Authorization: (hidden), then more'],
    ['sent Set-Cookie: sid=a1b2; Path=/', 'sent Set-Cookie: (hidden); Path=/'],
    ['with bearer abcdefghijkl.mn-o', 'with Bearer (hidden)'],
    ['x-functions-key=abc', 'x-functions-key: (hidden)'],
    ['authorization of the client failed', 'authorization of the client failed'],
    ['a cookie banner; bearer of news', 'a cookie banner; bearer of news'],
  ])('what a header says about who somebody is does not leave: %s', (text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  test('a URL that the bound would cut before its @ is left out', () => {
    const text = `${'x'.repeat(40)} https://someone:${'secret'.repeat(10)}@example.com/`;
    expect(cleanText(text, 70)).toBe('x'.repeat(40));
  });

  test('keeps within the length, with whole characters, and keeps no query string', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 1, max: 700 }), (text, length) => {
        const clean = cleanTextWithin(text, length);
        expect(clean.length).toBeLessThanOrEqual(length);
        expect(clean.isWellFormed()).toBe(true);
        expect(clean).not.toContain(QUERY_SECRET);
        expect(clean).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 500 },
    );
  });
});

describe('cutText', () => {
  test('cuts before a character that does not fit whole', () => {
    expect(cutText('ab😀cd', 6)).toBe('ab😀cd');
    expect(cutText('ab😀cd', 5)).toBe('ab😀…');
    expect(cutText('ab😀cd', 4)).toBe('ab…');
    expect(cutText('ab😀cd', 1)).toBe('…');
  });
});

describe('cleanCommand', () => {
  test.each([
    "az network application-gateway probe update --name 'p' --path /health",
    'az network nic list --query "[?name==\'x\'].id"',
    'az rest --method get --url https://management.azure.com/subscriptions/x?api-version=2025-07-01',
    'nc -vz -w 5 10.20.4.7 8080; nc -vz -w 5 10.20.4.7 80',
    'first \\\n  --second',
  ])('%s stays as it is', (command) => {
    expect(cleanCommand(command, 1_000)).toEqual({ command });
  });

  test.each([
    "curl 'https://10.20.4.7/health?key=abc'",
    "az network application-gateway probe update --path '/health?abc'",
    'az rest --url https://x/y?api-version=1&sig=abc',
  ])('%s is left out for its query string', (command) => {
    expect(cleanCommand(command, 1_000)).toEqual({ leftOut: expect.stringContaining('query string') });
  });

  test('a command is never cut', () => {
    expect(cleanCommand('az '.repeat(10), 29)).toEqual({ leftOut: expect.stringContaining('too long') });
    expect(cleanCommand(' \u200b ', 29)).toEqual({ leftOut: expect.stringContaining('empty') });
  });

  test('hidden characters go, line breaks stay', () => {
    expect(cleanCommand('a\u202eb\u0007\nc', 20)).toEqual({ command: 'ab\nc' });
  });
});

describe('safeLink', () => {
  test('keeps the place behind the #, and nothing that could be markup', () => {
    expect(safeLink('https://portal.azure.com/#@/resource/a|b<c>(d)')).toBe(
      'https://portal.azure.com/#@/resource/a%7Cb%3Cc%3E%28d%29',
    );
  });

  test.each([
    undefined,
    '',
    'portal',
    'http://portal.azure.com/',
    'javascript:alert(1)',
    'https://portal.azure.com/#@/resource/https://a:b@evil.example/',
    `https://x/${'y'.repeat(2_000)}`,
  ])('%j is no link', (link) => {
    expect(safeLink(link)).toBeUndefined();
  });
});
