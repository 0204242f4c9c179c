import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Evidence, Snapshot } from '../core/evidence.ts';
import type { Readings } from '../core/readings.ts';
import { type GatewayId, parseGatewayId } from '../core/resource-id.ts';
import { type Endpoint, type FaultKind, LONG_RUNNING } from '../simulator/faults.ts';
import type { ScenarioName } from '../simulator/scenarios/index.ts';
import { azureClients } from '../simulator/sdk-clients.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { gatewayId } from '../simulator/world.ts';
import { collectSnapshot } from './collect-snapshot.ts';
import type { EvidenceKind } from './evidence-kind.ts';
import { evidenceKinds } from './index.ts';
import { readSnapshot } from './read-snapshot.ts';

/** The collectors of the later rounds, through the real SDK against the simulator. */

const NOW = new Date('2026-11-23T10:30:20Z');
const LATER = [
  'nics',
  'effective-nsg',
  'effective-routes',
  'nsg',
  'route-table',
  'connectivity-check',
  'on-demand-health',
  'activity-log',
] as const;
type Later = (typeof LATER)[number];

interface Stage {
  readonly simulator: Simulator;
  readonly gateway: GatewayId;
  /** What the first round read, and with `interfaces` what the second one read of interfaces. */
  readonly first: Readings;
  readonly interfaces: Readings;
}

const stages = new Map<ScenarioName, Stage>();
const SCENARIOS = [
  'backend-nsg',
  'route-to-appliance',
  'machine-stopped',
  'stale-members',
  'probe-auth',
  'all-healthy',
] as const;

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
  const bare = { simulator, gateway, first: { evidence: [] }, interfaces: { evidence: [] } };
  const round = await run(
    bare,
    evidenceKinds.filter((kind) => kind.isFirst),
    { evidence: [] },
  );
  const first = readSnapshot(round, evidenceKinds);
  const nics = await run(bare, kindsNamed('nics'), first);
  const both = { ...round, evidence: [...round.evidence, ...nics.evidence] };
  return { ...bare, first, interfaces: readSnapshot(both, evidenceKinds) };
}

function stageOf(scenario: (typeof SCENARIOS)[number]): Stage {
  const stage = stages.get(scenario);
  if (!stage) throw new Error('The stage was not prepared.');
  return stage;
}

function kindsNamed(...names: readonly string[]): readonly EvidenceKind[] {
  return evidenceKinds.filter(({ name }) => names.includes(name));
}

type After = (delayMs: number, callback: () => void) => () => void;

