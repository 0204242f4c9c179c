import { odata, type TableClient } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import type { IncidentState } from '../core/incident.ts';
import { isForgettable } from '../core/retention.ts';
import { isConflict, statusOf } from './incident-table.ts';
import type { Storage } from './storage.ts';

/**
 * Deletes what is older than the retention. An incident's row goes first, where it is over for long enough; everything
 * that belongs to an incident without a row, and is old itself, goes after it. So a run can end anywhere, the next one
 * finds what is left, and nothing of an incident that has a row is ever touched.
 */
export interface CleanUpOptions {
  /** ISO 8601: what is older goes. */
  readonly before: string;
  /** How many rows and blobs one run may delete. */
  readonly max: number;
  /** Whether the time of this run is over. */
  readonly isOver: () => boolean;
}

export interface CleanUpReport {
  /** By what was deleted; only what is not 0. */
  readonly deleted: Readonly<Record<string, number>>;
  /** False where the run ended before everything was looked at. */
  readonly isDone: boolean;
}

interface Run extends CleanUpOptions {
  readonly storage: Storage;
  readonly deleted: Map<string, number>;
}

export async function cleanUp(storage: Storage, options: CleanUpOptions): Promise<CleanUpReport> {
  const run: Run = { ...options, storage, deleted: new Map() };
  const { before } = options;
  const day = before.slice(0, 10);
  const moment = new Date(before);
  await deleteIncidents(run);
  await deleteRows(run, 'intake', odata`PartitionKey lt ${day}`);
  await deleteRows(run, 'silences', odata`until lt ${before}`);
  await deleteRows(run, 'poison', odata`at lt ${before}`);
  await deleteRows(run, 'allowances', odata`Timestamp lt ${moment}`);
  await deleteRows(run, 'deliveries', odata`PartitionKey eq 'pause' and until lt ${before}`);
  await deleteBaselines(run);
  await deleteLetters(run);
  const areDeliveriesDone = await deleteDeliveries(run);
  const areSnapshotsDone = await deleteSnapshots(run);
  const isDone = !isSpent(run) && areDeliveriesDone && areSnapshotsDone;
  return { deleted: Object.fromEntries(run.deleted), isDone };
}

function isSpent({ deleted, max, isOver }: Run): boolean {
  return [...deleted.values()].reduce((sum, count) => sum + count, 0) >= max || isOver();
}

function count({ deleted }: Run, what: string): void {
  deleted.set(what, (deleted.get(what) ?? 0) + 1);
}

interface Key {
  readonly partitionKey?: string;
  readonly rowKey?: string;
  readonly etag: string;
}

/** Somebody else may have deleted it, or may need it after all: a row that was changed since it was listed stays. */
async function deleteRow(run: Run, table: TableClient, { partitionKey = '', rowKey = '', etag }: Key): Promise<void> {
  try {
    await table.deleteEntity(partitionKey, rowKey, { etag });
    count(run, table.tableName);
  } catch (error) {
    if (!isConflict(error) && statusOf(error) !== 404) throw error;
  }
}

async function deleteRows(run: Run, name: string, filter: string): Promise<void> {
  if (isSpent(run)) return;
  const table = await run.storage.table(name);
  const select = ['partitionKey', 'rowKey'];
  for await (const row of table.listEntities<Key>({ queryOptions: { filter, select } })) {
    if (isSpent(run)) return;
    await deleteRow(run, table, row);
  }
}

interface IncidentRow extends Key {
  readonly state?: IncidentState;
  readonly waiting?: boolean;
  readonly updatedAt?: string;
}

async function deleteIncidents(run: Run): Promise<void> {
  const table = await run.storage.table('incidents');
  const filter = odata`state eq 'resolved' and waiting eq false and updatedAt lt ${run.before}`;
  const select = ['partitionKey', 'rowKey', 'state', 'waiting', 'updatedAt'];
  for await (const row of table.listEntities<IncidentRow>({ queryOptions: { filter, select } })) {
    if (isSpent(run)) return;
    const { state = 'open', waiting: isWaiting = true, updatedAt = '' } = row;
    if (isForgettable({ state, isWaiting, updatedAt }, run.before)) await deleteRow(run, table, row);
  }
}

/** Those of gateways that have said nothing for so long, and have no open incident. */
async function deleteBaselines(run: Run): Promise<void> {
  const table = await run.storage.table('baselines');
  const incidents = await run.storage.table('incidents');
  const queryOptions = { filter: odata`seenAt lt ${run.before}`, select: ['partitionKey', 'rowKey'] };
  for await (const row of table.listEntities<Key>({ queryOptions })) {
    if (isSpent(run)) return;
    const current = await findRow<IncidentRow>(incidents, row.rowKey ?? '', 'current');
    if (current === undefined || current.state === 'resolved') await deleteRow(run, table, row);
  }
}

/** The digest of the gateway, and that of the event. */
const INCIDENT_ID = /^[0-9a-f]{16}-[0-9a-z]{1,40}(-test)?$/;

