import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { answerPiece } from './answer-piece.ts';
import { hostileText } from './arbitrary-notification.ts';

const url = 'https://hooks.example.com/services/T0SECRET/B0SECRET/xyz';
const sent = { text: 'Member 10.20.4.7 of pool-orders is down', status: 502 };

describe('answerPiece', () => {
  test.each([
    ['invalid_blocks', 'invalid_blocks'],
    ["Length of 'routing_key' is incorrect", "Length of 'routing_key' is incorrect"],
    ['<html><b>Not\nfound</b></html>', 'Not found'],
    ['see https://help.example.org/errors/7 for more', 'see … for more'],
    ['bad token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 given', 'bad token … given'],
    ['member 10.20.4.7 unknown', 'member … unknown'],
    ['no such pool: "pool-orders"', 'no such pool: "…"'],
    ['cannot post to hooks.example.com.', 'cannot post to …'],
    ['unknown path /services/T0SECRET', 'unknown path …'],
    ['Refused: Member 10.20.4.7 of pool-orders is down', 'Refused: Member … of … is down'],
    ['“of pool-orders is down”', '“of … is down”'],
    ['', ''],
  ])('of %j it keeps %j', (answer, piece) => {
    expect(answerPiece(answer, url, sent)).toBe(piece);
  });

  test('nothing is kept of an answer that repeats a sentence', () => {
    expect(answerPiece('Refused: The cause is not known', url, { text: 'the cause is not known' })).toBe('');
  });

  test('whatever comes back, the piece is short, one line, and without what was sent', () => {
    fc.assert(
      fc.property(hostileText, fc.nat(80), fc.nat(120), (text, from, length) => {
        const all = `${url} ${sent.text}`;
        const piece = answerPiece(`${text} ${all.slice(from, from + length)}`, url, sent);
        expect(piece.length).toBeLessThanOrEqual(200);
        expect(piece).not.toMatch(/10\.20\.4\.7|pool-orders|0SECRET|:\/\/|[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 500 },
    );
  });
});
