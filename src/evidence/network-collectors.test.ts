import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Evidence, Snapshot } from '../core/evidence.ts';
import type { Readings } from '../core/readings.ts';
import { type GatewayId, parseGatewayId } from '../core/resource-id.ts';
import type { Endpoint, FaultKind } from '../simulator/faults.ts';
import type { ScenarioName } from '../simulator/scenarios/index.ts';
import { azureClients } from '../simulator/sdk-clients.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { gatewayId } from '../simulator/world.ts';
import { collectSnapshot } from './collect-snapshot.ts';
import type { EvidenceKind } from './evidence-kind.ts';
import { evidenceKinds } from './index.ts';
import { readSnapshot } from './read-snapshot.ts';

/** What is read of the network around the gateway, through the real SDK against the simulator. */

const NOW = new Date('2026-11-23T10:30:20Z');
const KINDS = ['virtual-network', 'private-dns', 'address-owners', 'ip-flow'] as const;
type Kind = (typeof KINDS)[number];
const SCENARIOS = [
  'backend-nsg',
  'route-to-appliance',
  'machine-stopped',
  'backend-name-wrong-address',
  'unresolved-backend-name',
  'all-healthy',
] as const satisfies readonly ScenarioName[];

interface Stage {
  readonly simulator: Simulator;
  readonly gateway: GatewayId;
  /** What the first round read. */
  readonly first: Readings;
  /** With interfaces and the virtual network, as a second round reads them. */
  readonly second: Readings;
}

const stages = new Map<string, Stage>();

beforeAll(async () => {
  for (const scenario of SCENARIOS) stages.set(scenario, await prepare(scenario));
});

afterEach(() => {
  for (const { simulator } of stages.values()) simulator.clearFaults();
});

afterAll(async () => {
  await Promise.all([...stages.values()].map(({ simulator }) => simulator.close()));
});

async function prepare(scenario: ScenarioName): Promise<Stage> {
  const simulator = await startSimulator({ scenario, now: () => NOW, pendingPolls: 0, retryAfterSeconds: 0 });
  const gateway = parseGatewayId(gatewayId(simulator.world));
  if (!gateway) throw new Error('The world has a gateway.');
  const stage = { simulator, gateway };
  const one = await run(stage, kindsNamed('backend-health', 'gateway'), { evidence: [] });
  const first = readSnapshot(one, evidenceKinds);
  const two = await run(stage, kindsNamed('nics', 'virtual-network'), first);
  const both = { ...one, evidence: [...one.evidence, ...two.evidence] };
  return { ...stage, first, second: readSnapshot(both, evidenceKinds) };
}

function stageOf(scenario: (typeof SCENARIOS)[number]): Stage {
  const stage = stages.get(scenario);
  if (!stage) throw new Error('The stage was not prepared.');
  return stage;
}

function kindsNamed(...names: readonly string[]): readonly EvidenceKind[] {
  return evidenceKinds.filter(({ name }) => names.includes(name));
}

function run(
  { simulator, gateway }: Pick<Stage, 'simulator' | 'gateway'>,
  kinds: readonly EvidenceKind[],
  readings: Readings,
  after: (delayMs: number, callback: () => void) => () => void = () => () => {},
): Promise<Snapshot> {
  return collectSnapshot({
    gateway,
    clients: azureClients(simulator),
    kinds,
    readings,
    from: new Date(NOW.getTime() - 3_600_000),
    to: NOW,
    abort: new AbortController().signal,
    now: () => NOW.getTime(),
    after,
  });
}

async function collect(stage: Stage, names: readonly Kind[], readings = stage.second) {
  const snapshot = await run(stage, kindsNamed(...names), readings);
  const back = JSON.parse(JSON.stringify(snapshot)) as Snapshot;
  return { evidence: snapshot.evidence, readings: readSnapshot(back, evidenceKinds) };
}

const outcomes = (evidence: readonly Evidence[]) =>
  evidence.map(({ part, state, reason }) => [part, state, reason].filter((word) => word !== undefined).join(' '));

