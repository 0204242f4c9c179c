import { expect, test } from '@jest/globals';
import { createRequestTimeouts } from './request-timeouts.ts';

const ID =
  '/subscriptions/6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9/resourcegroups/shop/providers/microsoft.network/applicationgateways/edge';
const setting = (name: string, requestTimeout: unknown) => ({ name, properties: { requestTimeout } });
const gateway = {
  properties: { backendHttpSettingsCollection: [setting('HTTPS-443', 30), setting('http', '20'), setting('odd', -1)] },
};

test('are those of the backend settings, and are asked for once an hour', async () => {
  const paths: string[] = [];
  const timeouts = createRequestTimeouts(async (path) => {
    paths.push(path);
    return { status: 200, body: gateway };
  });
  const expected = new Map([
    ['https-443', 30],
    ['http', 20],
  ]);
  expect(await timeouts(ID)).toEqual(expected);
  expect(await timeouts(ID.toUpperCase())).toEqual(expected);
  expect(paths).toHaveLength(1);
  expect(paths[0]).toContain('?api-version=');
});

test.each([
  ['a refusal', async () => ({ status: 403, body: undefined })],
  ['an answer of another shape', async () => ({ status: 200, body: [1, 'x', null] })],
  ['no body', async () => ({ status: 200, body: undefined })],
  ['no answer', async () => Promise.reject(new Error('timeout'))],
])('are not known after %s', async (_name, ask) => {
  expect(await createRequestTimeouts(ask)(ID)).toEqual(new Map());
});

test('of what is no gateway are not asked for', async () => {
  const ask = async () => Promise.reject(new Error('asked'));
  expect(await createRequestTimeouts(ask)('../x')).toEqual(new Map());
});
