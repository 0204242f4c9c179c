import { type Batch, clearBatch, newBatch } from '../traffic/batch.ts';
import { foldRow, type PlannedRow, planRows, type RowPlan, TIME_LIMITS, type TimeLimits } from '../traffic/fold.ts';
import { foldLedger, newLedger, type PartitionLedger } from '../traffic/ledger.ts';
import { newRow, type WindowRow } from '../traffic/row.ts';
import { Scanner } from '../traffic/scan.ts';

/** One message of the access-log stream, as the event hub hands it over. */
export interface AccessLogMessage {
  readonly body: Uint8Array;
  /** The number that the partition gave it. */
  readonly sequenceNumber: number;
  /** When Event Hubs took it in, milliseconds since 1970. */
  readonly enqueuedAt: number;
}

/** A partition of an event hub. Counts are kept by it, so that a hub that replaces another begins anew. */
export interface HubPartition {
  readonly hub: string;
  readonly id: string;
}

/** A message of which nothing could be read, kept whole. */
export interface TrafficDeadLetter {
  readonly partition: HubPartition;
  readonly message: AccessLogMessage;
  readonly reason: string;
}

/** A row as it was read, and what a write has to show so that it replaces this very row and no later one. */
export interface Stored<Value> {
  readonly value: Value;
  readonly version: string;
}

/** Where the counts of the stream are kept. Every method rejects where the storage does. */
export interface TrafficStore {
  /** The row of a gateway (its id in lower case), a minute since 1970 and a partition's name; undefined where there is none. */
  readonly loadRow: (gateway: string, minute: number, partition: string) => Promise<Stored<WindowRow> | undefined>;
  /** Writes a row in place of `version`, or as a new one. False where somebody else has written in between. */
  readonly saveRow: (row: WindowRow, version: string | undefined) => Promise<boolean>;
  readonly loadLedger: (partition: string) => Promise<Stored<PartitionLedger> | undefined>;
  readonly saveLedger: (ledger: PartitionLedger, version: string | undefined) => Promise<boolean>;
  /** Keeps a message. Keeping it again, after a redelivery, writes over what is there. */
  readonly keepDeadLetter: (letter: TrafficDeadLetter) => Promise<void>;
  /** What all partitions have brought for a gateway, both minutes included. */
  readonly rowsBetween: (gateway: string, fromMinute: number, toMinute: number) => Promise<readonly WindowRow[]>;
  /** The ledgers of all partitions. */
  readonly ledgers: () => Promise<readonly PartitionLedger[]>;
}

export interface ReadTrafficOptions {
  readonly limits?: TimeLimits;
  /** How many bytes of messages are held and folded together. */
  readonly maxBytes?: number;
}

/** What became of a batch. Redelivered messages are read again, and count in no row a second time. */
export interface BatchReport {
  readonly messages: number;
  readonly records: number;
  /** Messages kept as dead letters. */
  readonly deadLetters: number;
  /** Records that could not be read, and records too late or too early for their minute. */
  readonly unread: number;
  readonly late: number;
  /** Writes of rows that succeeded, those of the ledger among them, and writes that somebody else's came before. */
  readonly rowsWritten: number;
  readonly conflicts: number;
  /** The gateways of the batch, by their ids in lower case. */
  readonly gateways: readonly GatewayInBatch[];
}

export interface GatewayInBatch {
  readonly gateway: string;
  /** The newest minute in which the batch has a request that failed, or that its client gave up; undefined without any. */
  readonly failingMinute?: number;
}

/** What the host hands over at once can be large; this much is scanned and written before the next is begun. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Rows of one batch do not depend on one another. More at a time would only make the storage throttle. */
const AT_ONCE = 8;
/** A conflict means that another reader of the partition, or a repeat of this one, made progress. Few can be alive at once. */
const MAX_TRIES = 20;

/**
 * Takes a batch of one partition in: each record is counted in the row of its gateway, minute and partition, exactly
 * once whatever is repeated. Rows are written one by one with their versions, and the partition's ledger last; after a
 * crash between any two writes, the batch comes again and completes what is missing. Rejects where the storage does not
 * take a row: then the batch has to be delivered again.
 */
export async function readAccessLogBatch(
  store: TrafficStore,
  messages: readonly AccessLogMessage[],
  partition: HubPartition,
  { limits = TIME_LIMITS, maxBytes = MAX_BYTES }: ReadTrafficOptions = {},
): Promise<BatchReport> {
  let report = NOTHING;
  for (const chunk of chunksOf(inOrder(messages), maxBytes)) {
    report = add(report, await readChunk(store, chunk, partition, limits));
  }
  return report;
}

const NOTHING: BatchReport = {
  messages: 0,
  records: 0,
  deadLetters: 0,
  unread: 0,
  late: 0,
  rowsWritten: 0,
  conflicts: 0,
  gateways: [],
};

/** A partition delivers in the order of its numbers, and folding relies on it. */
function inOrder(messages: readonly AccessLogMessage[]): readonly AccessLogMessage[] {
  return messages.toSorted((left, right) => left.sequenceNumber - right.sequenceNumber);
}

function* chunksOf(
  messages: readonly AccessLogMessage[],
  maxBytes: number,
): Generator<readonly AccessLogMessage[], void> {
  let chunk: AccessLogMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (chunk.length > 0 && bytes + message.body.length > maxBytes) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(message);
    bytes += message.body.length;
  }
  if (chunk.length > 0) yield chunk;
}

