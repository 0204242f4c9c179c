import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePersonRequest } from './person.ts';

const GATEWAY =
  '/subscriptions/0b2c4d6e-1111-4aaa-9bbb-5f6071829304/resourceGroups/rg-web/providers/Microsoft.Network/applicationGateways/agw-web';
const parse = (body: unknown, receivedAt = '2026-03-04T05:06:07.000Z') =>
  parsePersonRequest(body, receivedAt, (text) => `digest of ${text}`);

describe('parsePersonRequest', () => {
  test('a gateway and a reason', () => {
    expect(parse({ gatewayId: `${GATEWAY}/probes/p1`, reason: ' checkout is\nslow ' })).toStrictEqual({
      outcome: 'signal',
      signal: {
        id: expect.stringMatching(/^digest of /),
        source: 'person',
        kind: 'manual',
        condition: 'fired',
        isTest: false,
        gatewayId: GATEWAY,
        title: 'checkout is slow',
        at: '2026-03-04T05:06:07.000Z',
        criteria: [],
        targets: [],
      },
    });
  });

  test.each([[undefined], [null], ['']])('the reason %p is none', (reason) => {
    expect(parse({ gatewayId: GATEWAY, reason })).toMatchObject({ signal: { title: 'No reason given' } });
  });

  test('asking again later is another signal', () => {
    const first = parse({ gatewayId: GATEWAY });
    expect(parse({ gatewayId: GATEWAY })).toEqual(first);
    const later = parse({ gatewayId: GATEWAY }, '2026-03-04T05:07:00.000Z');
    expect(later).toMatchObject({ signal: { id: expect.stringContaining('05:07:00') } });
  });

  test.each([
    [[], 'not-an-object'],
    [{}, 'gateway-id-missing'],
    [{ gatewayId: 5 }, 'gateway-id-missing'],
    [{ gatewayId: '  ' }, 'gateway-id-missing'],
    [{ gatewayId: 'agw-web' }, 'gateway-id-malformed'],
    [{ gatewayId: `${GATEWAY}?api-version=1` }, 'gateway-id-malformed'],
    [{ gatewayId: `${GATEWAY}${'x'.repeat(2000)}` }, 'gateway-id-malformed'],
    [{ gatewayId: GATEWAY, reason: { text: 'x' } }, 'reason-not-text'],
  ])('%j is refused: %s', (body, code) => {
    expect(parse(body)).toMatchObject({ outcome: 'invalid', code });
  });

  test('never throws', () => {
    const body = fc.oneof(fc.anything(), fc.record({ gatewayId: fc.anything(), reason: fc.anything() }));
    fc.assert(fc.property(body, (sent) => expect(['signal', 'invalid']).toContain(parse(sent).outcome)));
  });
});
