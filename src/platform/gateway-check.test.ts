import { describe, expect, test } from '@jest/globals';
import { GATEWAY_ID } from '../causes/case.ts';
import { createArmGet } from './arm-get.ts';
import { createGatewayCheck } from './gateway-check.ts';

const settings = {
  ALLOWED_GATEWAYS: [] as string[],
  ARM_ENDPOINT: 'https://management.azure.com',
  AZURE_CLIENT_ID: undefined,
};
const credential = async () => ({ getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 60_000 }) });

function azure(...answers: readonly (number | Error)[]) {
  const asked: string[] = [];
  const ask = async (url: string | URL | Request) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(String(url));
    if (answer instanceof Error) throw answer;
    return new Response('{}', { status: answer });
  };
  return { ask: ask as typeof fetch, asked };
}

test.each([
  [200, 'found'],
  [404, 'absent'],
  [403, 'unchecked'],
  [429, 'unchecked'],
  [500, 'unchecked'],
  [new Error('reset'), 'unchecked'],
] as const)('Azure answers %s: %s', async (answer, check) => {
  const { ask, asked } = azure(answer);
  expect(await createGatewayCheck(settings, createArmGet(settings, { fetch: ask, credential }))(GATEWAY_ID)).toBe(
    check,
  );
  expect(asked).toEqual([`https://management.azure.com${GATEWAY_ID}?api-version=2024-05-01`]);
});

test('no token means no check, not no alert', async () => {
  const { ask, asked } = azure(200);
  const nobody = async () => ({ getToken: () => Promise.reject(new Error('no identity')) });
  const check = createGatewayCheck(settings, createArmGet(settings, { fetch: ask, credential: nobody }));
  expect(await check(GATEWAY_ID)).toBe('unchecked');
  expect(asked).toEqual([]);
});

test('what was found is not asked for again, in any case; what could not be checked is', async () => {
  const { ask, asked } = azure(503, 200);
  const check = createGatewayCheck(settings, createArmGet(settings, { fetch: ask, credential }));
  expect(await check(GATEWAY_ID)).toBe('unchecked');
  expect(await check(GATEWAY_ID)).toBe('found');
  expect(await check(GATEWAY_ID.toUpperCase())).toBe('found');
  expect(asked).toHaveLength(2);
});

describe('an allow-list', () => {
  const group = GATEWAY_ID.toLowerCase().replace(/\/providers\/.*$/, '');
  const subscription = group.replace(/\/resourcegroups\/.*$/, '');
  test.each([
    [[GATEWAY_ID.toLowerCase()], 'allowed'],
    [[group], 'allowed'],
    [[subscription], 'allowed'],
    [[`${group}-two`], 'foreign'],
    [[group.slice(0, -1)], 'foreign'],
  ])('%j', async (ALLOWED_GATEWAYS, expected) => {
    const { ask, asked } = azure(200);
    const check = createGatewayCheck({ ALLOWED_GATEWAYS }, createArmGet(settings, { fetch: ask, credential }));
    expect(await check(GATEWAY_ID)).toBe(expected);
    expect(asked).toEqual([]);
  });
});
