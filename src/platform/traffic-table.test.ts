import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signal } from '../../test/memory-ports.ts';
import {
  type AccessLogMessage,
  type HubPartition,
  readAccessLogBatch,
  type TrafficStore,
} from '../app/read-traffic.ts';
import { type Azurite, startAzurite } from '../local/azurite.ts';
import { bytesOfText, envelope } from '../traffic/message-samples.ts';
import { newRow } from '../traffic/row.ts';
import { writeRow } from '../traffic/row-text.ts';
import { newOutcome, outcomeKey, targetKey } from '../traffic/window.ts';
import { ENQUEUED_AT, type RequestSketch, requestText } from '../traffic/window-samples.ts';
import { digest } from './ports.ts';
import { readSettings } from './settings.ts';
import { openStorage, type Storage } from './storage.ts';
import { createTrafficTable, DEAD_LETTER_CONTAINER, deadLetterPath, deleteOldTraffic } from './traffic-table.ts';

let azurite: Azurite;
let storage: Storage;
let store: ReturnType<typeof createTrafficTable>;
beforeAll(async () => {
  azurite = await startAzurite();
  storage = openStorage(readSettings({ AzureWebJobsStorage: azurite.connectionString }));
  store = createTrafficTable(storage, digest);
});
afterAll(() => azurite?.stop());

const MINUTE = Date.parse('2026-09-14T02:10:00Z') / 60_000;
/** Each test has a hub and a gateway of its own. */
let hubs = 0;
function place(): { readonly partition: HubPartition; readonly gateway: string; readonly resourceId: string } {
  hubs += 1;
  const resourceId = `/SUBSCRIPTIONS/6F1E2D3C-4B5A-4978-8695-A4B3C2D1E0F9/RESOURCEGROUPS/SHOP/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/EDGE-${hubs}`;
  return { partition: { hub: `logs-${hubs}`, id: '0' }, resourceId, gateway: resourceId.toLowerCase() };
}

function message(sequenceNumber: number, requests: readonly RequestSketch[]): AccessLogMessage {
  const body = bytesOfText(envelope(requests.map(requestText)));
  return { body, sequenceNumber, enqueuedAt: ENQUEUED_AT + sequenceNumber };
}

/** Forty messages over three minutes, of which every third request fails. */
function messagesOf(resourceId: string, count = 40): readonly AccessLogMessage[] {
  return Array.from({ length: count }, (_, index) =>
    message(
      100 + index,
      Array.from({ length: 5 }, (_request, number) => ({
        resourceId,
        at: new Date((MINUTE + ((index + number) % 3)) * 60_000 + index * 7).toISOString(),
        ...(number % 3 === 0 ? { status: 502, serverStatus: '', path: `/p${number}` } : {}),
      })),
    ),
  );
}

async function countsOf(gateway: string) {
  const rows = await store.rowsBetween(gateway, MINUTE - 60, MINUTE + 60);
  const counts = { requests: 0, failed: 0 };
  for (const { targets } of rows) {
    for (const { outcomes } of targets.values()) {
      for (const { status, count } of outcomes.values()) {
        counts.requests += count;
        if (status === 502) counts.failed += count;
      }
    }
  }
  return counts;
}

test('what a batch holds is counted, by gateway, minute and partition', async () => {
  const { partition, gateway, resourceId } = place();
  const report = await readAccessLogBatch(store, messagesOf(resourceId), partition);
  expect(report).toMatchObject({ messages: 40, records: 200, rowsWritten: 4, conflicts: 0, deadLetters: 0 });
  expect(report.gateways).toEqual([{ gateway, failingMinute: MINUTE + 2 }]);
  const rows = await store.rowsBetween(gateway, MINUTE, MINUTE + 2);
  expect(rows.map(({ minute }) => minute)).toEqual([MINUTE, MINUTE + 1, MINUTE + 2]);
  expect(await countsOf(gateway)).toEqual({ requests: 200, failed: 80 });
  expect((await store.rowsBetween(gateway, MINUTE + 1, MINUTE + 1)).map(({ minute }) => minute)).toEqual([MINUTE + 1]);
  expect((await store.loadLedger(`${partition.hub}/0`))?.value).toMatchObject({
    partition: `${partition.hub}/0`,
    messages: 40,
    seen: { sequenceNumber: 139 },
    losses: [],
  });
});

test('what is delivered again, in whatever pieces, counts once', async () => {
  const { partition, gateway, resourceId } = place();
  const messages = messagesOf(resourceId);
  for (const [from, to] of [
    [0, 10],
    [0, 25],
    [20, 25],
    [5, 40],
    [39, 40],
  ] as const)
    await readAccessLogBatch(store, messages.slice(from, to), partition);
  const last = await readAccessLogBatch(store, messages, partition);
  expect(last.rowsWritten).toBe(0);
  expect(await countsOf(gateway)).toEqual({ requests: 200, failed: 80 });
});

