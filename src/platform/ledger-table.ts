import type { TableClient } from '@azure/data-tables';
import type { Claim, Ledger } from '../app/ports.ts';
import { isConflict, statusOf } from './incident-table.ts';
import type { Storage } from './storage.ts';

/**
 * The delivery ledger. One row for each incident and sink says what was delivered last and who is sending now, and is
 * changed with its ETag: of one incident, a sink is sent one message at a time, in their order. Beside it lies a row for
 * each message that came to its end.
 */
const TABLE = 'deliveries';

/**
 * How long a claim stands without being completed. An attempt takes at most SEND_SECONDS (25 at the most), so after this
 * the process that made the claim is taken for dead.
 */
const CLAIM_MS = 40_000;

interface Entry {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly state: 'delivered' | 'rejected';
  readonly at: string;
}

interface Latest {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** The newest message that was delivered; 0 until there is one. */
  readonly revision: number;
  /** What that message left behind. */
  readonly receipt?: string;
  /** The message that is being sent, and since when; both absent while none is. */
  readonly sending?: number;
  readonly sendingSince?: string;
}

/** How a sink stands. */
interface Pause {
  readonly partitionKey: 'pause';
  readonly rowKey: string;
  readonly until: string;
  /** How many attempts in a row hung. */
  readonly hung?: number;
}

export function createLedgerTable(storage: Storage, now: () => Date): Ledger {
  return {
    async claim({ incidentId, revision, sink, isResent = false }) {
      const table = await storage.table(TABLE);
      const key = { partitionKey: incidentId, rowKey: `latest-${sink}` };
      const latest = await find<Latest>(table, key.partitionKey, key.rowKey);
      if (latest && latest.revision > revision) return { state: 'overtaken' };
      if (latest?.revision === revision) return { state: 'done' };
      const age = now().getTime() - Date.parse(latest?.sendingSince ?? '');
      if (latest?.sending !== undefined && age < CLAIM_MS) return { state: 'busy' };
      const entryKey = { partitionKey: incidentId, rowKey: `${revision}-${sink}` };
      const ended = await find<Entry>(table, entryKey.partitionKey, entryKey.rowKey);
      if (ended?.state === 'delivered' || (ended && !isResent)) return { state: 'done' };

      const free: Latest = {
        ...key,
        revision: latest?.revision ?? 0,
        ...(latest?.receipt === undefined ? {} : { receipt: latest.receipt }),
      };
      const taken: Latest = { ...free, sending: revision, sendingSince: now().toISOString() };
      const etag = await tryWrite(() =>
        latest ? table.updateEntity(taken, 'Replace', { etag: latest.etag }) : table.createEntity(taken),
      );
      if (etag === undefined) return { state: 'busy' };
      return claimed({ table, free, revision, entryKey, now }, etag);
    },
    async standing(sink) {
      const pause = await find<Pause>(await storage.table(TABLE), 'pause', sink);
      const hung = pause?.hung ?? 0;
      return pause && Date.parse(pause.until) > now().getTime() ? { pausedUntil: pause.until, hung } : { hung };
    },
    async pause(sink, until, hung = 0) {
      const table = await storage.table(TABLE);
      const row: Pause = { partitionKey: 'pause', rowKey: sink, until, hung };
      await table.upsertEntity(row, 'Replace');
    },
    async resume(sink) {
      const table = await storage.table(TABLE);
      // Somebody else may have seen the same a moment earlier.
      await table.deleteEntity('pause', sink).catch((error: unknown) => {
        if (statusOf(error) !== 404) throw error;
      });
    },
  };
}

interface Started {
  readonly table: TableClient;
  /** The row as it is while nobody sends. */
  readonly free: Latest;
  readonly revision: number;
  readonly entryKey: Pick<Entry, 'partitionKey' | 'rowKey'>;
  readonly now: () => Date;
}

async function find<Row extends object>(table: TableClient, partitionKey: string, rowKey: string) {
  try {
    return await table.getEntity<Row>(partitionKey, rowKey);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function claimed({ table, free, revision, entryKey, now }: Started, etag: string): Claim {
  // A claim that was taken over is no longer ours to give back.
  const giveBack = async () => {
    await tryWrite(() => table.updateEntity(free, 'Replace', { etag }));
  };
  const end = (state: Entry['state']) =>
    table.upsertEntity({ ...entryKey, state, at: now().toISOString() } satisfies Entry, 'Replace');
  return {
    state: 'claimed',
    ...(free.receipt === undefined ? {} : { receipt: free.receipt }),
    complete: async (outcome, receipt = free.receipt) => {
      if (outcome === 'rejected') {
        await end(outcome);
        return giveBack();
      }
      // One write that says that it was delivered, and lets the next one in: no crash falls between the two.
      const row: Latest = { ...free, revision, ...(receipt === undefined ? {} : { receipt }) };
      const written = await tryWrite(() => table.updateEntity(row, 'Replace', { etag }));
      if (written === undefined) await completeTakenOver(table, row);
      await end(outcome);
    },
    release: giveBack,
  };
}

/** Somebody else writes to one row a few times at most while one message is sent. */
const MAX_TRIES = 5;

/** What was sent was sent, so this is written even where the claim was taken over in the meantime; but never backwards. */
async function completeTakenOver(table: TableClient, row: Latest): Promise<void> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const current = await table.getEntity<Latest>(row.partitionKey, row.rowKey);
    if (current.revision >= row.revision) return;
    const { sending, sendingSince } = current;
    const theirs = sending === undefined ? row : { ...row, sending, sendingSince };
    if (await tryWrite(() => table.updateEntity(theirs, 'Replace', { etag: current.etag }))) return;
  }
}

/** The new ETag, or undefined where somebody else wrote first. */
async function tryWrite(write: () => Promise<{ etag?: string }>): Promise<string | undefined> {
  try {
    return (await write()).etag ?? '*';
  } catch (error) {
    if (isConflict(error) || statusOf(error) === 404) return undefined;
    throw error;
  }
}
