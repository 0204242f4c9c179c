import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { HubPartition, TrafficDeadLetter, TrafficStore } from '../app/read-traffic.ts';
import type { TroubleStore } from '../app/watch-traffic.ts';
import type { PartitionLedger } from '../traffic/ledger.ts';
import type { WindowRow } from '../traffic/row.ts';
import { readRow, writeRow } from '../traffic/row-text.ts';
import type { TroubleState } from '../traffic/trouble-signals.ts';
import { isConflict, statusOf } from './incident-table.ts';
import type { Storage } from './storage.ts';

/**
 * The counts of the access-log stream in tables.
 *
 * `traffic` holds the rows. Their partition is a day and a gateway, so that the last minutes of one gateway are one
 * range of one or two partitions, and all days before a day are one range of the whole table. Within it a row is named by
 * its minute and the event hub's partition. Its text is deflated into binary properties: a row of the largest size that
 * the bounds allow (0.9 MB) fits, and a usual one takes two kilobytes.
 *
 * `streams` holds what is known of the streams themselves: the ledger of each partition of the event hub, and of each
 * gateway whether the stream has found trouble there (`trouble`) and when requests last failed (`failing`).
 */
const TRAFFIC_TABLE = 'traffic';
const STREAMS_TABLE = 'streams';
/** The container of messages that could not be read. Its layout is told at `deadLetterPath`. */
export const DEAD_LETTER_CONTAINER = 'traffic-dead-letters';

/** A binary property holds 64 KiB. */
const PIECE = 60_000;
/** What the text of a row can come to, with room for later versions. Anything larger was not written here. */
const MAX_TEXT = 8 * 1024 * 1024;

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

