import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSupervisor, type Supervisor } from '../src/local/processes.ts';
import { type Stack, startStack } from '../src/local/stack.ts';
import { createStreamDrill, OUTAGE, type StreamDrillOutcome } from '../src/local/stream-drill.ts';
import { createPorts } from '../src/platform/ports.ts';
import { createStreamPorts } from '../src/platform/stream-ports.ts';
import { trafficBetween } from '../src/simulator/traffic.ts';
import { gatewayId } from '../src/simulator/world.ts';
import { mergeRows } from '../src/traffic/window.ts';

/**
 * The access-log stream from AMQP to the resolved incident, over the built functions, real storage and the real Event
 * Hubs clients.
 */

let supervisor: Supervisor;
let stack: Stack;
let outcome: StreamDrillOutcome;

beforeAll(async () => {
  const drill = createStreamDrill();
  supervisor = createSupervisor();
  stack = await startStack(supervisor, { port: 0, ...drill.options });
  outcome = await drill.play(stack);
}, 300_000);
afterAll(() => supervisor?.stop());

test('the functions of the event hubs are there', () => {
  const names = stack.functions.filter(({ trigger }) => trigger === 'eventHubTrigger').map(({ name }) => name);
  expect(names.toSorted()).toEqual(['read-access-log', 'receive-alert-stream']);
});

test('the stream opens the incident, and the alert joins it', () => {
  const { opened, joined, ended } = outcome;
  expect(opened.signals.map(({ source, condition }) => [source, condition])).toEqual([['access-log-stream', 'fired']]);
  expect(opened.signals[0]?.targets).toEqual([{ pool: 'pool-orders', setting: 'http-orders' }]);
  expect(opened.signals[0]?.title).toContain('the gateway found no live member');
  expect(joined.id).toBe(opened.id);
  expect(ended.id).toBe(opened.id);
});

test('nobody is flooded: trouble is told once, and its end once', () => {
  const told = outcome.ended.signals.map(({ source, condition }) => `${source} ${condition}`);
  expect(told.toSorted()).toEqual(['access-log-stream fired', 'access-log-stream resolved', 'azure-monitor fired']);
});

test('the incident was told with the count of who is affected, and resolved', () => {
  const { ended } = outcome;
  expect(ended.state).toBe('resolved');
  const messages = stack.simulator.inbox.all().filter(({ receiver }) => receiver === 'slack');
  expect(JSON.stringify(messages)).toMatch(/\d+ of \d+ requests/);
  expect(JSON.stringify(ended.findings)).toContain('"cause":"backend-stopped","verdict":"confirmed"');
  expect(stack.simulator.inbox.all().filter((arrival) => arrival.outcome !== 'accepted')).toEqual([]);
});

test('the same alert by webhook is known', async () => {
  const answer = await fetch(`${stack.hostUrl}/api/alerts/azure-monitor`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': stack.functionKey },
    body: JSON.stringify(stack.simulator.alert()),
  });
  expect(answer.status).toBe(202);
  const { incidents } = createPorts({ ...stack.settings, LOG_LEVEL: 'error' });
  const slot = { gatewayId: gatewayId(stack.simulator.world), isTest: false };
  const current = await incidents.change(slot, (incident) => ({ result: incident }));
  expect(current?.id).toBe(outcome.opened.id);
});

describe('the counts', () => {
  const minuteZero = () => Date.parse(stack.simulator.world.startedAt) / 60_000;

  async function storedRows() {
    const { store } = createStreamPorts(stack.settings);
    return store.rowsBetween(gatewayId(stack.simulator.world).toLowerCase(), minuteZero() - 60, minuteZero() + 60);
  }

  test('equal what the simulator sent, exactly: by minute, pool, status, member and error', async () => {
    const { world } = stack.simulator;
    const sent = new Map<string, number>();
    for (const slice of trafficBetween(world, -30, 0)) {
      const { minute, target, status, serverStatus = 0, member = '', errorInfo, count } = slice;
      const key = [minute, target?.pool, target?.setting, status, serverStatus, errorInfo, member].join('|');
      sent.set(key, (sent.get(key) ?? 0) + count);
    }
    const counted = new Map<string, number>();
    for (const window of mergeRows(await storedRows())) {
      for (const { pool, setting, outcomes } of window.targets.values()) {
        for (const { status, serverStatus, errorInfo, members } of outcomes.values()) {
          for (const [member, { requests }] of members) {
            const minute = window.minute - minuteZero();
            const key = [minute, pool, setting, status, serverStatus, errorInfo, member].join('|');
            counted.set(key, (counted.get(key) ?? 0) + requests);
          }
        }
      }
    }
    expect(Object.fromEntries([...counted].toSorted())).toEqual(Object.fromEntries([...sent].toSorted()));
    const failing = [...sent].filter(([key]) => key.includes('|502|')).map(([key]) => Number(key.split('|')[0]));
    expect(Math.min(...failing)).toBe(OUTAGE.fromMinute);
  });

  test('lie in rows of every partition, and no message is missing', async () => {
    const { store } = createStreamPorts(stack.settings);
    const ledgers = await store.ledgers();
    expect(ledgers.map(({ partition }) => partition)).toEqual([0, 1, 2, 3].map((id) => `access-logs/${id}`));
    expect(ledgers.reduce((total, { messages }) => total + messages, 0)).toBe(outcome.published.messages);
    expect(ledgers.flatMap(({ losses }) => losses)).toEqual([]);
    expect(new Set((await storedRows()).map(({ partition }) => partition)).size).toBe(4);
  });
});