/** Scanning does not wait for anything, so one scanner serves all partitions. A batch lives until its rows are written. */
const scanner = new Scanner();
const idle: Batch[] = [];
const MAX_IDLE = 8;

async function readChunk(
  store: TrafficStore,
  messages: readonly AccessLogMessage[],
  partition: HubPartition,
  limits: TimeLimits,
): Promise<BatchReport> {
  const batch = idle.pop() ?? newBatch();
  try {
    return await foldChunk(store, batch, messages, partition, limits);
  } finally {
    clearBatch(batch);
    if (idle.length < MAX_IDLE) idle.push(batch);
  }
}

async function foldChunk(
  store: TrafficStore,
  batch: Batch,
  messages: readonly AccessLogMessage[],
  partition: HubPartition,
  limits: TimeLimits,
): Promise<BatchReport> {
  const letters: TrafficDeadLetter[] = [];
  for (const message of messages) {
    const { unreadable } = scanner.scanMessage(batch, message.body, message);
    if (unreadable !== undefined) letters.push({ partition, message, reason: unreadable });
  }
  const plan = planRows(batch, limits);
  const name = partitionName(partition);
  // Before the ledger says that the message was seen.
  await forEachOf(letters, (letter) => store.keepDeadLetter(letter));
  const written = await forEachOf(plan.rows, (planned) => writeRow(store, batch, plan, planned, name));
  const ledger = await writeLedger(store, batch, plan, name);
  const all = [...written, ledger];
  return {
    messages: messages.length,
    records: batch.records.length,
    deadLetters: letters.length,
    unread: batch.messages.reduce((sum, { unread }) => sum + unread, 0),
    late: plan.late.reduce((sum, count) => sum + count, 0),
    rowsWritten: all.filter(({ isWritten }) => isWritten).length,
    conflicts: all.reduce((sum, { conflicts }) => sum + conflicts, 0),
    gateways: gatewaysOf(batch, plan),
  };
}

/** `access-logs/0`. */
export function partitionName({ hub, id }: HubPartition): string {
  return `${hub}/${id}`;
}

interface Write {
  readonly isWritten: boolean;
  readonly conflicts: number;
}

async function writeRow(
  store: TrafficStore,
  batch: Batch,
  plan: RowPlan,
  planned: PlannedRow,
  partition: string,
): Promise<Write> {
  const { gateway, minute } = planned;
  for (let conflicts = 0; conflicts < MAX_TRIES; conflicts += 1) {
    const stored = await store.loadRow(gateway, minute, partition);
    const row = stored?.value ?? newRow(gateway, minute, partition);
    if (foldRow(row, batch, plan, planned) === 0) return { isWritten: false, conflicts };
    if (await store.saveRow(row, stored?.version)) return { isWritten: true, conflicts };
  }
  throw new Error('A row of traffic counts changes faster than it can be written.');
}

async function writeLedger(store: TrafficStore, batch: Batch, plan: RowPlan, partition: string): Promise<Write> {
  for (let conflicts = 0; conflicts < MAX_TRIES; conflicts += 1) {
    const stored = await store.loadLedger(partition);
    const before = stored?.value ?? newLedger(partition);
    const ledger = foldLedger(before, batch, plan);
    if (stored && ledger.messages === before.messages) return { isWritten: false, conflicts };
    if (await store.saveLedger(ledger, stored?.version)) return { isWritten: true, conflicts };
  }
  throw new Error('The ledger of a partition changes faster than it can be written.');
}

/** Some at a time. Waits for all of them, whatever fails, and then rejects with the first error: no write goes on alone. */
export async function forEachOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const errors: unknown[] = [];
  const left = items.values();
  const worker = async () => {
    for (const item of left) {
      try {
        results.push(await work(item));
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
  return results;
}

function gatewaysOf(batch: Batch, { rows, order }: RowPlan): readonly GatewayInBatch[] {
  const failing = new Map<string, number | undefined>();
  const { status } = batch.records;
  for (const { gateway, minute, from, to } of rows) {
    let isFailing = false;
    for (let place = from; place < to && !isFailing; place += 1) {
      const code = status[order[place] as number] as number;
      isFailing = code >= 499;
    }
    const known = failing.get(gateway);
    failing.set(gateway, isFailing && minute > (known ?? Number.NEGATIVE_INFINITY) ? minute : known);
  }
  return [...failing].map(([gateway, failingMinute]) => ({
    gateway,
    ...(failingMinute === undefined ? {} : { failingMinute }),
  }));
}

function add(left: BatchReport, right: BatchReport): BatchReport {
  const gateways = new Map(left.gateways.map((known) => [known.gateway, known]));
  for (const added of right.gateways) {
    const known = gateways.get(added.gateway);
    const isNewer = (added.failingMinute ?? 0) > (known?.failingMinute ?? 0);
    if (!known || isNewer) gateways.set(added.gateway, added);
  }
  return {
    messages: left.messages + right.messages,
    records: left.records + right.records,
    deadLetters: left.deadLetters + right.deadLetters,
    unread: left.unread + right.unread,
    late: left.late + right.late,
    rowsWritten: left.rowsWritten + right.rowsWritten,
    conflicts: left.conflicts + right.conflicts,
    gateways: [...gateways.values()],
  };
}
