import { statusOf } from './incident-table.ts';
import type { Storage } from './storage.ts';

/** When the last sweep came to its end: the one thing that shows, from another instance, that the timer still runs. */
export interface SweepRecord {
  readonly write: (at: Date) => Promise<void>;
  /** Undefined where no sweep has ended yet. Rejects where storage does. */
  readonly read: () => Promise<Date | undefined>;
}

const TABLE = 'health';
const KEY = { partitionKey: 'sweep', rowKey: 'last' };

export function createSweepRecord(storage: Pick<Storage, 'table'>): SweepRecord {
  return {
    async write(at) {
      const table = await storage.table(TABLE);
      await table.upsertEntity({ ...KEY, endedAt: at.toISOString() }, 'Replace');
    },
    async read() {
      const table = await storage.table(TABLE);
      try {
        const { endedAt } = await table.getEntity<{ endedAt?: unknown }>(KEY.partitionKey, KEY.rowKey);
        const at = new Date(typeof endedAt === 'string' ? endedAt : Number.NaN);
        return Number.isNaN(at.getTime()) ? undefined : at;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
  };
}