/** How a step of a batch dies: its write is made or not, and in either case nobody hears of it. */
function dying(at: number, isWritten: boolean): { readonly store: TrafficStore; readonly steps: () => number } {
  let steps = 0;
  const step = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    steps += 1;
    if (steps < at) return work();
    if (steps === at && isWritten) await work();
    throw new Error('the process died');
  };
  return {
    steps: () => steps,
    store: {
      ...store,
      saveRow: (row, version) => step(() => store.saveRow(row, version)),
      saveLedger: (ledger, version) => step(() => store.saveLedger(ledger, version)),
      keepDeadLetter: (letter) => step(() => store.keepDeadLetter(letter)),
    },
  };
}

describe('a process that dies', () => {
  // Three rows, a dead letter and the ledger, twice over.
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((at) => [[at, true] as const, [at, false] as const]))(
    'at write %i (made: %p) loses and doubles nothing',
    async (at, isWritten) => {
      const { partition, gateway, resourceId } = place();
      const messages = [...messagesOf(resourceId), { ...message(140, []), body: bytesOfText('{"records":[') }];
      const first = dying(at, isWritten);
      const run = async (through: TrafficStore) => {
        await readAccessLogBatch(through, messages.slice(0, 30), partition);
        await readAccessLogBatch(through, messages.slice(30), partition);
      };
      const isDead = await run(first.store).then(
        () => false,
        () => true,
      );
      expect(isDead).toBe(at <= first.steps());
      await run(store);
      expect(await countsOf(gateway)).toEqual({ requests: 200, failed: 80 });
      const { messages: seen, losses } = (await store.loadLedger(`${partition.hub}/0`))?.value ?? {};
      expect(seen).toBe(41);
      expect(losses).toEqual([{ minute: ENQUEUED_AT / 60_000, missing: 0, unreadable: 1, unread: 0, late: 0 }]);
    },
  );
});

test('two readers of one partition at once, one of them robbed of it, count everything once', async () => {
  const { partition, gateway, resourceId } = place();
  const messages = messagesOf(resourceId, 60);
  const reader = async (size: number, from: number) => {
    for (let at = from; at < messages.length; at += size) {
      await readAccessLogBatch(store, messages.slice(at, at + size), partition);
    }
  };
  await Promise.all([reader(7, 0), reader(11, 0), reader(5, 0)]);
  expect(await countsOf(gateway)).toEqual({ requests: 300, failed: 120 });
  expect((await store.loadLedger(`${partition.hub}/0`))?.value.messages).toBe(60);
});

test('a write of which the answer was lost is not made a second time', async () => {
  const { partition, gateway, resourceId } = place();
  let isLost = true;
  const lossy: TrafficStore = {
    ...store,
    saveRow: async (row, version) => {
      const isSaved = await store.saveRow(row, version);
      // The client repeats the write, and is told that the row has changed.
      if (!isLost) return isSaved;
      isLost = false;
      return store.saveRow(row, version);
    },
  };
  const report = await readAccessLogBatch(lossy, messagesOf(resourceId), partition);
  expect(report.conflicts).toBe(1);
  expect(await countsOf(gateway)).toEqual({ requests: 200, failed: 80 });
});

test('large batches are taken in pieces', async () => {
  const { partition, gateway, resourceId } = place();
  await readAccessLogBatch(store, messagesOf(resourceId), partition, { maxBytes: 20_000 });
  expect(await countsOf(gateway)).toEqual({ requests: 200, failed: 80 });
});

test('a row of the largest size is kept whole', async () => {
  const { gateway } = place();
  const row = newRow(gateway, MINUTE, 'logs/9');
  const outcomes = new Map();
  for (let index = 0; index < 200; index += 1) {
    const outcome = newOutcome(502, index, `ERRORINFO_${digest(String(index), 60)}`);
    for (let member = 0; member < 60; member += 1)
      outcome.members.set(digest(`${index} ${member}`, 40), {
        requests: 1,
        firstAt: MINUTE * 60_000,
        lastAt: MINUTE * 60_000,
      });
    outcomes.set(outcomeKey(502, index, outcome.errorInfo), outcome);
  }
  row.targets.set(targetKey('p', 's'), { pool: 'p', setting: 's', outcomes });
  expect(writeRow(row).length).toBeGreaterThan(500_000);
  expect(await store.saveRow(row, undefined)).toBe(true);
  const read = await store.loadRow(gateway, MINUTE, 'logs/9');
  expect(read && writeRow(read.value) === writeRow(row)).toBe(true);
  expect(await store.saveRow(newRow(gateway, MINUTE, 'logs/9'), undefined)).toBe(false);
  expect(await store.saveRow(newRow(gateway, MINUTE, 'logs/9'), read?.version)).toBe(true);
  expect(await store.saveRow(row, read?.version)).toBe(false);
  expect((await store.loadRow(gateway, MINUTE, 'logs/9'))?.value.targets.size).toBe(0);
});

