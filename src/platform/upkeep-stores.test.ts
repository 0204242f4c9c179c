import { NetworkManagementClient } from '@azure/arm-network';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signal } from '../../test/memory-ports.ts';
import { GATEWAY_ID } from '../causes/case.ts';
import { emptyBaseline, withConfig, withFailure } from '../core/baseline.ts';
import { CONFIG_FORM } from '../core/baseline-config.ts';
import type { Incident } from '../core/incident.ts';
import { collector } from '../evidence/gateway/collect.ts';
import { type Azurite, startAzurite } from '../local/azurite.ts';
import { createArmAllowance, createBucketTable } from './arm-allowance.ts';
import { createBaselineTable } from './baseline-table.ts';
import { listDeadLetters } from './dead-letters.ts';
import { createIncidentTable } from './incident-table.ts';
import { createIntakeTable } from './intake-table.ts';
import { createLedgerTable } from './ledger-table.ts';
import { createMessageQueues } from './message-queues.ts';
import { createPoisonQueues } from './poison-queues.ts';
import { digest } from './ports.ts';
import { cleanUp } from './retention.ts';
import { readSettings } from './settings.ts';
import { createSilenceTable } from './silence-table.ts';
import { createSnapshotBlobs } from './snapshot-blobs.ts';
import { openStorage, type Storage } from './storage.ts';

let azurite: Azurite;
let storage: Storage;
beforeAll(async () => {
  azurite = await startAzurite();
  storage = openStorage(readSettings({ AzureWebJobsStorage: azurite.connectionString }));
});
afterAll(() => azurite?.stop());

const old = '2026-01-01T00:00:00.000Z';

function incidentOf(gatewayId: string, event: string, changes: Partial<Incident> = {}): Incident {
  return {
    id: `${digest(gatewayId.toLowerCase(), 16)}-${event}`,
    gatewayId,
    state: 'resolved',
    severity: 'error',
    findings: [],
    reached: [],
    isTest: false,
    openedAt: old,
    updatedAt: old,
    resolvedAt: old,
    signals: [signal({ gatewayId })],
    investigations: 0,
    revision: 0,
    outbox: [],
    timeline: [],
    ...changes,
  };
}

async function rowsOf(table: string): Promise<number> {
  let count = 0;
  for await (const _row of (await storage.table(table)).listEntities()) count += 1;
  return count;
}

async function blobs(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of (await storage.container('snapshots')).listBlobsFlat()) names.push(name);
  return names;
}

describe('baselines', () => {
  const print = { form: 'f', hash: 'h', parts: { 'pool ä': 'x' } };

  test('are kept by gateway, in any case, and listed with when they were asked', async () => {
    const store = createBaselineTable(storage, digest);
    expect(await store.get(GATEWAY_ID)).toBeUndefined();
    await store.change(GATEWAY_ID, (current = emptyBaseline(GATEWAY_ID)) => withConfig(current, print, old));
    await store.change(GATEWAY_ID.toUpperCase(), (current) =>
      withFailure(current ?? emptyBaseline('x'), 'health', old),
    );
    expect(await store.get(GATEWAY_ID)).toMatchObject({ gatewayId: GATEWAY_ID, parts: print.parts });
    expect(await store.list()).toEqual([
      { gatewayId: GATEWAY_ID, asked: { config: { at: old, failures: 0 }, health: { at: old, failures: 1 } } },
    ]);
  });

  test('a gateway with a thousand parts fits into its row', async () => {
    const store = createBaselineTable(storage, digest);
    const parts = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`rule ${'ü'.repeat(70)}${index}`, 'x'.repeat(8)]),
    );
    await store.change(`${GATEWAY_ID}-large`, () =>
      withConfig(emptyBaseline(`${GATEWAY_ID}-large`), { ...print, parts }, old),
    );
    expect((await store.get(`${GATEWAY_ID}-large`))?.parts).toEqual(parts);
  });

  test('of two readings of one moment one is kept, and neither fails', async () => {
    const store = createBaselineTable(storage, digest);
    const id = `${GATEWAY_ID}-twice`;
    const write = () => store.change(id, (current = emptyBaseline(id)) => withConfig(current, print, old));
    await Promise.all([write(), write(), write()]);
    expect((await store.get(id))?.configs).toHaveLength(1);
  });

  test('the print of a configuration knows the API version that the collector asks with', async () => {
    const asked: string[] = [];
    const client = new NetworkManagementClient(
      { getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }) },
      's',
      {
        httpClient: {
          sendRequest: async (request) => {
            asked.push(request.url);
            return { request, status: 200, headers: createHttpHeaders(), bodyAsText: '{"id":"x"}' };
          },
        },
      },
    );
    const gateway = { id: GATEWAY_ID, subscription: 's', resourceGroup: 'rg', name: 'gw' };
    const context = { gateway, clients: { network: async () => client }, abort: new AbortController().signal };
    await collector.collect(context as unknown as Parameters<typeof collector.collect>[0]);
    // Another version shows other properties: then the form has to change as well, or every gateway looks changed.
    expect(asked.map((url) => new URL(url).searchParams.get('api-version'))).toEqual([CONFIG_FORM.split('/')[0]]);
  });
});

