import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { scenarios } from './scenarios/index.ts';
import { sdkClients } from './sdk-clients.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import { gatewayId } from './world.ts';

const NOW = new Date('2026-11-23T10:30:20Z');

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ scenario: 'wrong-port', now: () => NOW, retryAfterSeconds: 0 });
});
afterEach(() => simulator.close());

const group = () => simulator.world.resourceGroup;
const name = () => simulator.world.gateway.name;

describe('Resource Manager, through the SDK', () => {
  test('shows the gateway', async () => {
    const gateway = await sdkClients(simulator).network.applicationGateways.get(group(), name());
    expect(gateway.operationalState).toBe('Running');
    expect(gateway.sku).toEqual({ name: 'Standard_v2', tier: 'Standard_v2', family: 'Generation_2' });
    expect(gateway.autoscaleConfiguration).toEqual({ minCapacity: 2, maxCapacity: 10 });
    const orders = gateway.backendHttpSettingsCollection?.find((setting) => setting.name === 'http-orders');
    expect(orders).toMatchObject({ port: 8080, protocol: 'Http', requestTimeout: 30 });
    expect(orders?.probe?.id).toBe(`${gatewayId(simulator.world)}/probes/probe-orders`);
    const pool = gateway.backendAddressPools?.find((candidate) => candidate.name === 'pool-orders');
    expect(pool?.backendAddresses).toEqual([{ ipAddress: '10.20.4.7' }, { ipAddress: '10.20.4.8' }]);
  });

  test('runs backend health as a long-running operation and keeps the raw fields', async () => {
    const raw: { status: number; url: string; body: string | null | undefined }[] = [];
    const { network } = sdkClients(simulator);
    network.pipeline.addPolicy({
      name: 'record',
      sendRequest: async (request, next) => {
        const response = await next(request);
        raw.push({ status: response.status, url: request.url, body: response.bodyAsText });
        return response;
      },
    });
    const health = await network.applicationGateways.backendHealth(group(), name(), { updateIntervalInMs: 1 });
    expect(raw.map(({ status }) => status)).toEqual([202, 202, 200]);
    expect(raw[0]?.body).toBe('null');
    expect(raw[1]?.url).toMatch(/operationResults\/[0-9a-f-]+\?api-version=2025-01-01&t=\d+&c=.+&s=.+&h=.+$/);
    expect(raw[1]?.url.length).toBeGreaterThan(2500);
    const servers = health.backendAddressPools?.flatMap((pool) =>
      (pool.backendHttpSettingsCollection ?? []).flatMap((setting) => setting.servers ?? []),
    );
    expect(servers?.map(({ address, health: word }) => `${address} ${word}`)).toEqual([
      '10.20.5.4 Healthy',
      '10.20.5.5 Healthy',
      '10.20.5.6 Healthy',
      '10.20.4.7 Unhealthy',
      '10.20.4.8 Unhealthy',
    ]);
    expect(servers?.[4]?.healthProbeLog).toMatch(/^Cannot connect to backend server\. /);
    expect(raw[2]?.body).toContain('"healthProbeErrorName":"SuccessWithStatusCode"');
  });

  test('refuses a polling URL that was changed', async () => {
    const { network, credential } = sdkClients(simulator);
    const token = (await credential.getToken('https://management.azure.com/.default'))?.token;
    const urls: string[] = [];
    network.pipeline.addPolicy({
      name: 'change',
      sendRequest: (request, next) => {
        if (request.url.includes('operationResults')) {
          urls.push(request.url);
          request.url = request.url.replace(/&s=[^&]*/, '');
        }
        request.headers.set('Authorization', `Bearer ${token}`);
        return next(request);
      },
    });
    const reading = network.applicationGateways.backendHealth(group(), name(), { updateIntervalInMs: 1 });
    await expect(reading).rejects.toMatchObject({ statusCode: 403 });
    expect(urls).toHaveLength(1);
  });

  test('knows its own gateway only', async () => {
    const { network } = sdkClients(simulator);
    await expect(network.applicationGateways.get(group(), 'gw-other')).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
    });
    await expect(network.applicationGateways.get('rg-other', name())).rejects.toMatchObject({
      code: 'ResourceGroupNotFound',
    });
  });

  test('shows Resource Health', async () => {
    const { resourceHealth } = sdkClients(simulator);
    const status = await resourceHealth.availabilityStatuses.getByResource(gatewayId(simulator.world));
    expect(status.properties?.availabilityState).toBe('Available');
  });
});