describe('what is told of a world', () => {
  test('the network of the gateway, with the ranges of its subnets and what hangs on them', async () => {
    const { evidence, readings } = await collect(stageOf('route-to-appliance'), ['virtual-network']);
    expect(outcomes(evidence)).toEqual(['ok']);
    const [network] = readings.networks ?? [];
    expect(network).toMatchObject({ prefixes: ['10.20.0.0/16'], dnsServers: [], peerings: [] });
    const orders = network?.subnets.find(({ name }) => name === 'snet-orders');
    expect(orders?.routeTableId).toMatch(/rt-orders-prod$/);
    expect(network?.subnets.find(({ name }) => name === 'snet-gateway')?.prefixes).toEqual(['10.20.1.0/24']);
  });

  test('which rule denies the gateway at a machine, and that its answers would come straight back', async () => {
    const { evidence, readings } = await collect(stageOf('backend-nsg'), ['ip-flow']);
    expect(evidence.map(({ part, state }) => `${part} ${state}`)).toEqual([
      'nic-vm-orders-1-flow ok',
      'nic-vm-orders-1-hop ok',
      'nic-vm-orders-2-flow ok',
      'nic-vm-orders-2-hop ok',
    ]);
    expect(readings.pathTests?.flows[0]).toMatchObject({
      access: 'deny',
      rule: 'baseline-inbound',
      direction: 'inbound',
      localAddress: '10.20.4.4',
      localPort: 8080,
      remoteAddress: '10.20.1.4',
      gatewaySubnetId: stageOf('backend-nsg').first.gateway?.subnetIds[0],
    });
    expect(readings.pathTests?.hops[0]).toMatchObject({ nextHopType: 'VnetLocal' });
  });

  test('that the answers of a machine go to an appliance', async () => {
    const { readings } = await collect(stageOf('route-to-appliance'), ['ip-flow']);
    expect(readings.pathTests?.flows.map(({ access }) => access)).toEqual(['allow', 'allow']);
    expect(readings.pathTests?.hops[0]).toMatchObject({
      nextHopType: 'VirtualAppliance',
      nextHopAddress: '10.20.0.68',
      routeTableId: expect.stringMatching(/rt-orders-prod$/),
    });
  });

  test('a zone without its link, the endpoint that it leads to, and the app that is closed to the public', async () => {
    const stage = stageOf('backend-name-wrong-address');
    const { evidence, readings } = await collect(stage, ['private-dns', 'address-owners']);
    expect(outcomes(evidence)).toEqual(['ok', 'ok']);
    expect(readings.privateDns?.zones).toMatchObject([
      {
        name: 'privatelink.azurewebsites.net',
        links: [],
        records: [{ name: 'app-bookings-weu', type: 'A', values: ['10.40.3.5'] }],
      },
    ]);
    expect(readings.privateDns?.endpoints).toMatchObject([
      { name: 'pe-app-bookings-weu', state: 'Approved', targetId: expect.stringMatching(/sites\/app-bookings-weu$/) },
    ]);
    expect(readings.addressOwners).toMatchObject([{ kind: 'app', state: 'Running', hasPublicAccess: false }]);
    const endpoint = stage.second.interfaces?.find(({ privateEndpointId }) => privateEndpointId !== undefined);
    expect(endpoint).toMatchObject({ addresses: ['10.40.3.5'], fqdns: ['app-bookings-weu.azurewebsites.net'] });
  });

  test('a private zone of the network itself', async () => {
    const { readings } = await collect(stageOf('unresolved-backend-name'), ['private-dns']);
    expect(readings.privateDns?.zones).toMatchObject([
      { name: 'svc.fabrikam.example', links: [], records: [{ name: 'orders', values: ['10.20.4.4'] }] },
    ]);
  });

  test('that nothing owns an address is an answer', async () => {
    const { evidence, readings } = await collect(stageOf('backend-nsg'), ['address-owners']);
    expect(evidence[0]?.state).toBe('empty');
    expect(readings.addressOwners).toEqual([]);
  });
});

test('what is kept is recognised by its own kind alone, and holds no token and no polling URL', async () => {
  const kept = [
    ...(await collect(stageOf('backend-nsg'), KINDS)).evidence,
    ...(await collect(stageOf('backend-name-wrong-address'), KINDS)).evidence,
  ].filter(({ state, raw }) => state === 'ok' && raw !== undefined);
  expect(new Set(kept.map(({ name }) => name))).toEqual(new Set(KINDS));
  for (const { name, raw } of kept)
    expect(evidenceKinds.filter((kind) => kind.recognise(raw)).map((kind) => kind.name)).toEqual([name]);
  expect(JSON.stringify(kept)).not.toMatch(/operationResults|Bearer|eyJ/);
});

describe('nothing to ask', () => {
  test.each(KINDS)('%s, where nothing was read before', async (name) => {
    const { evidence } = await collect(stageOf('backend-nsg'), [name], { evidence: [] });
    expect(evidence).toMatchObject([{ name, state: 'skipped', reason: expect.stringMatching(/^(no|the) /) }]);
  });

  test('of the path, where all is well, the machine is off, or the range of the gateway subnet is not known', async () => {
    const reason = async (scenario: (typeof SCENARIOS)[number], readings?: Readings) =>
      outcomes((await collect(stageOf(scenario), ['ip-flow'], readings)).evidence);
    expect(await reason('all-healthy')).toEqual(['skipped no member is in trouble']);
    expect(await reason('machine-stopped')).toEqual([
      'skipped no member in trouble is a virtual machine that runs, at a port that is known',
    ]);
    expect(await reason('backend-nsg', stageOf('backend-nsg').first)).toEqual([
      'skipped the address range of the gateway subnet is not known',
    ]);
  });

  test('of names, where all members are addresses', async () => {
    const { evidence } = await collect(stageOf('backend-nsg'), ['private-dns']);
    expect(outcomes(evidence)).toEqual(['skipped no member is a name']);
  });
});

