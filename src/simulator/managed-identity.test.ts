import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sdkClients } from './sdk-clients.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import { gatewayId } from './world.ts';

let simulator: Simulator;
let credential: ManagedIdentityCredential;
beforeAll(async () => {
  simulator = await startSimulator({ scenario: 'all-healthy' });
  Object.assign(process.env, simulator.identity);
  credential = new ManagedIdentityCredential({ retryOptions: { maxRetries: 0 } });
});
afterAll(async () => {
  for (const name of Object.keys(simulator.identity)) delete process.env[name];
  await simulator.close();
});

describe('the managed identity of App Service', () => {
  test('opens every service, one token each', async () => {
    const { network, monitor, resourceHealth, logs } = sdkClients(simulator, { credential });
    const id = gatewayId(simulator.world);
    const { resourceGroup, gateway } = simulator.world;
    expect((await network.applicationGateways.get(resourceGroup, gateway.name)).name).toBe(gateway.name);
    expect((await monitor.metrics.list(id, { metricnames: 'CapacityUnits' })).value).toHaveLength(1);
    expect((await resourceHealth.availabilityStatuses.getByResource(id)).name).toBe('current');
    expect((await logs.queryResource(id, 'AGWAccessLogs | take 1', { duration: 'PT1H' })).status).toBe('Success');
    expect(simulator.requests('token')).toBe(2);
  });

  test('fails in words where the app has none', async () => {
    simulator.setFault({ endpoint: 'token', kind: 'forbidden' });
    await expect(credential.getToken('https://vault.azure.net/.default')).rejects.toThrow(/ManagedIdentityCredential/);
    simulator.clearFaults('token');
    await expect(credential.getToken('https://vault.azure.net/.default')).resolves.toMatchObject({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
  });
});