test('the room of a subscription is what is left in the bucket that all share', async () => {
  const now = () => new Date('2026-09-14T02:00:00.000Z');
  const allowance = createArmAllowance(createBucketTable(storage), { tokensPerSecond: 1, now });
  const subscription = '11111111-2222-3333-4444-555555555555';
  expect(await allowance.room(subscription)).toBe(200);
  for (let call = 0; call < 9; call += 1) await allowance.acquire(subscription);
  expect(await allowance.room(subscription)).toBe(184);
  await allowance.pause(subscription, 60_000);
  expect(await allowance.room(subscription)).toBe(0);
});

describe('given-up messages', () => {
  const send = async (queue: string, text: string) =>
    (await storage.queue(queue)).sendMessage(Buffer.from(text).toString('base64'));
  const store = () => createPoisonQueues(storage, () => new Date(old));

  test('an investigation is taken, hidden from others meanwhile, and kept with its reason', async () => {
    await send('investigate-poison', '{"incidentId":"0123456789abcdef-1","isRecheck":true}');
    await send('investigate-poison', 'no JSON');
    const taken = await store().take('investigate');
    expect(taken.map(({ investigation }) => investigation)).toEqual(
      expect.arrayContaining([{ incidentId: '0123456789abcdef-1', isRecheck: true }, undefined]),
    );
    expect(await store().take('investigate')).toEqual([]);
    for (const message of taken) await store().settle(message, 'why');
    const queue = await storage.queue('investigate-poison');
    expect((await queue.getProperties()).approximateMessagesCount).toBe(0);
    const kept = [];
    for await (const row of (await storage.table('poison')).listEntities()) kept.push(row);
    expect(kept).toHaveLength(2);
    expect(kept).toContainEqual(
      expect.objectContaining({ partitionKey: 'investigate', reason: 'why', text: 'no JSON' }),
    );
  });

  test('of deliveries only those that the host gave up are taken; our dead letters stay', async () => {
    const delivery = { incidentId: '0123456789abcdef-1', revision: 2, sink: 'slack', notification: 'n' };
    await createMessageQueues(storage).deadLetterDelivery(delivery, '400');
    await send('deliver-poison', JSON.stringify({ ...delivery, revision: 3, attempts: 1 }));
    await send('deliver-poison', '{"incidentId":1,"reason":"none of ours"}');
    const taken = await store().take('deliver');
    expect(taken.map((message) => message.delivery?.revision)).toEqual(expect.arrayContaining([3, undefined]));
    expect(taken).toHaveLength(2);
    for (const message of taken) await store().settle(message);
    const left = async (): Promise<number> => {
      // A look hides what it saw for some seconds.
      const letters = await listDeadLetters(storage);
      return letters.length > 0 ? letters.length : left();
    };
    expect(await left()).toBe(1);
  }, 30_000);
});