const ASKED: readonly (readonly [Endpoint, Kind, (typeof SCENARIOS)[number]])[] = [
  ['virtual-network', 'virtual-network', 'backend-nsg'],
  ['resource-graph', 'private-dns', 'backend-name-wrong-address'],
  ['resource-graph', 'address-owners', 'backend-nsg'],
  ['network-watchers', 'ip-flow', 'backend-nsg'],
];

describe.each(ASKED)('%s, asked for %s', (endpoint, name, scenario) => {
  test.each([
    ['forbidden', /^403 AuthorizationFailed: the identity lacks Microsoft\.\w+\/[\w/]+$/],
    ['throttled', /^429 \w+: throttled, to be tried again after 1 s$/],
    ['malformed', /not JSON/],
    ['server-error', /^500 .*the service failed$/],
    ['reset', /^no connection to the service/],
    ['not-found', /^404 /],
  ] as const)('%s is a failure with its reason', async (kind: FaultKind, reason) => {
    const stage = stageOf(scenario);
    stage.simulator.setFault({ endpoint, kind });
    const { evidence } = await collect(stage, [name]);
    expect(evidence.length).toBeGreaterThan(0);
    for (const item of evidence) {
      expect(item).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) });
      expect(item).not.toHaveProperty('raw');
    }
  });

  test('what hangs is given up at the deadline', async () => {
    const stage = stageOf(scenario);
    stage.simulator.setFault({ endpoint, kind: 'hang' });
    const before = stage.simulator.requests(endpoint);
    let pass = () => {};
    const snapshot = run(stage, kindsNamed(name), stage.second, (_delayMs, callback) => {
      pass = callback;
      return () => {};
    });
    // The deadline passes once the request is on its way, however long that takes.
    while (stage.simulator.requests(endpoint) === before) await new Promise((resolve) => setTimeout(resolve, 5));
    pass();
    expect((await snapshot).evidence[0]?.reason).toMatch(/^not answered within \d+ s$/);
  });
});

describe('in part', () => {
  test.each(['ip-flow', 'next-hop'] as const)('a %s that fails leaves the other test', async (endpoint) => {
    const stage = stageOf('backend-nsg');
    stage.simulator.setFault({ endpoint, kind: 'server-error' });
    const { evidence, readings } = await collect(stage, ['ip-flow']);
    expect(evidence.filter(({ state }) => state === 'failed')).toHaveLength(2);
    expect(readings.pathTests?.flows).toHaveLength(endpoint === 'ip-flow' ? 0 : 2);
    expect(readings.pathTests?.hops).toHaveLength(endpoint === 'ip-flow' ? 2 : 0);
  });

  test.each(['forbidden', 'malformed', 'reset'] as const)('a poll that is %s shows no signed URL', async (kind) => {
    const stage = stageOf('backend-nsg');
    stage.simulator.setFault({ endpoint: 'ip-flow', kind, stage: 'poll' });
    const { evidence } = await collect(stage, ['ip-flow']);
    expect(evidence.filter(({ state }) => state === 'failed')).toHaveLength(2);
    expect(JSON.stringify(evidence)).not.toMatch(/operationResults|[?&]s=/i);
  });
});

test('each costs a bounded number of calls', async () => {
  const stage = stageOf('backend-nsg');
  const cost = async (name: Kind, scenario: Stage) => {
    const endpoints: readonly Endpoint[] = [
      'virtual-network',
      'resource-graph',
      'network-watchers',
      'ip-flow',
      'next-hop',
    ];
    const asked = () => endpoints.reduce((sum, endpoint) => sum + scenario.simulator.requests(endpoint), 0);
    const before = asked();
    await collect(scenario, [name]);
    return asked() - before;
  };
  expect(await cost('virtual-network', stage)).toBe(1);
  expect(await cost('private-dns', stageOf('backend-name-wrong-address'))).toBe(1);
  expect(await cost('address-owners', stage)).toBe(1);
  // The watcher, and for each of two machines two tests with one poll each.
  expect(await cost('ip-flow', stage)).toBe(9);
});

test('a network that was read saves the calls for its subnets', async () => {
  const stage = stageOf('route-to-appliance');
  const before = stage.simulator.requests('subnet');
  const snapshot = await run(stage, kindsNamed('nsg', 'route-table'), stage.second);
  expect(snapshot.evidence.map(({ part, state }) => `${part} ${state}`)).toEqual([
    'nsg-gateway-prod ok',
    'nsg-orders-prod ok',
    'rt-orders-prod ok',
  ]);
  expect(stage.simulator.requests('subnet')).toBe(before);
});