describe('metrics, through the SDK', () => {
  const span = { timespan: '2026-11-23T10:00:00Z/2026-11-23T10:30:20Z', interval: 'PT1M' };

  test('split by pool, with names of dimensions in lower case', async () => {
    const { monitor } = sdkClients(simulator);
    const answer = await monitor.metrics.list(gatewayId(simulator.world), {
      ...span,
      metricnames: 'HealthyHostCount,UnhealthyHostCount',
      aggregation: 'Minimum,Maximum',
      filter: "BackendSettingsPool eq '*'",
    });
    expect(answer.value.map((metric) => metric.name.value)).toEqual(['HealthyHostCount', 'UnhealthyHostCount']);
    const orders = answer.value[0]?.timeseries?.find(
      (series) => series.metadatavalues?.[0]?.value === 'pool-orders~http-orders',
    );
    expect(orders?.metadatavalues?.[0]?.name?.value).toBe('backendsettingspool');
    const at = (minute: string) =>
      orders?.data?.find(({ timeStamp }) => timeStamp.toISOString() === `2026-11-23T10:${minute}:00.000Z`);
    expect(at('17')?.minimum).toBe(2);
    expect(at('18')?.minimum).toBe(0);
    expect(at('18')?.average).toBeUndefined();
    // The minute that is not over yet.
    expect(at('30')).toMatchObject({ timeStamp: new Date('2026-11-23T10:30:00Z') });
    expect(at('30')?.minimum).toBeUndefined();
  });

  test('agree with the traffic', async () => {
    const { monitor } = sdkClients(simulator);
    const answer = await monitor.metrics.list(gatewayId(simulator.world), {
      ...span,
      metricnames: 'FailedRequests',
      aggregation: 'Total',
      filter: "BackendSettingsPool eq 'pool-orders~http-orders'",
    });
    const totals = answer.value[0]?.timeseries?.[0]?.data?.map(({ total }) => total) ?? [];
    expect(totals.slice(0, 18).every((total) => total === 0)).toBe(true);
    expect(totals.slice(18, 30).every((total) => Number(total) > 60)).toBe(true);
  });

  test('refuse without the usual wrapper', async () => {
    const { monitor } = sdkClients(simulator);
    const list = (options: object) => monitor.metrics.list(gatewayId(simulator.world), { ...span, ...options });
    const refused = { statusCode: 400, details: { code: 'BadRequest' } };
    await expect(list({ metricnames: 'NoSuchMetric' })).rejects.toMatchObject(refused);
    await expect(list({ metricnames: 'CapacityUnits', filter: "BackendSettingsPool eq '*'" })).rejects.toMatchObject(
      refused,
    );
    await expect(list({ metricnames: 'HealthyHostCount', interval: 'PT2M' })).rejects.toMatchObject(refused);
    await expect(list({ metricnames: 'HealthyHostCount', timespan: 'yesterday' })).rejects.toMatchObject(refused);
  });
});