/** Whether an incident of this id has a row: of its own, or as the newest of its gateway. */
async function exists(table: TableClient, incidentId: string): Promise<boolean> {
  const [partition = ''] = incidentId.split('-');
  const newest = await findRow<{ incidentId?: string }>(
    table,
    partition,
    incidentId.endsWith('-test') ? 'test' : 'current',
  );
  return newest?.incidentId === incidentId || (await findRow(table, partition, incidentId)) !== undefined;
}

async function findRow<Row extends object>(table: TableClient, partition: string, row: string) {
  try {
    const queryOptions = { select: ['partitionKey', 'rowKey', 'incidentId', 'state'] };
    return await table.getEntity<Row>(partition, row, { queryOptions });
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Rows and folders that are looked at in one page. */
const PAGE = 100;

/** Rows of the ledger whose incident is gone. Returns whether the end was reached. */
async function deleteDeliveries(run: Run): Promise<boolean> {
  const [table, incidents] = await Promise.all([run.storage.table('deliveries'), run.storage.table('incidents')]);
  const gone = new Map<string, boolean>();
  const filter = odata`Timestamp lt ${new Date(run.before)} and PartitionKey ne 'pause'`;
  return inPages(run, 'deliveries', async (continuationToken) => {
    const listed = table
      .listEntities<Key>({ queryOptions: { filter, select: ['partitionKey', 'rowKey'] } })
      .byPage({ maxPageSize: PAGE, ...(continuationToken ? { continuationToken } : {}) });
    const { value: page } = await listed.next();
    for (const row of page ?? []) {
      const { partitionKey = '' } = row;
      if (isSpent(run)) return { isCutShort: true };
      if (!INCIDENT_ID.test(partitionKey)) continue;
      if (!gone.has(partitionKey)) gone.set(partitionKey, !(await exists(incidents, partitionKey)));
      if (gone.get(partitionKey)) await deleteRow(run, table, row);
    }
    return { next: page?.continuationToken };
  });
}

/** Folders of snapshots and messages whose incident is gone. Returns whether the end was reached. */
async function deleteSnapshots(run: Run): Promise<boolean> {
  const [container, incidents] = await Promise.all([
    run.storage.container('snapshots'),
    run.storage.table('incidents'),
  ]);
  return inPages(run, 'snapshots', async (continuationToken) => {
    const listed = container
      .listBlobsByHierarchy('/')
      .byPage({ maxPageSize: PAGE, ...(continuationToken ? { continuationToken } : {}) });
    const { value: page } = await listed.next();
    for (const { name } of page?.segment.blobPrefixes ?? []) {
      if (isSpent(run)) return { isCutShort: true };
      const incidentId = name.replace(/\/$/, '');
      if (INCIDENT_ID.test(incidentId) && !(await exists(incidents, incidentId))) {
        await deleteFolder(run, container, name);
      }
    }
    return { next: page?.continuationToken || undefined };
  });
}

/** A folder with anything new in it stays: the row of its incident may be on its way. */
async function deleteFolder(run: Run, container: ContainerClient, prefix: string): Promise<void> {
  const names: string[] = [];
  for await (const { name, properties } of container.listBlobsFlat({ prefix })) {
    if (properties.lastModified.getTime() >= Date.parse(run.before)) return;
    names.push(name);
  }
  for (const name of names) {
    if (isSpent(run)) return;
    const { succeeded } = await container.getBlobClient(name).deleteIfExists();
    if (succeeded) count(run, 'blobs');
  }
}

/** Where a walk through a long list goes on; a page that was cut short is looked at again. */
const CURSORS = 'upkeep';

async function inPages(
  run: Run,
  name: string,
  turn: (from: string | undefined) => Promise<{ readonly next?: string; readonly isCutShort?: boolean }>,
): Promise<boolean> {
  const table = await run.storage.table(CURSORS);
  let from = (await findCursor(table, name)) || undefined;
  while (!isSpent(run)) {
    const { next, isCutShort } = await turn(from);
    if (isCutShort) return false;
    from = next;
    await table.upsertEntity({ partitionKey: 'cursor', rowKey: name, from: from ?? '' }, 'Replace');
    if (from === undefined) return true;
  }
  return false;
}

async function findCursor(table: TableClient, name: string): Promise<string | undefined> {
  try {
    return (await table.getEntity<{ from?: string }>('cursor', name)).from;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The service hands out at most so many at once; they are hidden from others for so long, in seconds. */
const LETTERS = 32;
const LOOK_SECONDS = 5;

/** Dead letters whose incident nobody remembers: sending them again could only fail. */
async function deleteLetters(run: Run): Promise<void> {
  const queue = await run.storage.queue('deliver-poison');
  while (!isSpent(run)) {
    const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: LETTERS });
    if (!peekedMessageItems.some(({ insertedOn }) => insertedOn.getTime() < Date.parse(run.before))) return;
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: LETTERS,
      visibilityTimeout: LOOK_SECONDS,
    });
    const old = receivedMessageItems.filter(({ insertedOn }) => insertedOn.getTime() < Date.parse(run.before));
    if (old.length === 0) return;
    for (const { messageId, popReceipt } of old) {
      await queue.deleteMessage(messageId, popReceipt);
      count(run, 'deadLetters');
    }
  }
}
