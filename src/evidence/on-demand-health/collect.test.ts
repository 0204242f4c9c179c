import type { NetworkManagementClient } from '@azure/arm-network';
import { describe, expect, test } from '@jest/globals';
import type { Readings } from '../../core/readings.ts';
import { type AzureClients, type CollectContext, NothingToAsk } from '../evidence-kind.ts';
import { collector } from './collect.ts';
import { onDemandHealth } from './index.ts';

const id = '/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw';

interface Asked {
  readonly path: string;
  readonly host?: string;
  readonly timeout: number;
  readonly match: { readonly statusCodes: readonly string[] };
  readonly backendAddressPool: { readonly id: string };
  readonly backendHttpSettings: { readonly id: string };
}

/** A gateway whose one member answers by what it is asked for; an error is thrown as the SDK would throw it. */
function gatewayThat(answers: (asked: Asked) => string | Error | object, abort = new AbortController()) {
  const asked: Asked[] = [];
  const applicationGateways = {
    backendHealthOnDemand: (
      _group: string,
      _name: string,
      probe: Asked,
      { onResponse }: { onResponse: (response: object) => void },
    ) => {
      asked.push(probe);
      const answer = answers(probe);
      const submitted = async () => {
        if (answer instanceof Error) throw answer;
        const body = typeof answer === 'string' ? bodyOf(answer) : answer;
        onResponse({ status: 200, bodyAsText: JSON.stringify(body), headers: { get: () => undefined } });
      };
      return { submitted, isDone: true };
    },
  };
  const clients = {
    network: async () => ({ applicationGateways }) as unknown as NetworkManagementClient,
  } as unknown as AzureClients;
  const collect = (readings: Readings = inTrouble) =>
    collector.collect({
      gateway: { id, subscription: 's-1', resourceGroup: 'rg', name: 'gw' },
      ...{ clients, readings, abort: abort.signal },
      ...{ from: new Date(0), to: new Date(0) },
    } satisfies CollectContext);
  return { asked, collect };
}

function bodyOf(text: string) {
  const health = text.startsWith('Success') ? 'Healthy' : 'Unhealthy';
  return {
    backendAddressPool: { id: `${id}/backendAddressPools/p` },
    backendHealthHttpSettings: {
      backendHttpSettings: { id: `${id}/backendHttpSettingsCollection/s` },
      servers: [{ address: '10.0.0.4', health, healthProbeLog: text }],
    },
  };
}

const inTrouble: Readings = {
  evidence: [],
  gateway: {
    ...{ tags: {}, subnetIds: [], pools: [], trustedRootNames: [] },
    settings: [
      {
        ...{ name: 's', protocol: 'Http', port: 80, probeName: 'pr', hostName: 'app.example', trustedRootNames: [] },
      },
    ],
    probes: [{ name: 'pr', protocol: 'Http', host: 'old.example', path: '/up', acceptedStatusCodes: [] }],
    listeners: [],
    routes: [],
  },
  backendHealth: {
    targets: [
      {
        ...{ pool: 'p', setting: 's' },
        members: [
          {
            ...{ address: '10.0.0.4', health: 'unhealthy', healthAsWritten: 'Unhealthy' },
            observed: { kind: 'status-mismatch', received: 404 },
          },
        ],
      },
    ],
  },
};

const changesIn = (raw: unknown) =>
  onDemandHealth
    .read([raw])
    .reading.onDemand?.tests.map(({ changed, value, error }) =>
      [changed, value, ...(error === undefined ? [] : ['not answered'])].join(' '),
    );
const SUCCESS = 'Success. Received 200 status code';
const refused = (status: number) => `Received invalid status code: ${status} in the backend server's HTTP response.`;

describe('asking the gateway', () => {
  test('for what still tells something: a Host that is served makes the path needless', async () => {
    const { asked, collect } = gatewayThat(({ host }) => (host === 'app.example' ? SUCCESS : refused(404)));
    expect(changesIn(await collect())).toEqual(['host app.example', 'accepted-range 100-599']);
    expect(asked).toHaveLength(2);
  });

  test('for all where nothing is served, and each time about the same pool and setting', async () => {
    const { asked, collect } = gatewayThat(() => refused(404));
    const raw = await collect();
    expect(changesIn(raw)).toEqual(['host app.example', 'path /', 'accepted-range 100-599']);
    expect(raw).toMatchObject({ resourceId: id });
    for (const { backendAddressPool, backendHttpSettings } of asked) {
      expect(backendAddressPool.id).toBe(`${id}/backendAddressPools/p`);
      expect(backendHttpSettings.id).toBe(`${id}/backendHttpSettingsCollection/s`);
    }
  });

  test('what was refused or is not legible stands beside what was answered', async () => {
    const throttled = Object.assign(new Error('slow down'), { statusCode: 429 });
    const { collect } = gatewayThat(({ host, path }) =>
      host === 'app.example' ? throttled : path === '/' ? { error: 'none' } : refused(404),
    );
    expect(changesIn(await collect())).toEqual([
      'host app.example not answered',
      'path / not answered',
      'accepted-range 100-599',
    ]);
  });

  test('a gateway that answers none of them has failed', async () => {
    const { asked, collect } = gatewayThat(() => new Error('no'));
    await expect(collect()).rejects.toThrow('no');
    expect(asked).toHaveLength(3);
  });

  test('ends when the investigation does, without another call', async () => {
    const abort = new AbortController();
    const { asked, collect } = gatewayThat(() => {
      abort.abort();
      return new Error('cut off');
    }, abort);
    await expect(collect()).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['a stopped gateway', { ...inTrouble, gateway: { ...inTrouble.gateway, operationalState: 'Stopped' } }],
    ['no member in trouble', { ...inTrouble, backendHealth: { targets: [] } }],
    ['no configuration', { ...inTrouble, gateway: undefined }],
  ] as const)('does not ask: %s', async (_name, readings) => {
    const { asked, collect } = gatewayThat(() => SUCCESS);
    await expect(collect(readings as Readings)).rejects.toThrow(NothingToAsk);
    expect(asked).toEqual([]);
  });
});
