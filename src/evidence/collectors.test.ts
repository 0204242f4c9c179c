import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Snapshot } from '../core/evidence.ts';
import type { GatewayId } from '../core/resource-id.ts';
import { azureClients } from '../simulator/sdk-clients.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { collectSnapshot } from './collect-snapshot.ts';
import type { AzureClients, EvidenceKind } from './evidence-kind.ts';
import { evidenceKinds } from './index.ts';
import { readSnapshot } from './read-snapshot.ts';

let simulator: Simulator;
let clients: AzureClients;
let gateway: GatewayId;

beforeAll(async () => {
  simulator = await startSimulator({ scenario: 'waf-403', pendingPolls: 0, retryAfterSeconds: 0 });
  clients = azureClients(simulator);
  gateway = gatewayOf(simulator);
});

afterEach(() => {
  simulator.clearFaults();
});

afterAll(async () => {
  await simulator.close();
});

function gatewayOf({ world }: Simulator): GatewayId {
  const { subscription, resourceGroup } = world;
  const { name } = world.gateway;
  const id = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/applicationGateways/${name}`;
  return { id, subscription, resourceGroup, name };
}

interface CollectParts {
  readonly kinds?: readonly EvidenceKind[];
  readonly after?: (delayMs: number, callback: () => void) => () => void;
}

/**
 * What every investigation asks of Azure at its start; the later reads have a test of their own, and so has what is kept
 * in our own storage.
 */
const FIRST = evidenceKinds.filter((kind) => kind.isFirst && kind.name !== 'access-log-stream');

function collect({ kinds = FIRST, after = () => () => {} }: CollectParts = {}): Promise<Snapshot> {
  const to = new Date();
  return collectSnapshot({
    gateway,
    clients,
    kinds,
    from: new Date(to.getTime() - 3_600_000),
    to,
    abort: new AbortController().signal,
    now: () => to.getTime(),
    after,
  });
}

const NAMES = FIRST.map((kind) => kind.name);
const ENDPOINTS = ['backend-health', 'gateway', 'metrics', 'resource-health', 'logs'] as const;
const endpointOf = (name: string) => (name.endsWith('-log') ? 'logs' : name) as (typeof ENDPOINTS)[number];

const outcomesOf = ({ evidence }: Snapshot) =>
  Object.fromEntries(evidence.map(({ name, state, reason }) => [name, [state, reason]]));

describe('a gateway that answers', () => {
  test('every reading comes, raw, and can be read back from its JSON', async () => {
    const snapshot = await collect();
    expect(outcomesOf(snapshot)).toEqual(Object.fromEntries(NAMES.map((name) => [name, ['ok', undefined]])));
    const readings = readSnapshot(JSON.parse(JSON.stringify(snapshot)) as Snapshot, evidenceKinds);
    expect(readings.evidence.map(({ state }) => state)).toEqual(NAMES.map(() => 'ok'));
    expect(readings.backendHealth?.targets.length).toBeGreaterThan(0);
    expect(readings.gateway?.name).toBe(gateway.name);
    expect(readings.gateway?.routes.length).toBeGreaterThan(0);
    expect(readings.resourceHealth?.state).toBe('Available');
    expect(readings.traffic?.groups.some(({ status }) => status === 403)).toBe(true);
    expect(readings.traffic?.minutes.length).toBeGreaterThan(0);
    expect(readings.firewall?.records.some(({ action }) => action === 'Blocked')).toBe(true);
    const seen = new Set(readings.metrics?.series.map(({ metric }) => metric));
    for (const metric of [
      'HealthyHostCount',
      'UnhealthyHostCount',
      'ResponseStatus',
      'BackendResponseStatus',
      'TotalRequests',
    ])
      expect(seen).toContain(metric);
    const healthy = readings.metrics?.series.find(({ metric }) => metric === 'HealthyHostCount');
    expect(healthy?.dimensions.backendsettingspool).toContain('~');
    expect(healthy?.points[0]).toHaveProperty('minimum');
  });

  test('nothing is dropped that the typed models do not know', async () => {
    const { evidence } = await collect({ kinds: evidenceKinds.filter(({ name }) => name === 'backend-health') });
    expect(JSON.stringify(evidence[0]?.raw)).toContain('healthProbeErrorName');
    expect(JSON.stringify(evidence)).not.toMatch(/operationResults|Bearer/i);
  });

  test('it is polled until it is done', async () => {
    const slow = await startSimulator({ scenario: 'wrong-port', pendingPolls: 1, retryAfterSeconds: 1 });
    try {
      const { evidence } = await collectSnapshot({
        gateway: gatewayOf(slow),
        clients: azureClients(slow),
        kinds: evidenceKinds.filter(({ name }) => name === 'backend-health'),
        from: new Date(0),
        to: new Date(1),
        abort: new AbortController().signal,
        now: () => 0,
        after: () => () => {},
      });
      expect(evidence[0]).toMatchObject({ state: 'ok' });
      // The request, the poll that was too early, and the one that was not.
      expect(slow.requests('backend-health')).toBe(3);
    } finally {
      await slow.close();
    }
  });
});

describe('every collector', () => {
  const fail = (kind: Parameters<Simulator['setFault']>[0]['kind']) => {
    for (const endpoint of ENDPOINTS) simulator.setFault({ endpoint, kind });
  };

  test('names the missing right where it is forbidden', async () => {
    fail('forbidden');
    const outcomes = outcomesOf(await collect());
    expect(outcomes['backend-health']).toEqual([
      'failed',
      '403 AuthorizationFailed: the identity lacks Microsoft.Network/applicationGateways/backendhealth/action',
    ]);
    expect(outcomes.metrics?.[1]).toBe('403 AuthorizationFailed: the identity lacks Microsoft.Insights/metrics/read');
    expect(outcomes['access-log']).toEqual(['failed', '403 InsufficientAccessError: the identity may not read this']);
    expect(Object.values(outcomes).map(([state]) => state)).toEqual(NAMES.map(() => 'failed'));
  });

  test.each([
    ['throttled', /^429\b.*throttled/],
    ['malformed', /not JSON/],
    ['server-error', /^500 .*the service failed$/],
    ['reset', /^no connection to the service/],
    ['not-found', /^404 /],
  ] as const)('%s is a failure with its reason', async (kind, reason) => {
    fail(kind);
    const { evidence } = await collect();
    for (const item of evidence) {
      expect(item.state).toBe('failed');
      expect(item.reason).toMatch(reason);
      expect(item).not.toHaveProperty('raw');
    }
  });

  test('tells empty from failed', async () => {
    fail('empty');
    const outcomes = outcomesOf(await collect());
    expect(Object.fromEntries(Object.entries(outcomes).map(([name, [state]]) => [name, state]))).toEqual({
      'backend-health': 'empty',
      gateway: 'failed',
      'access-log': 'empty',
      'firewall-log': 'empty',
      metrics: 'empty',
      'resource-health': 'failed',
    });
  });

  test.each(NAMES)('%s that hangs is given up at its deadline, and lets go of the connection', async (name) => {
    simulator.setFault({ endpoint: endpointOf(name), kind: 'hang' });
    const before = simulator.requests(endpointOf(name));
    const [kind] = evidenceKinds.filter((candidate) => candidate.name === name);
    if (!kind) throw new Error('The kind is in the list.');
    const load = kind.collector;
    let settled: Promise<unknown> = Promise.resolve();
    const watched: EvidenceKind = {
      ...kind,
      collector: async () => {
        const collector = await load?.();
        if (!collector) throw new Error('The kind has a collector.');
        return {
          ...collector,
          collect: (context) => {
            const answer = collector.collect(context);
            settled = answer.then(
              () => 'answered',
              (error: unknown) => (error instanceof Error ? error.name : 'failed'),
            );
            return answer;
          },
        };
      },
    };
    let pass = () => {};
    const snapshot = collect({
      kinds: [watched],
      after: (_delayMs, callback) => {
        pass = callback;
        return () => {};
      },
    });
    // The deadline passes once the request is on its way, however long that takes.
    while (simulator.requests(endpointOf(name)) === before) await new Promise((resolve) => setTimeout(resolve, 5));
    pass();
    const { evidence } = await snapshot;
    expect(evidence[0]?.reason).toMatch(/^not answered within \d+ s$/);
    expect(await settled).toBe('AbortError');
  });
});

describe('in part', () => {
  test('a log query that was answered only in part says so', async () => {
    simulator.setFault({ endpoint: 'logs', kind: 'partial' });
    const outcomes = outcomesOf(await collect({ kinds: evidenceKinds.filter(({ name }) => name === 'access-log') }));
    expect(outcomes['access-log']).toEqual(['ok', 'the log query was answered only in part (PartialError)']);
  });

  test('one metrics call that fails leaves the others', async () => {
    simulator.setFault({ endpoint: 'metrics', kind: 'throttled', times: 1 });
    const snapshot = await collect({ kinds: evidenceKinds.filter(({ name }) => name === 'metrics') });
    expect(outcomesOf(snapshot).metrics).toEqual([
      'ok',
      'some metrics were not read: 429 TooManyRequests: throttled, to be tried again after 1 s',
    ]);
    expect(readSnapshot(snapshot, evidenceKinds).metrics?.series.length).toBeGreaterThan(0);
  });

  test.each(['forbidden', 'throttled', 'server-error', 'malformed', 'reset', 'not-found'] as const)(
    'a poll of backend health that is %s is a failure without its signed URL',
    async (kind) => {
      simulator.setFault({ endpoint: 'backend-health', kind, stage: 'poll' });
      const { evidence } = await collect({ kinds: evidenceKinds.filter(({ name }) => name === 'backend-health') });
      expect(evidence[0]?.state).toBe('failed');
      expect(evidence[0]?.reason).toMatch(/^(\d{3} \w+: |no connection|the service answered with something)/);
      expect(JSON.stringify(evidence)).not.toMatch(/operationResults|[?&]s=/i);
    },
  );

  test('the minutes of the access log may fail alone', async () => {
    // The two queries leave side by side; whichever is hit, no answer is invented.
    simulator.setFault({ endpoint: 'logs', kind: 'server-error', times: 1 });
    const { evidence } = await collect({ kinds: evidenceKinds.filter(({ name }) => name === 'access-log') });
    const reading = readSnapshot({ evidence }, evidenceKinds);
    expect(evidence[0]?.state === 'failed' ? reading.traffic : reading.traffic?.minutes).toEqual(
      evidence[0]?.state === 'failed' ? undefined : [],
    );
  });
});
