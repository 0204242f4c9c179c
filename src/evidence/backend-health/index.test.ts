import { describe, expect, test } from '@jest/globals';
import { backendHealth } from './index.ts';

const GATEWAY = '/subscriptions/s1/resourceGroups/rg-shop/providers/Microsoft.Network/applicationGateways/gw-shop';

const answer = (servers: unknown, settings = 'backendHttpSettings') => ({
  backendAddressPools: [
    {
      backendAddressPool: { id: `${GATEWAY}/backendaddressPools/pool-a` },
      [`${settings}Collection`]: [{ [settings]: { id: `${GATEWAY}/${settings}Collection/https-a` }, servers }],
    },
  ],
});

function targetsOf(...documents: readonly unknown[]) {
  return backendHealth.read(documents).reading.backendHealth?.targets;
}

describe('recognises', () => {
  test.each([
    ['the answer of ARM', answer([])],
    ['no pools at all', { backendAddressPools: [] }],
    ['layer 4 settings', answer([], 'backendSettings')],
    ['the on-demand answer', { backendAddressPool: { id: 'x' }, backendHealthHttpSettings: { servers: [] } }],
  ])('%s', (_name, document) => {
    expect(backendHealth.recognise(document)).toBe(true);
  });

  test.each([
    ['a gateway', { sku: {}, httpListeners: [], backendAddressPools: [{ backendAddresses: [] }] }],
    ['a gateway without pools', { location: 'westeurope', backendAddressPools: [] }],
    ['the body of the 202', null],
    ['a text', 'backendAddressPools'],
    ['a list', []],
    ['an error', { error: { code: 'AuthorizationFailed' } }],
  ])('but not %s', (_name, document) => {
    expect(backendHealth.recognise(document)).toBe(false);
  });
});

describe('reads', () => {
  test('every member with its health, its text and what was observed', () => {
    const text = 'Cannot connect to backend server.';
    const { state, reading } = backendHealth.read([
      answer([
        {
          address: '10.0.0.4',
          ipConfiguration: null,
          health: 'Unhealthy',
          healthProbeLog: text,
          healthProbeErrorName: 'New',
        },
        { address: 'app.example', health: 'up' },
      ]),
    ]);
    expect(state).toBe('ok');
    expect(reading.backendHealth).toEqual({
      gatewayId: GATEWAY,
      targets: [
        {
          pool: 'pool-a',
          setting: 'https-a',
          members: [
            {
              address: '10.0.0.4',
              health: 'unhealthy',
              healthAsWritten: 'Unhealthy',
              text,
              errorName: 'New',
              observed: { kind: 'cannot-connect' },
            },
            { address: 'app.example', health: 'healthy', healthAsWritten: 'up', observed: { kind: 'silent' } },
          ],
        },
      ],
    });
  });

  test.each([
    ['Healthy', 'healthy'],
    ['UP', 'healthy'],
    ['Unhealthy', 'unhealthy'],
    ['down', 'unhealthy'],
    ['Partial', 'partial'],
    ['Draining', 'draining'],
    ['Unknown', 'unknown'],
    ['Sleepy', 'unknown'],
    [null, 'unknown'],
  ])('the health word %s', (word, health) => {
    expect(targetsOf(answer([{ address: 'a', health: word }]))?.[0]?.members[0]?.health).toBe(health);
  });

  test('a healthy member with a failure text: both are kept', () => {
    const [target] =
      targetsOf(answer([{ address: 'a', health: 'Healthy', healthProbeLog: 'Backend server timed out' }])) ?? [];
    expect(target?.members[0]).toMatchObject({ health: 'healthy', observed: { kind: 'timed-out' } });
  });

  test('PowerShell, which capitalises and unwraps lists of one', () => {
    const targets = targetsOf({
      BackendAddressPools: {
        BackendAddressPool: { Id: `${GATEWAY}/backendAddressPools/pool-a` },
        BackendHttpSettingsCollection: {
          BackendHttpSettings: { Id: `${GATEWAY}/backendHttpSettingsCollection/https-a` },
          Servers: { Address: '10.0.0.4', Health: 'Healthy', HealthProbeLog: 'Success. Received 200 status code' },
        },
      },
    });
    expect(targets?.[0]).toMatchObject({
      pool: 'pool-a',
      setting: 'https-a',
      members: [{ address: '10.0.0.4', observed: { kind: 'answered', status: 200 } }],
    });
  });

  test('a pool without members stays a target; the emptiness is the news', () => {
    expect(backendHealth.read([answer([])]).state).toBe('ok');
    expect(targetsOf(answer(null))).toEqual([{ pool: 'pool-a', setting: 'https-a', members: [] }]);
  });

  test('no pools: empty, with a reading that says so', () => {
    expect(backendHealth.read([{ backendAddressPools: [] }])).toEqual({
      state: 'empty',
      reason: 'backend health lists no backend pool',
      reading: { backendHealth: { targets: [] } },
    });
  });

  test('the on-demand answer adds only what was not probed', () => {
    const onDemand = (pool: string, health: string) => ({
      backendAddressPool: { id: `${GATEWAY}/backendAddressPools/${pool}` },
      backendHealthHttpSettings: {
        backendHttpSettings: { id: `${GATEWAY}/backendHttpSettingsCollection/https-a` },
        servers: [{ address: 'a', health }],
      },
    });
    const targets = targetsOf(
      onDemand('POOL-A', 'Up'),
      onDemand('pool-b', 'Up'),
      answer([{ address: 'a', health: 'Down' }]),
    );
    expect(targets?.map(({ pool, members }) => [pool, members[0]?.health])).toEqual([
      ['pool-a', 'unhealthy'],
      ['pool-b', 'healthy'],
    ]);
  });

  test('two gateways are not mixed', () => {
    const other = JSON.parse(JSON.stringify(answer([])).replaceAll('gw-shop', 'gw-other')) as unknown;
    expect(backendHealth.read([answer([]), other])).toMatchObject({ state: 'failed', reading: {} });
  });

  test.each([
    null,
    0,
    'x',
    [],
    {},
    { error: {} },
    { backendAddressPools: 'x' },
    { backendAddressPools: [null, 1, {}] },
  ])('nonsense without throwing: %j', (document) => {
    const { state, reading } = backendHealth.read([document]);
    expect(state).toBe('failed');
    expect(reading).toEqual({});
  });

  test('holes without throwing', () => {
    const { state, reading } = backendHealth.read([
      {
        backendAddressPools: [
          null,
          { backendAddressPool: null, backendHttpSettingsCollection: [null, { servers: [null, {}] }] },
        ],
      },
    ]);
    expect(state).toBe('ok');
    expect(reading.backendHealth?.targets[0]?.members.at(-1)).toMatchObject({
      health: 'unknown',
      observed: { kind: 'silent' },
    });
  });
});