test('a message that cannot be read is kept as it came, under the same name at every delivery', async () => {
  const { partition, resourceId } = place();
  const broken = { body: bytesOfText('{"records":[{"time":"2026'), sequenceNumber: 7, enqueuedAt: ENQUEUED_AT };
  for (const _delivery of [1, 2]) {
    const report = await readAccessLogBatch(store, [broken, ...messagesOf(resourceId, 2)], partition);
    expect(report.deadLetters).toBe(1);
  }
  const container = await storage.container(DEAD_LETTER_CONTAINER);
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat({ prefix: `${partition.hub}/` })) names.push(name);
  expect(names).toEqual([`${partition.hub}/0/20260914T021200000Z-00000000000000000007`]);
  expect(names[0]).toBe(deadLetterPath(partition, broken));
  const blob = container.getBlockBlobClient(names[0] ?? '');
  expect(await blob.downloadToBuffer()).toEqual(Buffer.from(broken.body));
  expect((await blob.getProperties()).metadata).toEqual({
    reason: 'not-json',
    hub: partition.hub,
    partition: '0',
    sequencenumber: '7',
    enqueuedat: '2026-09-14T02:12:00.000Z',
  });
});

test('minutes around midnight are read as one range', async () => {
  const { gateway } = place();
  const midnight = Date.parse('2026-09-15T00:00:00Z') / 60_000;
  for (const minute of [midnight - 2, midnight - 1, midnight, midnight + 1])
    await store.saveRow(newRow(gateway, minute, 'logs/0'), undefined);
  const rows = await store.rowsBetween(gateway, midnight - 1, midnight);
  expect(rows.map(({ minute }) => minute)).toEqual([midnight - 1, midnight]);
});

test('what is known of a gateway has one writer at a time, and what waits is found', async () => {
  const { gateway } = place();
  const { gateway: calm } = place();
  const waiting = { gateway, open: [], outbox: [signal({ gatewayId: gateway })] };
  expect(await store.loadTrouble(gateway)).toBeUndefined();
  expect(await store.saveTrouble(waiting, undefined)).toBe(true);
  expect(await store.saveTrouble(waiting, undefined)).toBe(false);
  await store.saveTrouble({ gateway: calm, open: [], outbox: [] }, undefined);
  const stored = await store.loadTrouble(gateway);
  expect(stored?.value).toEqual(waiting);
  const at = new Date('2026-09-14T02:12:00Z');
  expect(await store.troubledSince(at)).toEqual([gateway]);
  expect(await store.saveTrouble({ ...waiting, outbox: [] }, stored?.version)).toBe(true);
  expect(await store.saveTrouble(waiting, stored?.version)).toBe(false);
  expect(await store.troubledSince(at)).toEqual([]);
  await store.noteFailing(calm, at);
  expect(await store.troubledSince(at)).toEqual([calm]);
  expect(await store.troubledSince(new Date(at.getTime() + 1))).toEqual([]);
});

test('old rows go, a bounded number at a time, and the others stay', async () => {
  const { gateway } = place();
  const old = Date.parse('2026-01-02T00:00:00Z') / 60_000;
  for (let minute = 0; minute < 130; minute += 1) await store.saveRow(newRow(gateway, old + minute, 'l/0'), undefined);
  await store.saveRow(newRow(gateway, MINUTE, 'l/0'), undefined);
  const before = new Date('2026-01-03T12:00:00Z');
  expect(await deleteOldTraffic(storage, { before, max: 100 })).toEqual({ rows: 100, deadLetters: 0 });
  expect(await deleteOldTraffic(storage, { before, max: 100 })).toEqual({ rows: 30, deadLetters: 0 });
  expect(await store.rowsBetween(gateway, old, old + 200)).toEqual([]);
  expect(await store.rowsBetween(gateway, MINUTE, MINUTE)).toHaveLength(1);
});

test('a storage that does not answer is an error, and the batch comes again', async () => {
  const { partition, resourceId } = place();
  const nowhere = azurite.connectionString.replace(
    /TableEndpoint=[^;]*/,
    'TableEndpoint=http://127.0.0.1:9/devstoreaccount1',
  );
  const lost = createTrafficTable(openStorage(readSettings({ AzureWebJobsStorage: nowhere })), digest);
  await expect(readAccessLogBatch(lost, messagesOf(resourceId), partition)).rejects.toThrow();
});
