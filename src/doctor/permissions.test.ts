import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matches, permits, readPermissions } from './permissions.ts';

const HEALTH = 'Microsoft.Network/applicationGateways/backendhealth/action';

describe('a pattern', () => {
  test.each([
    ['*', HEALTH, true],
    ['*/read', HEALTH, false],
    ['*/read', 'Microsoft.Network/applicationGateways/read', true],
    ['*/action', HEALTH, true],
    ['microsoft.network/APPLICATIONGATEWAYS/*', HEALTH, true],
    ['Microsoft.Network/*/backendhealth/action', HEALTH, true],
    ['Microsoft.Network/applicationGateways/backendhealth/action', HEALTH, true],
    ['Microsoft.Network/applicationGateways/backendhealth', HEALTH, false],
    ['Microsoft.Network/applicationGateways/read', 'Microsoft.Network/applicationGateways/read/action', false],
    ['Microsoft.Network/virtualNetworks/*/read', 'Microsoft.Network/virtualNetworks/read', false],
    ['ab*ba', 'aba', false],
    ['', HEALTH, false],
    ['Microsoft.Network/*gateways/*Health/*', HEALTH, true],
    ['Microsoft?Network/*', HEALTH, false],
  ])('%s on %s is %p', (pattern, action, expected) => {
    expect(matches(pattern, action)).toBe(expected);
  });

  test('means what the same regular expression means', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 8 });
    fc.assert(
      fc.property(word, fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 }), (pattern, action) => {
        const expression = new RegExp(`^${pattern.split('*').join('.*')}$`);
        expect(matches(pattern, action)).toBe(expression.test(action));
      }),
    );
  });
});

describe('permissions', () => {
  const roles = (...items: readonly unknown[]) => readPermissions(items);

  test('what one role takes out, another can give', () => {
    const without = { actions: ['*'], notActions: ['Microsoft.Network/*'] };
    expect(permits(roles(without), HEALTH)).toBe(false);
    expect(permits(roles(without, { actions: [HEALTH], notActions: [] }), HEALTH)).toBe(true);
  });

  test('nothing gives nothing, whatever its shape', () => {
    expect(permits(roles(), HEALTH)).toBe(false);
    expect(permits(roles({}, null, 'x', { actions: null }, { dataActions: ['*'] }), HEALTH)).toBe(false);
  });
});