export function createTrafficTable(
  storage: Storage,
  digest: (text: string, length: number) => string,
): TrafficStore & TroubleStore {
  const keysOf = (gateway: string, minute: number, partition: string) => ({
    partitionKey: `${dayOf(minute)}-${digest(gateway, 16)}`,
    rowKey: `${minuteKey(minute)}-${keyText(partition)}`,
  });

  return {
    async loadRow(gateway, minute, partition) {
      const table = await storage.table(TRAFFIC_TABLE);
      const { partitionKey, rowKey } = keysOf(gateway, minute, partition);
      const entity = await find(table, partitionKey, rowKey);
      return entity && { value: readRow(await textIn(entity)), version: entity.etag };
    },
    async saveRow(row, version) {
      const table = await storage.table(TRAFFIC_TABLE);
      return save(
        table,
        { ...keysOf(row.gateway, row.minute, row.partition), ...(await inPieces(writeRow(row))) },
        version,
      );
    },
    async loadLedger(partition) {
      const entity = await find(await storage.table(STREAMS_TABLE), LEDGERS, keyText(partition));
      return entity && { value: JSON.parse(await textIn(entity)) as PartitionLedger, version: entity.etag };
    },
    async saveLedger(ledger, version) {
      const table = await storage.table(STREAMS_TABLE);
      const text = JSON.stringify(ledger);
      return save(
        table,
        { partitionKey: LEDGERS, rowKey: keyText(ledger.partition), ...(await inPieces(text)) },
        version,
      );
    },
    async keepDeadLetter({ partition, message, reason }) {
      const container = await storage.container(DEAD_LETTER_CONTAINER);
      const body = Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength);
      await container.getBlockBlobClient(deadLetterPath(partition, message)).uploadData(body, {
        blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
        metadata: {
          reason,
          hub: partition.hub,
          partition: partition.id,
          sequencenumber: String(message.sequenceNumber),
          enqueuedat: new Date(message.enqueuedAt).toISOString(),
        },
      });
    },
    async rowsBetween(gateway, fromMinute, toMinute) {
      const table = await storage.table(TRAFFIC_TABLE);
      const rows: WindowRow[] = [];
      for (const day of daysBetween(fromMinute, toMinute)) {
        const partitionKey = `${day}-${digest(gateway, 16)}`;
        const [from, after] = [minuteKey(fromMinute), minuteKey(toMinute + 1)];
        const filter = `PartitionKey eq '${partitionKey}' and RowKey ge '${from}' and RowKey lt '${after}'`;
        for await (const entity of table.listEntities<Entity>({ queryOptions: { filter } })) {
          rows.push(readRow(await textIn(entity)));
        }
      }
      return rows;
    },
    async ledgers() {
      const table = await storage.table(STREAMS_TABLE);
      const ledgers: PartitionLedger[] = [];
      const filter = `PartitionKey eq '${LEDGERS}'`;
      for await (const entity of table.listEntities<Entity>({ queryOptions: { filter } })) {
        ledgers.push(JSON.parse(await textIn(entity)) as PartitionLedger);
      }
      return ledgers;
    },
    async loadTrouble(gateway) {
      const entity = await find(await storage.table(STREAMS_TABLE), TROUBLES, digest(gateway, 16));
      return entity && { value: JSON.parse(await textIn(entity)) as TroubleState, version: entity.etag };
    },
    async saveTrouble(state, version) {
      const table = await storage.table(STREAMS_TABLE);
      const key = { partitionKey: TROUBLES, rowKey: digest(state.gateway, 16) };
      const waiting = state.outbox.length > 0;
      const about = { gateway: state.gateway, waiting, ...(await inPieces(JSON.stringify(state))) };
      return save(table, { ...key, ...about }, version);
    },
    async noteFailing(gateway, at) {
      const table = await storage.table(STREAMS_TABLE);
      const row = { partitionKey: FAILING, rowKey: digest(gateway, 16), gateway, at: at.toISOString() };
      await table.upsertEntity(row, 'Replace');
    },
    async troubledSince(since) {
      const table = await storage.table(STREAMS_TABLE);
      const gateways = new Set<string>();
      const noted = `PartitionKey eq '${FAILING}' and at ge '${since.toISOString()}'`;
      const filter = `(${noted}) or (PartitionKey eq '${TROUBLES}' and waiting eq true)`;
      const queryOptions = { filter, select: ['gateway'] };
      for await (const { gateway } of table.listEntities<{ gateway?: string }>({ queryOptions })) {
        if (gateway) gateways.add(gateway);
      }
      return [...gateways];
    },
  };
}

const LEDGERS = 'ledger';
const TROUBLES = 'trouble';
const FAILING = 'failing';

/**
 * Where a message that could not be read lies: `<hub>/<partition>/<time of arrival>-<sequence number>`, such as
 * `access-logs/3/20260914T021200000Z-00000000000000000042`. The same message has the same name at every delivery, names
 * sort by time, and a hub that was made anew does not write over the letters of the one before. The blob is the body
 * byte for byte; its metadata has `reason` (`not-json` or `too-large`), `hub`, `partition`, `sequencenumber` and
 * `enqueuedat` (ISO 8601). To send a letter again, send the body to the hub of that name, and delete the blob after.
 */
export function deadLetterPath(
  { hub, id }: HubPartition,
  { sequenceNumber, enqueuedAt }: Pick<TrafficDeadLetter['message'], 'sequenceNumber' | 'enqueuedAt'>,
): string {
  const time = new Date(enqueuedAt).toISOString().replace(/[-:.]/g, '');
  return `${keyText(hub)}/${keyText(id)}/${time}-${String(sequenceNumber).padStart(20, '0')}`;
}

const MINUTES_A_DAY = 1_440;

/** `2026-09-14`: as a key, days sort by time. */
function dayOf(minute: number): string {
  return new Date(minute * 60_000).toISOString().slice(0, 10);
}

function daysBetween(fromMinute: number, toMinute: number): readonly string[] {
  const [first, last] = [Math.floor(fromMinute / MINUTES_A_DAY), Math.floor(toMinute / MINUTES_A_DAY)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => dayOf((first + index) * MINUTES_A_DAY));
}

