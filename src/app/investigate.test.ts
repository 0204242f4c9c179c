import { expect, test } from '@jest/globals';
import { memoryPorts, signal } from '../../test/memory-ports.ts';
import { backendHealthJson, gatewayJson } from '../causes/case.ts';
import { wasRead } from '../core/evidence.ts';
import type { Notification } from '../core/notification.ts';
import type { Rule } from '../core/rule.ts';
import type { Verdict, VerdictLevel } from '../core/verdict.ts';
import type { EvidenceKind } from '../evidence/evidence-kind.ts';
import { investigate } from './investigate.ts';
import type { BoundSink } from './ports.ts';
import { receiveSignal } from './receive-alert.ts';

const gateway = gatewayJson({
  pools: { 'pool-checkout': [] },
  settings: { 'http-8080': { port: 8080 } },
  routes: [['pool-checkout', 'http-8080']],
});
const empty = { 'backend-health': backendHealthJson({ 'pool-checkout~http-8080': [] }), gateway };
const healthy = {
  'backend-health': backendHealthJson({
    'pool-checkout~http-8080': [['10.20.1.5', 'Healthy', 'Success. Received 200 status code']],
  }),
};
const sinks: readonly BoundSink[] = ['slack', 'pagerduty'].map((name) => ({
  name,
  deliver: async () => ({ outcome: 'delivered' }),
}));

async function opened(world: Readonly<Record<string, unknown>>, changes: Parameters<typeof signal>[0] = {}) {
  const ports = memoryPorts(sinks);
  ports.world = world;
  const receipt = await receiveSignal(ports, { outcome: 'signal', signal: signal({ severity: 2, ...changes }) });
  return { ports, incidentId: String(receipt.body.incidentId), incident: () => [...ports.rows.values()][0] };
}

test('reads, diagnoses, keeps the snapshot, and queues one delivery for each sink', async () => {
  const { ports, incidentId, incident } = await opened(empty);
  await investigate(ports, { incidentId });
  expect(ports.deliverQueue.map(({ sink, revision }) => [sink, revision])).toEqual([
    ['slack', 1],
    ['pagerduty', 1],
  ]);
  const notification = ports.documents.get(ports.deliverQueue[0]?.notification ?? '') as Notification;
  expect(notification).toMatchObject({ kind: 'opened', severity: 'warning', incidentId });
  expect(notification.causes[0]).toMatchObject({ cause: 'empty-pool', verdict: 'confirmed' });
  expect(notification.fired).toEqual(['Minimum HealthyHostCount is 0, below 1, for pool-checkout~http-8080']);
  expect(incident()).toMatchObject({ state: 'open', revision: 1, investigations: 1, outbox: [] });
  expect(incident()?.timeline.map((entry) => entry.event)).toEqual(['opened', 'not-paged', 'investigated', 'notified']);
});

test('a second reading with the same result says nothing, and says why', async () => {
  const { ports, incidentId, incident } = await opened(empty);
  await investigate(ports, { incidentId });
  await investigate(ports, { incidentId });
  expect(ports.deliverQueue).toHaveLength(2);
  expect(incident()?.timeline.at(-1)).toMatchObject({ event: 'held', reason: 'Nothing new since message 1.' });
});

test('when everything is healthy there is nothing to report, and the incident is closed', async () => {
  const { ports, incidentId, incident } = await opened(healthy);
  await investigate(ports, { incidentId });
  expect(ports.deliverQueue).toEqual([]);
  expect(incident()).toMatchObject({ state: 'resolved' });
  expect(incident()?.timeline.at(-1)?.event).toBe('held');
});

test('what was reported is followed by its recovery, read and not believed', async () => {
  const { ports, incidentId, incident } = await opened(empty);
  await investigate(ports, { incidentId });
  const resolved = signal({ condition: 'resolved', at: '2026-09-14T02:45:00.000Z' });
  await receiveSignal(ports, { outcome: 'signal', signal: resolved });
  await investigate(ports, { incidentId });
  expect(incident()?.state).toBe('open');

  ports.world = healthy;
  await investigate(ports, { incidentId });
  expect(incident()?.state).toBe('recovering');
  ports.clock = new Date(ports.clock.getTime() + 5 * 60_000);
  await investigate(ports, { incidentId, isRecheck: true });
  expect(incident()?.state).toBe('resolved');
  const last = ports.deliverQueue.at(-1);
  expect(ports.documents.get(last?.notification ?? '')).toMatchObject({ kind: 'resolved', revision: 2 });
});

