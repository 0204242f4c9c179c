import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { nearestChange } from '../../core/changes.ts';
import type { Snapshot } from '../../core/evidence.ts';
import type { Readings } from '../../core/readings.ts';
import { type GatewayId, parseGatewayId } from '../../core/resource-id.ts';
import type { FaultKind } from '../../simulator/faults.ts';
import type { ScenarioName } from '../../simulator/scenarios/index.ts';
import { azureClients } from '../../simulator/sdk-clients.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { gatewayId } from '../../simulator/world.ts';
import { collectSnapshot } from '../collect-snapshot.ts';
import type { AzureClients } from '../evidence-kind.ts';
import { evidenceKinds } from '../index.ts';
import { readSnapshot } from '../read-snapshot.ts';
import { changesQuery } from './query.ts';

/** The collector through the real SDK against the simulator. */

const NOW = new Date('2026-11-23T10:30:20Z');
const SCENARIOS = ['backend-nsg', 'stale-members', 'machine-stopped', 'wrong-port', 'all-healthy'] as const;

interface Stage {
  readonly simulator: Simulator;
  readonly gateway: GatewayId;
  readonly first: Snapshot;
}
const stages = new Map<ScenarioName, Stage>();

beforeAll(async () => {
  for (const scenario of SCENARIOS) {
    const simulator = await startSimulator({ scenario, now: () => NOW, pendingPolls: 0, retryAfterSeconds: 0 });
    const gateway = parseGatewayId(gatewayId(simulator.world));
    if (!gateway) throw new Error('The world has a gateway.');
    const names = evidenceKinds.filter((kind) => kind.isFirst).map((kind) => kind.name);
    const stage = { simulator, gateway };
    stages.set(scenario, { ...stage, first: await run(stage, [...names], { evidence: [] }) });
  }
});

afterEach(() => {
  for (const { simulator } of stages.values()) simulator.clearFaults();
});

afterAll(async () => {
  await Promise.all([...stages.values()].map(({ simulator }) => simulator.close()));
});

function stageOf(scenario: (typeof SCENARIOS)[number]): Stage {
  const stage = stages.get(scenario);
  if (!stage) throw new Error('The stage was not prepared.');
  return stage;
}

function run(
  { simulator, gateway }: Pick<Stage, 'simulator' | 'gateway'>,
  names: readonly string[],
  readings: Readings,
  { clients = azureClients(simulator), after = () => () => {} }: Partial<Parameters<typeof collectSnapshot>[0]> = {},
): Promise<Snapshot> {
  return collectSnapshot({
    gateway,
    clients,
    kinds: evidenceKinds.filter(({ name }) => names.includes(name)),
    readings,
    from: new Date(NOW.getTime() - 3_600_000),
    to: NOW,
    abort: new AbortController().signal,
    now: () => NOW.getTime(),
    after,
  });
}

/** What the round after the first finds, read back from its JSON together with the first. */
async function collect(scenario: (typeof SCENARIOS)[number], names: readonly string[], more = {}) {
  const stage = stageOf(scenario);
  const snapshot = await run(stage, names, readSnapshot(stage.first, evidenceKinds), more);
  const whole = { ...stage.first, evidence: [...stage.first.evidence, ...snapshot.evidence] };
  const back = JSON.parse(JSON.stringify(whole)) as Snapshot;
  return { evidence: snapshot.evidence, readings: readSnapshot(back, evidenceKinds) };
}

async function namedIn(scenario: (typeof SCENARIOS)[number], names = ['resource-changes', 'activity-log']) {
  const found = nearestChange((await collect(scenario, names)).readings);
  return found.outcome === 'named' ? found.change : found.reason;
}

