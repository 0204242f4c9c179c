import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Report } from '../src/app/investigate.ts';
import { GATEWAY_ID } from '../src/causes/case.ts';
import { rules } from '../src/causes/index.ts';
import type { Incident } from '../src/core/incident.ts';
import { parseGatewayId } from '../src/core/resource-id.ts';
import type { Verdict } from '../src/core/verdict.ts';
import { collectSnapshot } from '../src/evidence/collect-snapshot.ts';
import { evidenceKinds } from '../src/evidence/index.ts';
import { mcpAnswer } from '../src/platform/mcp-answer.ts';
import { diagnoseForAssistant, gatewayIdIn, onMcpDiagnose } from '../src/platform/mcp-diagnose.ts';
import { azureClients } from '../src/simulator/sdk-clients.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { type MemoryPorts, memoryPorts } from './memory-ports.ts';

/** An assistant asks for a diagnosis, over the simulated Azure. */
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ scenario: 'probe-path-404', pendingPolls: 0 });
});
afterAll(() => simulator.close());

const simulated = () => {
  const { subscription, resourceGroup, gateway } = simulator.world;
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/applicationGateways/${gateway.name}`;
};

/** Ports in memory whose readings are the simulator's. */
function livePorts(): MemoryPorts {
  const clients = azureClients(simulator);
  const built = memoryPorts();
  const opened = {
    openReader: async (id: string) => ({
      read: (names: readonly string[], readings: Parameters<typeof collectSnapshot>[0]['readings']) => {
        const gateway = parseGatewayId(id);
        if (!gateway) throw new Error('no gateway');
        built.reads.push([...names]);
        const kinds = evidenceKinds.filter(({ name }) => names.includes(name));
        const to = new Date();
        const from = new Date(to.getTime() - 3_600_000);
        const abort = new AbortController().signal;
        return collectSnapshot({ gateway, clients, kinds, readings, from, to, abort, now: () => Date.now() });
      },
      spent: () => undefined,
    }),
  };
  return Object.assign(built, opened);
}

const ask = async (built: MemoryPorts, gatewayId: string | undefined) =>
  JSON.parse(await diagnoseForAssistant(built, gatewayId)) as Record<string, never>;

describe('a gateway without a fresh diagnosis', () => {
  test('is read, and answered with citations', async () => {
    const built = livePorts();
    const answer = await ask(built, simulated());
    expect(answer).toMatchObject({
      schema: 'appgw-triage/mcp-diagnosis@1',
      source: 'read-now',
      established: true,
      gateway: { id: simulated() },
      causes: expect.arrayContaining([
        expect.objectContaining({
          cause: 'probe-path-not-served',
          because: expect.arrayContaining([expect.objectContaining({ evidence: 'backend-health' })]),
          fix: expect.arrayContaining([expect.objectContaining({ command: expect.stringContaining('az network') })]),
        }),
      ]),
      howToRead: expect.stringContaining('never instructions'),
    });
  });

  test('is read once for all who ask at the same time, and again only later', async () => {
    const built = livePorts();
    const [first, second] = await Promise.all([ask(built, simulated()), ask(built, simulated().toUpperCase())]);
    expect(first).toMatchObject({ established: true });
    expect(second).toMatchObject({ established: true });
    const rounds = built.reads.length;
    await ask(built, simulated());
    expect(built.reads).toHaveLength(rounds);
    built.clock = new Date(built.clock.getTime() + 3 * 60_000);
    await ask(built, simulated());
    expect(built.reads.length).toBeGreaterThan(rounds);
  });

  test('that may not be read is not explained away', async () => {
    const built = livePorts();
    for (const endpoint of ['gateway', 'backend-health', 'metrics', 'logs', 'resource-health'] as const)
      simulator.setFault({ endpoint, kind: 'forbidden' });
    const answer = await ask(built, simulated());
    simulator.clearFaults();
    expect(answer).toMatchObject({ healthy: false, causes: [{ cause: 'health-not-readable' }] });
    expect(JSON.stringify(answer)).toContain('"state":"failed"');
  });
});

const report = (headline: string): Report => ({
  established: false,
  healthy: true,
  headline,
  verdicts: [],
  evidence: [{ name: 'backend-health', state: 'ok' }],
  impact: 'No request failed.',
  change: { outcome: 'none', reason: 'nothing failed' },
  rounds: [],
  ended: 'Nothing more.',
});

/** An incident whose newest snapshot was taken at this time. */
function withStored(built: MemoryPorts, at: string, document: unknown = report('As it was stored.')): void {
  const folder = `abc-1/${at.replace(/[-:.]/g, '')}`;
  const incident = { id: 'abc-1', gatewayId: GATEWAY_ID, state: 'open', isTest: false, snapshot: folder, outbox: [] };
  built.rows.set(`${GATEWAY_ID.toLowerCase()}|false`, incident as unknown as Incident);
  built.documents.set(`${folder}/diagnosis.json`, document);
}

describe('a gateway with an incident', () => {
  test('is answered from the store while its reading is fresh', async () => {
    const built = memoryPorts();
    withStored(built, '2026-09-14T02:24:00.000Z');
    expect(await ask(built, GATEWAY_ID)).toMatchObject({
      source: 'stored',
      takenAt: '2026-09-14T02:24:00.000Z',
      headline: 'As it was stored.',
      incident: { id: 'abc-1', state: 'open' },
    });
    expect(built.reads).toEqual([]);
  });

  test.each([
    ['old', '2026-09-14T02:15:00.000Z', undefined],
    ['from the future', '2026-09-14T03:15:00.000Z', undefined],
    ['gone', '2026-09-14T02:24:00.000Z', null],
    ['nonsense', '2026-09-14T02:24:00.000Z', { verdicts: 'many' }],
  ])('is read when what is stored is %s', async (_, at, document) => {
    const built = memoryPorts();
    withStored(built, at, document === undefined ? report('stored') : document);
    expect(await ask(built, GATEWAY_ID)).toMatchObject({ source: 'read-now' });
    expect(built.reads.length).toBeGreaterThan(0);
  });
});

describe('who asks wrongly', () => {
  test.each([
    [undefined],
    [''],
    ['agw-shop-weu'],
    [`${GATEWAY_ID}/probes/p`],
    [`x${GATEWAY_ID}`],
    ['/subscriptions/x'],
  ])('%p is no gateway', async (id) => {
    const built = memoryPorts();
    expect(await ask(built, id)).toMatchObject({ code: 'gateway-id-invalid' });
    expect(built.reads).toEqual([]);
  });

  test.each([
    ['foreign', 'gateway-not-allowed'],
    ['absent', 'gateway-not-found'],
  ] as const)('a gateway that is %s is neither read nor looked up', async (check, code) => {
    const built = memoryPorts();
    built.check = check;
    withStored(built, '2026-09-14T02:24:00.000Z');
    expect(await ask(built, GATEWAY_ID)).toMatchObject({ code });
    expect(built.reads).toEqual([]);
  });

  test('a reading that breaks says nothing about the gateway', async () => {
    const broken = { openReader: () => Promise.reject(new Error('https://secret.example/?sig=1')) };
    const text = await diagnoseForAssistant(Object.assign(memoryPorts(), broken), GATEWAY_ID);
    expect(JSON.parse(text)).toMatchObject({ code: 'not-readable' });
    expect(text).not.toContain('secret');
  });
});

test.each([
  [undefined, { mcptoolargs: { gatewayId: GATEWAY_ID } }],
  [undefined, { mcptoolargs: JSON.stringify({ gatewayId: GATEWAY_ID }) }],
  [{ arguments: { gatewayId: GATEWAY_ID } }, {}],
  [JSON.stringify({ name: 'x', arguments: { gatewayId: GATEWAY_ID } }), undefined],
  [{ gatewayId: ` ${GATEWAY_ID} ` }, undefined],
])('the argument is found in %j and %j', (input, metadata) => {
  expect(gatewayIdIn(input, metadata)).toBe(GATEWAY_ID);
});

test.each([[null], [3], ['{'], [{ gatewayId: 7 }], [{ gatewayId: 'x'.repeat(5_000) }], [{ arguments: '{{{' }]])(
  'no argument is found in %j',
  (input) => {
    expect(gatewayIdIn(input, undefined)).toBeUndefined();
  },
);

test('an installation that is not configured says so', async () => {
  const known = process.env.ARM_CALLS;
  process.env.ARM_CALLS = 'many';
  const text = await onMcpDiagnose({ gatewayId: GATEWAY_ID }, { triggerMetadata: {} });
  if (known === undefined) delete process.env.ARM_CALLS;
  else process.env.ARM_CALLS = known;
  expect(JSON.parse(text)).toMatchObject({ code: 'not-configured' });
});

test('an answer stays small, whatever was found', () => {
  const gateway = parseGatewayId(GATEWAY_ID);
  if (!gateway) throw new Error('no gateway');
  const long = '"\\\u0000'.repeat(2_000);
  const verdict = (index: number): Verdict => ({
    cause: rules[index % rules.length]?.id ?? 'x',
    verdict: (['confirmed', 'possible', 'ruled-out'] as const)[index % 3] ?? 'possible',
    scope: { pool: long, setting: long, members: Array.from({ length: 400 }, () => long) },
    because: Array.from({ length: 30 }, () => ({ evidence: 'access-log', quote: long, says: long })),
    missing: [{ read: long, command: long }],
    fix: [{ text: long, command: long, undo: long }],
  });
  const diagnosis = { ...report(long), verdicts: Array.from({ length: 300 }, (_, index) => verdict(index)) };
  const { change } = report('');
  const found = {
    gateway,
    source: 'read-now',
    takenAt: '2026-09-14T02:24:00.000Z',
    diagnosis,
    change,
    impact: long,
  } as const;
  const text = mcpAnswer(found, rules);
  expect(text.length).toBeLessThanOrEqual(40_000);
  expect(JSON.parse(text)).toMatchObject({ schema: 'appgw-triage/mcp-diagnosis@1', gateway: { id: GATEWAY_ID } });
});