describe('tokens', () => {
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${simulator.httpUrl}${path}`, { headers });

  test('are given on the identity header only', async () => {
    const path = '/msi/token?resource=https%3A%2F%2Fmanagement.azure.com&api-version=2019-08-01';
    expect((await get(path)).status).toBe(401);
    expect((await get(path, { 'X-IDENTITY-HEADER': 'guess' })).status).toBe(401);
    const good = await get(path, { 'X-IDENTITY-HEADER': simulator.identity.IDENTITY_HEADER });
    expect(await good.json()).toMatchObject({ token_type: 'Bearer', resource: 'https://management.azure.com' });
  });

  test('open the service that they are for, and nothing opens without', async () => {
    const { network, monitor } = sdkClients(simulator);
    const withToken = (token: string) => ({
      name: 'token',
      sendRequest: (
        request: { headers: { set: (name: string, value: string) => void } },
        next: (r: never) => never,
      ) => {
        request.headers.set('Authorization', token);
        return next(request as never);
      },
    });
    network.pipeline.addPolicy(withToken('Bearer guessed') as never);
    await expect(network.applicationGateways.get(group(), name())).rejects.toMatchObject({
      statusCode: 401,
      code: 'InvalidAuthenticationToken',
    });
    monitor.pipeline.addPolicy(withToken('') as never);
    await expect(monitor.metrics.list(gatewayId(simulator.world))).rejects.toMatchObject({ statusCode: 401 });
  });

  test('for logs do not open Resource Manager', async () => {
    const { network, credential } = sdkClients(simulator);
    const token = (await credential.getToken('https://api.loganalytics.io/.default'))?.token;
    network.pipeline.addPolicy({
      name: 'token',
      sendRequest: (request, next) => {
        request.headers.set('Authorization', `Bearer ${token}`);
        return next(request);
      },
    });
    await expect(network.applicationGateways.get(group(), name())).rejects.toMatchObject({
      code: 'InvalidAuthenticationTokenAudience',
    });
  });
});

describe('the simulator itself', () => {
  test('frees its ports, also while a request hangs', async () => {
    simulator.setFault({ endpoint: 'webhook', kind: 'hang' });
    const hanging = fetch(`${simulator.httpUrl}/webhook`, { method: 'POST', body: '{}' });
    const cut = expect(hanging).rejects.toThrow();
    while (simulator.requests('webhook') === 0) await new Promise((resolve) => setImmediate(resolve));
    await simulator.close();
    await cut;
    await expect(fetch(`${simulator.httpUrl}/sim/state`)).rejects.toThrow();
  });

  test('rejects when a port is taken, and holds the other one no longer', async () => {
    const taken = Number(new URL(simulator.httpUrl).port);
    const starting = startSimulator({ scenario: 'wrong-port', httpPort: taken });
    await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('shows its scenarios, its state and the alert', async () => {
    const json = async (path: string) => (await fetch(`${simulator.httpUrl}${path}`)).json();
    expect(await json('/sim/scenarios')).toMatchObject({ scenarios: scenarios.map(({ name }) => ({ name })) });
    expect(await json('/sim/state')).toMatchObject({ scenario: 'wrong-port', minute: 0, faults: [] });
    expect(await json('/sim/alert')).toEqual(simulator.alert());
    expect(await json('/sim/alert?condition=Resolved')).toEqual(simulator.alert('Resolved'));
  });

  test('answers 404 and 400 to what it does not know', async () => {
    expect((await fetch(`${simulator.httpUrl}/nothing`)).status).toBe(404);
    expect((await fetch(`${simulator.httpUrl}/%E0%A4%A`)).status).toBe(400);
    expect((await fetch(`${simulator.httpUrl}/subscriptions/${simulator.world.subscription}`)).status).toBe(404);
  });
});

describe('members', () => {
  test('run where they are wanted, answer as the world says, and end with the simulator', async () => {
    expect(simulator.drill).toBeUndefined();
    const playing = await startSimulator({ scenario: 'probe-path-404', members: true });
    const place = playing.drill?.places.find(({ address, port }) => address === '10.20.4.4' && port === 8080);
    const url = `http://${place?.host}:${place?.at}`;
    try {
      expect((await fetch(`${url}/healthz`)).status).toBe(404);
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    } finally {
      await playing.close();
    }
    await expect(fetch(`${url}/health/ready`)).rejects.toThrow();
  });

  test('come with the roots that were uploaded for them, which the gateway resource shows', async () => {
    const playing = await startSimulator({ scenario: 'certificate-untrusted-root', members: true });
    try {
      const { resourceGroup, gateway } = playing.world;
      const shown = await sdkClients(playing).network.applicationGateways.get(resourceGroup, gateway.name);
      expect(shown.trustedRootCertificates).toMatchObject([{ name: 'root-corp-a', data: expect.any(String) }]);
      const data = shown.trustedRootCertificates?.[0]?.data ?? '';
      expect(new X509Certificate(Buffer.from(data, 'base64')).subject).toContain('root-corp-a Root');
    } finally {
      await playing.close();
    }
  });
});