describe('what is told of a world', () => {
  test('a rule that a pipeline wrote, with its values, joined with the operation', async () => {
    expect(await namedIn('backend-nsg')).toMatchObject({
      at: '2026-11-23T10:16:00.000Z',
      what: 'Security rule baseline-inbound of network security group nsg-orders-prod was written',
      by: expect.stringMatching(/^application [\da-f-]{36} \(ARM Template\)$/),
      property: 'properties.securityRules[1].properties.access',
      after: 'Deny',
      evidence: ['activity-log', 'resource-changes'],
    });
    // Without the activity log only the whole group is known, and when the operation was over.
    expect(await namedIn('backend-nsg', ['resource-changes'])).toMatchObject({
      what: 'Network security group nsg-orders-prod was changed',
      sentence: expect.stringContaining('when the operation was over'),
    });
  });

  test('a person who wrote other members into a pool', async () => {
    expect(await namedIn('wrong-port')).toMatchObject({
      what: 'Gateway gw-shop-weu-prod was changed',
      by: 'kim.berg@fabrikam.example (Azure Portal)',
      before: '10.20.4.4',
      after: '10.20.4.7',
      relation: 'on-path',
    });
  });

  test('a scale set that is gone, by its group; a machine that was switched off, by the activity log alone', async () => {
    expect(await namedIn('stale-members')).toMatchObject({ what: 'Scale set vmss-orders-prod was deleted' });
    expect(await namedIn('machine-stopped')).toMatchObject({
      what: 'Virtual machine vm-reports-1 was deallocated',
      evidence: ['activity-log'],
    });
  });

  test('nothing is asked where nothing failed', async () => {
    const before = stageOf('all-healthy').simulator.requests('resource-graph');
    const { evidence } = await collect('all-healthy', ['resource-changes']);
    expect(evidence).toMatchObject([{ state: 'skipped', reason: 'no reading tells when the failures began' }]);
    expect(stageOf('all-healthy').simulator.requests('resource-graph')).toBe(before);
  });

  test('it takes one call', async () => {
    const { simulator } = stageOf('stale-members');
    const before = simulator.requests('resource-graph');
    await collect('stale-members', ['resource-changes']);
    expect(simulator.requests('resource-graph') - before).toBe(1);
  });

  test('what is kept is recognised by its own kind, and by no other', async () => {
    const { evidence } = await collect('wrong-port', ['resource-changes']);
    const kinds = evidenceKinds.filter((kind) => kind.recognise(evidence[0]?.raw));
    expect(kinds.map((kind) => kind.name)).toEqual(['resource-changes']);
  });
});

describe('when it does not go well', () => {
  test.each([
    ['forbidden', /^403 AuthorizationFailed: the identity lacks /],
    ['throttled', /^429 \w+: throttled/],
    ['malformed', /not JSON/],
    ['server-error', /^500 /],
    ['reset', /^no connection to the service/],
  ] as const satisfies readonly (readonly [FaultKind, RegExp])[])(
    '%s is a failure with its reason',
    async (kind, reason) => {
      stageOf('backend-nsg').simulator.setFault({ endpoint: 'resource-graph', kind });
      const { evidence, readings } = await collect('backend-nsg', ['resource-changes']);
      expect(evidence).toMatchObject([{ state: 'failed', reason: expect.stringMatching(reason) }]);
      expect(nearestChange(readings)).toMatchObject({
        reason: 'Neither changes of resources nor the activity log were read.',
      });
    },
  );

  test('empty is told from failed', async () => {
    stageOf('backend-nsg').simulator.setFault({ endpoint: 'resource-graph', kind: 'empty' });
    expect((await collect('backend-nsg', ['resource-changes'])).evidence).toMatchObject([{ state: 'empty' }]);
  });

  test('what hangs is given up at the deadline', async () => {
    const { simulator } = stageOf('backend-nsg');
    simulator.setFault({ endpoint: 'resource-graph', kind: 'hang' });
    const before = simulator.requests('resource-graph');
    let pass = () => {};
    const collecting = collect('backend-nsg', ['resource-changes'], {
      after: (_delayMs: number, callback: () => void) => {
        pass = callback;
        return () => {};
      },
    });
    while (simulator.requests('resource-graph') === before) await new Promise((resolve) => setTimeout(resolve, 5));
    pass();
    expect((await collecting).evidence[0]?.reason).toBe('not answered within 20 s');
  });
});

