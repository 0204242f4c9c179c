import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signal } from '../../test/memory-ports.ts';
import type { DeliverMessage } from '../app/ports.ts';
import { GATEWAY_ID } from '../causes/case.ts';
import { type Incident, noted } from '../core/incident.ts';
import { type Azurite, startAzurite } from '../local/azurite.ts';
import { createIncidentTable } from './incident-table.ts';
import { createIntakeTable } from './intake-table.ts';
import { createLedgerTable } from './ledger-table.ts';
import { createMessageQueues } from './message-queues.ts';
import { digest } from './ports.ts';
import { readSettings } from './settings.ts';
import { createSnapshotBlobs } from './snapshot-blobs.ts';
import { openStorage, type Storage } from './storage.ts';

let azurite: Azurite;
let storage: Storage;
beforeAll(async () => {
  azurite = await startAzurite();
  storage = openStorage(readSettings({ AzureWebJobsStorage: azurite.connectionString }));
});
afterAll(() => azurite?.stop());

const at = '2026-09-14T02:30:00.000Z';

function incidentOf(gatewayId: string, event: string, changes: Partial<Incident> = {}): Incident {
  return {
    id: `${digest(gatewayId.toLowerCase(), 16)}-${event}`,
    gatewayId,
    state: 'open',
    severity: 'error',
    findings: [],
    reached: [],
    isTest: false,
    openedAt: at,
    updatedAt: at,
    signals: [signal({ gatewayId })],
    investigations: 0,
    revision: 0,
    outbox: [],
    timeline: [],
    ...changes,
  };
}

describe('incidents', () => {
  test('what is written is read back, by gateway in any case and by id', async () => {
    const store = createIncidentTable(storage, digest);
    const incident = incidentOf(`${GATEWAY_ID}-a`, 'one');
    await store.change({ gatewayId: incident.gatewayId, isTest: false }, () => ({ incident, result: undefined }));
    expect(await store.get(incident.id)).toEqual(incident);
    const shouted = { gatewayId: incident.gatewayId.toUpperCase(), isTest: false };
    expect(await store.change(shouted, (current) => ({ result: current?.id }))).toBe(incident.id);
  });

  test('fifty writers at once lose nothing', async () => {
    const store = createIncidentTable(storage, digest);
    const slot = { gatewayId: `${GATEWAY_ID}-b`, isTest: false };
    const writers = Array.from({ length: 50 }, (_, index) =>
      store.change(slot, (current) => ({
        incident: noted(current ?? incidentOf(slot.gatewayId, 'one'), at, 'joined', `writer ${index}`),
        result: undefined,
      })),
    );
    await Promise.all(writers);
    const timeline = (await store.get(incidentOf(slot.gatewayId, 'one').id))?.timeline ?? [];
    expect(new Set(timeline.map((entry) => entry.reason)).size).toBe(50);
  });

  test('a resolved incident makes room for the next and can still be read', async () => {
    const store = createIncidentTable(storage, digest);
    const slot = { gatewayId: `${GATEWAY_ID}-c`, isTest: false };
    const first = incidentOf(slot.gatewayId, 'one', { state: 'resolved' });
    const second = incidentOf(slot.gatewayId, 'two');
    for (const incident of [first, second]) await store.change(slot, () => ({ incident, result: undefined }));
    expect(await store.get(first.id)).toEqual(first);
    expect(await store.get(second.id)).toEqual(second);
  });

  test('a test of the same gateway has a place of its own', async () => {
    const store = createIncidentTable(storage, digest);
    const gatewayId = `${GATEWAY_ID}-d`;
    const real = incidentOf(gatewayId, 'one');
    const drill = incidentOf(gatewayId, 'one-test', { isTest: true });
    await store.change({ gatewayId, isTest: false }, () => ({ incident: real, result: undefined }));
    await store.change({ gatewayId, isTest: true }, () => ({ incident: drill, result: undefined }));
    expect(await store.get(real.id)).toEqual(real);
    expect(await store.get(drill.id)).toEqual(drill);
  });

  test('a document larger than one property is kept whole', async () => {
    const store = createIncidentTable(storage, digest);
    const gatewayId = `${GATEWAY_ID}-e`;
    const timeline = Array.from({ length: 200 }, (_, index) => ({
      at,
      event: 'held',
      reason: `${index} ${'ü'.repeat(900)}`,
    }));
    const incident = incidentOf(gatewayId, 'one', { timeline });
    await store.change({ gatewayId, isTest: false }, () => ({ incident, result: undefined }));
    expect(JSON.stringify(await store.get(incident.id)) === JSON.stringify(incident)).toBe(true);
    // Shorter again: no piece of the longer document may be left behind.
    await store.change({ gatewayId, isTest: false }, () => ({
      incident: { ...incident, timeline: [] },
      result: undefined,
    }));
    expect((await store.get(incident.id))?.timeline).toEqual([]);
  });

  test.each(['', 'x', '../../secrets', "0123456789abcdef-' or 1 eq 1", `${'a'.repeat(5000)}`])(
    '%p is no id',
    async (id) => {
      expect(await createIncidentTable(storage, digest).get(id)).toBeUndefined();
    },
  );
});

