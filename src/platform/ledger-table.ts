import type { TableClient } from '@azure/data-tables';
import type { Claim, Ledger } from '../app/ports.ts';
import { isConflict, statusOf } from './incident-table.ts';
import type { Storage } from './storage.ts';

/** The delivery ledger: one row for each incident, revision and sink, claimed and completed with ETags. */
const TABLE = 'deliveries';

/**
 * How long a claim stands without being completed. An attempt takes at most SEND_SECONDS (25 at the most), so after this
 * the process that made the claim is taken for dead.
 */
const CLAIM_MS = 40_000;

interface Entry {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly state: 'claimed' | 'released' | 'delivered' | 'rejected';
  readonly at: string;
}

/** One row for each incident and sink: the newest message that was delivered, and what it left behind. */
interface Latest {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly revision: number;
  readonly receipt?: string;
}

/** Until when a sink wants to be left alone. */
interface Pause {
  readonly partitionKey: 'pause';
  readonly rowKey: string;
  readonly until: string;
}

export function createLedgerTable(storage: Storage, now: () => Date): Ledger {
  return {
    async claim({ incidentId, revision, sink, isResent = false }) {
      const table = await storage.table(TABLE);
      const key = { partitionKey: incidentId, rowKey: `${revision}-${sink}` };
      const entry: Entry = { ...key, state: 'claimed', at: now().toISOString() };
      const latest = await find<Latest>(table, incidentId, `latest-${sink}`);
      const started = { table, entry, latest, revision, sink, now };
      if (latest && latest.revision > revision) return { state: 'overtaken' };
      const created = await tryWrite(() => table.createEntity(entry));
      if (created) return claimed(started, created);

      const known = await table.getEntity<Entry>(key.partitionKey, key.rowKey);
      if (known.state === 'delivered' || (known.state === 'rejected' && !isResent)) return { state: 'done' };
      const age = now().getTime() - Date.parse(known.at);
      if (known.state === 'claimed' && age < CLAIM_MS) return { state: 'busy' };
      const taken = await tryWrite(() => table.updateEntity(entry, 'Replace', { etag: known.etag }));
      return taken ? claimed(started, taken) : { state: 'busy' };
    },
    async pausedUntil(sink) {
      const pause = await find<Pause>(await storage.table(TABLE), 'pause', sink);
      return pause && Date.parse(pause.until) > now().getTime() ? pause.until : undefined;
    },
    async pause(sink, until) {
      const table = await storage.table(TABLE);
      const row: Pause = { partitionKey: 'pause', rowKey: sink, until };
      await table.upsertEntity(row, 'Replace');
    },
  };
}

interface Started {
  readonly table: TableClient;
  readonly entry: Entry;
  readonly latest: Latest | undefined;
  readonly revision: number;
  readonly sink: string;
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

function claimed({ table, entry, latest, revision, sink, now }: Started, etag: string): Claim {
  const set = (state: Entry['state'], condition: string) =>
    table.updateEntity({ ...entry, state, at: now().toISOString() }, 'Replace', { etag: condition });
  return {
    state: 'claimed',
    ...(latest?.receipt === undefined ? {} : { receipt: latest.receipt }),
    // What was sent was sent, so this is written even where the claim was taken over in the meantime.
    complete: async (outcome, receipt = latest?.receipt) => {
      await set(outcome, '*');
      if (outcome === 'rejected') return;
      const row: Latest = { partitionKey: entry.partitionKey, rowKey: `latest-${sink}`, revision };
      await table.upsertEntity({ ...row, ...(receipt === undefined ? {} : { receipt }) }, 'Replace');
    },
    // A claim that was taken over is no longer ours to give back.
    release: async () => {
      await tryWrite(() => set('released', etag));
    },
  };
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