function minuteKey(minute: number): string {
  return String(minute).padStart(10, '0');
}

/** Keys of a table may hold neither slashes nor a few other characters. */
function keyText(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, '~').slice(0, 300);
}

type Entity = Readonly<Record<string, unknown>>;

async function find(table: TableClient, partitionKey: string, rowKey: string) {
  try {
    return await table.getEntity<Entity>(partitionKey, rowKey);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** False where somebody else wrote first, or the row was deleted meanwhile. */
async function save(
  table: TableClient,
  entity: { readonly partitionKey: string; readonly rowKey: string },
  version: string | undefined,
): Promise<boolean> {
  try {
    if (version === undefined) await table.createEntity(entity);
    else await table.updateEntity(entity, 'Replace', { etag: version });
    return true;
  } catch (error) {
    if (isConflict(error) || statusOf(error) === 404) return false;
    throw error;
  }
}

async function inPieces(text: string): Promise<Readonly<Record<string, Uint8Array>>> {
  const packed = await pack(text);
  return Object.fromEntries(
    Array.from({ length: Math.ceil(packed.length / PIECE) }, (_, index) => [
      `d${index}`,
      packed.subarray(index * PIECE, (index + 1) * PIECE),
    ]),
  );
}

async function textIn(entity: Entity): Promise<string> {
  const pieces: Uint8Array[] = [];
  for (let index = 0; ; index += 1) {
    const piece = entity[`d${index}`];
    if (!(piece instanceof Uint8Array)) break;
    pieces.push(piece);
  }
  return (await unpack(Buffer.concat(pieces), { maxOutputLength: MAX_TEXT })).toString('utf8');
}

/** A table takes at most so many deletions at once, all in one partition. */
const DELETED_AT_ONCE = 100;

export interface TrafficCleanUp {
  /** Days before this one go. */
  readonly before: Date;
  /** How many rows and blobs one run may delete; the next run goes on. */
  readonly max: number;
}

/** Deletes old rows and old dead letters. Resumable: a run that is cut short leaves the rest to the next one. */
export async function deleteOldTraffic(
  storage: Storage,
  { before, max }: TrafficCleanUp,
): Promise<{ readonly rows: number; readonly deadLetters: number }> {
  return { rows: await deleteRows(storage, before, max), deadLetters: await deleteLetters(storage, before, max) };
}

async function deleteRows(storage: Storage, before: Date, max: number): Promise<number> {
  const table = await storage.table(TRAFFIC_TABLE);
  const filter = `PartitionKey lt '${before.toISOString().slice(0, 10)}'`;
  let deleted = 0;
  let actions: TransactionAction[] = [];
  let partition = '';
  const flush = async () => {
    if (actions.length > 0) await deleteTogether(table, actions);
    deleted += actions.length;
    actions = [];
  };
  const select = ['partitionKey', 'rowKey'];
  for await (const { partitionKey = '', rowKey = '' } of table.listEntities<{ partitionKey?: string; rowKey?: string }>(
    {
      queryOptions: { filter, select },
    },
  )) {
    if (partitionKey !== partition || actions.length === DELETED_AT_ONCE) await flush();
    if (deleted >= max) return deleted;
    partition = partitionKey;
    actions.push(['delete', { partitionKey, rowKey }]);
  }
  await flush();
  return deleted;
}

/** Another instance may clean up at the same time; then what one of them has deleted is gone for both. */
async function deleteTogether(table: TableClient, actions: TransactionAction[]): Promise<void> {
  try {
    await table.submitTransaction(actions);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}

async function deleteLetters(storage: Storage, before: Date, max: number): Promise<number> {
  const container = await storage.container(DEAD_LETTER_CONTAINER);
  let deleted = 0;
  for await (const { name, properties } of container.listBlobsFlat()) {
    if (properties.lastModified >= before) continue;
    await container.deleteBlob(name).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
    deleted += 1;
    if (deleted >= max) break;
  }
  return deleted;
}