describe('the delivery ledger', () => {
  const message = (revision: number, event = revision): DeliverMessage => ({
    incidentId: `0123456789abcdef-${event}`,
    revision,
    sink: 'slack',
    notification: 'x/notification-1.json',
  });

  test('of twenty attempts at once, one may send', async () => {
    const ledger = createLedgerTable(storage, () => new Date(at));
    const claims = await Promise.all(Array.from({ length: 20 }, () => ledger.claim(message(1))));
    expect(claims.filter((claim) => claim.state === 'claimed')).toHaveLength(1);
    expect(claims.filter((claim) => claim.state === 'busy')).toHaveLength(19);
  });

  test.each(['delivered', 'rejected'] as const)('after %s, nobody sends again', async (outcome) => {
    const ledger = createLedgerTable(storage, () => new Date(at));
    const revision = outcome === 'delivered' ? 2 : 3;
    const claim = await ledger.claim(message(revision));
    if (claim.state === 'claimed') await claim.complete(outcome);
    expect(await ledger.claim(message(revision))).toEqual({ state: 'done' });
  });

  test('a claim that was given back, or whose process died, is taken over', async () => {
    let now = new Date(at);
    const ledger = createLedgerTable(storage, () => now);
    const first = await ledger.claim(message(4));
    if (first.state === 'claimed') await first.release();
    expect((await ledger.claim(message(4))).state).toBe('claimed');
    expect((await ledger.claim(message(4))).state).toBe('busy');
    now = new Date(Date.parse(at) + 60_000);
    expect((await ledger.claim(message(4))).state).toBe('claimed');
  });

  test('of one incident, a sink is sent one message at a time, and never an older one', async () => {
    let now = new Date(at);
    const ledger = createLedgerTable(storage, () => now);
    const first = await ledger.claim(message(1, 6));
    expect(await ledger.claim(message(2, 6))).toEqual({ state: 'busy' });
    expect((await ledger.claim({ ...message(2, 6), sink: 'teams' })).state).toBe('claimed');
    if (first.state === 'claimed') await first.complete('delivered', 'the-post');
    expect(await ledger.claim(message(2, 6))).toMatchObject({ state: 'claimed', receipt: 'the-post' });

    // The process that claimed it is taken for dead, and was only slow.
    now = new Date(Date.parse(at) + 60_000);
    const slow = await ledger.claim(message(2, 6));
    now = new Date(Date.parse(at) + 120_000);
    const third = await ledger.claim(message(3, 6));
    if (third.state === 'claimed') await third.complete('delivered');
    if (slow.state === 'claimed') await slow.complete('delivered');
    expect(await ledger.claim(message(2, 6))).toEqual({ state: 'overtaken' });
    expect(await ledger.claim(message(3, 6))).toEqual({ state: 'done' });
  });

  test('a slow attempt does not give back what another one has finished', async () => {
    let now = new Date(at);
    const ledger = createLedgerTable(storage, () => now);
    const slow = await ledger.claim(message(5));
    now = new Date(Date.parse(at) + 60_000);
    const second = await ledger.claim(message(5));
    if (second.state === 'claimed') await second.complete('delivered');
    if (slow.state === 'claimed') await slow.release();
    expect(await ledger.claim(message(5))).toEqual({ state: 'done' });
  });
});

test('a snapshot is a folder of raw bodies with a manifest', async () => {
  const store = createSnapshotBlobs(storage);
  const evidence = [
    { name: 'backend-health', state: 'ok', raw: { backendAddressPools: [] }, takenAt: at },
    { name: 'metrics', state: 'failed', reason: '403 AuthorizationFailed' },
  ] as const;
  await store.save('i/t', { gatewayId: GATEWAY_ID, takenAt: at, evidence });
  expect(await store.loadDocument('i/t/backend-health.json')).toEqual({ backendAddressPools: [] });
  expect(await store.loadDocument('i/t/metrics.json')).toBeUndefined();
  expect(await store.loadDocument('i/t/snapshot.json')).toEqual({
    schema: 'appgw-triage/snapshot@1',
    gatewayId: GATEWAY_ID,
    takenAt: at,
    evidence: [
      { name: 'backend-health', state: 'ok', takenAt: at },
      { name: 'metrics', state: 'failed', reason: '403 AuthorizationFailed' },
    ],
  });
});

test('messages are queued as the host expects them, and dead letters where people see them', async () => {
  const queues = createMessageQueues(storage);
  const message = { incidentId: 'i', revision: 1, sink: 'slack', notification: 'n' };
  await queues.investigate({ incidentId: 'i' });
  await queues.deliver(message);
  await queues.deadLetterDelivery(message, '400 invalid_blocks');
  for (const [name, expected] of [
    ['investigate', { incidentId: 'i' }],
    ['deliver', message],
    ['deliver-poison', { ...message, reason: '400 invalid_blocks' }],
  ] as const) {
    const queue = await storage.queue(name);
    const { receivedMessageItems } = await queue.receiveMessages();
    const text = Buffer.from(receivedMessageItems[0]?.messageText ?? '', 'base64').toString('utf8');
    expect(JSON.parse(text)).toEqual(expected);
  }
});

test('what led to no incident is recorded with its reason', async () => {
  await createIntakeTable(storage).record({ at, reason: 'About a virtual machine.', title: 'cpu' });
  const rows = [];
  for await (const row of (await storage.table('intake')).listEntities()) rows.push(row);
  expect(rows).toMatchObject([{ partitionKey: '2026-09-14', reason: 'About a virtual machine.', title: 'cpu' }]);
});

test('storage that cannot be reached is an error, not a wait without end', async () => {
  const nowhere = azurite.connectionString.replace(
    /TableEndpoint=[^;]*/,
    'TableEndpoint=http://127.0.0.1:9/devstoreaccount1',
  );
  const store = createIncidentTable(openStorage(readSettings({ AzureWebJobsStorage: nowhere })), digest);
  await expect(store.get(incidentOf(GATEWAY_ID, 'one').id)).rejects.toThrow();
});
