import type { SilenceStore } from '../app/ports.ts';
import type { Silence } from '../core/silence.ts';
import type { Storage } from './storage.ts';

const TABLE = 'silences';

/** Silences in a table, one row each. What is over is not listed. */
export function createSilenceTable(storage: Storage, now: () => Date): SilenceStore & SilenceAdministration {
  return {
    async list() {
      const table = await storage.table(TABLE);
      const silences: Silence[] = [];
      const filter = `until gt '${now().toISOString()}'`;
      for await (const entity of table.listEntities<Row>({ queryOptions: { filter } })) silences.push(read(entity));
      return silences;
    },
    async add(silence) {
      const table = await storage.table(TABLE);
      const { id, ...rest } = silence;
      await table.createEntity({ partitionKey: 'silence', rowKey: id, ...rest });
    },
    async end(id) {
      const table = await storage.table(TABLE);
      await table.updateEntity({ partitionKey: 'silence', rowKey: id, until: now().toISOString() }, 'Merge');
    },
  };
}

export interface SilenceAdministration {
  readonly add: (silence: Silence) => Promise<void>;
  /** Ends a silence now. Rejects where there is none of this id. */
  readonly end: (id: string) => Promise<void>;
}

interface Row extends Omit<Silence, 'id'> {
  readonly rowKey?: string;
}

function read({ rowKey = '', gateway, pool, cause, from, until, author, reason }: Row): Silence {
  return {
    id: rowKey,
    ...(gateway === undefined ? {} : { gateway }),
    ...(pool === undefined ? {} : { pool }),
    ...(cause === undefined ? {} : { cause }),
    from,
    until,
    author,
    reason,
  };
}