function run(
  { simulator, gateway }: Pick<Stage, 'simulator' | 'gateway'>,
  kinds: readonly EvidenceKind[],
  readings: Readings,
  after: After = () => () => {},
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

/** Collects some kinds, and reads them back from their JSON. */
async function collect(stage: Stage, names: readonly Later[], readings = stage.interfaces) {
  const snapshot = await run(stage, kindsNamed(...names), readings);
  const back = JSON.parse(JSON.stringify(snapshot)) as Snapshot;
  return { evidence: snapshot.evidence, readings: readSnapshot(back, evidenceKinds) };
}

const outcomes = (evidence: readonly Evidence[]) =>
  evidence.map(({ part, state, reason }) => [part, state, reason].filter((word) => word !== undefined).join(' '));

describe('what is told of a world', () => {
  test('interfaces, with machine, subnet, security group and power state, neighbours included', async () => {
    const { evidence, readings } = await collect(
      stageOf('machine-stopped'),
      ['nics'],
      stageOf('machine-stopped').first,
    );
    expect(outcomes(evidence)).toEqual(['ok']);
    const power = readings.interfaces?.map(({ addresses, powerState }) => `${addresses[0]} ${powerState}`);
    expect(power?.toSorted()).toEqual([
      '10.20.4.4 running',
      '10.20.4.5 running',
      '10.20.5.4 running',
      '10.20.5.5 running',
      '10.20.5.6 running',
      '10.20.6.4 deallocated',
    ]);
    expect(readings.interfaces?.[0]).toMatchObject({
      machineId: expect.stringMatching(/virtualMachines\/vm-/),
      subnetIds: [expect.stringMatching(/\/subnets\/snet-/)],
    });
  });

  test('the instances of a scale set, which Resource Graph does not list', async () => {
    const { evidence, readings } = await collect(stageOf('stale-members'), ['nics'], stageOf('stale-members').first);
    expect(outcomes(evidence)).toEqual(['resource-graph ok', 'vmss-orders-prod ok']);
    const addresses = readings.interfaces?.flatMap((nic) => nic.addresses) ?? [];
    expect(addresses).toEqual(expect.arrayContaining(['10.20.4.9', '10.20.4.10', '10.20.5.4']));
    expect(addresses).not.toContain('10.20.4.4');
  });

  test('effective rules of each failing interface, and whose they are', async () => {
    const { evidence, readings } = await collect(stageOf('backend-nsg'), ['effective-nsg']);
    expect(outcomes(evidence)).toEqual(['nic-vm-orders-1 ok', 'nic-vm-orders-2 ok']);
    expect(readings.effectiveSecurity?.map(({ nicId }) => nicId?.split('/').at(-1))).toEqual([
      'nic-vm-orders-1',
      'nic-vm-orders-2',
    ]);
    const deny = readings.effectiveSecurity?.[0]?.groups[0]?.rules.find(({ priority }) => priority === 150);
    expect(deny).toMatchObject({ name: 'baseline-inbound', access: 'deny', destinationPorts: ['1024-49151'] });
  });

  test('effective routes, with the one that leads away', async () => {
    const { readings } = await collect(stageOf('route-to-appliance'), ['effective-routes']);
    expect(readings.effectiveRoutes).toHaveLength(2);
    expect(readings.effectiveRoutes?.[0]?.routes.find(({ source }) => source === 'User')).toMatchObject({
      prefixes: ['10.20.1.0/24'],
      nextHopType: 'VirtualAppliance',
      nextHopAddresses: ['10.20.0.68'],
      isActive: true,
    });
  });

  test('of a machine that is off: the refusal itself, kept and read', async () => {
    const { evidence } = await collect(stageOf('machine-stopped'), ['effective-nsg', 'effective-routes']);
    expect(evidence.map(({ name, part, state }) => [name, part, state])).toEqual([
      ['effective-nsg', 'nic-vm-reports-1', 'failed'],
      ['effective-routes', 'nic-vm-reports-1', 'failed'],
    ]);
    expect(evidence[0]?.reason).toBe(
      'NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups: the network interface nic-vm-reports-1 is not attached to a running virtual machine',
    );
    expect(evidence[0]?.raw).toMatchObject({ nicId: expect.stringMatching(/nic-vm-reports-1$/) });
  });

  test('the security groups and route tables of the subnets of gateway and members', async () => {
    const { evidence, readings } = await collect(stageOf('route-to-appliance'), ['nsg', 'route-table']);
    expect(outcomes(evidence)).toEqual(['nsg-gateway-prod ok', 'nsg-orders-prod ok', 'rt-orders-prod ok']);
    expect(readings.securityGroups?.[0]).toMatchObject({
      name: 'nsg-gateway-prod',
      subnetIds: [expect.stringMatching(/\/subnets\/snet-gateway$/)],
    });
    expect(readings.securityGroups?.[0]?.rules.some(({ sources }) => sources.includes('GatewayManager'))).toBe(true);
    expect(readings.routeTables?.[0]).toMatchObject({ name: 'rt-orders-prod', disablesBgpPropagation: true });
  });

  test.each([
    ['backend-nsg', 'Unreachable', [{ type: 'NetworkSecurityRule' }]],
    ['route-to-appliance', 'Unreachable', [{ type: 'UserDefinedRoute' }]],
    ['probe-auth', 'Reachable', []],
  ] as const)('a check from the gateway in %s: %s', async (scenario, status, issues) => {
    const { evidence, readings } = await collect(stageOf(scenario), ['connectivity-check']);
    expect(evidence).toHaveLength(1);
    const [check] = readings.connectivity ?? [];
    expect(check).toMatchObject({ status, sourceId: stageOf(scenario).gateway.id });
    expect(`${check?.destination}-${check?.destinationPort}`).toBe(evidence[0]?.part);
    expect(check?.hops.flatMap((hop) => hop.issues)).toMatchObject(issues);
  });

  test('one thing changed at a time, asked of the gateway itself', async () => {
    const { evidence } = await collect(stageOf('probe-auth'), ['on-demand-health']);
    const raw = evidence[0]?.raw as { tests: { changed: string; value: string; body: unknown }[] } | undefined;
    const tests = raw?.tests ?? [];
    expect(tests.map(({ changed, value }) => `${changed} ${value}`)).toEqual(['path /', 'accepted-range 100-599']);
    expect(JSON.stringify(tests[0]?.body)).toContain('"health":"Healthy"');
  });

  test('the activity log, page after page, with who did it and nothing else of them', async () => {
    const stage = stageOf('stale-members');
    const before = stage.simulator.requests('activity-log');
    const { evidence, readings } = await collect(stage, ['activity-log']);
    expect(stage.simulator.requests('activity-log') - before).toBe(2);
    expect(readings.activity).toHaveLength(8);
    const raw = evidence[0]?.raw as { value: { eventDataId: string }[] } | undefined;
    const ids = raw?.value.map((event) => event.eventDataId) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
    const deleted = readings.activity?.find(
      ({ operation, status }) => /delete$/.test(operation) && status === 'Succeeded',
    );
    expect(deleted).toMatchObject({
      operation: 'Microsoft.Compute/virtualMachineScaleSets/delete',
      actor: 'application',
      at: '2026-11-23T10:15:24.000Z',
    });
    expect(new Set(readings.activity?.map(({ actor }) => actor))).toEqual(
      new Set(['person', 'application', 'platform']),
    );
    expect(JSON.stringify(evidence)).not.toMatch(/Kim Berg|198\.51\.100|claims|authorization|httpRequest/);
    expect(readings.activity?.map(({ caller }) => caller)).toContain('kim.berg@fabrikam.example');
  });
});

describe('what is kept', () => {
  test('is recognised by its own kind, and by no other', async () => {
    const seen = new Set<string>();
    for (const scenario of ['machine-stopped', 'stale-members', 'route-to-appliance', 'probe-auth'] as const) {
      const { evidence } = await collect(stageOf(scenario), LATER);
      for (const { name, raw } of evidence.filter((item) => item.raw !== undefined && item.state !== 'empty')) {
        expect(evidenceKinds.filter((kind) => kind.recognise(raw)).map((kind) => kind.name)).toEqual([name]);
        seen.add(name);
      }
    }
    expect([...seen].toSorted()).toEqual([...LATER].toSorted());
  });

  test('holds no token and no polling URL', async () => {
    const { evidence } = await collect(stageOf('backend-nsg'), LATER);
    expect(JSON.stringify(evidence)).not.toMatch(/operationResults|Bearer|eyJ/);
  });
});

describe('nothing to ask', () => {
  const EMPTY: Readings = { evidence: [] };
  test.each(LATER.filter((name) => name !== 'activity-log'))('%s, where nothing was read before', async (name) => {
    const { evidence } = await collect(stageOf('backend-nsg'), [name], EMPTY);
    expect(evidence).toHaveLength(1);
    expect(evidence[0]).toMatchObject({ name, state: 'skipped', reason: expect.stringMatching(/^(no|the) /) });
  });

  test('where all is well', async () => {
    const { evidence } = await collect(stageOf('all-healthy'), LATER);
    expect(
      Object.fromEntries(evidence.map(({ name, state, reason }) => [name, `${state} ${reason ?? ''}`.trim()])),
    ).toEqual({
      nics: 'ok',
      'effective-nsg': 'skipped no member is in trouble',
      'effective-routes': 'skipped no member is in trouble',
      nsg: 'ok',
      'route-table': 'skipped the gateway subnet has no route table',
      'connectivity-check': 'skipped no member is in trouble at a port that is known',
      'on-demand-health': 'skipped no member is in trouble',
      'activity-log': 'ok',
    });
  });

  test('where the gateway subnet has neither group nor table', async () => {
    const stage = stageOf('backend-nsg');
    stage.simulator.setFault({ endpoint: 'subnet', kind: 'empty' });
    const { evidence } = await collect(stage, ['nsg', 'route-table'], stage.first);
    expect(outcomes(evidence)).toEqual([
      'skipped the gateway subnet has no network security group',
      'skipped the gateway subnet has no route table',
    ]);
  });

  test('where the region has no Network Watcher, or the gateway is stopped or of the first generation', async () => {
    const stage = stageOf('backend-nsg');
    stage.simulator.setFault({ endpoint: 'network-watchers', kind: 'empty' });
    const read = async (change: object) => {
      const { gateway } = stage.interfaces;
      if (!gateway) throw new Error('The gateway was read.');
      const readings = { ...stage.interfaces, gateway: { ...gateway, ...change } };
      return outcomes((await collect(stage, ['connectivity-check'], readings)).evidence)[0];
    };
    expect(await read({})).toBe("skipped there is no Network Watcher in the gateway's region");
    expect(await read({ operationalState: 'Stopped' })).toBe('skipped the gateway is stopped');
    expect(await read({ tier: 'WAF' })).toMatch(/^skipped a gateway of the first generation/);
  });

  test('where the members are instances of a scale set, which have no effective rules to show', async () => {
    const stage = stageOf('backend-nsg');
    const instance =
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/v/virtualMachines/0';
    const interfaces = [{ id: `${instance}/networkInterfaces/n`, addresses: ['10.20.4.4'], subnetIds: [] }];
    const { evidence } = await collect(stage, ['effective-nsg'], { ...stage.interfaces, interfaces });
    expect(outcomes(evidence)[0]).toMatch(/^skipped the members are instances of a scale set/);
  });
});

test('interfaces that no earlier round read are looked up on the way', async () => {
  const stage = stageOf('backend-nsg');
  const before = stage.simulator.requests('resource-graph');
  const { evidence } = await collect(stage, ['effective-routes'], stage.first);
  expect(outcomes(evidence)).toEqual(['nic-vm-orders-1 ok', 'nic-vm-orders-2 ok']);
  expect(stage.simulator.requests('resource-graph') - before).toBe(1);
});

test('of interfaces that share an address, the one in the network of the gateway is meant', async () => {
  const stage = stageOf('backend-nsg');
  const elsewhere = (stage.interfaces.interfaces ?? []).map((nic) => ({
    ...nic,
    id: nic.id.replace('rg-shop-prod', 'rg-other'),
    subnetIds: nic.subnetIds.map((id) => id.replace('vnet-westeurope', 'vnet-other')),
  }));
  const interfaces = [...elsewhere, ...(stage.interfaces.interfaces ?? [])];
  const { evidence } = await collect(stage, ['effective-routes'], { ...stage.interfaces, interfaces });
  expect(outcomes(evidence)).toEqual(['nic-vm-orders-1 ok', 'nic-vm-orders-2 ok']);
  const unknown = await collect(stage, ['effective-routes'], {
    ...stage.interfaces,
    interfaces: interfaces.map((nic) => ({ ...nic, subnetIds: [] })),
  });
  expect(outcomes(unknown.evidence)).toEqual([
    'skipped the network interfaces of the members in trouble are not known',
  ]);
});

/** Each endpoint with the kind that asks it, in a world where it is asked. */
const ASKED: readonly (readonly [Endpoint, Later, (typeof SCENARIOS)[number]])[] = [
  ['resource-graph', 'nics', 'backend-nsg'],
  ['activity-log', 'activity-log', 'backend-nsg'],
  ['effective-nsg', 'effective-nsg', 'backend-nsg'],
  ['effective-routes', 'effective-routes', 'backend-nsg'],
  ['subnet', 'nsg', 'backend-nsg'],
  ['nsg', 'nsg', 'backend-nsg'],
  ['subnet', 'route-table', 'route-to-appliance'],
  ['route-table', 'route-table', 'route-to-appliance'],
  ['network-watchers', 'connectivity-check', 'backend-nsg'],
  ['connectivity-check', 'connectivity-check', 'backend-nsg'],
  ['on-demand-health', 'on-demand-health', 'probe-auth'],
];

describe.each(ASKED)('%s, asked for %s', (endpoint, name, scenario) => {
  const read = async (kind: FaultKind) => {
    const stage = stageOf(scenario);
    stage.simulator.setFault({ endpoint, kind });
    return (await collect(stage, [name])).evidence;
  };

  test.each([
    ['forbidden', /^403 AuthorizationFailed: the identity lacks Microsoft\.\w+\/[\w/]+$/],
    ['throttled', /^429 \w+: throttled, to be tried again after 1 s$/],
    ['malformed', /not JSON/],
    ['server-error', /^500 .*the service failed$/],
    ['reset', /^no connection to the service/],
    ['not-found', /^404 /],
  ] as const)('%s is a failure with its reason', async (kind, reason) => {
    const evidence = await read(kind);
    expect(evidence.length).toBeGreaterThan(0);
    for (const item of evidence) {
      expect(item.state).toBe('failed');
      expect(item.reason).toMatch(reason);
      expect(item).not.toHaveProperty('raw');
    }
  });

  test('empty is told from failed', async () => {
    const states = (await read('empty')).map(({ state }) => state);
    const expected = { nics: 'empty', 'activity-log': 'empty', 'effective-nsg': 'empty', 'effective-routes': 'empty' };
    const skipped = endpoint === 'subnet' || endpoint === 'network-watchers' ? 'skipped' : 'failed';
    const state = name in expected ? expected[name as keyof typeof expected] : skipped;
    expect(new Set(states)).toEqual(new Set([state]));
  });

  test('what hangs is given up at the deadline, and lets go of the connection', async () => {
    const stage = stageOf(scenario);
    stage.simulator.setFault({ endpoint, kind: 'hang' });
    const before = stage.simulator.requests(endpoint);
    let settled: Promise<unknown> = Promise.resolve();
    const [kind] = kindsNamed(name);
    if (!kind) throw new Error('The kind is in the list.');
    const watched: EvidenceKind = {
      ...kind,
      collector: async () => {
        const collector = await kind.collector?.();
        if (!collector) throw new Error('The kind has a collector.');
        return {
          ...collector,
          collect: (context) => {
            const answer = collector.collect(context);
            settled = answer.then(
              () => 'settled',
              () => 'settled',
            );
            return answer;
          },
        };
      },
    };
    let pass = () => {};
    const snapshot = run(stage, [watched], stage.interfaces, (_delayMs, callback) => {
      pass = callback;
      return () => {};
    });
    // The deadline passes once the request is on its way, however long that takes.
    while (stage.simulator.requests(endpoint) === before) await new Promise((resolve) => setTimeout(resolve, 5));
    pass();
    expect((await snapshot).evidence[0]?.reason).toMatch(/^not answered within \d+ s$/);
    expect(await settled).toBe('settled');
  });
});

const POLLED = ASKED.filter(([endpoint]) => LONG_RUNNING.some((known) => known === endpoint));

describe.each(POLLED)('%s, polled for %s', (endpoint, name, scenario) => {
  test.each(['forbidden', 'throttled', 'server-error', 'malformed', 'reset'] as const)(
    'a poll that is %s is a failure without its signed URL',
    async (kind) => {
      const stage = stageOf(scenario);
      stage.simulator.setFault({ endpoint, kind, stage: 'poll' });
      const { evidence } = await collect(stage, [name]);
      expect(new Set(evidence.map(({ state }) => state))).toEqual(new Set(['failed']));
      expect(JSON.stringify(evidence)).not.toMatch(/operationResults|[?&]s=/i);
    },
  );
});

describe('in part', () => {
  test('one interface that cannot be read leaves the other', async () => {
    const stage = stageOf('backend-nsg');
    stage.simulator.setFault({ endpoint: 'effective-nsg', kind: 'server-error', times: 1 });
    const { evidence, readings } = await collect(stage, ['effective-nsg']);
    expect(evidence.map(({ state }) => state).toSorted()).toEqual(['failed', 'ok']);
    expect(readings.effectiveSecurity).toHaveLength(1);
    expect(readings.evidence[0]?.reason).toMatch(/^500 /);
  });

  test.each(['forbidden', 'reset'] as const)('a scale set that is %s is told beside what was read', async (kind) => {
    const stage = stageOf('stale-members');
    stage.simulator.setFault({ endpoint: 'scale-set-nics', kind });
    const { evidence } = await collect(stage, ['nics'], stage.first);
    expect(evidence.map(({ part, state }) => `${part} ${state}`)).toEqual([
      'resource-graph ok',
      'vmss-orders-prod failed',
    ]);
  });

  test('a test of the gateway that was refused stands beside those that were answered', async () => {
    const stage = stageOf('probe-auth');
    stage.simulator.setFault({ endpoint: 'on-demand-health', kind: 'server-error', times: 1 });
    const { evidence } = await collect(stage, ['on-demand-health']);
    expect(evidence[0]).toMatchObject({
      state: 'ok',
      reason: expect.stringMatching(/^1 of 2 tests were not answered: 500 /),
    });
  });
});

test('all later reads together leave room in a budget of 40 calls', async () => {
  const stage = stageOf('backend-nsg');
  const endpoints = [...new Set<Endpoint>([...ASKED.map(([endpoint]) => endpoint), 'scale-set-nics'])];
  const asked = () => endpoints.reduce((sum, endpoint) => sum + stage.simulator.requests(endpoint), 0);
  const before = asked();
  await collect(stage, LATER);
  // Two polled reads of two interfaces, a check, two subnets twice, two groups, the lists, and no poll answered too early.
  expect(asked() - before).toBeLessThanOrEqual(22);
});