test('evidence that is missing is not health: people are told that nothing could be established', async () => {
  const { ports, incidentId } = await opened({});
  await investigate(ports, { incidentId });
  const notification = ports.documents.get(ports.deliverQueue[0]?.notification ?? '') as Notification;
  expect(notification.kind).toBe('opened');
  expect(notification.causes).toEqual([]);
  expect(notification.nextRead).toBeDefined();
});

test('a portal test is shown once, as a test', async () => {
  const { ports, incidentId, incident } = await opened(empty, { isTest: true });
  await investigate(ports, { incidentId });
  await investigate(ports, { incidentId });
  expect(ports.deliverQueue).toHaveLength(2);
  expect(ports.documents.get(ports.deliverQueue[0]?.notification ?? '')).toMatchObject({ kind: 'test' });
  expect(incident()?.state).toBe('resolved');
});

const steps = ['collect', 'snapshots.save', 'snapshots.saveDocument', 'incidents.change', 'queues.deliver'];
test.each(steps)('a crash at %s loses nothing and decides nothing twice', async (step) => {
  const { ports, incidentId, incident } = await opened(empty);
  ports.failAt.set(step, new Error('the process died'));
  await expect(investigate(ports, { incidentId })).rejects.toThrow('the process died');
  ports.failAt.clear();
  await investigate(ports, { incidentId });
  expect(new Set(ports.deliverQueue.map(({ sink, revision }) => `${sink}-${revision}`))).toEqual(
    new Set(['slack-1', 'pagerduty-1']),
  );
  expect(incident()).toMatchObject({ revision: 1, outbox: [] });
});

test('two investigations at once report once', async () => {
  const { ports, incidentId } = await opened(empty);
  await Promise.all([investigate(ports, { incidentId }), investigate(ports, { incidentId })]);
  expect(new Set(ports.deliverQueue.map(({ sink, revision }) => `${sink}-${revision}`)).size).toBe(2);
});

test('reads on for what separates the causes that stand, and the timeline says why and what it changed', async () => {
  const base = memoryPorts(sinks);
  const verdict = (level: VerdictLevel): Verdict => ({
    cause: 'closed-door',
    verdict: level,
    scope: {},
    because: [{ evidence: 'gateway', quote: 'q', says: 'A sentence.' }],
    missing: level === 'confirmed' ? [] : [{ read: 'Who has the key.', evidence: 'keys' }],
    fix: [],
  });
  const [model] = base.rules;
  const rule: Rule = {
    ...(model as Rule),
    id: 'closed-door',
    judge: ({ evidence }) => [verdict(wasRead(evidence, 'keys') ? 'confirmed' : 'likely')],
  };
  const kind = (name: string, isFirst: boolean): EvidenceKind => ({
    name,
    title: name,
    isFirst,
    recognise: () => true,
    read: () => ({ state: 'ok', reading: {} }),
    collector: () => Promise.reject(new Error('never loaded here')),
  });
  const ports = {
    ...base,
    rules: [rule],
    evidenceKinds: [kind('gateway', true), kind('keys', false), kind('roof', false)],
  };
  base.world = { gateway: {}, keys: {}, roof: {} };
  const receipt = await receiveSignal(ports, { outcome: 'signal', signal: signal() });
  await investigate(ports, { incidentId: String(receipt.body.incidentId) });

  expect(base.reads).toEqual([['gateway'], ['keys']]);
  const [incident] = [...base.rows.values()];
  expect(incident?.timeline.find((entry) => entry.event === 'read-on')?.reason).toBe(
    'Round 2 read keys (for closed-door). closed-door: likely -> confirmed.',
  );
  expect(base.documents.get(`${incident?.snapshot}/diagnosis.json`)).toMatchObject({
    ended: 'closed-door is confirmed.',
  });
});

test('a spent budget ends the reading with what is known', async () => {
  const { ports, incidentId, incident } = await opened({ ...empty, gateway: undefined });
  ports.spent = 'The budget of 40 Resource Manager calls is spent.';
  await investigate(ports, { incidentId });
  expect(ports.reads).toHaveLength(1);
  expect(incident()?.revision).toBe(1);
});

test('a message about an incident that is over, or unknown, does nothing', async () => {
  const ports = memoryPorts(sinks);
  await investigate(ports, { incidentId: '0123456789abcdef-0123456789' });
  expect(ports.documents.size).toBe(0);
});