describe('pages', () => {
  interface Asked {
    readonly subscriptions?: readonly string[];
    readonly query: string;
    readonly options?: { readonly skipToken?: string };
  }
  const rowOf = (name: string, values: object = {}) => ({
    id: name,
    properties: {
      targetResourceId: `/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/routeTables/${name}`,
      changeType: 'Update',
      changeAttributes: { timestamp: '2026-11-23T10:12:00Z', changedBy: 'kim@contoso.com' },
      changes: values,
    },
  });

  /** Resource Graph that answers each request with the next of these bodies; a rejection for an error. */
  async function ask(...bodies: readonly unknown[]) {
    const asked: Asked[] = [];
    const client = {
      resources: async (request: Asked, { onResponse }: { onResponse: (response: unknown) => void }) => {
        const body = bodies[asked.length];
        asked.push(request);
        if (body instanceof Error) throw body;
        onResponse({ status: 200, bodyAsText: JSON.stringify(body), headers: new Headers() });
      },
    };
    const clients = { resourceGraph: async () => client } as unknown as AzureClients;
    return { ...(await collect('backend-nsg', ['resource-changes'], { clients })), asked };
  }

  test('are followed by their token, two at most, and the rest is said to be missing', async () => {
    const page = (name: string) => ({ data: [rowOf(name)], $skipToken: `after-${name}` });
    const { asked, evidence, readings } = await ask(page('a'), page('b'), page('c'));
    expect(asked.map(({ options }) => options?.skipToken)).toEqual([undefined, 'after-a']);
    expect(new Set(asked.map(({ query }) => query)).size).toBe(1);
    expect(asked[0]?.subscriptions).toEqual([stageOf('backend-nsg').gateway.subscription]);
    expect(readings.changes).toHaveLength(2);
    expect(evidence[0]?.reason).toBe('the list of changes is longer than what was read');
  });

  test.each([
    ['an error', new Error('reset')],
    ['nonsense', { data: 'x' }],
  ])('that end in %s leave what came before', async (_name, second) => {
    const { evidence, readings } = await ask({ data: [rowOf('a')], $skipToken: 'more' }, second);
    expect(readings.changes).toHaveLength(1);
    expect(evidence[0]).toMatchObject({ state: 'ok', reason: 'the list of changes is longer than what was read' });
  });

  test('a first answer without rows is a failure', async () => {
    expect((await ask({ data: null })).evidence).toMatchObject([
      { state: 'failed', reason: 'the service answered without rows' },
    ]);
  });

  test('secrets in an answer are not kept', async () => {
    const secret = { 'properties.password': { previousValue: 'hunter1', newValue: 'hunter2' } };
    const { evidence } = await ask({ data: [rowOf('a', secret)] });
    expect(JSON.stringify(evidence)).not.toContain('hunter');
  });

  test('ask for the time from a day before the first failure on, and for what is on the path', async () => {
    const { asked } = await ask({ data: [] });
    const { query } = asked[0] ?? { query: '' };
    expect(query).toContain('between (datetime(2026-11-22T10:16:');
    expect(query).toContain(`'${stageOf('backend-nsg').gateway.id.toLowerCase()}'`);
    expect(query).toMatch(/tolower\(resourceGroup\) in \('rg-shop-prod'\)/);
  });
});

test('what cannot stand between quotes comes into no query', () => {
  const span = { from: NOW, until: NOW };
  expect(() => changesQuery(["/x' or 1 == 1 //"], [], span)).toThrow(TypeError);
  expect(() => changesQuery([], ['a\\'], span)).toThrow(TypeError);
});
