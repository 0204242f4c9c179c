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

export function createLedgerTable(storage: Storage, now: () => Date): Ledger {
  return {
    async claim({ incidentId, revision, sink }) {
      const table = await storage.table(TABLE);
      const key = { partitionKey: incidentId, rowKey: `${revision}-${sink}` };
      const entry: Entry = { ...key, state: 'claimed', at: now().toISOString() };
      const created = await tryWrite(() => table.createEntity(entry));
      if (created) return claimed(table, entry, created, now);

      const known = await table.getEntity<Entry>(key.partitionKey, key.rowKey);
      if (known.state === 'delivered' || known.state === 'rejected') return { state: 'done' };
      const age = now().getTime() - Date.parse(known.at);
      if (known.state === 'claimed' && age < CLAIM_MS) return { state: 'busy' };
      const taken = await tryWrite(() => table.updateEntity(entry, 'Replace', { etag: known.etag }));
      return taken ? claimed(table, entry, taken, now) : { state: 'busy' };
    },
  };
}

function claimed(table: TableClient, entry: Entry, etag: string, now: () => Date): Claim {
  const set = (state: Entry['state'], condition: string) =>
    table.updateEntity({ ...entry, state, at: now().toISOString() }, 'Replace', { etag: condition });
  return {
    state: 'claimed',
    // What was sent was sent, so this is written even where the claim was taken over in the meantime.
    complete: async (outcome) => {
      await set(outcome, '*');
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
