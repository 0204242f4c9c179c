import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createFaults, type Endpoint, type FaultKind, readFault } from './faults.ts';
import { sdkClients } from './sdk-clients.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import { gatewayId } from './world.ts';

const NOW = new Date('2026-11-23T10:30:20Z');

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ scenario: 'wrong-port', now: () => NOW, retryAfterSeconds: 0 });
});
beforeEach(() => simulator.clearFaults());
afterAll(() => simulator.close());

/** Reads an endpoint through the SDK, until it is aborted. */
async function read(endpoint: Endpoint, abortSignal?: AbortSignal): Promise<unknown> {
  const { network, monitor, resourceHealth, logs } = sdkClients(simulator);
  const { world } = simulator;
  const id = gatewayId(world);
  switch (endpoint) {
    case 'gateway':
      return network.applicationGateways.get(world.resourceGroup, world.gateway.name, { abortSignal });
    case 'backend-health':
      return network.applicationGateways.backendHealth(world.resourceGroup, world.gateway.name, {
        abortSignal,
        updateIntervalInMs: 1,
      });
    case 'metrics':
      return monitor.metrics.list(id, { metricnames: 'HealthyHostCount', aggregation: 'Minimum', abortSignal });
    case 'resource-health':
      return resourceHealth.availabilityStatuses.getByResource(id, { abortSignal });
    default:
      return logs.queryResource(id, '// appgw-triage: access-log summary v1\nAGWAccessLogs', { duration: 'PT1H' });
  }
}

const services = ['gateway', 'backend-health', 'metrics', 'resource-health', 'logs'] as const;

describe.each(services)('%s, through the SDK', (endpoint) => {
  test.each([
    ['forbidden', 403],
    ['throttled', 429],
    ['not-found', 404],
    ['server-error', 500],
  ] as const)('%s', async (kind, statusCode) => {
    simulator.setFault({ endpoint, kind });
    await expect(read(endpoint)).rejects.toMatchObject({ statusCode });
  });

  test.each(['malformed', 'reset'] as const)('%s', async (kind) => {
    simulator.setFault({ endpoint, kind });
    await expect(read(endpoint)).rejects.toThrow();
  });

  test.each(['empty', 'partial'] as const)('%s is an answer, but not the whole one', async (kind) => {
    const whole = JSON.stringify(await read(endpoint));
    simulator.setFault({ endpoint, kind });
    const answer = JSON.stringify(await read(endpoint));
    expect(answer.length).toBeLessThan(whole.length);
  });

  test('hits as often as it was told to', async () => {
    simulator.setFault({ endpoint, kind: 'forbidden', times: 1 });
    await expect(read(endpoint)).rejects.toThrow();
    await expect(read(endpoint)).resolves.toBeDefined();
  });
});

describe('single faults', () => {
  test.each(services.filter((endpoint) => endpoint !== 'logs'))('a hanging %s can be aborted', async (endpoint) => {
    simulator.setFault({ endpoint, kind: 'hang' });
    const before = simulator.requests(endpoint);
    const controller = new AbortController();
    const reading = expect(read(endpoint, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
    while (simulator.requests(endpoint) === before) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await reading;
  });

  test('backend health can fail while it is polled', async () => {
    simulator.setFault({ endpoint: 'backend-health', kind: 'server-error', stage: 'poll' });
    await expect(read('backend-health')).rejects.toMatchObject({ statusCode: 500 });
  });

  test('a throttled call names its time, and an SDK that may retry gets through', async () => {
    simulator.setFault({ endpoint: 'gateway', kind: 'throttled', times: 2, retryAfterSeconds: 0 });
    const { world } = simulator;
    const { network } = sdkClients(simulator, { maxRetries: 3 });
    const gateway = await network.applicationGateways.get(world.resourceGroup, world.gateway.name);
    expect(gateway.name).toBe(world.gateway.name);
  });

  test('errors come in the three shapes', async () => {
    const bodies: unknown[] = [];
    for (const endpoint of ['gateway', 'metrics', 'resource-health'] as const) {
      simulator.setFault({ endpoint, kind: 'throttled' });
      const failure = await read(endpoint).catch((error: unknown) => error);
      bodies.push(failure);
    }
    expect(bodies).toMatchObject([
      { code: 'SubscriptionRequestsThrottled' },
      { details: { code: 'TooManyRequests' } },
      { response: { bodyAsText: expect.stringMatching(/^\{"Code":"429","Message":/) } },
    ]);
  });
});

describe('what is no fault', () => {
  test.each([
    [undefined],
    [null],
    ['forbidden'],
    [{ endpoint: 'gateway' }],
    [{ endpoint: 'moon', kind: 'hang' }],
    [{ endpoint: 'gateway', kind: 'sad' }],
    [{ endpoint: 'slack', kind: 'partial' }],
    [{ endpoint: 'gateway', kind: 'hang', times: 0 }],
    [{ endpoint: 'gateway', kind: 'throttled', retryAfterSeconds: -1 }],
    [{ endpoint: 'gateway', kind: 'hang', stage: 'poll' }],
  ])('%j', (value) => {
    expect(readFault(value)).toBeUndefined();
  });

  test('is refused over HTTP, and a fault is taken', async () => {
    const post = (body: unknown) =>
      fetch(`${simulator.httpUrl}/sim/faults`, { method: 'POST', body: JSON.stringify(body) });
    expect((await post({ endpoint: 'moon' })).status).toBe(400);
    expect(await (await post({ endpoint: 'slack', kind: 'reset', times: 2 })).json()).toEqual({
      faults: [{ endpoint: 'slack', kind: 'reset', times: 2 }],
    });
    await fetch(`${simulator.httpUrl}/sim/faults`, { method: 'DELETE' });
    const state = await (await fetch(`${simulator.httpUrl}/sim/state`)).json();
    expect(state).toMatchObject({ faults: [] });
  });

  test('throws in the process', () => {
    const kind = 'sad' as FaultKind;
    expect(() => createFaults([{ endpoint: 'gateway', kind }])).toThrow(TypeError);
  });
});