describe('what is old', () => {
  /** Everything that is written in this test is younger than the real past, and older than this. */
  const future = () => new Date(Date.now() + 3_600_000).toISOString();
  const forever = { max: 10_000, isOver: () => false };

  test('goes with all that belongs to it, however often the work is cut short, and nothing of what is open', async () => {
    const incidents = createIncidentTable(storage, digest);
    const snapshots = createSnapshotBlobs(storage);
    const keep = async (incident: Incident) => {
      const { gatewayId, isTest, id } = incident;
      await incidents.change({ gatewayId, isTest }, () => ({ incident, result: undefined }));
      for (const name of ['notification-1.json', '2026/snapshot.json', '2026/gateway.json']) {
        await snapshots.saveDocument(`${id}/${name}`, {});
      }
      const claim = await createLedgerTable(storage, () => new Date(old)).claim({
        ...{ incidentId: id, revision: 1, sink: 'slack', notification: 'n' },
      });
      if (claim.state === 'claimed') await claim.complete('delivered');
    };
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => `${GATEWAY_ID}-old-${name}`) as [
      string,
      string,
      string,
      string,
    ];
    const newer = new Date(Date.now() + 7_200_000).toISOString();
    const staying = [
      incidentOf(b, 'open1', { state: 'open' }),
      incidentOf(c, 'young', { updatedAt: newer }),
      incidentOf(d, 'left', { outbox: [{ revision: 1, notification: 'n', sinks: ['slack'] }] }),
    ];
    // The archive of a gateway whose newest incident is open goes as well.
    for (const incident of [
      incidentOf(a, 'over1'),
      incidentOf(a, 'over2'),
      incidentOf(a, 'over3-test', { isTest: true }),
      incidentOf(b, 'over4'),
      ...staying,
    ]) {
      await keep(incident);
    }
    // A folder whose incident was never stored, and one that is none of ours.
    await snapshots.saveDocument('0123456789abcdef-0000000000/notification-1.json', {});
    await snapshots.saveDocument('notes/kept.json', {});

    let runs = 0;
    for (let isDone = false; !isDone && runs < 200; runs += 1) {
      ({ isDone } = await cleanUp(storage, { before: future(), max: 3, isOver: () => false }));
    }
    expect(runs).toBeGreaterThan(5);
    const left = await blobs();
    expect(left.filter((name) => /over|0123456789abcdef/.test(name))).toEqual([]);
    for (const { id } of staying) expect(left.filter((name) => name.startsWith(id))).toHaveLength(3);
    expect(left).toContain('notes/kept.json');
    for (const incident of staying) expect(await incidents.get(incident.id)).toEqual(incident);
    const deliveries = new Set<string>();
    for await (const { partitionKey } of (await storage.table('deliveries')).listEntities()) {
      if (partitionKey) deliveries.add(partitionKey);
    }
    expect([...deliveries].toSorted()).toEqual(staying.map(({ id }) => id).toSorted());
  }, 120_000);

  test('intake, silences, allowances, what was given up, and baselines of gateways that say nothing go by their own age', async () => {
    await createIntakeTable(storage).record({ at: old, reason: 'About a virtual machine.' });
    await createIntakeTable(storage).record({ at: new Date().toISOString(), reason: 'Young.' });
    const silence = { author: 'Ada', reason: 'x', from: old };
    await createSilenceTable(storage, () => new Date()).add({ ...silence, id: 'past', until: old });
    await createSilenceTable(storage, () => new Date()).add({
      ...silence,
      id: 'ahead',
      until: '2999-01-01T00:00:00.000Z',
    });
    const before = new Date(Date.now() - 86_400_000).toISOString();
    const baselines = createBaselineTable(storage, digest);
    const current = { form: 'f', hash: 'h', parts: {} };
    await baselines.change(`${GATEWAY_ID}-seen`, () =>
      withConfig(emptyBaseline(`${GATEWAY_ID}-seen`), current, new Date().toISOString()),
    );
    await baselines.change(`${GATEWAY_ID}-gone`, () =>
      withFailure(emptyBaseline(`${GATEWAY_ID}-gone`), 'config', new Date().toISOString()),
    );
    // The "before" of an incident that is open stays, however old it is.
    await baselines.change(`${GATEWAY_ID}-old-b`, () => withConfig(emptyBaseline(`${GATEWAY_ID}-old-b`), current, old));

    await cleanUp(storage, { before, ...forever });
    expect(await rowsOf('intake')).toBe(1);
    expect(await rowsOf('silences')).toBe(1);
    const kept = (await baselines.list()).map(({ gatewayId }) => gatewayId);
    expect(kept).toEqual(expect.arrayContaining([`${GATEWAY_ID}-seen`, `${GATEWAY_ID}-old-b`]));
    expect(kept).not.toContain(`${GATEWAY_ID}-gone`);
    await cleanUp(storage, { before: future(), ...forever });
    expect([await rowsOf('allowances'), await rowsOf('poison'), await rowsOf('intake')]).toEqual([0, 0, 1]);
  }, 60_000);

  test('dead letters that nobody can send again any more go', async () => {
    const queue = await storage.queue('deliver-poison');
    await createMessageQueues(storage).deadLetterDelivery(
      { incidentId: 'i', revision: 1, sink: 's', notification: 'n' },
      '400',
    );
    const report = await cleanUp(storage, { before: old, ...forever });
    expect(report.deleted).not.toHaveProperty('deadLetters');
    await cleanUp(storage, { before: future(), ...forever });
    expect((await queue.peekMessages({ numberOfMessages: 32 })).peekedMessageItems).toEqual([]);
  });

  test('a run whose time is over does nothing more, and says that it is not done', async () => {
    expect(await cleanUp(storage, { before: future(), max: 10, isOver: () => true })).toEqual({
      deleted: {},
      isDone: false,
    });
  });

  test('storage that fails is an error, and nothing is taken for gone', async () => {
    const nowhere = azurite.connectionString.replace(
      /TableEndpoint=[^;]*/,
      'TableEndpoint=http://127.0.0.1:9/devstoreaccount1',
    );
    const half = openStorage(readSettings({ AzureWebJobsStorage: nowhere }));
    const kept = await blobs();
    await expect(cleanUp(half, { before: future(), ...forever })).rejects.toThrow();
    expect(await blobs()).toEqual(kept);
  });
});
