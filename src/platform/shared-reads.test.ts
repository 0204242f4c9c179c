import { createHttpHeaders, createPipelineRequest, type PipelineRequest } from '@azure/core-rest-pipeline';
import { expect, test } from '@jest/globals';
import { createSharedReads } from './shared-reads.ts';

const arm = 'https://management.azure.com/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network';
const group = `${arm}/networkSecurityGroups/nsg-a?api-version=1`;
const graph = 'https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=1';

function service(statuses: readonly number[] = []) {
  let calls = 0;
  const next = async (request: PipelineRequest) => {
    calls += 1;
    await Promise.resolve();
    return { request, status: statuses[calls - 1] ?? 200, headers: createHttpHeaders(), bodyAsText: `answer ${calls}` };
  };
  return { next, calls: () => calls };
}

const get = (url: string) => createPipelineRequest({ url, method: 'GET' });

test('what many gateways share is asked once, and asked anew after a while', async () => {
  let nowMs = 1;
  const { policy } = createSharedReads(() => nowMs);
  const { next, calls } = service();
  await Promise.all(Array.from({ length: 20 }, () => policy.sendRequest(get(group), next)));
  expect(calls()).toBe(1);
  nowMs += 44_000;
  expect((await policy.sendRequest(get(group), next)).bodyAsText).toBe('answer 1');
  nowMs += 2_000;
  expect((await policy.sendRequest(get(group), next)).bodyAsText).toBe('answer 2');
});

test('queries of Resource Graph are told apart by what they ask', async () => {
  const { policy } = createSharedReads();
  const { next, calls } = service();
  const ask = (body: string) => policy.sendRequest(createPipelineRequest({ url: graph, method: 'POST', body }), next);
  await ask('a');
  await ask('b');
  await ask('a');
  expect(calls()).toBe(2);
});

test.each([
  ['the gateway', `${arm}/applicationGateways/gw?api-version=1`, 'GET'],
  ['backend health', `${arm}/applicationGateways/gw/backendhealth?api-version=1`, 'POST'],
  [
    'an operation under way',
    'https://management.azure.com/subscriptions/s/providers/Microsoft.Network/locations/x/operationResults/1',
    'GET',
  ],
  ['what does something', `${arm}/networkWatchers/nw/connectivityCheck?api-version=1`, 'POST'],
] as const)('%s is asked every time', async (_name, url, method) => {
  const { policy } = createSharedReads();
  const { next, calls } = service();
  await policy.sendRequest(createPipelineRequest({ url, method, body: '{}' }), next);
  await policy.sendRequest(createPipelineRequest({ url, method, body: '{}' }), next);
  expect(calls()).toBe(2);
});

test('a failure is nobody else’s answer', async () => {
  const { policy } = createSharedReads();
  const { next, calls } = service([403, 429]);
  const statuses = [];
  for (let turn = 0; turn < 3; turn += 1) statuses.push((await policy.sendRequest(get(group), next)).status);
  expect(statuses).toEqual([403, 429, 200]);
  expect(calls()).toBe(3);
});

test('where the first reader is cut off, the one who waited asks for itself', async () => {
  const { policy } = createSharedReads();
  const { next } = service();
  const cut = policy.sendRequest(get(group), async () => {
    throw new Error('aborted');
  });
  const waiting = policy.sendRequest(get(group), next);
  await expect(cut).rejects.toThrow('aborted');
  expect((await waiting).bodyAsText).toBe('answer 1');
});
